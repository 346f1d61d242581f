//! The field types of Salesforce.

/// The type of a field, and all that follows from the type alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Id,
    Reference,
    String,
    TextArea,
    Picklist,
    MultiPicklist,
    Combobox,
    Email,
    Phone,
    Url,
    EncryptedString,
    Boolean,
    Int,
    Long,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    Time,
    Base64,
    AnyType,
    Address,
    Location,
}

impl FieldType {
    /// The name in a description's `type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Reference => "reference",
            Self::String => "string",
            Self::TextArea => "textarea",
            Self::Picklist => "picklist",
            Self::MultiPicklist => "multipicklist",
            Self::Combobox => "combobox",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Url => "url",
            Self::EncryptedString => "encryptedstring",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Time => "time",
            Self::Base64 => "base64",
            Self::AnyType => "anyType",
            Self::Address => "address",
            Self::Location => "location",
        }
    }

    /// The name in the message about a literal of the wrong type.
    pub(crate) fn name_in_messages(self) -> &'static str {
        match self {
            Self::DateTime => "dateTime",
            other => other.name(),
        }
    }

    /// The type in Salesforce's SOAP API.
    pub(crate) fn soap_type(self) -> &'static str {
        match self {
            Self::Id | Self::Reference => "tns:ID",
            Self::Boolean => "xsd:boolean",
            Self::Int => "xsd:int",
            Self::Long => "xsd:long",
            Self::Double | Self::Currency | Self::Percent => "xsd:double",
            Self::Date => "xsd:date",
            Self::DateTime => "xsd:dateTime",
            Self::Time => "xsd:time",
            Self::Base64 => "xsd:base64Binary",
            Self::AnyType => "xsd:anyType",
            Self::Address => "urn:address",
            Self::Location => "urn:location",
            _ => "xsd:string",
        }
    }

    /// How SQLite keeps a value: text in a collation that knows no case, IDs and dates as plain text, dateTimes as
    /// milliseconds since 1970 UTC, times as milliseconds since midnight, anyType as JSON text. A compound field
    /// has no column of its own.
    pub(crate) fn column_type(self) -> Option<&'static str> {
        match self {
            Self::Address | Self::Location => None,
            Self::Id | Self::Reference | Self::Date | Self::AnyType => Some("TEXT"),
            Self::Boolean | Self::Int | Self::Long | Self::DateTime | Self::Time => Some("INTEGER"),
            Self::Double | Self::Currency | Self::Percent => Some("REAL"),
            Self::Base64 => Some("BLOB"),
            _ => Some("TEXT COLLATE ignore_case"),
        }
    }

    pub(crate) fn is_compound(self) -> bool {
        self.column_type().is_none()
    }

    /// Types of which a query may select values but not filter or sort by them.
    pub(crate) fn is_opaque(self) -> bool {
        matches!(self, Self::EncryptedString | Self::Base64 | Self::AnyType) || self.is_compound()
    }

    /// Types whose literals stand in quotes.
    pub(crate) fn is_quoted(self) -> bool {
        matches!(self, Self::Id | Self::Reference) || self.is_text()
    }

    /// Types whose values are compared without regard to case, and by `LIKE`.
    pub(crate) fn is_text(self) -> bool {
        self.column_type() == Some("TEXT COLLATE ignore_case")
    }
}
