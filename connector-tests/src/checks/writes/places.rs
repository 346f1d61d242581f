use std::collections::BTreeMap;

use appflow_connector_model::{
    ConnectorRequest, QueryDataResponse, WriteOperationType as Operation,
};
use appflow_connector_queryfilter::Filter;
use appflow_connector_queryfilter::ast::{ExprKind, Literal, Membership};
use serde_json::Value;

use super::session::{self, Fields, Session};
use crate::checks::data::records::id_text;
use crate::finding::{Finding, Findings};
use crate::reading::{Query, Row};
use crate::run::{Exchange, Outcome, Run, Stop};

/// How many records the query finds: five pages of two.
const RECORDS: usize = 9;
/// The page size of the reading during which records change.
const PAGE_SIZE: u32 = 2;
/// The page size of the reading before. Another one, so that no token is used twice.
const CONTROL_PAGE_SIZE: u32 = 3;
/// How many more pages may be read than the smaller pages need. More is a finding of another check.
const MORE_PAGES: usize = 10;

/// What changes between two pages.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    DeleteReturned,
    Insert,
    UpdateReturned,
}

/// The records that this check wrote, and the field by whose value each is known.
struct Own {
    field: String,
    /// These exist from the start.
    values: Vec<String>,
    /// This one is inserted during the reading.
    late: Fields,
    late_value: String,
}

/// Reads records page by page, and changes one of them after each of the first pages: only records
/// that the check itself wrote, and a record that has been returned already.
pub(super) async fn pages_survive_changes(run: &mut Run<'_>) -> Outcome {
    let session = Session::begin(run).await?;
    session.must_support(Operation::Insert)?;
    let key = session.key()?;
    let changes = changes(&session)?;
    let own = write_own(run, &session).await?;
    let query = own.query(&session, PAGE_SIZE);

    let control = own.query(&session, CONTROL_PAGE_SIZE);
    let control = run.read(&session.source, &control).await?;
    let before = own.count(&control.rows);
    let is_exact = control.rows.len() == own.values.len()
        && own.values.iter().all(|value| before.get(value) == Some(&1));
    if control.pages.len() < 3 || !is_exact {
        return Err(Stop::not_applicable(format!(
            "without changes, a query on `{}` does not return the {} records of this check, and \
             only them, on pages of {CONTROL_PAGE_SIZE}: other checks are about that",
            own.field,
            own.values.len()
        )));
    }

    let mut waiting = changes.iter();
    let mut next = waiting.next();
    let mut made = Vec::new();
    let mut spared = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut token = None;
    let mut last = None;
    for _ in 0..control.pages.len() * 2 + MORE_PAGES {
        let request: ConnectorRequest = session.source.request(&query, token.take());
        let (page, exchange): (QueryDataResponse, _) = run.ask(&request).await?;
        let records = page.records.unwrap_or_default();
        rows.extend(records.iter().filter_map(|record| Row::read(record).ok()));
        last = Some(exchange);
        token = page.next_token;
        if token.is_none() {
            break;
        }
        if let Some(change) = next
            && let Some(changed) = own
                .make(run, &session, &key, *change, &rows, &spared)
                .await?
        {
            made.push(*change);
            spared.push(changed);
            next = waiting.next();
        }
    }
    let Some(last) = last else { return Ok(()) };
    if made.is_empty() {
        return Err(Stop::not_applicable(format!(
            "all records were returned on one page of {PAGE_SIZE}"
        )));
    }
    run.note(format!("{} changes between pages", made.len()));
    own.findings(&rows, &made, &last).outcome()
}

/// The changes that the connector and the config allow.
fn changes(session: &Session) -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    if session.must_support(Operation::Delete).is_ok() {
        changes.push(Change::DeleteReturned);
    }
    changes.push(Change::Insert);
    if session.must_support(Operation::Update).is_ok() && session.writes.update.is_some() {
        changes.push(Change::UpdateReturned);
    }
    if changes.len() > 1 {
        return Ok(changes);
    }
    Err(Stop::not_applicable(
        "no record can be changed: the connector does not declare Delete, and not Update, or the \
         config has no `harness.writes.update`",
    ))
}

/// Inserts the records.
async fn write_own(run: &mut Run<'_>, session: &Session) -> Outcome<Own> {
    let mut records = Vec::new();
    for set in 0.. {
        let run_id = format!("{}{}m", &run.id[..6], char::from(b'a' + set));
        let of_set = session.writes.records.iter();
        records.extend(of_set.map(|record| session::with_run(record, &run_id)));
        if records.len() > RECORDS || set == 24 {
            break;
        }
    }
    records.truncate(RECORDS + 1);
    let field = own_field(session, &records)?;
    let value = |record: &Fields| record[&field].as_str().unwrap_or_default().to_owned();
    let late = records.pop().unwrap_or_default();
    let own = Own {
        values: records.iter().map(value).collect(),
        late_value: value(&late),
        late,
        field,
    };
    session
        .write_all(run, Operation::Insert, vec![], &records)
        .await?;
    Ok(own)
}

