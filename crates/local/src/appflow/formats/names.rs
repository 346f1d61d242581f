//! The keys of the objects that a flow writes to Amazon S3.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::appflow::flows::definition::S3Destination;
use crate::wire::timestamp::Timestamp;

/// What would change the folders of a partition.
const NOT_IN_FOLDERS: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// Writes `[bucketPrefix/]flow/[schemaVersion_N/][YYYY/MM/DD/HH/mm/][executionId/]
/// [field=value/]…file`.
#[derive(Clone, Debug)]
pub(crate) struct ObjectNames {
    folder: String,
    /// Before the uuid in a file's name.
    date: String,
}

impl ObjectNames {
    /// `started` is the start of the run.
    pub(crate) fn new(
        destination: &S3Destination,
        flow_name: &str,
        schema_version: u64,
        execution_id: &str,
        started: Timestamp,
    ) -> Self {
        let format = destination.s3_output_format_config.as_ref();
        let config = format.and_then(|format| format.prefix_config.as_ref());
        let prefix_type = config.and_then(|config| config.prefix_type.as_deref());
        let units = config
            .and_then(|config| config.prefix_format.as_deref())
            .map(|format| units(format, started))
            .unwrap_or_default();
        let hierarchy = config.and_then(|config| config.path_prefix_hierarchy.as_deref());
        let has = |folder: &str| {
            hierarchy.is_some_and(|folders| folders.iter().any(|given| given == folder))
        };
        let in_path = matches!(prefix_type, Some("PATH" | "PATH_AND_FILENAME"));
        let in_name = matches!(prefix_type, Some("FILENAME" | "PATH_AND_FILENAME"));

        let mut folder = prefix(destination.bucket_prefix.as_deref());
        let mut add = |name: &str| {
            folder.push_str(name);
            folder.push('/');
        };
        add(flow_name);
        if has("SCHEMA_VERSION") {
            add(&format!("schemaVersion_{schema_version}"));
        }
        let has_date_folders = in_path && !units.is_empty();
        if has_date_folders {
            add(&units.join("/"));
        }
        if hierarchy.is_none() || has("EXECUTION_ID") || has_date_folders {
            add(execution_id);
        }
        let mut date = String::new();
        if in_name && !units.is_empty() {
            let _ = write!(date, "{}-", units.join("-"));
        }
        Self { folder, date }
    }

    /// Returns the key of an object, without an extension. `file` is the uuid that makes it unique,
    /// `partition` what [`partition_folders`] returned.
    pub(crate) fn key(&self, partition: &str, file: &str) -> String {
        format!("{}{partition}{}{file}", self.folder, self.date)
    }
}

/// Returns the key of the object with a run's failed records.
pub(crate) fn error_key(
    bucket_prefix: Option<&str>,
    flow_name: &str,
    execution_id: &str,
    file: &str,
) -> String {
    let prefix = prefix(bucket_prefix);
    format!("{prefix}{flow_name}/{execution_id}/{file}")
}

/// Returns `field=value/` for each partition key, `null` for a null. What would make other folders
/// is percent-encoded.
pub(crate) fn partition_folders<'v>(
    values: impl Iterator<Item = (&'v str, Option<Cow<'v, str>>)>,
) -> String {
    let mut folders = String::new();
    for (key, value) in values {
        let value = value.unwrap_or(Cow::Borrowed("null"));
        let (key, value) = (encoded(key), encoded(&value));
        let _ = write!(folders, "{key}={value}/");
    }
    folders
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_FOLDERS).to_string()
}

fn prefix(bucket_prefix: Option<&str>) -> String {
    match bucket_prefix.unwrap_or_default() {
        "" => String::new(),
        prefix if prefix.ends_with('/') => prefix.to_owned(),
        prefix => format!("{prefix}/"),
    }
}

