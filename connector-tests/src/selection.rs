use crate::checks;

/// Which checks are made. The default makes all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
}

/// The beginning of an id that no check has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no check's id begins with `{0}`")]
pub struct UnknownCheck(pub String);

impl Selection {
    /// Makes only the checks whose id begins with one of `only` (all if it is empty), without those whose id begins with one of
    /// `skip`.
    ///
    /// ```
    /// use appflow_connector_tests::Selection;
    ///
    /// assert!(Selection::new(&["data.", "metadata."], &["data.filter-"]).is_ok());
    /// let error = Selection::new(&["date."], &[]).unwrap_err();
    /// assert_eq!(error.to_string(), "no check's id begins with `date.`");
    /// ```
    ///
    /// # Errors
    /// When one of them is the beginning of no check's id.
    pub fn new<T: AsRef<str>>(only: &[T], skip: &[T]) -> Result<Self, UnknownCheck> {
        let check = |ids: &[T]| -> Result<Vec<String>, UnknownCheck> {
            ids.iter()
                .map(|id| match id.as_ref() {
                    id if checks::exists(id) => Ok(id.to_owned()),
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
        skipped.then_some("left out for this run")
    }
}
