use std::collections::HashSet;
use std::sync::Arc;

use appflow_connector_model::QueryDataResponse;

use super::facts::dataset;
use super::filters::keep_fault;
use crate::catalog::data::PAGE_SIZE_RESPECTED;
use crate::checks::paging;
use crate::finding::{Finding, Findings};
use crate::reading::{Query, Reading, Row, Source};
use crate::run::{Outcome, Run, Stop};

/// The number of small pages of a reading.
const SMALL_PAGES: usize = 7;
/// The maximum LIMIT that is requested.
const MAX_LIMIT: usize = 500;

/// A reading on small pages.
#[derive(Debug)]
struct SmallPages {
    size: u32,
    reading: Reading,
}

/// The test entity's records on about seven pages, and all on large pages.
async fn small_pages(run: &mut Run<'_>) -> Outcome<(Source, Arc<Reading>, Arc<SmallPages>)> {
    let (source, all) = dataset(run).await?;
    let count = all.rows.len();
    if count < 2 {
        return Err(Stop::not_applicable(
            "there are not enough records for two pages",
        ));
    }
    if let Some(known) = run
        .facts
        .get::<Outcome<Arc<SmallPages>>>(&run.key_of_entity(PAGE_SIZE_RESPECTED))
    {
        return known.map(|small| (source, all, small));
    }
    let size = u32::try_from(count.div_ceil(SMALL_PAGES)).unwrap_or(u32::MAX);
    let query = Query {
        fields: source.selection(&[]),
        page_size: Some(size),
        ..Query::default()
    };
    let outcome = run.read(&source, &query).await;
    let outcome = outcome.map(|reading| Arc::new(SmallPages { size, reading }));
    run.facts
        .keep(run.key_of_entity(PAGE_SIZE_RESPECTED), outcome.clone());
    outcome.map(|small| (source, all, small))
}

/// The same, for the checks that are not about the page size.
async fn small_pages_read(run: &mut Run<'_>) -> Outcome<(Source, Arc<Reading>, Arc<SmallPages>)> {
    let pages = small_pages(run).await;
    pages.map_err(|stop| stop.blocked_by(PAGE_SIZE_RESPECTED))
}

pub(super) async fn paging_ends(run: &mut Run<'_>) -> Outcome {
    let (_, all) = dataset(run).await?;
    paging::ends(&all.pages, &all.end).outcome()?;
    match small_pages_read(run).await {
        Ok((_, _, small)) => paging::ends(&small.reading.pages, &small.reading.end).outcome(),
        // The large pages are enough.
        Err(Stop::NotApplicable(_)) => Ok(()),
        Err(stop) => Err(stop),
    }
}

pub(super) async fn tokens_well_formed(run: &mut Run<'_>) -> Outcome {
    let (_, _, small) = small_pages_read(run).await?;
    let mut tokens = small
        .reading
        .pages
        .iter()
        .filter_map(|page| page.next_token.as_ref());
    if tokens.next().is_none() {
        return Err(Stop::not_applicable("no page has a nextToken"));
    }
    paging::tokens(&small.reading.pages).outcome()
}

pub(super) async fn page_size_respected(run: &mut Run<'_>) -> Outcome {
    let (_, _, small) = small_pages(run).await?;
    run.note(format!(
        "{} pages of {}",
        small.reading.pages.len(),
        small.size
    ));
    paging::sizes(&small.reading.pages, small.size).outcome()
}

pub(super) async fn no_record_twice(run: &mut Run<'_>) -> Outcome {
    let (source, all, small) = small_pages_read(run).await?;
    let key = source.key();
    if key.is_empty() {
        return Err(Stop::not_applicable("no primary key distinguishes records"));
    }
    let mut findings = Findings::default();
    for reading in [&*all, &small.reading] {
        let mut seen = HashSet::new();
        for row in reading
            .rows
            .iter()
            .filter(|row| !seen.insert(row.key(&key)))
        {
            let finding = Finding::new(
                format!(
                    "a record is returned twice on pages of {}",
                    page_size(reading)
                ),
                "each record once",
            )
            .with_cause("twice");
            findings.add(reading.about_first_page(finding.with_response(&row.to_text())));
        }
    }
    findings.outcome()
}

