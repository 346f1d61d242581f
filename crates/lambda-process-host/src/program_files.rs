//! What shows that the program of a function has changed.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::config::FunctionConfig;

/// The state of the files that a function's command names. Equal as long as none has changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ProgramFiles(Vec<FileState>);

#[derive(Debug, PartialEq, Eq)]
struct FileState {
    path: PathBuf,
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
}

impl ProgramFiles {
    pub(crate) fn of(config: &FunctionConfig) -> Self {
        let root = config.task_root.as_deref().unwrap_or(Path::new("."));
        let arguments = config.command.arguments.iter();
        let paths = program_paths(&config.command.program)
            .into_iter()
            .chain(arguments.flat_map(|argument| argument_paths(root, argument)));
        Self(paths.filter_map(FileState::of).collect())
    }
}

impl FileState {
    /// Returns `None` if the file does not exist.
    fn of(path: PathBuf) -> Option<Self> {
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some(Self {
            path,
            inode: metadata.ino(),
            size: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}

/// Where the program can be: a name without a folder is looked up in `PATH`.
fn program_paths(program: &Path) -> Vec<PathBuf> {
    if program.components().count() > 1 {
        return vec![program.to_owned()];
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    found.into_iter().collect()
}

/// The files that an argument can name: a path, or the module of a handler such as `module.main`.
fn argument_paths(root: &Path, argument: &OsStr) -> Vec<PathBuf> {
    let mut paths = vec![root.join(argument)];
    let handler = argument.to_str().and_then(|text| text.rsplit_once('.'));
    if let Some((module, _)) = handler {
        let files = ["py", "js", "mjs", "cjs"].map(|extension| format!("{module}.{extension}"));
        paths.extend(files.map(|file| root.join(file)));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_program_or_of_a_file_among_the_arguments_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let module = folder.path().join("connector.py");
        fs::write(&program, "1").unwrap();
        fs::write(&module, "1").unwrap();
        let command = crate::CommandLine::new(&program)
            .argument("--port=1")
            .argument("connector.handler");
        let mut config = FunctionConfig::new("f", command);
        config.task_root = Some(folder.path().to_owned());

        let first = ProgramFiles::of(&config);
        assert_eq!(first.0.len(), 2);
        assert_eq!(ProgramFiles::of(&config), first);
        fs::write(&module, "22").unwrap();
        let second = ProgramFiles::of(&config);
        assert_ne!(second, first);
        fs::rename(&module, &program).unwrap();
        assert_ne!(ProgramFiles::of(&config), second);
    }

    #[test]
    fn a_name_is_looked_up_in_the_path() {
        let found = program_paths(Path::new("sh"));
        assert!(found.len() == 1 && found[0].is_absolute(), "{found:?}");
    }
}
