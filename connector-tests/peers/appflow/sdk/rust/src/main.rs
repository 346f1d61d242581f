//! The AWS SDK for Rust against an AppFlow endpoint: calls every operation and looks for values that
//! the SDK does not know. The one that is allowed is the connector type `CUSTOMCONNECTOR`.
//!
//! The endpoint is in `AWS_ENDPOINT_URL`, the function's ARN is the argument. The bucket `checks`
//! exists.

use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_appflow::Client;
use aws_sdk_appflow::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_appflow::types::{
    AuthenticationType, BasicAuthCredentials, ConnectionMode, ConnectorOperator,
    ConnectorProfileConfig, ConnectorProfileCredentials, ConnectorProfileProperties,
    ConnectorProvisioningConfig, ConnectorProvisioningType, ConnectorType,
    CustomConnectorProfileCredentials, CustomConnectorProfileProperties,
    CustomConnectorSourceProperties, DestinationConnectorProperties, DestinationFlowConfig,
    ExecutionStatus, LambdaConnectorProvisioningConfig, Operator, S3DestinationProperties,
    ScheduledTriggerProperties, SourceConnectorProperties, SourceFlowConfig, Task, TaskType,
    TriggerConfig, TriggerProperties, TriggerType,
};

type Failure = Box<dyn std::error::Error>;

const NAME: &str = "rust";

/// Fails if a response has a value that the SDK does not know.
fn known<T: Debug>(response: T) -> Result<T, Failure> {
    let text = format!("{response:?}");
    let rest = text.replace("Unknown(UnknownVariantValue(\"CUSTOMCONNECTOR\"))", "");
    if rest.contains("Unknown") {
        return Err(format!("an unknown value: {text}").into());
    }
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let function = std::env::args().nth(1).ok_or("no function ARN")?;
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
            aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    let config = aws_sdk_appflow::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new("us-east-1"))
        .endpoint_url(std::env::var("AWS_ENDPOINT_URL")?)
        .credentials_provider(Credentials::new("any", "any", None, None, "peer"))
        .build();
    let client = Client::from_conf(config);
    connect(&client, &function).await?;
    flows(&client).await?;
    let gone = client.describe_flow().flow_name("none").send().await;
    let error = gone.err().ok_or("no error")?.into_service_error();
    println!("error {}", error.is_resource_not_found_exception());
    known(client.delete_connector_profile().connector_profile_name(NAME).send().await?)?;
    known(client.unregister_connector().connector_label(NAME).send().await?)?;
    println!("every response was read");
    Ok(())
}

fn profile(url: &str) -> Result<ConnectorProfileConfig, Failure> {
    let properties = CustomConnectorProfileProperties::builder().profile_properties("url", url);
    let basic = BasicAuthCredentials::builder().username("ada").password("p").build()?;
    let credentials = CustomConnectorProfileCredentials::builder()
        .authentication_type(AuthenticationType::Basic)
        .basic(basic)
        .build()?;
    Ok(ConnectorProfileConfig::builder()
        .connector_profile_properties(
            ConnectorProfileProperties::builder().custom_connector(properties.build()).build(),
        )
        .connector_profile_credentials(
            ConnectorProfileCredentials::builder().custom_connector(credentials).build(),
        )
        .build())
}

async fn connect(client: &Client, function: &str) -> Result<(), Failure> {
    let lambda = LambdaConnectorProvisioningConfig::builder().lambda_arn(function).build()?;
    let provisioning = ConnectorProvisioningConfig::builder().lambda(lambda).build();
    known(
        client
            .register_connector()
            .connector_label(NAME)
            .connector_provisioning_type(ConnectorProvisioningType::Lambda)
            .connector_provisioning_config(provisioning)
            .send()
            .await?,
    )?;
    known(client.update_connector_registration().connector_label(NAME).send().await?)?;
    let described = known(
        client
            .describe_connector()
            .connector_type(ConnectorType::Customconnector)
            .connector_label(NAME)
            .send()
            .await?,
    )?;
    let configuration = described.connector_configuration().ok_or("no configuration")?;
    println!("connector {}", configuration.connector_name().unwrap_or_default());
    known(client.describe_connectors().send().await?)?;
    known(client.list_connectors().send().await?)?;
    known(
        client
            .create_connector_profile()
            .connector_profile_name(NAME)
            .connector_type(ConnectorType::Customconnector)
            .connector_label(NAME)
            .connection_mode(ConnectionMode::Public)
            .connector_profile_config(profile("https://good.example")?)
            .send()
            .await?,
    )?;
    known(
        client
            .update_connector_profile()
            .connector_profile_name(NAME)
            .connection_mode(ConnectionMode::Public)
            .connector_profile_config(profile("https://better.example")?)
            .send()
            .await?,
    )?;
    known(client.describe_connector_profiles().send().await?)?;
    let entities = known(
        client.list_connector_entities().connector_profile_name(NAME).api_version("v1").send().await?,
    )?;
    let objects = &entities.connector_entity_map()["Objects"];
    println!("entities {}", objects.iter().map(|e| e.name()).collect::<Vec<_>>().join(","));
    let fields = known(
        client
            .describe_connector_entity()
            .connector_profile_name(NAME)
            .connector_entity_name("Airport")
            .send()
            .await?,
    )?;
    let fields = fields.connector_entity_fields();
    println!("fields {}", fields.iter().map(|f| f.identifier()).collect::<Vec<_>>().join(","));
    known(client.reset_connector_metadata_cache().connector_profile_name(NAME).send().await?)?;
    Ok(())
}

