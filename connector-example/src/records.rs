//! Reads records: page by page, and by id.
//!
//! AppFlow's pages and Salesforce's differ: Salesforce gives 200 to 2,000 records at a time, AppFlow takes what it asked for and what
//! fits an answer. A token says which page of Salesforce's comes next and how many of its records were sent already, so that no record
//! is lost or sent twice.

use std::collections::BTreeSet;

use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, FieldDefinition, QueryDataRequest, Record,
    RetrieveDataRequest,
};
use appflow_connector_sdk::queryfilter::translate::{Soql, Translator};
use appflow_connector_sdk::queryfilter::{BoundFilter, ExprKind, Filter, Literal, Membership};
use appflow_connector_sdk::{Invocation, RecordHandler, RecordPage, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::SalesforceConnector;
use crate::metadata::{check_object_name, salesforce_type};
use crate::row::Shape;
use crate::salesforce::{Session, read_json};

/// The field that identifies a record in every object.
const ID: &str = "Id";
/// The most records that Salesforce puts into one answer.
const MAX_PAGE_RECORDS: usize = 2_000;
/// The bytes of a page's records. Escaped in the answer they take up to twice as much, and Lambda takes 6,291,456.
const MAX_PAGE_BYTES: usize = 3_000_000;
/// The most ids in one query, and their bytes in its URL.
const MAX_IDS: usize = 200;
const MAX_ID_BYTES: usize = 8_000;

impl RecordHandler for SalesforceConnector {
    async fn query_data(
        &self,
        request: QueryDataRequest,
        invocation: &Invocation,
    ) -> Result<RecordPage> {
        let context = request.connector_context;
        let session = self.session(&context, invocation).await?;
        let entity = session
            .entity(&request.entity_identifier, context.entity_definition)
            .await?;
        let filter = BoundFilter::from_expression(request.filter_expression.as_deref(), &entity)?;
        // Salesforce compares text so, and what it leaves over is to be no other.
        let filter = Soql.translate(&filter.ignoring_case());
        let selection = Selection::new(&entity, request.selected_field_names.as_deref())?;
        let rows = selection.rows(&filter.residual);
        let soql = rows.soql(filter.condition.as_deref(), filter.limit);
        let position = Position::read(request.next_token.as_deref(), &soql)?;

        let max_records = usize::try_from(request.max_results).unwrap_or(MAX_PAGE_RECORDS);
        let page = session.page(&rows, &soql, position, max_records).await?;
        Ok(RecordPage::builder()
            .records(page.records)
            .maybe_next_token(page.next.map(|position| position.token(&soql)))
            .build())
    }

    async fn retrieve_data(
        &self,
        request: RetrieveDataRequest,
        invocation: &Invocation,
    ) -> Result<Vec<Record>> {
        let context = request.connector_context;
        let session = self.session(&context, invocation).await?;
        let entity = session
            .entity(&request.entity_identifier, context.entity_definition)
            .await?;
        let selection = Selection::new(&entity, request.selected_field_names.as_deref())?;
        let id_field = field(request.id_field_name.as_deref().unwrap_or(ID), &entity)?;

        let mut records = Vec::new();
        for ids in chunks(id_field, request.ids.unwrap_or_default()) {
            let values = ids.into_iter().map(Into::into).collect();
            let membership = Membership {
                field: id_field.field_name.as_str().into(),
                values,
            };
            let filter = Filter {
                predicate: Some(ExprKind::In(membership).into()),
                limit: None,
            };
            let filter = Soql.translate(&filter.bind(&entity)?.ignoring_case());
            let rows = selection.rows(&filter.residual);
            let soql = rows.soql(filter.condition.as_deref(), None);
            let mut next = Some(Position::default());
            while let Some(position) = next {
                let page = session
                    .page(&rows, &soql, position, MAX_PAGE_RECORDS)
                    .await?;
                records.extend(page.records);
                next = page.next;
            }
        }
        Ok(records)
    }
}

/// What a query selects, and from which object.
struct Selection<'a> {
    object: &'a str,
    fields: Vec<&'a FieldDefinition>,
}

