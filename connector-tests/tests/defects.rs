//! Tests the harness by connectors with one defect each: the checks that are about it find it, and
//! no others.

mod support;

use std::collections::HashSet;

use appflow_connector_tests::{
    CheckResult, Config, Selection, Verdict, all_checks, verify_in_process,
};
use support::cases::{self, Case};
use support::{CONFIG, Defect, Memory, failed, verify, verify_some};

/// The checks of a case find its defect and no others do; each of them also finds it when it is
/// made alone.
async fn assert_found(cases: &[Case]) {
    assert_found_among(cases, Selection::default()).await;
}

/// The same for defects that no query can have: the many filters are left out.
async fn assert_found_without_filters(cases: &[Case]) {
    let none: [&str; 0] = [];
    let without = Selection::new(&none, &["data.filter-", "data.unfiltered-complete"]);
    assert_found_among(cases, without.unwrap()).await;
}

async fn assert_found_among(cases: &[Case], selection: Selection) {
    for (defect, expected) in cases {
        let report = verify_some(Some(*defect), selection.clone()).await;
        let mut found = failed(&report);
        let mut all = expected.to_vec();
        found.sort_unstable();
        all.sort_unstable();
        assert_eq!(found, all, "{defect:?}\n{report}");
        for id in *expected {
            let alone = Selection::new(&[id], &[]).unwrap();
            let report = verify_some(Some(*defect), alone).await;
            assert_eq!(failed(&report), [*id], "{defect:?} alone\n{report}");
        }
    }
}

#[test]
fn every_check_finds_a_defect() {
    let pushed_down = cases::PUSHED_DOWN.iter().map(|(_, id, _)| *id);
    let others = cases::all().flat_map(|(_, ids)| *ids).copied();
    let found: HashSet<&str> = others.chain(pushed_down).collect();
    let checks = all_checks().map(|check| check.id);
    let without: Vec<&str> = checks.filter(|id| !found.contains(id)).collect();
    assert!(without.is_empty(), "no defect for {without:?}");
}

#[tokio::test]
async fn a_good_connector_passes_all_checks() {
    let report = verify(None).await;
    assert!(report.passed(), "{report}");
    let made: Vec<&str> = report.results.iter().map(|result| result.id).collect();
    let all: Vec<&str> = all_checks().map(|check| check.id).collect();
    assert_eq!(made, all);

    // There is no process to kill or to measure, and no baseline.
    let is_open = |verdict: &Verdict| !matches!(verdict, Verdict::Passed);
    let open = report
        .results
        .iter()
        .filter(|result| is_open(&result.verdict));
    let open: Vec<&str> = open.map(|result| result.id).collect();
    assert_eq!(
        open,
        [
            "configuration.baseline-kept",
            "metadata.baseline-kept",
            "behaviour.recovers-after-kill",
            "behaviour.memory-flat",
        ],
        "{report}"
    );
}

#[tokio::test]
async fn credentials_and_an_entity_are_enough_for_most_checks() {
    let config = Config::from_json(
        r#"{
            "runtimeSettings": {"connectorProfile": {"instanceUrl": "https://items.example.com"}},
            "credentials": {"authenticationType": "ApiKey"},
            "testEntityIdentifier": "Item",
            "harness": {"secret": {"inline": {"apiKey": "correct-horse-battery"}}}
        }"#,
    )
    .unwrap();
    let report = verify_in_process(Memory::new(None), &config).await.unwrap();
    assert!(report.passed(), "{report}");
    let made = |result: &&CheckResult| matches!(result.verdict, Verdict::Passed);
    let made = report.results.iter().filter(made).count();
    assert!(made * 4 > report.results.len() * 3, "{made}\n{report}");
}

#[tokio::test]
async fn defects_of_the_configuration_are_found() {
    assert_found_without_filters(cases::CONFIGURATION).await;
}

#[tokio::test]
async fn defects_of_metadata_are_found() {
    assert_found_without_filters(cases::METADATA).await;
}

#[tokio::test]
async fn defects_of_pages_are_found() {
    assert_found(cases::PAGES).await;
}

#[tokio::test]
async fn defects_of_records_are_found() {
    assert_found(cases::RECORDS).await;
}

#[tokio::test]
async fn defects_of_filters_are_found() {
    assert_found(cases::FILTERS).await;
}

/// A check finds the defect and no other does; its message names the field and the operator.
#[tokio::test]
async fn defects_of_what_is_passed_on_are_found() {
    let of_data = Selection::new(&["data."], &[]).unwrap();
    let mut wrong = Vec::new();
    for (defect, id, parts) in cases::PUSHED_DOWN {
        let report = verify_some(Some(*defect), of_data.clone()).await;
        let findings = match report.result(id).map(|result| &result.verdict) {
            Some(Verdict::Failed { findings, .. }) => findings.as_slice(),
            _ => &[],
        };
        let names = |problem: &str| parts.iter().all(|part| problem.contains(part));
        let is_named = findings.iter().any(|finding| names(&finding.problem));
        if failed(&report) != [*id] || !is_named {
            let found: Vec<&str> = findings.iter().map(|it| it.problem.as_str()).collect();
            wrong.push(format!("{defect:?}: {:?}, {found:#?}", failed(&report)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn defects_of_writes_are_found() {
    assert_found_without_filters(cases::WRITES).await;
}

#[tokio::test]
async fn peculiarities_are_not_taken_for_defects() {
    assert_found(&[
        (Defect::KeyOfTheRecords, &[]),
        (Defect::CodesChecked, &[]),
        (Defect::IdsChecked, &[]),
        (Defect::RankIsFixed, &[]),
    ])
    .await;
}

#[tokio::test]
async fn a_connector_may_have_no_authentication_unless_the_config_has_a_secret() {
    let text = r#"{
        "runtimeSettings": {"connectorProfile": {"instanceUrl": "https://items.example.com", "api_version": "v1"}},
        "testEntityIdentifier": "Item"
    }"#;
    let config = Config::from_json(text).unwrap();
    let connector = || Memory::new(Some(Defect::NoAuthentication));
    let report = verify_in_process(connector(), &config).await.unwrap();
    assert!(report.passed(), "{report}");
    let id = "configuration.authentication-declared";
    let note = report.result(id).unwrap().note.as_deref();
    assert_eq!(note, Some("without authentication"));

    let with_secret = text.replacen(
        '{',
        r#"{"harness": {"secret": {"inline": {"apiKey": "k-1"}}},"#,
        1,
    );
    let config = Config::from_json(&with_secret).unwrap();
    let report = verify_in_process(connector(), &config).await.unwrap();
    // It also accepts any credentials.
    let ids = [id, "configuration.wrong-credentials-refused"];
    assert_eq!(failed(&report), ids, "{report}");
}

/// The official SDKs for Python and Java have different keys.
#[tokio::test]
async fn the_api_version_is_read_from_either_key() {
    for key in ["apiVersion", "api_version"] {
        let text = CONFIG.replace(
            r#"{"instanceUrl""#,
            &format!(r#"{{"{key}": "v9", "instanceUrl""#),
        );
        let config = Config::from_json(&text).unwrap();
        let report = verify_in_process(Memory::new(None), &config).await.unwrap();
        let ids = ["configuration.api-versions-declared"];
        assert_eq!(failed(&report), ids, "{key}\n{report}");
    }
}

#[tokio::test]
async fn defects_of_behaviour_are_found() {
    assert_found_without_filters(cases::BEHAVIOUR).await;
}
