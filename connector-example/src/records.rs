//! Reads records page by page and by id.

use std::collections::BTreeSet;

use appflow_connector_sdk::http::{Repeat, Request};
use appflow_connector_sdk::model::{
    EntityDefinition, FieldDefinition, List, QueryDataRequest, Record, RetrieveDataRequest,
    WriteDataRequest, WriteRecordResult,
};
use appflow_connector_sdk::queryfilter::translate::Soql;
use appflow_connector_sdk::queryfilter::{BoundFilter, Filter};
use appflow_connector_sdk::records::{PageFiller, Place, SourcePage, read_rows};
use appflow_connector_sdk::{Invocation, RecordHandler, RecordPage, Result};
use serde_json::json;
use serde_json::value::RawValue;

use crate::SalesforceConnector;
use crate::files::{is_file, select};
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
        let selection = select(&entity, request.selected_field_names.as_deref())?;
        let filter = BoundFilter::from_expression(request.filter_expression.as_deref(), &entity)?;
        let limit = filter.limit();
        let query = Query::new(&entity, selection, filter, organization.includes_deleted)?;

        PageFiller::of_query(&request)?
            .parts(query.parts())?
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
        let selection = select(&entity, request.selected_field_names.as_deref())?;
        let id_field = entity.named_field(request.id_field_name.as_deref().unwrap_or("Id"))?;
        let mut ids = request.ids.unwrap_or_default();
        if Soql::field_type(id_field) == Some("id") {
            // Salesforce refuses a request with a malformed id.
            ids.retain(|id| is_record_id(id));
            let needs_query =
                |field: &&FieldDefinition| is_file(field) || field.field_name.contains('.');
            if !selection.iter().any(needs_query) {
                return organization.by_record_id(&entity, &selection, &ids).await;
            }
        }
        let filter = Filter::one_of(&id_field.field_name, ids);
        if filter.predicate.is_none() {
            return Ok(vec![]);
        }
        let query = Query::new(&entity, selection, filter.bind(&entity)?, false)?;
        PageFiller::all(query.parts(), |place, max_records| {
            organization.page(&query, place, max_records)
        })
        .await
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
        let names = selection.iter().map(|field| field.field_name.as_str());
        let names: Vec<&str> = names.collect();
        let reader = row_reader(selection);
        // Salesforce also refuses ids whose last three characters, which repeat the case of the
        // others, are wrong.
        let ids: BTreeSet<&str> = ids.iter().map(|id| &id[..15]).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let chunks: Vec<&[&str]> = ids.chunks(MAX_IDS).collect();
        let url = format!("{}/{}", self.collections, entity.entity.entity_identifier);
        let fetch = async |place: Place, _| {
            let ids = chunks.get(place.part).copied().unwrap_or_default();
            // This POST only reads.
            let request = Request::post(&*url)
                .json(&json!({ "ids": ids, "fields": names }))
                .repeat(Repeat::Always);
            let rows = self.http.read(request, |response| {
                let rows: List<Option<&RawValue>, MAX_IDS> = response.json()?;
                let rows = rows.into_iter().flatten();
                read_rows(rows, self.http.deadline(), |row| reader.read(row))
            });
            let records = rows.await?.into_iter().filter_map(|row| row.record);
            Ok(SourcePage::<String>::new(records.collect(), None))
        };
        PageFiller::all(chunks.len().max(1), fetch).await
    }
}

/// Returns whether a text has the form of a record's id: 15 characters, or 18 of which the last
/// three repeat the case of the others.
pub(crate) fn is_record_id(id: &str) -> bool {
    matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
