//! The trait of all targets, and how it divides a filter.

use crate::bound::{BoundFilter, Expr, Test};

/// Writes filters for one target.
///
/// An implementation says how one test is written and how several are joined, and returns `None`
/// for what its target cannot express. [`translate`](Self::translate) does the rest. Two rules keep
/// the result right:
///
/// - A test that is translated [exactly](Translation::Exact) must select the records that
///   [`TestKind`](crate::bound::TestKind) describes, no others, including those with a null in the
///   field: what the target filters is not checked again. A [superset](Translation::Superset) may
///   select more records, never fewer: the connector checks them again. If the target can do
///   neither, return `None`.
/// - Names and values go into the target's text only through its own escaping, or as bound
///   parameters. A name comes from the entity, and so from the application: return `None` if the
///   target's syntax cannot write it.
///
/// A filter's NOT is not the translator's concern: binding moves it into the tests. So the negation
/// of a superset, which would lose records, cannot happen.
///
/// # Example
///
/// A help desk takes parameters in its URL: `status` is a list of states, `updated_since` the time
/// of the earliest change, `text` a part of the title in any case. That is less than filters ask
/// for, so the last two select a superset.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use appflow_connector_model::{
///     Entity, EntityDefinition, FieldConstraints, FieldDataType, FieldDefinition, Record,
/// };
/// use appflow_connector_queryfilter::bound::{Test, TestKind};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::{Translation, Translator};
///
/// struct Parameters;
///
/// impl Translator for Parameters {
///     type Output = BTreeMap<&'static str, String>;
///
///     fn test(&self, test: &Test<'_>) -> Option<Translation<Self::Output>> {
///         let parameter = |name, value| BTreeMap::from([(name, value)]);
///         match (test.field.field_name.as_str(), &test.kind) {
///             ("status", _) => {
///                 let states = test.allowed_values()?.join(",");
///                 Some(Translation::Exact(parameter("status", states)))
///             }
///             ("updated_at", _) => {
///                 let since = test.lower_bound()?.to_string();
///                 Some(Translation::Superset(parameter("updated_since", since)))
///             }
///             ("title", TestKind::Contains { value, negated: false }) => {
///                 Some(Translation::Superset(parameter("text", value.to_string())))
///             }
///             _ => None,
///         }
///     }
///
///     // One value for each parameter: a second one is left to the connector.
///     fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output> {
///         let given = operands.len();
///         let all: Self::Output = operands.into_iter().flatten().collect();
///         (all.len() == given).then_some(all)
///     }
///
///     fn any_of(&self, _: Vec<Self::Output>) -> Option<Self::Output> {
///         None
///     }
/// }
///
/// # let field = |name, data_type| {
/// #     FieldDefinition::builder().field_name(name).data_type(data_type).build()
/// # };
/// # let mut status = field("status", FieldDataType::String);
/// # let states = ["new", "open", "solved"].map(str::to_owned).to_vec();
/// # status.constraints = Some(FieldConstraints::builder().allowed_values(states).build());
/// # let ticket = EntityDefinition::builder()
/// #     .entity(Entity::builder().entity_identifier("Ticket").build())
/// #     .fields(vec![status, field("updated_at", FieldDataType::DateTime), field("title", FieldDataType::String)])
/// #     .build();
/// let text = r#"status != "solved" and updated_at > 2026-02-03T04:05:06Z limit 10"#;
/// let filter = parse(text)?.bind(&ticket)?;
///
/// let pushdown = Parameters.translate(&filter);
/// let condition = pushdown.condition.unwrap();
/// assert_eq!(condition["status"], "new,open");
/// assert_eq!(condition["updated_since"], "2026-02-03T04:05:06Z");
///
/// // The help desk also returns tickets changed in that very second. So the test remains, and with
/// // it the limit: the first ten tickets may be others.
/// assert_eq!(pushdown.residual.to_string(), "updated_at > 2026-02-03T04:05:06Z limit 10");
/// assert_eq!(pushdown.limit, None);
/// let earliest = Record::from_json(r#"{"updated_at": "2026-02-03T04:05:06Z"}"#.to_owned())?;
/// assert!(!pushdown.residual.matches(&earliest)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Translator {
    /// A condition in the target's language.
    type Output;

    /// Writes one test. Returns `None` if the target cannot express it.
    fn test(&self, test: &Test<'_>) -> Option<Translation<Self::Output>>;

    /// Joins two or more conditions with AND. Returns `None` if the target cannot join them: it
    /// then gets the first condition that it can express, and each later one that it can join with
    /// those before it.
    fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Joins two or more conditions with OR. Returns `None` if the target cannot join them.
    fn any_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Divides a filter into what the target does and what remains for the connector.
    ///
    /// Each operand of an AND goes to the target, to the residual, or, if it is translated as a
    /// superset, to both. An OR goes to the target only if all its operands do, and is a superset
    /// if one of them is. The limit goes to the target only if the residual has no condition.
    fn translate<'e>(&self, filter: &BoundFilter<'e>) -> Pushdown<'e, Self::Output> {
        let (pushed, remaining) = match filter.predicate() {
            Some(predicate) => split(self, predicate),
            None => (None, None),
        };
        let target_does_all = remaining.is_none();
        Pushdown {
            condition: pushed,
            limit: filter.limit.filter(|_| target_does_all),
            residual: BoundFilter {
                predicate: remaining,
                limit: filter.limit.filter(|_| !target_does_all),
                ignores_case: filter.ignores_case,
            },
        }
    }
}

