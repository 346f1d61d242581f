//! Every record that matches throughout a query arrives exactly once, whatever happens between its
//! requests to Salesforce.
//!
//! A schedule is a query and one step before each of its requests: records change, open queries are
//! closed, or the token is renewed. Schedules are generated; one that fails is made as small as
//! possible and shown with what happened in it. What is expected:
//!
//! | a record that | arrives |
//! |---|---|
//! | exists and matches before the first request and after each step | exactly once |
//! | matches at one of these moments, but not at all of them: created, deleted or edited | at most once |
//! | matches at none of them | never |
//!
//! With a LIMIT, as many records arrive as it says, or else all that match throughout.
//!
//! A filter can have a part that Salesforce tests, when a query starts, and one that the connector
//! tests, when a record arrives. A record that meets each part at some moment counts as one that
//! matches part of the time.
//!
//! Each arrives with values that it had during the query. No call fails, but for one with
//! InvalidCredentials after its token was ended: AppFlow repeats it with the renewed token. If an
//! IN list is divided among several queries, a record's value is not changed from one of the list
//! to another: the documentation of `Query::new` says what can happen then.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use salesforce_sandbox::{Config, RecordChange, Rows, Sandbox};
use serde_json::{Map, Value, json};
use support::{Connection, Salesforce, Secret, records};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The maximum number of accounts that a schedule starts with.
const MAX_ACCOUNTS: u32 = 300;

/// Schedules run side by side on as many threads, each with a seed of its own.
const THREADS: u64 = 2;

#[test]
fn every_record_that_matches_throughout_arrives_once_in_200_schedules() {
    check(200);
}

/// `cargo test --release -p appflow-connector-example --test schedules -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes; the test above does the same with less"]
fn every_record_that_matches_throughout_arrives_once_in_10_000_schedules() {
    check(10_000);
}

fn check(schedules: u32) {
    let seed = std::env::var("SCHEDULES_SEED").ok();
    let seed: u64 = seed.map_or(0, |seed| {
        seed.parse().expect("SCHEDULES_SEED is not a number")
    });
    let setup = Setup::read();
    let total = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let cases = schedules / u32::try_from(THREADS).unwrap();
                let setup = &setup;
                scope.spawn(move || run_all(cases, seed * THREADS + thread, setup))
            })
            .collect();
        let mut total = Count::default();
        for worker in workers {
            match worker.join().unwrap() {
                Ok(count) => total.add(&count),
                Err(failure) => panic!("with SCHEDULES_SEED={seed}: {failure}"),
            }
        }
        total
    });
    eprintln!("{schedules} schedules: {total:?}");
    // Otherwise nothing was tested.
    let Count {
        requests,
        exactly_once,
        at_most_once,
        changes,
        closed_queries,
        renewed_tokens,
        repeated_calls,
    } = total;
    assert!(requests > u64::from(schedules) && exactly_once > requests && at_most_once > 0);
    assert!(changes > 0 && closed_queries > 0 && renewed_tokens > 0 && repeated_calls > 0);
}

/// What happened in all schedules.
#[derive(Debug, Default)]
struct Count {
    requests: u64,
    exactly_once: u64,
    at_most_once: u64,
    changes: u64,
    closed_queries: u64,
    renewed_tokens: u64,
    repeated_calls: u64,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.exactly_once += other.exactly_once;
        self.at_most_once += other.at_most_once;
        self.changes += other.changes;
        self.closed_queries += other.closed_queries;
        self.renewed_tokens += other.renewed_tokens;
        self.repeated_calls += other.repeated_calls;
    }
}

// Schedules.

#[derive(Clone, Debug)]
struct Schedule {
    accounts: u32,
    filter: Filter,
    /// The filter's LIMIT.
    limit: Option<u32>,
    max_results: u32,
    /// The maximum number of records on a page of Salesforce.
    max_batch: u32,
    /// What happens before the first request, before the second, and so on.
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Nothing,
    Changes(Vec<Change>),
    CloseQueries,
    /// A new token is in the secret. Locators of the old one are not valid with it.
    RenewToken {
        ends_old: bool,
    },
}

