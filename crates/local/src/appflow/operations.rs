//! The one table of operations. Methods, paths, members and declared errors are in the model.

use std::pin::Pin;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::appflow::call::Call;
use crate::appflow::connectors::operations as connectors;
use crate::appflow::context::AppFlow;
use crate::appflow::executions::operations as executions;
use crate::appflow::flows::operations as flows;
use crate::appflow::flows::runs;
use crate::appflow::metadata::operations as metadata;
use crate::appflow::profiles::operations as profiles;
use crate::appflow::profiles::update as profile_update;
use crate::appflow::tags;
use crate::wire::error::ServiceError;
use crate::wire::model::Model;

/// The public model, without what appflow-local does not use: see `scripts/strip_model.py`.
pub(crate) static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // A test reads it.
    serde_json::from_str(include_str!("model.json")).expect("the embedded model is valid")
});

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<Value, ServiceError>> + Send>>;

/// An operation and what runs it.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) run: fn(AppFlow, Call) -> Running,
}

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CancelFlowExecutions",
        run: |appflow, call| Box::pin(executions::cancel(appflow, call)),
    },
    Operation {
        name: "CreateConnectorProfile",
        run: |appflow, call| Box::pin(profiles::create(appflow, call)),
    },
    Operation {
        name: "CreateFlow",
        run: |appflow, call| Box::pin(flows::create(appflow, call)),
    },
    Operation {
        name: "DeleteConnectorProfile",
        run: |appflow, call| Box::pin(profiles::delete(appflow, call)),
    },
    Operation {
        name: "DeleteFlow",
        run: |appflow, call| Box::pin(flows::delete(appflow, call)),
    },
    Operation {
        name: "DescribeConnector",
        run: |appflow, call| Box::pin(connectors::describe(appflow, call)),
    },
    Operation {
        name: "DescribeConnectorEntity",
        run: |appflow, call| Box::pin(metadata::describe_entity(appflow, call)),
    },
    Operation {
        name: "DescribeConnectorProfiles",
        run: |appflow, call| Box::pin(profiles::describe_all(appflow, call)),
    },
    Operation {
        name: "DescribeConnectors",
        run: |appflow, call| Box::pin(connectors::describe_all(appflow, call)),
    },
    Operation {
        name: "DescribeFlow",
        run: |appflow, call| Box::pin(flows::describe(appflow, call)),
    },
    Operation {
        name: "DescribeFlowExecutionRecords",
        run: |appflow, call| Box::pin(runs::describe_records(appflow, call)),
    },
    Operation {
        name: "ListConnectorEntities",
        run: |appflow, call| Box::pin(metadata::list_entities(appflow, call)),
    },
    Operation {
        name: "ListConnectors",
        run: |appflow, call| Box::pin(connectors::list(appflow, call)),
    },
    Operation {
        name: "ListFlows",
        run: |appflow, call| Box::pin(flows::list(appflow, call)),
    },
    Operation {
        name: "ListTagsForResource",
        run: |appflow, call| Box::pin(tags::list(appflow, call)),
    },
    Operation {
        name: "RegisterConnector",
        run: |appflow, call| Box::pin(connectors::register(appflow, call)),
    },
    Operation {
        name: "ResetConnectorMetadataCache",
        run: |appflow, call| Box::pin(metadata::reset_cache(appflow, call)),
    },
    Operation {
        name: "StartFlow",
        run: |appflow, call| Box::pin(executions::start(appflow, call)),
    },
    Operation {
        name: "StopFlow",
        run: |appflow, call| Box::pin(runs::stop(appflow, call)),
    },
    Operation {
        name: "TagResource",
        run: |appflow, call| Box::pin(tags::tag(appflow, call)),
    },
    Operation {
        name: "UnregisterConnector",
        run: |appflow, call| Box::pin(connectors::unregister(appflow, call)),
    },
    Operation {
        name: "UntagResource",
        run: |appflow, call| Box::pin(tags::untag(appflow, call)),
    },
    Operation {
        name: "UpdateConnectorProfile",
        run: |appflow, call| Box::pin(profile_update::update(appflow, call)),
    },
    Operation {
        name: "UpdateConnectorRegistration",
        run: |appflow, call| Box::pin(connectors::update_registration(appflow, call)),
    },
    Operation {
        name: "UpdateFlow",
        run: |appflow, call| Box::pin(flows::update(appflow, call)),
    },
];

/// Returns the operation that a method and a raw path name, with the members that the path has.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Operation, Map<String, Value>)> {
    OPERATIONS.iter().find_map(|operation| {
        let model = &MODEL.operations[operation.name];
        let members = match_path(&model.path, path).filter(|_| model.method == method)?;
        Some((operation, members))
    })
}

/// Compares a raw path with a template such as `/tags/{resourceArn}`: a member is one segment,
/// percent-encoded.
fn match_path(template: &str, path: &str) -> Option<Map<String, Value>> {
    let Some((start, member)) = template.split_once('{') else {
        return (template == path).then(Map::new);
    };
    let segment = path.strip_prefix(start)?;
    if segment.is_empty() || segment.contains('/') {
        return None;
    }
    let value = percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let member = member.trim_end_matches('}').to_owned();
    Some(Map::from_iter([(member, Value::String(value))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_model_can_be_read() {
        for shape in MODEL.shapes.values() {
            shape.matches("");
        }
    }

    #[test]
    fn a_path_has_one_encoded_segment() {
        let found = |path| match_path("/tags/{resourceArn}", path);
        let arn = "arn:aws:appflow:us-east-1:123456789012:flow/a#b";
        assert_eq!(
            found("/tags/arn%3Aaws%3Aappflow%3Aus-east-1%3A123456789012%3Aflow%2Fa%23b"),
            Some(Map::from_iter([(
                "resourceArn".to_owned(),
                Value::from(arn)
            )]))
        );
        assert_eq!(found("/tags/"), None);
        assert_eq!(found("/tags/a/b"), None);
        assert_eq!(found("/create-flow"), None);
    }
}
