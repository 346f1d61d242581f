//! What a connector described once, to compare later descriptions with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use appflow_connector_model::{ConnectorRuntimeSetting, EntityDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Findings};

/// A folder of descriptions. A missing file is written; an existing one is never changed. Remove it
/// to accept a change.
#[derive(Clone, Debug)]
pub struct Baseline {
    folder: PathBuf,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// A file was not written by this harness.
    #[error("{} is not a valid baseline: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The result of a comparison.
pub(crate) struct Compared {
    pub(crate) findings: Findings,
    pub(crate) note: String,
}

/// Fields or settings, by name.
type Kept = BTreeMap<String, KeptItem>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeptItem {
    data_type: String,
    #[serde(default)]
    required: bool,
}

impl Baseline {
    /// Uses a folder, which is created if it does not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    pub(crate) fn compare_settings(
        &self,
        settings: &[ConnectorRuntimeSetting],
    ) -> Result<Compared, BaselineError> {
        let described = settings.iter().map(|setting| {
            let item = KeptItem {
                data_type: format!("{:?}", setting.data_type),
                required: setting.required,
            };
            (setting.key.clone(), item)
        });
        self.compare("settings.json", "setting", &described.collect())
    }

    pub(crate) fn compare_entity(
        &self,
        definition: &EntityDefinition,
    ) -> Result<Compared, BaselineError> {
        let described = definition.fields.iter().map(|field| {
            let item = KeptItem {
                data_type: field.data_type.as_str().to_owned(),
                required: false,
            };
            (field.field_name.clone(), item)
        });
        let file = format!(
            "entity-{}.json",
            file_name(&definition.entity.entity_identifier)
        );
        self.compare(&file, "field", &described.collect())
    }

    fn compare(&self, file: &str, kind: &str, described: &Kept) -> Result<Compared, BaselineError> {
        let path = self.folder.join(file);
        let Some(kept) = read::<Kept>(&path)? else {
            write(&path, described)?;
            return Ok(Compared {
                findings: Findings::default(),
                note: format!("{file} written"),
            });
        };
        let mut findings = Findings::default();
        for (name, before) in &kept {
            let problem = match described.get(name) {
                None => format!("the {kind} `{name}` is missing"),
                Some(now) if now.data_type != before.data_type => format!(
                    "the {kind} `{name}` had the type {} and now has the type {}",
                    before.data_type, now.data_type
                ),
                Some(now) if now.required && !before.required => {
                    format!("the {kind} `{name}` is now required")
                }
                Some(_) => continue,
            };
            let expected = format!(
                "the same as in {}; remove that file to accept the change",
                path.display()
            );
            findings.add(Finding::new(problem, expected));
        }
        for (name, now) in described
            .iter()
            .filter(|(name, _)| !kept.contains_key(*name))
        {
            if now.required {
                let problem = format!("the {kind} `{name}` is new and required");
                findings.add(Finding::new(problem, "a new setting that is optional"));
            }
        }
        let added = described
            .keys()
            .filter(|name| !kept.contains_key(*name))
            .count();
        Ok(Compared {
            findings,
            note: format!("{} known, {added} new", kept.len()),
        })
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, BaselineError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(file_error(path, source)),
    };
    let kept = serde_json::from_str(&text).map_err(|error| BaselineError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })?;
    Ok(Some(kept))
}

fn write(path: &Path, described: &Kept) -> Result<(), BaselineError> {
    let mut text = serde_json::to_string_pretty(described)
        .map_err(|error| file_error(path, io::Error::other(error)))?;
    text.push('\n');
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
    write_whole(folder, path, text.as_bytes()).map_err(|source| file_error(path, source))
}

/// Writes a file under another name first: if the disk is full, the file does not exist, and the
/// next run writes it.
fn write_whole(folder: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    // As for other files of a repository: the default is for secrets.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn file_error(path: &Path, source: io::Error) -> BaselineError {
    BaselineError::File {
        path: path.to_owned(),
        source,
    }
}

/// An identifier as a part of a file name, different for every identifier.
fn file_name(identifier: &str) -> String {
    let mut name = String::new();
    for byte in identifier.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') {
            name.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{Entity, FieldDataType, FieldDefinition};

    use super::*;

    fn entity(fields: &[(&str, FieldDataType)]) -> EntityDefinition {
        let field = |(name, data_type): &(&str, FieldDataType)| {
            FieldDefinition::builder()
                .field_name(*name)
                .data_type(*data_type)
                .build()
        };
        EntityDefinition::builder()
            .entity(Entity::builder().entity_identifier("a/b").build())
            .fields(fields.iter().map(field).collect())
            .build()
    }

    #[test]
    fn removed_and_retyped_fields_are_found_and_new_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let baseline = Baseline::new(folder.path().join("kept"));
        let before = entity(&[
            ("id", FieldDataType::String),
            ("size", FieldDataType::Integer),
            ("name", FieldDataType::String),
        ]);
        assert!(
            baseline
                .compare_entity(&before)
                .unwrap()
                .findings
                .is_empty()
        );
        assert!(folder.path().join("kept/entity-a%2Fb.json").exists());

        let after = entity(&[
            ("id", FieldDataType::String),
            ("size", FieldDataType::String),
            ("city", FieldDataType::String),
        ]);
        let compared = baseline.compare_entity(&after).unwrap();
        let problems: Vec<&str> = compared
            .findings
            .kept
            .iter()
            .map(|finding| finding.problem.as_str())
            .collect();
        assert_eq!(
            problems,
            [
                "the field `name` is missing",
                "the field `size` had the type Integer and now has the type String"
            ]
        );
        assert_eq!(compared.note, "3 known, 1 new");
    }

    #[test]
    fn an_invalid_file_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.json"), "[]").unwrap();
        let error = Baseline::new(folder.path())
            .compare_settings(&[])
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .contains("settings.json is not a valid baseline"),
            "{error}"
        );
    }

    /// Started by the next test with a limit on the size of files, as on a full disk.
    #[test]
    #[ignore = "the process that another test starts"]
    fn write_a_baseline() {
        let folder = std::env::var("BASELINE_FOLDER").unwrap();
        let name = "n".repeat(4_000);
        let result = Baseline::new(folder)
            .compare_entity(&entity(&[(&name, FieldDataType::String)]))
            .map(|compared| compared.note);
        println!("RESULT {result:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_write_that_a_full_disk_ends_leaves_nothing_for_later_runs() {
        let folder = tempfile::tempdir().unwrap();
        let run = |before: &str| {
            let script = format!(
                "{before} exec \"$0\" --exact baseline::tests::write_a_baseline --ignored --nocapture"
            );
            let output = std::process::Command::new("sh")
                .args(["-c", &script])
                .arg(std::env::current_exe().unwrap())
                .env("BASELINE_FOLDER", folder.path())
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        // Without the signal a write beyond the limit is an error.
        let cut = run("trap '' XFSZ; ulimit -f 1;");
        assert!(cut.contains("RESULT Err(File"), "{cut}");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 0);
        let whole = run("");
        assert!(whole.contains("written"), "{whole}");
    }
}
