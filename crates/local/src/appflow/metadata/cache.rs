//! What connectors said about their entities, for as long as they allow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use appflow_connector_model::{CacheControl, Entity, EntityDefinition, TimeUnit};

use crate::wire::timestamp::Timestamp;

const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);
const MIN_LIFETIME: Duration = Duration::from_mins(10);
/// Pages of entities and descriptions of entities, of all connections. The oldest go first.
const MAX_ENTRIES: usize = 2000;

/// Which question an entry is the answer to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) profile: String,
    pub(crate) api_version: Option<String>,
    pub(crate) subject: Subject,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// One page of a level's entities.
    Entities {
        path: Option<String>,
        max_results: u32,
        next_token: Option<String>,
    },
    /// The fields of an entity.
    Entity(String),
}

/// An answer of a connector.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Entities(Arc<EntityPage>),
    Entity(Arc<EntityDefinition>),
}

/// A page of entities.
#[derive(Debug)]
pub(crate) struct EntityPage {
    pub(crate) entities: Vec<Entity>,
    pub(crate) next_token: Option<String>,
}

#[derive(Debug)]
struct Entry {
    answer: Answer,
    kept_at: Timestamp,
    ends_at: Timestamp,
}

/// The cache. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache(Arc<Mutex<BTreeMap<Key, Entry>>>);

impl Cache {
    pub(crate) fn get(&self, key: &Key, now: Timestamp) -> Option<Answer> {
        let entries = self.lock();
        let entry = entries.get(key).filter(|entry| now < entry.ends_at)?;
        Some(entry.answer.clone())
    }

    pub(crate) fn put(
        &self,
        key: Key,
        answer: Answer,
        control: Option<&CacheControl>,
        now: Timestamp,
    ) {
        let mut entries = self.lock();
        if entries.len() >= MAX_ENTRIES {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.kept_at);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                entries.remove(&oldest);
            }
        }
        let entry = Entry {
            answer,
            kept_at: now,
            ends_at: now.plus(lifetime(control)),
        };
        entries.insert(key, entry);
    }

    /// Removes what this is true of.
    pub(crate) fn forget(&self, is_forgotten: impl Fn(&Key) -> bool) {
        self.lock().retain(|key, _| !is_forgotten(key));
    }

    /// Removes everything: a connector or a connection has changed.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An hour, or what the connector says, but at least ten minutes.
fn lifetime(control: Option<&CacheControl>) -> Duration {
    let Some(control) = control else {
        return DEFAULT_LIFETIME;
    };
    let Some(unit) = control.time_to_live_unit else {
        return DEFAULT_LIFETIME;
    };
    let time = control.time_to_live;
    let minutes = |minutes: u64| Duration::from_secs(time.saturating_mul(minutes * 60));
    let lifetime = match unit {
        TimeUnit::Nanoseconds => Duration::from_nanos(time),
        TimeUnit::Microseconds => Duration::from_micros(time),
        TimeUnit::Milliseconds => Duration::from_millis(time),
        TimeUnit::Seconds => Duration::from_secs(time),
        TimeUnit::Minutes => minutes(1),
        TimeUnit::Hours => minutes(60),
        TimeUnit::Days => minutes(24 * 60),
    };
    lifetime.max(MIN_LIFETIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_an_hour_or_the_connectors_and_at_least_ten_minutes() {
        let of = |time_to_live, unit| {
            lifetime(Some(&CacheControl {
                time_to_live,
                time_to_live_unit: unit,
            }))
            .as_secs()
        };
        assert_eq!(lifetime(None).as_secs(), 3600);
        assert_eq!(of(5, None), 3600);
        assert_eq!(of(2, Some(TimeUnit::Hours)), 7200);
        assert_eq!(of(1, Some(TimeUnit::Seconds)), 600);
        assert_eq!(of(601, Some(TimeUnit::Seconds)), 601);
        assert_eq!(of(u64::MAX, Some(TimeUnit::Days)), u64::MAX);
    }
}
