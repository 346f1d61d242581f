//! The objects that the server offers.

use crate::schema::field::{Field, FieldType, Formula};
use crate::schema::files::{attachment, content_version};
use crate::schema::object::Object;
use crate::schema::special::special_objects;

/// All objects of the server.
#[derive(Debug)]
pub(crate) struct Schema {
    pub objects: Vec<Object>,
    /// Whether the special objects are among them.
    pub special: bool,
}

impl Schema {
    pub(crate) fn new(special: bool) -> Self {
        let mut objects = vec![
            account(),
            airport(),
            attachment(),
            content_version(),
            inspection(),
            user(),
        ];
        if special {
            objects.extend(special_objects());
        }
        Self { objects, special }
    }

    /// Lets a duplicate rule apply to a field. `None` if there is no such field.
    pub(crate) fn add_duplicate_rule(&mut self, object: &str, field: &str) -> Option<()> {
        let mut objects = self.objects.iter_mut();
        let object = objects.find(|known| known.name.eq_ignore_ascii_case(object))?;
        let mut fields = object.fields.iter_mut();
        let field = fields.find(|known| known.name.eq_ignore_ascii_case(field))?;
        field.duplicate_rule = true;
        Some(())
    }

    /// The object with this name. Ignores case.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|object| object.name.eq_ignore_ascii_case(name))
    }
}

/// An account, with the standard fields that matter here and a custom field for each type that they
/// lack.
fn account() -> Object {
    let mut own_fields = vec![
        Field::new("Name", "Account Name", FieldType::String)
            .required()
            .names_records(),
        Field::new("Type", "Account Type", FieldType::Picklist).values(&[
            "Prospect",
            "Customer - Direct",
            "Partner",
            "Other",
        ]),
        Field::new("ParentId", "Parent Account ID", FieldType::Reference)
            .references("Parent", &["Account"]),
    ];
    own_fields.extend(billing_address());
    own_fields.extend([
        Field::new("Phone", "Account Phone", FieldType::Phone),
        Field::new("AccountNumber", "Account Number", FieldType::String).length(40),
        Field::new("Website", "Website", FieldType::Url),
        Field::new("Industry", "Industry", FieldType::Picklist).values(&[
            "Agriculture",
            "Banking",
            "Education",
            "Energy",
            "Retail",
        ]),
        Field::new("AnnualRevenue", "Annual Revenue", FieldType::Currency).digits(18, 2),
        Field::new("NumberOfEmployees", "Employees", FieldType::Int),
        Field::new("Description", "Account Description", FieldType::TextArea).length(32_000),
        Field::new("ExternalKey__c", "External Key", FieldType::String)
            .length(20)
            .external_id(),
        Field::new("Email__c", "Email", FieldType::Email),
        Field::new("Segments__c", "Segments", FieldType::MultiPicklist)
            .values(&["Cloud", "Edge", "Mobile", "On Premises"])
            .restricted(),
        Field::new("Channel__c", "Channel", FieldType::Combobox).values(&["Direct", "Web"]),
        Field::new("IsPartner__c", "Partner", FieldType::Boolean).defaulted(),
        Field::new("Views__c", "Views", FieldType::Long),
        Field::new("Score__c", "Score", FieldType::Double).digits(18, 9),
        Field::new("Discount__c", "Discount", FieldType::Percent).digits(5, 2),
        Field::new("CustomerSince__c", "Customer Since", FieldType::Date),
        Field::new("NextCall__c", "Next Call", FieldType::DateTime),
        Field::new("OpensAt__c", "Opens At", FieldType::Time),
        Field::new("TaxNumber__c", "Tax Number", FieldType::EncryptedString),
        Field::new("Logo__c", "Logo", FieldType::Base64),
        Field::new("LastValue__c", "Last Value", FieldType::AnyType).read_only(),
        Field::new("Site__Latitude__s", "Site (Latitude)", FieldType::Double)
            .digits(18, 15)
            .part_of("Site__c"),
        Field::new("Site__Longitude__s", "Site (Longitude)", FieldType::Double)
            .digits(18, 15)
            .part_of("Site__c"),
        Field::new("Site__c", "Site", FieldType::Location),
    ]);
    Object::new("Account", "Account", "Accounts", "001", own_fields)
}

