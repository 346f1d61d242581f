//! Compares a value with a model: all violations at once.

use serde_json::{Map, Number, Value};

use crate::wire::constraint::{Rule, Violation};
use crate::wire::model::{Kind, Model, Shape};

/// More violations than these are not listed: a body can have as many as it has bytes.
const MAX_VIOLATIONS: usize = 1000;
/// The years 1 to 9999, in seconds since 1970.
const FIRST_SECOND: f64 = -62_135_596_800.0;
const LAST_SECOND: f64 = 253_402_300_799.999;

/// What a value has that its shape does not allow.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// The first member of the wrong JSON type, with the type that it must have.
    pub(crate) wrong_type: Option<String>,
    pub(crate) violations: Vec<Violation>,
}

/// Compares a value with a shape, and returns the value without what the service does not read:
/// members that the shape does not have, and nulls.
pub(crate) fn check(model: &Model, shape: &str, value: Value) -> (Value, Findings) {
    check_with(model, shape, value, true)
}

/// The same without the patterns: what AWS sends breaks them itself.
pub(crate) fn check_response(model: &Model, shape: &str, value: Value) -> (Value, Findings) {
    check_with(model, shape, value, false)
}

fn check_with(model: &Model, shape: &str, value: Value, has_patterns: bool) -> (Value, Findings) {
    let mut walker = Walker {
        model,
        has_patterns,
        findings: Findings::default(),
    };
    let value = walker.walk(&model.shapes[shape], value, "");
    (value, walker.findings)
}

struct Walker<'m> {
    model: &'m Model,
    has_patterns: bool,
    findings: Findings,
}

impl Walker<'_> {
    fn walk(&mut self, shape: &Shape, value: Value, path: &str) -> Value {
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                Value::Object(self.structure(shape, members, path))
            }
            (Kind::List, Value::Array(elements)) => Value::Array(self.list(shape, elements, path)),
            (Kind::Map, Value::Object(entries)) => Value::Object(self.map(shape, entries, path)),
            (Kind::String, Value::String(text)) => {
                for rule in self.broken_by_text(shape, &text) {
                    self.add(shape, &text, path, rule);
                }
                Value::String(text)
            }
            (Kind::Boolean, value @ Value::Bool(_)) | (Kind::Double, value @ Value::Number(_)) => {
                value
            }
            (Kind::Integer | Kind::Long, Value::Number(number)) => {
                self.integer(shape, &number, path);
                Value::Number(number)
            }
            (Kind::Timestamp, Value::Number(number)) if is_a_time(&number) => Value::Number(number),
            (kind, value) => {
                self.wrong_type(path, kind);
                value
            }
        }
    }

    fn structure(
        &mut self,
        shape: &Shape,
        mut members: Map<String, Value>,
        path: &str,
    ) -> Map<String, Value> {
        let model = self.model;
        let mut kept = Map::new();
        for (name, member) in &shape.members {
            let member_path = join(path, name);
            match members.remove(name) {
                None | Some(Value::Null) => {
                    if shape.required.contains(name) {
                        self.push(Violation::of_missing(&member_path));
                    }
                }
                Some(value) => {
                    let value = self.walk(&model.shapes[member], value, &member_path);
                    kept.insert(name.clone(), value);
                }
            }
        }
        kept
    }

    fn list(&mut self, shape: &Shape, elements: Vec<Value>, path: &str) -> Vec<Value> {
        let model = self.model;
        let element = &model.shapes[&shape.element];
        self.length(shape, elements.len(), path, || texts_of(&elements));
        let is_broken = elements
            .iter()
            .filter_map(Value::as_str)
            .any(|text| !self.broken_by_text(element, text).is_empty());
        if element.kind == Kind::String && is_broken {
            let rule = Rule::Elements(rules_of(element));
            self.add_shown(shape, element, texts_of(&elements), path, rule);
        }
        elements
            .into_iter()
            .enumerate()
            .map(|(index, value)| {
                let path = format!("{path}.{}.member", index + 1);
                match (element.kind, value) {
                    (_, Value::Null) => {
                        self.push(Violation::of_missing(&path));
                        Value::Null
                    }
                    (Kind::String, value @ Value::String(_)) => value,
                    (_, value) => self.walk(element, value, &path),
                }
            })
            .collect()
    }

    fn map(
        &mut self,
        shape: &Shape,
        entries: Map<String, Value>,
        path: &str,
    ) -> Map<String, Value> {
        let model = self.model;
        let (key, element) = (&model.shapes[&shape.key], &model.shapes[&shape.element]);
        let is_hidden = shape.is_sensitive || key.is_sensitive || element.is_sensitive;
        let shown = || entries_of(&entries);
        self.length(shape, entries.len(), path, shown);
        let breaks = |shape: &Shape, text: &str| !self.broken_by_text(shape, text).is_empty();
        let mut texts = entries.values().filter_map(Value::as_str);
        let has_bad_key = entries.keys().any(|text| breaks(key, text));
        let has_bad_value = element.kind == Kind::String && texts.any(|text| breaks(element, text));
        let broken = [
            has_bad_key.then(|| Rule::Keys(rules_of(key))),
            has_bad_value.then(|| Rule::Values(rules_of(element))),
        ];
        for rule in broken.into_iter().flatten() {
            self.push(if is_hidden {
                Violation::of_hidden(path, rule)
            } else {
                Violation::of(shown(), path, rule)
            });
        }
        entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let value = match (element.kind, value) {
                    (Kind::String, value @ Value::String(_)) => value,
                    (_, value) if is_hidden => self.walk(element, value, path),
                    (_, value) => self.walk(element, value, &format!("{path}.{name}.member")),
                };
                (name, value)
            })
            .collect()
    }

    /// The rules of a text that this one breaks.
    fn broken_by_text(&self, shape: &Shape, text: &str) -> Vec<Rule> {
        let mut broken = Vec::new();
        if !shape.one_of.is_empty() && !shape.one_of.iter().any(|allowed| allowed == text) {
            broken.push(Rule::OneOf(shape.one_of.clone()));
        }
        if self.has_patterns && !shape.matches(text) {
            broken.extend(shape.pattern.clone().map(Rule::Pattern));
        }
        broken.extend(broken_by_length(shape, text.chars().count()));
        broken
    }

    fn integer(&mut self, shape: &Shape, number: &Number, path: &str) {
        let value = number
            .as_i64()
            .filter(|value| shape.kind == Kind::Long || i32::try_from(*value).is_ok());
        let Some(value) = value else {
            self.wrong_type(path, shape.kind);
            return;
        };
        if let Some(min) = shape.min.filter(|min| value < *min) {
            self.add(shape, &value.to_string(), path, Rule::MinValue(min));
        }
        if let Some(max) = shape.max.filter(|max| value > *max) {
            self.add(shape, &value.to_string(), path, Rule::MaxValue(max));
        }
    }

    fn length(&mut self, shape: &Shape, length: usize, path: &str, shown: impl Fn() -> String) {
        let element = &self.model.shapes[&shape.element];
        for rule in broken_by_length(shape, length) {
            self.add_shown(shape, element, shown(), path, rule);
        }
    }

    fn add_shown(&mut self, shape: &Shape, element: &Shape, shown: String, path: &str, rule: Rule) {
        let is_hidden = shape.is_sensitive || element.is_sensitive;
        self.push(if is_hidden {
            Violation::of_hidden(path, rule)
        } else {
            Violation::of(shown, path, rule)
        });
    }

    fn add(&mut self, shape: &Shape, value: &str, path: &str, rule: Rule) {
        self.push(if shape.is_sensitive {
            Violation::of_hidden(path, rule)
        } else {
            Violation::of(value, path, rule)
        });
    }

    fn push(&mut self, violation: Violation) {
        if self.findings.violations.len() < MAX_VIOLATIONS {
            self.findings.violations.push(violation);
        }
    }

    fn wrong_type(&mut self, path: &str, kind: Kind) {
        let expected = match kind {
            Kind::Structure | Kind::Map => "an object",
            Kind::List => "an array",
            Kind::String => "a string",
            Kind::Boolean => "true or false",
            Kind::Integer => "an integer of 32 bits",
            Kind::Long => "an integer of 64 bits",
            Kind::Double => "a number",
            Kind::Timestamp => "a number: seconds since 1970",
        };
        self.findings
            .wrong_type
            .get_or_insert_with(|| format!("The member '{path}' must be {expected}."));
    }
}

