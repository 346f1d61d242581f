//! Commands that are ended while they work: no process, port or file of theirs is left.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::programs::{example, program};

/// Ends a test that hangs.
const LONG: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(10);
const COMMANDS: [&str; 4] = ["local", "invoke", "test", "demo"];
const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::KILL];
/// The function itself and its three children.
const FUNCTION_PROCESSES: usize = 4;

/// A command that runs with a call in progress, in a folder and a process group of its own.
struct Running {
    process: Child,
    /// A variable in the environment of every process of this run.
    mark: String,
    folder: TempDir,
    /// `local` only: the address, and the rest of its output.
    local: Option<(String, BufReader<ChildStdout>)>,
}

impl Running {
    /// Starts a command, and its call if it makes one by itself.
    fn start(command: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mark = format!("ATTACK_MARK={}", folder.path().display());
        let function = format!(
            "env '{mark}' '{}' '{}'",
            example("stubborn_function").display(),
            response_file(&folder).display()
        );
        let work = folder.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let mut started = Command::new(program("cargo-appflow"));
        started
            .current_dir(&work)
            .env("ATTACK_MARK", folder.path())
            .env("TMPDIR", &work)
            .arg(command)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0);
        match command {
            "local" => started.args(["--port", "0", "--function", &format!("f={function}")]),
            "invoke" => started.args(["--event", "-", "--command", &function]),
            "test" => {
                let config = folder.path().join("config.json");
                let text =
                    r#"{"runtimeSettings": {}, "credentials": {}, "testEntityIdentifier": "A"}"#;
                std::fs::write(&config, text).unwrap();
                let helper = "sh -c '(setsid sleep 1000 &); echo ready; sleep 1000'";
                started
                    .arg("--config")
                    .arg(config)
                    .args(["--with", helper, "--command", &function])
            }
            "demo" => started.args(["--output", ".", "--command", &function]),
            other => panic!("{other}"),
        };
        let mut process = started.spawn().unwrap();
        let local = (command == "local").then(|| {
            let mut line = String::new();
            let mut output = BufReader::new(process.stdout.take().unwrap());
            output.read_line(&mut line).unwrap();
            let address = line.trim().strip_prefix("AWS_ENDPOINT_URL=http://");
            (address.unwrap().to_owned(), output)
        });
        Self {
            process,
            mark,
            folder,
            local,
        }
    }

    /// Starts a command and waits until its call has reached the function.
    fn with_open_call(command: &str) -> (Self, Option<TcpStream>) {
        let running = Self::start(command);
        let call = running.local.as_ref().map(|(address, _)| call(address));
        wait_until("the function runs", || {
            let marked = running.processes();
            let functions = marked.iter().filter(|process| is_of_function(process));
            functions.count() == FUNCTION_PROCESSES
        });
        (running, call)
    }

    fn id(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    fn send(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// The processes of this run that are alive.
    fn processes(&self) -> Vec<PathBuf> {
        processes_with(&self.mark)
    }

    /// Waits for the end of the command and returns its exit code, if it was not killed.
    fn exit_code(&mut self) -> Option<i32> {
        wait_until("the command ends", || {
            self.process.try_wait().unwrap().is_some()
        });
        self.process.wait().unwrap().code()
    }

    /// Panics if a process, the port or a file is left. The command must have been ended.
    fn assert_nothing_left(&mut self) {
        self.exit_code();
        wait_until("every process ends", || self.processes().is_empty());
        if let Some((address, _)) = &self.local {
            assert!(TcpStream::connect(address).is_err(), "the port is open");
        }
        let left: Vec<_> = std::fs::read_dir(self.folder.path().join("work"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Ends what a failed test has left.
impl Drop for Running {
    fn drop(&mut self) {
        for process in self.processes() {
            let id = process.file_name().unwrap().to_str().unwrap();
            let id = Pid::from_raw(id.parse().unwrap()).unwrap();
            let _ = kill_process(id, Signal::KILL);
        }
        let _ = self.process.wait();
    }
}

fn response_file(folder: &TempDir) -> PathBuf {
    folder.path().join("respond")
}

/// The folders in /proc of the processes with this variable in their environment.
fn processes_with(mark: &str) -> Vec<PathBuf> {
    let has_mark = |folder: &PathBuf| {
        let variables = std::fs::read(folder.join("environ")).unwrap_or_default();
        variables
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter(has_mark).collect()
}

/// Whether a process is the function or a child of it: only they know the Runtime API.
fn is_of_function(process: &Path) -> bool {
    let variables = std::fs::read(process.join("environ")).unwrap_or_default();
    let mut variables = variables.split(|byte| *byte == 0);
    let command = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
    variables.any(|variable| variable.starts_with(b"AWS_LAMBDA_RUNTIME_API="))
        && !command.starts_with("sh\0")
        && !command.starts_with("env\0")
        && !command.starts_with("setsid\0")
}

/// Starts a call of the function `f` of `local`.
fn call(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(
        stream,
        "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: {address}\r\n\
         Connection: close\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    stream
}

fn read_to_end(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LONG, "waited for this: {what}");
        sleep(PAUSE);
    }
}

/// Starts every command in turn, ends it during a call with every signal in turn.
fn start_call_kill(rounds: usize) {
    for round in 0..rounds {
        let command = COMMANDS[round % COMMANDS.len()];
        let signal = SIGNALS[round / COMMANDS.len() % SIGNALS.len()];
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

#[test]
fn half_a_request_does_not_keep_local_from_ending() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
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
