//! Moves the clock of a running endpoint, so that scheduled flows run.

use std::process::ExitCode;

use clap::Args;
use miette::Result;
use serde_json::json;

use super::admin::Endpoint;
use crate::api::Api;
use crate::output;

/// Move the clock of a running `cargo appflow local` forward, so that scheduled flows run.
///
/// Scheduled times that lie in between become one run of each flow, as they do when AppFlow is late.
#[derive(Args)]
#[command(after_help = "Example: cargo appflow local advance 1h")]
pub struct Advance {
    #[command(flatten)]
    endpoint: Endpoint,

    /// How far: a number and s, m, h, d or w, such as 90s, 5m or 1h.
    #[arg(value_name = "TIME", value_parser = seconds)]
    time: u64,
}

impl Advance {
    pub async fn run(self) -> Result<ExitCode> {
        let advanced = Api::new(&self.endpoint.url)?
            .call(
                "_appflow-local/clock",
                &json!({"advanceSeconds": self.time}),
            )
            .await?;
        let now = advanced["now"].as_f64().unwrap_or_default();
        output::line(format!("The time is {}", super::runs::date_time(now)))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads a time in seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err("a time has a unit: s, m, h, d or w".to_owned()),
    };
    let count: u32 = digits
        .parse()
        .map_err(|_| "a time is a whole number and a unit".to_owned())?;
    Ok(u64::from(count) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("1h"), Ok(3_600));
        assert_eq!(seconds("2d"), Ok(172_800));
        assert_eq!(seconds("1w"), Ok(604_800));
        for text in ["", "1", "h", "1.5h", "-1h", "1 h", "1y", "1hm"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
