//! The filter language of Amazon AppFlow's queries: parse it, check it, run it, hand it on.
//!
//! AppFlow hands a connector the filter of a query as text, the `filterExpression` of a QueryDataRequest. Depend on this crate to do
//! something with that text: in tools that build, check or run filters. To write a connector, depend on `appflow-connector-sdk`, which
//! re-exports it.
//!
//! # Example
//!
//! A filter goes from text to a tree, from the tree to an entity's fields, and from there to an application or over records.
//!
//! ```
//! use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition, Record};
//! use appflow_connector_queryfilter::parse;
//! use appflow_connector_queryfilter::translate::{Soql, Translator};
//!
//! // 1. Parse: is it a filter at all?
//! let filter = parse(r#"(city = "Austin" or not state = "TX") and elevation between 100 and 500 limit 10"#)?;
//!
//! // 2. Bind: does it fit the entity? Names become fields, literals become values of their fields' types.
//! let field = |name, data_type| FieldDefinition::builder().field_name(name).data_type(data_type).build();
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
//! // 3. Translate: what is the application asked?
//! let pushdown = Soql.translate(&filter);
//! assert_eq!(
//!     pushdown.condition.as_deref(),
//!     Some("((city = 'Austin' OR (state != 'TX' AND state != null)) AND (elevation >= 100 AND elevation <= 500))")
//! );
//! assert_eq!(pushdown.limit, Some(10));
//! assert!(pushdown.residual.is_empty());
//!
//! // 4. Or evaluate: an application without filters is served all the same.
//! let austin = Record::from_json(r#"{"city": "Austin", "state": "TX", "elevation": 165}"#.to_owned())?;
//! assert!(filter.matches(&austin)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A connector does steps 1 and 2 with [`BoundFilter::from_expression`], whose errors AppFlow's user can read.
//!
//! # The language
//!
//! | | |
//! |---|---|
//! | whole filter | a predicate, a predicate with `LIMIT count`, or `LIMIT count` alone |
//! | predicate, loosest first | `a OR b`, `a AND b`, `NOT a`, `( a )` |
//! | tests | `name op value` with `>` `>=` `<` `<=` `=` `!=` `contains`; `name between value and value`; `name in (value, …)`; a bare name; a bare value |
//! | values | `'string'` `"string"` `-5.0` `2021-04-20` `2021-04-20T12:30:45Z` `null`; after `=` and `!=` also `TRUE` `FALSE` |
//! | names | a letter, then letters, digits, `_`, `.`, `-`: `a-5` is a name |
//!
//! Keywords are written all in upper or all in lower case. In a string, `\` before `"` `'` `\` `t` `n` `r` is an escape; any other
//! backslash stands for itself. This parser takes what the official SDKs' parsers take, and builds the same tree. It differs in these
//! points:
//!
//! - The official lexer drops a character that it does not know, so that `_id = 5` becomes `id = 5`. Here such a character is an error,
//!   or part of a name as below.
//! - A LIMIT may have one digit. The official grammar asks for two.
//! - `NULL` is null wherever a value must stand. Where a name can stand it is one, as in the official grammar.
//! - A date-time may have an offset, `2021-04-20T12:30:45+01:00`, in place of the `Z`.
//! - A name may start with `_`, `@`, `$` or any Unicode letter, and hold Unicode letters.
//! - Length and nesting have limits, see [`Parser`], and a LIMIT goes up to [`u64::MAX`].
//!
//! # What a filter means
//!
//! `between` takes in both ends. `contains` asks for a part of text, an element of a list or a key of a map. A comparison of a field
//! without a value is neither true nor false, and so is its negation, as in SQL; `= null` and `!= null` ask whether there is one.
//! [`Filter::bind`] tells which literal goes with which type, [`BoundFilter::matches`] what it means on a record.
//!
//! # Targets
//!
//! [`translate`] has the targets, and shows in [`Translator`](translate::Translator) how to write one of your own: three methods, which
//! say how one test is written and how several are joined. What a target cannot take is left over as a residual filter, and never bent.
//! The same filter for each:
//!
//! ```
//! # use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
//! use appflow_connector_queryfilter::parse;
//! use appflow_connector_queryfilter::translate::{OData, Soql, SqlDialect, Translator};
//!
//! # let field = |name, data_type| FieldDefinition::builder().field_name(name).data_type(data_type).build();
//! # let customer = EntityDefinition::builder()
//! #     .entity(Entity::builder().entity_identifier("Customer").build())
//! #     .fields(vec![field("name", FieldDataType::String), field("since", FieldDataType::Date), field("tags", FieldDataType::List)])
//! #     .build();
//! let filter = parse(r#"not name contains "5%" and since >= 2021-04-20 and tags contains "vip""#)?;
//! let filter = filter.bind(&customer)?;
//!
//! // SOQL: wildcards are escaped, nulls kept out, and Salesforce has no lists.
//! let soql = Soql.translate(&filter);
//! assert_eq!(soql.condition.as_deref(), Some(r"(((NOT name LIKE '%5\%%') AND name != null) AND since >= 2021-04-20)"));
//! assert_eq!(soql.residual.to_string(), r#"tags contains "vip""#);
//!
//! // OData: all of it.
//! let odata = OData::V4.translate(&filter);
//! assert_eq!(
//!     odata.condition.as_deref(),
//!     Some("((not contains(name,'5%') and name ne null) and since ge 2021-04-20 and tags/any(e:e eq 'vip'))")
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
//! - Parsing takes time in proportion to the text. Texts longer than 1 MiB and nesting deeper than 128 levels are refused before any
//!   recursion; both limits can be set. Numbers have a thousand digits at the most. A fuzzer looks for panics.
//! - A value reaches a target only as a value of its field's type: `AnnualRevenue > "0 OR IsDeleted = true"` is an error, not a query.
//!   Text goes through the target's one escaping function or into a bound parameter, names only if the target's syntax can hold them.
//! - Messages show the filter, because its author wrote it. They never show a record.
//!
//! # Errors
//!
//! [`ParseError`] and [`BindError`] say what and where, and underline it; both turn into an InvalidArgument
//! [`ConnectorError`](appflow_connector_model::ConnectorError) with `?`. [`EvaluateError`] names the field of a record that is not of its
//! type.

mod ast;
mod bind;
mod diagnosis;
mod error;
mod evaluate;
mod grammar;
mod nesting;
mod parse;
mod print;
mod quoting;
pub mod translate;
mod tree;
mod visitor;

pub use ast::{
    Between, CompareOp, Comparison, Expr, ExprKind, Field, Filter, Literal, Membership, Span, Value,
};
pub use bind::{
    BindError, BindErrorKind, BoundExpr, BoundFilter, BoundOp, Date, DateTime, Number, Test,
    TestKind, TypedValue,
};
pub use error::{ParseError, ParseErrorKind};
pub use evaluate::EvaluateError;
pub use parse::{Parser, parse};
pub use visitor::{Visitor, visit};