#[derive(Clone, Debug)]
enum Change {
    Create(Values),
    Edit(Position, Values),
    Delete(Position),
}

/// Which record changes.
#[derive(Clone, Debug)]
enum Position {
    /// The record at this fraction of 65,536.
    Anywhere(u16),
    /// This number of records after the last one that arrived.
    NearLast(i8),
}

#[derive(Clone, Debug)]
struct Values {
    industry: bool,
    segment: bool,
    number: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Filter {
    None,
    Industry,
    /// Salesforce cannot search a multi-select picklist for a text: the connector drops records.
    Segment,
    NotEdited,
    EditedOrNot,
    Edited,
    IndustryAndSegment,
    NotEditedAndSegment,
    Numbers,
    /// Too many numbers for one query.
    ManyNumbers,
    DeletedOrNot,
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let filter = prop_oneof![
        6 => Just(Filter::None),
        3 => Just(Filter::Industry),
        3 => Just(Filter::Segment),
        4 => Just(Filter::NotEdited),
        3 => Just(Filter::EditedOrNot),
        3 => Just(Filter::Edited),
        3 => Just(Filter::IndustryAndSegment),
        3 => Just(Filter::NotEditedAndSegment),
        3 => Just(Filter::Numbers),
        1 => Just(Filter::ManyNumbers),
        3 => Just(Filter::DeletedOrNot),
    ];
    let max_results = prop_oneof![1..10_u32, 10..199_u32, 199..202_u32, 202..2_001_u32];
    let max_batch = prop_oneof![1..10_u32, 10..200_u32, Just(2_000_u32)];
    let limit = proptest::option::weighted(0.15, 10..=MAX_ACCOUNTS);
    let query = (filter, limit, max_results);
    let parts = (20..=MAX_ACCOUNTS, query, max_batch, vec(steps(), 0..60));
    parts.prop_map(
        |(accounts, (filter, limit, max_results), max_batch, steps)| Schedule {
            accounts,
            filter,
            limit,
            // About forty requests at most.
            max_results: max_results.max(accounts / 40),
            max_batch: max_batch.max(accounts / 40),
            steps,
        },
    )
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Nothing),
        6 => vec(changes(), 1..4).prop_map(Step::Changes),
        1 => Just(Step::CloseQueries),
        1 => any::<bool>().prop_map(|ends_old| Step::RenewToken { ends_old }),
    ]
}

fn changes() -> impl Strategy<Value = Change> {
    let values = || {
        any::<(bool, bool, bool)>().prop_map(|(industry, segment, number)| Values {
            industry,
            segment,
            number,
        })
    };
    let position = || {
        prop_oneof![
            any::<u16>().prop_map(Position::Anywhere),
            (-3..=3_i8).prop_map(Position::NearLast),
        ]
    };
    prop_oneof![
        2 => values().prop_map(Change::Create),
        4 => (position(), values()).prop_map(|(position, values)| Change::Edit(position, values)),
        2 => position().prop_map(Change::Delete),
    ]
}

impl Schedule {
    fn filter_expression(&self) -> Option<String> {
        let limit = self.limit.map(|limit| format!("limit {limit}"));
        match (self.filter.expression(), limit) {
            (Some(filter), Some(limit)) => Some(format!("{filter} {limit}")),
            (filter, limit) => filter.or(limit),
        }
    }
}

