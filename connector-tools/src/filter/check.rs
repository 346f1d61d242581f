//! `cargo appflow filter check`: checks a filter against an entity.

use std::process::ExitCode;

use appflow_connector_queryfilter::BoundFilter;
use appflow_connector_tests::printable;
use clap::Args;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use miette::Result;

use super::FilterOfEntity;
use crate::output;

/// Check a filter against an entity: its fields, their operators and types.
///
/// Prints the filter as it is evaluated and the fields that it tests. The exit code is 1 if the
/// filter is not valid for the entity.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow filter check 'id > 7' --entity tickets.json")]
pub struct Check {
    #[command(flatten)]
    filter: FilterOfEntity,
}

impl Check {
    pub fn run(self) -> Result<ExitCode> {
        let filter = self.filter.parse()?;
        let entity = self.filter.entity(&filter)?;
        let bound = self.filter.bind(&filter, &entity)?;
        output::line(&bound)?;
        if bound.predicate().is_some() {
            output::line(fields(&bound))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn fields(filter: &BoundFilter<'_>) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["field", "type", "label"]);
    for field in filter.fields() {
        let label = field.label.as_deref().unwrap_or_default();
        table.add_row([
            printable(&field.field_name).as_ref(),
            field.data_type.as_str(),
            printable(label).as_ref(),
        ]);
    }
    table
}
