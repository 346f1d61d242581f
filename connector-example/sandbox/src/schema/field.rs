//! A field of an object, and its type.

/// The type of a field, and what follows from the type alone.
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
    /// The name in the `type` of a description.
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

    /// The name in messages about literals of the wrong type.
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

    /// How SQLite stores a value: text in a collation that ignores case, IDs and dates as plain
    /// text, dateTimes as milliseconds since 1970 UTC, times as milliseconds since midnight,
    /// anyType as JSON text. A compound field has no column of its own.
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

    /// Types whose values can be selected, but not filtered or sorted by.
    pub(crate) fn is_opaque(self) -> bool {
        matches!(self, Self::EncryptedString | Self::Base64 | Self::AnyType) || self.is_compound()
    }

    /// Types whose literals are quoted.
    pub(crate) fn is_quoted(self) -> bool {
        matches!(self, Self::Id | Self::Reference) || self.is_text()
    }

    /// Types whose values are compared ignoring case, and with `LIKE`.
    pub(crate) fn is_text(self) -> bool {
        self.column_type() == Some("TEXT COLLATE ignore_case")
    }
}

/// The maximum length of a text area that a query can filter by.
const SHORT_TEXT_AREA: u32 = 255;

/// A field. [`Field::new`] makes an ordinary one (nillable, createable, updateable); the other
/// functions narrow it.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldType,
    /// The maximum number of characters of a text; 0 for types that are not text.
    pub length: u32,
    /// The total digits of a double, currency or percent; 0 for other types.
    pub precision: u32,
    /// The digits after the decimal point.
    pub scale: u32,
    /// The digits of an int or a long; 0 for other types.
    pub digits: u32,
    pub nillable: bool,
    pub createable: bool,
    pub updateable: bool,
    pub defaulted_on_create: bool,
    pub external_id: bool,
    pub id_lookup: bool,
    pub unique: bool,
    pub is_name: bool,
    pub custom: bool,
    /// The prefix of the number, if the server numbers the records: `INS-` of `INS-000001`.
    pub auto_number: Option<&'static str>,
    /// Kept for existing records; new code should not use it.
    pub deprecated: bool,
    pub formula: Option<Formula>,
    /// The compound field that this field belongs to.
    pub part_of: Option<&'static str>,
    pub picklist: &'static [&'static str],
    /// Former values of a picklist: described as inactive, and refused if the picklist is
    /// restricted.
    pub retired: &'static [&'static str],
    /// Whether the picklist accepts only its own values.
    pub restricted: bool,
    /// The picklist value of a record that is created without one.
    pub default_choice: Option<&'static str>,
    /// The name of the parent in a query: `Owner` of `OwnerId`, `Airport__r` of `Airport__c`.
    pub relationship: Option<&'static str>,
    pub reference_to: &'static [&'static str],
    /// Whether a duplicate rule applies to the values of the field.
    pub duplicate_rule: bool,
    /// Whether a query cannot filter or sort by the field, although its type would allow it.
    pub unfilterable: bool,
    /// Whether a query cannot sort by the field, although its type would allow it.
    pub unsortable: bool,
}

/// How a calculated field gets its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Formula {
    /// The formula in the description of the field, unless Salesforce computes the field itself.
    pub shown: Option<&'static str>,
    /// The expression that SQLite computes.
    pub sql: &'static str,
}

impl Field {
    pub(crate) fn new(name: &'static str, label: &'static str, kind: FieldType) -> Self {
        let (length, precision, scale, digits) = match kind {
            FieldType::Id | FieldType::Reference => (18, 0, 0, 0),
            FieldType::Phone => (40, 0, 0, 0),
            FieldType::Email => (80, 0, 0, 0),
            FieldType::EncryptedString => (175, 0, 0, 0),
            FieldType::MultiPicklist => (4099, 0, 0, 0),
            FieldType::Int => (0, 0, 0, 8),
            FieldType::Long => (0, 0, 0, 18),
            FieldType::Double | FieldType::Currency | FieldType::Percent => (0, 18, 2, 0),
            _ if kind.is_text() => (255, 0, 0, 0),
            _ => (0, 0, 0, 0),
        };
        Self {
            name,
            label,
            kind,
            length,
            precision,
            scale,
            digits,
            nillable: true,
            createable: !kind.is_compound(),
            updateable: !kind.is_compound(),
            defaulted_on_create: false,
            external_id: false,
            id_lookup: false,
            unique: false,
            is_name: false,
            custom: name.ends_with("__c") || name.ends_with("__s"),
            auto_number: None,
            deprecated: false,
            formula: None,
            part_of: None,
            picklist: &[],
            retired: &[],
            restricted: false,
            default_choice: None,
            relationship: None,
            reference_to: &[],
            duplicate_rule: false,
            unfilterable: false,
            unsortable: false,
        }
    }