/// In the messages, members are in camel case whatever the wire's names are.
fn join(path: &str, name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().unwrap_or_default().to_ascii_lowercase();
    let name = format!("{first}{}", characters.as_str());
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

fn is_a_time(number: &Number) -> bool {
    number
        .as_f64()
        .is_some_and(|seconds| (FIRST_SECOND..=LAST_SECOND).contains(&seconds))
}

fn limit(limit: Option<i64>) -> Option<usize> {
    limit.and_then(|limit| usize::try_from(limit).ok())
}

fn broken_by_length(shape: &Shape, length: usize) -> Vec<Rule> {
    let min = limit(shape.min).filter(|min| length < *min);
    let max = limit(shape.max).filter(|max| length > *max);
    let min = min.map(Rule::MinLength).into_iter();
    min.chain(max.map(Rule::MaxLength)).collect()
}

/// All rules of a text.
fn rules_of(shape: &Shape) -> Vec<Rule> {
    let mut rules = Vec::new();
    rules.extend(limit(shape.max).map(Rule::MaxLength));
    rules.extend(limit(shape.min).map(Rule::MinLength));
    rules.extend(shape.pattern.clone().map(Rule::Pattern));
    if !shape.one_of.is_empty() {
        rules.push(Rule::OneOf(shape.one_of.clone()));
    }
    rules
}

fn texts_of(elements: &[Value]) -> String {
    let texts: Vec<String> = elements.iter().map(text_of).collect();
    format!("[{}]", texts.join(", "))
}

fn entries_of(entries: &Map<String, Value>) -> String {
    let texts: Vec<String> = entries
        .iter()
        .map(|(key, value)| format!("{key}={}", text_of(value)))
        .collect();
    format!("{{{}}}", texts.join(", "))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
