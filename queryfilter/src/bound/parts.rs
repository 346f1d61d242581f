//! Divides a filter that is too long for one query into several shorter ones.

use std::ops::Range;

use super::filter::{BoundFilter, Expr, Test, TestKind};
use super::typed_value::TypedValue;
use super::values::Values;

/// The most parts that [`BoundFilter::parts_that_fit`] makes.
const MAX_PARTS: usize = 1_000;

/// A filter that is divided into parts, see [`BoundFilter::parts`]. It keeps the values once: a
/// part is made when it is asked for.
#[derive(Clone, Debug)]
pub struct Parts<'e> {
    /// The filter, with each value of the divided list once.
    filter: BoundFilter<'e>,
    /// The divided list's index among the operands. `None` if the filter is whole.
    list: Option<usize>,
    /// Where each part's values end in the list: the next part's begin there.
    ends: Vec<usize>,
}

impl<'e> BoundFilter<'e> {
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
    /// let parts: Vec<String> = filter.parts(6).iter().map(|part| part.to_string()).collect();
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
    pub fn parts(self, max_bytes: usize) -> Parts<'e> {
        let mut parts = Parts::of(self);
        parts.divide(max_bytes);
        parts
    }

    /// Divides the filter into ever shorter [parts](Self::parts), at most 1,000, until each of them
    /// fits. `fits` says whether an application accepts a query with a filter. A filter that fits
    /// stays whole.
    ///
    /// Returns `None` if the filter cannot be divided so. Whether the rest of the filter leaves
    /// enough room is checked first. Parts are made one at a time, so this takes the memory of the
    /// filter and of one part. The same filter is always divided in the same way if `fits` returns
    /// the same.
    ///
    /// ```
    /// # use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
    /// # use appflow_connector_queryfilter::parse;
    /// # let code = FieldDefinition::builder()
    /// #     .field_name("code")
    /// #     .data_type(FieldDataType::String)
    /// #     .build();
    /// # let airport = EntityDefinition::builder()
    /// #     .entity(Entity::builder().entity_identifier("Airport").build())
    /// #     .fields(vec![code])
    /// #     .build();
    /// let filter = parse("code in ('AUS', 'BOS', 'DEN', 'LAX', 'SEA')")?.bind(&airport)?;
    /// let parts = filter.parts_that_fit(|part| part.to_string().len() <= 30).unwrap();
    /// assert_eq!(parts.len(), 3);
    /// assert_eq!(parts.get(1).unwrap().to_string(), r#"code in ("DEN", "LAX")"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parts_that_fit(self, mut fits: impl FnMut(&Self) -> bool) -> Option<Parts<'e>> {
        if fits(&self) {
            return Some(Parts::whole(self));
        }
        let mut parts = Parts::of(self);
        // With its longest value alone, the list is as short as it can be.
        let lengths: Vec<usize> = parts.list()?.iter().map(bytes).collect();
        let (longest, max_bytes) = lengths.iter().enumerate().max_by_key(|(_, bytes)| *bytes)?;
        if !fits(&parts.part(longest..longest + 1)) {
            return None;
        }
        let mut size = lengths.iter().sum::<usize>();
        while size > *max_bytes {
            size = (size / 2).max(*max_bytes);
            parts.divide(size);
            if parts.len() > MAX_PARTS {
                return None;
            }
            if parts.iter().all(|part| fits(&part)) {
                return Some(parts);
            }
        }
        None
    }
}

impl<'e> Parts<'e> {
    fn whole(filter: BoundFilter<'e>) -> Self {
        Self {
            filter,
            list: None,
            ends: vec![0],
        }
    }

    /// Prepares the division of a filter. Until then it is one part.
    fn of(mut filter: BoundFilter<'e>) -> Self {
        let list = filter.predicate.as_ref().and_then(longest_list);
        let ignores_case = filter.ignores_case;
        if let Some(values) = list.and_then(|list| list_at(&mut filter, list)) {
            // A value in two parts would select its records twice.
            values.drop_duplicates(ignores_case);
        }
        let mut parts = Self::whole(filter);
        parts.list = list;
        parts.ends = vec![parts.list().map_or(0, <[_]>::len)];
        parts
    }

    /// Returns how many parts there are, one or more.
    #[expect(clippy::len_without_is_empty, reason = "there is a part")]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Makes the part with a number, of which the first is 0. Returns `None` if there is no such
    /// part.
    pub fn get(&self, number: usize) -> Option<BoundFilter<'e>> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |former| self.ends[former]);
        Some(self.part(start..end))
    }

    /// Makes one part after the other.
    pub fn iter(&self) -> impl Iterator<Item = BoundFilter<'e>> {
        (0..self.len()).filter_map(|number| self.get(number))
    }

    fn divide(&mut self, max_bytes: usize) {
        let Some(values) = self.list() else {
            return;
        };
        let mut ends = Vec::new();
        let mut total = 0;
        for (position, value) in values.iter().enumerate() {
            let bytes = bytes(value);
            total += bytes;
            if total > max_bytes && position > 0 {
                ends.push(position);
                total = bytes;
            }
        }
        ends.push(values.len());
        self.ends = ends;
    }

    /// Returns the values of the list that is divided.
    fn list(&self) -> Option<&[TypedValue]> {
        match operands(self.filter.predicate.as_ref()?).get(self.list?)? {
            Expr::Test(Test {
                kind: TestKind::In { values, .. },
                ..
            }) => Some(values),
            _ => None,
        }
    }

    /// Copies the filter with some of the list's values.
    fn part(&self, range: Range<usize>) -> BoundFilter<'e> {
        let operand = |(index, operand): (usize, &Expr<'e>)| match operand {
            Expr::Test(Test {
                field,
                kind: TestKind::In { values, negated },
            }) if self.list == Some(index) => Expr::Test(Test {
                field,
                kind: TestKind::In {
                    values: values[range.clone()].to_vec().into(),
                    negated: *negated,
                },
            }),
            operand => operand.clone(),
        };
        let predicate = self.filter.predicate.as_ref().map(|predicate| {
            let operands = operands(predicate).iter().enumerate().map(operand);
            Expr::all_of(operands.collect())
        });
        BoundFilter {
            predicate,
            limit: self.filter.limit,
            ignores_case: self.filter.ignores_case,
        }
    }
}

/// Returns the bytes that a value counts in a list.
fn bytes(value: &TypedValue) -> usize {
    match value {
        TypedValue::Text(text) => text.len(),
        other => other.to_string().len(),
    }
}

/// Returns the index among the operands of the list with the most values.
fn longest_list(predicate: &Expr<'_>) -> Option<usize> {
    let lists =
        operands(predicate)
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
                }) => Some((index, values.len())),
                _ => None,
            });
    let (index, _) = lists.max_by_key(|(_, values)| *values)?;
    Some(index)
}

fn list_at<'f>(filter: &'f mut BoundFilter<'_>, index: usize) -> Option<&'f mut Values> {
    let operand = match filter.predicate.as_mut()? {
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

/// Returns the conditions that every record must meet.
fn operands<'f, 'e>(predicate: &'f Expr<'e>) -> &'f [Expr<'e>] {
    match predicate {
        Expr::And(operands) => operands,
        other => std::slice::from_ref(other),
    }
}