    pub(crate) fn length(self, length: u32) -> Self {
        Self { length, ..self }
    }

    pub(crate) fn digits(self, precision: u32, scale: u32) -> Self {
        Self {
            precision,
            scale,
            ..self
        }
    }

    pub(crate) fn required(self) -> Self {
        Self {
            nillable: false,
            ..self
        }
    }

    pub(crate) fn read_only(self) -> Self {
        Self {
            createable: false,
            updateable: false,
            ..self
        }
    }

    /// Set when a record is created, and never changed.
    pub(crate) fn create_only(self) -> Self {
        Self {
            updateable: false,
            ..self
        }
    }

    /// Salesforce fills the field if a record is created without it.
    pub(crate) fn defaulted(self) -> Self {
        Self {
            defaulted_on_create: true,
            nillable: false,
            ..self
        }
    }

    pub(crate) fn names_records(self) -> Self {
        Self {
            is_name: true,
            ..self
        }
    }

    pub(crate) fn auto_number(self, prefix: &'static str) -> Self {
        Self {
            auto_number: Some(prefix),
            ..self.defaulted().read_only()
        }
    }

    pub(crate) fn deprecated(self) -> Self {
        Self {
            deprecated: true,
            ..self
        }
    }

    pub(crate) fn calculated(self, formula: Formula) -> Self {
        Self {
            formula: Some(formula),
            ..self.read_only()
        }
    }

    /// A key of another system: unique, and usable to look up a record.
    pub(crate) fn external_id(self) -> Self {
        Self {
            unique: true,
            ..self.shared_external_id()
        }
    }

    /// A key of another system that several records may share.
    pub(crate) fn shared_external_id(self) -> Self {
        Self {
            external_id: true,
            id_lookup: true,
            ..self
        }
    }

    pub(crate) fn custom(self) -> Self {
        Self {
            custom: true,
            ..self
        }
    }

    pub(crate) fn part_of(self, compound: &'static str) -> Self {
        Self {
            part_of: Some(compound),
            ..self
        }
    }

    pub(crate) fn values(self, picklist: &'static [&'static str]) -> Self {
        Self { picklist, ..self }
    }

    /// Accepts only the values of its picklist.
    pub(crate) fn restricted(self) -> Self {
        Self {
            restricted: true,
            ..self
        }
    }

    pub(crate) fn retired_values(self, retired: &'static [&'static str]) -> Self {
        Self { retired, ..self }
    }

    pub(crate) fn default_choice(self, choice: &'static str) -> Self {
        Self {
            default_choice: Some(choice),
            ..self.defaulted()
        }
    }

    pub(crate) fn references(
        self,
        relationship: &'static str,
        reference_to: &'static [&'static str],
    ) -> Self {
        Self {
            relationship: Some(relationship),
            reference_to,
            ..self
        }
    }

    pub(crate) fn filterable(&self) -> bool {
        let long_text = self.kind == FieldType::TextArea && self.length > SHORT_TEXT_AREA;
        !self.unfilterable && !self.kind.is_opaque() && !long_text
    }

    pub(crate) fn sortable(&self) -> bool {
        self.filterable() && !self.unsortable && self.kind != FieldType::MultiPicklist
    }

    /// The columns that a value of this field is read from, with the name of each in the response.
    /// A compound field has several columns, any other field the column of its own name.
    pub(crate) fn columns(&self) -> Vec<(&'static str, String)> {
        match self.kind {
            FieldType::Address => {
                let prefix = self.name.trim_end_matches("Address");
                [
                    ("city", "City"),
                    ("country", "Country"),
                    ("geocodeAccuracy", "GeocodeAccuracy"),
                    ("latitude", "Latitude"),
                    ("longitude", "Longitude"),
                    ("postalCode", "PostalCode"),
                    ("state", "State"),
                    ("street", "Street"),
                ]
                .map(|(key, suffix)| (key, format!("{prefix}{suffix}")))
                .to_vec()
            }
            FieldType::Location => {
                let prefix = self.name.trim_end_matches("__c");
                [("latitude", "Latitude"), ("longitude", "Longitude")]
                    .map(|(key, part)| (key, format!("{prefix}__{part}__s")))
                    .to_vec()
            }
            _ => vec![(self.name, self.name.to_owned())],
        }
    }
}
