//! The steps, in AppFlow's order.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use appflow_connector_client::{CallError, Pager, Request};
use appflow_connector_model::{
    AuthenticationType, ConnectorContext, Credentials, DescribeEntityRequest, EntityDefinition,
    ErrorCode, ListEntitiesRequest, QueryDataRequest, Record, RetrieveDataRequest, StringMap,
    WriteDataRequest, WriteOperationType,
};
use comfy_table::Table;
use miette::{Context, IntoDiagnostic, Result, bail, miette};
use serde::Deserialize;
use serde_json::json;

use super::airports;
use super::environment::Environment;
use super::report::{Report, Step};
use super::write_back::{KEY, WriteBack};

const LABEL: &str = "salesforce";
const CONNECTION: &str = "salesforce-demo";
const ENTITY: &str = "Airport__c";
const FILTER: &str = r#"(city = "Austin" or city = "Boston") and not state = "TX""#;
/// One record an hour was changed until the end of this window, and both edges count: 25 records.
const WINDOW: &str = "SystemModstamp between 2024-12-31T00:00:00Z and 2025-01-01T00:00:00Z";
const RECORDS_IN_WINDOW: usize = 25;

/// What the demo prints below the table of its steps.
pub struct Summary {
    /// The files that the demo wrote.
    pub files: Vec<PathBuf>,
    /// The rows of the CSV file that Salesforce refused, and why.
    pub refused: Table,
}

/// Runs all steps and adds each to the report.
pub async fn run(environment: Environment, output: &Path, report: &mut Report) -> Result<Summary> {
    std::fs::create_dir_all(output)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot create {}", output.display()))?;
    let mut flow = Flow {
        settings: StringMap::from([("instanceUrl".to_owned(), environment.salesforce.url())]),
        credentials: None,
        entity_definition: None,
        environment,
        output,
        report,
    };
    flow.register_connector().await?;
    flow.create_connection().await?;
    flow.list_entities().await?;
    flow.describe_entity().await?;

    let expected = airports::from_csv()?;
    let (all, airports) = flow
        .query("query all", None, "airports.jsonl", |records| {
            airports::check_equal(records, expected.clone())
                .map(|()| "equal to airports.csv".to_owned())
        })
        .await?;
    let matching = expected.iter().filter(|airport| {
        let city = airport.city.as_deref();
        (city == Some("Austin") || city == Some("Boston")) && airport.state.as_deref() != Some("TX")
    });
    let matching = matching.cloned().collect();
    let (filtered, _) = flow
        .query(
            "query by filter",
            Some(FILTER),
            "airports-by-filter.jsonl",
            |records| airports::check_equal(records, matching).map(|()| FILTER.to_owned()),
        )
        .await?;
    let (window, _) = flow
        .query(
            "query a window",
            Some(WINDOW),
            "airports-in-window.jsonl",
            check_window,
        )
        .await?;
    let retrieved = flow.retrieve(&airports, "airports-by-id.jsonl").await?;

    let csv = flow.output.join("airports-to-upsert.csv");
    let write_back = WriteBack::prepare(&csv)?;
    let refused = flow.upsert(&write_back).await?;
    let expected = WriteBack::expected(&airports::from_csv()?);
    let (written, _) = flow
        .query(
            "query what was written",
            None,
            "airports-written.jsonl",
            |records| {
                airports::check_equal(records, expected).map(|()| "equal to both CSVs".to_owned())
            },
        )
        .await?;
    let files = vec![all, filtered, window, csv, written, retrieved];
    Ok(Summary { files, refused })
}

fn check_window(records: &[Record]) -> Result<String> {
    if records.len() != RECORDS_IN_WINDOW {
        bail!(
            "the query returned {} records; {RECORDS_IN_WINDOW} were changed in the window",
            records.len()
        );
    }
    Ok(WINDOW.to_owned())
}

struct Flow<'a> {
    environment: Environment,
    settings: StringMap,
    credentials: Option<Credentials>,
    entity_definition: Option<EntityDefinition>,
    output: &'a Path,
    report: &'a mut Report,
}

