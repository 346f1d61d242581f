//! The medians as a Markdown table, and the place of that table in a file.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::median::median;
use crate::program::{IS_RELEASE, Result};
use crate::round::{Round, WARM_CALLS};
use crate::servers::RECORDS;

const BEGIN: &str = "<!-- speed/run --write begins here -->\n";
const END: &str = "<!-- speed/run --write ends here -->\n";

/// All measurements.
pub(crate) struct Report {
    pub(crate) columns: Vec<Column>,
    pub(crate) bare_gets: Vec<Duration>,
    pub(crate) page_bytes: usize,
}

/// The measurements of one connector and of its SDK's filter parser.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) rounds: Vec<Round>,
    /// Empty if the SDK has no parser.
    pub(crate) filter_parses: Vec<Duration>,
    pub(crate) package_bytes: u64,
    /// The version of the language's runtime, if the connector needs one.
    pub(crate) runtime: Option<String>,
}

impl Column {
    fn milliseconds(&self, time: fn(&Round) -> Duration) -> f64 {
        median(self.rounds.iter().map(time).collect()).as_secs_f64() * 1e3
    }

    fn peak_memory(&self) -> Option<f64> {
        let peaks: Option<Vec<u64>> = self
            .rounds
            .iter()
            .map(|round| round.peak_memory_bytes)
            .collect();
        peaks.map(|peaks| megabytes(median(peaks)))
    }

    fn filter_parse(&self) -> Option<f64> {
        let times = &self.filter_parses;
        (!times.is_empty()).then(|| median(times.clone()).as_secs_f64() * 1e6)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        writeln!(formatter, "| medians | {} |", names.join(" | "))?;
        writeln!(formatter, "|---|{}", "---|".repeat(names.len()))?;
        let mut row = |what: &str, value: &dyn Fn(&Column) -> Option<f64>| {
            let cells: Vec<String> = self
                .columns
                .iter()
                .map(|column| cell(value(column)))
                .collect();
            writeln!(formatter, "| {what} | {} |", cells.join(" | "))
        };
        row(
            "start of the process to its first response (describe configuration), ms",
            &|column| Some(column.milliseconds(|round| round.start)),
        )?;
        row(
            &format!("the first query call, {RECORDS} records, ms"),
            &|column| Some(column.milliseconds(|round| round.first_query)),
        )?;
        row(
            &format!("a later query call, {RECORDS} records, ms"),
            &|column| Some(column.milliseconds(|round| round.warm_query)),
        )?;
        row(
            &format!("peak memory after {} query calls, MB", WARM_CALLS + 1),
            &Column::peak_memory,
        )?;
        row(
            "parsing one filter, mean of eight typical ones, µs",
            &Column::filter_parse,
        )?;
        row("the package, zipped, MB", &|column| {
            Some(megabytes(column.package_bytes))
        })?;
        writeln!(formatter)?;
        self.conditions(formatter)
    }
}

impl Report {
    fn conditions(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = megabytes(self.page_bytes as u64);
        let bare_get = median(self.bare_gets.clone()).as_secs_f64() * 1e3;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtimes = self
            .columns
            .iter()
            .filter_map(|column| column.runtime.as_deref());
        let machine: Vec<String> = [
            format!("{cores} cores"),
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ]
        .into_iter()
        .chain(runtimes.map(str::to_owned))
        .chain([format!("{} rounds", self.bare_gets.len())])
        .collect();
        writeln!(
            formatter,
            "The page has {page:.2} MB; a bare GET of it, by reqwest, takes {} ms. {}.",
            cell(Some(bare_get)),
            machine.join(", ")
        )?;
        if self.columns.len() < 3 {
            writeln!(formatter, "Java is skipped: it needs Maven.")?;
        }
        if !IS_RELEASE {
            writeln!(
                formatter,
                "Our connector is a dev build: the figures mean nothing."
            )?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Formats a value with three significant digits.
fn cell(value: Option<f64>) -> String {
    match value {
        None => "—".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// Replaces the text between the file's two markers.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    let page = std::fs::read_to_string(file)?;
    let page =
        with_text(&page, text).ok_or_else(|| format!("{} lacks its markers", file.display()))?;
    Ok(std::fs::write(file, page)?)
}

fn with_text(page: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{text}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_between_the_markers_is_replaced() {
        let page = format!("# Title\n\n{BEGIN}old\n{END}\n## Next\n");
        let written = with_text(&page, "new\n").unwrap();
        assert_eq!(
            written,
            format!("# Title\n\n{BEGIN}\nnew\n\n{END}\n## Next\n")
        );
        assert_eq!(with_text(&written, "new\n").as_ref(), Some(&written));
        assert_eq!(with_text("# Title\n", "new\n"), None);
    }

    #[test]
    fn a_cell_has_three_digits() {
        assert_eq!(cell(Some(2.345)), "2.35");
        assert_eq!(cell(Some(23.45)), "23.4");
        assert_eq!(cell(Some(234.5)), "234");
        assert_eq!(cell(None), "—");
    }
}
