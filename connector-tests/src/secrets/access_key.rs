use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// An AWS access key that is made for the harness, not by AWS: a connector signs its requests to
/// the harness's Secrets Manager with it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

impl AccessKey {
    /// Makes a key, at random.
    pub fn random() -> Self {
        let random = || Uuid::new_v4().simple().to_string();
        Self {
            id: format!("AKIA{}", &random().to_uppercase()[..16]),
            secret: (random() + &random()).into(),
        }
    }

    /// Reads a key from a file with the lines `AWS_ACCESS_KEY_ID=…` and `AWS_SECRET_ACCESS_KEY=…`,
    /// as `docker run --env-file` takes it. If the file does not exist, it is created with a new
    /// key, on Unix for its owner only.
    ///
    /// # Errors
    /// If the file cannot be read or written, or lacks one of the lines.
    pub fn read_or_create(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::random();
                new_private_file(path)?.write_all(key.to_lines().as_bytes())?;
                return Ok(key);
            }
            Err(error) => return Err(error),
        };
        let value_of = |name: &str| {
            text.lines()
                .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("the line {name}=… is missing"),
                    )
                })
        };
        Ok(Self {
            id: value_of(ID)?,
            secret: value_of(SECRET)?.into(),
        })
    }

    /// Returns the environment variables of a process that signs with the key.
    pub fn variables(&self) -> [(&'static str, &str); 2] {
        [(ID, &self.id), (SECRET, self.secret.expose_secret())]
    }

    fn to_lines(&self) -> String {
        let lines = self
            .variables()
            .map(|(name, value)| format!("{name}={value}\n"));
        lines.concat()
    }

    /// Returns the key in the variables of a process, if they have one.
    pub(crate) fn of_process(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            id: variable(ID)?,
            secret: variable(SECRET)?.into(),
        })
    }
}

fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_once_and_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = AccessKey::read_or_create(&path).unwrap();
        let read = AccessKey::read_or_create(&path).unwrap();
        assert_eq!(made.variables(), read.variables());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let permissions = fs::metadata(&path).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_missing_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "AWS_ACCESS_KEY_ID=a\n").unwrap();
        let error = AccessKey::read_or_create(&path).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the line AWS_SECRET_ACCESS_KEY=… is missing"
        );
    }

    #[test]
    fn keys_differ_and_debug_does_not_show_them() {
        let (one, other) = (AccessKey::random(), AccessKey::random());
        assert_ne!(one.variables(), other.variables());
        assert!(!format!("{one:?}").contains(one.secret.expose_secret()));
    }
}
