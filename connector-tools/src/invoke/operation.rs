//! The eight operations as subcommands: from options to requests.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use appflow_connector_model::{
    ConnectorContext, ConnectorRequest, ConnectorRuntimeSettingScope, Credentials,
    DescribeConnectorConfigurationRequest, DescribeEntityRequest, ListEntitiesRequest,
    QueryDataRequest, Record, RetrieveDataRequest, ValidateConnectorRuntimeSettingsRequest,
    ValidateCredentialsRequest, WriteDataRequest, WriteOperationType,
};
use appflow_connector_tests::RuntimeSettings;
use clap::{Args, Subcommand, ValueEnum};
use miette::{Context, IntoDiagnostic, Result};
use serde_json::Value;

/// An operation and its request's fields.
#[derive(Subcommand)]
pub enum Operation {
    /// Ask what the connector can do: its settings, modes, authentication, API versions.
    ///
    /// Example: cargo appflow invoke describe-configuration
    #[command(visible_alias = "describe-connector-configuration")]
    DescribeConfiguration,

    /// Check the config's settings.
    ///
    /// Example: cargo appflow invoke --config test-config.json validate-settings --scope source
    #[command(visible_alias = "validate-connector-runtime-settings")]
    ValidateSettings {
        /// Whose settings.
        #[arg(long, value_enum, default_value_t = Scope::ConnectorProfile)]
        scope: Scope,
    },

    /// Check the config's credentials.
    ///
    /// Example: cargo appflow invoke --config test-config.json validate-credentials
    ValidateCredentials,

    /// List the entities.
    ///
    /// Example: cargo appflow invoke --config test-config.json list-entities --all-pages
    ListEntities {
        /// The path of an entity whose nested entities to list.
        #[arg(long, value_name = "PATH")]
        path: Option<String>,

        #[command(flatten)]
        paging: Paging,
    },

    /// Describe an entity's fields.
    ///
    /// Example: cargo appflow invoke --config test-config.json describe-entity --entity tickets
    DescribeEntity {
        /// The entity's identifier.
        #[arg(long)]
        entity: String,
    },

    /// Read the records that meet a filter.
    ///
    /// Example: cargo appflow invoke --config test-config.json query --entity tickets --filter
    /// 'status = "open"' --all-pages | jq -r '.records[]'
    #[command(visible_alias = "query-data")]
    Query {
        /// The entity's identifier.
        #[arg(long)]
        entity: String,

        /// The fields to read, separated by commas. Default: the connector's choice, all of them.
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        fields: Option<Vec<String>>,

        /// The filter expression. Default: all records.
        #[arg(long, value_name = "EXPRESSION")]
        filter: Option<String>,

        #[command(flatten)]
        paging: Paging,
    },

    /// Read records by the values of a field.
    ///
    /// Example: cargo appflow invoke --config test-config.json retrieve --entity tickets --ids 7,9
    #[command(visible_alias = "retrieve-data")]
    Retrieve {
        /// The entity's identifier.
        #[arg(long)]
        entity: String,

        /// The values, separated by commas.
        #[arg(long, value_name = "VALUES", value_delimiter = ',', required = true)]
        ids: Vec<String>,

        /// The field that they are values of. Default: the connector's choice.
        #[arg(long, value_name = "NAME")]
        id_field: Option<String>,

        /// The fields to read, separated by commas. Default: the connector's choice, all of them.
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        fields: Option<Vec<String>>,
    },

    /// Write records.
    ///
    /// Example: cargo appflow invoke --config test-config.json write --entity tickets --operation
    /// insert --record '{"subject": "Printer"}'
    #[command(visible_alias = "write-data")]
    Write {
        /// The entity's identifier.
        #[arg(long)]
        entity: String,

        /// What to do with the records.
        #[arg(long, value_enum)]
        operation: WriteOperation,

        /// A record as JSON; repeatable.
        #[arg(long = "record", value_name = "JSON", required_unless_present = "file")]
        records: Vec<String>,

        /// A file with one record as JSON in each line; - for standard input.
        #[arg(long = "records", value_name = "FILE")]
        file: Option<PathBuf>,

        /// The fields that identify a record, separated by commas.
        #[arg(long, value_name = "NAMES", value_delimiter = ',')]
        id_fields: Option<Vec<String>>,

        /// Whether one failed record undoes or stops the others.
        #[arg(long)]
        all_or_none: bool,
    },
}

/// Which pages are read.
#[derive(Args)]
pub struct Paging {
    /// The maximum number of entities or records of a page.
    #[arg(long, value_name = "NUMBER")]
    max_results: Option<u32>,

    /// The page to read: the `nextToken` of the page before. Default: the first page.
    #[arg(long, value_name = "TOKEN")]
    next_token: Option<String>,

    /// Read the following pages too, to the last one. Each response is printed.
    #[arg(long)]
    pub all_pages: bool,
}

/// Whose settings are validated.
#[derive(Clone, Copy, ValueEnum)]
pub enum Scope {
    ConnectorProfile,
    Source,
    Destination,
}

/// What is done with records.
#[derive(Clone, Copy, ValueEnum)]
pub enum WriteOperation {
    Insert,
    Update,
    Upsert,
    Delete,
}

impl Operation {
    pub fn reads_standard_input(&self) -> bool {
        matches!(self, Self::Write { file: Some(file), .. } if is_standard_input(file))
    }

