/// The values of a field.
pub(super) struct Column {
    /// For each row, the index of its value.
    pub(super) of_row: Vec<usize>,
    /// The different values as JSON, in the order of their first occurrence; `None` is null.
    pub(super) values: Vec<Option<String>>,
}
