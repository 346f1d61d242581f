use std::collections::BTreeMap;

use appflow_connector_model::EntityDefinition;
use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};

use super::conditions::compared_as;
use crate::config::TextComparison;
use crate::finding::Finding;
use crate::reading::{Query, Reading, Row, Source};
use crate::run::{Outcome, Stop};

/// A filter to query with, and its meaning.
pub(crate) struct Question<'d> {
    /// The filter as the connector gets it.
    pub(crate) text: String,
    bound: BoundFilter<'d>,
    comparison: TextComparison,
}

/// What is wrong with the records that a filter found.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// The filter finds other records than it should.
    pub(crate) fault: Option<Finding>,
    /// A query without a filter lacks a record that the filter finds.
    pub(crate) lost: Option<Finding>,
}

impl<'d> Question<'d> {
    /// Not applicable if the expression does not fit the entity.
    pub(crate) fn new(
        expression: &Expr,
        definition: &'d EntityDefinition,
        comparison: TextComparison,
    ) -> Outcome<Self> {
        let filter = Filter {
            predicate: Some(expression.clone()),
            limit: None,
        };
        let text = filter.to_string();
        // Through its text, as the connector gets it.
        let bound = parse(&text)
            .ok()
            .and_then(|filter| filter.bind(definition).ok())
            .ok_or_else(|| Stop::not_applicable(format!("`{text}` does not fit the entity")))?;
        Ok(Self {
            bound: compared_as(bound, comparison),
            text,
            comparison,
        })
    }

    /// The query with the filter, which selects the fields that it compares.
    pub(crate) fn query(&self, source: &Source) -> Query {
        Query {
            fields: source.selection(&self.fields()),
            filter: Some(self.text.clone()),
            page_size: None,
        }
    }

    fn fields(&self) -> Vec<&str> {
        let fields = self.bound.fields();
        fields
            .iter()
            .map(|field| field.field_name.as_str())
            .collect()
    }

    /// Compares the records that were found with the filter's evaluation on all records.
    ///
    /// Records with values of the wrong type are not judged: another check is about them.
    pub(crate) fn judge(self, source: &Source, all: &Reading, found: &Reading) -> Judgement {
        let fields = self.fields();
        let expected = Expected::new(&self.bound, &fields, source, all);
        let came = Counted::new(found, &expected.key);
        let lost = expected.unknown_in(&came, &self.bound, all);
        let lost = lost.map(|row| unknown(&self.text, row, found));
        let Some((fault, row)) = expected.fault_in(&came, &self.bound, found) else {
            return Judgement { fault: None, lost };
        };
        let mut problem = format!("the filter `{}` {fault}", self.text);
        if self.comparison == TextComparison::CaseSensitive {
            let ignoring_case = self.bound.clone().ignoring_case();
            let expected = Expected::new(&ignoring_case, &fields, source, all);
            if expected.fault_in(&came, &ignoring_case, found).is_none() {
                problem.push_str(
                    "; the result is right if `A` equals `a`: see `harness.textComparison`",
                );
            }
        }
        let shown = source.selection(&fields);
        Judgement {
            fault: Some(about((problem, row), &expected, &shown, found)),
            lost,
        }
    }
}

fn about(
    (problem, row): (String, &Row),
    expected: &Expected<'_>,
    fields: &[String],
    found: &Reading,
) -> Finding {
    let expectation = format!(
        "the {} of {} records that match; {} were returned",
        expected.matching,
        expected.total,
        found.rows.len()
    );
    let shown = row.project(fields.iter().map(String::as_str));
    let finding = Finding::new(problem, expectation).with_response(shown.as_str());
    found.about_first_page(finding)
}

fn unknown(text: &str, row: &Row, found: &Reading) -> Finding {
    let problem =
        format!("the filter `{text}` finds a record that a query without a filter does not find");
    let finding = Finding::new(problem, "every record, if there is no filter");
    found.about_first_page(finding.with_response(&row.to_text()))
}

