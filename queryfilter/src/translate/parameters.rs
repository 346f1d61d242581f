//! The query parameters of a REST API.

use std::collections::BTreeMap;

use super::translator::{Translation, Translator};
use crate::bound::{Test, TestKind, TypedValue};

/// The parameters with which a REST API selects records, such as `status=open` and `updated_since=`:
/// a table of which field each of them is about.
///
/// Each parameter can be given once, and all of them together mean AND. So an OR remains in the
/// residual, and so does a second test on a field.
///
/// ```
/// use appflow_connector_model::{FieldDataType, entity, field};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::{QueryParameters, Translator};
///
/// let ticket = entity("ticket", vec![
///     field("status", FieldDataType::String).one_of(["new", "open", "solved"]),
///     field("updated_at", FieldDataType::DateTime),
///     field("subject", FieldDataType::String),
/// ]);
/// let parameters = QueryParameters::new()
///     .list("status", "status")
///     .since("updated_at", "updated_since")
///     .search("subject", "text");
///
/// let text = "status != 'solved' and updated_at between 2026-02-03 and 2026-02-04";
/// let filter = parse(text)?.bind(&ticket)?;
/// let pushdown = parameters.translate(&filter);
/// let given = pushdown.condition.unwrap();
/// assert_eq!(given["status"], "new,open");
/// assert_eq!(given["updated_since"], "2026-02-03T00:00:00Z");
/// // Later tickets are returned too.
/// assert_eq!(
///     pushdown.residual.to_string(),
///     "updated_at between 2026-02-03T00:00:00Z and 2026-02-04T00:00:00Z"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct QueryParameters(Vec<Parameter>);

#[derive(Clone, Debug)]
struct Parameter {
    field: String,
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Value,
    List,
    Since,
    Until,
    Search,
}

impl QueryParameters {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parameter that selects the records whose field has exactly this value: for `=`.
    #[must_use]
    pub fn value(self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(field, name, Kind::Value)
    }

    /// A parameter that selects the records whose field has one of these values, with commas in
    /// between: for every test on a field with
    /// [allowed values](appflow_connector_model::FieldConstraints::allowed_values), as the list of
    /// those that pass it; for `=` and `in` on other fields. Values with a comma are not sent.
    #[must_use]
    pub fn list(self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(field, name, Kind::List)
    }

    /// A parameter that selects the records whose field is this number, date or moment or a later
    /// one, and so at least those of `>`, `>=`, `=`, `between` and `in`.
    #[must_use]
    pub fn since(self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(field, name, Kind::Since)
    }

    /// As [`since`](Self::since), for this value or an earlier one: for `<`, `<=`, `=`, `between` and
    /// `in`.
    #[must_use]
    pub fn until(self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(field, name, Kind::Until)
    }

    /// A parameter that selects at least the records whose field contains this text: for `contains`.
    /// A search that finds whole words only is not one: it loses records.
    #[must_use]
    pub fn search(self, field: impl Into<String>, name: impl Into<String>) -> Self {
        self.with(field, name, Kind::Search)
    }

    fn with(mut self, field: impl Into<String>, name: impl Into<String>, kind: Kind) -> Self {
        self.0.push(Parameter {
            field: field.into(),
            name: name.into(),
            kind,
        });
        self
    }
}

impl Parameter {
    fn value(&self, test: &Test<'_>) -> Option<Translation<String>> {
        match self.kind {
            Kind::Value => match test.values()? {
                [value] => Some(Translation::Exact(value.to_string())),
                _ => None,
            },
            Kind::List => {
                let values = if has_allowed_values(test) {
                    test.allowed_values()?
                        .into_iter()
                        .map(str::to_owned)
                        .collect()
                } else {
                    let values = test.values()?.iter().map(ToString::to_string);
                    values.collect::<Vec<String>>()
                };
                let can_be_joined = values.iter().all(|value| !value.contains(','));
                can_be_joined.then(|| Translation::Exact(values.join(",")))
            }
            Kind::Since => test.lower_bound().map(superset),
            Kind::Until => test.upper_bound().map(superset),
            Kind::Search => match &test.kind {
                TestKind::Contains {
                    value,
                    negated: false,
                } => Some(superset(value)),
                _ => None,
            },
        }
    }
}

