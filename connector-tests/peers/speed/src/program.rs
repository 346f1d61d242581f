//! This program and the programs that it runs.

use std::error::Error;
use std::path::{Path, PathBuf};

use tokio::process::Command;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// `speed/run` builds this program and the connector with the same profile.
pub(crate) const IS_RELEASE: bool = !cfg!(debug_assertions);

/// Returns the path of a file in this package.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the output of a program, without trailing white space.
pub(crate) async fn output(command: &mut Command) -> Result<String> {
    let output = command.kill_on_drop(true).output().await?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{:?}: {}: {error}", command.as_std(), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
