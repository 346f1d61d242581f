/// What is wrong with the connector, as seen by its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    // Configuration
    /// Nothing listens where the application should be.
    ApplicationDown,
    /// It returns an error instead of its configuration.
    ConfigurationFails,
    /// Its owner is empty.
    NoOwner,
    /// Its name starts with `AppFlow`.
    ReservedName,
    /// It is neither a source nor a destination.
    NoModes,
    /// It declares an empty list of trigger types.
    NoTriggerTypes,
    /// It supports an API version twice.
    DuplicateVersion,
    /// It supports OAuth 2.0 without defaults.
    OAuthWithoutDefaults,
    /// Its logo has an http URL.
    HttpUrl,
    /// It declares a setting twice.
    DuplicateSetting,
    /// It refuses the settings of the config.
    SettingsRefused,
    /// It no longer declares a setting.
    SettingGone,
    /// It accepts settings without the required one.
    MissingSettingAccepted,
    /// It refuses the right credentials.
    CredentialsRefused,
    /// It accepts any credentials.
    AnyCredentialsAccepted,
    /// It refuses wrong credentials with AccessDenied.
    WrongCodeForCredentials,

    // Metadata
    /// It returns an error instead of its entities.
    ListFails,
    /// It does not list the test entity.
    TestEntityUnlisted,
    /// The identifier of an entity has a space in it.
    SpaceInIdentifier,
    /// It returns an error instead of the test entity.
    DescribeFails,
    /// It lists an entity twice.
    DuplicateEntity,
    /// It lists an entity that it cannot describe.
    EntityNotDescribable,
    /// Every nested level has another one below it.
    EndlessFolders,
    /// The list of entities always has a next page.
    EndlessListToken,
    /// The last entity of every page but the last is missing.
    ListLosesLastOfPage,
    /// The name of a field has a space in it.
    SpaceInFieldName,
    /// A field has another type than before.
    FieldRetyped,
    /// It describes a field twice.
    DuplicateField,
    /// A Boolean field declares `<`.
    OddOperator,
    /// No field is a primary key.
    NoKey,
    /// A text field is a timestamp for incremental queries.
    TextAsTimestamp,
    /// Metadata may be cached for ten seconds.
    ShortCache,
    /// It describes unknown entities.
    UnknownEntityDescribed,

    // Records and pages
    /// A query for all fields without a filter returns an error.
    ReadingFails,
    /// The query of the config finds nothing.
    ConfiguredQueryEmpty,
    /// The last record of every page but the last is missing.
    LosesLastOfPage,
    /// Every page but the first repeats the last record of the previous page.
    RepeatsOne,
    /// The last page has a token that returns the same page.
    EndlessToken,
    /// Pages have 25 records, even if fewer are requested.
    LargePages,
    /// Tokens contain a space.
    TokenWithSpace,
    /// A token that is used again skips one record.
    TokenUsedUp,
    /// An invalid token returns the first page.
    BadTokenAccepted,
    /// LIMIT is ignored.
    LimitIgnored,
    /// All fields are returned, not only the selected ones.
    SelectionIgnored,
    /// Records have a field that is not described.
    UndeclaredField,
    /// Date-times have no `T` and no offset.
    WrongDateFormat,
    /// Numbers are JSON strings.
    NumbersAsStrings,
    /// A field that is declared as not nullable is null.
    UndeclaredNull,
    /// A record is not JSON.
    RecordNotJson,
    /// A query of an unknown entity returns no records.
    UnknownEntityQueried,

    /// Without a filter the last five records are missing.
    UnfilteredLoses,

    // Filters
    /// Every filter finds every record.
    FilterIgnored,
    /// Only the first operand of an AND counts.
    HalfOfAnd,
    /// BETWEEN excludes its bounds.
    ExclusiveBetween,
    /// `(a or b) and c` is read as `a or b and c`.
    ParenthesesDropped,
    /// NOT is ignored.
    NotDropped,
    /// `contains` treats `%` as a wildcard.
    WildcardsLive,
    /// `A` equals `a`, unlike in the config.
    CaseIgnored,
    /// Only the first value of an IN counts.
    FirstOfIn,
    /// `!=` finds nulls.
    NotEqualFindsNull,
    /// Every field accepts every operator.
    UndeclaredOperatorAccepted,
    /// A filter on an unknown field finds every record.
    UnknownFieldAccepted,
    /// A malformed filter finds every record.
    MalformedFilterAccepted,

    // What is passed on to the application
    /// `changed < X` asks for what changed since X.
    BeforeAsSince,
    /// The same, and the result is filtered again: nothing is found.
    BeforeAsSinceAndChecked,
    /// `changed > X` asks for what changed since X, X included.
    AfterAsSince,
    /// `changed = X` asks for what changed since X.
    EqualAsSince,
    /// `changed <= X` asks for what changed before X.
    UntilExclusive,
    /// `code contains` compares the start of the text.
    ContainsAsStart,
    /// `changed >= X` asks for what changed after X.
    SinceExclusive,
    /// Of `changed between X and Y` only X counts.
    UpperBoundLost,
    /// A window that ends after the last change finds nothing.
    WindowInFutureRefused,
    /// Only the first operand of an OR counts.
    FirstOfOr,
    /// Of two values of a field in an OR, only the last one counts.
    LastOfSameField,
    /// Of two conditions on a field in an AND, only the last one counts.
    LaterBoundWins,
    /// In an AND with an id, only the id counts.
    KeyAlone,
    /// Of an OR in an AND, only the first operand counts.
    OrInAndAsFirst,
    /// NOT in an AND is ignored.
    NotDroppedInAnd,
    /// `not (a and b)` is read as `not a and not b`.
    NotAndAsNots,
    /// A status that the application does not know is an error.
    UnknownChoiceRefused,
    /// An IN without a known status finds everything.
    UnknownInFindsAll,
    /// A status is found in any case of its letters.
    ChoiceInAnyCase,
    /// A status with a comma is read as two.
    ChoicesSplit,
    /// An unknown id is an error.
    UnknownKeyNotFound,
    /// `active = false` finds everything.
    FalseFindsAll,
    /// `owner_id = null` finds everything.
    NoOwnerFindsAll,
    /// LIMIT is applied to the records before the filter.
    LimitBeforeFilter,
    /// Only the first page of the application is read, whatever the query.
    FirstPageOnly,
    /// An OR is read as its first operand, for one entity that is not the test entity.
    FirstOfOrInPerson,

    // Retrieval
    /// The retrieval of the config finds nothing.
    ConfiguredRetrievalEmpty,
    /// A retrieved record has another value than a queried one.
    RetrieveDiffers,
    /// The retrieval of an unknown id returns an error.
    UnknownIdRefused,

    // Writes
    /// Every inserted record gets the same id.
    InsertRepeatsId,
    /// The write of the config fails.
    ConfiguredWriteFails,
    /// An insert drops a value.
    InsertLosesValue,
    /// Results are in reverse order.
    ResultsReversed,
    /// A write with a failed record returns a success.
    PartialWriteAsSuccess,
    /// An update clears the fields that it does not name.
    UpdateClearsOthers,
    /// An update writes only the field that the config's example has.
    UpdateWritesOne,
    /// An update writes only the first of its fields.
    UpdateWritesFirst,
    /// An update of `note` changes `code` as well.
    UpdateChangesAnother,
    /// An upsert always inserts.
    UpsertInserts,
    /// A token counts the records that were returned.
    PlaceByCount,
    /// A delete does nothing and returns a success.
    DeleteDoesNothing,

    // Behaviour
    /// A response has both `isSuccess: true` and an error.
    SuccessWithError,
    /// An error has no message.
    ErrorWithoutMessage,
    /// The message of an error contains the API key.
    SecretInError,
    /// A call takes longer than its deadline allows.
    SleepsPastDeadline,
    /// A response has seven megabytes.
    SevenMegabytes,
    /// A request of an unknown type returns a success.
    UnknownTypeAccepted,
    /// A malformed request ends the process.
    EndsOnMalformedRequest,
    /// A request without a required field fails the invocation.
    MissingFieldFails,
    /// A request with an unknown key fails the invocation.
    UnknownKeyFails,

    // Behaviour of a process
    /// A token is valid only in the process that made it.
    TokenOfProcess,
    /// Every query leaks 200 KB.
    LeaksMemory,
    /// The log contains the API key.
    SecretInLog,

    // Not defects: peculiarities that no check may find
    /// It has no authentication.
    NoAuthentication,
    /// Its key is `code`, which inserted records have, and results have ids of the application.
    KeyOfTheRecords,
    /// A filter on `code` accepts only codes.
    CodesChecked,
    /// A filter on `id` or `owner_id` accepts only ids with a valid check digit.
    IdsChecked,
    /// An update of `rank` is refused: the application has rules of its own.
    RankIsFixed,
}