impl Filter {
    fn expression(self) -> Option<String> {
        let not_edited =
            "LastModifiedDate between 2000-01-01T00:00:00Z and 2025-06-01T00:00:00Z".to_owned();
        let industry = "Industry = \"Energy\"";
        let segment = "Segments__c contains \"Edge\"";
        Some(match self {
            Self::None => return None,
            Self::Industry => industry.to_owned(),
            Self::Segment => segment.to_owned(),
            Self::NotEdited => not_edited,
            Self::EditedOrNot => {
                "LastModifiedDate between 2000-01-01T00:00:00Z and 2999-01-01T00:00:00Z".to_owned()
            }
            Self::Edited => "LastModifiedDate > 2025-06-01T00:00:00Z".to_owned(),
            Self::IndustryAndSegment => format!("{industry} and {segment}"),
            Self::NotEditedAndSegment => format!("{not_edited} and {segment}"),
            Self::Numbers => in_list(listed_numbers()),
            Self::ManyNumbers => in_list(listed_numbers().flat_map(|number| {
                // Fifteen more of 40 characters: 150 of the first make more than 100,000 in all.
                let filler = |n: u32| format!("{number}-{n:031}");
                let fillers: Vec<String> = (0..15).map(filler).collect();
                std::iter::once(number).chain(fillers)
            })),
            Self::DeletedOrNot => "IsDeleted = true or IsDeleted = false".to_owned(),
        })
    }

    fn matches(self, account: &Account) -> bool {
        let (in_salesforce, in_connector) = self.parts_match(account);
        in_salesforce && in_connector
    }

    /// Whether the part of the filter matches that Salesforce tests, and the part that the
    /// connector tests.
    fn parts_match(self, account: &Account) -> (bool, bool) {
        let exists = !account.is_deleted;
        let values = &account.values;
        match self {
            Self::DeletedOrNot => (true, true),
            Self::None | Self::EditedOrNot => (exists, true),
            Self::Industry => (exists && values.industry, true),
            Self::Segment => (exists, values.segment),
            Self::NotEdited => (exists && !account.is_edited, true),
            Self::Edited => (exists && account.is_edited, true),
            Self::IndustryAndSegment => (exists && values.industry, values.segment),
            Self::NotEditedAndSegment => (exists && !account.is_edited, values.segment),
            Self::Numbers | Self::ManyNumbers => (exists && values.number, true),
        }
    }
}

fn in_list(numbers: impl Iterator<Item = String>) -> String {
    let numbers: Vec<String> = numbers.map(|number| format!("\"{number}\"")).collect();
    format!("AccountNumber in ({})", numbers.join(", "))
}

/// The account numbers in the IN lists: those of every other account of the sandbox.
fn listed_numbers() -> impl Iterator<Item = String> {
    (0..MAX_ACCOUNTS)
        .step_by(2)
        .map(|number| format!("{number:08}"))
}

// What the schedules have in common.

struct Setup {
    /// The definition of the entity, with the fields that are used.
    definition: Value,
    /// The first accounts of every sandbox.
    accounts: Vec<Map<String, Value>>,
}

impl Setup {
    const FIELDS: [&str; 8] = [
        "Id",
        "IsDeleted",
        "Name",
        "AccountNumber",
        "Industry",
        "NumberOfEmployees",
        "Segments__c",
        "LastModifiedDate",
    ];

