//! A connector for the help desk.

use appflow_connector_sdk::http::{Auth, HttpClient, Request, Session, UrlPolicy, path_segment};
use appflow_connector_sdk::queryfilter::translate::QueryParameters;
use appflow_connector_sdk::records::{Query, QueryPage, Retrieval, Write, WriteRow};
use appflow_connector_sdk::{model::*, *};
use serde::Deserialize;

const URL: Setting<&str> = Setting::url("instanceUrl", "URL", "The help desk's URL.").required();

/// The hosts that get the key. This machine is one too, for tests.
const HOSTS: UrlPolicy = UrlPolicy::hosts_under(&["helpdesk.example"]).origin_only();

const STATES: [&str; 4] = ["new", "open", "pending", "solved"];

const OPERATIONS: [WriteOperationType; 2] =
    [WriteOperationType::Insert, WriteOperationType::Update];

struct HelpDesk {
    http: HttpClient,
    entities: Entities,
    parameters: QueryParameters,
}

impl HelpDesk {
    fn new() -> Self {
        Self {
            http: HttpClient::builder().application("the help desk").build(),
            entities: Entities::new(vec![ticket()]),
            parameters: QueryParameters::new()
                .list("status", "status")
                .since("updated_at", "updated_since")
                .search("subject", "search"),
        }
    }

    async fn session(&self, invocation: &Invocation) -> Result<Session<'_>> {
        let base = HOSTS.check(invocation.settings().get(&URL)?)?;
        let key = invocation.credentials().api_key().await?.api_key;
        let auth = Auth::header("X-Api-Key", key);
        Ok(self.http.session(base, auth, invocation.deadline()))
    }
}

fn ticket() -> EntityDefinition {
    use FieldDataType::{BigDecimal, Boolean, Date, DateTime, Integer, List, Long};
    let text = |name| field(name, FieldDataType::String);
    let fields = vec![
        field("id", Long).key().read_only(),
        text("subject"),
        text("status").one_of(STATES).defaulted(),
        text("requester").create_only(),
        field("priority", Integer).nullable(),
        field("cost", BigDecimal).nullable(),
        field("is_public", Boolean).defaulted(),
        field("due_on", Date).nullable(),
        field("tags", List).defaulted(),
        field("created_at", DateTime).read_only(),
        field("updated_at", DateTime).read_only().timestamp(),
    ];
    entity("ticket", fields).writes(&OPERATIONS)
}

impl ConfigurationHandler for HelpDesk {
    async fn describe_connector_configuration(
        &self,
        _: DescribeConnectorConfigurationRequest,
        _: &Invocation,
    ) -> Result<ConnectorConfiguration> {
        let api_key = AuthenticationConfig::builder()
            .is_api_key_auth_supported(true)
            .build();
        Ok(ConnectorConfiguration::builder()
            .connector_owner("Example Corp")
            .connector_name("HelpDesk")
            .connector_version("1.0")
            .connector_modes(vec![ConnectorMode::Source, ConnectorMode::Destination])
            .authentication_config(api_key)
            .runtime_settings(vec![URL.declaration()])
            .supported_api_versions(vec!["v1".to_owned()])
            .supported_write_operations(OPERATIONS.to_vec())
            .build())
    }

    async fn validate_credentials(
        &self,
        _: ValidateCredentialsRequest,
        invocation: &Invocation,
    ) -> Result<()> {
        let http = self.session(invocation).await?;
        http.send(Request::get("api/me")).await.map(drop)
    }
}

impl MetadataHandler for HelpDesk {
    fn entities(&self) -> Option<&Entities> {
        Some(&self.entities)
    }
}

/// A page of tickets.
#[derive(Deserialize)]
struct Tickets {
    tickets: List<Box<RawValue>>,
    next: Option<String>,
}

/// What the help desk returns for a ticket that it has written.
#[derive(Deserialize)]
struct Written {
    id: u64,
}

impl RecordHandler for HelpDesk {
    async fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> Result<RecordPage> {
        let http = self.session(invocation).await?;
        Query::new(&request, self.entities.get(&request.entity_identifier)?)?
            .push_down(&self.parameters)
            .fill(invocation.deadline(), async |page: QueryPage<'_, _>| {
                let tickets = Request::get("api/tickets")
                    .queries(page.condition.into_iter().flatten())
                    .queries(page.place.cursor.as_ref().map(|cursor| ("cursor", cursor)));
                let found: Tickets = http.fetch(tickets).await?;
                page.by_cursor(found.tickets, found.next)
            })
            .await
    }

    async fn retrieve_data(
        &self,
        request: RetrieveDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<Record>> {
        let http = self.session(invocation).await?;
        Retrieval::new(&request, self.entities.get(&request.entity_identifier)?)?
            .each(8, invocation.deadline(), async |id: &str| {
                http.find(Request::get(format!("api/tickets/{}", path_segment(id)?)))
                    .await
            })
            .await
    }

    async fn write_data(
        &self,
        request: WriteDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<WriteRecordResult>> {
        let http = self.session(invocation).await?;
        Write::new(&request, self.entities.get(&request.entity_identifier)?)?
            .each(8, invocation.deadline(), async |row: &WriteRow| {
                let request = match row.id() {
                    None => Request::post("api/tickets"),
                    Some(id) => Request::patch(format!("api/tickets/{}", path_segment(id)?)),
                };
                let written: Written = http.fetch(request.json(row)).await?;
                Ok(WriteRecordResult::written(written.id.to_string()))
            })
            .await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), RunError> {
    run(HelpDesk::new()).await
}
