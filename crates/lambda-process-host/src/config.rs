use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;

/// A program and its arguments. No shell is involved.
///
/// ```
/// use lambda_process_host::CommandLine;
///
/// let parsed: CommandLine = "python3 -m awslambdaric 'my handler.main'".parse()?;
/// let built = CommandLine::new("python3")
///     .argument("-m")
///     .argument("awslambdaric")
///     .argument("my handler.main");
/// assert_eq!(parsed, built);
/// # Ok::<(), lambda_process_host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// A path, or a name that is looked up in `PATH`. A relative path is relative to the host's
    /// working directory.
    pub program: PathBuf,
    /// The program's arguments, without its name.
    pub arguments: Vec<OsString>,
}

impl CommandLine {
    /// A program without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }
}

/// Splits words and quotations as a POSIX shell does. Variables, patterns and `~` are not expanded.
///
/// # Errors
/// [`Error::InvalidCommandLine`] if the text has no words, or a quotation in it is not closed.
impl FromStr for CommandLine {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = shlex::split(text).unwrap_or_default().into_iter();
        let program = words
            .next()
            .ok_or_else(|| Error::InvalidCommandLine(text.to_owned()))?;
        Ok(Self {
            program: program.into(),
            arguments: words.map(OsString::from).collect(),
        })
    }
}

/// A function and how it is run. [`FunctionConfig::new`] sets the defaults; change the fields as
/// needed.
///
/// ```
/// use std::time::Duration;
/// use lambda_process_host::FunctionConfig;
///
/// let command = "target/debug/my-connector --verbose".parse()?;
/// let mut config = FunctionConfig::new("my-connector", command);
/// config.timeout = Duration::from_secs(3);
/// config.environment.insert("RUST_LOG".into(), "debug".into());
/// # Ok::<(), lambda_process_host::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct FunctionConfig {
    /// The function's name: 1 to 64 letters, digits, `-` or `_`.
    pub name: String,
    /// The program that speaks the Lambda Runtime API.
    pub command: CommandLine,
    /// Variables of the process, in addition to those that Lambda sets and those passed on from the
    /// host. They override both.
    pub environment: BTreeMap<OsString, OsString>,
    /// The process's working directory and `LAMBDA_TASK_ROOT`. `None`: the host's working
    /// directory.
    pub task_root: Option<PathBuf>,
    /// How long a call may take. Default: 30 s, the time that AppFlow grants for calls with data.
    /// Lambda's own default is 3 s.
    pub timeout: Duration,
    /// How long the process may take from its start to its first request for an invocation.
    /// Default: 10 s, as on Lambda.
    pub init_timeout: Duration,
    /// Passed to the process in `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB. Not enforced as a limit.
    /// Default: 512.
    pub memory_size_mb: u32,
    /// The AWS account in the function's ARN: 12 digits. Default: 123456789012, the example account
    /// of the AWS documentation.
    pub account: String,
    /// The AWS region in the process's environment and in its ARN. Default: `us-east-1`.
    pub region: String,
    /// A file to which everything that the process writes to stdout and stderr is appended.
    /// Default: `None`.
    pub log_file: Option<PathBuf>,
}

impl FunctionConfig {
    /// Returns a configuration with the defaults. The name and the region are checked by
    /// [`Function::new`](crate::Function::new).
    pub fn new(name: impl Into<String>, command: CommandLine) -> Self {
        Self {
            name: name.into(),
            command,
            environment: BTreeMap::new(),
            task_root: None,
            timeout: Duration::from_secs(30),
            init_timeout: Duration::from_secs(10),
            memory_size_mb: 512,
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            log_file: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_region =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=64).contains(&self.name.len()) || !self.name.bytes().all(is_name) {
            return Err(Error::InvalidName(self.name.clone()));
        }
        if !(1..=64).contains(&self.region.len()) || !self.region.bytes().all(is_region) {
            return Err(Error::InvalidRegion(self.region.clone()));
        }
        if self.account.len() != 12 || !self.account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::InvalidAccount(self.account.clone()));
        }
        Ok(())
    }

    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:lambda:{}:{}:function:{}",
            self.region, self.account, self.name
        )
    }
}

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_needs_a_program_and_closed_quotations() {
        for text in ["", "   ", "a 'b"] {
            let error = text.parse::<CommandLine>().unwrap_err();
            assert!(
                matches!(error, Error::InvalidCommandLine(ref reported) if reported == text),
                "{error:?}"
            );
        }
    }

    #[test]
    fn names_that_lambda_rejects_are_rejected() {
        let check = |name: &str| FunctionConfig::new(name, CommandLine::new("x")).check();
        assert!(check("my-connector_2").is_ok());
        for name in ["", "a:b", "a/b", "a\nb", &"a".repeat(65)] {
            assert!(
                matches!(check(name), Err(Error::InvalidName(_))),
                "{name:?}"
            );
        }
    }

    #[test]
    fn an_account_has_12_digits() {
        let mut config = FunctionConfig::new("x", CommandLine::new("x"));
        for account in ["", "12345678901", "12345678901a", "1234567890123"] {
            config.account = account.to_owned();
            assert!(
                matches!(config.check(), Err(Error::InvalidAccount(_))),
                "{account}"
            );
        }
    }

    #[test]
    fn a_region_that_could_break_a_header_is_rejected() {
        let mut config = FunctionConfig::new("x", CommandLine::new("x"));
        config.region = "eu-central-1\r\n".to_owned();
        assert!(matches!(config.check(), Err(Error::InvalidRegion(_))));
    }
}
