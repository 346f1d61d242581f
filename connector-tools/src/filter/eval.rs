//! `cargo appflow filter eval`: evaluates a filter on records.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use appflow_connector_model::Record;
use clap::Args;
use miette::{Context, IntoDiagnostic, Result, miette};

use super::FilterOfEntity;
use crate::output::{self, Output};

/// Print the records that match a filter.
///
/// The numbers of records that match and that were read are printed to standard error.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter eval 'id > 7' --records tickets.jsonl")]
pub struct Eval {
    #[command(flatten)]
    filter: FilterOfEntity,

    /// The file with the records, one JSON object per line; - for standard input.
    #[arg(long, value_name = "FILE")]
    records: PathBuf,

    /// Compare text without regard to upper and lower case.
    #[arg(long)]
    ignore_case: bool,
}

impl Eval {
    pub fn run(self) -> Result<ExitCode> {
        let filter = self.filter.parse()?;
        let entity = self.filter.entity(&filter)?;
        let mut bound = self.filter.bind(&filter, &entity)?;
        if self.ignore_case {
            bound = bound.ignoring_case();
        }
        let limit = bound.limit().unwrap_or(u64::MAX);

        let mut output = Output::new();
        let mut read = 0_u64;
        let mut matching = 0_u64;
        for (index, line) in self.lines()?.enumerate() {
            let place = || format!("{}, line {}", self.records.display(), index + 1);
            let line = line.into_diagnostic().wrap_err_with(place)?;
            if line.trim().is_empty() {
                continue;
            }
            let record = Record::from_json(line)
                .into_diagnostic()
                .wrap_err_with(place)?;
            read += 1;
            if bound
                .matches(&record)
                .into_diagnostic()
                .wrap_err_with(place)?
            {
                matching += 1;
                // Between JSON's tokens a carriage return is a space.
                output.line(record.as_str().replace('\r', " "))?;
                if matching == limit {
                    break;
                }
            }
        }
        output.end()?;
        output::note(format!("{matching} of {read} records"));
        Ok(ExitCode::SUCCESS)
    }

    fn lines(&self) -> Result<Box<dyn Iterator<Item = io::Result<String>>>> {
        if self.records.as_os_str() == "-" {
            return Ok(Box::new(BufReader::new(io::stdin()).lines()));
        }
        let file = File::open(&self.records)
            .map_err(|error| miette!("cannot open {}: {error}", self.records.display()))?;
        Ok(Box::new(BufReader::new(file).lines()))
    }
}
