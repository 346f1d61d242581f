use appflow_connector_model::validation::{Purpose, Validator, Violation, ViolationKind};
use appflow_connector_model::{
    ConnectorRequest, EntityDefinition, FieldDefinition, QueryDataRequest, QueryDataResponse,
};
use serde_json::Value;

use super::facts::{dataset, read_entity, source};
use crate::catalog::data::RECORDS_READ;
use crate::checks::configuration::facts::context;
use crate::checks::metadata::facts::entity;
use crate::finding::{Finding, Findings};
use crate::reading::{Query, Reading, Row};
use crate::run::{Outcome, Run, Stop};

/// The key of the finding that records are missing.
pub(super) const COUNTED: &str = "fewer records than there are";

pub(super) async fn records_read(run: &mut Run<'_>) -> Outcome {
    let reading = read_entity(run).await?;
    if reading.rows.is_empty() && reading.malformed.is_empty() && run.is_test_entity() {
        let finding = Finding::new(
            "the test entity has no records",
            "at least one record; choose a `testEntityIdentifier` with records, at best a hundred or more",
        );
        return Err(reading.about_first_page(finding).into());
    }
    run.note(format!(
        "{} records on {} pages",
        reading.rows.len(),
        reading.pages.len()
    ));
    if !reading.is_complete() {
        run.note("there may be more: `harness.limits` ended the reading");
        return Ok(());
    }
    let distinct = match source(run).await {
        Ok(source) => reading.distinct(&source.key()).len(),
        Err(_) => reading.rows.len(),
    };
    let malformed = reading.malformed.kept.iter().map(|finding| finding.times);
    let found = distinct + malformed.sum::<usize>() + reading.malformed.more;
    let outcome = counted(run, &reading, found);
    if let Err(Stop::Failed(findings)) = &outcome {
        run.facts.keep(run.key_of_entity(COUNTED), findings.clone());
    }
    outcome
}

