//! Divides a filter that is too long for one query into several shorter ones.

use std::collections::HashSet;

use super::filter::{BoundFilter, Expr, Test, TestKind, TypedValue};

impl BoundFilter<'_> {
    /// Divides the filter's longest IN list, so that the values of each part's list have at most
    /// `max_bytes` bytes in UTF-8, or the list has a single value. Together the parts select the
    /// same records, each record once. For applications that limit the length of a query: send one
    /// query per part.
    ///
    /// Only a list that every record must meet is divided: the condition itself, or an operand of
    /// its AND. A filter without such a list stays whole. Each part keeps the limit, which counts
    /// over all parts.
    ///
    /// ```
    /// # use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
    /// # use appflow_connector_queryfilter::parse;
    /// # let field = |name, data_type| {
    /// #     FieldDefinition::builder().field_name(name).data_type(data_type).build()
    /// # };
    /// # let airport = EntityDefinition::builder()
    /// #     .entity(Entity::builder().entity_identifier("Airport").build())
    /// #     .fields(vec![
    /// #         field("code", FieldDataType::String),
    /// #         field("open", FieldDataType::Boolean),
    /// #     ])
    /// #     .build();
    /// let filter = parse("open and code in ('AUS', 'BOS', 'AUS', 'DEN')")?.bind(&airport)?;
    /// let parts: Vec<String> = filter.parts(6).iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     parts,
    ///     [
    ///         r#"open = true and code in ("AUS", "BOS")"#,
    ///         r#"open = true and code in ("DEN")"#,
    ///     ]
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn parts(&self, max_bytes: usize) -> Vec<Self> {
        let Some((index, values)) = self.predicate.as_ref().and_then(longest_list) else {
            return vec![self.clone()];
        };
        let with_values = |values| {
            let mut part = self.clone();
            if let Some(list) = part
                .predicate
                .as_mut()
                .and_then(|predicate| list_at(predicate, index))
            {
                *list = values;
            }
            part
        };
        self.divided(values, max_bytes)
            .into_iter()
            .map(with_values)
            .collect()
    }

    /// Returns the values in their order, each once: a value in two parts would select its records
    /// twice.
    fn divided(&self, values: &[TypedValue], max_bytes: usize) -> Vec<Vec<TypedValue>> {
        let mut known = HashSet::new();
        let mut parts: Vec<Vec<TypedValue>> = Vec::new();
        let mut bytes = 0;
        for value in values {
            let text = text(value);
            let key = if self.ignores_case {
                text.to_lowercase()
            } else {
                text.clone()
            };
            if !known.insert(key) {
                continue;
            }
            bytes += text.len();
            match parts.last_mut() {
                Some(part) if bytes <= max_bytes => part.push(value.clone()),
                _ => {
                    bytes = text.len();
                    parts.push(vec![value.clone()]);
                }
            }
        }
        parts
    }
}

/// Returns a value's text. Equal values have equal texts.
fn text(value: &TypedValue) -> String {
    match value {
        TypedValue::Text(text) => text.clone(),
        TypedValue::Number(number) => number.normalized().to_string(),
        TypedValue::Boolean(boolean) => boolean.to_string(),
        TypedValue::Date(date) => date.to_string(),
        TypedValue::DateTime(moment) => moment.to_string(),
    }
}

/// Returns the list with the most values, and its index among the operands.
fn longest_list<'f>(predicate: &'f Expr<'_>) -> Option<(usize, &'f [TypedValue])> {
    let operands = match predicate {
        Expr::And(operands) => operands,
        other => std::slice::from_ref(other),
    };
    let lists = operands
        .iter()
        .enumerate()
        .filter_map(|(index, operand)| match operand {
            Expr::Test(Test {
                kind:
                    TestKind::In {
                        values,
                        negated: false,
                    },
                ..
            }) => Some((index, values.as_slice())),
            _ => None,
        });
    lists.max_by_key(|(_, values)| values.len())
}

fn list_at<'f>(predicate: &'f mut Expr<'_>, index: usize) -> Option<&'f mut Vec<TypedValue>> {
    let operand = match predicate {
        Expr::And(operands) => operands.get_mut(index)?,
        other => other,
    };
    match operand {
        Expr::Test(Test {
            kind: TestKind::In { values, .. },
            ..
        }) => Some(values),
        _ => None,
    }
}
