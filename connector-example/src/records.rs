//! Reads records: page by page, and by id.
//!
//! A page is a query of its own, `… AND Id > <the last record's> ORDER BY Id LIMIT …`. So the token for the next page is that id; a
//! page may have any size, and may be asked for twice. Salesforce's own cursors give no such freedom: their pages have 200 to 2,000
//! records, a user has ten of them, and they end after a while.

use std::collections::BTreeSet;

use appflow_connector_sdk::model::{
    ConnectorError, EntityDefinition, FieldDefinition, QueryDataRequest, Record,
    RetrieveDataRequest,
};
use appflow_connector_sdk::queryfilter::{Filter, Literal, parse};
use appflow_connector_sdk::{Invocation, RecordHandler, RecordPage, Result};
use serde::Deserialize;

use crate::SalesforceConnector;
use crate::metadata::{check_object_name, salesforce_type};
use crate::row::Row;
use crate::salesforce::{Session, read_json};
use crate::soql;

/// The field that identifies a record in every object.
const ID: &str = "Id";
/// The most records that Salesforce puts into one answer.
const MAX_PAGE_RECORDS: usize = 2_000;
/// A page's bytes in the answer to AppFlow, of which Lambda takes 6,291,456.
const MAX_PAGE_BYTES: usize = 5_000_000;
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
        let selection = Selection::new(&entity, request.selected_field_names.as_deref())?;
        let filter = read_filter(request.filter_expression.as_deref())?;
        let condition = filter
            .predicate
            .map(|predicate| soql::condition(&predicate, &entity))
            .transpose()?;
        let position = Position::read(request.next_token.as_deref(), filter.limit)?;

        let max_records = usize::try_from(request.max_results).unwrap_or(MAX_PAGE_RECORDS);
        let page = session
            .page(&selection, condition.as_deref(), &position, max_records)
            .await?;
        Ok(RecordPage::builder()
            .records(page.records)
            .maybe_next_token(page.next.map(|position| position.token()))
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
        let id_field = soql::field(request.id_field_name.as_deref().unwrap_or(ID), &entity)?;

        let mut records = Vec::new();
        for ids in chunks(id_field, request.ids.unwrap_or_default()) {
            let condition = soql::is_in(id_field, ids.iter())?;
            let mut next = Some(Position::default());
            while let Some(position) = next {
                let page = session
                    .page(&selection, Some(&condition), &position, MAX_PAGE_RECORDS)
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
            let field = soql::field(name, entity)?;
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

    fn has_id(&self) -> bool {
        self.fields.iter().any(|field| field.field_name == ID)
    }

    fn soql(&self, condition: Option<&str>, after: Option<&str>, limit: u64) -> String {
        let mut names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.field_name.as_str())
            .collect();
        if !self.has_id() {
            names.push(ID);
        }
        let condition = match (condition, after) {
            (None, None) => String::new(),
            (Some(condition), None) => format!(" WHERE {condition}"),
            (None, Some(id)) => format!(" WHERE {ID} > '{id}'"),
            (Some(condition), Some(id)) => format!(" WHERE ({condition}) AND {ID} > '{id}'"),
        };
        format!(
            "SELECT {} FROM {}{condition} ORDER BY {ID} LIMIT {limit}",
            names.join(","),
            self.object
        )
    }

    /// A record as AppFlow wants it.
    fn record(&self, mut row: Row<'_>) -> Result<Record> {
        if !self.has_id() {
            row.remove(ID);
        }
        for field in &self.fields {
            if salesforce_type(field) == Some("anyType") {
                row.make_string(&field.field_name);
            }
        }
        Record::from_value(&row).map_err(|error| ConnectorError::server_error(error.to_string()))
    }
}

fn is_retrievable(field: &FieldDefinition) -> bool {
    let properties = field.read_properties.as_ref();
    properties.and_then(|properties| properties.is_retrievable) != Some(false)
}

fn read_filter(expression: Option<&str>) -> Result<Filter> {
    match expression {
        Some(text) if !text.trim().is_empty() => parse(text).map_err(|error| {
            ConnectorError::invalid_argument(format!("filterExpression: {error}"))
        }),
        _ => Ok(Filter::default()),
    }
}

/// Where a query goes on.
#[derive(Debug, Default, PartialEq)]
struct Position {
    /// How many records are left under the filter's LIMIT.
    left: Option<u64>,
    /// The id of the record that came last.
    after: Option<String>,
}

impl Position {
    /// From the token that an earlier page of the query ended with.
    fn read(token: Option<&str>, limit: Option<u64>) -> Result<Self> {
        let Some(token) = token else {
            return Ok(Self {
                left: limit,
                after: None,
            });
        };
        Self::parse(token)
            .filter(|position| match (position.left, limit) {
                (None, None) => true,
                (Some(left), Some(limit)) => 0 < left && left < limit,
                _ => false,
            })
            .ok_or_else(|| {
                ConnectorError::invalid_argument("nextToken is not one of this query's tokens")
            })
    }

    /// `all.<id>` or `<left>.<id>`.
    fn parse(token: &str) -> Option<Self> {
        let (left, id) = token.split_once('.')?;
        let left = match left {
            "all" => None,
            number => Some(number.parse().ok()?),
        };
        let after = (id.len() == 18 && is_record_id(id)).then(|| id.to_owned())?;
        Some(Self {
            left,
            after: Some(after),
        })
    }

    fn token(&self) -> String {
        let left = self.left.map_or("all".to_owned(), |left| left.to_string());
        format!("{left}.{}", self.after.as_deref().unwrap_or_default())
    }
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
struct QueryAnswer<'a> {
    done: bool,
    #[serde(borrow)]
    records: Vec<Row<'a>>,
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
        selection: &Selection<'_>,
        condition: Option<&str>,
        position: &Position,
        max_records: usize,
    ) -> Result<Page> {
        let wanted = max_records.clamp(1, MAX_PAGE_RECORDS);
        // One more than wanted, to see whether there is more.
        let limit = position.left.unwrap_or(u64::MAX).min(wanted as u64 + 1);
        let soql = selection.soql(condition, position.after.as_deref(), limit);
        let body = self.query(&soql, wanted + 1).await?;
        let answer: QueryAnswer = read_json(&body)?;

        let found = answer.records.len();
        let mut records = Vec::with_capacity(found);
        let mut bytes = 0;
        let mut last = None;
        for row in answer.records.into_iter().take(wanted) {
            let id = row
                .text(ID)
                .filter(|id| is_record_id(id))
                .map(str::to_owned);
            let record = selection.record(row)?;
            bytes += bytes_in_answer(&record);
            if bytes > MAX_PAGE_BYTES && !records.is_empty() {
                break;
            }
            records.push(record);
            last = id;
        }

        let left = position
            .left
            .map(|left| left.saturating_sub(records.len() as u64));
        let is_last = (answer.done && records.len() == found) || left == Some(0);
        if is_last {
            return Ok(Page {
                records,
                next: None,
            });
        }
        if last.is_none() {
            return Err(ConnectorError::server_error(
                "Salesforce's answer has a record without an Id",
            ));
        }
        Ok(Page {
            records,
            next: Some(Position { left, after: last }),
        })
    }
}

