//! Commands that run while they are attacked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::programs::{example, program};

/// Ends a test that hangs.
const LONG: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(10);
/// A host name that `local` is told to allow.
pub const ALLOWED_HOST: &str = "host.docker.internal";
/// The function itself and its three children.
const FUNCTION_PROCESSES: usize = 4;

/// A command that runs with a call in progress, in a folder and a process group of its own.
pub struct Running {
    pub process: Child,
    /// A variable in the environment of every process of this run.
    mark: String,
    pub folder: TempDir,
    /// `local` only: the address, and the rest of its output.
    pub local: Option<(String, BufReader<ChildStdout>)>,
}

impl Running {
    /// Starts a command, and its call if it makes one by itself.
    pub fn start(command: &str) -> Self {
        Self::start_with_open_files(command, 1024)
    }

    /// The same with a limit of open files.
    pub fn start_with_open_files(command: &str, limit: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mark = format!("ATTACK_MARK={}", folder.path().display());
        let function = format!(
            "env '{mark}' '{}' '{}'",
            example("stubborn_function").display(),
            response_file(&folder).display()
        );
        let work = folder.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let mut started = Command::new("sh");
        started
            .arg("-c")
            .arg(format!("ulimit -n {limit} && exec \"$0\" \"$@\""))
            .arg(program("cargo-appflow"))
            .current_dir(&work)
            .env("ATTACK_MARK", folder.path())
            .env("TMPDIR", &work)
            .arg(command)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0);
        match command {
            "local" => started.args([
                "--port",
                "0",
                "--data-dir",
                folder.path().join("state").to_str().unwrap(),
                "--allow-host",
                ALLOWED_HOST,
                "--function",
                &format!("f={function}"),
            ]),
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
            let address = line.trim().strip_prefix("export AWS_ENDPOINT_URL=http://");
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
    pub fn with_open_call(command: &str) -> (Self, Option<TcpStream>) {
        let running = Self::start(command);
        let call = running.local.as_ref().map(|(address, _)| call(address));
        wait_until("the function runs", || {
            let marked = running.processes();
            let functions = marked.iter().filter(|process| is_of_function(process));
            functions.count() == FUNCTION_PROCESSES
        });
        (running, call)
    }

    /// The address that `local` serves.
    pub fn address(&self) -> &str {
        &self.local.as_ref().unwrap().0
    }

    /// The peak resident memory of the process that does the work, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let process = self.worker();
        let status = std::fs::read_to_string(process.join("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
        kilobytes.parse::<u64>().unwrap() * 1024
    }

    /// The process that serves.
    fn worker(&self) -> PathBuf {
        let is_worker = |process: &PathBuf| {
            let name = std::fs::read_to_string(process.join("comm"));
            name.is_ok_and(|name| name == "appflow-work\n")
        };
        self.processes().into_iter().find(is_worker).unwrap()
    }

    pub fn id(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    pub fn send(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// The processes of this run that are alive.
    pub fn processes(&self) -> Vec<PathBuf> {
        processes_with(&self.mark)
    }

    /// Waits for the end of the command and returns its exit code, if it was not killed.
    pub fn exit_code(&mut self) -> Option<i32> {
        wait_until("the command ends", || {
            self.process.try_wait().unwrap().is_some()
        });
        self.process.wait().unwrap().code()
    }

    /// Panics if a process, the port or a file is left. The command must have been ended.
    pub fn assert_nothing_left(&mut self) {
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

pub fn response_file(folder: &TempDir) -> PathBuf {
    folder.path().join("respond")
}

/// The folders in /proc of the processes with this variable in their environment.
pub fn processes_with(mark: &str) -> Vec<PathBuf> {
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
pub fn is_of_function(process: &Path) -> bool {
    let variables = std::fs::read(process.join("environ")).unwrap_or_default();
    let mut variables = variables.split(|byte| *byte == 0);
    let command = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
    variables.any(|variable| variable.starts_with(b"AWS_LAMBDA_RUNTIME_API="))
        && !command.starts_with("sh\0")
        && !command.starts_with("env\0")
        && !command.starts_with("setsid\0")
}

/// Starts a call of the function `f` of `local`.
pub fn call(address: &str) -> TcpStream {
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

pub fn read_to_end(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The number of open files of the process that serves.
pub fn open_files(running: &Running) -> usize {
    std::fs::read_dir(running.worker().join("fd"))
        .unwrap()
        .count()
}

pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LONG, "waited for this: {what}");
        sleep(PAUSE);
    }
}