    /// The entity whose definition AppFlow sends with the request.
    pub fn entity_of_data(&self) -> Option<&str> {
        match self {
            Self::Query { entity, .. }
            | Self::Retrieve { entity, .. }
            | Self::Write { entity, .. } => Some(entity),
            _ => None,
        }
    }

    /// Whether the request has a context.
    pub fn has_context(&self) -> bool {
        !matches!(
            self,
            Self::DescribeConfiguration | Self::ValidateSettings { .. } | Self::ValidateCredentials
        )
    }

    /// Whether the pages after the requested one are read too.
    pub fn reads_all_pages(&self) -> bool {
        match self {
            Self::ListEntities { paging, .. } | Self::Query { paging, .. } => paging.all_pages,
            _ => false,
        }
    }

    /// Makes the request. `settings` are those of the config, by scope.
    pub fn request(
        &self,
        context: ConnectorContext,
        settings: &RuntimeSettings,
    ) -> Result<ConnectorRequest> {
        Ok(match self {
            Self::DescribeConfiguration => ConnectorRequest::DescribeConnectorConfiguration(
                DescribeConnectorConfigurationRequest::builder().build(),
            ),
            Self::ValidateSettings { scope } => {
                let credentials = context.credentials.as_ref();
                ConnectorRequest::ValidateConnectorRuntimeSettings(
                    ValidateConnectorRuntimeSettingsRequest::builder()
                        .scope(scope.on_wire())
                        .connector_runtime_settings(scope.of(settings))
                        .maybe_authentication_type(
                            credentials.and_then(|credentials| credentials.authentication_type),
                        )
                        .build(),
                )
            }
            Self::ValidateCredentials => ConnectorRequest::ValidateCredentials(
                ValidateCredentialsRequest::builder()
                    .credentials(
                        context
                            .credentials
                            .unwrap_or_else(|| Credentials::builder().build()),
                    )
                    .connector_runtime_settings(context.connector_runtime_settings)
                    .build(),
            ),
            Self::ListEntities { path, paging } => ConnectorRequest::ListEntities(
                ListEntitiesRequest::builder()
                    .connector_context(context)
                    .maybe_entities_path(path.clone())
                    .maybe_max_result(paging.max_results)
                    .maybe_next_token(paging.next_token.clone())
                    .build(),
            ),
            Self::DescribeEntity { entity } => ConnectorRequest::DescribeEntity(
                DescribeEntityRequest::builder()
                    .entity_identifier(entity)
                    .connector_context(context)
                    .build(),
            ),
            Self::Query {
                entity,
                fields,
                filter,
                paging,
            } => ConnectorRequest::QueryData(
                QueryDataRequest::builder()
                    .entity_identifier(entity)
                    .connector_context(context)
                    .maybe_selected_field_names(fields.clone())
                    .maybe_filter_expression(filter.clone())
                    .maybe_max_results(paging.max_results)
                    .maybe_next_token(paging.next_token.clone())
                    .build(),
            ),
            Self::Retrieve {
                entity,
                ids,
                id_field,
                fields,
            } => ConnectorRequest::RetrieveData(
                RetrieveDataRequest::builder()
                    .entity_identifier(entity)
                    .connector_context(context)
                    .maybe_selected_field_names(fields.clone())
                    .maybe_id_field_name(id_field.clone())
                    .ids(ids.clone())
                    .build(),
            ),
            Self::Write {
                entity,
                operation,
                records,
                file,
                id_fields,
                all_or_none,
            } => ConnectorRequest::WriteData(
                WriteDataRequest::builder()
                    .entity_identifier(entity)
                    .connector_context(context)
                    .operation(operation.on_wire())
                    .maybe_id_field_names(id_fields.clone())
                    .records(read_records(records, file.as_deref())?)
                    .all_or_none(*all_or_none)
                    .build(),
            ),
        })
    }
}

impl Scope {
    fn on_wire(self) -> ConnectorRuntimeSettingScope {
        match self {
            Self::ConnectorProfile => ConnectorRuntimeSettingScope::ConnectorProfile,
            Self::Source => ConnectorRuntimeSettingScope::Source,
            Self::Destination => ConnectorRuntimeSettingScope::Destination,
        }
    }

    fn of(self, settings: &RuntimeSettings) -> appflow_connector_model::StringMap {
        let settings = match self {
            Self::ConnectorProfile => &settings.connector_profile,
            Self::Source => &settings.source,
            Self::Destination => &settings.destination,
        };
        settings.clone().unwrap_or_default()
    }
}

impl WriteOperation {
    fn on_wire(self) -> WriteOperationType {
        match self {
            Self::Insert => WriteOperationType::Insert,
            Self::Update => WriteOperationType::Update,
            Self::Upsert => WriteOperationType::Upsert,
            Self::Delete => WriteOperationType::Delete,
        }
    }
}

pub fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Reads a file, or standard input.
pub fn read(file: &Path) -> Result<String> {
    let text = if is_standard_input(file) {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", file.display()))
}

fn read_records(records: &[String], file: Option<&Path>) -> Result<Vec<Record>> {
    let lines = file.map(read).transpose()?.unwrap_or_default();
    let lines = lines.lines().filter(|line| !line.trim().is_empty());
    let records = records.iter().map(String::as_str).chain(lines);
    let read = |(number, text): (usize, &str)| {
        let value: Value = serde_json::from_str(text)
            .into_diagnostic()
            .wrap_err_with(|| format!("record {} is not JSON", number + 1))?;
        Record::from_value(&value)
            .into_diagnostic()
            .wrap_err_with(|| format!("record {} is not a record", number + 1))
    };
    records.enumerate().map(read).collect()
}
