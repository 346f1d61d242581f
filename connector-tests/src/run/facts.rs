//! What several checks need to know, asked for once.

use std::sync::Arc;

use appflow_connector_model::{
    ConnectorConfiguration, ConnectorMode, ConnectorRequest, DescribeConnectorConfigurationRequest,
    DescribeConnectorConfigurationResponse, DescribeEntityRequest, DescribeEntityResponse,
    EntityDefinition,
};

use super::{Exchange, Outcome, Run, Stop};
use crate::checks::data::SmallPages;
use crate::checks::writes::Inserted;
use crate::checks::{configuration, data, metadata};
use crate::finding::Findings;
use crate::listing::Listing;
use crate::reading::{Query, Reading, Source};

/// What is known so far.
#[derive(Default)]
pub(crate) struct Facts {
    configuration: Option<Outcome<Arc<ConnectorConfiguration>>>,
    listing: Option<Outcome<Arc<Listing>>>,
    entity: Option<Outcome<Arc<Described>>>,
    reading: Option<Outcome<Arc<Reading>>>,
    pub(crate) small_pages: Option<Outcome<Arc<SmallPages>>>,
    /// How many queries with a filter were judged.
    pub(crate) judged: usize,
    /// Records that a filter found and the reading of all had not.
    pub(crate) lost_by_reading: Findings,
    pub(crate) inserted: Option<Outcome<Arc<Inserted>>>,
    /// The keys of records that were written and are to be deleted in the end.
    pub(crate) created: Vec<String>,
}

/// A described entity.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) definition: Arc<EntityDefinition>,
    pub(crate) response: DescribeEntityResponse,
    pub(crate) exchange: Exchange,
}

impl Run<'_> {
    /// The connector's configuration; the check about it gives its findings.
    pub(crate) async fn describe_configuration(&mut self) -> Outcome<Arc<ConnectorConfiguration>> {
        if let Some(known) = &self.facts.configuration {
            return known.clone();
        }
        let request = DescribeConnectorConfigurationRequest::builder().build();
        let request = ConnectorRequest::DescribeConnectorConfiguration(request);
        let outcome = self.ask(&request).await;
        let outcome = outcome.map(
            |(response, _): (DescribeConnectorConfigurationResponse, _)| {
                Arc::new(response.configuration)
            },
        );
        self.facts.configuration = Some(outcome.clone());
        outcome
    }

    /// The connector's configuration, for the checks that need it.
    pub(crate) async fn configuration(&mut self) -> Outcome<Arc<ConnectorConfiguration>> {
        let outcome = self.describe_configuration().await;
        outcome.map_err(|stop| stop.blocked_by(configuration::DESCRIBES_ITSELF))
    }

    /// All entities, level by level; the check about it gives its findings.
    pub(crate) async fn list_entities(&mut self) -> Outcome<Arc<Listing>> {
        if let Some(known) = &self.facts.listing {
            return known.clone();
        }
        let outcome = Listing::walk(self).await.map(Arc::new);
        self.facts.listing = Some(outcome.clone());
        outcome
    }

    /// All entities, for the checks that need them.
    pub(crate) async fn listing(&mut self) -> Outcome<Arc<Listing>> {
        let outcome = self.list_entities().await;
        outcome.map_err(|stop| stop.blocked_by(metadata::ENTITIES_LISTED))
    }

    /// An entity as the connector describes it now.
    pub(crate) async fn describe(&mut self, identifier: &str) -> Outcome<Described> {
        let context = self.context(None).await?;
        let request = DescribeEntityRequest::builder()
            .entity_identifier(identifier)
            .connector_context(context)
            .build();
        let request = ConnectorRequest::DescribeEntity(request);
        let (response, exchange): (DescribeEntityResponse, _) = self.ask(&request).await?;
        let Some(definition) = response.entity_definition.clone() else {
            let finding = exchange.finding(
                "the answer has no `entityDefinition`",
                "the entity and its fields",
            );
            return Err(finding.into());
        };
        Ok(Described {
            definition: Arc::new(definition),
            response,
            exchange,
        })
    }

    /// The test entity; the check about it gives its findings.
    pub(crate) async fn describe_test_entity(&mut self) -> Outcome<Arc<Described>> {
        if let Some(known) = &self.facts.entity {
            return known.clone();
        }
        let identifier = self.config.test_entity_identifier.clone();
        let outcome = self.describe(&identifier).await.map(Arc::new);
        self.facts.entity = Some(outcome.clone());
        outcome
    }

    /// The test entity, for the checks that need it.
    pub(crate) async fn test_entity(&mut self) -> Outcome<Arc<Described>> {
        let outcome = self.describe_test_entity().await;
        outcome.map_err(|stop| stop.blocked_by(metadata::ENTITY_DESCRIBED))
    }

    /// The test entity, ready to be read. Not applicable to a connector that is no source.
    pub(crate) async fn source(&mut self) -> Outcome<Source> {
        if !self.has_mode(ConnectorMode::Source).await? {
            return Err(Stop::not_applicable("the connector is no SOURCE"));
        }
        let described = self.test_entity().await?;
        let context = self.context(Some(&described.definition)).await?;
        Ok(Source {
            definition: described.definition.clone(),
            context,
        })
    }

    /// All records of the test entity, with all fields; the check about it gives its findings.
    pub(crate) async fn read_test_entity(&mut self) -> Outcome<Arc<Reading>> {
        if let Some(known) = &self.facts.reading {
            return known.clone();
        }
        let source = self.source().await?;
        let query = Query {
            fields: source.retrievable(),
            ..Query::default()
        };
        let outcome = self.read(&source, &query).await.map(Arc::new);
        self.facts.reading = Some(outcome.clone());
        outcome
    }

    /// All records of the test entity, for the checks that need some. Not applicable if there are none.
    pub(crate) async fn dataset(&mut self) -> Outcome<(Source, Arc<Reading>)> {
        let source = self.source().await?;
        let outcome = self.read_test_entity().await;
        let reading = outcome.map_err(|stop| stop.blocked_by(data::RECORDS_READ))?;
        if reading.rows.is_empty() {
            return Err(Stop::not_applicable("the test entity has no records"));
        }
        Ok((source, reading))
    }

    pub(crate) async fn has_mode(&mut self, mode: ConnectorMode) -> Outcome<bool> {
        Ok(self.configuration().await?.connector_modes.contains(&mode))
    }
}
