//! The filter language of Amazon AppFlow's queries: parse, check, run and translate filters.
//!
//! AppFlow sends a connector the filter of a query as text, the `filterExpression` of a
//! QueryDataRequest. Depend on this crate in tools that build, check or run filters. To write a
//! connector, depend on `appflow-connector-sdk`, which re-exports it.
//!
//! # Example
//!
//! A filter is parsed to a tree, bound to the fields of an entity, and then translated for an
//! application or run on records.
//!
//! ```
//! use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition, Record};
//! use appflow_connector_queryfilter::parse;
//! use appflow_connector_queryfilter::translate::{Soql, Translator};
//!
//! // 1. Parse the text.
//! let text = r#"(city = "Austin" or not state = "TX") and elevation between 100 and 500 limit 10"#;
//! let filter = parse(text)?;
//!
//! // 2. Bind: names become fields of the entity, literals become values of the fields' types.
//! let field = |name, data_type| {
//!     FieldDefinition::builder().field_name(name).data_type(data_type).build()
//! };
//! let airport = EntityDefinition::builder()
//!     .entity(Entity::builder().entity_identifier("Airport").build())
//!     .fields(vec![
//!         field("city", FieldDataType::String),
//!         field("state", FieldDataType::String),
//!         field("elevation", FieldDataType::Integer),
//!     ])
//!     .build();
//! let filter = filter.bind(&airport)?;
//!
//! // 3. Translate: the condition for the application.
//! let pushdown = Soql.translate(&filter);
//! assert_eq!(
//!     pushdown.condition.as_deref(),
//!     Some(
//!         "((city = 'Austin' OR (state != 'TX' AND state != null)) \
//!          AND (elevation >= 100 AND elevation <= 500))"
//!     )
//! );
//! assert_eq!(pushdown.limit, Some(10));
//! assert!(pushdown.residual.is_empty());
//!
//! // 4. Or run the filter on records, for an application that has no filters.
//! let austin = r#"{"city": "Austin", "state": "TX", "elevation": 165}"#;
//! let austin = Record::from_json(austin.to_owned())?;
//! assert!(filter.matches(&austin)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A connector does steps 1 and 2 with [`BoundFilter::from_expression`], which returns the errors
//! that AppFlow shows to the flow's owner.
//!
//! # Modules
//!
//! [`ast`] has the tree that [`parse`] returns, [`bound`] has the filter that [`Filter::bind`]
//! makes of it, and [`translate`] has the targets. Errors, and what most programs need, are at the
//! root.
//!
//! # The language
//!
//! | | |
//! |---|---|
//! | whole filter | a predicate, a predicate with `LIMIT count`, or `LIMIT count` alone |
//! | predicate, loosest binding first | `a OR b`, `a AND b`, `NOT a`, `( a )` |
//! | tests | `name op value` with `>` `>=` `<` `<=` `=` `!=` `contains`; `name between value and value`; `name in (value, …)`; a name; a value |
//! | values | `'string'` `"string"` `-5.0` `2021-04-20` `2021-04-20T12:30:45Z` `null`; after `=` and `!=` also `TRUE` `FALSE` |
//! | names | a letter, then letters, digits, `_`, `.`, `-`: `a-5` is a name |
//!
//! Keywords are all upper or all lower case. In a string, `\` before `"` `'` `\` `t` `n` `r` is an
//! escape; any other backslash is literal. This parser accepts what the parsers of the official
//! SDKs accept, and builds the same tree. It differs in these points:
//!
//! - The official lexer drops a character that it does not know, so that `_id = 5` becomes `id =
//!   5`. Here such a character is an error, or part of a name as below.
//! - A LIMIT may have one digit. The official grammar requires two.
//! - `NULL` is null where only a value is allowed. Where a name is allowed it is a name, as in the
//!   official grammar.
//! - A date-time may have an offset, `2021-04-20T12:30:45+01:00`, in place of the `Z`.
//! - A name may start with `_`, `@`, `$` or any Unicode letter, and contain Unicode letters.
//! - Length and nesting have limits, see [`Parser`], and a LIMIT is at most [`u64::MAX`].
//!
//! # What a filter means
//!
//! `between` includes both ends. `contains` looks for a part of text, an element of a list or a key
//! of a map. A comparison of a field without a value is neither true nor false, and neither is its
//! negation, as in SQL; `= null` and `!= null` test whether there is a value. [`Filter::bind`] says
//! which literals each type accepts, [`BoundFilter::matches`] how they compare with a record.
//!
//! # Targets
//!
//! [`translate`] has the targets, and its [`Translator`](translate::Translator) shows how to write
//! your own: three methods, which write one test and join several with AND and OR. What a target
//! cannot express exactly remains in a residual filter. The same filter for each target:
//!
//! ```
//! # use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
//! use appflow_connector_queryfilter::parse;
//! use appflow_connector_queryfilter::translate::{OData, Soql, SqlDialect, Translator};
//!
//! # let field = |name, data_type| {
//! #     FieldDefinition::builder().field_name(name).data_type(data_type).build()
//! # };
//! # let customer = EntityDefinition::builder()
//! #     .entity(Entity::builder().entity_identifier("Customer").build())
//! #     .fields(vec![
//! #         field("name", FieldDataType::String),
//! #         field("since", FieldDataType::Date),
//! #         field("tags", FieldDataType::List),
//! #     ])
//! #     .build();
//! let text = r#"not name contains "5%" and since >= 2021-04-20 and tags contains "vip""#;
//! let filter = parse(text)?.bind(&customer)?;
//!
//! // SOQL: wildcards are escaped, nulls are excluded, and Salesforce has no lists.
//! let soql = Soql.translate(&filter);
//! assert_eq!(
//!     soql.condition.as_deref(),
//!     Some(r"(((NOT name LIKE '%5\%%') AND name != null) AND since >= 2021-04-20)")
//! );
//! assert_eq!(soql.residual.to_string(), r#"tags contains "vip""#);
//!
//! // OData can express all of it.
//! let odata = OData::V4.translate(&filter);
//! assert_eq!(
//!     odata.condition.as_deref(),
//!     Some(
//!         "((not contains(name,'5%') and name ne null) \
//!          and since ge 2021-04-20 and tags/any(e:e eq 'vip'))"
//!     )
//! );
//! assert!(odata.residual.is_empty());
//!
//! // SQL, with the feature `sql`: values are bound parameters.
//! let sql = SqlDialect::MySql.translate(&filter);
//! let (text, parameters) = SqlDialect::MySql.render(&sql.condition.expect("a condition"));
//! assert_eq!(text, "`name` NOT LIKE ? ESCAPE '!' AND `since` >= CAST(? AS DATE)");
//! assert_eq!(parameters, ["%5!%%".into(), "2021-04-20".into()]);
//! assert_eq!(sql.residual.to_string(), r#"tags contains "vip""#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Input safety
//!
//! A filter comes from outside, and an entity's names come from an application.
//!
//! - The time to parse is proportional to the length of the text. Texts longer than 1 MiB and
//!   nesting deeper than 128 levels are refused before any recursion; both limits can be set.
//!   Numbers have at most a thousand digits. The parser is fuzzed.
//! - A value reaches a target only as a value of its field's type: `AnnualRevenue > "0 OR IsDeleted
//!   = true"` is an error, not a query. Text goes through the target's one escaping function or
//!   into a bound parameter, names only if the target's syntax can write them.
//! - Messages show the filter, because its author reads them. They never show a record.
//!
//! # Errors
//!
//! [`ParseError`] and [`BindError`] say what is wrong and underline the place; `?` converts both to
//! an InvalidArgument [`ConnectorError`](appflow_connector_model::ConnectorError).
//! [`EvaluateError`] names the field of a record that is not of its type; `?` converts it to a
//! ServerError, because the record is the application's.

#![warn(unreachable_pub)]

pub mod ast;
mod bind;
pub mod bound;
mod builder;
mod diagnosis;
mod error;
mod evaluate;
mod grammar;
mod nesting;
mod parse;
mod print;
mod quoting;
pub mod translate;

pub use ast::Filter;
pub use bind::{BindError, BindErrorKind};
pub use bound::BoundFilter;
pub use error::{ParseError, ParseErrorKind};
pub use evaluate::EvaluateError;
pub use parse::{Parser, parse};

/// The README's example is tested too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
