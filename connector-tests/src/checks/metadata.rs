//! Which entities there are, and what their fields are.

use std::sync::Arc;

use appflow_connector_model::{
    CacheControl, ConnectorMode, ConnectorOperator as Operator, ConnectorRequest,
    DescribeEntityRequest, EntityDefinition, FieldDataType as Type, FieldDefinition, TimeUnit,
    WriteOperationType,
};

use super::configuration::repeated;
use super::{Check, paging};
use crate::finding::{Finding, Findings};
use crate::listing::{Level, Listing};
use crate::run::{Described, Outcome, Run, Stop};

pub(crate) const ENTITIES_LISTED: &str = "metadata.entities-listed";
pub(crate) const ENTITY_DESCRIBED: &str = "metadata.entity-described";

const MAX_LISTED_CHARACTERS: usize = 128;
const MAX_PATH_CHARACTERS: usize = 256;
const MAX_FIELD_CHARACTERS: usize = 128;
/// AppFlow keeps metadata at least so long.
const LEAST_CACHE_SECONDS: f64 = 600.0;

pub(super) static CHECKS: &[Check] = &[
    Check::new(
        ENTITIES_LISTED,
        "A user picks what a flow moves from the entities that the connector lists.",
        |run| Box::pin(entities_listed(run)),
    ),
    Check::new(
        "metadata.test-entity-listed",
        "What is not listed cannot be picked.",
        |run| Box::pin(test_entity_listed(run)),
    ),
    Check::new(
        "metadata.entities-unique",
        "An entity is known by its identifier.",
        |run| Box::pin(entities_unique(run)),
    ),
    Check::new(
        "metadata.identifiers-well-formed",
        "AppFlow carries identifiers of at most 128 characters without white space.",
        |run| Box::pin(identifiers_well_formed(run)),
    ),
    Check::new(
        "metadata.nested-walk-ends",
        "AppFlow lists what is below an entity as long as it says that there is something.",
        |run| Box::pin(nested_walk_ends(run)),
    ),
    Check::new(
        "metadata.paging-ends",
        "AppFlow asks for page after page of entities until one has no nextToken.",
        |run| Box::pin(paging_ends(run)),
    ),
    Check::new(
        "metadata.pages-complete",
        "Small pages hold the same entities as large ones: none twice, none lost, none too many on a page.",
        |run| Box::pin(pages_complete(run)),
    ),
    Check::new(
        ENTITY_DESCRIBED,
        "A flow is mapped from the fields that the connector describes.",
        |run| Box::pin(entity_described(run)),
    ),
    Check::new(
        "metadata.listed-entities-describable",
        "Every listed entity can be picked, so each must be describable, under its own identifier.",
        |run| Box::pin(listed_entities_describable(run)),
    ),
    Check::new(
        "metadata.fields-unique",
        "A field is known by its name.",
        |run| Box::pin(fields_unique(run)),
    ),
    Check::new(
        "metadata.field-names-well-formed",
        "AppFlow carries field names of at most 128 characters without white space.",
        |run| Box::pin(field_names_well_formed(run)),
    ),
    Check::new(
        "metadata.operators-fit-types",
        "AppFlow offers its users the filter operators that a field declares.",
        |run| Box::pin(operators_fit_types(run)),
    ),
    Check::new(
        "metadata.key-declared",
        "Records are updated, upserted and deleted by the fields that identify them.",
        |run| Box::pin(key_declared(run)),
    ),
    Check::new(
        "metadata.timestamp-declared",
        "Incremental flows ask for what changed in a window of time, by a Date or DateTime field.",
        |run| Box::pin(timestamp_declared(run)),
    ),
    Check::new(
        "metadata.cache-long-enough",
        "AppFlow keeps metadata for 600 seconds at the least.",
        |run| Box::pin(cache_long_enough(run)),
    ),
    Check::new(
        "metadata.unknown-entity-refused",
        "An entity that is not there is the request's fault, and the user must learn it.",
        |run| Box::pin(unknown_entity_refused(run)),
    ),
    Check::new(
        "metadata.baseline-kept",
        "A field that goes or changes its type breaks the flows that use it.",
        |run| Box::pin(baseline_kept(run)),
    ),
];

