use crate::catalog;

/// Which checks are made. Default: all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
}

/// A text that is not the id of a check, or the start of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no check has an id that starts with `{0}`")]
pub struct UnknownCheck(pub String);

impl Selection {
    /// Selects the checks whose id starts with one of `only` (all if it is empty), and skips those
    /// whose id starts with one of `skip`.
    ///
    /// ```
    /// use appflow_connector_tests::Selection;
    ///
    /// assert!(Selection::new(&["data.", "metadata."], &["data.filter-"]).is_ok());
    /// let error = Selection::new(&["date."], &[]).unwrap_err();
    /// assert_eq!(error.to_string(), "no check has an id that starts with `date.`");
    /// ```
    ///
    /// # Errors
    /// If no check has an id that starts with one of them.
    pub fn new<T: AsRef<str>>(only: &[T], skip: &[T]) -> Result<Self, UnknownCheck> {
        let check = |ids: &[T]| -> Result<Vec<String>, UnknownCheck> {
            ids.iter()
                .map(|id| match id.as_ref() {
                    id if catalog::exists(id) => Ok(id.to_owned()),
                    id => Err(UnknownCheck(id.to_owned())),
                })
                .collect()
        };
        Ok(Self {
            only: check(only)?,
            skip: check(skip)?,
        })
    }

    pub(crate) fn includes(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|start| id.starts_with(start))
    }

    pub(crate) fn skip_reason(&self, id: &str) -> Option<&'static str> {
        let skipped = self.skip.iter().any(|start| id.starts_with(start));
        skipped.then_some("skipped for this run")
    }
}
