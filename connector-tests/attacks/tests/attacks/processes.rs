//! Commands that are ended while they work: no process, port or file of theirs is left.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::programs::program;
use crate::running::{
    Running, call, is_of_function, processes_with, read_to_end, response_file, wait_until,
};

const COMMANDS: [&str; 4] = ["local", "invoke", "test", "demo"];
const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL];

/// The signals that end a command. Under `nohup` HUP is ignored, by the commands as well.
fn signals() -> Vec<Signal> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.unwrap().trim(), 16).unwrap();
    let mut signals = SIGNALS.to_vec();
    signals.retain(|signal| ignored & (1 << (signal.as_raw() - 1)) == 0);
    signals
}

/// Starts every command in turn, ends it during a call with every signal in turn.
fn start_call_kill(rounds: usize) {
    let signals = signals();
    for round in 0..rounds {
        let command = COMMANDS[round % COMMANDS.len()];
        let signal = signals[round / COMMANDS.len() % signals.len()];
        let (mut running, _call) = Running::with_open_call(command);
        running.send(signal);
        let code = running.exit_code();
        println!("{command} {signal:?}: exit code {code:?}");
        running.assert_nothing_left();
    }
}

#[test]
fn every_command_ends_with_all_its_processes_on_every_signal() {
    start_call_kill(COMMANDS.len() * SIGNALS.len());
}

#[test]
#[ignore = "takes minutes"]
fn three_hundred_times_nothing_is_left() {
    start_call_kill(300);
}

#[test]
fn a_killed_process_group_leaves_nothing() {
    for command in COMMANDS {
        let (mut running, _call) = Running::with_open_call(command);
        kill_process_group(running.id(), Signal::KILL).unwrap();
        running.assert_nothing_left();
    }
}

#[test]
fn any_process_of_the_command_can_be_killed() {
    let (first, _call) = Running::with_open_call("local");
    let own = |running: &Running| -> Vec<PathBuf> {
        let mut own = running.processes();
        own.retain(|process| {
            std::fs::read_link(process.join("exe"))
                .is_ok_and(|path| path == program("cargo-appflow").canonicalize().unwrap())
        });
        own.sort();
        own
    };
    for position in 0..own(&first).len() {
        let (mut running, _call) = Running::with_open_call("local");
        let process = own(&running).swap_remove(position);
        let id = process.file_name().unwrap().to_str().unwrap().parse();
        kill_process(Pid::from_raw(id.unwrap()).unwrap(), Signal::KILL).unwrap();
        running.assert_nothing_left();
    }
}

/// Nobody is left who could clean up. A function ends when it next asks its Runtime API, which is
/// gone: one without a call at once, one with a call after it.
#[test]
fn a_function_ends_by_itself_if_all_processes_of_the_command_are_killed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mark = format!("ATTACK_MARK={}", folder.path().display());
    let function = format!("f={}", program("salesforce-connector").display());
    let mut local = Command::new(program("cargo-appflow"))
        .args([
            "local",
            "--in-memory",
            "--port",
            "0",
            "--function",
            &function,
            "--env",
            &mark,
        ])
        .env("ATTACK_MARK", folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(local.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("export AWS_ENDPOINT_URL=http://")
        .unwrap();
    read_to_end(call(address));
    let (functions, own): (Vec<PathBuf>, Vec<PathBuf>) = processes_with(&mark)
        .into_iter()
        .partition(|process| is_of_function(process));
    assert_eq!((functions.len(), own.len()), (1, 3));
    // A stopped process takes no notice of the end of another one.
    for signal in [Signal::STOP, Signal::KILL] {
        for process in &own {
            let id = process.file_name().unwrap().to_str().unwrap().parse();
            kill_process(Pid::from_raw(id.unwrap()).unwrap(), signal).unwrap();
        }
    }
    local.wait().unwrap();
    wait_until("the function ends", || processes_with(&mark).is_empty());
}

#[test]
fn half_a_request_does_not_keep_local_from_ending() {
    for signal in signals() {
        if signal == Signal::KILL {
            continue;
        }
        let mut running = Running::start("local");
        let address = running.local.as_ref().unwrap().0.clone();
        let mut head = TcpStream::connect(&address).unwrap();
        head.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
        let mut body = TcpStream::connect(&address).unwrap();
        let half = format!("POST / HTTP/1.1\r\nHost: {address}\r\nContent-Length: 9\r\n\r\nhalf");
        body.write_all(half.as_bytes()).unwrap();
        running.send(signal);
        assert_eq!(running.exit_code(), Some(0));
        running.assert_nothing_left();
    }
}

#[test]
fn a_call_may_end_in_the_grace_time() {
    let (mut running, call) = Running::with_open_call("local");
    running.send(Signal::INT);
    std::fs::write(response_file(&running.folder), "").unwrap();
    let response = read_to_end(call.unwrap());
    assert!(response.ends_with(r#"{"isSuccess": true}"#), "{response}");
    assert_eq!(running.exit_code(), Some(0));
    running.assert_nothing_left();
}

#[test]
fn the_second_signal_does_not_wait_for_the_call() {
    let (mut running, call) = Running::with_open_call("local");
    running.send(Signal::INT);
    // Signals of one kind that are sent too fast count as one.
    sleep(Duration::from_millis(200));
    running.send(Signal::INT);
    assert_eq!(read_to_end(call.unwrap()), "");
    assert_eq!(running.exit_code(), Some(128 + Signal::INT.as_raw()));
    running.assert_nothing_left();
}
