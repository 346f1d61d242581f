use serde::{Deserialize, Serialize};

/// Whether a connector reads from its application, writes to it, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectorMode {
    /// AppFlow reads records through the connector.
    Source,
    /// AppFlow writes records through the connector.
    Destination,
}

/// What AppFlow can do with a field, in its filters and in its own tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum ConnectorOperator {
    Projection,
    LessThan,
    GreaterThan,
    Between,
    LessThanOrEqualTo,
    GreaterThanOrEqualTo,
    EqualTo,
    Contains,
    NotEqualTo,
    Addition,
    Subtraction,
    Multiplication,
    Division,
    MaskAll,
    MaskFirstN,
    MaskLastN,
    ValidateNonNull,
    ValidateNonZero,
    ValidateNonNegative,
    ValidateNumeric,
    NoOp,
}

impl ConnectorOperator {
    /// Every operator: what a connector supports unless it says otherwise.
    pub const ALL: [Self; 21] = [
        Self::Projection,
        Self::LessThan,
        Self::GreaterThan,
        Self::Between,
        Self::LessThanOrEqualTo,
        Self::GreaterThanOrEqualTo,
        Self::EqualTo,
        Self::Contains,
        Self::NotEqualTo,
        Self::Addition,
        Self::Subtraction,
        Self::Multiplication,
        Self::Division,
        Self::MaskAll,
        Self::MaskFirstN,
        Self::MaskLastN,
        Self::ValidateNonNull,
        Self::ValidateNonZero,
        Self::ValidateNonNegative,
        Self::ValidateNumeric,
        Self::NoOp,
    ];
}

/// What a write does with its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WriteOperationType {
    /// Creates records.
    Insert,
    /// Changes records that exist.
    Update,
    /// Changes records that exist and creates the others.
    Upsert,
    /// Deletes records.
    Delete,
}

impl WriteOperationType {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Update, Self::Upsert, Self::Delete];
}

/// What a flow moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataTransferType {
    /// Records.
    Record,
    /// Files.
    File,
}

/// How a flow is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TriggerType {
    /// By a schedule.
    Scheduled,
    /// By a person or a call; `ONDEMAND` on the wire.
    OnDemand,
}

impl TriggerType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Scheduled, Self::OnDemand];
}

/// How often a scheduled flow may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are AppFlow's and say it all")]
pub enum TriggerFrequency {
    ByMinute,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Once,
}

impl TriggerFrequency {
    /// Every frequency.
    pub const ALL: [Self; 6] = [
        Self::ByMinute,
        Self::Hourly,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Once,
    ];
}