async fn entities_listed(run: &mut Run<'_>) -> Outcome {
    let listing = run.list_entities().await?;
    let count = listing.entities().count();
    if count == 0 {
        let mut finding = Finding::new("no entity is listed", "at least one");
        if let Some(page) = listing.levels[0].pages.first() {
            finding = finding.with_request(&page.request);
        }
        return Err(finding.into());
    }
    run.note(format!(
        "{count} entities on {} levels",
        listing.levels.len()
    ));
    Ok(())
}

async fn test_entity_listed(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let wanted = &run.config.test_entity_identifier;
    if listing
        .entities()
        .any(|entity| entity.entity_identifier == *wanted)
    {
        return Ok(());
    }
    if !listing.is_complete {
        return Err(Stop::not_applicable(
            "there are more entities than the limits let through",
        ));
    }
    let finding = Finding::new(
        format!("the test entity `{wanted}` is not among those listed"),
        "every entity that can be described is listed",
    );
    Err(finding.into())
}

async fn entities_unique(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        let identifiers = level
            .entities
            .iter()
            .map(|entity| entity.entity_identifier.as_str());
        for identifier in repeated(identifiers) {
            findings.add(on(
                level,
                Finding::new(
                    format!("the entity `{identifier}` is listed twice"),
                    "each once",
                ),
            ));
        }
    }
    findings.outcome()
}

async fn identifiers_well_formed(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        for entity in &level.entities {
            let identifier = &entity.entity_identifier;
            let most = if entity.has_nested_entities {
                MAX_PATH_CHARACTERS.min(MAX_LISTED_CHARACTERS)
            } else {
                MAX_LISTED_CHARACTERS
            };
            if !is_name(identifier, most) {
                let problem = format!("an entity's identifier is `{identifier}`");
                let expected = format!("1 to {most} characters without white space");
                findings.add(on(level, Finding::new(problem, expected)));
            }
        }
    }
    findings.outcome()
}

async fn nested_walk_ends(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    if !listing.entities().any(|entity| entity.has_nested_entities) {
        return Err(Stop::not_applicable("no entity has nested ones"));
    }
    let mut findings = listing.below.clone();
    for level in listing.levels.iter().skip(1) {
        let path = level.path.as_deref().unwrap_or_default();
        if level.entities.is_empty() {
            let problem = format!("`{path}` says that it has nested entities and has none");
            findings.add(on(
                level,
                Finding::new(problem, "`hasNestedEntities: false`"),
            ));
        }
        if level
            .entities
            .iter()
            .any(|entity| entity.has_nested_entities && entity.entity_identifier == path)
        {
            let problem = format!("`{path}` is nested in itself");
            findings.add(on(level, Finding::new(problem, "a walk that ends")));
        }
    }
    run.note(format!("{} levels", listing.levels.len()));
    findings.outcome()
}

async fn paging_ends(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let mut findings = Findings::default();
    for level in &listing.levels {
        let of_level = [
            paging::ends(&level.pages, &level.end),
            paging::tokens(&level.pages),
        ];
        for finding in of_level.into_iter().flat_map(|findings| findings.kept) {
            findings.add(finding);
        }
    }
    findings.outcome()
}

async fn pages_complete(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let large = largest(&listing);
    let count = large.entities.len();
    if count < 2 {
        return Err(Stop::not_applicable(
            "there are too few entities for two pages",
        ));
    }
    let page_size = u32::try_from(count.div_ceil(3)).unwrap_or(u32::MAX);
    let small = Level::read(run, large.path.as_deref(), page_size).await?;

    let mut findings = paging::sizes(&small.pages, page_size);
    let identifiers = |level: &Level| -> Vec<String> {
        let entities = level.entities.iter();
        entities
            .map(|entity| entity.entity_identifier.clone())
            .collect()
    };
    let (in_large, in_small) = (identifiers(large), identifiers(&small));
    let in_large_twice = repeated(in_large.iter().map(String::as_str));
    for identifier in repeated(in_small.iter().map(String::as_str)) {
        // What large pages repeat too is the finding of another check.
        if in_large_twice.contains(&identifier) {
            continue;
        }
        let problem = format!("`{identifier}` comes twice on pages of {page_size}");
        findings.add(on(&small, Finding::new(problem, "each entity once")));
    }
    for identifier in in_large
        .iter()
        .filter(|identifier| !in_small.contains(identifier))
    {
        let problem = format!("`{identifier}` is lost on pages of {page_size}");
        findings.add(on(
            &small,
            Finding::new(problem, "every entity, whatever the page size"),
        ));
    }
    run.note(format!("pages of {page_size}"));
    findings.outcome()
}

