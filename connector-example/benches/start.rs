//! The time from the start of the process to its first response, by the host's clock: the median of
//! twenty starts.

use std::time::Duration;

use lambda_process_host::{CommandLine, Function, FunctionConfig};

const STARTS: usize = 20;
const EVENT: &str = r#"{"type": "DescribeConnectorConfigurationRequest"}"#;

struct Start {
    init: Duration,
    call: Duration,
    peak_memory_bytes: Option<u64>,
}

#[tokio::main]
async fn main() {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start().await);
    }
    let milliseconds = |time: fn(&Start) -> Duration| {
        let mut times: Vec<Duration> = starts.iter().map(time).collect();
        times.sort_unstable();
        times[STARTS / 2].as_secs_f64() * 1_000.0
    };
    println!("median of {STARTS} starts:");
    println!(
        "  start of the process to its first poll  {:6.2} ms",
        milliseconds(|start| start.init)
    );
    println!(
        "  first call                              {:6.2} ms",
        milliseconds(|start| start.call)
    );
    println!(
        "  start to first response                 {:6.2} ms",
        milliseconds(|start| start.init + start.call)
    );
    if let Some(bytes) = starts
        .iter()
        .filter_map(|start| start.peak_memory_bytes)
        .max()
    {
        println!(
            "  peak memory, the highest of all         {:6} kB",
            bytes / 1_000
        );
    }
}

async fn start() -> Start {
    let command = CommandLine::new(env!("CARGO_BIN_EXE_salesforce-connector"));
    let function =
        Function::new(FunctionConfig::new("salesforce-connector", command)).expect("a function");
    let outcome = function.invoke(EVENT).await.expect("an outcome");
    outcome.result.expect("a response");
    Start {
        init: outcome.init_duration.expect("a new process"),
        call: outcome.duration,
        peak_memory_bytes: outcome.peak_memory_bytes,
    }
}
