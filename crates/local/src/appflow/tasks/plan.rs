//! What a run does to its records: the tasks of a flow, checked against its source and destination.

use std::collections::{HashMap, HashSet};

use appflow_connector_model::{EntityDefinition, FieldDataType, FieldDefinition};
use appflow_connector_queryfilter::ast::Filter;

use super::change::Change;
use super::combine::{Format, Operation};
use super::filter::{Conditions, permissive_entity, type_in_files};
use super::task::{BadRecord, FilterTask, Task};
use super::validation::Rule;
use crate::appflow::flows::definition::FlowDefinition;
use crate::appflow::schedule::Window;

/// Limits of a flow.
const MAX_FILTERS: usize = 10;
const MAX_FILTER_VALUES: usize = 10;
const MAX_PARTITION_KEYS: usize = 10;

/// The text of AWS for a flow that selects no field.
const NO_PROJECTION: &str = "You must specify a projection task or a MAP_ALL task";

/// The work on each record, in this order: filters that the connector does not test, validations,
/// changes of single fields, combinations of several, and outputs.
///
/// A record's values are in slots: first those that are read, then those that tasks make.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The connector's `selectedFieldNames`.
    pub(crate) selected_fields: Vec<String>,
    /// The connector's `filterExpression`.
    pub(crate) filter_expression: Option<String>,
    /// Without an output nothing is moved.
    pub(crate) moves_nothing: bool,
    /// The destination's fields that make folders.
    pub(crate) partition_keys: Vec<String>,
    /// The source's fields in the first slots.
    pub(super) reads: Vec<String>,
    pub(super) filter: Option<LocalFilter>,
    pub(super) validations: Vec<Validation>,
    pub(super) changes: Vec<(usize, Change)>,
    /// The values in the slots after `reads`.
    pub(super) combinations: Vec<Combination>,
    pub(super) outputs: Vec<Output>,
    /// Fields of files that are mapped without being named.
    pub(super) rest: Option<Rest>,
}

/// A filter for the records that arrive here, on fields of this entity.
#[derive(Clone, Debug)]
pub(super) struct LocalFilter {
    pub(super) filter: Filter,
    pub(super) entity: EntityDefinition,
    /// The slots of the entity's fields.
    pub(super) slots: Vec<usize>,
    /// Whether the source declares the types, so that a value of another type is its error.
    pub(super) has_declared_types: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Validation {
    pub(super) slot: usize,
    pub(super) rule: Rule,
    pub(super) action: BadRecord,
}

#[derive(Clone, Debug)]
pub(super) enum Combination {
    Merge(Vec<usize>, Format),
    Arithmetic([usize; 2], Operation),
}

/// One field of the destination.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) column: Column,
    pub(super) slot: usize,
    /// The type to convert to.
    pub(super) conversion: Option<FieldDataType>,
    /// Whether a value that cannot be converted fails its record, rather than pass as it is.
    pub(super) is_strict: bool,
}

/// The name of a destination's field, and the type of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) data_type: FieldDataType,
}

#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) excluded: HashSet<String>,
    /// The types of the destination's fields, if it has declared fields.
    pub(super) destination: Option<HashMap<String, FieldDataType>>,
}

impl Plan {
    /// Makes the plan of a flow. A side without an entity is Amazon S3. `window` is the range that
    /// an incremental run reads.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the tasks, in the words that CreateFlow uses.
    pub(crate) fn new(
        flow: &FlowDefinition,
        source: Option<&EntityDefinition>,
        destination: Option<&EntityDefinition>,
        window: Option<(Window, &FieldDefinition)>,
    ) -> Result<Self, Vec<String>> {
        let mut builder = Builder::new(source, destination);
        let mut tasks = Vec::new();
        for task in &flow.tasks {
            match Task::parse(task) {
                Ok(task) => tasks.push(task),
                Err(problem) => builder.problems.push(problem),
            }
        }
        builder.read(&tasks);
        builder.add_filters(&tasks, window);
        for task in &tasks {
            builder.add_step(task);
        }
        builder.add_outputs(&tasks);
        builder.add_partition(&tasks);
        builder.finish()
    }