/// The level with the most entities.
fn largest(listing: &Listing) -> &Level {
    let levels = listing.levels.iter();
    levels
        .max_by_key(|level| level.entities.len())
        .unwrap_or(&listing.levels[0])
}

async fn entity_described(run: &mut Run<'_>) -> Outcome {
    let described = run.describe_test_entity().await?;
    let definition = &described.definition;
    if definition.fields.is_empty() {
        let finding = described
            .exchange
            .finding("the entity has no field", "at least one");
        return Err(finding.into());
    }
    run.note(format!("{} fields", definition.fields.len()));
    Ok(())
}

async fn listed_entities_describable(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    // A folder need not have fields.
    let identifiers: Vec<&str> = listing
        .entities()
        .filter(|entity| !entity.has_nested_entities)
        .map(|entity| entity.entity_identifier.as_str())
        .collect();
    let most = run.config.harness.limits.described_entities.max(1);
    let step = identifiers.len().div_ceil(most).max(1);
    let mut findings = Findings::default();
    let mut count = 0;
    for identifier in identifiers.iter().step_by(step) {
        count += 1;
        let described = run.describe(identifier).await;
        let Some(described) = findings.absorb(described)? else {
            continue;
        };
        let found = &described.definition.entity.entity_identifier;
        if found != identifier {
            let problem = format!("`{identifier}` is described under the identifier `{found}`");
            findings.add(
                described
                    .exchange
                    .finding(problem, "the identifier that was asked for"),
            );
        }
    }
    run.note(format!("{count} of {}", identifiers.len()));
    findings.outcome()
}

async fn fields_unique(run: &mut Run<'_>) -> Outcome {
    let entity = run.test_entity().await?;
    let mut findings = Findings::default();
    let names = entity
        .definition
        .fields
        .iter()
        .map(|field| field.field_name.as_str());
    for name in repeated(names) {
        let problem = format!("the field `{name}` comes twice");
        findings
            .add(Finding::new(problem, "each name once").with_request(&entity.exchange.request));
    }
    findings.outcome()
}

