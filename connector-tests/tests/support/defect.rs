/// What the connector does wrong. The comment says how it looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    // Configuration
    /// Its name begins with `AppFlow`.
    ReservedName,
    /// It is neither source nor destination.
    NoModes,
    /// It supports OAuth 2.0 and gives no defaults.
    OAuthWithoutDefaults,
    /// Its logo is on an http URL.
    HttpUrl,
    /// It asks for a setting twice.
    DuplicateSetting,
    /// It takes settings without the required one.
    MissingSettingAccepted,
    /// It takes any credentials.
    AnyCredentialsAccepted,
    /// It refuses wrong credentials with AccessDenied.
    WrongCodeForCredentials,

    // Metadata
    /// It lists an entity twice.
    DuplicateEntity,
    /// It lists an entity that it cannot describe.
    EntityNotDescribable,
    /// Below every folder there is another one.
    EndlessFolders,
    /// The list of entities always has a next page.
    EndlessListToken,
    /// A page of entities that is not the last loses its last one.
    ListLosesLastOfPage,
    /// It describes a field twice.
    DuplicateField,
    /// A Boolean field declares `<`.
    OddOperator,
    /// No field is a primary key.
    NoKey,
    /// A text is a timestamp for incremental queries.
    TextAsTimestamp,
    /// Metadata may be kept for ten seconds.
    ShortCache,
    /// It describes entities that are not there.
    UnknownEntityDescribed,

    // Records and pages
    /// A page that is not the last loses its last record.
    LosesLastOfPage,
    /// A page that is not the first repeats the last record of the one before.
    RepeatsOne,
    /// The last page has a token that leads to itself.
    EndlessToken,
    /// Pages have 25 records, whatever was asked for.
    LargePages,
    /// Tokens have a space in them.
    TokenWithSpace,
    /// A token that is used again leads one record further.
    TokenUsedUp,
    /// A token that is none leads to the first page.
    BadTokenAccepted,
    /// LIMIT is not heeded.
    LimitIgnored,
    /// All fields come, whichever were selected.
    SelectionIgnored,
    /// Records have a field that is not described.
    UndeclaredField,
    /// Date-times have no `T` and no offset.
    WrongDateFormat,
    /// Numbers stand in quotes.
    NumbersAsStrings,
    /// A field that is declared never to be null is null.
    UndeclaredNull,
    /// A record is no JSON.
    RecordNotJson,
    /// A query of an entity that is not there finds nothing.
    UnknownEntityQueried,

    /// Without a filter the last five records are lost.
    UnfilteredLoses,

    // Filters
    /// Every filter finds everything.
    FilterIgnored,
    /// Of an AND only the first side counts.
    HalfOfAnd,
    /// BETWEEN is without its ends.
    ExclusiveBetween,
    /// `(a or b) and c` is read as `a or b and c`.
    ParenthesesDropped,
    /// NOT is dropped.
    NotDropped,
    /// `contains` takes `%` for a wildcard.
    WildcardsLive,
    /// `A` and `a` are the same, which the config denies.
    CaseIgnored,
    /// Only the first value of an IN counts.
    FirstOfIn,
    /// `!=` finds nulls.
    NotEqualFindsNull,
    /// Any operator is taken for any field.
    UndeclaredOperatorAccepted,
    /// A filter on an unknown field finds everything.
    UnknownFieldAccepted,
    /// What is no filter finds everything.
    MalformedFilterAccepted,

    // Retrieval
    /// A retrieved record has another value than a queried one.
    RetrieveDiffers,
    /// An unknown id ends the retrieval.
    UnknownIdRefused,

    // Writes
    /// An insert loses a value.
    InsertLosesValue,
    /// Results come in reverse order.
    ResultsReversed,
    /// A write of which a record failed is answered as success.
    PartialWriteAsSuccess,
    /// An update empties the fields that it does not name.
    UpdateClearsOthers,
    /// An upsert always inserts.
    UpsertInserts,
    /// A delete does nothing and says that it went well.
    DeleteDoesNothing,

    // Behaviour
    /// `isSuccess: true` stands beside an error.
    SuccessBesideError,
    /// An error has no message.
    ErrorWithoutMessage,
    /// The message of an error holds the API key.
    SecretInError,
    /// A call takes longer than its deadline allows.
    SleepsPastDeadline,
    /// An answer has seven megabytes.
    SevenMegabytes,
    /// A request of an unknown type is answered well.
    UnknownTypeAnswered,
    /// A request that is none ends the process.
    EndsOnMalformedRequest,
    /// A request without a required field fails the invocation.
    MissingFieldFails,
    /// A request with an unknown key fails the invocation.
    UnknownKeyFails,

    // Behaviour of a process
    /// A token is good only in the process that made it.
    TokenOfProcess,
    /// Every query keeps 200 KB for ever.
    LeaksMemory,
    /// The log holds the API key.
    SecretInLog,

    // No defects: peculiarities that no check may take for one
    /// Its key is `code`, which comes with the records, and results have the application's own ids.
    KeyOfTheRecords,
    /// A filter on `code` takes codes only.
    CodesChecked,
}
