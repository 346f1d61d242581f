//! SQL, by sea-query.

use appflow_connector_model::FieldDataType;
pub use sea_query;
use sea_query::{
    Alias, Expr, ExprTrait as _, Func, LikeExpr, MysqlQueryBuilder, PostgresQueryBuilder,
    QueryBuilder, SqlWriterValues, SqliteQueryBuilder, Value,
};

use super::translator::{Translation, Translator};
use crate::bound::{CompareOp, DateTime, Number, Test, TestKind, TypedValue};

/// SQL: returns a `sea_query::Expr`, for sea-query's `SelectStatement` or for
/// [`render`](Self::render). All values are bound parameters.
///
/// | field | PostgreSQL | MySQL | SQLite |
/// |---|---|---|---|
/// | Date | a `date` | a `DATE` | text, `2021-04-20` |
/// | DateTime | a `timestamptz` | a `DATETIME` in UTC | text that SQLite's date functions read, exact to the millisecond |
/// | numbers | any number | any number | any number |
/// | Boolean | `boolean` | `BOOLEAN` | 0 or 1 |
/// | `contains` | `LIKE` | `LIKE` | `instr`, because SQLite's `LIKE` ignores case and its `=` does not |
///
/// Text is compared by the database's collation. The residual keeps tests on lists, maps and bytes;
/// for PostgreSQL text with a NUL, which it cannot store; for SQLite numbers that a double cannot
/// represent exactly, and date-times finer than milliseconds; for MySQL date-times finer than
/// microseconds.
///
/// # Example
///
/// ```
/// use appflow_connector_model::{Entity, EntityDefinition, FieldDataType, FieldDefinition};
/// use appflow_connector_queryfilter::parse;
/// use appflow_connector_queryfilter::translate::sea_query::{PostgresQueryBuilder, Query};
/// use appflow_connector_queryfilter::translate::{SqlDialect, Translator};
///
/// let field = |name, data_type| {
///     FieldDefinition::builder().field_name(name).data_type(data_type).build()
/// };
/// let airport = EntityDefinition::builder()
///     .entity(Entity::builder().entity_identifier("airports").build())
///     .fields(vec![
///         field("city", FieldDataType::String),
///         field("elevation", FieldDataType::Integer),
///     ])
///     .build();
/// let text = r#"(city contains "50%" or not city = "Reno") and elevation between 1 and 9 limit 10"#;
/// let filter = parse(text)?.bind(&airport)?;
///
/// let pushdown = SqlDialect::Postgres.translate(&filter);
/// let (condition, _) = SqlDialect::Postgres.render(pushdown.condition.as_ref().unwrap());
/// assert_eq!(
///     condition,
///     r#"("city" LIKE $1 ESCAPE '!' OR "city" <> $2) AND ("elevation" BETWEEN $3 AND $4)"#
/// );
///
/// // The same as a part of a statement.
/// let (statement, values) = Query::select()
///     .column("city")
///     .from("airports")
///     .and_where(pushdown.condition.unwrap())
///     .limit(pushdown.limit.unwrap())
///     .build(PostgresQueryBuilder);
/// assert!(statement.starts_with(r#"SELECT "city" FROM "airports" WHERE ("#));
/// assert_eq!(values.0[0], "%50!%%".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlDialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL, and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
}

/// The escape character of patterns. A backslash would have to be doubled in MySQL's strings only.
const LIKE_ESCAPE: char = '!';

impl SqlDialect {
    /// Returns the text of a condition and the values of its parameters, which are `$1`, `$2` … in
    /// PostgreSQL and `?` in the others.
    pub fn render(self, condition: &Expr) -> (String, Vec<Value>) {
        match self {
            Self::Postgres => render(&PostgresQueryBuilder, condition),
            Self::MySql => render(&MysqlQueryBuilder, condition),
            Self::Sqlite => render(&SqliteQueryBuilder, condition),
        }
    }
}

fn render(builder: &impl QueryBuilder, condition: &Expr) -> (String, Vec<Value>) {
    let (placeholder, numbered) = builder.placeholder();
    let mut writer = SqlWriterValues::new(placeholder, numbered);
    builder.prepare_expr(condition, &mut writer);
    let (text, values) = writer.into_parts();
    (text, values.0)
}

impl Translator for SqlDialect {
    type Output = Expr;

    fn test(&self, test: &Test<'_>) -> Option<Translation<Expr>> {
        self.condition(test).map(Translation::Exact)
    }

    fn all_of(&self, operands: Vec<Expr>) -> Option<Expr> {
        balanced(operands, Expr::and)
    }

    fn any_of(&self, operands: Vec<Expr>) -> Option<Expr> {
        balanced(operands, Expr::or)
    }
}