fn trigger(schedule: Option<&str>) -> Result<TriggerConfig, Failure> {
    let Some(schedule) = schedule else {
        return Ok(TriggerConfig::builder().trigger_type(TriggerType::Ondemand).build()?);
    };
    let scheduled = ScheduledTriggerProperties::builder().schedule_expression(schedule).build()?;
    Ok(TriggerConfig::builder()
        .trigger_type(TriggerType::Scheduled)
        .trigger_properties(TriggerProperties::builder().scheduled(scheduled).build())
        .build()?)
}

fn tasks() -> Result<Vec<Task>, Failure> {
    let operator = |operator| ConnectorOperator::builder().custom_connector(operator).build();
    Ok(vec![
        Task::builder()
            .task_type(TaskType::Filter)
            .source_fields("id")
            .connector_operator(operator(Operator::Projection))
            .build()?,
        Task::builder()
            .task_type(TaskType::Map)
            .source_fields("id")
            .destination_field("id")
            .connector_operator(operator(Operator::NoOp))
            .build()?,
    ])
}

fn source() -> Result<SourceFlowConfig, Failure> {
    let custom = CustomConnectorSourceProperties::builder().entity_name("Airport").build()?;
    Ok(SourceFlowConfig::builder()
        .connector_type(ConnectorType::Customconnector)
        .connector_profile_name(NAME)
        .source_connector_properties(
            SourceConnectorProperties::builder().custom_connector(custom).build(),
        )
        .build()?)
}

fn destination() -> Result<DestinationFlowConfig, Failure> {
    let s3 = S3DestinationProperties::builder().bucket_name("checks").build()?;
    Ok(DestinationFlowConfig::builder()
        .connector_type(ConnectorType::S3)
        .destination_connector_properties(DestinationConnectorProperties::builder().s3(s3).build())
        .build()?)
}

async fn flows(client: &Client) -> Result<(), Failure> {
    let created = known(
        client
            .create_flow()
            .flow_name(NAME)
            .trigger_config(trigger(None)?)
            .source_flow_config(source()?)
            .destination_flow_config_list(destination()?)
            .set_tasks(Some(tasks()?))
            .tags("team", "query")
            .send()
            .await?,
    )?;
    let arn = created.flow_arn().ok_or("no ARN")?;
    known(client.tag_resource().resource_arn(arn).tags("a", "b").send().await?)?;
    known(client.list_tags_for_resource().resource_arn(arn).send().await?)?;
    known(client.untag_resource().resource_arn(arn).tag_keys("a").send().await?)?;
    let started = known(client.start_flow().flow_name(NAME).send().await?)?;
    println!("started {}", started.execution_id().is_some());
    loop {
        let records = known(client.describe_flow_execution_records().flow_name(NAME).send().await?)?;
        let status = records.flow_executions()[0].execution_status().cloned();
        if status != Some(ExecutionStatus::Inprogress) {
            println!("run {status:?}");
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    known(client.cancel_flow_executions().flow_name(NAME).send().await?)?;
    known(client.describe_flow().flow_name(NAME).send().await?)?;
    known(client.list_flows().send().await?)?;
    known(
        client
            .update_flow()
            .flow_name(NAME)
            .trigger_config(trigger(Some("rate(1hours)"))?)
            .source_flow_config(source()?)
            .destination_flow_config_list(destination()?)
            .set_tasks(Some(tasks()?))
            .send()
            .await?,
    )?;
    known(client.start_flow().flow_name(NAME).send().await?)?;
    known(client.stop_flow().flow_name(NAME).send().await?)?;
    known(client.describe_flow().flow_name(NAME).send().await?)?;
    known(client.delete_flow().flow_name(NAME).force_delete(true).send().await?)?;
    Ok(())
}
