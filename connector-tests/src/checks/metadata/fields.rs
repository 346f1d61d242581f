//! The description of an entity and its fields.

use std::sync::Arc;

use appflow_connector_model::limits::{MAX_FIELD_NAME_CHARS, MIN_CACHE_TIME};
use appflow_connector_model::{
    CacheControl, ConnectorMode, ConnectorOperator as Operator, ConnectorRequest,
    DescribeEntityRequest, EntityDefinition, FieldDataType as Type, FieldDefinition, TimeUnit,
    WriteOperationType,
};

use super::entities::is_name;
use super::facts::{Described, describe_test_entity, entity, listing, test_entity, tested_entity};
use crate::checks::configuration::facts::{configuration, context, has_mode};
use crate::finding::{Finding, Findings};
use crate::run::{Outcome, Run, Stop};
use crate::text::repeated;

pub(super) async fn entity_described(run: &mut Run<'_>) -> Outcome {
    let described = describe_test_entity(run).await?;
    let definition = &described.definition;
    if definition.fields.is_empty() {
        let finding = described
            .exchange
            .finding("the entity has no fields", "at least one field");
        return Err(finding.into());
    }
    run.note(format!("{} fields", definition.fields.len()));
    Ok(())
}

pub(super) async fn listed_entities_describable(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    // An entity with nested ones need not have fields.
    let identifiers: Vec<&str> = listing
        .entities()
        .filter(|entity| !entity.has_nested_entities)
        .map(|entity| entity.entity_identifier.as_str())
        .collect();
    let max = run.config.harness.limits.described_entities.max(1);
    let step = identifiers.len().div_ceil(max).max(1);
    let mut findings = Findings::default();
    let mut count = 0;
    for identifier in identifiers.iter().step_by(step) {
        count += 1;
        let described = entity(run, identifier).await;
        let described = match described {
            // Another check is about the test entity.
            Err(Stop::Blocked { .. }) => continue,
            described => described,
        };
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let found = &described.definition.entity.entity_identifier;
        if found != identifier {
            let problem = format!("`{identifier}` is described under the identifier `{found}`");
            findings.add(
                described
                    .exchange
                    .finding(problem, "the requested identifier"),
            );
        }
    }
    run.note(format!("{count} of {}", identifiers.len()));
    findings.outcome()
}

pub(super) async fn fields_unique(run: &mut Run<'_>) -> Outcome {
    let entity = tested_entity(run).await?;
    let mut findings = Findings::default();
    let names = entity
        .definition
        .fields
        .iter()
        .map(|field| field.field_name.as_str());
    for name in repeated(names) {
        let problem = format!("the field `{name}` is described twice");
        findings
            .add(Finding::new(problem, "each name once").with_request(&entity.exchange.request));
    }
    findings.outcome()
}

pub(super) async fn field_names_well_formed(run: &mut Run<'_>) -> Outcome {
    let entity = tested_entity(run).await?;
    let mut findings = Findings::default();
    for field in &entity.definition.fields {
        if !is_name(&field.field_name, MAX_FIELD_NAME_CHARS) {
            let problem = format!("`{}` is not a valid field name", field.field_name);
            findings.add(about(
                &entity,
                field,
                problem,
                "1 to 128 characters without white space",
            ));
        }
    }
    findings.outcome()
}

pub(super) async fn operators_fit_types(run: &mut Run<'_>) -> Outcome {
    let entity = tested_entity(run).await?;
    let mut findings = Findings::default();
    for field in &entity.definition.fields {
        for operator in &field.filter_operators {
            if is_of_filters(*operator) && !fits(field.data_type, *operator) {
                let problem = format!(
                    "the field `{}` of type {} declares {operator:?}, which does not fit the type",
                    field.field_name,
                    field.data_type.as_str()
                );
                let expected = format!("only operators among {:?}", fitting(field.data_type));
                findings.add(about(&entity, field, problem, expected));
            }
        }
    }
    findings.outcome()
}

/// The operators that a filter may use.
pub(in crate::checks) const FILTER_OPERATORS: [Operator; 8] = [
    Operator::EqualTo,
    Operator::NotEqualTo,
    Operator::LessThan,
    Operator::LessThanOrEqualTo,
    Operator::GreaterThan,
    Operator::GreaterThanOrEqualTo,
    Operator::Between,
    Operator::Contains,
];

/// The other operators belong to AppFlow's own tasks.
fn is_of_filters(operator: Operator) -> bool {
    FILTER_OPERATORS.contains(&operator)
}

fn fitting(data_type: Type) -> Vec<Operator> {
    let all = FILTER_OPERATORS.into_iter();
    all.filter(|operator| fits(data_type, *operator)).collect()
}

/// Whether values of the type can be compared with the operator. This includes the default
/// operators of each type.
fn fits(data_type: Type, operator: Operator) -> bool {
    let is_equality = matches!(operator, Operator::EqualTo | Operator::NotEqualTo);
    match data_type {
        Type::String => true,
        Type::Integer
        | Type::Float
        | Type::Double
        | Type::Long
        | Type::Short
        | Type::BigInteger
        | Type::BigDecimal
        | Type::Date
        | Type::DateTime => operator != Operator::Contains,
        Type::Boolean | Type::ByteArray => is_equality,
        Type::Map | Type::List => operator == Operator::Contains,
        Type::Struct => false,
    }
}