impl<'a> Selection<'a> {
    /// Without names: every field that can be retrieved.
    fn new(entity: &'a EntityDefinition, names: Option<&[String]>) -> Result<Self> {
        let mut fields: Vec<&FieldDefinition> = Vec::new();
        for name in names.unwrap_or_default() {
            let field = field(name, entity)?;
            if !is_retrievable(field) {
                return Err(ConnectorError::invalid_argument(format!(
                    "the field `{name}` cannot be retrieved"
                )));
            }
            // Salesforce refuses a name that comes twice.
            if !fields.iter().any(|known| known.field_name == *name) {
                fields.push(field);
            }
        }
        if fields.is_empty() {
            fields = entity
                .fields
                .iter()
                .filter(|field| is_retrievable(field))
                .collect();
        }
        Ok(Self {
            object: &entity.entity.entity_identifier,
            fields,
        })
    }

    /// The rows to ask for: with the fields that are still to be tested, which are taken out of the records again.
    fn rows<'r>(&self, residual: &'r BoundFilter<'a>) -> Rows<'a, 'r> {
        let mut fields = self.fields.clone();
        let mut tested_only = Vec::new();
        for field in residual.fields() {
            if !fields
                .iter()
                .any(|known| known.field_name == field.field_name)
            {
                fields.push(field);
                tested_only.push(field.field_name.as_str());
            }
        }
        let is_any_type = |field: &&&FieldDefinition| salesforce_type(field) == Some("anyType");
        let any_type = fields
            .iter()
            .filter(is_any_type)
            .map(|field| field.field_name.as_str())
            .collect();
        Rows {
            object: self.object,
            fields,
            shape: Shape {
                any_type,
                tested_only,
            },
            residual,
        }
    }
}

/// The rows of a query, and what becomes of each.
struct Rows<'a, 'r> {
    object: &'a str,
    fields: Vec<&'a FieldDefinition>,
    shape: Shape<'a>,
    /// What Salesforce cannot test.
    residual: &'r BoundFilter<'a>,
}

impl Rows<'_, '_> {
    /// The query. Its order is fixed, so that a page that is read once more has the same records in the same places.
    fn soql(&self, condition: Option<&str>, limit: Option<u64>) -> String {
        let names = self.fields.iter().map(|field| field.field_name.as_str());
        let names = names.collect::<Vec<_>>().join(",");
        let condition = condition.map_or_else(String::new, |text| format!(" WHERE {text}"));
        let limit = limit.map_or_else(String::new, |count| format!(" LIMIT {count}"));
        format!(
            "SELECT {names} FROM {}{condition} ORDER BY {ID}{limit}",
            self.object
        )
    }

    /// The record for AppFlow, if the row passes the tests that Salesforce could not make.
    fn record(&self, row: &RawValue) -> Result<Option<Record>> {
        if self.residual.predicate().is_some() {
            let whole = Record::from_json_unchecked(row.get().to_owned());
            let matches = self.residual.matches(&whole);
            if !matches.map_err(|error| ConnectorError::server_error(error.to_string()))? {
                return Ok(None);
            }
        }
        self.shape.record(row).map(Some)
    }
}

fn field<'a>(name: &str, entity: &'a EntityDefinition) -> Result<&'a FieldDefinition> {
    entity.field(name).ok_or_else(|| {
        let entity = &entity.entity.entity_identifier;
        ConnectorError::invalid_argument(format!("{entity} has no field `{name}`"))
    })
}

fn is_retrievable(field: &FieldDefinition) -> bool {
    let properties = field.read_properties.as_ref();
    properties.and_then(|properties| properties.is_retrievable) != Some(false)
}

/// Where a query goes on.
#[derive(Debug, Default, PartialEq)]
struct Position {
    /// The page: the last part of the `nextRecordsUrl` before it. None for the first.
    locator: Option<String>,
    /// How many of the page's rows are done with already.
    done: usize,
    /// How many records were sent on this page and all before it.
    sent: u64,
}

impl Position {
    /// From the token that the page before ended with, which must be one of this query's.
    fn read(token: Option<&str>, soql: &str) -> Result<Self> {
        let Some(token) = token else {
            return Ok(Self::default());
        };
        Self::parse(token)
            .filter(|position| position.token(soql) == token)
            .ok_or_else(foreign_token)
    }

    fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let locator = match parts.next()? {
            "first" => None,
            locator if is_locator(locator) => Some(locator.to_owned()),
            _ => return None,
        };
        let done = parts.next()?.parse().ok()?;
        let sent = parts.next()?.parse().ok()?;
        Some(Self {
            locator,
            done,
            sent,
        })
    }

    /// `<locator>.<done>.<sent>.<check>`, with `first` for the locator of the first page. The check ties the token to its query.
    fn token(&self, soql: &str) -> String {
        let Self {
            locator,
            done,
            sent,
        } = self;
        let locator = locator.as_deref().unwrap_or("first");
        let check = fnv1a(format!("{soql} {locator} {done} {sent}").as_bytes());
        format!("{locator}.{done}.{sent}.{check:08x}")
    }
}

/// The FNV-1a hash: enough to tell a cut or exchanged token, the same in every build.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

fn foreign_token() -> ConnectorError {
    ConnectorError::invalid_argument("nextToken is not one of this query's tokens")
}

/// `01gRO0000016PIA-2000`: a query's id and a number of records.
fn is_locator(text: &str) -> bool {
    let digits =
        |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(id, number)| is_record_id(id) && digits(number))
}

fn is_record_id(id: &str) -> bool {
    matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

struct Page {
    records: Vec<Record>,
    next: Option<Position>,
}

/// Salesforce's answer to a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryAnswer<'a> {
    done: bool,
    next_records_url: Option<String>,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

impl Session<'_> {
    /// The entity's definition: as the request brought it, or else from Salesforce.
    async fn entity(
        &self,
        name: &str,
        known: Option<EntityDefinition>,
    ) -> Result<EntityDefinition> {
        check_object_name(name)?;
        match known {
            Some(entity) if entity.entity.entity_identifier == name => Ok(entity),
            _ => self.definition(name).await,
        }
    }

    async fn page(
        &self,
        rows: &Rows<'_, '_>,
        soql: &str,
        position: Position,
        max_records: usize,
    ) -> Result<Page> {
        let body = match &position.locator {
            None => self.query(soql, max_records).await?,
            Some(locator) => self.next_page(locator, max_records).await?,
        };
        let answer: QueryAnswer = read_json(&body)?;
        let found = answer.records.len();
        if position.done > 0 && position.done >= found {
            return Err(foreign_token());
        }

        let limit = rows.residual.limit().unwrap_or(u64::MAX);
        let Position {
            mut done, mut sent, ..
        } = position;
        let mut records = Vec::new();
        let mut bytes = 0;
        for row in answer.records.into_iter().skip(position.done) {
            if records.len() >= max_records.max(1) || sent >= limit {
                break;
            }
            if let Some(record) = rows.record(row)? {
                bytes += record.as_str().len();
                if bytes > MAX_PAGE_BYTES && !records.is_empty() {
                    break;
                }
                records.push(record);
                sent += 1;
            }
            done += 1;
        }

        let next = match answer.next_records_url {
            _ if sent >= limit => None,
            _ if done < found => Some(Position {
                done,
                sent,
                ..position
            }),
            Some(url) if !answer.done => Some(Position {
                locator: Some(locator(&url)?),
                done: 0,
                sent,
            }),
            _ => None,
        };
        Ok(Page { records, next })
    }
}

fn locator(next_records_url: &str) -> Result<String> {
    let (_, locator) = next_records_url.rsplit_once('/').unwrap_or_default();
    if !is_locator(locator) {
        return Err(ConnectorError::server_error(
            "Salesforce's answer has a nextRecordsUrl that is none",
        ));
    }
    Ok(locator.to_owned())
}

