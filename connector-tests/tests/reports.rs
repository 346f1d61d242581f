//! The three forms of a report, with skipped checks, selections and baselines.

mod support;

use appflow_connector_tests::{Baseline, Config, Selection, Verdict, Verification};
use support::{CONFIG, Defect, Memory, failed, verify_some};

async fn report_of_two_checks() -> appflow_connector_tests::Report {
    let selection = Selection::new(
        &["configuration.names", "data.paging-ends", "data.page-size"],
        &["data.page-size"],
    );
    verify_some(Some(Defect::ReservedName), selection.unwrap()).await
}

#[tokio::test]
async fn the_table_has_the_verdicts_and_what_to_fix() {
    let text = report_of_two_checks().await.to_string();
    for part in [
        "configuration\n┌",
        "│ names-not-reserved ┆ FAILED  ┆",
        "│ page-size-respected ┆ skipped ┆     0 ┆",
        "┆ skipped for this run",
        "FAILED configuration.names-not-reserved\n  Names that start with aws, amazon or appflow are reserved.",
        "  - `connectorName` starts with `appflow`\n    expected: a name that starts with another word\n    response: AppFlow Items",
        "ReservedName: 2 passed, 1 failed, 0 not applicable, 1 skipped;",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[tokio::test]
async fn the_json_has_every_check() {
    let json = report_of_two_checks().await.to_json();
    assert_eq!(json["passed"], false);
    assert_eq!(json["target"], "ReservedName");
    let check = |id: &str| {
        let checks = json["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(check("configuration.names-given")["verdict"], "passed");
    let failed = check("configuration.names-not-reserved");
    assert_eq!(failed["verdict"], "failed");
    assert_eq!(failed["findings"][0]["response"], "AppFlow Items");
    let skipped = check("data.page-size-respected");
    assert_eq!(skipped["verdict"], "skipped");
    assert_eq!(skipped["reason"], "skipped for this run");
}

#[tokio::test]
async fn the_junit_xml_has_every_check() {
    let xml = report_of_two_checks().await.to_junit().unwrap();
    for part in [
        r#"<testsuites name="AppFlow connector ReservedName" tests="4" skipped="1" failures="1""#,
        r#"<testsuite name="configuration" tests="2""#,
        r#"<testcase name="configuration.names-not-reserved" classname="appflow.configuration""#,
        r#"<failure message="`connectorName` starts with `appflow`">"#,
        r#"<skipped message="skipped for this run"/>"#,
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[tokio::test]
async fn a_check_is_skipped_with_the_configs_reason() {
    let skip = r#""skip": {"configuration.names-not-reserved": "it is AWS's own"}, "limits""#;
    let config = Config::from_json(&CONFIG.replace(r#""limits""#, skip)).unwrap();
    let verification = Verification::new(config).await.unwrap();
    let selection = Selection::new(&["configuration."], &[]).unwrap();
    let verification = verification.with_selection(selection);
    let target = verification.in_process(Memory::new(Some(Defect::ReservedName)));
    let report = verification.run(&target, &mut ()).await.unwrap();
    assert!(report.passed(), "{report}");
    let result = report.result("configuration.names-not-reserved").unwrap();
    let reason = "it is AWS's own".to_owned();
    assert_eq!(result.verdict, Verdict::Skipped { reason });
}

#[tokio::test]
async fn text_that_acts_on_a_terminal_or_is_not_xml_is_escaped() {
    let skip = r#""skip": {"configuration.names-not-reserved": "a\ufffeb\u001b[2J\u0000\u009b\u202ec"}, "limits""#;
    let config = Config::from_json(&CONFIG.replace(r#""limits""#, skip)).unwrap();
    let verification = Verification::new(config).await.unwrap();
    let selection = Selection::new(&["configuration."], &[]).unwrap();
    let verification = verification.with_selection(selection);
    let target = verification.in_process(Memory::new(None));
    let report = verification.run(&target, &mut ()).await.unwrap();
    for text in [report.to_string(), report.to_junit().unwrap()] {
        assert!(
            text.contains(r"a\ufffeb\u001b[2J\u0000\u009b\u202ec"),
            "{text}"
        );
        let raw = ['\u{fffe}', '\u{1b}', '\0', '\u{9b}', '\u{202e}'];
        assert!(!text.contains(raw), "{text:?}");
    }
}

/// What blocks a check is its own finding if the check about it is not made.
#[tokio::test]
async fn a_selection_does_not_pass_because_of_what_it_excludes() {
    let only = ["data.limit-respected"];
    let selection = Selection::new(&only, &[]).unwrap();
    let text = CONFIG.replace(
        r#""testEntityIdentifier": "Item""#,
        r#""testEntityIdentifier": "Nothing""#,
    );
    let verification = Verification::new(Config::from_json(&text).unwrap())
        .await
        .unwrap();
    let verification = verification.with_selection(selection);
    let target = verification.in_process(Memory::new(None));
    let report = verification.run(&target, &mut ()).await.unwrap();
    assert_eq!(failed(&report), only, "{report}");
}

#[tokio::test]
async fn a_baseline_is_written_once_and_compared_with_later_descriptions() {
    let folder = tempfile::tempdir().unwrap();
    let selection = Selection::new(&["configuration.baseline", "metadata.baseline"], &[]).unwrap();
    let run = async |baseline: Baseline| {
        let config = Config::from_json(CONFIG).unwrap();
        let verification = Verification::new(config).await.unwrap();
        let verification = verification
            .with_selection(selection.clone())
            .with_baseline(baseline);
        let target = verification.in_process(Memory::new(None));
        verification.run(&target, &mut ()).await.unwrap()
    };
    let first = run(Baseline::new(folder.path())).await;
    assert!(first.passed(), "{first}");
    let kept = folder.path().join("entity-Item.json");
    let fields = std::fs::read_to_string(&kept).unwrap();

    let before = fields
        .replace("\"code\"", "\"oldCode\"")
        .replace("\"Long\"", "\"String\"");
    std::fs::write(&kept, before).unwrap();
    let second = run(Baseline::new(folder.path())).await;
    assert_eq!(failed(&second), ["metadata.baseline-kept"], "{second}");
    let text = second.to_string();
    assert!(text.contains("the field `oldCode` is missing"), "{text}");
    assert!(
        text.contains("the field `size` had the type String and now has the type Long"),
        "{text}"
    );
}