async fn field_names_well_formed(run: &mut Run<'_>) -> Outcome {
    let entity = run.test_entity().await?;
    let mut findings = Findings::default();
    for field in &entity.definition.fields {
        if !is_name(&field.field_name, MAX_FIELD_CHARACTERS) {
            let problem = format!("a field's name is `{}`", field.field_name);
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

async fn operators_fit_types(run: &mut Run<'_>) -> Outcome {
    let entity = run.test_entity().await?;
    let mut findings = Findings::default();
    for field in &entity.definition.fields {
        for operator in &field.filter_operators {
            if is_of_filters(*operator) && !fits(field.data_type, *operator) {
                let problem = format!(
                    "the field `{}` of type {} declares {operator:?}",
                    field.field_name,
                    field.data_type.as_str()
                );
                let expected = format!("among {:?}", fitting(field.data_type));
                findings.add(about(&entity, field, problem, expected));
            }
        }
    }
    findings.outcome()
}

/// The operators that a filter may use.
pub(super) const FILTER_OPERATORS: [Operator; 8] = [
    Operator::EqualTo,
    Operator::NotEqualTo,
    Operator::LessThan,
    Operator::LessThanOrEqualTo,
    Operator::GreaterThan,
    Operator::GreaterThanOrEqualTo,
    Operator::Between,
    Operator::Contains,
];

/// Others are operators of AppFlow's own tasks.
fn is_of_filters(operator: Operator) -> bool {
    FILTER_OPERATORS.contains(&operator)
}

fn fitting(data_type: Type) -> Vec<Operator> {
    let all = FILTER_OPERATORS.into_iter();
    all.filter(|operator| fits(data_type, *operator)).collect()
}

/// Whether values of the type can be compared so. The default operators of each type are among these.
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

async fn key_declared(run: &mut Run<'_>) -> Outcome {
    if !run.has_mode(ConnectorMode::Destination).await? {
        return Err(Stop::not_applicable("the connector is no DESTINATION"));
    }
    let configuration = run.configuration().await?;
    let by_key = configuration
        .supported_write_operations
        .iter()
        .any(|operation| *operation != WriteOperationType::Insert);
    let entity = run.test_entity().await?;
    if !by_key || !entity.definition.entity.is_writable {
        return Err(Stop::not_applicable(
            "the test entity is never written by a key",
        ));
    }
    let mut fields = entity.definition.fields.iter();
    if fields.any(|field| field.is_primary_key == Some(true)) {
        return Ok(());
    }
    let finding = entity.exchange.finding(
        "no field of the entity has `isPrimaryKey: true`",
        "at least one, since the connector updates, upserts or deletes",
    );
    Err(finding.into())
}

async fn timestamp_declared(run: &mut Run<'_>) -> Outcome {
    let entity = run.test_entity().await?;
    let claimed: Vec<&FieldDefinition> = timestamp_fields(&entity.definition).collect();
    if claimed.is_empty() && !run.config.harness.incremental {
        return Err(Stop::not_applicable(
            "no field claims to be one, nor does `harness.incremental`",
        ));
    }
    let mut findings = Findings::default();
    if claimed.is_empty() {
        findings.add(entity.exchange.finding(
            "no field has `isTimestampFieldForIncrementalQueries: true`",
            "at least one, since `harness.incremental` says so",
        ));
    }
    for field in claimed {
        if !matches!(field.data_type, Type::Date | Type::DateTime) {
            let problem = format!(
                "`{}` is a timestamp for incremental queries of type {}",
                field.field_name,
                field.data_type.as_str()
            );
            findings.add(about(&entity, field, problem, "Date or DateTime"));
        }
    }
    findings.outcome()
}

/// The fields that incremental flows may use.
pub(super) fn timestamp_fields(
    definition: &EntityDefinition,
) -> impl Iterator<Item = &FieldDefinition> {
    definition.fields.iter().filter(|field| {
        let properties = field.read_properties.as_ref();
        properties.and_then(|properties| properties.is_timestamp_field_for_incremental_queries)
            == Some(true)
    })
}

async fn cache_long_enough(run: &mut Run<'_>) -> Outcome {
    let listing = run.listing().await?;
    let entity = run.test_entity().await?;
    let of_listing = listing.levels[0].cache_control.as_ref();
    let of_entity = entity.response.cache_control.as_ref();
    if of_listing.is_none() && of_entity.is_none() {
        return Err(Stop::not_applicable(
            "no answer has `cacheControl`; AppFlow keeps it an hour",
        ));
    }
    let mut findings = Findings::default();
    for (place, cache) in [("ListEntities", of_listing), ("DescribeEntity", of_entity)] {
        let seconds = cache.map(seconds);
        if let Some(seconds) = seconds.filter(|seconds| *seconds < LEAST_CACHE_SECONDS) {
            findings.add(Finding::new(
                format!("{place} lets metadata be kept for {seconds} seconds"),
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

async fn unknown_entity_refused(run: &mut Run<'_>) -> Outcome {
    let context = run.context(None).await?;
    let request = DescribeEntityRequest::builder()
        .entity_identifier(format!("NoSuchEntity{}", run.id))
        .connector_context(context)
        .build();
    let refusal = run
        .refusal(&ConnectorRequest::DescribeEntity(request))
        .await?;
    refusal.must_blame_the_request("an unknown entity")
}

async fn baseline_kept(run: &mut Run<'_>) -> Outcome {
    let Some(baseline) = run.baseline else {
        return Err(Stop::not_applicable("no --baseline is given"));
    };
    let entity = run.test_entity().await?;
    let compared = baseline
        .compare_entity(&entity.definition)
        .map_err(|error| run.breaks(error))?;
    run.note(compared.note);
    compared.findings.outcome()
}

fn is_name(text: &str, most_characters: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= most_characters
        && !text.contains(char::is_whitespace)
}

fn on(level: &Level, finding: Finding) -> Finding {
    match level.pages.first() {
        Some(page) => finding.with_request(&page.request),
        None => finding,
    }
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
        .with_answer(&shown)
}
