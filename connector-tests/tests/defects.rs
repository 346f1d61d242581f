//! The harness, tested by connectors with one defect each: it is found by the check that is named for it, and by no other.

mod support;

use appflow_connector_tests::{CheckResult, Config, Verdict, all_checks, verify_in_process};
use support::{Defect, Memory, failed, verify};

/// Each defect is found by these checks and no others.
async fn assert_found(cases: &[(Defect, &[&str])]) {
    for (defect, expected) in cases {
        let report = verify(Some(*defect)).await;
        assert_eq!(failed(&report), *expected, "{defect:?}\n{report}");
    }
}

#[tokio::test]
async fn a_good_connector_passes_all_checks() {
    let report = verify(None).await;
    assert!(report.passed(), "{report}");
    let made: Vec<&str> = report.results.iter().map(|result| result.id).collect();
    let all: Vec<&str> = all_checks().map(|check| check.id).collect();
    assert_eq!(made, all);

    // In process, so there is no process to kill or to measure; and no baseline was given.
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
    assert_found(&[
        (Defect::ReservedName, &["configuration.names-not-reserved"]),
        (Defect::NoModes, &["configuration.modes-declared"]),
        (
            Defect::OAuthWithoutDefaults,
            &["configuration.authentication-declared"],
        ),
        (Defect::HttpUrl, &["configuration.urls-are-https"]),
        (
            Defect::DuplicateSetting,
            &["configuration.settings-well-formed"],
        ),
        (
            Defect::MissingSettingAccepted,
            &["configuration.missing-setting-refused"],
        ),
        (
            Defect::AnyCredentialsAccepted,
            &["configuration.wrong-credentials-refused"],
        ),
        (
            Defect::WrongCodeForCredentials,
            &["configuration.wrong-credentials-refused"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn defects_of_metadata_are_found() {
    assert_found(&[
        (Defect::DuplicateEntity, &["metadata.entities-unique"]),
        (
            Defect::EntityNotDescribable,
            &["metadata.listed-entities-describable"],
        ),
        (Defect::EndlessFolders, &["metadata.nested-walk-ends"]),
        (Defect::EndlessListToken, &["metadata.paging-ends"]),
        (Defect::ListLosesLastOfPage, &["metadata.pages-complete"]),
        (Defect::DuplicateField, &["metadata.fields-unique"]),
        (Defect::OddOperator, &["metadata.operators-fit-types"]),
        (Defect::NoKey, &["metadata.key-declared"]),
        (Defect::TextAsTimestamp, &["metadata.timestamp-declared"]),
        (Defect::ShortCache, &["metadata.cache-long-enough"]),
        (
            Defect::UnknownEntityDescribed,
            &[
                "metadata.unknown-entity-refused",
                "data.unknown-entity-refused",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn defects_of_pages_are_found() {
    assert_found(&[
        (Defect::LosesLastOfPage, &["data.none-missing"]),
        (Defect::UnfilteredLoses, &["data.unfiltered-complete"]),
        (Defect::RepeatsOne, &["data.no-record-twice"]),
        (Defect::EndlessToken, &["data.paging-ends"]),
        (Defect::LargePages, &["data.page-size-respected"]),
        (Defect::TokenWithSpace, &["data.tokens-well-formed"]),
        (Defect::TokenUsedUp, &["data.page-repeatable"]),
        (Defect::BadTokenAccepted, &["data.bad-token-refused"]),
        (Defect::LimitIgnored, &["data.limit-respected"]),
    ])
    .await;
}

#[tokio::test]
async fn defects_of_records_are_found() {
    assert_found(&[
        (Defect::SelectionIgnored, &["data.only-selected-fields"]),
        (Defect::UndeclaredField, &["data.only-declared-fields"]),
        (Defect::WrongDateFormat, &["data.types-as-declared"]),
        (Defect::NumbersAsStrings, &["data.types-as-declared"]),
        (Defect::UndeclaredNull, &["data.nulls-as-declared"]),
        (Defect::RecordNotJson, &["data.records-are-objects"]),
        (
            Defect::UnknownEntityQueried,
            &["data.unknown-entity-refused"],
        ),
        (Defect::RetrieveDiffers, &["data.retrieve-equals-query"]),
        (Defect::UnknownIdRefused, &["data.retrieve-unknown-id"]),
    ])
    .await;
}

#[tokio::test]
async fn defects_of_filters_are_found() {
    assert_found(&[
        (
            Defect::FilterIgnored,
            &[
                "data.filter-equal",
                "data.filter-not-equal",
                "data.filter-less-than",
                "data.filter-less-or-equal",
                "data.filter-greater-than",
                "data.filter-greater-or-equal",
                "data.filter-between",
                "data.filter-contains",
                "data.filter-in",
                "data.filter-null",
                "data.filter-and",
                "data.filter-or",
                "data.filter-negation",
                "data.filter-parentheses",
                "data.filter-text-case",
                "data.filter-hostile-text",
                "data.incremental-window",
            ],
        ),
        // What `(a or b) and c` comes to is a matter of its AND, too.
        (
            Defect::HalfOfAnd,
            &["data.filter-and", "data.filter-parentheses"],
        ),
        (
            Defect::ExclusiveBetween,
            &["data.filter-between", "data.incremental-window"],
        ),
        (Defect::ParenthesesDropped, &["data.filter-parentheses"]),
        (Defect::NotDropped, &["data.filter-negation"]),
        (Defect::WildcardsLive, &["data.filter-hostile-text"]),
        (Defect::CaseIgnored, &["data.filter-text-case"]),
        (Defect::FirstOfIn, &["data.filter-in"]),
        (Defect::NotEqualFindsNull, &["data.filter-not-equal"]),
        (
            Defect::UndeclaredOperatorAccepted,
            &["data.filter-undeclared-operator-refused"],
        ),
        (
            Defect::UnknownFieldAccepted,
            &["data.filter-unknown-field-refused"],
        ),
        (
            Defect::MalformedFilterAccepted,
            &["data.filter-malformed-refused"],
        ),
    ])
    .await;
}

#[tokio::test]
async fn defects_of_writes_are_found() {
    assert_found(&[
        (Defect::InsertLosesValue, &["writes.read-back"]),
        (Defect::ResultsReversed, &["writes.results-in-order"]),
        (Defect::PartialWriteAsSuccess, &["writes.partial-failure"]),
        (Defect::UpdateClearsOthers, &["writes.update"]),
        (Defect::UpsertInserts, &["writes.upsert-twice-is-one"]),
        (Defect::DeleteDoesNothing, &["writes.delete"]),
    ])
    .await;
}

#[tokio::test]
async fn what_is_no_defect_is_not_found() {
    assert_found(&[(Defect::KeyOfTheRecords, &[]), (Defect::CodesChecked, &[])]).await;
}

#[tokio::test]
async fn defects_of_behaviour_are_found() {
    assert_found(&[
        (
            Defect::SuccessBesideError,
            &["behaviour.success-without-error"],
        ),
        (Defect::ErrorWithoutMessage, &["behaviour.errors-explained"]),
        (Defect::SecretInError, &["behaviour.secrets-kept"]),
        (
            Defect::SleepsPastDeadline,
            &["behaviour.deadline-respected"],
        ),
        (Defect::SevenMegabytes, &["behaviour.answers-fit"]),
        (
            Defect::UnknownTypeAnswered,
            &["behaviour.unknown-type-refused"],
        ),
        (
            Defect::EndsOnMalformedRequest,
            &["behaviour.malformed-request-refused"],
        ),
        (
            Defect::MissingFieldFails,
            &["behaviour.missing-field-answered"],
        ),
        (Defect::UnknownKeyFails, &["behaviour.unknown-key-ignored"]),
    ])
    .await;
}
