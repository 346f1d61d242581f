//! `cargo appflow filter sql`, `soql` and `odata`: translates a filter for an application.

use std::process::ExitCode;

use appflow_connector_queryfilter::translate::sea_query::Value;
use appflow_connector_queryfilter::translate::{self, Pushdown, SqlDialect, Translator};
use clap::{Args, ValueEnum};
use miette::Result;

use super::FilterOfEntity;
use crate::output::{self, OutputError};

/// Translate a filter to the condition of an SQL statement.
///
/// Prints the condition, its parameters, the limit, and the residual that the connector must
/// evaluate.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter sql 'id > 7 and id < 9'")]
pub struct Sql {
    #[command(flatten)]
    filter: FilterOfEntity,

    /// The database.
    #[arg(long)]
    dialect: Dialect,
}

#[derive(Clone, Copy, ValueEnum)]
enum Dialect {
    Postgres,
    Mysql,
    Sqlite,
}

/// Translate a filter to the condition of a SOQL query for Salesforce.
///
/// Prints the condition, the limit, and the residual that the connector must evaluate.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter soql 'id > 7 and id < 9'")]
pub struct Soql {
    #[command(flatten)]
    filter: FilterOfEntity,
}

/// Translate a filter to OData's `$filter`.
///
/// Prints its value without percent-encoding, the limit for `$top`, and the residual that the
/// connector must evaluate.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter odata 'id > 7 and id < 9'")]
pub struct OData {
    #[command(flatten)]
    filter: FilterOfEntity,

    /// The version of OData.
    #[arg(long, default_value = "4.0")]
    version: Version,
}

#[derive(Clone, Copy, ValueEnum)]
enum Version {
    #[value(name = "4.0")]
    V4,
    #[value(name = "4.01")]
    V4_01,
}

impl Sql {
    pub fn run(self) -> Result<ExitCode> {
        let dialect = match self.dialect {
            Dialect::Postgres => SqlDialect::Postgres,
            Dialect::Mysql => SqlDialect::MySql,
            Dialect::Sqlite => SqlDialect::Sqlite,
        };
        self.filter.translate(&dialect, |condition| {
            let (text, parameters) = dialect.render(condition);
            print_line("condition", &text)?;
            for (index, parameter) in parameters.iter().enumerate() {
                print_line(&format!("parameter {}", index + 1), &shown(parameter))?;
            }
            Ok(())
        })
    }
}

impl Soql {
    pub fn run(self) -> Result<ExitCode> {
        self.filter.translate(&translate::Soql, |condition| {
            print_line("condition", condition)
        })
    }
}

impl OData {
    pub fn run(self) -> Result<ExitCode> {
        let version = match self.version {
            Version::V4 => translate::OData::V4,
            Version::V4_01 => translate::OData::V4_01,
        };
        self.filter
            .translate(&version, |condition| print_line("condition", condition))
    }
}

impl FilterOfEntity {
    fn translate<T: Translator>(
        &self,
        target: &T,
        print_condition: impl FnOnce(&T::Output) -> Result<(), OutputError>,
    ) -> Result<ExitCode> {
        let filter = self.parse()?;
        let entity = self.entity(&filter)?;
        let Pushdown {
            condition,
            limit,
            residual,
        } = target.translate(&self.bind(&filter, &entity)?);
        match condition {
            Some(condition) => print_condition(&condition)?,
            None => print_line("condition", "none: the application returns every record")?,
        }
        if let Some(limit) = limit {
            print_line("limit", &limit.to_string())?;
        }
        if !residual.is_empty() {
            print_line("residual", &residual.to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_line(name: &str, value: &str) -> Result<(), OutputError> {
    output::line(format!("{name:12} {value}"))
}

/// Formats a parameter's value. Text is quoted.
fn shown(parameter: &Value) -> String {
    match parameter {
        Value::String(Some(text)) => format!("{text:?}"),
        Value::Bool(Some(boolean)) => boolean.to_string(),
        Value::Int(Some(number)) => number.to_string(),
        Value::BigInt(Some(number)) => number.to_string(),
        Value::Double(Some(number)) => number.to_string(),
        Value::BigDecimal(Some(number)) => number.to_plain_string(),
        other => format!("{other:?}"),
    }
}