    /// Returns the destination's fields that are known before a run.
    pub(super) fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs
            .iter()
            .map(|output| output.column.name.as_str())
    }

    /// Returns whether the field is mapped, or can be found in a file.
    pub(super) fn has_output(&self, name: &str) -> bool {
        let can_be_found = |rest: &Rest| !rest.excluded.contains(name);
        self.output_names().any(|output| output == name)
            || self.rest.as_ref().is_some_and(can_be_found)
    }
}

struct Builder<'e> {
    source: Option<&'e EntityDefinition>,
    destination: Option<&'e EntityDefinition>,
    problems: Vec<String>,
    projection: Option<Vec<String>>,
    map_all: Option<HashSet<String>>,
    selected: Vec<String>,
    reads: Vec<String>,
    conditions: Conditions,
    /// The fields that are tested here, with their types.
    tested: Vec<(String, FieldDataType)>,
    validations: Vec<Validation>,
    changes: Vec<(usize, Change)>,
    /// Names, types and work of the combinations.
    combinations: Vec<(String, FieldDataType, Combination)>,
    outputs: Vec<(Place, Output)>,
    rest: Option<Rest>,
    partition_keys: Vec<String>,
}

/// Where the value of an output comes from.
#[derive(Clone, Copy)]
enum Place {
    Read(usize),
    Combination(usize),
}

impl<'e> Builder<'e> {
    fn new(
        source: Option<&'e EntityDefinition>,
        destination: Option<&'e EntityDefinition>,
    ) -> Self {
        Self {
            source,
            destination,
            problems: Vec::new(),
            projection: None,
            map_all: None,
            selected: Vec::new(),
            reads: Vec::new(),
            conditions: Conditions::default(),
            tested: Vec::new(),
            validations: Vec::new(),
            changes: Vec::new(),
            combinations: Vec::new(),
            outputs: Vec::new(),
            rest: None,
            partition_keys: Vec::new(),
        }
    }

    fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Decides which fields are read.
    fn read(&mut self, tasks: &[Task]) {
        for task in tasks {
            match task {
                Task::Projection(_) if self.projection.is_some() => {
                    self.problem("A flow can have one projection task only");
                }
                Task::Projection(fields) => self.projection = Some(fields.clone()),
                Task::MapAll { .. } if self.map_all.is_some() => {
                    self.problem("A flow can have one MAP_ALL task only");
                }
                Task::MapAll { excluded } => self.map_all = Some(excluded.clone()),
                _ => {}
            }
        }
        self.projection = self.projection.take().filter(|fields| !fields.is_empty());
        if self.projection.is_none() && self.map_all.is_none() {
            // A flow from S3 without projection is accepted and moves nothing.
            if self.source.is_some() {
                self.problem(NO_PROJECTION);
            }
            return;
        }
        let Some(source) = self.source else {
            self.selected = self.projection.clone().unwrap_or_default();
            return;
        };
        if let Some(projection) = self.projection.clone() {
            for name in &projection {
                self.check_source_field(name);
            }
            self.selected = projection;
        } else {
            let excluded = self.map_all.clone().unwrap_or_default();
            let fields = source.fields.iter().filter(|field| field.is_retrievable());
            self.selected = fields
                .map(|field| field.field_name.clone())
                .filter(|name| !excluded.contains(name))
                .collect();
        }
    }

    fn check_source_field(&mut self, name: &str) {
        let Some(source) = self.source else { return };
        let entity = &source.entity.entity_identifier;
        match source.field(name) {
            None => self.problem(format!("The source {entity} has no field {name}")),
            Some(field) if !field.is_retrievable() => {
                self.problem(format!("The field {name} of {entity} cannot be retrieved"));
            }
            Some(_) => {}
        }
    }

