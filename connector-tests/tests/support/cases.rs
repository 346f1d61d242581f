//! Which checks find which defect.

use super::Defect;

/// A defect, and the checks that find it: these and no others. The first one is about the defect.
pub type Case = (Defect, &'static [&'static str]);

pub const CONFIGURATION: &[Case] = &[
    (
        Defect::ApplicationDown,
        &["configuration.application-reached"],
    ),
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
    (Defect::DescribeFails, &["metadata.entity-described"]),
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
    (Defect::FilterIgnored, &["data.filter-applied"]),
    (Defect::HalfOfAnd, &["data.filter-and"]),
    (Defect::ExclusiveBetween, &["data.filter-between"]),
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

/// What a connector passes on to the application, and the parts of a message that name it.
pub const PUSHED_DOWN: &[(Defect, &str, &[&str])] = &[
    (
        Defect::UntilExclusive,
        "data.filter-less-or-equal",
        &["`changed <= "],
    ),
    (
        Defect::ContainsAsStart,
        "data.filter-contains",
        &[" contains "],
    ),
    (
        Defect::BeforeAsSince,
        "data.filter-less-than",
        &["`changed < "],
    ),
    (
        Defect::BeforeAsSinceAndChecked,
        "data.filter-less-than",
        &["`changed < "],
    ),
    (
        Defect::AfterAsSince,
        "data.filter-greater-than",
        &["`changed > "],
    ),
    (Defect::EqualAsSince, "data.filter-equal", &["`changed = "]),
    (
        Defect::SinceExclusive,
        "data.filter-greater-or-equal",
        &["`changed >= "],
    ),
    (
        Defect::UpperBoundLost,
        "data.filter-between",
        &["`changed between "],
    ),
    (
        Defect::WindowInFutureRefused,
        "data.incremental-window",
        &["`changed between "],
    ),
    (Defect::FirstOfOr, "data.filter-or", &[" or "]),
    (Defect::LastOfSameField, "data.filter-or", &[" or "]),
    (
        Defect::LaterBoundWins,
        "data.filter-and",
        &["changed", " and "],
    ),
    (Defect::KeyAlone, "data.filter-and", &["id = ", " and "]),
    (
        Defect::OrInAndAsFirst,
        "data.filter-parentheses",
        &[" or ", " and "],
    ),
    (
        Defect::NotDroppedInAnd,
        "data.filter-nesting",
        &["and not "],
    ),
    (
        Defect::NotAndAsNots,
        "data.filter-nesting",
        &["`not (", " and "],
    ),
    (
        Defect::UnknownChoiceRefused,
        "data.filter-equal",
        &["`status = \"NoSuchValue\"` fails"],
    ),
    (
        Defect::UnknownInFindsAll,
        "data.filter-in",
        &["`status in (\"NoSuchValue\")`"],
    ),
    (
        Defect::ChoiceInAnyCase,
        "data.filter-text-case",
        &["`status = \"", "finds a record"],
    ),
    (
        Defect::ChoicesSplit,
        "data.filter-equal",
        &["`status = \"", ",", "finds a record"],
    ),
    (
        Defect::UnknownKeyNotFound,
        "data.filter-equal",
        &["`id = \"item-9999\"` fails"],
    ),
    (
        Defect::FalseFindsAll,
        "data.filter-equal",
        &["`active = false`"],
    ),
    (
        Defect::NoOwnerFindsAll,
        "data.filter-null",
        &["`owner_id = null`"],
    ),
    (
        Defect::LimitBeforeFilter,
        "data.filter-limit",
        &[" limit 10`"],
    ),
    (
        Defect::FirstPageOnly,
        "data.records-read",
        &["50 records are read of 60"],
    ),
];

pub const WRITES: &[Case] = &[
    (Defect::InsertRepeatsId, &["writes.insert"]),
    (Defect::ConfiguredWriteFails, &["writes.configured-writes"]),
    (Defect::InsertLosesValue, &["writes.read-back"]),
    (Defect::ResultsReversed, &["writes.results-in-order"]),
    (Defect::PartialWriteAsSuccess, &["writes.partial-failure"]),
    (Defect::UpdateClearsOthers, &["writes.update"]),
    (Defect::UpdateWritesOne, &["writes.fields-updated"]),
    (Defect::UpdateWritesFirst, &["writes.fields-updated"]),
    (Defect::UpdateChangesAnother, &["writes.fields-updated"]),
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
    // Those of what is passed on are in a table of their own.
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