pub(super) async fn key_declared(run: &mut Run<'_>) -> Outcome {
    if !has_mode(run, ConnectorMode::Destination).await? {
        return Err(Stop::not_applicable("the connector is not a DESTINATION"));
    }
    let configuration = configuration(run).await?;
    let by_key = configuration
        .supported_write_operations
        .iter()
        .any(|operation| *operation != WriteOperationType::Insert);
    let entity = test_entity(run).await?;
    if !by_key || !entity.definition.entity.is_writable {
        return Err(Stop::not_applicable(
            "the test entity is not written by a key",
        ));
    }
    let mut fields = entity.definition.fields.iter();
    if fields.any(|field| field.is_primary_key == Some(true)) {
        return Ok(());
    }
    let finding = entity.exchange.finding(
        "no field of the entity has `isPrimaryKey: true`",
        "at least one, because the connector updates, upserts or deletes",
    );
    Err(finding.into())
}

pub(super) async fn timestamp_declared(run: &mut Run<'_>) -> Outcome {
    let entity = test_entity(run).await?;
    let declared: Vec<&FieldDefinition> = timestamp_fields(&entity.definition).collect();
    if declared.is_empty() && !run.config.harness.incremental {
        return Err(Stop::not_applicable(
            "no field is declared as a timestamp, and `harness.incremental` is not set",
        ));
    }
    let mut findings = Findings::default();
    if declared.is_empty() {
        findings.add(entity.exchange.finding(
            "no field has `isTimestampFieldForIncrementalQueries: true`",
            "at least one, because `harness.incremental` is set",
        ));
    }
    for field in declared {
        if !matches!(field.data_type, Type::Date | Type::DateTime) {
            let problem = format!(
                "`{}`, a timestamp for incremental queries, has the type {}",
                field.field_name,
                field.data_type.as_str()
            );
            findings.add(about(&entity, field, problem, "Date or DateTime"));
        }
    }
    findings.outcome()
}

/// The fields that incremental flows may use.
pub(in crate::checks) fn timestamp_fields(
    definition: &EntityDefinition,
) -> impl Iterator<Item = &FieldDefinition> {
    definition
        .fields
        .iter()
        .filter(|field| field.is_timestamp())
}

pub(super) async fn cache_long_enough(run: &mut Run<'_>) -> Outcome {
    let listing = listing(run).await?;
    let entity = test_entity(run).await?;
    let of_listing = listing.levels[0].cache_control.as_ref();
    let of_entity = entity.response.cache_control.as_ref();
    if of_listing.is_none() && of_entity.is_none() {
        return Err(Stop::not_applicable(
            "no response has `cacheControl`; AppFlow's default is one hour",
        ));
    }
    let mut findings = Findings::default();
    for (place, cache) in [("ListEntities", of_listing), ("DescribeEntity", of_entity)] {
        let seconds = cache.map(seconds);
        if let Some(seconds) = seconds.filter(|seconds| *seconds < MIN_CACHE_TIME.as_secs_f64()) {
            findings.add(Finding::new(
                format!("{place} allows {seconds} seconds of caching"),
                "600 seconds or more",
            ));
        }
    }
    findings.outcome()
}

fn seconds(cache: &CacheControl) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "only compared with 600 seconds")]
    let time = cache.time_to_live as f64;
    time * match cache.time_to_live_unit.unwrap_or(TimeUnit::Seconds) {
        TimeUnit::Nanoseconds => 1e-9,
        TimeUnit::Microseconds => 1e-6,
        TimeUnit::Milliseconds => 1e-3,
        TimeUnit::Seconds => 1.0,
        TimeUnit::Minutes => 60.0,
        TimeUnit::Hours => 3_600.0,
        TimeUnit::Days => 86_400.0,
    }
}

pub(super) async fn unknown_entity_refused(run: &mut Run<'_>) -> Outcome {
    let context = context(run, None).await?;
    let request = DescribeEntityRequest::builder()
        .entity_identifier(format!("NoSuchEntity{}", run.id))
        .connector_context(context)
        .build();
    let refusal = run
        .refusal(&ConnectorRequest::DescribeEntity(request))
        .await?;
    refusal.must_blame_the_request("an unknown entity")
}

pub(super) async fn baseline_kept(run: &mut Run<'_>) -> Outcome {
    let Some(baseline) = run.baseline else {
        return Err(Stop::not_applicable("the run has no --baseline"));
    };
    let entity = test_entity(run).await?;
    let compared = baseline
        .compare_entity(&entity.definition)
        .map_err(|error| run.breaks(error))?;
    run.note(compared.note);
    compared.findings.outcome()
}

fn about(
    entity: &Arc<Described>,
    field: &FieldDefinition,
    problem: impl Into<String>,
    expected: impl Into<String>,
) -> Finding {
    let shown = serde_json::to_string(field).unwrap_or_default();
    Finding::new(problem, expected)
        .with_request(&entity.exchange.request)
        .with_response(&shown)
}
