//! The store that all clones of a service and its endpoint use, and who keeps what changes in it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::secret::Secret;
use crate::secrets_manager::store::Store;
#[cfg(feature = "appflow")]
use crate::wire::error::ServiceError;

/// Secrets by name. `None` if no secret has this name.
pub(super) type Secrets = BTreeMap<String, Option<Secret>>;

/// The future of [`Journal::save`].
pub(super) type Saving = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Keeps secrets beyond the process.
pub(super) trait Journal: Debug + Send + Sync {
    /// Keeps these secrets, and forgets those that are `None`. It is queued by this call, and
    /// durable when the future ends; the error says why it is not.
    fn save(&self, changes: Secrets) -> Saving;
}

/// A store, with a journal or in memory only. A clone is the same one.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Arc<Mutex<Store>>,
    journal: Option<Arc<dyn Journal>>,
    /// One change at a time, so that one that can't be kept can be undone.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Keeper {
    pub(super) fn in_memory(store: Store) -> Self {
        Self {
            store: Arc::new(Mutex::new(store)),
            journal: None,
            turn: Arc::default(),
        }
    }

    #[cfg(feature = "appflow")]
    pub(super) fn with_journal(store: Store, journal: Arc<dyn Journal>) -> Self {
        Self {
            journal: Some(journal),
            ..Self::in_memory(store)
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the store. The change is durable when this returns `Ok`.
    pub(super) async fn change<T>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<T, SecretsManagerError>,
    ) -> Result<T, SecretsManagerError> {
        let Some(journal) = &self.journal else {
            return change(&mut self.lock());
        };
        let _turn = self.turn.lock().await;
        let (result, before, saving) = self.start(journal, change);
        if let Some(saving) = saving
            && let Err(problem) = saving.await
        {
            self.lock().restore(before);
            return Err(SecretsManagerError::NotSaved(problem));
        }
        result
    }

    /// Changes the store. `save` makes the change durable in place of the journal; if it returns an
    /// error, the change is undone.
    #[cfg(feature = "appflow")]
    pub(super) async fn change_with<T, S>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<(), SecretsManagerError>,
        save: impl FnOnce(Secrets) -> S,
    ) -> Result<Result<T, ServiceError>, SecretsManagerError>
    where
        S: Future<Output = Result<Result<T, ServiceError>, SecretsManagerError>>,
    {
        let _turn = self.turn.lock().await;
        let (before, saving) = {
            let mut store = self.lock();
            let changed = change(&mut store);
            let (before, after) = take_changes(&mut store);
            if let Err(refused) = changed {
                store.restore(before);
                return Err(refused);
            }
            (before, save(after))
        };
        let saved = saving.await;
        if !matches!(saved, Ok(Ok(_))) {
            self.lock().restore(before);
        }
        saved
    }

    /// Changes the store, and does not wait until the change is durable.
    pub(super) fn change_now<T>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<T, SecretsManagerError>,
    ) -> Result<T, SecretsManagerError> {
        match &self.journal {
            Some(journal) => self.start(journal, change).0,
            None => change(&mut self.lock()),
        }
    }

    /// Changes the store and queues the change for the journal.
    fn start<T>(
        &self,
        journal: &Arc<dyn Journal>,
        change: impl FnOnce(&mut Store) -> Result<T, SecretsManagerError>,
    ) -> (Result<T, SecretsManagerError>, Secrets, Option<Saving>) {
        let mut store = self.lock();
        let result = change(&mut store);
        let (before, after) = take_changes(&mut store);
        let saving = (!after.is_empty()).then(|| journal.save(after));
        (result, before, saving)
    }
}

/// Returns the secrets that were changed, as they were before and as they are now.
fn take_changes(store: &mut Store) -> (Secrets, Secrets) {
    let before = store.take_changes();
    let after = before
        .keys()
        .map(|name| (name.clone(), store.secret(name).cloned()))
        .collect();
    (before, after)
}
