//! From a bound filter to the query languages of applications.
//!
//! A [`Translator`] says what its target can express, exactly or as a [superset](Translation). What
//! the target cannot express exactly remains as the [`residual`](Pushdown::residual), another [`BoundFilter`](crate::BoundFilter), which the
//! connector runs on the records that the target returns. So every filter gets the right records,
//! whatever the target supports.
//!
//! | target | translator | output |
//! |---|---|---|
//! | PostgreSQL, MySQL, SQLite | `SqlDialect`, with the feature `sql` | a `sea_query::Expr` with bound parameters |
//! | Salesforce | [`Soql`] | the condition of a `WHERE` clause |
//! | OData 4.0 and 4.01 | [`OData`] | the value of `$filter`, not percent-encoded |
//! | parameters of a REST API, such as `updated_since=` | [`QueryParameters`] | the parameters |
//! | any other | your own, see [`Translator`] | what you need |

mod odata;
mod parameters;
mod soql;
mod soql_query;
#[cfg(feature = "sql")]
mod sql;
mod translator;

pub use odata::OData;
pub use parameters::QueryParameters;
pub use soql::Soql;
pub use soql_query::SoqlQuery;
#[cfg(feature = "sql")]
pub use sql::{SqlDialect, sea_query};
pub use translator::{Pushdown, Translation, Translator};
