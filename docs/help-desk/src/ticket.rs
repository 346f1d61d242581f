//! A ticket, and what the help desk accepts as one.

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) const FIRST_ID: u64 = 10_001;

pub(crate) const STATES: [&str; 4] = ["new", "open", "pending", "solved"];

const SUBJECTS: [&str; 6] = [
    "Printer on fire",
    "Login fails",
    "Invoice is wrong",
    "Screen flickers",
    "cannot print",
    "Password forgotten",
];

/// A ticket, as the API returns it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ticket {
    pub(crate) id: u64,
    pub(crate) subject: String,
    pub(crate) status: String,
    requester: String,
    priority: Option<i32>,
    cost: Option<serde_json::Number>,
    is_public: bool,
    due_on: Option<String>,
    tags: Vec<String>,
    #[serde(serialize_with = "as_text")]
    created_at: Timestamp,
    #[serde(serialize_with = "as_text")]
    pub(crate) updated_at: Timestamp,
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// What a client sends to create or change a ticket. `None` is a member that it left out,
/// `Some(None)` one that is null.
#[expect(
    clippy::option_option,
    reason = "a member can be absent, null or a value"
)]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    subject: Option<String>,
    status: Option<String>,
    requester: Option<String>,
    #[serde(default, deserialize_with = "present")]
    priority: Option<Option<i32>>,
    #[serde(default, deserialize_with = "present")]
    cost: Option<Option<serde_json::Number>>,
    is_public: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    due_on: Option<Option<String>>,
    tags: Option<Vec<String>>,
}

fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Ticket {
    /// The tickets that the help desk starts with: always the same.
    pub(crate) fn generated(id: u64) -> Self {
        let number = usize::try_from(id).unwrap_or_default();
        let count = id - FIRST_ID;
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a valid time");
        let after = |minutes: u64| start + i64::try_from(minutes).unwrap_or_default().minutes();
        let cost = format!("{}.{:02}", id % 90, id % 100);
        Self {
            id,
            subject: format!("{} ({})", SUBJECTS[number % SUBJECTS.len()], id % 50),
            status: STATES[number / 3 % STATES.len()].to_owned(),
            requester: format!("user{}@example.com", id % 40),
            priority: (!id.is_multiple_of(4)).then_some(i32::try_from(id % 5).unwrap_or_default()),
            cost: (!id.is_multiple_of(7)).then(|| cost.parse().expect("a number")),
            is_public: id.is_multiple_of(3),
            due_on: (!id.is_multiple_of(5)).then(|| format!("2026-0{}-1{}", id % 9 + 1, id % 10)),
            tags: ["vip", "billing"][..number % 3]
                .iter()
                .map(|&tag| tag.to_owned())
                .collect(),
            created_at: after(count),
            // Tickets change in another order than they were created in, some at the same time.
            updated_at: after(3_000 + count * 7_919 % 2_000),
        }
    }

    /// A new ticket.
    pub(crate) fn created(id: u64, change: Change) -> Result<Self, String> {
        let requester = change.requester.clone().ok_or("requester is missing")?;
        if !requester.contains('@') {
            return Err("requester is not an e-mail address".to_owned());
        }
        let now = now();
        let mut ticket = Self {
            id,
            subject: String::new(),
            status: "new".to_owned(),
            requester,
            priority: None,
            cost: None,
            is_public: false,
            due_on: None,
            tags: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        let requester = None;
        ticket.change(Change {
            requester,
            ..change
        })?;
        Ok(ticket)
    }

    /// Changes the ticket, unless the change is refused.
    pub(crate) fn change(&mut self, change: Change) -> Result<(), String> {
        if change.requester.is_some() {
            return Err("requester cannot be changed".to_owned());
        }
        let subject = change.subject.unwrap_or_else(|| self.subject.clone());
        if subject.is_empty() || subject.chars().count() > 200 {
            return Err("subject must have 1 to 200 characters".to_owned());
        }
        let status = change.status.unwrap_or_else(|| self.status.clone());
        if !STATES.contains(&&*status) {
            return Err(format!("status must be one of {}", STATES.join(", ")));
        }
        self.subject = subject;
        self.status = status;
        self.priority = change.priority.unwrap_or(self.priority);
        self.cost = change.cost.unwrap_or_else(|| self.cost.clone());
        self.is_public = change.is_public.unwrap_or(self.is_public);
        self.due_on = change.due_on.unwrap_or_else(|| self.due_on.clone());
        self.tags = change.tags.unwrap_or_else(|| self.tags.clone());
        self.updated_at = now();
        Ok(())
    }
}

/// The time, in whole seconds.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("now is a valid time")
}
