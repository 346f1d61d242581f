use std::collections::HashSet;
use std::sync::Arc;

use appflow_connector_client::{PagedRequest as _, Pager, PagingError};
use appflow_connector_model::limits::DEFAULT_PAGE_SIZE;
use appflow_connector_model::{
    ConnectorContext, ConnectorRequest, EntityDefinition, FieldDefinition, QueryDataRequest,
    QueryDataResponse,
};

use super::page::Page;
use super::row::Row;
use crate::finding::{Finding, Findings};
use crate::run::{Exchange, Outcome, Run};

/// An entity to read, with the context of its queries.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) definition: Arc<EntityDefinition>,
    pub(crate) context: ConnectorContext,
}

/// What to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) fields: Vec<String>,
    pub(crate) filter: Option<String>,
    pub(crate) page_size: Option<u32>,
}

/// The result of reading to the end, or to a limit.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) rows: Vec<Row>,
    pub(crate) pages: Vec<Page>,
    /// Whether the last page was reached.
    pub(crate) end: Result<(), PagingError>,
    /// Records that are not JSON objects.
    pub(crate) malformed: Findings,
}

impl Source {
    /// The fields that queries may select.
    pub(crate) fn retrievable(&self) -> Vec<String> {
        names(
            self.definition
                .fields
                .iter()
                .filter(|field| field.is_retrievable()),
        )
    }

    /// The fields that identify a record. Empty if the entity declares none that can be read.
    pub(crate) fn key(&self) -> Vec<String> {
        names(
            self.definition
                .fields
                .iter()
                .filter(|field| field.is_primary_key == Some(true) && field.is_retrievable()),
        )
    }

    /// The fields to select so that records can be distinguished and these fields are returned.
    pub(crate) fn selection(&self, fields: &[&str]) -> Vec<String> {
        let mut selection = self.key();
        if selection.is_empty() {
            return self.retrievable();
        }
        for field in fields {
            if !selection.iter().any(|known| known == field) {
                selection.push((*field).to_owned());
            }
        }
        selection
    }

    pub(crate) fn request(&self, query: &Query, next_token: Option<String>) -> ConnectorRequest {
        let request = self.first_page(query).with_next_token(next_token);
        ConnectorRequest::QueryData(request)
    }

    fn first_page(&self, query: &Query) -> QueryDataRequest {
        QueryDataRequest::builder()
            .entity_identifier(&self.definition.entity.entity_identifier)
            .connector_context(self.context.clone())
            .selected_field_names(query.fields.clone())
            .maybe_filter_expression(query.filter.clone())
            .max_results(query.page_size.unwrap_or(DEFAULT_PAGE_SIZE))
            .build()
    }
}

fn names<'f>(fields: impl Iterator<Item = &'f FieldDefinition>) -> Vec<String> {
    fields.map(|field| field.field_name.clone()).collect()
}

impl Reading {
    /// The records, each once.
    pub(crate) fn distinct(&self, key: &[String]) -> Vec<&Row> {
        if key.is_empty() {
            return self.rows.iter().collect();
        }
        let mut seen = HashSet::new();
        self.rows
            .iter()
            .filter(|row| seen.insert(row.key(key)))
            .collect()
    }

    /// Returns the finding with the request for the first page.
    pub(crate) fn about_first_page(&self, finding: Finding) -> Finding {
        match self.pages.first() {
            Some(page) => finding.with_request(&page.request),
            None => finding,
        }
    }

    /// Whether the reading was not ended by the harness's own limits.
    pub(crate) fn is_complete(&self) -> bool {
        !matches!(self.end, Err(PagingError::Stopped { .. }))
    }
}

impl Run<'_> {
    /// Reads page by page until the end or a limit.
    pub(crate) async fn read(&mut self, source: &Source, query: &Query) -> Outcome<Reading> {
        let key = source.key();
        let mut seen = HashSet::new();
        let mut reading = Reading {
            rows: Vec::new(),
            pages: Vec::new(),
            end: Ok(()),
            malformed: Findings::default(),
        };
        let limits = self.config.harness.limits.paging();
        let mut pager = Pager::new(source.first_page(query)).with_limits(limits);
        while let Some(request) = pager.next_request() {
            let request = ConnectorRequest::QueryData(request);
            let (page, exchange): (QueryDataResponse, _) = self.ask(&request).await?;
            let records = page.records.unwrap_or_default();
            reading.pages.push(Page {
                request: exchange.request.clone(),
                records: records.len(),
                next_token: page.next_token.clone(),
            });
            let (rows_before, seen_before) = (reading.rows.len(), seen.len());
            for record in &records {
                match Row::read(record) {
                    Ok(row) => {
                        seen.insert(row.key(&key));
                        reading.rows.push(row);
                    }
                    Err(error) => {
                        let finding = malformed(record.as_str(), &error, &exchange);
                        reading.malformed.add(finding);
                    }
                }
            }
            let rows = reading.rows.len() - rows_before;
            pager.add_page(rows, seen.len() - seen_before, page.next_token);
        }
        reading.end = pager.finish();
        Ok(reading)
    }
}

fn malformed(record: &str, error: &serde_json::Error, exchange: &Exchange) -> Finding {
    Finding::new(
        format!("a record is not one JSON object: {error}"),
        "each record is the text of one JSON object",
    )
    .with_request(&exchange.request)
    .with_response(record)
}