impl SqlDialect {
    fn condition(self, test: &Test<'_>) -> Option<Expr> {
        // The name is quoted. No database has one with a NUL, which would end it in some drivers.
        let name = &test.field.field_name;
        if name.is_empty() || name.contains('\0') {
            return None;
        }
        let column = Expr::col(Alias::new(name));
        if let TestKind::Null { negated } = test.kind {
            return Some(if negated {
                column.is_not_null()
            } else {
                column.is_null()
            });
        }
        if let FieldDataType::List | FieldDataType::Map | FieldDataType::ByteArray =
            test.field.data_type
        {
            return None;
        }
        let column = match (self, test.field.data_type) {
            (Self::Sqlite, FieldDataType::DateTime) => sqlite_moment(column),
            _ => column,
        };
        Some(match &test.kind {
            TestKind::Compare { op, value } => compare(column, *op, self.value(value)?),
            TestKind::Between {
                low,
                high,
                negated: false,
            } => column.between(self.value(low)?, self.value(high)?),
            TestKind::Between {
                low,
                high,
                negated: true,
            } => column.not_between(self.value(low)?, self.value(high)?),
            TestKind::In { values, negated } => {
                let values = values
                    .iter()
                    .map(|value| self.value(value))
                    .collect::<Option<Vec<_>>>()?;
                if *negated {
                    column.is_not_in(values)
                } else {
                    column.is_in(values)
                }
            }
            TestKind::Contains {
                value: TypedValue::Text(part),
                negated,
            } => self.contains(column, part, *negated)?,
            TestKind::Contains { .. } | TestKind::Null { .. } => return None,
        })
    }
}

/// Joins expressions two at a time, as sea-query does, in a balanced tree. A long chain would
/// overflow the stack, and SQLite refuses trees of more than 1,000 levels.
fn balanced(mut operands: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    let right = operands.split_off(operands.len() / 2);
    if operands.is_empty() {
        return right.into_iter().next();
    }
    Some(join(balanced(operands, join)?, balanced(right, join)?))
}

impl SqlDialect {
    /// Returns a value as a parameter, or `None` if the database cannot represent it.
    fn value(self, value: &TypedValue) -> Option<Expr> {
        Some(match value {
            TypedValue::Text(text) => self.text(text)?.into(),
            TypedValue::Number(number) => self.number(number)?.into(),
            TypedValue::Boolean(boolean) => Expr::val(*boolean),
            TypedValue::Date(date) => {
                let text = Expr::val(date.to_string());
                match self {
                    Self::Postgres => text.cast_as("text").cast_as("date"),
                    Self::MySql => text.cast_as("DATE"),
                    Self::Sqlite => text,
                }
            }
            TypedValue::DateTime(moment) => match self {
                Self::Postgres => Expr::val(moment.to_string())
                    .cast_as("text")
                    .cast_as("timestamptz"),
                Self::MySql => Expr::val(without_offset(*moment, 6)?).cast_as("DATETIME(6)"),
                Self::Sqlite => Expr::val(without_offset(*moment, 3)?),
            },
        })
    }

    fn text(self, text: &str) -> Option<Value> {
        let holds = self != Self::Postgres || !text.contains('\0');
        holds.then(|| text.into())
    }

    fn number(self, number: &Number) -> Option<Value> {
        if let Some(whole) = number.to_i64() {
            return Some(whole.into());
        }
        match self {
            Self::Postgres | Self::MySql => Some(number.as_big_decimal().clone().into()),
            Self::Sqlite => number.to_f64().map(Value::from),
        }
    }

    fn contains(self, column: Expr, text: &str, negated: bool) -> Option<Expr> {
        if self == Self::Sqlite {
            let place = Func::cust("instr").arg(column).arg(Expr::val(text));
            return Some(if negated {
                Expr::from(place).eq(0)
            } else {
                Expr::from(place).gt(0)
            });
        }
        self.text(text)?;
        let pattern = LikeExpr::new(format!("%{}%", escape_wildcards(text))).escape(LIKE_ESCAPE);
        Some(if negated {
            column.not_like(pattern)
        } else {
            column.like(pattern)
        })
    }
}

fn compare(column: Expr, op: CompareOp, value: Expr) -> Expr {
    match op {
        CompareOp::Less => column.lt(value),
        CompareOp::LessOrEqual => column.lte(value),
        CompareOp::Equal => column.eq(value),
        CompareOp::NotEqual => column.ne(value),
        CompareOp::GreaterOrEqual => column.gte(value),
        CompareOp::Greater => column.gt(value),
    }
}

/// Converts a column's text to UTC, because SQLite has no type for moments: `2021-04-20
/// 12:30:45.500`. This text has the order of the moments.
fn sqlite_moment(column: Expr) -> Expr {
    Func::cust("strftime")
        .arg(Expr::val("%Y-%m-%d %H:%M:%f"))
        .arg(column)
        .into()
}

/// Returns `2021-04-20 12:30:45.500`, in UTC, or `None` if the second has more than `digits`
/// fractional digits.
fn without_offset(moment: DateTime, digits: u32) -> Option<String> {
    let unit = 10_u32.pow(9 - digits);
    let nanoseconds = moment.subsec_nanosecond();
    let (hour, minute, second) = moment.time_of_day();
    let width = digits as usize;
    nanoseconds.is_multiple_of(unit).then(|| {
        let fraction = nanoseconds / unit;
        format!(
            "{} {hour:02}:{minute:02}:{second:02}.{fraction:0width$}",
            moment.date()
        )
    })
}

fn escape_wildcards(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if let '%' | '_' | LIKE_ESCAPE = character {
            pattern.push(LIKE_ESCAPE);
        }
        pattern.push(character);
    }
    pattern
}