    fn read() -> Self {
        runtime().block_on(async {
            let rows = rows(MAX_ACCOUNTS);
            let salesforce = Salesforce::with(Config {
                rows,
                ..Config::default()
            })
            .await;
            let connection = &salesforce.connection;
            let context = connection.context_with_definition("Account").await;
            let mut definition = context["entityDefinition"].clone();
            let is_used =
                |field: &Value| Self::FIELDS.contains(&field["fieldName"].as_str().unwrap());
            definition["fields"].as_array_mut().unwrap().retain(is_used);
            Self {
                definition,
                accounts: connection
                    .query_all("Account", &Self::FIELDS, None, 2_000)
                    .await,
            }
        })
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn rows(accounts: u32) -> Rows {
    Rows {
        accounts,
        airports: 0,
        inspections: 0,
        largest_file: 0,
        ..Rows::default()
    }
}

// Running schedules.

/// Runs schedules one after another. Returns the smallest one that fails, as text.
fn run_all(cases: u32, seed: u64, setup: &Setup) -> Result<Count, String> {
    let runtime = runtime();
    let connection = Mutex::new((Connection::new(String::new(), ""), 0));
    let total = Mutex::new(Count::default());
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut seeds = [0; 32];
    seeds[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seeds);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&schedules(), |schedule| {
        let (connection, number) = &mut *lock(&connection);
        *number += 1;
        // Far longer than a schedule takes: it only ends a hang.
        let within = Duration::from_mins(2);
        let outcome = runtime.block_on(async {
            tokio::time::timeout(within, run(&schedule, connection, *number, setup)).await
        });
        let outcome = outcome.unwrap_or_else(|_| Err("it does not end".to_owned()));
        let count = outcome.map_err(TestCaseError::fail)?;
        lock(&total).add(&count);
        Ok(())
    });
    outcome.map_err(|failure| failure.to_string())?;
    Ok(total.into_inner().unwrap())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An account as it is in Salesforce.
struct Account {
    is_deleted: bool,
    is_edited: bool,
    values: Values,
    /// Its number in the IN list, if it has one from there.
    listed_number: String,
    /// The numbers of employees that it had: another one after each change.
    versions: Vec<Value>,
    /// Whether it matched at the start and after each step so far.
    matched_throughout: bool,
    /// Whether the parts of the filter ever matched.
    parts_matched: (bool, bool),
}

/// Salesforce during a schedule.
struct World {
    sandbox: Sandbox,
    secret: Secret,
    filter: Filter,
    steps: std::vec::IntoIter<Step>,
    accounts: BTreeMap<String, Account>,
    /// The id of the last record that arrived.
    last: String,
    /// Whether a token was ended, and no call has failed because of that yet.
    token_ended: bool,
    count: Count,
    /// What happened, for the message.
    log: Vec<String>,
}

async fn run(
    schedule: &Schedule,
    connection: &mut Connection,
    number: u64,
    setup: &Setup,
) -> Result<Count, String> {
    let world = World::new(schedule, connection.secret.clone(), setup);
    let router = world.sandbox.router();
    let world = Arc::new(Mutex::new(world));
    let router: Router = router.layer(from_fn_with_state(world.clone(), step_before));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    connection.instance_url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async { axum::serve(listener, router).await });

    let mut context = connection.context();
    context["entityDefinition"] = setup.definition.clone();
    // A secret of its own, because the connector keeps secrets for some minutes.
    context["credentials"]["secretArn"] = format!("arn:{number}").into();
    let mut request = json!({
        "type": "QueryDataRequest",
        "entityIdentifier": "Account",
        "connectorContext": context,
        "selectedFieldNames": ["Id", "NumberOfEmployees"],
        "filterExpression": schedule.filter_expression(),
        "maxResults": schedule.max_results,
    });
    let mut arrived = Vec::new();
    let outcome = loop {
        let response = connection.send(&request).await;
        let mut world = lock(&world);
        if response["isSuccess"] != true {
            let is_invalid = response["errorDetails"]["errorCode"] == "InvalidCredentials";
            if is_invalid && std::mem::take(&mut world.token_ended) {
                world.count.repeated_calls += 1;
                continue;
            }
            break Err(format!("a call fails: {response}"));
        }
        let found = records(&response);
        if let Some(last) = found.last() {
            last["Id"].as_str().unwrap().clone_into(&mut world.last);
        }
        let last = world.last.clone();
        world.log.push(format!(
            "response with {} records up to {last}",
            found.len()
        ));
        arrived.extend(found);
        request["nextToken"] = response["nextToken"].clone();
        if request["nextToken"].is_null() {
            break Ok(());
        }
    };
    server.abort();
    let mut world = lock(&world);
    let outcome = outcome.and_then(|()| world.judge(&arrived, schedule.limit));
    match outcome {
        Ok(()) => Ok(std::mem::take(&mut world.count)),
        Err(problem) => Err(format!(
            "{problem}\n\nWhat happened:\n{}",
            world.log.join("\n")
        )),
    }
}

/// Makes the schedule's next step before a query or a page of one.
async fn step_before(
    State(world): State<Arc<Mutex<World>>>,
    request: Request,
    next: Next,
) -> Response {
    let url = request.uri().to_string();
    if url.contains("/query") || url.contains("/composite/batch") {
        lock(&world).step(&url);
    }
    next.run(request).await
}

impl World {
    fn new(schedule: &Schedule, secret: Secret, setup: &Setup) -> Self {
        let sandbox = Sandbox::new(Config {
            rows: rows(schedule.accounts),
            max_batch: schedule.max_batch as usize,
            locators_end_with_token: true,
            ..Config::default()
        })
        .unwrap();
        secret.set(&sandbox.issue_token());
        let numbers: Vec<String> = listed_numbers().collect();
        let accounts = setup.accounts.iter().take(schedule.accounts as usize);
        let accounts = accounts.enumerate().map(|(index, account)| {
            let text = |name: &str| account[name].as_str().unwrap_or_default();
            let number = text("AccountNumber").to_owned();
            let is_listed = numbers.contains(&number);
            let mut account = (
                text("Id").to_owned(),
                Account {
                    is_deleted: false,
                    is_edited: false,
                    values: Values {
                        industry: text("Industry") == "Energy",
                        segment: text("Segments__c").contains("Edge"),
                        number: is_listed,
                    },
                    listed_number: if is_listed {
                        number
                    } else {
                        numbers[index % numbers.len()].clone()
                    },
                    versions: vec![account["NumberOfEmployees"].clone()],
                    matched_throughout: false,
                    parts_matched: (false, false),
                },
            );
            account.1.parts_matched = schedule.filter.parts_match(&account.1);
            account.1.matched_throughout = schedule.filter.matches(&account.1);
            account
        });
        Self {
            accounts: accounts.collect(),
            sandbox,
            secret,
            filter: schedule.filter,
            steps: schedule.steps.clone().into_iter(),
            last: String::new(),
            token_ended: false,
            count: Count::default(),
            log: Vec::new(),
        }
    }

