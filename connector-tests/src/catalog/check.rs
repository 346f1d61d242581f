/// A check: one thing that AppFlow expects of connectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// A stable name, such as `data.paging-ends`. The part before the point is its group.
    pub id: &'static str,
    /// Why it is made, in a sentence.
    pub why: &'static str,
}

impl Check {
    pub(super) const fn new(id: &'static str, why: &'static str) -> Self {
        Self { id, why }
    }
}
