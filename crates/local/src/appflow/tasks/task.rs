//! The tasks of a flow, read from the texts of the API.

use std::collections::HashSet;

use appflow_connector_model::FieldDataType;

use super::change::Change;
use super::combine::{Format, Operation};
use super::convert::type_named;
use super::validation::Rule;
use crate::appflow::flows::definition;

/// The character that a Mask task without MASK_VALUE writes.
const DEFAULT_MASK: &str = "*";

/// One task.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Task {
    /// The fields to read.
    Projection(Vec<String>),
    Filter(FilterTask),
    Map {
        source: String,
        destination: String,
        /// The type to convert to, if the task names one.
        destination_type: Option<FieldDataType>,
    },
    /// Maps all fields but these to fields of the same names.
    MapAll {
        excluded: HashSet<String>,
    },
    /// Maps these fields, or all that are read, to fields of the same names, without conversion.
    Passthrough(Vec<String>),
    Change {
        field: String,
        change: Change,
    },
    Validate {
        field: String,
        rule: Rule,
        action: BadRecord,
    },
    Merge {
        fields: Vec<String>,
        result: String,
        format: Format,
    },
    Arithmetic {
        operands: [String; 2],
        result: String,
        operation: Operation,
    },
    /// The destination's fields that make folders.
    Partition(Vec<String>),
}

/// What a Validate task does to a bad record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadRecord {
    Drop,
    EndRun,
}

/// A condition on one field, with its values as the task has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilterTask {
    pub(super) field: String,
    pub(super) operator: FilterOperator,
    /// One or more; for BETWEEN the two bounds.
    pub(super) values: Vec<String>,
    pub(super) data_type: Option<String>,
}

/// The operators of Filter tasks but PROJECTION.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilterOperator {
    LessThan,
    LessThanOrEqualTo,
    GreaterThan,
    GreaterThanOrEqualTo,
    EqualTo,
    NotEqualTo,
    Contains,
    Between,
}

impl Task {
    /// Reads a task.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the flow's owner.
    pub(super) fn parse(task: &definition::Task) -> Result<Self, String> {
        if task.connector_operator.len() > 1 {
            return Err("A task can have one connector operator only".to_owned());
        }
        match task.task_type.as_str() {
            "Filter" => filter(task),
            "Map" => {
                check_no_op(task, "mapping")?;
                map(task)
            }
            "Map_all" => {
                check_no_op(task, "mapping all")?;
                let excluded = names(task, "EXCLUDE_SOURCE_FIELDS_LIST")?;
                Ok(Self::MapAll {
                    excluded: excluded.into_iter().collect(),
                })
            }
            "Passthrough" => {
                check_no_op(task, "passthrough")?;
                Ok(Self::Passthrough(task.source_fields.clone()))
            }
            "Mask" => mask(task),
            "Truncate" => {
                check_no_op(task, "truncating")?;
                let length = number(task, "TRUNCATE_LENGTH")?
                    .ok_or_else(|| missing(task, "TRUNCATE_LENGTH"))?;
                Ok(Self::Change {
                    field: one_field(task)?,
                    change: Change::Truncate { length },
                })
            }
            "Validate" => validate(task),
            "Merge" => {
                check_no_op(task, "merging")?;
                merge(task)
            }
            "Arithmetic" => arithmetic(task),
            "Partition" => {
                let keys = names(task, "ORDERED_PARTITION_KEYS_LIST")?;
                if keys.is_empty() {
                    return Err(missing(task, "ORDERED_PARTITION_KEYS_LIST"));
                }
                Ok(Self::Partition(keys))
            }
            other => Err(format!("The task type {other} is not supported")),
        }
    }
}