    fn step(&mut self, url: &str) {
        self.count.requests += 1;
        let step = self.steps.next().unwrap_or(Step::Nothing);
        match step {
            Step::Nothing => {}
            Step::Changes(changes) => {
                for change in changes {
                    self.change(change);
                }
            }
            Step::CloseQueries => {
                self.count.closed_queries += 1;
                self.sandbox.close_queries();
                self.log.push("all queries are closed".to_owned());
            }
            Step::RenewToken { ends_old } => {
                self.count.renewed_tokens += 1;
                if ends_old {
                    self.sandbox.expire_tokens();
                    self.token_ended = true;
                }
                self.secret.set(&self.sandbox.issue_token());
                self.log.push(format!(
                    "the token is renewed; the old one has ended: {ends_old}"
                ));
            }
        }
        for account in self.accounts.values_mut() {
            account.matched_throughout &= self.filter.matches(account);
            let (in_salesforce, in_connector) = self.filter.parts_match(account);
            account.parts_matched.0 |= in_salesforce;
            account.parts_matched.1 |= in_connector;
        }
        let url: String = url.chars().take(250).collect();
        self.log
            .push(format!("request {}: {url}", self.count.requests));
    }

    fn change(&mut self, change: Change) {
        let id = match &change {
            Change::Create(_) => None,
            Change::Edit(position, _) | Change::Delete(position) => match self.at(position) {
                Some(id) => Some(id),
                None => return,
            },
        };
        self.count.changes += 1;
        let version = json!(1_000_000 + self.count.changes);
        let object = || "Account".to_owned();
        match (change, id) {
            (Change::Delete(_), Some(id)) => {
                self.log.push(format!("deleted: {id}"));
                let account = self.accounts.get_mut(&id).unwrap();
                account.is_deleted = true;
                account.is_edited = true;
                let object = object();
                self.save(&RecordChange::Delete { object, id });
            }
            (Change::Edit(_, values), Some(id)) => {
                self.log.push(format!("edited: {id}, {values:?}"));
                let account = self.accounts.get_mut(&id).unwrap();
                account.is_edited = true;
                account.values = values;
                account.versions.push(version);
                let (object, values) = (object(), account.fields());
                self.save(&RecordChange::Update { object, id, values });
            }
            (Change::Create(values) | Change::Edit(_, values), _) => {
                let numbers: Vec<String> = listed_numbers().collect();
                let index = usize::try_from(self.count.changes).unwrap() % numbers.len();
                let account = Account {
                    is_deleted: false,
                    is_edited: true,
                    values,
                    listed_number: numbers[index].clone(),
                    versions: vec![version],
                    matched_throughout: false,
                    parts_matched: (false, false),
                };
                let (object, mut values) = (object(), account.fields());
                values.insert("Name".to_owned(), "New".into());
                let id = self.save(&RecordChange::Create { object, values });
                self.log
                    .push(format!("created: {id}, {:?}", account.values));
                self.accounts.insert(id, account);
            }
            (Change::Delete(_), None) => {}
        }
    }

