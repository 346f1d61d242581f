//! The trait of all targets, and how it divides a filter.

use crate::bound::{BoundFilter, Expr, Test};

/// Writes filters for one target.
///
/// An implementation says how one test is written and how several are joined, and returns `None`
/// for what its target cannot express. [`translate`](Self::translate) does the rest. Two rules keep
/// the result right:
///
/// - A translated test must select exactly the records that [`TestKind`](crate::bound::TestKind)
///   describes, including those with a null in the field. If the target cannot do that, return
///   `None`: what the target filters is not checked again.
/// - Names and values go into the target's text only through its own escaping, or as bound
///   parameters. A name comes from the entity, and so from the application: return `None` if the
///   target's syntax cannot write it.
///
/// # Example
///
/// An application that takes `key=value` pairs in its URL, and returns the records whose strings
/// equal all of them. It has no other filters.
///
/// ```
/// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition, Record};
/// use appflow_connector_queryfilter::bound::{CompareOp, Test, TestKind, TypedValue};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::Translator;
///
/// struct QueryPairs;
///
/// impl Translator for QueryPairs {
///     type Output = Vec<(String, String)>;
///
///     fn test(&self, test: &Test<'_>) -> Option<Self::Output> {
///         match &test.kind {
///             TestKind::Compare { op: CompareOp::Equal, value: TypedValue::Text(text) } => {
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
/// let field = |name, data_type| {
///     FieldDefinition::builder().field_name(name).data_type(data_type).build()
/// };
/// let airport = EntityDefinition::builder()
///     .entity(Entity::builder().entity_identifier("Airport").build())
///     .fields(vec![
///         field("state", FieldDataType::String),
///         field("elevation", FieldDataType::Integer),
///     ])
///     .build();
/// let filter = parse(r#"state = "TX" and elevation > 3000 limit 10"#)?.bind(&airport)?;
///
/// let pushdown = QueryPairs.translate(&filter);
/// assert_eq!(pushdown.condition, Some(vec![("state".to_owned(), "TX".to_owned())]));
///
/// // `elevation > 3000` remains, and so does the limit: the first ten Texan airports may be lower.
/// assert_eq!(pushdown.limit, None);
/// assert_eq!(pushdown.residual.limit(), Some(10));
/// let marfa = Record::from_json(r#"{"state": "TX", "elevation": 4849}"#.to_owned())?;
/// assert!(pushdown.residual.matches(&marfa)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Translator {
    /// A condition in the target's language.
    type Output;

    /// Writes one test. Returns `None` if the target cannot express it.
    fn test(&self, test: &Test<'_>) -> Option<Self::Output>;

    /// Joins two or more conditions with AND. Returns `None` if the target has no AND: it then gets
    /// only the first condition that it can express.
    fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Joins two or more conditions with OR. Returns `None` if the target has no OR.
    fn any_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output>;

    /// Divides a filter into what the target does and what remains for the connector.
    ///
    /// An AND is divided: each operand goes to the target or to the residual. An OR goes to one of
    /// them as a whole. The limit goes to the target only if the residual has no condition.
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

/// Returns the target's part of a predicate, and the remaining part.
fn split<'e, T: Translator + ?Sized>(
    translator: &T,
    predicate: &Expr<'e>,
) -> (Option<T::Output>, Option<Expr<'e>>) {
    let Expr::And(operands) = predicate else {
        let whole = expression(translator, predicate);
        let remaining = whole.is_none().then(|| predicate.clone());
        return (whole, remaining);
    };
    let mut pushed = Vec::new();
    let mut remaining = Vec::new();
    for operand in operands {
        match expression(translator, operand) {
            Some(condition) => pushed.push(condition),
            None => remaining.push(operand.clone()),
        }
    }
    if pushed.len() < 2 {
        return (pushed.pop(), conjunction(remaining));
    }
    match translator.all_of(pushed) {
        Some(condition) => (Some(condition), conjunction(remaining)),
        None => first_only(translator, operands),
    }
}

/// Divides an AND for a target that has none: the first operand that it can express, and the rest.
fn first_only<'e, T: Translator + ?Sized>(
    translator: &T,
    operands: &[Expr<'e>],
) -> (Option<T::Output>, Option<Expr<'e>>) {
    let mut pushed = None;
    let mut remaining = Vec::new();
    for operand in operands {
        if pushed.is_none() {
            pushed = expression(translator, operand);
            if pushed.is_some() {
                continue;
            }
        }
        remaining.push(operand.clone());
    }
    (pushed, conjunction(remaining))
}

fn conjunction(operands: Vec<Expr<'_>>) -> Option<Expr<'_>> {
    (!operands.is_empty()).then(|| Expr::all_of(operands))
}

/// Translates a whole expression. Returns `None` if the target cannot express a part of it.
fn expression<T: Translator + ?Sized>(translator: &T, expr: &Expr<'_>) -> Option<T::Output> {
    match expr {
        Expr::And(operands) => translator.all_of(expressions(translator, operands)?),
        Expr::Or(operands) => translator.any_of(expressions(translator, operands)?),
        Expr::Test(test) => translator.test(test),
    }
}

fn expressions<T: Translator + ?Sized>(
    translator: &T,
    operands: &[Expr<'_>],
) -> Option<Vec<T::Output>> {
    let mut outputs = Vec::with_capacity(operands.len());
    for operand in operands {
        outputs.push(expression(translator, operand)?);
    }
    Some(outputs)
}
