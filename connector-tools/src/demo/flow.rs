//! The steps, in AppFlow's order.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use appflow_connector_client::{CallError, Pager, Request};
use appflow_connector_model::{
    AuthenticationType, ConnectorContext, ConnectorRuntimeSettingScope, Credentials,
    DescribeConnectorConfigurationRequest, DescribeEntityRequest, EntityDefinition, ErrorCode,
    ListEntitiesRequest, QueryDataRequest, Record, RetrieveDataRequest, StringMap,
    ValidateConnectorRuntimeSettingsRequest, ValidateCredentialsRequest, WriteDataRequest,
    WriteOperationType,
};
use comfy_table::Table;
use miette::{Context, IntoDiagnostic, Result, bail, miette};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;

use super::airports;
use super::environment::Environment;
use super::report::{Report, Step};
use super::write_back::{KEY, WriteBack};

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
    flow.describe_configuration().await?;
    flow.store_credentials().await?;
    flow.validate_credentials().await?;
    flow.validate_settings().await?;
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

    async fn describe_configuration(&mut self) -> Result<()> {
        let step = Step::begin("describe configuration");
        let request = DescribeConnectorConfigurationRequest::builder().build();
        let response = self.call(&step, request).await?;
        let configuration = response.configuration;
        let settings = configuration.runtime_settings.unwrap_or_default();
        let keys: Vec<&str> = settings
            .iter()
            .map(|setting| setting.key.as_str())
            .collect();
        let result = format!(
            "{} {}, settings: {}",
            configuration.connector_name,
            configuration.connector_version,
            keys.join(", ")
        );
        self.report.add(&step, 1, None, &result);
        Ok(())
    }

    async fn store_credentials(&mut self) -> Result<()> {
        let step = Step::begin("store credentials");
        let token = self.environment.fetch_token().await?;
        let secret = json!({"accessToken": token.access_token.expose_secret()}).to_string();
        let name = "appflow!000000000000-salesforce-demo";
        let arn = self
            .environment
            .secrets
            .create_secret(name, &secret)
            .into_diagnostic()?;
        self.report.add(&step, 0, None, &format!("secret {name}"));
        self.credentials = Some(
            Credentials::builder()
                .secret_arn(arn)
                .authentication_type(AuthenticationType::OAuth2)
                .build(),
        );
        Ok(())
    }

    async fn validate_credentials(&mut self) -> Result<()> {
        let step = Step::begin("validate credentials");
        let credentials = self
            .credentials
            .clone()
            .ok_or_else(|| miette!("no credentials are stored"))?;
        let request = ValidateCredentialsRequest::builder()
            .credentials(credentials)
            .connector_runtime_settings(self.settings.clone())
            .build();
        self.call(&step, request).await?;
        self.report.add(&step, 1, None, "accepted");
        Ok(())
    }

    async fn validate_settings(&mut self) -> Result<()> {
        let step = Step::begin("validate settings");
        let request = ValidateConnectorRuntimeSettingsRequest::builder()
            .scope(ConnectorRuntimeSettingScope::ConnectorProfile)
            .connector_runtime_settings(self.settings.clone())
            .build();
        self.call(&step, request).await?;
        self.report.add(&step, 1, None, "accepted");
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
            .connector_profile_label("salesforce-demo")
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