/// The year, month, day, hour and minute in UTC, up to the unit that the format names.
fn units(format: &str, moment: Timestamp) -> Vec<String> {
    let count = match format {
        "YEAR" => 1,
        "MONTH" => 2,
        "DAY" => 3,
        "HOUR" => 4,
        "MINUTE" => 5,
        _ => 0,
    };
    let moment = civil(moment);
    let units = [
        format!("{:04}", moment.year()),
        format!("{:02}", moment.month()),
        format!("{:02}", moment.day()),
        format!("{:02}", moment.hour()),
        format!("{:02}", moment.minute()),
    ];
    units.into_iter().take(count).collect()
}

fn civil(moment: Timestamp) -> DateTime {
    let millis = i64::try_from(moment.millis()).unwrap_or(i64::MAX);
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    Offset::UTC.to_datetime(moment)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// 2026-01-02T03:04:05Z
    const STARTED: Timestamp = Timestamp::from_millis(1_767_323_045_000);

    #[track_caller]
    fn assert_key(bucket_prefix: &Value, prefix_config: &Value, expected: &str) {
        let destination = serde_json::from_value(json!({
            "bucketName": "bucket", "bucketPrefix": bucket_prefix,
            "s3OutputFormatConfig": {"prefixConfig": prefix_config},
        }));
        let names = ObjectNames::new(&destination.unwrap(), "flow", 2, "run", STARTED);
        assert_eq!(names.key("", "file"), expected, "{prefix_config}");
    }

    #[test]
    fn folders_are_in_the_order_of_the_guide() {
        let all = json!({
            "prefixType": "PATH", "prefixFormat": "MINUTE",
            "pathPrefixHierarchy": ["EXECUTION_ID", "SCHEMA_VERSION"],
        });
        assert_key(
            &json!("out"),
            &all,
            "out/flow/schemaVersion_2/2026/01/02/03/04/run/file",
        );
    }

    #[test]
    fn a_prefix_gets_one_slash() {
        for (prefix, expected) in [
            (json!("out"), "out/flow/run/file"),
            (json!("out/"), "out/flow/run/file"),
            (json!("/process/x"), "/process/x/flow/run/file"),
            (json!(""), "flow/run/file"),
            (json!(null), "flow/run/file"),
        ] {
            assert_key(&prefix, &json!(null), expected);
        }
    }

    #[test]
    fn dates_are_in_the_path_the_name_or_both() {
        let config = |prefix_type: &str, format: &str| json!({"prefixType": prefix_type, "prefixFormat": format, "pathPrefixHierarchy": []});
        for (config, expected) in [
            (config("PATH", "YEAR"), "flow/2026/run/file"),
            (config("PATH", "DAY"), "flow/2026/01/02/run/file"),
            (config("FILENAME", "DAY"), "flow/2026-01-02-file"),
            (
                config("PATH_AND_FILENAME", "MONTH"),
                "flow/2026/01/run/2026-01-file",
            ),
            (json!({"prefixType": "PATH"}), "flow/run/file"),
            (
                json!({"prefixType": "FILENAME", "prefixFormat": "HOUR"}),
                "flow/run/2026-01-02-03-file",
            ),
            (
                json!({"pathPrefixHierarchy": ["SCHEMA_VERSION"]}),
                "flow/schemaVersion_2/file",
            ),
            (
                json!({"pathPrefixHierarchy": ["EXECUTION_ID"]}),
                "flow/run/file",
            ),
        ] {
            assert_key(&json!(null), &config, expected);
        }
    }

    #[test]
    fn partitions_are_folders_of_their_own() {
        let values = [
            ("state", Some("TX".into())),
            ("a/b", Some("50%/../".into())),
            ("city", None),
        ];
        let folders = partition_folders(values.into_iter());
        assert_eq!(folders, "state=TX/a%2Fb=50%25%2F..%2F/city=null/");
        let destination = serde_json::from_value(json!({"bucketName": "bucket"})).unwrap();
        let names = ObjectNames::new(&destination, "flow", 1, "run", STARTED);
        assert_eq!(names.key("a=1/", "file"), "flow/run/a=1/file");
    }

    #[test]
    fn failed_records_are_below_the_flow_and_the_run() {
        assert_eq!(
            error_key(Some("errors"), "flow", "run", "file"),
            "errors/flow/run/file"
        );
        assert_eq!(error_key(None, "flow", "run", "file"), "flow/run/file");
    }
}