    fn save(&self, change: &RecordChange) -> String {
        let ids = self.sandbox.change_records(std::slice::from_ref(change));
        ids.unwrap().pop().unwrap()
    }

    /// The id of the existing account at a position, if there are accounts.
    fn at(&self, position: &Position) -> Option<String> {
        let existing = self
            .accounts
            .iter()
            .filter(|(_, account)| !account.is_deleted);
        let ids: Vec<&String> = existing.map(|(id, _)| id).collect();
        let last = ids.len().checked_sub(1)?;
        let index = match position {
            Position::Anywhere(fraction) => usize::from(*fraction) * ids.len() / 65_536,
            Position::NearLast(offset) => {
                let after = ids.partition_point(|id| **id <= self.last);
                after
                    .saturating_add_signed(isize::from(*offset))
                    .saturating_sub(1)
                    .min(last)
            }
        };
        Some(ids[index].clone())
    }

    /// Compares what arrived with what must arrive.
    fn judge(&mut self, arrived: &[Map<String, Value>], limit: Option<u32>) -> Result<(), String> {
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        if arrived.len() > limit {
            return Err(format!(
                "{} records arrive, the LIMIT is {limit}",
                arrived.len()
            ));
        }
        let is_full = arrived.len() == limit;
        let mut times: BTreeMap<&str, u32> = BTreeMap::new();
        for record in arrived {
            let id = record["Id"].as_str().unwrap();
            *times.entry(id).or_default() += 1;
            let account = self.accounts.get(id);
            let account = account.ok_or_else(|| format!("{id} never existed, but arrives"))?;
            let version = &record["NumberOfEmployees"];
            if !account.versions.contains(version) {
                return Err(format!(
                    "{id} arrives with a value that it never had: {version}"
                ));
            }
        }
        for (id, account) in &self.accounts {
            let times = times.get(id.as_str()).copied().unwrap_or_default();
            if account.matched_throughout {
                self.count.exactly_once += u64::from(times);
                if times != 1 && !(is_full && times == 0) {
                    return Err(format!(
                        "{id} matches throughout, but arrives {times} times"
                    ));
                }
            } else if account.parts_matched == (true, true) {
                self.count.at_most_once += 1;
                if times > 1 {
                    return Err(format!(
                        "{id} matches part of the time, but arrives {times} times"
                    ));
                }
            } else if times > 0 {
                return Err(format!("{id} never matches, but arrives {times} times"));
            }
        }
        Ok(())
    }
}

impl Account {
    /// The values of its fields.
    fn fields(&self) -> Map<String, Value> {
        let Values {
            industry,
            segment,
            number,
        } = self.values;
        let fields = json!({
            "Industry": if industry { "Energy" } else { "Retail" },
            "Segments__c": if segment { "Cloud;Edge" } else { "Cloud" },
            "AccountNumber": if number { &self.listed_number } else { "none" },
            "NumberOfEmployees": self.versions.last(),
        });
        fields.as_object().unwrap().clone()
    }
}
