//! A field of an object.

use super::field_type::FieldType;

/// The longest text area that a query can filter by.
const SHORT_TEXT_AREA: u32 = 255;

/// A field. Made by [`Field::new`] as an ordinary one (nillable, writable) and then narrowed.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldType,
    /// The most characters that a text may have; 0 for types that are not text.
    pub length: u32,
    /// All digits of a double, currency or percent; 0 for other types.
    pub precision: u32,
    /// Digits after the point.
    pub scale: u32,
    /// Digits of an int or a long; 0 for other types.
    pub digits: u32,
    pub nillable: bool,
    pub writable: bool,
    pub defaulted_on_create: bool,
    pub external_id: bool,
    pub id_lookup: bool,
    pub unique: bool,
    pub is_name: bool,
    pub custom: bool,
    /// The compound field that this one is a part of.
    pub part_of: Option<&'static str>,
    pub picklist: &'static [&'static str],
    pub reference_to: &'static [&'static str],
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
            writable: !kind.is_compound(),
            defaulted_on_create: false,
            external_id: false,
            id_lookup: false,
            unique: false,
            is_name: false,
            custom: name.ends_with("__c") || name.ends_with("__s"),
            part_of: None,
            picklist: &[],
            reference_to: &[],
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
            writable: false,
            ..self
        }
    }

    /// Salesforce fills the field when a record is made without it.
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

    /// A key of another system: unique, and good to find a record by.
    pub(crate) fn external_id(self) -> Self {
        Self {
            external_id: true,
            id_lookup: true,
            unique: true,
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

    pub(crate) fn references(self, reference_to: &'static [&'static str]) -> Self {
        Self {
            reference_to,
            ..self
        }
    }

    pub(crate) fn filterable(&self) -> bool {
        let long_text = self.kind == FieldType::TextArea && self.length > SHORT_TEXT_AREA;
        !self.kind.is_opaque() && !long_text
    }

    pub(crate) fn sortable(&self) -> bool {
        self.filterable() && self.kind != FieldType::MultiPicklist
    }

    /// The columns that a value of this field is read from, with the name of each in the answer. A compound field has
    /// several, any other field the one that bears its own name.
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
