//! Records in each format, compared with files written by hand.

use std::borrow::Cow;

use appflow_connector_model::FieldDataType as Type;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

use super::{Encoder, Format};
use crate::appflow::tasks::{Column, Row, Value};

fn columns(columns: &[(&str, Type)]) -> Vec<Column> {
    columns
        .iter()
        .map(|(name, data_type)| Column {
            name: (*name).to_owned(),
            data_type: *data_type,
        })
        .collect()
}

/// Values in JSON, `null` included; a text that begins with `=` is not in JSON.
fn row<'r>(values: &[&'r str]) -> Row<'r> {
    let value = |text: &&'r str| match text.strip_prefix('=') {
        Some(text) => Some(Value::Text(Cow::Borrowed(text))),
        None => Value::from_json(text),
    };
    values.iter().map(value).collect()
}

fn written(format: Format, columns: &[Column], rows: &[Row<'_>]) -> Vec<u8> {
    let mut encoder = Encoder::new(format, columns).unwrap();
    let mut object = Vec::new();
    for row in rows {
        encoder.write(columns, row).unwrap();
        object.extend(encoder.take().unwrap());
    }
    object.extend(encoder.finish().unwrap());
    object
}

fn text(format: Format, columns: &[Column], rows: &[Row<'_>]) -> String {
    String::from_utf8(written(format, columns, rows)).unwrap()
}

fn two_columns() -> Vec<Column> {
    columns(&[("id", Type::Integer), ("the \"name\"", Type::String)])
}

#[test]
fn json_lines_leave_nulls_out_and_have_no_other_line_ends() {
    let rows = [
        row(&["1.500", r#""A\u0064a""#]),
        row(&["null", "{\n\"a\": [1,\n2]}"]),
        row(&["null"]),
        row(&["=1", "=two\nlines"]),
    ];
    let expected = concat!(
        r#"{"id":1.500,"the \"name\"":"A\u0064a"}"#,
        "\n",
        r#"{"the \"name\"":{"a": [1,2]}}"#,
        "\n{}\n",
        r#"{"id":"1","the \"name\"":"two\nlines"}"#,
        "\n",
    );
    assert_eq!(text(Format::JsonLines, &two_columns(), &rows), expected);
}

#[test]
fn csv_has_quotes_only_where_they_are_needed() {
    let rows = [
        row(&["1.500", r#""A\u0064a""#]),
        row(&["null", r#"{"a": [1, 2]}"#]),
        row(&["true"]),
        row(&["=1", "=two\nlines"]),
        row(&["=é ", r#""it's \"quoted\"""#]),
    ];
    let expected = concat!(
        "id,\"the \"\"name\"\"\"\n",
        "1.500,Ada\n",
        ",\"{\"\"a\"\": [1, 2]}\"\n",
        "true,\n",
        "1,\"two\nlines\"\n",
        "é ,\"it's \"\"quoted\"\"\"\n",
    );
    assert_eq!(text(Format::Csv, &two_columns(), &rows), expected);
}

#[test]
fn a_csv_object_without_a_value_has_no_empty_line() {
    let one = columns(&[("id", Type::String)]);
    let object = text(Format::Csv, &one, &[row(&["null"])]);
    assert_eq!(object, "id\n\"\"\n");
}

#[test]
fn only_json_lines_take_more_columns() {
    let two = two_columns();
    let mut three = two.clone();
    three.extend(columns(&[("c", Type::String)]));
    for (format, accepts) in [
        (Format::JsonLines, true),
        (Format::Csv, false),
        (Format::Parquet { is_typed: true }, false),
    ] {
        let encoder = Encoder::new(format, &two).unwrap();
        assert!(encoder.accepts(&two));
        assert_eq!(encoder.accepts(&three), accepts, "{format:?}");
    }
}

const TYPES: [(&str, Type); 11] = [
    ("string", Type::String),
    ("short", Type::Short),
    ("integer", Type::Integer),
    ("long", Type::Long),
    ("float", Type::Float),
    ("double", Type::Double),
    ("boolean", Type::Boolean),
    ("date", Type::Date),
    ("date_time", Type::DateTime),
    ("decimal", Type::BigDecimal),
    ("list", Type::List),
];

const VALUES: [&str; 11] = [
    r#""A\u0064a""#,
    "-32768",
    "2147483647",
    "-9223372036854775808",
    "1.5",
    "0.1",
    "true",
    r#""1969-12-31""#,
    r#""2025-08-17T11:53:10.536+02:00""#,
    "0.10000000000000000001",
    "[1, 2]",
];

/// The fields of each record that a Parquet object has.
fn read_parquet(object: Vec<u8>) -> Vec<Vec<(String, Field)>> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(object)).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        let fields = row.get_column_iter();
        fields
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect()
    })
    .collect()
}

#[test]
fn parquet_columns_have_the_types_of_the_source_if_asked() {
    let columns = columns(&TYPES);
    let rows = [row(&VALUES), row(&["null"; 11])];
    let typed = Format::Parquet { is_typed: true };
    let records = read_parquet(written(typed, &columns, &rows));
    let string = |text: &str| Field::Str(text.to_owned());
    let expected = [
        string("Ada"),
        Field::Short(-32_768),
        Field::Int(2_147_483_647),
        Field::Long(i64::MIN),
        Field::Float(1.5),
        Field::Double(0.1),
        Field::Bool(true),
        Field::Date(-1),
        Field::TimestampMillis(1_755_424_390_536),
        string("0.10000000000000000001"),
        string("[1, 2]"),
    ];
    let names = TYPES.iter().map(|(name, _)| (*name).to_owned());
    let expected: Vec<_> = names.clone().zip(expected).collect();
    let nulls: Vec<_> = names.map(|name| (name, Field::Null)).collect();
    assert_eq!(records, [expected, nulls]);
}

#[test]
fn parquet_columns_are_strings_otherwise() {
    let columns = columns(&TYPES);
    let untyped = Format::Parquet { is_typed: false };
    let records = read_parquet(written(untyped, &columns, &[row(&VALUES)]));
    let texts: Vec<String> = records[0]
        .iter()
        .map(|(_, field)| match field {
            Field::Str(text) => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts[0], "Ada");
    assert_eq!(texts[2], "2147483647");
    assert_eq!(texts[8], "2025-08-17T11:53:10.536+02:00");
    assert_eq!(texts[10], "[1, 2]");
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let columns = columns(&[("n", Type::Integer)]);
    let typed = Format::Parquet { is_typed: true };
    for value in ["2147483648", "1.5", r#""x""#] {
        let mut encoder = Encoder::new(typed, &columns).unwrap();
        let error = encoder.write(&columns, &row(&[value])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A value of the field n is not of the type Integer"
        );
    }
}

#[test]
fn a_long_parquet_object_is_written_in_groups() {
    let columns = columns(&[("n", Type::Long)]);
    let typed = Format::Parquet { is_typed: true };
    let mut encoder = Encoder::new(typed, &columns).unwrap();
    let mut object = Vec::new();
    let mut parts = 0;
    for n in 0..150_000 {
        let text = n.to_string();
        encoder.write(&columns, &row(&[&text])).unwrap();
        let bytes = encoder.take().unwrap();
        parts += usize::from(!bytes.is_empty());
        object.extend(bytes);
    }
    object.extend(encoder.finish().unwrap());
    // The first bytes of the object, and two groups.
    assert_eq!(parts, 3);
    let records = read_parquet(object);
    assert_eq!(records.len(), 150_000);
    assert_eq!(records[149_999][0].1, Field::Long(149_999));
}