    fn add_filters(&mut self, tasks: &[Task], window: Option<(Window, &FieldDefinition)>) {
        let filters = tasks.iter().filter_map(|task| match task {
            Task::Filter(filter) => Some(filter),
            _ => None,
        });
        let filters: Vec<&FilterTask> = filters.collect();
        if filters.len() > MAX_FILTERS {
            self.problem(format!("A flow can have at most {MAX_FILTERS} filters"));
        }
        for filter in filters {
            if filter.values.len() > MAX_FILTER_VALUES {
                let field = &filter.field;
                self.problem(format!(
                    "The filter on {field} has more than {MAX_FILTER_VALUES} values"
                ));
            }
            if let Err(problem) = self.add_filter(filter) {
                self.problem(problem);
            }
        }
        if let Some((window, field)) = window {
            let before = self.conditions.local.len();
            self.conditions.add_window(window, field);
            if self.conditions.local.len() > before {
                self.test_here(&field.field_name, field.data_type);
            }
        }
    }

    fn add_filter(&mut self, filter: &FilterTask) -> Result<(), String> {
        let Some(source) = self.source else {
            let data_type = type_in_files(filter);
            self.test_here(&filter.field, data_type);
            // Two filters on a field compare it in the type of the first.
            let tested = self.tested.iter().find(|(name, _)| *name == filter.field);
            let data_type = tested.map_or(data_type, |(_, data_type)| *data_type);
            return self.conditions.add_local(filter, data_type);
        };
        let entity = &source.entity.entity_identifier;
        let field = source
            .field(&filter.field)
            .ok_or_else(|| format!("The source {entity} has no field {}", filter.field))?;
        let before = self.conditions.local.len();
        self.conditions.add(filter, field)?;
        if self.conditions.local.len() > before {
            if !field.is_retrievable() {
                let name = &filter.field;
                return Err(format!(
                    "The field {name} of {entity} can be neither filtered so nor read"
                ));
            }
            self.test_here(&filter.field, field.data_type);
        }
        Ok(())
    }

    fn test_here(&mut self, name: &str, data_type: FieldDataType) {
        if self.tested.iter().all(|(tested, _)| tested != name) {
            self.tested.push((name.to_owned(), data_type));
        }
        if self.source.is_some() && !self.selected.iter().any(|selected| selected == name) {
            self.selected.push(name.to_owned());
        }
    }

    fn add_step(&mut self, task: &Task) {
        match task {
            Task::Validate {
                field,
                rule,
                action,
            } => {
                let slot = self.field_slot(field, "Validate");
                self.validations.push(Validation {
                    slot,
                    rule: *rule,
                    action: *action,
                });
            }
            Task::Change { field, change } => {
                let slot = self.field_slot(field, "Mask or Truncate");
                self.changes.push((slot, change.clone()));
                // The order of tasks has no meaning: what is masked is cut off afterwards.
                self.changes
                    .sort_by_key(|(_, change)| matches!(change, Change::Truncate { .. }));
            }
            Task::Merge {
                fields,
                result,
                format,
            } => {
                let slots = fields.iter().map(|field| self.field_slot(field, "Merge"));
                let merge = Combination::Merge(slots.collect(), format.clone());
                self.add_combination(result, FieldDataType::String, merge);
            }
            Task::Arithmetic {
                operands,
                result,
                operation,
            } => {
                let [left, right] = operands
                    .each_ref()
                    .map(|field| self.field_slot(field, "Arithmetic"));
                let arithmetic = Combination::Arithmetic([left, right], *operation);
                self.add_combination(result, FieldDataType::BigDecimal, arithmetic);
            }
            Task::Projection(_)
            | Task::Filter(_)
            | Task::Map { .. }
            | Task::MapAll { .. }
            | Task::Passthrough(_)
            | Task::Partition(_) => {}
        }
    }

