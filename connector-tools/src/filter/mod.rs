//! `cargo appflow filter`: parses, checks, translates and evaluates filters.

mod check;
mod diagnostic;
mod entity;
mod eval;
mod parse;
mod translate;

use std::path::PathBuf;
use std::process::ExitCode;

use appflow_connector_model::EntityDefinition;
use appflow_connector_queryfilter::{BoundFilter, Filter};
use clap::{Args, Subcommand};
use miette::Result;

/// Parse, check, translate and evaluate filters.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter soql 'city = \"Austin\" and not open'")]
pub struct FilterCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Parse(parse::Parse),
    Check(check::Check),
    Sql(translate::Sql),
    Soql(translate::Soql),
    Odata(translate::OData),
    Eval(eval::Eval),
}

impl FilterCommand {
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Parse(parse) => parse.run(),
            Command::Check(check) => check.run(),
            Command::Sql(sql) => sql.run(),
            Command::Soql(soql) => soql.run(),
            Command::Odata(odata) => odata.run(),
            Command::Eval(eval) => eval.run(),
        }
    }
}

/// A filter and its entity.
#[derive(Args)]
struct FilterOfEntity {
    /// The filter expression.
    expression: String,

    /// The file with the entity's definition: an EntityDefinition, or a connector's response to
    /// DescribeEntity. Without it, every field has the type of the values that the filter compares
    /// it with, and supports every operator.
    #[arg(long, value_name = "FILE")]
    entity: Option<PathBuf>,
}

impl FilterOfEntity {
    fn parse(&self) -> Result<Filter> {
        Ok(appflow_connector_queryfilter::parse(&self.expression)
            .map_err(|error| diagnostic::of_parse(&error))?)
    }

    fn entity(&self, filter: &Filter) -> Result<EntityDefinition> {
        match &self.entity {
            Some(file) => entity::read(file),
            None => Ok(entity::inferred(filter)),
        }
    }

    fn bind<'e>(&self, filter: &Filter, entity: &'e EntityDefinition) -> Result<BoundFilter<'e>> {
        let bound = filter.bind(entity);
        Ok(bound.map_err(|error| diagnostic::of_bind(&error, &self.expression))?)
    }
}