fn filter(task: &definition::Task) -> Result<Task, String> {
    let operator = match task.operator() {
        "PROJECTION" => return Ok(Task::Projection(task.source_fields.clone())),
        "LESS_THAN" => FilterOperator::LessThan,
        "LESS_THAN_OR_EQUAL_TO" => FilterOperator::LessThanOrEqualTo,
        "GREATER_THAN" => FilterOperator::GreaterThan,
        "GREATER_THAN_OR_EQUAL_TO" => FilterOperator::GreaterThanOrEqualTo,
        "EQUAL_TO" => FilterOperator::EqualTo,
        "NOT_EQUAL_TO" => FilterOperator::NotEqualTo,
        "CONTAINS" => FilterOperator::Contains,
        "BETWEEN" => FilterOperator::Between,
        _ => return Err(wrong_operator(task, "filtering")),
    };
    let values = if operator == FilterOperator::Between {
        ["LOWER_BOUND", "UPPER_BOUND"]
            .iter()
            .map(|key| task.property(key).map(str::to_owned))
            .map(|bound| bound.ok_or_else(|| missing(task, "LOWER_BOUND and UPPER_BOUND")))
            .collect::<Result<_, _>>()?
    } else {
        match (task.property("VALUE"), task.property("VALUES")) {
            (Some(_), Some(_)) => {
                return Err("A Filter task has VALUE or VALUES, not both".to_owned());
            }
            (Some(value), None) => vec![value.to_owned()],
            (None, Some(values)) => values.split(',').map(str::to_owned).collect(),
            (None, None) => return Err(missing(task, "VALUE or VALUES")),
        }
    };
    Ok(Task::Filter(FilterTask {
        field: one_field(task)?,
        operator,
        values,
        data_type: task.property("DATA_TYPE").map(str::to_owned),
    }))
}

fn map(task: &definition::Task) -> Result<Task, String> {
    let destination = task
        .destination_field
        .clone()
        .filter(|field| !field.is_empty());
    Ok(Task::Map {
        source: one_field(task)?,
        destination: destination.ok_or("A Map task needs a destination field")?,
        destination_type: task.property("DESTINATION_DATA_TYPE").and_then(type_named),
    })
}

fn mask(task: &definition::Task) -> Result<Task, String> {
    let mask = task.property("MASK_VALUE").unwrap_or(DEFAULT_MASK);
    let mut characters = mask.chars();
    let (Some(mask), None) = (characters.next(), characters.next()) else {
        return Err("MASK_VALUE is one character".to_owned());
    };
    let length = number(task, "MASK_LENGTH")?;
    let count = || length.ok_or_else(|| missing(task, "MASK_LENGTH"));
    let change = match task.operator() {
        "MASK_ALL" => Change::MaskAll { mask, length },
        "MASK_FIRST_N" => Change::MaskFirst {
            mask,
            count: count()?,
        },
        "MASK_LAST_N" => Change::MaskLast {
            mask,
            count: count()?,
        },
        _ => return Err(wrong_operator(task, "masking")),
    };
    Ok(Task::Change {
        field: one_field(task)?,
        change,
    })
}

fn validate(task: &definition::Task) -> Result<Task, String> {
    let rule =
        Rule::of_operator(task.operator()).ok_or_else(|| wrong_operator(task, "validating"))?;
    let action = match task.property("VALIDATION_ACTION") {
        Some("DropRecord") => BadRecord::Drop,
        Some("DropDataset") => BadRecord::EndRun,
        Some(other) => {
            return Err(format!(
                "The VALIDATION_ACTION {other} is not valid: use DropRecord or DropDataset"
            ));
        }
        None => return Err(missing(task, "VALIDATION_ACTION")),
    };
    Ok(Task::Validate {
        field: one_field(task)?,
        rule,
        action,
    })
}

fn merge(task: &definition::Task) -> Result<Task, String> {
    let fields = task.source_fields.clone();
    if fields.len() < 2 {
        return Err("A Merge task needs two or more source fields".to_owned());
    }
    let format = task.property("CONCAT_FORMAT").unwrap_or_default();
    let format = Format::parse(format, &fields)
        .map_err(|name| format!("CONCAT_FORMAT names {name}, which is not a field of its task"))?;
    let result = result_name(task, &fields);
    Ok(Task::Merge {
        fields,
        result,
        format,
    })
}

fn arithmetic(task: &definition::Task) -> Result<Task, String> {
    let operation = match task.operator() {
        "ADDITION" => Operation::Add,
        "SUBTRACTION" => Operation::Subtract,
        "MULTIPLICATION" => Operation::Multiply,
        "DIVISION" => Operation::Divide,
        _ => return Err(wrong_operator(task, "arithmetic")),
    };
    let fields = &task.source_fields;
    let operands = match task.property("MATH_OPERATION_FIELDS_ORDER") {
        Some(order) => {
            let order: Vec<String> = order.split(',').map(str::to_owned).collect();
            if let Some(other) = order.iter().find(|name| !fields.contains(name)) {
                return Err(format!(
                    "MATH_OPERATION_FIELDS_ORDER names {other}, which is not a field of its task"
                ));
            }
            order
        }
        None => fields.clone(),
    };
    let operands: [String; 2] = operands
        .try_into()
        .map_err(|_| "An Arithmetic task needs two source fields".to_owned())?;
    Ok(Task::Arithmetic {
        operands,
        result: result_name(task, fields),
        operation,
    })
}

