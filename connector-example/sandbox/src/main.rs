//! Runs the sandbox until it is stopped, and prints its URL.

use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use salesforce_sandbox::{
    Calls, Config, Database, DuplicateRule, Fault, FaultPlan, Moment, Rate, Rows, Sandbox,
};

/// A Salesforce look-alike server, to try a connector against.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free port
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// A host name that requests may have in addition to loopback ones; repeatable
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,
    /// Keep the records in this SQLite file instead of in memory
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// The consumer key that clients must send
    #[arg(long, default_value_t = Config::default().client_id)]
    client_id: String,
    /// The consumer secret that clients must send
    #[arg(long, default_value_t = Config::default().client_secret)]
    client_secret: String,
    /// The refresh token that clients can exchange for an access token
    #[arg(long, default_value_t = Config::default().refresh_token)]
    refresh_token: String,
    /// How long an access token is valid, in seconds
    #[arg(long, default_value_t = Config::default().token_lifetime.as_secs())]
    token_lifetime: u64,
    /// Make query locators valid only with the access token of the query, as in Salesforce
    #[arg(long)]
    locators_end_with_token: bool,
    /// The maximum number of records on a page of a query
    #[arg(long, default_value_t = Config::default().max_batch)]
    max_batch: usize,
    /// The maximum length of a URL in bytes; a longer one gets 414
    #[arg(long, default_value_t = Config::default().max_url_bytes)]
    max_url_bytes: usize,
    /// The maximum length of URL and headers together in bytes; more gets 431
    #[arg(long, default_value_t = Config::default().max_url_and_header_bytes)]
    max_url_and_header_bytes: usize,
    /// The maximum number of requests to the REST API; more get 403 REQUEST_LIMIT_EXCEEDED
    #[arg(long, default_value_t = Config::default().daily_requests)]
    daily_requests: u64,
    /// Add objects with the limitations of some Salesforce objects
    #[arg(long)]
    special_objects: bool,
    /// Refuse a whole collection for a value of the wrong type in one record, as Salesforce does
    #[arg(long)]
    strict_collections: bool,
    /// A field whose values must not occur twice, such as `Account.Name`; can be repeated
    #[arg(long = "duplicate-rule", value_name = "OBJECT.FIELD", value_parser = duplicate_rule)]
    duplicate_rules: Vec<DuplicateRule>,
    /// How many accounts a new database starts with
    #[arg(long, default_value_t = Rows::default().accounts)]
    accounts: u32,
    /// How many airports a new database starts with, at most 3376
    #[arg(long, default_value_t = Rows::default().airports)]
    airports: u32,
    /// How many inspections a new database starts with
    #[arg(long, default_value_t = Rows::default().inspections)]
    inspections: u32,
    /// Characters of each inspection's report, at most 131072
    #[arg(long, default_value_t = Rows::default().report_length)]
    report_length: u32,
    /// Bytes of the largest file
    #[arg(long, default_value_t = Rows::default().largest_file)]
    largest_file: u32,
    /// The probability that a call fails, from 0 to 1
    #[arg(long, default_value_t = 0.0)]
    fault_rate: f64,
    /// The seed of the faults: the same seed and the same calls give the same faults
    #[arg(long, default_value_t = 0)]
    fault_seed: u64,
    /// The kinds of fault, separated by commas; by default all that a retry gets over
    #[arg(long, value_delimiter = ',', value_parser = fault_of_kind)]
    fault_kinds: Vec<Fault>,
}

impl Arguments {
    /// The rate that the arguments define, if they do.
    fn fault_plan(&self) -> Option<FaultPlan> {
        let faults = if self.fault_kinds.is_empty() {
            Fault::all()
        } else {
            self.fault_kinds.clone()
        };
        let rate = Rate {
            probability: self.fault_rate,
            seed: self.fault_seed,
            faults,
            moment: Moment::Either,
            calls: Calls::default(),
        };
        (self.fault_rate != 0.0).then_some(FaultPlan::Rate(rate))
    }
}

fn fault_of_kind(kind: &str) -> Result<Fault, String> {
    let mut all = Fault::all();
    all.extend(Fault::special());
    let kinds: Vec<&str> = all.iter().map(Fault::kind).collect();
    let known = all.iter().find(|fault| fault.kind() == kind);
    known
        .cloned()
        .ok_or_else(|| format!("unknown kind of fault; known kinds: {}", kinds.join(", ")))
}

fn duplicate_rule(text: &str) -> Result<DuplicateRule, String> {
    let (object, field) = text
        .split_once('.')
        .ok_or("expected an object and a field, such as Account.Name")?;
    Ok(DuplicateRule {
        object: object.to_owned(),
        field: field.to_owned(),
    })
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("error: {error}");
            let causes = std::iter::successors(error.source(), |error| (*error).source());
            text.extend(causes.map(|cause| format!(": {cause}")));
            // Nobody can be told if this fails.
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    let faults = arguments.fault_plan().into_iter().collect();
    let sandbox = Sandbox::new(Config {
        client_id: arguments.client_id,
        client_secret: arguments.client_secret,
        refresh_token: arguments.refresh_token,
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        locators_end_with_token: arguments.locators_end_with_token,
        max_batch: arguments.max_batch,
        max_url_bytes: arguments.max_url_bytes,
        max_url_and_header_bytes: arguments.max_url_and_header_bytes,
        daily_requests: arguments.daily_requests,
        special_objects: arguments.special_objects,
        strict_collections: arguments.strict_collections,
        duplicate_rules: arguments.duplicate_rules,
        database: arguments.database.map_or(Database::Memory, Database::File),
        rows: Rows {
            accounts: arguments.accounts,
            airports: arguments.airports,
            inspections: arguments.inspections,
            report_length: arguments.report_length,
            largest_file: arguments.largest_file,
        },
        allowed_hosts: arguments.allowed_hosts,
        faults,
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let server = sandbox.start(address).await?;
        writeln!(io::stdout(), "{}", server.url())?;
        server.wait().await;
        Ok(())
    })
}
