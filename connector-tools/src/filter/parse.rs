//! `cargo appflow filter parse`: prints the syntax tree as JSON.

use std::io::{self, BufRead};
use std::process::ExitCode;

use appflow_connector_queryfilter::{Filter, ParseError, parse};
use clap::Args;
use miette::{IntoDiagnostic, Result};
use serde::Serialize;

use super::diagnostic;
use crate::output::{self, Output};

/// Print the syntax tree of a filter as JSON.
///
/// Without an expression, reads one expression per line from standard input and writes one JSON
/// object per line: `{"ok":true,"filter":…}` or
/// `{"ok":false,"error":{"kind","message","start","end"}}`, with offsets in characters. The exit
/// code is 0 if every expression is a valid filter, otherwise 1.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter parse 'id > 7 and status = \"open\"'")]
pub struct Parse {
    /// The filter expression.
    expression: Option<String>,

    /// Read each line of standard input as a JSON string, so that an expression may have line
    /// breaks.
    #[arg(long, conflicts_with = "expression")]
    json: bool,
}

impl Parse {
    pub fn run(self) -> Result<ExitCode> {
        match &self.expression {
            Some(expression) => {
                let filter = parse(expression).map_err(|error| diagnostic::of_parse(&error))?;
                output::line(serde_json::to_string_pretty(&filter).into_diagnostic()?)?;
                Ok(ExitCode::SUCCESS)
            }
            None => self.parse_lines(),
        }
    }

    fn parse_lines(&self) -> Result<ExitCode> {
        let mut output = Output::new();
        let mut all_are_valid = true;
        for line in io::stdin().lock().split(b'\n') {
            let outcome = self.parse_line(&line.into_diagnostic()?);
            all_are_valid &= outcome.ok;
            output.line(serde_json::to_string(&outcome).into_diagnostic()?)?;
        }
        output.end()?;
        Ok(if all_are_valid {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn parse_line(&self, line: &[u8]) -> Outcome {
        let parsed = self
            .expression_in(line)
            .and_then(|text| parse(&text).map_err(|error| Problem::of(&error)));
        match parsed {
            Ok(filter) => Outcome {
                ok: true,
                filter: Some(filter),
                error: None,
            },
            Err(problem) => Outcome {
                ok: false,
                filter: None,
                error: Some(problem),
            },
        }
    }

    fn expression_in(&self, line: &[u8]) -> Result<String, Problem> {
        if self.json {
            serde_json::from_slice(line)
                .map_err(|error| Problem::unreadable("not_a_json_string", &error))
        } else {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            String::from_utf8(line.to_vec())
                .map_err(|error| Problem::unreadable("not_utf_8", &error))
        }
    }
}

#[derive(Serialize)]
struct Outcome {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

#[derive(Serialize)]
struct Problem {
    kind: &'static str,
    message: String,
    /// Offsets in characters.
    start: usize,
    end: usize,
}

impl Problem {
    fn of(error: &ParseError) -> Self {
        let characters_before = |offset| error.text()[..offset].chars().count();
        Self {
            kind: error.kind().name(),
            message: error.to_string(),
            start: characters_before(error.span().start),
            end: characters_before(error.span().end),
        }
    }

    /// Makes the problem of a line that cannot be read as text.
    fn unreadable(kind: &'static str, error: &impl ToString) -> Self {
        Self {
            kind,
            message: error.to_string(),
            start: 0,
            end: 0,
        }
    }
}