fn superset(value: &TypedValue) -> Translation<String> {
    Translation::Superset(value.to_string())
}

fn has_allowed_values(test: &Test<'_>) -> bool {
    let constraints = test.field.constraints.as_ref();
    constraints.is_some_and(|constraints| constraints.allowed_values.is_some())
}

impl Translator for QueryParameters {
    /// The parameters' values by their names, not percent-encoded.
    type Output = BTreeMap<String, String>;

    fn test(&self, test: &Test<'_>) -> Option<Translation<Self::Output>> {
        let of_field = |parameter: &&Parameter| parameter.field == test.field.field_name;
        let pair = |parameter: &Parameter, value| BTreeMap::from([(parameter.name.clone(), value)]);
        self.0.iter().filter(of_field).find_map(|parameter| {
            Some(match parameter.value(test)? {
                Translation::Exact(value) => Translation::Exact(pair(parameter, value)),
                Translation::Superset(value) => Translation::Superset(pair(parameter, value)),
            })
        })
    }

    fn all_of(&self, operands: Vec<Self::Output>) -> Option<Self::Output> {
        let given: usize = operands.iter().map(BTreeMap::len).sum();
        let all: Self::Output = operands.into_iter().flatten().collect();
        (all.len() == given).then_some(all)
    }

    fn any_of(&self, _: Vec<Self::Output>) -> Option<Self::Output> {
        None
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{EntityDefinition, FieldDataType, entity, field};

    use super::*;
    use crate::parse;

    fn ticket() -> EntityDefinition {
        let fields = vec![
            field("status", FieldDataType::String).one_of(["new", "open", "solved"]),
            field("owner", FieldDataType::String),
            field("id", FieldDataType::Long),
            field("updated_at", FieldDataType::DateTime),
            field("subject", FieldDataType::String),
        ];
        entity("ticket", fields)
    }

    #[test]
    fn each_test_is_sent_as_far_as_its_parameter_goes() {
        let ticket = ticket();
        let parameters = QueryParameters::new()
            .list("status", "status")
            .list("id", "ids")
            .value("owner", "owner")
            .since("updated_at", "from")
            .until("updated_at", "to")
            .search("subject", "q");
        for (text, given, residual) in [
            ("status = 'open'", "status=open", ""),
            ("status in ('open', 'x', 'new')", "status=new,open", ""),
            ("not status = 'open' limit 3", "status=new,solved", ""),
            ("status = 'x'", "", "status = \"x\""),
            ("status = null", "", "status = null"),
            ("id in (3, 1)", "ids=3,1", ""),
            ("id > 3", "", "id > 3"),
            ("owner = 'a,b'", "owner=a,b", ""),
            ("owner in ('a', 'b')", "", "owner in (\"a\", \"b\")"),
            ("owner != 'a'", "", "owner != \"a\""),
            (
                "updated_at < 2026-01-01",
                "to=2026-01-01T00:00:00Z",
                "updated_at < 2026-01-01T00:00:00Z",
            ),
            (
                "updated_at > 2026-01-01 and updated_at < 2026-01-02 and status = 'new'",
                "from=2026-01-01T00:00:00Z status=new to=2026-01-02T00:00:00Z",
                "updated_at > 2026-01-01T00:00:00Z and updated_at < 2026-01-02T00:00:00Z",
            ),
            ("subject contains 'x'", "q=x", "subject contains \"x\""),
            ("not subject contains 'x'", "", "not subject contains \"x\""),
            (
                "status = 'new' or owner = 'a'",
                "",
                "status = \"new\" or owner = \"a\"",
            ),
            (
                "status = 'new' and status != 'open'",
                "status=new",
                "status != \"open\"",
            ),
        ] {
            let filter = parse(text).unwrap();
            let filter = filter
                .bind(&ticket)
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            let pushdown = parameters.translate(&filter);
            let pairs: Vec<String> = pushdown
                .condition
                .unwrap_or_default()
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            assert_eq!(pairs.join(" "), given, "{text}");
            assert_eq!(pushdown.residual.to_string(), residual, "{text}");
        }
    }
}
