//! The help of every command has an example.

mod support;

use support::cargo_appflow;

/// Returns the help of a command.
fn help(command: &[&str]) -> String {
    let assert = cargo_appflow()
        .args(command)
        .arg("--help")
        .assert()
        .success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// Returns the names of a command's subcommands.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // Lines with deeper indentation go on with a description.
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn check(command: &[&str]) -> usize {
    let help = help(command);
    assert!(help.contains("Example"), "{command:?}: {help}");
    let mut checked = 1;
    for name in subcommands(&help) {
        checked += check(&[command, &[&name]].concat());
    }
    checked
}

#[test]
fn every_help_text_has_an_example() {
    let checked = check(&[]);
    assert!(checked >= 20, "{checked}");
}