    fn add_combination(&mut self, name: &str, data_type: FieldDataType, work: Combination) {
        let mut names = self.combinations.iter().map(|(name, _, _)| name);
        if names.any(|known| known == name) {
            self.problem(format!("Several tasks have the result {name}"));
        }
        self.combinations.push((name.to_owned(), data_type, work));
    }

    /// Returns the slot of a field that a task uses.
    fn field_slot(&mut self, name: &str, task: &str) -> usize {
        if self.source.is_some() || self.projection.is_some() {
            let is_selected = self.selected.iter().any(|selected| selected == name);
            if !is_selected && self.projection.is_some() {
                self.problem(format!(
                    "The {task} task uses the field {name}, which the projection does not select"
                ));
            } else if !is_selected {
                self.check_source_field(name);
                self.selected.push(name.to_owned());
            }
        }
        slot_of(&mut self.reads, name)
    }

    fn add_outputs(&mut self, tasks: &[Task]) {
        let mapped: HashSet<&str> = tasks
            .iter()
            .filter_map(|task| match task {
                Task::Map { source, .. } => Some(source.as_str()),
                _ => None,
            })
            .collect();
        let mut has_mapped_all = false;
        for task in tasks {
            match task {
                Task::Map {
                    source,
                    destination,
                    destination_type,
                } => {
                    let combination = self
                        .combinations
                        .iter()
                        .position(|(name, _, _)| name == source);
                    let place = match combination {
                        Some(index) => Place::Combination(index),
                        None => Place::Read(self.field_slot(source, "Map")),
                    };
                    self.add_output(destination, place, *destination_type);
                }
                Task::MapAll { .. } if std::mem::replace(&mut has_mapped_all, true) => {}
                Task::MapAll { excluded } => {
                    if self.source.is_none() && self.projection.is_none() {
                        self.rest = Some(Rest {
                            excluded: excluded
                                .iter()
                                .cloned()
                                .chain(mapped.iter().map(|name| (*name).to_owned()))
                                .collect(),
                            destination: self.destination.map(types_of),
                        });
                        continue;
                    }
                    for name in self.mapped_by_all(excluded) {
                        if !mapped.contains(name.as_str()) {
                            self.pass(&name, "Map_all");
                        }
                    }
                }
                Task::Passthrough(fields) => {
                    let fields = if fields.is_empty() {
                        self.selected.clone()
                    } else {
                        fields.clone()
                    };
                    for name in fields {
                        self.pass(&name, "Passthrough");
                    }
                }
                _ => {}
            }
        }
    }

    /// The fields that a Map_all task maps: those that are read for no other purpose than to be
    /// tested here are not.
    fn mapped_by_all(&self, excluded: &HashSet<String>) -> Vec<String> {
        let is_mapped = |name: &&String| !excluded.contains(*name);
        match (&self.projection, self.source) {
            (Some(projection), _) => projection.iter().filter(is_mapped).cloned().collect(),
            (None, Some(source)) => source
                .fields
                .iter()
                .filter(|field| field.is_retrievable())
                .map(|field| &field.field_name)
                .filter(is_mapped)
                .cloned()
                .collect(),
            (None, None) => Vec::new(),
        }
    }

    fn pass(&mut self, name: &str, task: &str) {
        let slot = self.field_slot(name, task);
        self.add_output(name, Place::Read(slot), None);
    }