/// A field with a text of its own in each record that a filter can have in an IN list, and that the
/// update does not change.
fn own_field(session: &Session, records: &[Fields]) -> Outcome<String> {
    let preferred = session.upsert_id_fields().unwrap_or_default();
    let others = records.first().into_iter().flat_map(Fields::keys).cloned();
    let update = session.writes.update.clone().unwrap_or_default();
    let mut candidates = preferred.into_iter().chain(others);
    let found = candidates.find(|name| {
        let texts: Vec<&str> = records
            .iter()
            .filter_map(|record| record.get(name)?.as_str())
            .collect();
        let mut distinct = texts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let is_readable = session.source.retrievable().contains(name);
        let filter = in_list(name, &distinct);
        distinct.len() == records.len()
            && is_readable
            && !update.contains_key(name)
            && filter.bind(&session.source.definition).is_ok()
    });
    found.ok_or_else(|| {
        Stop::not_applicable(
            "no field of `harness.writes.records` has a different text in each record, with \
             `{{run}}` in it, and can be used in a filter with `in`",
        )
    })
}

fn in_list(field: &str, values: &[&str]) -> Filter {
    let values = values
        .iter()
        .map(|value| Literal::String((*value).to_owned()).into());
    let membership = Membership {
        field: field.into(),
        values: values.collect(),
    };
    Filter {
        predicate: Some(ExprKind::In(membership).into()),
        limit: None,
    }
}

impl Own {
    /// The query for all of them, the late one too.
    fn query(&self, session: &Session, page_size: u32) -> Query {
        let mut values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        values.push(&self.late_value);
        Query {
            fields: session.source.selection(&[&self.field]),
            filter: Some(in_list(&self.field, &values).to_string()),
            page_size: Some(page_size),
        }
    }

    /// The value of a row, if it is one of these records.
    fn value(&self, row: &Row) -> Option<String> {
        let text = id_text(row.get(&self.field)?)?;
        let is_own = self.values.contains(&text) || self.late_value == text;
        is_own.then_some(text)
    }

    /// How often each was returned.
    fn count(&self, rows: &[Row]) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for value in rows.iter().filter_map(|row| self.value(row)) {
            *times.entry(value).or_default() += 1;
        }
        times
    }

    /// Makes a change and returns the value of the record. `None` if no record that was returned is
    /// left to change.
    async fn make(
        &self,
        run: &mut Run<'_>,
        session: &Session,
        key: &str,
        change: Change,
        rows: &[Row],
        spared: &[String],
    ) -> Outcome<Option<String>> {
        if change == Change::Insert {
            let late = std::slice::from_ref(&self.late);
            session
                .write_all(run, Operation::Insert, vec![], late)
                .await?;
            return Ok(Some(self.late_value.clone()));
        }
        let mut returned = rows.iter().filter_map(|row| {
            let value = self.value(row).filter(|value| !spared.contains(value))?;
            Some((value, id_text(row.get(key)?)?))
        });
        let Some((value, id)) = returned.next() else {
            return Ok(None);
        };
        if change == Change::DeleteReturned {
            session.delete(run, std::slice::from_ref(&id)).await?;
            session::forget_created(run, &id);
        } else {
            let run_id = run.id.clone();
            let update = session.writes.update.iter();
            let mut record: Fields = update
                .flat_map(|it| session::with_run(it, &run_id))
                .collect();
            record.insert(key.to_owned(), session.key_value(&id));
            session
                .write_all(run, Operation::Update, vec![key.to_owned()], &[record])
                .await?;
        }
        Ok(Some(value))
    }

    fn findings(&self, rows: &[Row], made: &[Change], last: &Exchange) -> Findings {
        let what = made.iter().map(|change| match change {
            Change::DeleteReturned => "a record that had been returned was deleted",
            Change::Insert => "a record was inserted",
            Change::UpdateReturned => "another one that had been returned was updated",
        });
        let what: Vec<&str> = what.collect();
        let what = format!("between the pages {}", what.join(", "));
        let times = self.count(rows);
        let mut findings = Findings::default();
        for (value, most) in self
            .values
            .iter()
            .map(|value| (value, false))
            .chain([(&self.late_value, true)])
        {
            let problem = match times.get(value) {
                Some(1) => continue,
                None if most => continue,
                None => "is missing",
                Some(_) => "is returned twice",
            };
            let field = &self.field;
            let finding: Finding = last.finding(
                format!(
                    "the record with the `{field}` {} {problem}: {what}",
                    Value::from(value.as_str())
                ),
                "every record that matches throughout, once: a place that is the last key that was \
                 returned, not a count",
            );
            findings.add(finding);
        }
        findings
    }
}