impl Flow<'_> {
    /// Sends one request of a step.
    async fn call<R: Request>(&self, step: &Step, request: R) -> Result<R::Response> {
        let response = self.environment.client.call(request).await;
        diagnose(response).wrap_err(step.name())
    }

    /// Registers the connector: AppFlow asks it for its configuration.
    async fn register_connector(&mut self) -> Result<()> {
        let step = Step::begin("register the connector");
        let appflow = &self.environment.appflow;
        let registration = json!({
            "connectorLabel": LABEL,
            "connectorProvisioningType": "LAMBDA",
            "connectorProvisioningConfig":
                {"lambda": {"lambdaArn": self.environment.function_arn}},
        });
        let registered = appflow.call("register-connector", &registration).await;
        registered.wrap_err(step.name())?;
        let which = json!({"connectorType": "CustomConnector", "connectorLabel": LABEL});
        let described = appflow.call("describe-connector", &which).await;
        let described = described.wrap_err(step.name())?;
        let configuration = &described["connectorConfiguration"];
        let settings = configuration["connectorRuntimeSettings"].as_array();
        let keys: Vec<&str> = settings
            .into_iter()
            .flatten()
            .filter_map(|setting| setting["key"].as_str())
            .collect();
        let text = |member: &str| configuration[member].as_str().unwrap_or_default();
        let result = format!(
            "{} {}, settings: {}",
            text("connectorName"),
            text("connectorVersion"),
            keys.join(", ")
        );
        self.report.add(&step, 1, None, &result);
        Ok(())
    }

    /// Creates a connection: AppFlow fetches a token, keeps it in a secret, and asks the connector
    /// to validate the credentials and the settings.
    async fn create_connection(&mut self) -> Result<()> {
        let step = Step::begin("create a connection");
        let appflow = &self.environment.appflow;
        let application = salesforce_sandbox::Config::default();
        let token_url = format!(
            "{}/services/oauth2/token",
            self.environment.salesforce.url()
        );
        let connection = json!({
            "connectorProfileName": CONNECTION,
            "connectorType": "CustomConnector",
            "connectorLabel": LABEL,
            "connectionMode": "Public",
            "connectorProfileConfig": {
                "connectorProfileProperties": {"CustomConnector": {
                    "profileProperties": self.settings,
                    "oAuth2Properties": {
                        "tokenUrl": token_url,
                        "oAuth2GrantType": "CLIENT_CREDENTIALS",
                    },
                }},
                "connectorProfileCredentials": {"CustomConnector": {
                    "authenticationType": "OAUTH2",
                    "oauth2": {
                        "clientId": application.client_id,
                        "clientSecret": application.client_secret,
                    },
                }},
            },
        });
        let created = appflow.call("create-connector-profile", &connection).await;
        created.wrap_err(step.name())?;
        let which = json!({"connectorProfileNames": [CONNECTION]});
        let described = appflow.call("describe-connector-profiles", &which).await;
        let described = described.wrap_err(step.name())?;
        let secret = described["connectorProfileDetails"][0]["credentialsArn"].as_str();
        let secret = secret.ok_or_else(|| miette!("the connection has no secret"))?;
        let name = secret.rsplit(':').next().unwrap_or_default();
        let result = format!("credentials and settings accepted, secret {name}");
        self.report.add(&step, 2, None, &result);
        self.credentials = Some(
            Credentials::builder()
                .secret_arn(secret)
                .authentication_type(AuthenticationType::OAuth2)
                .build(),
        );
        Ok(())
    }

    /// Lists the top level and everything below it.
    async fn list_entities(&mut self) -> Result<()> {
        let step = Step::begin("list entities");
        let calls_before = self.environment.client.calls();
        let mut found = Vec::new();
        let mut paths = vec![None];
        let mut listed = HashSet::new();
        while let Some(path) = paths.pop() {
            if !listed.insert(path.clone()) {
                continue;
            }
            let request = ListEntitiesRequest::builder()
                .connector_context(self.context())
                .maybe_entities_path(path)
                .build();
            let mut pager = Pager::new(request);
            while let Some(request) = pager.next_request() {
                let page = self.call(&step, request).await?;
                let entities = page.entities.unwrap_or_default();
                pager.add_page(entities.len(), entities.len(), page.next_token);
                for entity in entities {
                    if entity.has_nested_entities {
                        paths.push(Some(entity.entity_identifier.clone()));
                    }
                    found.push(entity.entity_identifier);
                }
            }
            pager.finish().into_diagnostic().wrap_err(step.name())?;
        }
        if !found.iter().any(|identifier| identifier == ENTITY) {
            bail!("{ENTITY} is not among the entities: {}", found.join(", "));
        }
        let calls = self.environment.client.calls() - calls_before;
        self.report.add(
            &step,
            calls,
            None,
            &format!("{} entities: {}", found.len(), found.join(", ")),
        );
        Ok(())
    }

    async fn describe_entity(&mut self) -> Result<()> {
        let step = Step::begin("describe Airport__c");
        let request = DescribeEntityRequest::builder()
            .entity_identifier(ENTITY)
            .connector_context(self.context())
            .build();
        let response = self.call(&step, request).await?;
        let definition = response
            .entity_definition
            .ok_or_else(|| miette!("{}: the response has no entityDefinition", step.name()))?;
        let timestamps = definition
            .fields
            .iter()
            .filter(|field| field.is_timestamp())
            .count();
        let result = format!(
            "{} fields, {timestamps} for incremental flows",
            definition.fields.len()
        );
        self.report.add(&step, 1, None, &result);
        self.entity_definition = Some(definition);
        Ok(())
    }

    /// Reads page by page, checks the records, writes them to a file and returns its path.
    async fn query(
        &mut self,
        name: &'static str,
        filter: Option<&str>,
        file: &str,
        check: impl FnOnce(&[Record]) -> Result<String>,
    ) -> Result<(PathBuf, Vec<Record>)> {
        let step = Step::begin(name);
        let request = QueryDataRequest::builder()
            .entity_identifier(ENTITY)
            .connector_context(self.context())
            .maybe_filter_expression(filter)
            .build();
        let mut records = Vec::new();
        let mut pager = Pager::new(request);
        while let Some(request) = pager.next_request() {
            let page = self.call(&step, request).await?;
            let found = page.records.unwrap_or_default();
            pager.add_page(found.len(), found.len(), page.next_token);
            records.extend(found);
            step.progress(records.len());
        }
        let calls = pager.pages();
        pager.finish().into_diagnostic().wrap_err(name)?;
        let result = check(&records).wrap_err(name)?;
        let path = self.write(file, &records)?;
        self.report.add(&step, calls, Some(records.len()), &result);
        Ok((path, records))
    }

    async fn retrieve(&mut self, airports: &[Record], file: &str) -> Result<PathBuf> {
        let step = Step::begin("retrieve ten by id");
        let ids: Vec<String> = airports
            .iter()
            .step_by(300)
            .take(10)
            .map(|record| record.parse::<WithId>().map(|record| record.id))
            .collect::<Result<_, _>>()
            .into_diagnostic()?;
        let request = RetrieveDataRequest::builder()
            .entity_identifier(ENTITY)
            .connector_context(self.context())
            .id_field_name("Id")
            .ids(ids.clone())
            .build();
        let response = self.call(&step, request).await?;
        let records = response.records.unwrap_or_default();
        if records.len() != ids.len() {
            bail!(
                "{}: the response has {} records for {} ids",
                step.name(),
                records.len(),
                ids.len()
            );
        }
        let path = self.write(file, &records)?;
        self.report.add(&step, 1, Some(records.len()), "each found");
        Ok(path)
    }

    /// Writes the rows of the CSV file, of which some are refused. Returns these with the reasons.
    async fn upsert(&mut self, write_back: &WriteBack) -> Result<Table> {
        let step = Step::begin("upsert from a CSV file");
        let request = WriteDataRequest::builder()
            .entity_identifier(ENTITY)
            .connector_context(self.context())
            .operation(WriteOperationType::Upsert)
            .id_field_names(vec![KEY.to_owned()])
            .records(write_back.records()?)
            .build();
        let response = self.call(&step, request).await?;
        let code = response
            .error_details
            .as_ref()
            .map(|details| details.error_code);
        if code != Some(ErrorCode::PartialWriteFailure) {
            bail!(
                "{}: the response must have the error code PartialWriteFailure, but has {:?}",
                step.name(),
                response.error_details
            );
        }
        let results = response.write_record_results.unwrap_or_default();
        let result = write_back.check_results(&results)?;
        self.report.add(&step, 1, Some(results.len()), &result);
        Ok(write_back.failures(&results))
    }

    fn context(&self) -> ConnectorContext {
        ConnectorContext::builder()
            .connector_runtime_settings(self.settings.clone())
            .maybe_credentials(self.credentials.clone())
            .api_version("v60.0")
            .flow_name("demo")
            .execution_id("demo-1")
            .connector_profile_label(CONNECTION)
            .maybe_entity_definition(self.entity_definition.clone())
            .build()
    }

    fn write(&self, file: &str, records: &[Record]) -> Result<PathBuf> {
        let path = self.output.join(file);
        write_lines(&path, records).wrap_err_with(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// A record's id.
#[derive(Deserialize)]
struct WithId {
    #[serde(rename = "Id")]
    id: String,
}

/// Writes JSON lines. A record that spans lines is put on one.
fn write_lines(path: &Path, records: &[Record]) -> Result<()> {
    let mut writer = BufWriter::new(File::create(path).into_diagnostic()?);
    for record in records {
        // In JSON a line break is only possible between tokens, where a space means the same.
        writeln!(writer, "{}", record.as_str().replace(['\n', '\r'], " ")).into_diagnostic()?;
    }
    writer.flush().into_diagnostic()
}

/// Makes an error for the terminal; for a failed invocation with what the connector logged.
fn diagnose<R>(response: Result<R, CallError>) -> Result<R> {
    match response {
        Err(CallError::Invocation {
            source,
            log: Some(log),
        }) => Err(miette!(help = log, "the invocation failed: {source}")),
        other => other.into_diagnostic(),
    }
}
