//! Whole SOQL queries.

use appflow_connector_model::ConnectorError;

use super::soql::{Soql, escape};

/// A SOQL query: an object's fields, a condition, and the key by which its records are read.
///
/// Queries in the order of a unique key can continue after any record, whatever changes in between,
/// without the cursors that Salesforce keeps.
///
/// ```
/// use appflow_connector_queryfilter::translate::SoqlQuery;
///
/// let query = SoqlQuery::select("Account", ["Id", "Name", "Owner.Name"])?
///     .condition(Some("Name != null".to_owned()))
///     .key(Some("Id"))?;
/// assert_eq!(
///     query.text(None, None),
///     "SELECT Id,Name,Owner.Name FROM Account WHERE Name != null ORDER BY Id"
/// );
/// assert_eq!(
///     query.text(Some("001A"), Some(500)),
///     "SELECT Id,Name,Owner.Name FROM Account WHERE Name != null AND Id > '001A' ORDER BY Id LIMIT 500"
/// );
///
/// let error = SoqlQuery::select("Account", ["Id FROM User--"]).unwrap_err();
/// assert_eq!(
///     error.message(),
///     "`Id FROM User--` is not a valid name of a Salesforce object or field"
/// );
/// # Ok::<(), appflow_connector_model::ConnectorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoqlQuery {
    /// `SELECT … FROM …`
    select: String,
    condition: Option<String>,
    key: Option<String>,
    limit: Option<u64>,
}

impl SoqlQuery {
    /// Selects an object's fields, or fields of parent objects such as `Owner.Name`.
    ///
    /// # Errors
    /// InvalidArgument if the object or a field is not a valid name.
    pub fn select<'n>(
        object: &str,
        fields: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, ConnectorError> {
        let mut select = "SELECT ".to_owned();
        for (index, field) in fields.into_iter().enumerate() {
            Soql::check_name(field)?;
            if index > 0 {
                select.push(',');
            }
            select.push_str(field);
        }
        Soql::check_name(object)?;
        select.push_str(" FROM ");
        select.push_str(object);
        Ok(Self {
            select,
            condition: None,
            key: None,
            limit: None,
        })
    }

    /// Sets the condition, as [`Soql`] translates it from a filter.
    #[must_use]
    pub fn condition(mut self, condition: Option<String>) -> Self {
        self.condition = condition;
        self
    }

    /// Sets the field by which records are ordered: text that is unique and never changes.
    ///
    /// # Errors
    /// InvalidArgument if it is not a valid name.
    pub fn key(mut self, key: Option<&str>) -> Result<Self, ConnectorError> {
        key.map_or(Ok(()), Soql::check_name)?;
        self.key = key.map(str::to_owned);
        Ok(self)
    }

    /// Sets the maximum number of records.
    #[must_use]
    pub const fn limit(mut self, limit: Option<u64>) -> Self {
        self.limit = limit;
        self
    }

    /// Writes the query for the records whose keys are greater than `after`, and for at most
    /// `limit` records, if that is less than the query's own.
    pub fn text(&self, after: Option<&str>, limit: Option<u64>) -> String {
        let mut soql = self.select.clone();
        let after = self.key.as_ref().zip(after);
        let after = after.map(|(key, after)| format!("{key} > '{}'", escape(after, false)));
        for (index, condition) in self.condition.iter().chain(&after).enumerate() {
            soql.push_str(if index == 0 { " WHERE " } else { " AND " });
            soql.push_str(condition);
        }
        if let Some(key) = &self.key {
            soql.push_str(" ORDER BY ");
            soql.push_str(key);
        }
        if let Some(limit) = limit.into_iter().chain(self.limit).min() {
            soql.push_str(" LIMIT ");
            soql.push_str(&limit.to_string());
        }
        soql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_cannot_change_the_query() {
        for name in ["", "a b", "a'b", "a,b", "a--", "1a", "a.", ".a", "é", "a\0"] {
            assert!(SoqlQuery::select(name, ["Id"]).is_err(), "{name}");
            assert!(
                SoqlQuery::select("Account", ["Id", name]).is_err(),
                "{name}"
            );
            let query = SoqlQuery::select("Account", ["Id"]).unwrap();
            assert!(query.key(Some(name)).is_err(), "{name}");
        }
        let query = SoqlQuery::select("A", ["B__c", "Parent__r.C"]).unwrap();
        let query = query.key(Some("B__c")).unwrap().limit(Some(7));
        assert_eq!(
            query.text(Some(r"x\' OR B__c > '"), Some(9)),
            r"SELECT B__c,Parent__r.C FROM A WHERE B__c > 'x\\\' OR B__c > \'' ORDER BY B__c LIMIT 7"
        );
    }
}