    fn add_output(&mut self, name: &str, place: Place, named_type: Option<FieldDataType>) {
        if self.has_output(name) {
            self.problem(format!("Several tasks write the destination field {name}"));
            return;
        }
        let own_type = match place {
            Place::Read(slot) => self.type_of_slot(slot),
            Place::Combination(index) => self.combinations[index].1,
        };
        let declared = self.destination.map(|destination| {
            let field = destination.field(name);
            (field.map(|field| field.data_type), destination)
        });
        let conversion = match declared {
            Some((Some(data_type), _)) => Some(data_type),
            Some((None, destination)) => {
                let entity = &destination.entity.entity_identifier;
                self.problem(format!("The destination {entity} has no field {name}"));
                return;
            }
            None => named_type,
        };
        // What a connector declares as of the same type needs no look at each value.
        let is_declared = self.source.is_some() || matches!(place, Place::Combination(_));
        let conversion = conversion.filter(|to| !(is_declared && *to == own_type));
        let output = Output {
            column: Column {
                name: name.to_owned(),
                data_type: conversion.unwrap_or(own_type),
            },
            slot: 0,
            conversion,
            is_strict: self.destination.is_some(),
        };
        self.outputs.push((place, output));
    }

    fn has_output(&self, name: &str) -> bool {
        let mut outputs = self.outputs.iter();
        outputs.any(|(_, output)| output.column.name == name)
    }

    fn type_of_slot(&self, slot: usize) -> FieldDataType {
        let is_changed = self.changes.iter().any(|(changed, _)| *changed == slot);
        let field = self
            .source
            .and_then(|source| source.field(&self.reads[slot]));
        match field {
            Some(field) if !is_changed => field.data_type,
            _ => FieldDataType::String,
        }
    }

    fn add_partition(&mut self, tasks: &[Task]) {
        for task in tasks {
            let Task::Partition(keys) = task else {
                continue;
            };
            if self.destination.is_some() {
                self.problem("A Partition task needs Amazon S3 as the destination");
            }
            if !self.partition_keys.is_empty() {
                self.problem("A flow can have one Partition task only");
            }
            if keys.len() > MAX_PARTITION_KEYS {
                self.problem(format!(
                    "A flow can have at most {MAX_PARTITION_KEYS} partition keys"
                ));
            }
            for key in keys {
                if !self.has_output(key) && self.rest.is_none() {
                    self.problem(format!(
                        "The partition key {key} is not a destination field"
                    ));
                }
            }
            self.partition_keys.clone_from(keys);
        }
    }

    fn finish(mut self) -> Result<Plan, Vec<String>> {
        if !self.problems.is_empty() {
            let prefix = |problem| format!("Task Validation Error: {problem}");
            return Err(self.problems.into_iter().map(prefix).collect());
        }
        let filter = self.conditions.local_filter().map(|filter| LocalFilter {
            filter,
            slots: self
                .tested
                .iter()
                .map(|(name, _)| slot_of(&mut self.reads, name))
                .collect(),
            entity: permissive_entity(self.tested.iter().cloned()),
            has_declared_types: self.source.is_some(),
        });
        let first_combination = self.reads.len();
        let outputs = self.outputs.into_iter().map(|(place, output)| Output {
            slot: match place {
                Place::Read(slot) => slot,
                Place::Combination(index) => first_combination + index,
            },
            ..output
        });
        let outputs: Vec<Output> = outputs.collect();
        let is_projected = self.projection.is_some() || self.map_all.is_some();
        Ok(Plan {
            selected_fields: self.selected,
            filter_expression: self.conditions.expression(),
            moves_nothing: !is_projected || (outputs.is_empty() && self.rest.is_none()),
            partition_keys: self.partition_keys,
            reads: self.reads,
            filter,
            validations: self.validations,
            changes: self.changes,
            combinations: self
                .combinations
                .into_iter()
                .map(|(_, _, work)| work)
                .collect(),
            outputs,
            rest: self.rest,
        })
    }
}

fn slot_of(reads: &mut Vec<String>, name: &str) -> usize {
    let known = reads.iter().position(|read| read == name);
    known.unwrap_or_else(|| {
        reads.push(name.to_owned());
        reads.len() - 1
    })
}

fn types_of(entity: &EntityDefinition) -> HashMap<String, FieldDataType> {
    let fields = entity.fields.iter();
    fields
        .map(|field| (field.field_name.clone(), field.data_type))
        .collect()
}