/// A condition of a target, and how its records relate to those of the test that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translation<T> {
    /// The condition selects exactly the test's records.
    Exact(T),
    /// The condition selects all of the test's records and may select more: it narrows down what
    /// the target returns, and the test remains in the residual. An example is a parameter
    /// `updated_since` for `>`, `=` and `between`.
    Superset(T),
}

impl<T> Translation<T> {
    /// Returns the condition.
    pub fn into_condition(self) -> T {
        match self {
            Self::Exact(condition) | Self::Superset(condition) => condition,
        }
    }

    /// Returns whether the condition selects exactly the test's records.
    pub const fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }
}

/// A filter that is divided between a target and its connector.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushdown<'e, T> {
    /// The target's condition. `None` if the target filters by nothing.
    pub condition: Option<T>,
    /// The maximum number of records that the target is to return, over all pages.
    pub limit: Option<u64>,
    /// The filter for the connector to run on the records that the target returns, see
    /// [`BoundFilter::matches`]. It [is empty](BoundFilter::is_empty) if the target does all.
    pub residual: BoundFilter<'e>,
}

/// How many operands of an AND are joined one after the other, if they cannot be joined all at once.
const MAX_JOINED_IN_TURN: usize = 32;

/// Returns the target's part of a predicate, and the remaining part.
fn split<'e, T: Translator + ?Sized>(
    translator: &T,
    predicate: &Expr<'e>,
) -> (Option<T::Output>, Option<Expr<'e>>) {
    let operands = match predicate {
        Expr::And(operands) => operands,
        other => std::slice::from_ref(other),
    };
    let mut conditions = Vec::new();
    let mut remaining = Vec::new();
    for operand in operands {
        let translation = expression(translator, operand);
        if !translation.as_ref().is_some_and(Translation::is_exact) {
            remaining.push(operand.clone());
        }
        conditions.extend(translation.map(Translation::into_condition));
    }
    if conditions.len() < 2 {
        return (conditions.pop(), conjunction(remaining));
    }
    match translator.all_of(conditions) {
        Some(condition) => (Some(condition), conjunction(remaining)),
        None => split_in_turn(translator, operands),
    }
}

/// Divides an AND whose conditions the target cannot join all at once: it gets the first one, and
/// each later one that it can join with those before.
fn split_in_turn<'e, T: Translator + ?Sized>(
    translator: &T,
    operands: &[Expr<'e>],
) -> (Option<T::Output>, Option<Expr<'e>>) {
    let mut pushed = None;
    let mut joined: Vec<&Expr<'e>> = Vec::new();
    let mut remaining = Vec::new();
    let mut considered = 0;
    for operand in operands {
        let translation = expression(translator, operand);
        let is_exact = translation.as_ref().is_some_and(Translation::is_exact);
        let mut is_joined = false;
        if let Some(translation) = translation
            && considered < MAX_JOINED_IN_TURN
        {
            considered += 1;
            let mut conditions: Vec<T::Output> = joined
                .iter()
                .filter_map(|operand| expression(translator, operand))
                .map(Translation::into_condition)
                .collect();
            conditions.push(translation.into_condition());
            let all = if joined.is_empty() {
                conditions.pop()
            } else {
                translator.all_of(conditions)
            };
            if all.is_some() {
                pushed = all;
                joined.push(operand);
                is_joined = true;
            }
        }
        if !(is_joined && is_exact) {
            remaining.push(operand.clone());
        }
    }
    (pushed, conjunction(remaining))
}

fn conjunction(operands: Vec<Expr<'_>>) -> Option<Expr<'_>> {
    (!operands.is_empty()).then(|| Expr::all_of(operands))
}

/// Translates a whole expression. Returns `None` if the target cannot express a part of it.
fn expression<T: Translator + ?Sized>(
    translator: &T,
    expr: &Expr<'_>,
) -> Option<Translation<T::Output>> {
    let (operands, join): (_, fn(&T, _) -> _) = match expr {
        Expr::And(operands) => (operands, T::all_of),
        Expr::Or(operands) => (operands, T::any_of),
        Expr::Test(test) => return translator.test(test),
    };
    let mut conditions = Vec::with_capacity(operands.len());
    let mut is_exact = true;
    for operand in operands {
        let translation = expression(translator, operand)?;
        is_exact &= translation.is_exact();
        conditions.push(translation.into_condition());
    }
    let condition = join(translator, conditions)?;
    Some(if is_exact {
        Translation::Exact(condition)
    } else {
        Translation::Superset(condition)
    })
}
