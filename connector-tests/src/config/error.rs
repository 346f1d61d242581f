use std::io;
use std::path::PathBuf;

/// Why a config cannot be used, and where in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The text is not JSON. The message has the line and column.
    #[error("the config is not JSON: {0}")]
    Malformed(serde_json::Error),
    /// A key is missing, unknown or has a value of the wrong type.
    #[error("`{path}`: {problem}")]
    WrongKey {
        /// The key's path, such as `harness.limits.pages`; `.` for the whole config.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl ConfigError {
    pub(super) fn from_serde(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let problem = error.into_inner();
        match problem.classify() {
            serde_json::error::Category::Data => Self::WrongKey {
                path,
                problem: problem.to_string(),
            },
            _ => Self::Malformed(problem),
        }
    }
}
