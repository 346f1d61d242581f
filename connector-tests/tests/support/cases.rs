//! Which checks find which defect.

use super::Defect;

/// A defect, and the checks that find it: these and no others. The first one is about the defect.
pub type Case = (Defect, &'static [&'static str]);

pub const CONFIGURATION: &[Case] = &[
    (
        Defect::ConfigurationFails,
        &[
            "configuration.describes-itself",
            "behaviour.unknown-key-ignored",
        ],
    ),
    (Defect::NoOwner, &["configuration.names-given"]),
    (
        Defect::NoTriggerTypes,
        &["configuration.capabilities-declared"],
    ),
    (
        Defect::DuplicateVersion,
        &["configuration.api-versions-declared"],
    ),
    (
        Defect::SettingsRefused,
        &["configuration.settings-accepted"],
    ),
    (
        Defect::CredentialsRefused,
        &["configuration.credentials-accepted"],
    ),
    (Defect::SettingGone, &["configuration.baseline-kept"]),
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
];

pub const METADATA: &[Case] = &[
    (Defect::ListFails, &["metadata.entities-listed"]),
    (Defect::TestEntityUnlisted, &["metadata.test-entity-listed"]),
    (
        Defect::SpaceInIdentifier,
        &["metadata.identifiers-well-formed"],
    ),
    // It is listed as well.
    (
        Defect::DescribeFails,
        &[
            "metadata.entity-described",
            "metadata.listed-entities-describable",
        ],
    ),
    (
        Defect::SpaceInFieldName,
        &["metadata.field-names-well-formed"],
    ),
    (Defect::FieldRetyped, &["metadata.baseline-kept"]),
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
];

pub const PAGES: &[Case] = &[
    (Defect::LosesLastOfPage, &["data.none-missing"]),
    (Defect::UnfilteredLoses, &["data.unfiltered-complete"]),
    (Defect::RepeatsOne, &["data.no-record-twice"]),
    (Defect::EndlessToken, &["data.paging-ends"]),
    (Defect::LargePages, &["data.page-size-respected"]),
    (Defect::TokenWithSpace, &["data.tokens-well-formed"]),
    (Defect::TokenUsedUp, &["data.page-repeatable"]),
    (Defect::BadTokenAccepted, &["data.bad-token-refused"]),
    (Defect::LimitIgnored, &["data.limit-respected"]),
];

pub const RECORDS: &[Case] = &[
    (Defect::ReadingFails, &["data.records-read"]),
    (Defect::ConfiguredQueryEmpty, &["data.configured-queries"]),
    (
        Defect::ConfiguredRetrievalEmpty,
        &["data.configured-retrievals"],
    ),
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
];

pub const FILTERS: &[Case] = &[
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
    // `(a or b) and c` depends on its AND as well.
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
];

pub const WRITES: &[Case] = &[
    (Defect::InsertRepeatsId, &["writes.insert"]),
    (Defect::ConfiguredWriteFails, &["writes.configured-writes"]),
    (Defect::InsertLosesValue, &["writes.read-back"]),
    (Defect::ResultsReversed, &["writes.results-in-order"]),
    (Defect::PartialWriteAsSuccess, &["writes.partial-failure"]),
    (Defect::UpdateClearsOthers, &["writes.update"]),
    (Defect::UpsertInserts, &["writes.upsert-twice-is-one"]),
    (Defect::PlaceByCount, &["writes.pages-survive-changes"]),
    (Defect::DeleteDoesNothing, &["writes.delete"]),
];

pub const BEHAVIOUR: &[Case] = &[
    (
        Defect::SuccessWithError,
        &["behaviour.success-without-error"],
    ),
    (Defect::ErrorWithoutMessage, &["behaviour.errors-explained"]),
    (Defect::SecretInError, &["behaviour.secrets-kept"]),
    (
        Defect::SleepsPastDeadline,
        &["behaviour.deadline-respected"],
    ),
    (Defect::SevenMegabytes, &["behaviour.responses-fit"]),
    (
        Defect::UnknownTypeAccepted,
        &["behaviour.unknown-type-refused"],
    ),
    (
        Defect::EndsOnMalformedRequest,
        &["behaviour.malformed-request-refused"],
    ),
    (
        Defect::MissingFieldFails,
        &["behaviour.missing-field-refused"],
    ),
    (Defect::UnknownKeyFails, &["behaviour.unknown-key-ignored"]),
];

/// Defects of a process, which only a connector behind a command can have.
pub const PROCESSES: &[Case] = &[
    (Defect::TokenOfProcess, &["behaviour.recovers-after-kill"]),
    (Defect::LeaksMemory, &["behaviour.memory-flat"]),
    (Defect::SecretInLog, &["behaviour.secrets-kept"]),
];

/// Every case.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        CONFIGURATION,
        METADATA,
        PAGES,
        RECORDS,
        FILTERS,
        WRITES,
        BEHAVIOUR,
        PROCESSES,
    ]
    .into_iter()
    .flatten()
}
