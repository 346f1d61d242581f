//! `Account`, the object with a field of every type.

use super::field::Field;
use super::field_type::FieldType;
use super::object::Object;

/// An account, with the standard fields that matter here and a custom field for each type that these lack.
pub(crate) fn account() -> Object {
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
        Field::new("ParentId", "Parent Account ID", FieldType::Reference).references(&["Account"]),
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