/// The ids, each once, in lists that a URL can hold. What cannot be the id of a record is left out.
fn chunks(id_field: &FieldDefinition, ids: Vec<String>) -> Vec<Vec<Literal>> {
    let are_record_ids = matches!(salesforce_type(id_field), Some("id" | "reference"));
    let ids: BTreeSet<String> = if are_record_ids {
        ids.iter().filter_map(|id| short_id(id)).collect()
    } else {
        ids.into_iter().collect()
    };
    let mut chunks: Vec<Vec<Literal>> = Vec::new();
    let mut bytes = 0;
    for id in ids {
        // Escaped and encoded, a byte that is no letter or digit takes six at most; quotes and comma take twelve.
        let plain = id.bytes().filter(u8::is_ascii_alphanumeric).count();
        let length = plain + 6 * (id.len() - plain) + 12;
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < MAX_IDS && bytes + length <= MAX_ID_BYTES => {
                chunk.push(Literal::String(id));
                bytes += length;
            }
            _ => {
                chunks.push(vec![Literal::String(id)]);
                bytes = length;
            }
        }
    }
    chunks
}

/// A record's id as 15 characters, in which case counts. Three more may come behind them that carry the case, five bits in each;
/// Salesforce refuses a whole query if one id's do not fit.
fn short_id(id: &str) -> Option<String> {
    const CARRIERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if !is_record_id(id) {
        return None;
    }
    let (short, carriers) = id.split_at(15);
    if carriers.is_empty() {
        return Some(short.to_owned());
    }
    let carriers = carriers.to_ascii_uppercase();
    let bits: Option<Vec<usize>> = carriers
        .chars()
        .map(|carrier| CARRIERS.find(carrier))
        .collect();
    let bits = bits?;
    let with_case = |(index, character): (usize, char)| match bits[index / 5] >> (index % 5) & 1 {
        1 => character.to_ascii_uppercase(),
        _ => character.to_ascii_lowercase(),
    };
    Some(short.chars().enumerate().map(with_case).collect())
}

#[cfg(test)]
mod tests {
    use appflow_connector_sdk::model::{ErrorCode, FieldDataType};

    use super::*;

    const LOCATOR: &str = "01g5g0000000001AAA-2000";
    const SOQL: &str = "SELECT Id FROM Account ORDER BY Id";

    #[test]
    fn a_token_says_where_to_go_on() {
        for locator in [None, Some(LOCATOR.to_owned())] {
            let position = Position {
                locator,
                done: 7,
                sent: 2007,
            };
            assert_eq!(
                Position::read(Some(&position.token(SOQL)), SOQL),
                Ok(position)
            );
        }
        assert_eq!(Position::read(None, SOQL), Ok(Position::default()));
    }

    #[test]
    fn cut_forged_and_foreign_tokens_are_refused() {
        let position = Position {
            locator: Some(LOCATOR.to_owned()),
            done: 70,
            sent: 2070,
        };
        let whole = position.token(SOQL);
        let cut = (0..whole.len()).map(|end| whole[..end].to_owned());
        let forged = [
            position.token("SELECT Id FROM Contact ORDER BY Id"),
            whole.replace("-2000", "-4000"),
            whole.replace(".70.", ".7."),
            format!("{whole}.0"),
            "first.1.1.00000000".to_owned(),
            "../../sobjects-1.0.0.00000000".to_owned(),
            "https://example.com/-1.0.0.00000000".to_owned(),
        ];
        for token in cut.chain(forged) {
            let error = Position::read(Some(&token), SOQL).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{token}");
        }
    }

    #[test]
    fn ids_are_asked_for_once_in_lists_that_a_url_can_hold() {
        let field = FieldDefinition::builder()
            .field_name("key")
            .data_type(FieldDataType::String)
            .build();
        let sizes = |ids: Vec<String>| chunks(&field, ids).iter().map(Vec::len).collect::<Vec<_>>();
        assert!(sizes(vec![]).is_empty());
        assert_eq!(
            sizes(vec!["a".to_owned(), "b".to_owned(), "a".to_owned()]),
            [2]
        );
        assert_eq!(
            sizes((0..450).map(|n| n.to_string()).collect()),
            [200, 200, 50]
        );
        assert_eq!(
            sizes((0..6).map(|n| format!("{n}{}", "'".repeat(600))).collect()),
            [2, 2, 2]
        );
        assert_eq!(
            sizes(vec!["é".repeat(5_000), "b".to_owned()])
                .iter()
                .sum::<usize>(),
            2
        );
    }
}