/// A record is a JSON string in the answer: its quotes and backslashes are escaped there.
fn bytes_in_answer(record: &Record) -> usize {
    let text = record.as_str().as_bytes();
    let escaped = text
        .iter()
        .filter(|byte| matches!(byte, b'"' | b'\\'))
        .count();
    text.len() + escaped + 3
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

    const TOKEN_ID: &str = "0015g0000000001AAA";

    #[test]
    fn a_token_says_where_to_go_on() {
        for left in [None, Some(7)] {
            let position = Position {
                left,
                after: Some(TOKEN_ID.to_owned()),
            };
            let limit = left.map(|_| 10);
            assert_eq!(Position::read(Some(&position.token()), limit), Ok(position));
        }
        let start = Position {
            left: Some(10),
            after: None,
        };
        assert_eq!(Position::read(None, Some(10)), Ok(start));
    }

    #[test]
    fn forged_and_cut_tokens_are_refused() {
        let whole = format!("7.{TOKEN_ID}");
        let cut = (0..whole.len()).map(|end| whole[..end].to_owned());
        let forged = [
            format!("all.{TOKEN_ID}"),
            format!("0.{TOKEN_ID}"),
            format!("10.{TOKEN_ID}"),
            format!("-1.{TOKEN_ID}"),
            "7.0015g000000000'AAA".to_owned(),
            "7.https://example.co".to_owned(),
            "/services/data/v60.0/query/01g-2000".to_owned(),
        ];
        for token in cut.chain(forged) {
            let error = Position::read(Some(&token), Some(10)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{token}");
        }
        assert!(Position::read(Some(&whole), None).is_err());
    }

    #[test]
    fn the_case_of_an_id_is_in_its_last_three_characters() {
        for (id, short) in [
            ("00N700000037ufrEAA", Some("00N700000037ufr")),
            ("00n700000037UFReaa", Some("00N700000037ufr")),
            ("001i000001UOP1VAAX", Some("001i000001UOP1V")),
            ("00N700000037ufr", Some("00N700000037ufr")),
            ("00N700000037ufrEA9", None),
            ("00N700000037uf", None),
            ("' OR Id != '000", None),
        ] {
            assert_eq!(short_id(id).as_deref(), short, "{id}");
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
