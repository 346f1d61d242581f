use std::any::Any;
use std::collections::HashMap;

/// What the run knows about the connector, so that nothing is requested twice. A key is the id of
/// the check that is about the fact, with a suffix where one check is about several.
#[derive(Default)]
pub(crate) struct Facts {
    known: HashMap<String, Box<dyn Any + Send>>,
}

impl Facts {
    /// Returns a fact; `None` if it is unknown or of another type.
    pub(crate) fn get<T: Clone + 'static>(&self, key: &str) -> Option<T> {
        self.known.get(key)?.downcast_ref().cloned()
    }

    /// Keeps a fact and replaces the previous one.
    pub(crate) fn keep<T: Send + 'static>(&mut self, key: impl Into<String>, fact: T) {
        self.known.insert(key.into(), Box::new(fact));
    }
}
