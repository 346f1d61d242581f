//! The built command, the built connector, and a sandbox for it.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;

use salesforce_sandbox::{Sandbox, Server};

pub fn cargo_appflow() -> assert_cmd::Command {
    assert_cmd::Command::new(env!("CARGO_BIN_EXE_cargo-appflow"))
}

/// Returns the Salesforce connector's executable. `cargo test --workspace` builds it; if this
/// package is tested alone, it is built here.
pub fn connector() -> PathBuf {
    let path =
        Path::new(env!("CARGO_BIN_EXE_cargo-appflow")).with_file_name("salesforce-connector");
    if !path.exists() {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--package",
                "appflow-connector-example",
                "--bin",
                "salesforce-connector",
            ])
            .status()
            .unwrap();
        assert!(built.success());
    }
    path
}

/// A sandbox and the Salesforce connector's config for it.
pub struct Salesforce {
    folder: tempfile::TempDir,
    pub server: Server,
}

impl Salesforce {
    pub async fn start() -> Self {
        let sandbox = Sandbox::new(salesforce_sandbox::Config::default()).unwrap();
        let server = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let salesforce = Self {
            folder: tempfile::tempdir().unwrap(),
            server,
        };
        let config = example_config().replace("http://127.0.0.1:8080", &salesforce.server.url());
        std::fs::write(salesforce.path("config.json"), config).unwrap();
        salesforce
    }

    /// A file of a folder that ends with this value. The config is `config.json`.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}

fn example_config() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connector-example/test-config.json");
    std::fs::read_to_string(path).unwrap()
}
