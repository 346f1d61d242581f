//! A function for the tests: this test program, started again with the one test that is a client of
//! the Runtime API. The payload's `do` selects its behaviour, the variable `FUNCTION_INIT` its
//! start.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::Duration;

use lambda_process_host::{CommandLine, FunctionConfig};
use serde_json::{Map, Value, json};

pub fn config(name: &str) -> FunctionConfig {
    let command = [
        "support::function_process",
        "--exact",
        "--ignored",
        "--nocapture",
    ]
    .into_iter()
    .fold(
        CommandLine::new(env::current_exe().unwrap()),
        CommandLine::argument,
    );
    FunctionConfig::new(name, command)
}

#[test]
#[ignore = "the function that the other tests call"]
fn function_process() {
    let Ok(api) = env::var("AWS_LAMBDA_RUNTIME_API") else {
        return;
    };
    println!("starting");
    match env::var("FUNCTION_INIT").as_deref() {
        Ok("error") => {
            let report = json!({"errorType": "Function.NoConfig", "errorMessage": "no configuration", "stackTrace": []});
            post(&api, "init/error", &report.to_string());
            exit(1);
        }
        Ok("exit") => {
            eprintln!("cannot start");
            exit(3);
        }
        Ok("sleep") => sleep(Duration::from_mins(10)),
        _ => {}
    }
    let mut calls = 0;
    loop {
        let (headers, event) = next(&api);
        calls += 1;
        serve(&api, calls, &headers, &event);
    }
}

fn serve(api: &str, calls: u32, headers: &Map<String, Value>, event: &Value) {
    let id = headers["lambda-runtime-aws-request-id"].as_str().unwrap();
    let respond = |value: Value| {
        post(
            api,
            &format!("invocation/{id}/response"),
            &value.to_string(),
        )
    };
    match event["do"].as_str().unwrap_or("echo") {
        "echo" => respond(json!({"event": event, "calls": calls})),
        "headers" => respond(Value::Object(headers.clone())),
        "environment" => respond(env::vars().collect()),
        "print" => {
            print!("{}", event["text"].as_str().unwrap());
            std::io::stdout().flush().unwrap();
            eprint!("{}", event["error_text"].as_str().unwrap());
            respond(json!(null))
        }
        "response of size" => {
            let size = usize::try_from(event["size"].as_u64().unwrap()).unwrap();
            let status = post(api, &format!("invocation/{id}/response"), &"1".repeat(size));
            println!("status {status}");
            0
        }
        "error" => post(
            api,
            &format!("invocation/{id}/error"),
            &event["report"].to_string(),
        ),
        "wrong id" => {
            let status = post(
                api,
                "invocation/00000000-0000-0000-0000-000000000000/response",
                "1",
            );
            respond(json!(status))
        }
        "allocate" => {
            let memory = vec![1_u8; usize::try_from(event["bytes"].as_u64().unwrap()).unwrap()];
            respond(json!(
                memory.iter().map(|byte| u64::from(*byte)).sum::<u64>()
            ))
        }
        behaviour @ ("wait for a child" | "wait for a child with a session") => {
            let mut command = Command::new("sleep");
            if behaviour.ends_with("session") {
                // Becomes `sleep`, because it does not lead its process group.
                command = Command::new("setsid");
                command.arg("sleep");
            }
            let mut child = command.arg("600").spawn().unwrap();
            println!("child {}", child.id());
            child.wait().unwrap();
            0
        }
        "respond and exit" => {
            respond(json!("bye"));
            exit(0)
        }
        "exit" => exit(i32::try_from(event["code"].as_i64().unwrap()).unwrap()),
        "abort" => std::process::abort(),
        "sleep" => {
            println!("sleeping");
            sleep(Duration::from_millis(event["ms"].as_u64().unwrap()));
            respond(json!({"calls": calls}))
        }
        other => panic!("unknown behaviour: {other}"),
    };
}

fn next(api: &str) -> (Map<String, Value>, Value) {
    let (_, headers, body) = exchange(api, "GET", "invocation/next", "");
    (headers, serde_json::from_slice(&body).unwrap())
}

fn post(api: &str, path: &str, body: &str) -> u16 {
    exchange(api, "POST", path, body).0
}

fn exchange(api: &str, method: &str, path: &str, body: &str) -> (u16, Map<String, Value>, Vec<u8>) {
    let mut stream = TcpStream::connect(api).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Map::new();
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), json!(value));
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body).unwrap();
    (status, headers, body)
}