/// The name by which a Map task refers to the result.
fn result_name(task: &definition::Task, fields: &[String]) -> String {
    let given = task
        .destination_field
        .clone()
        .filter(|field| !field.is_empty());
    given.unwrap_or_else(|| fields.join(","))
}

fn one_field(task: &definition::Task) -> Result<String, String> {
    match &task.source_fields[..] {
        [field] => Ok(field.clone()),
        fields => Err(format!(
            "A {} task needs one source field, this one has {}",
            task.task_type,
            fields.len()
        )),
    }
}

fn number(task: &definition::Task, key: &str) -> Result<Option<usize>, String> {
    let Some(text) = task.property(key) else {
        return Ok(None);
    };
    let number = text.trim().parse::<u32>();
    number
        .map(|number| usize::try_from(number).ok())
        .map_err(|_| format!("The {key} {text} is not a whole number"))
}

/// Reads a list of names: a JSON array as text, or names with commas between them.
fn names(task: &definition::Task, key: &str) -> Result<Vec<String>, String> {
    let text = task.property(key).unwrap_or("[]").trim();
    if text.starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|_| format!("The {key} {text} is not a JSON array of field names"));
    }
    Ok(text.split(',').map(|name| name.trim().to_owned()).collect())
}

fn check_no_op(task: &definition::Task, kind: &str) -> Result<(), String> {
    if task.operator() == "NO_OP" {
        return Ok(());
    }
    Err(wrong_operator(task, kind))
}

/// The text of AWS for a Filter task; the same one for the other kinds.
fn wrong_operator(task: &definition::Task, kind: &str) -> String {
    let operator = task.operator();
    format!(
        "The operator {operator} is not valid for {kind} tasks.  The task sourceConnectorType is \
         {} and the task operator is {operator}",
        kind.to_uppercase()
    )
}