fn page_size(reading: &Reading) -> String {
    let first = reading.pages.first();
    first.map_or_else(String::new, |page| page.request["maxResults"].to_string())
}

pub(super) async fn none_missing(run: &mut Run<'_>) -> Outcome {
    let (source, all, small) = small_pages_read(run).await?;
    let small = &small.reading;
    if !all.is_complete() || !small.is_complete() {
        return Err(Stop::not_applicable(
            "`harness.limits` ended the reading before its end",
        ));
    }
    // Without a key all fields distinguish records, in both readings.
    let key = source.key();
    let in_all: HashSet<String> = all.rows.iter().map(|row| row.key(&key)).collect();
    let in_small: HashSet<String> = small.rows.iter().map(|row| row.key(&key)).collect();
    let mut findings = Findings::default();
    let mut compare =
        |from: &Reading, others: &HashSet<String>, from_size: String, size: String| {
            for row in from
                .rows
                .iter()
                .filter(|row| !others.contains(&row.key(&key)))
            {
                findings.add(missing(row, &from_size, &size, small));
            }
        };
    compare(&all, &in_small, page_size(&all), page_size(small));
    compare(small, &in_all, page_size(small), page_size(&all));
    run.note(format!("{} records", in_all.len()));
    findings.outcome()
}

fn missing(row: &Row, present: &str, missing: &str, small: &Reading) -> Finding {
    let finding = Finding::new(
        format!("a record on pages of {present} is missing on pages of {missing}"),
        "every record, whatever the page size",
    );
    small.about_first_page(finding.with_response(&row.to_text()))
}

pub(super) async fn page_repeatable(run: &mut Run<'_>) -> Outcome {
    let (source, _, small) = small_pages_read(run).await?;
    let token = small.reading.pages[0].next_token.clone();
    let Some(token) = token else {
        return Err(Stop::not_applicable("no page has a nextToken"));
    };
    let query = Query {
        fields: source.selection(&[]),
        page_size: Some(small.size),
        ..Query::default()
    };
    let key = source.key();
    let mut pages = Vec::new();
    for _ in 0..2 {
        let request = source.request(&query, Some(token.clone()));
        let (response, exchange): (QueryDataResponse, _) = run.ask(&request).await?;
        let records = response.records.unwrap_or_default();
        let rows = records.iter().filter_map(|record| Row::read(record).ok());
        pages.push((rows.map(|row| row.key(&key)).collect::<Vec<_>>(), exchange));
    }
    if pages[0].0 == pages[1].0 {
        return Ok(());
    }
    let finding = pages[1].1.finding(
        "the same nextToken returned other records the second time",
        "the same page for every request",
    );
    Err(finding.into())
}

pub(super) async fn bad_token_refused(run: &mut Run<'_>) -> Outcome {
    let (source, _) = dataset(run).await?;
    let query = Query {
        fields: source.selection(&[]),
        ..Query::default()
    };
    let token = format!("invalid-token-{}", run.id);
    let refusal = run.refusal(&source.request(&query, Some(token))).await?;
    refusal.must_blame_the_request("an invalid token")
}

pub(super) async fn limit_respected(run: &mut Run<'_>) -> Outcome {
    let (source, all) = dataset(run).await?;
    let count = all.distinct(&source.key()).len();
    // The official parsers do not accept a LIMIT of one digit.
    let limit = (count / 2).clamp(10, MAX_LIMIT);
    let query = Query {
        fields: source.selection(&[]),
        filter: Some(format!("limit {limit}")),
        page_size: Some(u32::try_from(limit.div_ceil(2)).unwrap_or(u32::MAX)),
    };
    let found = run.read(&source, &query).await?;
    let returned = found.distinct(&source.key()).len();
    run.note(format!("limit {limit}"));
    // Records that are missing between pages are a finding of another check.
    if (1..=limit).contains(&returned) {
        return Ok(());
    }
    let finding = Finding::new(
        format!("`limit {limit}` returned {returned} records"),
        format!("{}, on all pages together", limit.min(count)),
    );
    keep_fault(run, "data.limit-respected", &finding);
    Err(found.about_first_page(finding).into())
}
