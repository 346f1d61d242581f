//! Building connectors with cargo.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use miette::{Context, IntoDiagnostic, Result, bail, miette};
use serde::Deserialize;
use tokio::process::Command;

/// One line of the output of `cargo build --message-format=json`, as far as it is needed here.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

/// Builds a package's program and returns the command that starts it. Cargo shows its own progress.
pub async fn build(package: &str, binary: &str) -> Result<String> {
    let messages = cargo(&[
        "build",
        "--package",
        package,
        "--bin",
        binary,
        "--message-format=json-render-diagnostics",
    ])
    .await?;
    let executable = String::from_utf8_lossy(&messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| {
            let target = message.target.as_ref();
            target.is_some_and(|target| target.name == binary)
        })
        .find_map(|message| message.executable);
    match executable {
        Some(path) => Ok(format!("'{}'", path.display())),
        None => bail!("cargo built {package} but reported no executable {binary}"),
    }
}

/// Builds the only program of the package in the working directory and returns the command that
/// starts it.
pub async fn build_own() -> Result<String> {
    let advice =
        "name the connector's command with --command, or run this in the folder of its package";
    let metadata = metadata().await.wrap_err(advice)?;
    let here = std::env::current_dir().into_diagnostic()?;
    let (package, binary) = only_program(&metadata.packages, &here)
        .map_err(|problem| miette!("{problem}: {advice}"))?;
    build(package, binary).await
}

/// Returns cargo's target folder.
pub async fn target_folder() -> Result<PathBuf> {
    Ok(metadata().await?.target_directory)
}

/// Returns the names of the package whose folder is the nearest one, upwards, and of its program.
fn only_program<'a>(packages: &'a [Package], here: &Path) -> Result<(&'a str, &'a str), String> {
    let folder = |package: &&Package| package.manifest_path.parent().map(Path::to_owned);
    let own = packages
        .iter()
        .filter(|package| folder(package).is_some_and(|folder| here.starts_with(folder)))
        .max_by_key(folder);
    let Some(package) = own else {
        return Err("the working directory is not in a package of Rust".to_owned());
    };
    let is_program = |target: &&Target| target.kind.iter().any(|kind| kind == "bin");
    let programs = package.targets.iter().filter(is_program);
    let programs: Vec<&str> = programs.map(|target| target.name.as_str()).collect();
    match programs[..] {
        [program] => Ok((&package.name, program)),
        [] => Err(format!("the package {} has no program", package.name)),
        _ => Err(format!(
            "the package {} has several programs, {}",
            package.name,
            programs.join(", ")
        )),
    }
}

async fn metadata() -> Result<Metadata> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]).await?;
    serde_json::from_slice(&metadata).into_diagnostic()
}

async fn cargo(arguments: &[&str]) -> Result<Vec<u8>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Cargo writes its messages to standard error at once: a build may take minutes.
    let output = Command::new(cargo)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .into_diagnostic()
        .wrap_err("cannot start cargo")?
        .wait_with_output()
        .await
        .into_diagnostic()?;
    if !output.status.success() {
        bail!("`cargo {}` failed", arguments[0]);
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, programs: &[&str]) -> Package {
        let target = |name: &str, kind: &str| Target {
            name: name.to_owned(),
            kind: vec![kind.to_owned()],
        };
        let programs = programs.iter().map(|program| target(program, "bin"));
        Package {
            name: name.to_owned(),
            manifest_path: Path::new(folder).join("Cargo.toml"),
            targets: programs.chain([target(name, "lib")]).collect(),
        }
    }

    #[test]
    fn the_nearest_package_has_the_program() {
        let packages = [
            package("outer", "/projects", &["a", "b"]),
            package("inner", "/projects/inner", &["connector"]),
            package("none", "/projects/none", &[]),
        ];
        let program = |here: &str| only_program(&packages, Path::new(here));
        assert_eq!(program("/projects/inner"), Ok(("inner", "connector")));
        assert_eq!(program("/projects/inner/src"), Ok(("inner", "connector")));
        assert_eq!(
            program("/projects"),
            Err("the package outer has several programs, a, b".to_owned())
        );
        assert!(program("/projects/none").is_err());
        assert!(program("/elsewhere").is_err());
    }
}
