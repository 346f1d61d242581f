//! The three connectors: how each is started, and what is uploaded to Lambda.

use std::path::{Path, PathBuf};

use lambda_process_host::{CommandLine, Function, FunctionConfig};
use tokio::process::Command;

use crate::program::{Result, output, script};
use crate::servers::Servers;

/// The memory size that the functions are told.
const MEMORY_MB: u32 = 512;

/// The flags of Lambda's Java 17 runtime for a function with [`MEMORY_MB`]. Without `MaxRAM` the
/// JVM would size its heap by this machine's memory.
const JAVA_FLAGS: [&str; 5] = [
    "-XX:+TieredCompilation",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:MaxRAM=512m",
    "-Xmx435m",
];

pub(crate) struct Connector {
    /// The heading of the column.
    pub(crate) name: &'static str,
    kind: Kind,
}

enum Kind {
    Program(PathBuf),
    Python(PathBuf),
    /// The folder `target` of the Maven project.
    Java(PathBuf),
}

impl Connector {
    pub(crate) fn ours(program: PathBuf) -> Self {
        Self {
            name: "ours",
            kind: Kind::Program(program),
        }
    }

    pub(crate) fn python(python: PathBuf) -> Self {
        Self {
            name: "official Python SDK",
            kind: Kind::Python(python),
        }
    }

    pub(crate) fn java(target: PathBuf) -> Self {
        Self {
            name: "official Java SDK",
            kind: Kind::Java(target),
        }
    }

    /// Returns the function, not started yet.
    pub(crate) fn function(&self, servers: &Servers) -> Result<Function> {
        let mut config = FunctionConfig::new("speed", self.command());
        config.memory_size_mb = MEMORY_MB;
        config
            .environment
            .insert("AWS_ENDPOINT_URL".into(), (&servers.secrets_url).into());
        Ok(Function::new(config)?)
    }

    fn command(&self) -> CommandLine {
        match &self.kind {
            Kind::Program(program) => CommandLine::new(program),
            Kind::Python(python) => CommandLine::new(python)
                .argument("-m")
                .argument("awslambdaric")
                .argument(
                    "custom_connector_example.handlers.lambda_handler.salesforce_lambda_handler",
                ),
            Kind::Java(target) => {
                let target = target.display();
                JAVA_FLAGS
                    .into_iter()
                    .fold(CommandLine::new("java"), CommandLine::argument)
                    .argument("-cp")
                    .argument(format!(
                        "{target}/classes:{target}/lib/*:{target}/runtime/*"
                    ))
                    .argument("com.amazonaws.services.lambda.runtime.api.client.AWSLambda")
                    .argument("Connector::handleRequest")
            }
        }
    }

    /// Returns the size of the zip file that is uploaded.
    pub(crate) async fn package_bytes(&self, python: &Path) -> Result<u64> {
        let mut command = Command::new(python);
        command.arg(script("package_size.py"));
        match &self.kind {
            Kind::Program(program) => command.arg("program").arg(program),
            Kind::Python(_) => command.arg("python"),
            Kind::Java(target) => command.arg("java").arg(target),
        };
        Ok(output(&mut command).await?.parse()?)
    }

    /// Returns the version of the language's runtime, as it reports it. `None` if the connector
    /// needs none.
    pub(crate) async fn runtime(&self) -> Result<Option<String>> {
        let program = match &self.kind {
            Kind::Program(_) => return Ok(None),
            Kind::Python(python) => python.as_path(),
            Kind::Java(_) => Path::new("java"),
        };
        let version = output(Command::new(program).arg("--version")).await?;
        Ok(version.lines().next().map(str::to_owned))
    }
}