fn billing_address() -> Vec<Field> {
    let mut fields: Vec<Field> = vec![
        Field::new("BillingStreet", "Billing Street", FieldType::TextArea),
        Field::new("BillingCity", "Billing City", FieldType::String).length(40),
        Field::new("BillingState", "Billing State", FieldType::String).length(80),
        Field::new(
            "BillingPostalCode",
            "Billing Postal Code",
            FieldType::String,
        )
        .length(20),
        Field::new("BillingCountry", "Billing Country", FieldType::String).length(80),
        Field::new("BillingLatitude", "Billing Latitude", FieldType::Double).digits(18, 15),
        Field::new("BillingLongitude", "Billing Longitude", FieldType::Double).digits(18, 15),
        Field::new(
            "BillingGeocodeAccuracy",
            "Billing Geocode Accuracy",
            FieldType::Picklist,
        )
        .values(&["Address", "City", "Unknown"]),
    ]
    .into_iter()
    .map(|field| field.part_of("BillingAddress"))
    .collect();
    fields.push(Field::new(
        "BillingAddress",
        "Billing Address",
        FieldType::Address,
    ));
    fields
}

/// The columns of `airports.csv`, with the names that they have there.
///
/// In Salesforce, all of these names but `name` would end in `__c`. Here they do not, so that a
/// filter written for the CSV file works unchanged.
fn airport() -> Object {
    let text = |name, label, length| {
        Field::new(name, label, FieldType::String)
            .length(length)
            .custom()
    };
    let coordinate = |name, label| {
        Field::new(name, label, FieldType::Double)
            .digits(18, 15)
            .custom()
    };
    let own_fields = vec![
        text("iata", "IATA code", 4).required().external_id(),
        Field::new("name", "Airport name", FieldType::String)
            .length(80)
            .names_records(),
        text("city", "City", 80),
        text("state", "State", 2),
        text("country", "Country", 80),
        coordinate("latitude", "Latitude"),
        coordinate("longitude", "Longitude"),
    ];
    Object::new("Airport__c", "Airport", "Airports", "a00", own_fields)
}

/// The maximum length of an inspection's report. It is Salesforce's limit for a long text area.
pub(crate) const MAX_REPORT: u32 = 131_072;

/// An inspection of an airport: fields that are numbered, calculated, create-only, defaulted,
/// deprecated, or restricted to a picklist, and a key that several records may share.
fn inspection() -> Object {
    let own_fields = vec![
        Field::new("Name", "Inspection Number", FieldType::String)
            .length(80)
            .auto_number("INS-")
            .names_records(),
        Field::new("Airport__c", "Airport", FieldType::Reference)
            .references("Airport__r", &["Airport__c"])
            .required()
            .create_only(),
        Field::new("Key__c", "Key", FieldType::String)
            .length(40)
            .external_id(),
        Field::new("Batch__c", "Batch", FieldType::String)
            .length(40)
            .shared_external_id(),
        Field::new("Status__c", "Status", FieldType::Picklist)
            .values(&["Planned", "Passed", "Failed"])
            .retired_values(&["Postponed"])
            .restricted()
            .default_choice("Planned"),
        Field::new("Passed__c", "Passed", FieldType::Boolean).calculated(Formula {
            shown: Some("ISPICKVAL(Status__c, \"Passed\")"),
            sql: "\"Status__c\" = 'Passed'",
        }),
        Field::new("Score__c", "Score", FieldType::Double).digits(5, 2),
        Field::new("InspectedOn__c", "Inspected On", FieldType::Date),
        Field::new("InspectorEmail__c", "Inspector Email", FieldType::Email),
        Field::new("OldCode__c", "Old Code", FieldType::String)
            .length(10)
            .deprecated(),
        Field::new("Report__c", "Report", FieldType::TextArea).length(MAX_REPORT),
    ];
    Object::new(
        "Inspection__c",
        "Inspection",
        "Inspections",
        "a01",
        own_fields,
    )
}

/// A user. Owns records, and cannot be deleted.
fn user() -> Object {
    let text = |name, label, length| Field::new(name, label, FieldType::String).length(length);
    let own_fields = vec![
        text("Username", "Username", 80).required(),
        text("LastName", "Last Name", 80).required(),
        text("FirstName", "First Name", 40),
        text("Name", "Full Name", 121)
            .required()
            .names_records()
            .calculated(Formula {
                shown: None,
                sql: "trim(ifnull(\"FirstName\", '') || ' ' || \"LastName\")",
            }),
        text("Alias", "Alias", 8).required(),
        Field::new("Email", "Email", FieldType::Email).required(),
        text("Title", "Title", 80),
        Field::new("IsActive", "Active", FieldType::Boolean).defaulted(),
        Field::new("ManagerId", "Manager ID", FieldType::Reference)
            .references("Manager", &["User"]),
    ];
    let mut object = Object {
        deletable: false,
        ..Object::new("User", "User", "Users", "005", own_fields)
    };
    object
        .fields
        .retain(|field| !matches!(field.name, "IsDeleted" | "OwnerId"));
    object
}