fn missing(task: &definition::Task, property: &str) -> String {
    format!("A {} task needs the property {property}", task.task_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parse(task: Value) -> Result<Task, String> {
        Task::parse(&serde_json::from_value(task).unwrap())
    }

    fn with(task_type: &str, operator: &str, fields: &[&str], properties: &Value) -> Value {
        json!({
            "taskType": task_type,
            "connectorOperator": {"CustomConnector": operator},
            "sourceFields": fields,
            "taskProperties": properties,
        })
    }

    #[test]
    fn an_operator_may_be_given_for_any_connector_or_left_out() {
        for operator in [
            json!({"S3": "NO_OP"}),
            json!({"Salesforce": "NO_OP"}),
            json!({}),
        ] {
            let task = json!({
                "taskType": "Map", "connectorOperator": operator,
                "sourceFields": ["a"], "destinationField": "b",
            });
            let expected = Task::Map {
                source: "a".to_owned(),
                destination: "b".to_owned(),
                destination_type: None,
            };
            assert_eq!(parse(task), Ok(expected));
        }
        let two = json!({
            "taskType": "Map", "connectorOperator": {"S3": "NO_OP", "Salesforce": "NO_OP"},
            "sourceFields": ["a"], "destinationField": "b",
        });
        assert_eq!(
            parse(two).unwrap_err(),
            "A task can have one connector operator only"
        );
    }

    #[test]
    fn a_wrong_operator_is_refused_in_the_words_of_aws() {
        let error = parse(with("Filter", "NO_OP", &["a"], &json!({}))).unwrap_err();
        assert_eq!(
            error,
            "The operator NO_OP is not valid for filtering tasks.  The task sourceConnectorType \
             is FILTERING and the task operator is NO_OP"
        );
        for (task_type, operator) in [
            ("Map", "PROJECTION"),
            ("Map_all", "EQUAL_TO"),
            ("Mask", "NO_OP"),
            ("Truncate", "MASK_ALL"),
            ("Validate", "NO_OP"),
            ("Merge", "ADDITION"),
            ("Arithmetic", "NO_OP"),
            ("Passthrough", "BETWEEN"),
        ] {
            let properties = json!({"TRUNCATE_LENGTH": "1"});
            let error = parse(with(task_type, operator, &["a"], &properties)).unwrap_err();
            assert!(error.starts_with(&format!("The operator {operator} is not valid for")));
        }
    }

    #[test]
    fn values_of_a_filter_are_not_trimmed() {
        let filter =
            |operator, properties| match parse(with("Filter", operator, &["a"], &properties))
                .unwrap()
            {
                Task::Filter(filter) => filter.values,
                other => panic!("{other:?}"),
            };
        assert_eq!(filter("EQUAL_TO", json!({"VALUE": "x, y"})), ["x, y"]);
        assert_eq!(filter("EQUAL_TO", json!({"VALUES": "x, y"})), ["x", " y"]);
        assert_eq!(
            filter("BETWEEN", json!({"LOWER_BOUND": "1", "UPPER_BOUND": "2"})),
            ["1", "2"]
        );
        for (operator, properties) in [
            ("EQUAL_TO", json!({})),
            ("EQUAL_TO", json!({"VALUE": "x", "VALUES": "x"})),
            ("BETWEEN", json!({"LOWER_BOUND": "1"})),
        ] {
            assert!(parse(with("Filter", operator, &["a"], &properties)).is_err());
        }
        let two_fields = with("Filter", "EQUAL_TO", &["a", "b"], &json!({"VALUE": "x"}));
        assert_eq!(
            parse(two_fields).unwrap_err(),
            "A Filter task needs one source field, this one has 2"
        );
    }

    #[test]
    fn masks_have_a_character_and_a_length() {
        let change = |operator, properties| match parse(with("Mask", operator, &["a"], &properties))
        {
            Ok(Task::Change { change, .. }) => Ok(change),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        assert_eq!(
            change("MASK_ALL", json!({"MASK_LENGTH": "5", "MASK_VALUE": "#"})),
            Ok(Change::MaskAll {
                mask: '#',
                length: Some(5)
            })
        );
        assert_eq!(
            change("MASK_ALL", json!({})),
            Ok(Change::MaskAll {
                mask: '*',
                length: None
            })
        );
        assert_eq!(
            change("MASK_LAST_N", json!({"MASK_LENGTH": "4"})),
            Ok(Change::MaskLast {
                mask: '*',
                count: 4
            })
        );
        assert_eq!(
            change("MASK_FIRST_N", json!({})).unwrap_err(),
            "A Mask task needs the property MASK_LENGTH"
        );
        assert!(change("MASK_ALL", json!({"MASK_VALUE": "**"})).is_err());
        assert!(change("MASK_ALL", json!({"MASK_LENGTH": "five"})).is_err());
    }

    #[test]
    fn lists_of_names_are_json_or_have_commas() {
        let partition = |list: &str| {
            parse(json!({
                "taskType": "Partition", "sourceFields": [],
                "taskProperties": {"ORDERED_PARTITION_KEYS_LIST": list},
            }))
        };
        let keys = Task::Partition(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(partition(r#"["a", "b"]"#), Ok(keys.clone()));
        assert_eq!(partition("a, b"), Ok(keys));
        assert!(partition("[a]").is_err());
        assert!(partition("[]").is_err());
        let all = json!({"taskType": "Map_all", "sourceFields": []});
        assert_eq!(
            parse(all),
            Ok(Task::MapAll {
                excluded: HashSet::new()
            })
        );
    }

    #[test]
    fn results_are_named_by_the_destination_field_or_all_fields() {
        let mut task = with(
            "Arithmetic",
            "SUBTRACTION",
            &["a", "b"],
            &json!({"MATH_OPERATION_FIELDS_ORDER": "b,a"}),
        );
        let expected = |result: &str| Task::Arithmetic {
            operands: ["b".to_owned(), "a".to_owned()],
            result: result.to_owned(),
            operation: Operation::Subtract,
        };
        assert_eq!(parse(task.clone()), Ok(expected("a,b")));
        task["destinationField"] = json!("difference");
        assert_eq!(parse(task), Ok(expected("difference")));
        let merge = with(
            "Merge",
            "NO_OP",
            &["a", "b"],
            &json!({"CONCAT_FORMAT": "${c}"}),
        );
        assert_eq!(
            parse(merge).unwrap_err(),
            "CONCAT_FORMAT names c, which is not a field of its task"
        );
    }
}
