use std::collections::BTreeMap;

use appflow_connector_queryfilter::ast::Expr;
use appflow_connector_queryfilter::{BoundFilter, Filter, parse};

use super::conditions::compared_as;
use crate::config::TextComparison;
use crate::finding::Finding;
use crate::reading::{Query, Reading, Row, Source};
use crate::run::{Outcome, Run, Stop};

/// Asks for the records that an expression matches, and holds the answer against its evaluation on all records.
///
/// Records whose values have the wrong type are left out of the judgement: another check is about them.
pub(crate) async fn judge(
    run: &mut Run<'_>,
    source: &Source,
    all: &Reading,
    expression: &Expr,
) -> Outcome {
    let filter = Filter {
        predicate: Some(expression.clone()),
        limit: None,
    };
    let text = filter.to_string();
    let bound = parse(&text)
        .ok()
        .and_then(|filter| filter.bind(&source.definition).ok())
        .ok_or_else(|| Stop::not_applicable(format!("`{text}` does not fit the entity")))?;
    let comparison = run.config.harness.text_comparison;
    let bound = compared_as(bound, comparison);
    let fields: Vec<&str> = bound
        .fields()
        .iter()
        .map(|field| field.field_name.as_str())
        .collect();
    let query = Query {
        fields: source.selection(&fields),
        filter: Some(text.clone()),
        page_size: None,
    };
    let found = run.read(source, &query).await?;
    run.facts.judged += 1;

    let expected = Expected::new(&bound, &fields, source, all);
    let came = Counted::new(&found, &expected.key);
    if let Some(row) = expected.unknown_in(&came, &bound, all) {
        run.facts.lost_by_reading.add(unknown(&text, row, &found));
    }
    let Some((fault, row)) = expected.fault_in(&came, &bound, &found) else {
        return Ok(());
    };
    let mut problem = format!("the filter `{text}` {fault}");
    if comparison == TextComparison::CaseSensitive {
        let ignoring_case = bound.ignoring_case();
        let expected = Expected::new(&ignoring_case, &fields, source, all);
        if expected.fault_in(&came, &ignoring_case, &found).is_none() {
            problem.push_str(
                "; it would be right if `A` and `a` were the same: see `harness.textComparison`",
            );
        }
    }
    Err(about((problem, row), &expected, &query.fields, &found))
}

fn about(
    (problem, row): (String, &Row),
    expected: &Expected<'_>,
    fields: &[String],
    found: &Reading,
) -> Stop {
    let expectation = format!(
        "the {} of {} records that match; {} came",
        expected.matching,
        expected.total,
        found.rows.len()
    );
    let shown = row.project(fields.iter().map(String::as_str));
    let finding = Finding::new(problem, expectation).with_answer(shown.as_str());
    found.about_first_page(finding).into()
}

fn unknown(text: &str, row: &Row, found: &Reading) -> Finding {
    let problem =
        format!("the filter `{text}` finds a record that a query without filter does not");
    let finding = Finding::new(problem, "every record, where there is no filter");
    found.about_first_page(finding.with_answer(&row.to_text()))
}

/// Which records a filter should find, by key.
struct Expected<'a> {
    key: Vec<String>,
    /// How often each key should come: 0 for records that do not match.
    rows: BTreeMap<String, (&'a Row, Option<usize>)>,
    matching: usize,
    total: usize,
}

/// How often each record came.
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
            // `None` where the record cannot be judged.
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

    /// What is wrong with the records that came, and one of them that shows it.
    fn fault_in<'r>(
        &self,
        came: &Counted<'r>,
        filter: &BoundFilter<'_>,
        found: &Reading,
    ) -> Option<(&'static str, &'r Row)>
    where
        'a: 'r,
    {
        // Without an end of the answer, what is missing may be on a later page.
        let missing = self.missing_in(came).filter(|_| found.is_complete());
        let lost = missing.map(|row| ("loses a record that matches it", row));
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

    /// A record that came more often than it should.
    fn surplus_in<'f>(&self, found: &Counted<'f>, filter: &BoundFilter<'_>) -> Option<&'f Row> {
        let is_surplus = |(key, (row, came)): &(&String, &(&Row, usize))| match self.rows.get(*key)
        {
            Some((_, count)) => count.is_some_and(|count| *came > count),
            // It is not among the records that were read: it must tell by itself.
            None => matches(filter, row) == Some(false),
        };
        found.0.iter().find(is_surplus).map(|(_, (row, _))| *row)
    }

    /// A record that matches and that is not among all records, although these were read to the end.
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

/// Whether a record matches. `None` where it cannot be judged.
fn matches(filter: &BoundFilter<'_>, row: &Row) -> Option<bool> {
    let names: Vec<&str> = row.names().collect();
    filter.matches(&row.project(names)).ok()
}
