//! Reads records page by page and by id.

use std::collections::BTreeSet;

use appflow_connector_sdk::http::{Repeat, Request};
use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, FieldDefinition, QueryDataRequest, Record,
    RetrieveDataRequest, WriteDataRequest, WriteRecordResult,
};
use appflow_connector_sdk::queryfilter::ast::{ExprKind, Literal, Membership};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::queryfilter::{BoundFilter, Filter};
use appflow_connector_sdk::records::{PageFiller, TokenSealer};
use appflow_connector_sdk::{Invocation, RecordHandler, RecordPage, Result};
use serde_json::json;
use serde_json::value::RawValue;

use crate::SalesforceConnector;
use crate::query::{Query, row_reader};
use crate::salesforce::Organization;

/// The maximum number of ids in a request.
const MAX_IDS: usize = 2_000;

impl RecordHandler for SalesforceConnector {
    async fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> Result<RecordPage> {
        let organization = self.organization(invocation).await?;
        let entity = organization
            .entity(&request.entity_identifier, invocation)
            .await?;
        let selection = entity.select(request.selected_field_names.as_deref())?;
        let filter = BoundFilter::from_expression(request.filter_expression.as_deref(), &entity)?;
        let limit = filter.limit();
        let query = Query::new(&entity, &selection, filter, false)?;

        PageFiller::of_query(&request)?
            .parts(query.parts.len())?
            .limit(limit)
            .fill(invocation.deadline(), |place, max_records| {
                organization.page(&query, place, max_records)
            })
            .await
    }

    async fn retrieve_data(
        &self,
        request: RetrieveDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<Record>> {
        let organization = self.organization(invocation).await?;
        let entity = organization
            .entity(&request.entity_identifier, invocation)
            .await?;
        let selection = entity.select(request.selected_field_names.as_deref())?;
        let id_field = entity.named_field(request.id_field_name.as_deref().unwrap_or("Id"))?;
        let ids = request.ids.unwrap_or_default();
        match Soql::field_type(id_field) {
            Some("id") => organization.by_record_id(&entity, &selection, &ids).await,
            _ => {
                organization
                    .by_field(&entity, &selection, id_field, ids)
                    .await
            }
        }
    }

    async fn write_data(
        &self,
        request: WriteDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<WriteRecordResult>> {
        let organization = self.organization(invocation).await?;
        organization.write(&request).await
    }
}

impl Organization<'_> {
    /// Returns the records that have these ids. Salesforce returns null for unknown ids.
    async fn by_record_id(
        &self,
        entity: &EntityDefinition,
        selection: &[&FieldDefinition],
        ids: &[String],
    ) -> Result<Vec<Record>> {
        let names: Vec<&str> = selection
            .iter()
            .map(|field| field.field_name.as_str())
            .collect();
        let reader = row_reader(selection);
        // Salesforce refuses the request if one of the ids is malformed, or if its last three
        // characters, which repeat the case of the others, are wrong.
        let ids: BTreeSet<&str> = ids
            .iter()
            .filter(|id| is_record_id(id))
            .map(|id| &id[..15])
            .collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut records = Vec::new();
        for ids in ids.chunks(MAX_IDS) {
            let request = Request::post(format!(
                "composite/sobjects/{}",
                entity.entity.entity_identifier
            ));
            // This POST only reads.
            let request = request
                .json(&json!({ "ids": ids, "fields": names }))
                .repeat(Repeat::Always);
            let found = self.http.read(request, |response| {
                let rows: Vec<Option<&RawValue>> = response.json()?;
                rows.into_iter()
                    .flatten()
                    .map(|row| reader.read(row))
                    .collect::<Result<Vec<_>>>()
            });
            records.extend(found.await?.into_iter().filter_map(|row| row.record));
        }
        Ok(records)
    }

    /// Returns the records that have one of these values in a field.
    async fn by_field(
        &self,
        entity: &EntityDefinition,
        selection: &[&FieldDefinition],
        field: &FieldDefinition,
        values: Vec<String>,
    ) -> Result<Vec<Record>> {
        if values.is_empty() {
            return Ok(vec![]);
        }
        let values = values
            .into_iter()
            .map(|value| Literal::String(value).into())
            .collect();
        let membership = Membership {
            field: field.field_name.as_str().into(),
            values,
        };
        let filter = Filter {
            predicate: Some(ExprKind::In(membership).into()),
            limit: None,
        };
        let query = Query::new(entity, selection, filter.bind(entity)?, false)?;

        let response = PageFiller::new(TokenSealer::of([""; 0]), None, u32::MAX)?;
        let mut response = response.parts(query.parts.len())?;
        while let Some(place) = response.place() {
            let page = self.page(&query, place.clone(), response.room()).await?;
            response.push(page)?;
        }
        let response = response.finish()?;
        if response.next_token.is_some() {
            return Err(ConnectorError::invalid_argument(
                "the records are too large for one response: request fewer ids or fields",
            ));
        }
        Ok(response.records)
    }
}

/// Returns whether a text has the form of a record's id: 15 characters, or 18 of which the last
/// three repeat the case of the others.
pub(crate) fn is_record_id(id: &str) -> bool {
    matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