/// The records that a filter should find, by key.
struct Expected<'a> {
    key: Vec<String>,
    /// How often each key should occur: 0 for records that do not match. `None` if a record cannot
    /// be judged.
    rows: BTreeMap<String, (&'a Row, Option<usize>)>,
    matching: usize,
    total: usize,
}

/// How often each record occurs.
struct Counted<'a>(BTreeMap<String, (&'a Row, usize)>);

impl<'a> Counted<'a> {
    fn new(reading: &'a Reading, key: &[String]) -> Self {
        let mut rows: BTreeMap<String, (&Row, usize)> = BTreeMap::new();
        for row in reading.distinct(key) {
            rows.entry(row.key(key)).or_insert((row, 0)).1 += 1;
        }
        Self(rows)
    }
}

impl<'a> Expected<'a> {
    fn new(filter: &BoundFilter<'_>, fields: &[&str], source: &Source, all: &'a Reading) -> Self {
        let mut expected = Self {
            key: source.key(),
            rows: BTreeMap::new(),
            matching: 0,
            total: 0,
        };
        for row in all.distinct(&expected.key) {
            expected.total += 1;
            // `None` if the record cannot be judged.
            let matches = filter.matches(&row.project(fields.iter().copied())).ok();
            expected.matching += usize::from(matches == Some(true));
            let entry = expected
                .rows
                .entry(row.key(&expected.key))
                .or_insert((row, Some(0)));
            entry.1 = entry
                .1
                .zip(matches)
                .map(|(count, matches)| count + usize::from(matches));
        }
        expected
    }

    /// What is wrong with the records that were found, and a record that shows it.
    fn fault_in<'r>(
        &self,
        came: &Counted<'r>,
        filter: &BoundFilter<'_>,
        found: &Reading,
    ) -> Option<(&'static str, &'r Row)>
    where
        'a: 'r,
    {
        // If a limit ended the reading, a missing record may be on a later page.
        let missing = self.missing_in(came).filter(|_| found.is_complete());
        let lost = missing.map(|row| ("does not find a record that matches it", row));
        lost.or_else(|| {
            let row = self.surplus_in(came, filter)?;
            Some(("finds a record that does not match it", row))
        })
    }

    fn missing_in(&self, found: &Counted<'_>) -> Option<&'a Row> {
        let is_missing = |(key, (_, count)): &(&String, &(&Row, Option<usize>))| {
            let came = found.0.get(*key).map_or(0, |(_, came)| *came);
            count.is_some_and(|count| came < count)
        };
        self.rows.iter().find(is_missing).map(|(_, (row, _))| *row)
    }

    /// A record that occurs more often than it should.
    fn surplus_in<'f>(&self, found: &Counted<'f>, filter: &BoundFilter<'_>) -> Option<&'f Row> {
        let is_surplus = |(key, (row, came)): &(&String, &(&Row, usize))| match self.rows.get(*key)
        {
            Some((_, count)) => count.is_some_and(|count| *came > count),
            // It is not among all records: it is judged by its own values.
            None => matches(filter, row) == Some(false),
        };
        found.0.iter().find(is_surplus).map(|(_, (row, _))| *row)
    }

    /// A record that matches but is not among all records, although these were read to the end.
    fn unknown_in<'f>(
        &self,
        found: &Counted<'f>,
        filter: &BoundFilter<'_>,
        all: &Reading,
    ) -> Option<&'f Row> {
        let is_unknown = |(key, (row, _)): &(&String, &(&Row, usize))| {
            !self.rows.contains_key(*key) && matches(filter, row) == Some(true)
        };
        let mut rows = found.0.iter().filter(|_| all.is_complete());
        rows.find(is_unknown).map(|(_, (row, _))| *row)
    }
}

/// Whether a record matches. `None` if it cannot be judged.
fn matches(filter: &BoundFilter<'_>, row: &Row) -> Option<bool> {
    let names: Vec<&str> = row.names().collect();
    filter.matches(&row.project(names)).ok()
}
