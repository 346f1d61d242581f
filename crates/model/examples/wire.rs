//! Reads JSON lines, decodes each with the model, and writes what it decoded back as JSON.
//!
//! A line in: `{"kind": "request", "json": …}`, or with the name of a response or
//! `EntityDefinition` as the kind. A line out: `{"ok": …}`, or `{"error": "…"}` if the model
//! rejects it.
//!
//! ```text
//! echo '{"kind":"request","json":{"type":"DescribeConnectorConfigurationRequest"}}' | cargo run --example wire
//! ```

use std::io::{self, BufRead, Write};

use appflow_connector_model::{
    ConnectorRequest, DescribeConnectorConfigurationResponse, DescribeEntityResponse,
    EntityDefinition, ListEntitiesResponse, QueryDataResponse, RetrieveDataResponse,
    ValidateConnectorRuntimeSettingsResponse, ValidateCredentialsResponse, WriteDataResponse,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Line<'a> {
    kind: String,
    #[serde(borrow)]
    json: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok(Box<RawValue>),
    Error(String),
}

fn main() -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let outcome = rewrite(&line?).map_or_else(Outcome::Error, Outcome::Ok);
        serde_json::to_writer(&mut output, &outcome)?;
        writeln!(output)?;
    }
    output.flush()
}

fn rewrite(line: &str) -> Result<Box<RawValue>, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let json = line.json.get();
    match line.kind.as_str() {
        "request" => ConnectorRequest::from_slice(json.as_bytes())
            .map_err(|error| error.to_string())
            .and_then(|request| written(&request)),
        "DescribeConnectorConfigurationResponse" => {
            read_and_write::<DescribeConnectorConfigurationResponse>(json)
        }
        "ValidateConnectorRuntimeSettingsResponse" => {
            read_and_write::<ValidateConnectorRuntimeSettingsResponse>(json)
        }
        "ValidateCredentialsResponse" => read_and_write::<ValidateCredentialsResponse>(json),
        "ListEntitiesResponse" => read_and_write::<ListEntitiesResponse>(json),
        "DescribeEntityResponse" => read_and_write::<DescribeEntityResponse>(json),
        "QueryDataResponse" => read_and_write::<QueryDataResponse>(json),
        "RetrieveDataResponse" => read_and_write::<RetrieveDataResponse>(json),
        "WriteDataResponse" => read_and_write::<WriteDataResponse>(json),
        "EntityDefinition" => read_and_write::<EntityDefinition>(json),
        other => Err(format!("unknown kind `{other}`")),
    }
}

fn read_and_write<T: DeserializeOwned + Serialize>(json: &str) -> Result<Box<RawValue>, String> {
    let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
    written(&value)
}

fn written<T: Serialize>(value: &T) -> Result<Box<RawValue>, String> {
    serde_json::value::to_raw_value(value).map_err(|error| error.to_string())
}
