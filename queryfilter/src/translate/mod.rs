//! From a bound filter to the query languages of applications.
//!
//! A [`Translator`] states what its target can take. What it cannot take is left over as the [`residual`](Pushdown::residual), another
//! [`BoundFilter`], which the connector runs on the records that the target returns. So every filter can be served, and none is bent.
//!
//! | target | translator | output |
//! |---|---|---|
//! | PostgreSQL, MySQL, SQLite | `SqlDialect`, with the feature `sql` | a `sea_query::Expr` with bound parameters |
//! | Salesforce | [`Soql`] | the condition of a `WHERE` |
//! | OData 4.0 and 4.01 | [`OData`] | the value of `$filter`, not percent-encoded |
//! | anything else | one of your own, see [`Translator`] | what you need |

mod odata;
mod soql;
#[cfg(feature = "sql")]
mod sql;

pub use odata::OData;
pub use soql::Soql;
#[cfg(feature = "sql")]
pub use sql::{SqlDialect, sea_query};

use crate::bind::{BoundExpr, BoundFilter, Test};

/// Writes filters for one target.
///
/// An implementation says how one test is written and how several are joined, and answers `None` to what its target cannot take.
/// [`translate`](Self::translate) does the rest. Two rules keep the answer right:
///
/// - A test must select exactly the records that [`TestKind`](crate::TestKind) says, those with a null in the field included, or be
///   refused. A test that selects other records is worse than none: what was pushed down is not checked again.
/// - Names and values go into the target's text only through its own escaping, or as bound parameters. A name comes from the entity,
///   which the application named: refuse one that the target's syntax cannot hold.
///
/// # Example
///
/// An application takes `key=value` pairs in its URL: equal strings, all of them, and nothing else.
///
/// ```
/// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition, Record};
/// use appflow_connector_queryfilter::translate::Translator;
/// use appflow_connector_queryfilter::{BoundOp, Test, TestKind, TypedValue, parse};
///
/// struct QueryPairs;
///
/// impl Translator for QueryPairs {
///     type Output = Vec<(String, String)>;
///
///     fn test(&self, test: &Test<'_>) -> Option<Self::Output> {
///         match &test.kind {
///             TestKind::Compare { op: BoundOp::Equal, value: TypedValue::Text(text) } => {
///                 Some(vec![(test.field.field_name.clone(), text.clone())])
///             }
///             _ => None,
///         }
///     }
///
///     fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output> {
///         Some(operands.concat())
///     }
///
///     fn any_of(&self, _: Vec<Self::Output>) -> Option<Self::Output> {
///         None
///     }
/// }
///
/// let field = |name, data_type| FieldDefinition::builder().field_name(name).data_type(data_type).build();
/// let airport = EntityDefinition::builder()
///     .entity(Entity::builder().entity_identifier("Airport").build())
///     .fields(vec![field("state", FieldDataType::String), field("elevation", FieldDataType::Integer)])
///     .build();
/// let filter = parse(r#"state = "TX" and elevation > 3000 limit 10"#)?.bind(&airport)?;
///
/// let pushdown = QueryPairs.translate(&filter);
/// assert_eq!(pushdown.condition, Some(vec![("state".to_owned(), "TX".to_owned())]));
///
/// // `elevation > 3000` is still to do, and so is the limit: the first ten of all Texan airports need not be that high.
/// assert_eq!(pushdown.limit, None);
/// assert_eq!(pushdown.residual.limit(), Some(10));
/// let marfa = Record::from_json(r#"{"state": "TX", "elevation": 4849}"#.to_owned())?;
/// assert!(pushdown.residual.matches(&marfa)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Translator {
    /// A condition in the target's language.
    type Output;

    /// One test. `None` if the target cannot take it.
    fn test(&self, test: &Test<'_>) -> Option<Self::Output>;

    /// All of two or more conditions. `None` if the target has no AND: it then gets the first condition that it can take.
    fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Any of two or more conditions. `None` if the target has no OR.
    fn any_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Divides a filter into what the target takes and what is left over.
    ///
    /// An AND is split: each operand goes to the target or stays. An OR goes as a whole or stays as a whole. The limit goes to the target
    /// only if nothing else is left over.
    fn translate<'e>(&self, filter: &BoundFilter<'e>) -> Pushdown<'e, Self::Output> {
        let (pushed, left_over) = match filter.predicate() {
            Some(predicate) => split(self, predicate),
            None => (None, None),
        };
        let limit_is_left_over = left_over.is_some();
        Pushdown {
            condition: pushed,
            limit: filter.limit.filter(|_| !limit_is_left_over),
            residual: BoundFilter {
                predicate: left_over,
                limit: filter.limit.filter(|_| limit_is_left_over),
                ignores_case: filter.ignores_case,
            },
        }
    }
}

/// A filter, divided between a target and its connector.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushdown<'e, T> {
    /// What the target filters by. `None` if that is nothing.
    pub condition: Option<T>,
    /// The most records that the target shall return, over all pages.
    pub limit: Option<u64>,
    /// What is left to do with the records that the target returns: see [`BoundFilter::matches`]. It
    /// [is empty](BoundFilter::is_empty) if the target does all.
    pub residual: BoundFilter<'e>,
}

/// What the target takes of a predicate, and what it does not.
fn split<'e, T: Translator + ?Sized>(
    translator: &T,
    predicate: &BoundExpr<'e>,
) -> (Option<T::Output>, Option<BoundExpr<'e>>) {
    let BoundExpr::And(operands) = predicate else {
        let whole = expression(translator, predicate);
        let left_over = whole.is_none().then(|| predicate.clone());
        return (whole, left_over);
    };
    let mut pushed = Vec::new();
    let mut left_over = Vec::new();
    for operand in operands {
        match expression(translator, operand) {
            Some(condition) => pushed.push(condition),
            None => left_over.push(operand.clone()),
        }
    }
    if pushed.len() < 2 {
        return (pushed.pop(), conjunction(left_over));
    }
    match translator.all_of(pushed) {
        Some(condition) => (Some(condition), conjunction(left_over)),
        None => first_only(translator, operands),
    }
}

/// For a target without AND: the first operand that it takes, and the rest.
fn first_only<'e, T: Translator + ?Sized>(
    translator: &T,
    operands: &[BoundExpr<'e>],
) -> (Option<T::Output>, Option<BoundExpr<'e>>) {
    let mut pushed = None;
    let mut left_over = Vec::new();
    for operand in operands {
        if pushed.is_none() {
            pushed = expression(translator, operand);
            if pushed.is_some() {
                continue;
            }
        }
        left_over.push(operand.clone());
    }
    (pushed, conjunction(left_over))
}

fn conjunction(operands: Vec<BoundExpr<'_>>) -> Option<BoundExpr<'_>> {
    (!operands.is_empty()).then(|| BoundExpr::all_of(operands))
}

/// The whole of an expression, or `None` if any part of it is nothing that the target takes.
fn expression<T: Translator + ?Sized>(translator: &T, expr: &BoundExpr<'_>) -> Option<T::Output> {
    match expr {
        BoundExpr::And(operands) => translator.all_of(expressions(translator, operands)?),
        BoundExpr::Or(operands) => translator.any_of(expressions(translator, operands)?),
        BoundExpr::Test(test) => translator.test(test),
    }
}

fn expressions<T: Translator + ?Sized>(
    translator: &T,
    operands: &[BoundExpr<'_>],
) -> Option<Vec<T::Output>> {
    let mut outputs = Vec::with_capacity(operands.len());
    for operand in operands {
        outputs.push(expression(translator, operand)?);
    }
    Some(outputs)
}