/// Compares the number of records with the config's, or else warns of a number at which
/// applications end their pages.
fn counted(run: &mut Run<'_>, reading: &Reading, found: usize) -> Outcome {
    let entity = run.entity().to_owned();
    let wanted = run.config.harness.records.get(&entity).copied();
    match wanted {
        Some(wanted) if found < wanted => {
            let finding = Finding::new(
                format!("{found} records are read of {wanted}, and the last page has no nextToken"),
                format!("all {wanted} records: `harness.records` says how many {entity} has"),
            );
            Err(reading.about_first_page(finding).into())
        }
        Some(wanted) if found > wanted => {
            let warning = Finding::new(
                format!("{found} records are read, and `harness.records` says {wanted}"),
                "the same number, unless records were added",
            );
            run.warn(reading.about_first_page(warning));
            Ok(())
        }
        None if is_size_of_pages(found) => {
            let warning = Finding::new(
                format!(
                    "the reading ends with exactly {found} records and no nextToken: there may be \
                     more, on pages of the application that are not read"
                ),
                format!("the number of records as `harness.records`: {{{entity:?}: {found}}}"),
            );
            run.warn(reading.about_first_page(warning));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether applications limit pages, or queries, to this number: 50, 100, 200, 250, 500, and these
/// times ten, a hundred, …
fn is_size_of_pages(count: usize) -> bool {
    let mut digits = count;
    while digits >= 1_000 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    matches!(digits, 50 | 100 | 150 | 200 | 250 | 300 | 400 | 500 | 1_000)
        || matches!(count, 1_024 | 2_048 | 4_096)
}

pub(super) async fn records_are_objects(run: &mut Run<'_>) -> Outcome {
    let outcome = read_entity(run).await;
    let reading = outcome.map_err(|stop| stop.blocked_by(RECORDS_READ))?;
    reading.malformed.clone().outcome()
}

pub(super) async fn types_as_declared(run: &mut Run<'_>) -> Outcome {
    let (source, reading) = dataset(run).await?;
    let validator = Validator::new(&source.definition, Purpose::Read).require_offsets();
    let mut findings = Findings::default();
    for field in &source.definition.fields {
        let mut values = reading
            .rows
            .iter()
            .filter_map(|row| row.get(&field.field_name));
        let wrong = values.find_map(|value| {
            let violation = wrong_type(&validator, &field.field_name, value)?;
            Some((value, violation))
        });
        if let Some((value, violation)) = wrong {
            let finding = Finding::new(
                format!(
                    "`{}` is declared as {} and has a value of another type",
                    field.field_name,
                    field.data_type.as_str()
                ),
                violation.message,
            );
            let shown = format!("{:?}: {value}", field.field_name);
            findings.add(reading.about_first_page(finding.with_response(&shown)));
        }
    }
    findings.outcome()
}

fn wrong_type(validator: &Validator, field: &str, value: &str) -> Option<Violation> {
    let violations = validator.validate_value(field, value).err()?;
    let mut wrong = violations
        .iter()
        .filter(|violation| violation.kind == ViolationKind::WrongType);
    wrong.next().cloned()
}

pub(super) async fn nulls_as_declared(run: &mut Run<'_>) -> Outcome {
    let (source, reading) = dataset(run).await?;
    let declared: Vec<&FieldDefinition> = source
        .definition
        .fields
        .iter()
        .filter(|field| field.is_retrievable() && !field.is_nullable_on_read())
        .collect();
    if declared.is_empty() {
        return Err(Stop::not_applicable(
            "no field declares `isNullable: false`",
        ));
    }
    let mut findings = Findings::default();
    for field in declared {
        let name = &field.field_name;
        if let Some(row) = reading.rows.iter().find(|row| row.get(name).is_none()) {
            let finding = Finding::new(
                format!(
                    "`{name}` is declared with `isNullable: false` and a record has no value in it"
                ),
                "a value, or `isNullable: true`",
            );
            findings.add(reading.about_first_page(finding.with_response(&row.to_text())));
        }
    }
    findings.outcome()
}

pub(super) async fn only_declared_fields(run: &mut Run<'_>) -> Outcome {
    let (source, reading) = dataset(run).await?;
    let mut findings = Findings::default();
    let mut found: Vec<&str> = Vec::new();
    for row in &reading.rows {
        let undeclared = row
            .names()
            .find(|name| source.definition.field(name).is_none());
        if let Some(name) = undeclared
            && !found.contains(&name)
        {
            found.push(name);
            let finding = Finding::new(
                format!("records have a field `{name}` that is not described"),
                "only fields that DescribeEntity returns",
            );
            findings.add(reading.about_first_page(finding.with_response(&row.to_text())));
        }
    }
    findings.outcome()
}

pub(super) async fn only_selected_fields(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let mut selected = source.key();
    let first_other = all.rows.iter().find_map(|row| {
        let mut names = source.retrievable().into_iter();
        names.find(|name| !selected.contains(name) && row.get(name).is_some())
    });
    selected.extend(first_other);
    if selected.is_empty() || selected.len() == source.retrievable().len() {
        return Err(Stop::not_applicable(
            "the entity has too few fields to select only some",
        ));
    }
    let query = Query {
        fields: selected.clone(),
        page_size: Some(100),
        ..Query::default()
    };
    let request = source.request(&query, None);
    let (response, exchange): (QueryDataResponse, _) = run.ask(&request).await?;
    let mut findings = Findings::default();
    for record in response.records.unwrap_or_default() {
        let Ok(row) = Row::read(&record) else {
            continue;
        };
        // A field that is not described is a finding of another check.
        let is_surplus = |name: &&str| {
            source.definition.field(name).is_some() && !selected.iter().any(|known| known == name)
        };
        let surplus = row.names().find(is_surplus);
        let problem = match surplus {
            Some(name) => format!("`{name}` is returned but was not selected"),
            None => match differing(&row, &selected, &all, &source.key()) {
                Some(name) => {
                    format!("the selected `{name}` has another value than without selection")
                }
                None => continue,
            },
        };
        let expected = format!("{} as in a query for all fields", selected.join(", "));
        let cause = match surplus {
            Some(_) => "a field that was not selected",
            None => "another value",
        };
        findings.add(
            exchange
                .finding(problem, expected)
                .with_response(record.as_str())
                .with_cause(cause),
        );
    }
    run.note(selected.join(", "));
    findings.outcome()
}

/// The first selected field whose value differs from that of the same record among all.
fn differing<'s>(
    row: &Row,
    selected: &'s [String],
    all: &Reading,
    key: &[String],
) -> Option<&'s str> {
    if key.is_empty() {
        return None;
    }
    let same = all
        .rows
        .iter()
        .find(|other| other.key(key) == row.key(key))?;
    row.differing(same, selected).first().copied()
}

pub(super) async fn configured_queries(run: &mut Run<'_>) -> Outcome {
    let queries = &run.config.query_record_configurations;
    if queries.is_empty() {
        return Err(Stop::not_applicable(
            "the config has no `queryRecordConfigurations`",
        ));
    }
    let mut findings = Findings::default();
    for query in queries {
        let described = entity(run, &query.entity_identifier).await;
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let context = context(run, Some(&described.definition)).await?;
        let request = QueryDataRequest::builder()
            .entity_identifier(&query.entity_identifier)
            .connector_context(context)
            .selected_field_names(query.selected_field_names.clone())
            .maybe_filter_expression(query.filter_expression.clone())
            .build();
        let found = run
            .ask::<QueryDataResponse>(&ConnectorRequest::QueryData(request))
            .await;
        if let Some((response, exchange)) = findings.absorb(found)?
            && response.records.is_none_or(|records| records.is_empty())
        {
            findings.add(exchange.finding("the query found no records", "at least one record"));
        }
    }
    findings.outcome()
}

pub(super) async fn unknown_entity_refused(run: &mut Run<'_>) -> Outcome {
    source(run).await?;
    let context = context(run, None).await?;
    let request = QueryDataRequest::builder()
        .entity_identifier(format!("NoSuchEntity{}", run.id))
        .connector_context(context)
        .selected_field_names(vec!["id".to_owned()])
        .build();
    let refusal = run.refusal(&ConnectorRequest::QueryData(request)).await?;
    refusal.must_blame_the_request("an unknown entity")
}

/// The text of a JSON string or number, as ids are given.
pub(in crate::checks) fn id_text(raw: &str) -> Option<String> {
    match serde_json::from_str(raw).ok()? {
        Value::String(text) => Some(text),
        Value::Number(_) => Some(raw.to_owned()),
        _ => None,
    }
}

/// The one field that identifies a record.
pub(in crate::checks) fn single_key(
    definition: &EntityDefinition,
    key: &[String],
) -> Outcome<String> {
    match key {
        [one] => Ok(one.clone()),
        [] => Err(Stop::not_applicable(format!(
            "{} declares no primary key",
            definition.entity.entity_identifier
        ))),
        _ => Err(Stop::not_applicable(
            "more than one field makes the primary key",
        )),
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{Entity, FieldDataType as Type};

    use super::*;

    fn is_of_type(data_type: Type, json: &str) -> bool {
        let field = FieldDefinition::builder()
            .field_name("f")
            .data_type(data_type)
            .build();
        let entity = Entity::builder().entity_identifier("Item").build();
        let definition = EntityDefinition::builder()
            .entity(entity)
            .fields(vec![field])
            .build();
        let validator = Validator::new(&definition, Purpose::Read).require_offsets();
        wrong_type(&validator, "f", json).is_none()
    }

    #[test]
    fn a_number_at_which_pages_end_is_known() {
        for count in [
            50, 100, 200, 250, 500, 1_000, 2_000, 2_500, 5_000, 10_000, 50_000,
        ] {
            assert!(is_size_of_pages(count), "{count}");
        }
        for count in [0, 1, 10, 60, 99, 101, 110, 650, 1_001, 2_400, 3_376, 12_000] {
            assert!(!is_size_of_pages(count), "{count}");
        }
    }

    #[test]
    fn values_are_checked_by_type() {
        for (data_type, good, bad) in [
            (Type::String, r#""1""#, "1"),
            (Type::Boolean, "true", r#""true""#),
            (Type::Integer, "-2147483648", "2147483648"),
            (Type::Integer, "5.0", "5.5"),
            (Type::Short, "32767", "32768"),
            (Type::Long, "9223372036854775807", "9223372036854775808"),
            (Type::BigInteger, "9223372036854775808", r#""1""#),
            (Type::Double, "1e-9", r#""1.5""#),
            (Type::BigDecimal, "0.1", "true"),
            (Type::Date, r#""2023-12-03""#, r#""2023-12-03T00:00:00Z""#),
            (Type::Date, r#""2024-02-29""#, r#""2023-02-29""#),
            (
                Type::DateTime,
                r#""2023-12-03T10:15:30.000+0000""#,
                r#""2023-12-03T10:15:30""#,
            ),
            (Type::DateTime, r#""2023-12-03T10:15:30Z""#, "1701598530"),
            (Type::ByteArray, r#""aGk=""#, r#""not base 64!""#),
            (Type::Struct, "{}", "[]"),
            (Type::List, "[]", "{}"),
        ] {
            assert!(
                is_of_type(data_type, good),
                "{good} is {}",
                data_type.as_str()
            );
            assert!(
                !is_of_type(data_type, bad),
                "{bad} is not {}",
                data_type.as_str()
            );
        }
    }
}
