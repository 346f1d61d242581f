//! Parses tokens into a tree, by recursive descent.

use crate::soql::ast::{Comparison, Condition, Literal, Name, Operator, Query, Select, SortKey};
use crate::soql::error::SoqlError;
use crate::soql::lexer::{IllegalSequence, Token, TokenKind, tokenize, unescape, unescape_pattern};

/// The maximum length of a query in characters. It is Salesforce's limit.
const MAX_LENGTH: usize = 100_000;
/// How deep parentheses and `NOT` may nest.
const MAX_DEPTH: usize = 100;

/// Words that cannot be the name of a field or an object.
const RESERVED: [&str; 20] = [
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
    "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "WHERE", "WITH",
];

/// Parses a query.
pub(crate) fn parse(query: &str) -> Result<Query, SoqlError> {
    if query.trim().is_empty() {
        return Err(malformed("SOQL statements cannot be empty or null"));
    }
    if query.chars().count() > MAX_LENGTH {
        return Err(malformed(format!(
            "SOQL statements cannot be longer than {MAX_LENGTH} characters."
        )));
    }
    let mut parser = Parser {
        query,
        tokens: tokenize(query)?,
        next: 0,
        depth: 0,
    };
    parser.query()
}

fn malformed(message: impl Into<String>) -> SoqlError {
    SoqlError::whole("MALFORMED_QUERY", message)
}

struct Parser<'q> {
    query: &'q str,
    tokens: Vec<Token<'q>>,
    next: usize,
    depth: usize,
}

impl<'q> Parser<'q> {
    fn query(&mut self) -> Result<Query, SoqlError> {
        self.expect_keyword("SELECT")?;
        let select = self.select()?;
        self.expect_keyword("FROM")?;
        let from = self.name()?;
        let condition = if self.take_keyword("WHERE") {
            Some(self.condition()?)
        } else {
            None
        };
        let order_by = if self.take_keyword("ORDER") {
            self.expect_keyword("BY")?;
            self.order_by()?
        } else {
            Vec::new()
        };
        let limit = self.count_after("LIMIT")?;
        let offset = self.count_after("OFFSET")?;
        if self.peek().kind != TokenKind::End {
            return Err(self.unexpected());
        }
        Ok(Query {
            select,
            from,
            condition,
            order_by,
            limit,
            offset,
        })
    }

    fn select(&mut self) -> Result<Select, SoqlError> {
        if self
            .tokens
            .get(self.next + 1)
            .is_some_and(|token| token.kind == TokenKind::OpenParenthesis)
        {
            if self.take_keyword("COUNT") {
                self.expect(TokenKind::OpenParenthesis)?;
                self.expect(TokenKind::CloseParenthesis)?;
                return Ok(Select::Count);
            }
            if self.take_keyword("FIELDS") {
                self.expect(TokenKind::OpenParenthesis)?;
                self.expect_keyword("ALL")?;
                self.expect(TokenKind::CloseParenthesis)?;
                return Ok(Select::AllFields);
            }
        }
        let mut fields = vec![self.name()?];
        while self.take(TokenKind::Comma) {
            fields.push(self.name()?);
        }
        Ok(Select::Fields(fields))
    }

    /// Operands joined by one kind of operator only: Salesforce requires parentheses as soon as two
    /// kinds meet, `NOT` included. `a AND NOT b` is refused, `a AND (NOT b)` is valid.
    fn condition(&mut self) -> Result<Condition, SoqlError> {
        if self.take_keyword("NOT") {
            return Ok(Condition::Not(Box::new(self.operand()?)));
        }
        let first = self.operand()?;
        for (keyword, join) in [
            ("AND", Condition::And as fn(Vec<Condition>) -> Condition),
            ("OR", Condition::Or),
        ] {
            if self.is_keyword(keyword) {
                let mut operands = vec![first];
                while self.take_keyword(keyword) {
                    operands.push(self.operand()?);
                }
                return Ok(join(operands));
            }
        }
        Ok(first)
    }

    fn operand(&mut self) -> Result<Condition, SoqlError> {
        if !self.take(TokenKind::OpenParenthesis) {
            return self.comparison().map(Condition::Comparison);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(malformed(format!(
                "conditions are nested more than {MAX_DEPTH} deep"
            )));
        }
        let inner = self.condition()?;
        self.expect(TokenKind::CloseParenthesis)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Comparison, SoqlError> {
        let field = self.name()?;
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn | Operator::Includes | Operator::Excludes => {
                self.list()?
            }
            Operator::Like => vec![self.pattern()?],
            _ => vec![self.literal()?],
        };
        Ok(Comparison {
            field,
            operator,
            values,
        })
    }

    fn operator(&mut self) -> Result<Operator, SoqlError> {
        if let TokenKind::Operator(operator) = self.peek().kind {
            self.next += 1;
            return Ok(operator);
        }
        if self.take_keyword("NOT") {
            self.expect_keyword("IN")?;
            return Ok(Operator::NotIn);
        }
        for (keyword, operator) in [
            ("LIKE", Operator::Like),
            ("IN", Operator::In),
            ("INCLUDES", Operator::Includes),
            ("EXCLUDES", Operator::Excludes),
        ] {
            if self.take_keyword(keyword) {
                return Ok(operator);
            }
        }
        Err(self.unexpected())
    }

    fn list(&mut self) -> Result<Vec<Literal>, SoqlError> {
        self.expect(TokenKind::OpenParenthesis)?;
        let mut values = vec![self.literal()?];
        while self.take(TokenKind::Comma) {
            values.push(self.literal()?);
        }
        self.expect(TokenKind::CloseParenthesis)?;
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, SoqlError> {
        let token = self.peek();
        let literal = match token.kind {
            TokenKind::String => Literal::String(self.string(token, unescape)?),
            TokenKind::Number => Literal::Number(token.text.to_owned()),
            TokenKind::Date => Literal::Date(token.text.to_owned()),
            TokenKind::DateTime => Literal::DateTime(token.text.to_owned()),
            TokenKind::Time => Literal::Time(token.text.to_owned()),
            TokenKind::Word if token.text.eq_ignore_ascii_case("null") => Literal::Null,
            TokenKind::Word if token.text.eq_ignore_ascii_case("true") => Literal::Boolean(true),
            TokenKind::Word if token.text.eq_ignore_ascii_case("false") => Literal::Boolean(false),
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn pattern(&mut self) -> Result<Literal, SoqlError> {
        let token = self.peek();
        if token.kind != TokenKind::String {
            return self.literal();
        }
        let pattern = self.string(token, unescape_pattern)?;
        self.next += 1;
        Ok(Literal::Pattern(pattern))
    }

    fn string(
        &self,
        token: Token<'q>,
        unescape: fn(&str) -> Result<String, IllegalSequence>,
    ) -> Result<String, SoqlError> {
        let raw = &token.text[1..token.text.len() - 1];
        unescape(raw).map_err(|IllegalSequence(sequence)| {
            SoqlError::in_token(
                self.query,
                token.position,
                &format!("Invalid string literal {}. Illegal character sequence '{sequence}' in string literal.", token.text),
            )
        })
    }

    fn order_by(&mut self) -> Result<Vec<SortKey>, SoqlError> {
        let mut keys = vec![self.sort_key()?];
        while self.take(TokenKind::Comma) {
            keys.push(self.sort_key()?);
        }
        Ok(keys)
    }

    fn sort_key(&mut self) -> Result<SortKey, SoqlError> {
        let field = self.name()?;
        let descending = !self.take_keyword("ASC") && self.take_keyword("DESC");
        let nulls_last = if self.take_keyword("NULLS") {
            if self.take_keyword("LAST") {
                true
            } else {
                self.expect_keyword("FIRST")?;
                false
            }
        } else {
            false
        };
        Ok(SortKey {
            field,
            descending,
            nulls_last,
        })
    }

    fn count_after(&mut self, keyword: &str) -> Result<Option<u32>, SoqlError> {
        if !self.take_keyword(keyword) {
            return Ok(None);
        }
        let token = self.peek();
        match token.text.parse() {
            Ok(count) if token.kind == TokenKind::Number => {
                self.next += 1;
                Ok(Some(count))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn name(&mut self) -> Result<Name, SoqlError> {
        let token = self.peek();
        let reserved = RESERVED
            .iter()
            .any(|word| token.text.eq_ignore_ascii_case(word));
        if token.kind != TokenKind::Word || reserved {
            return Err(self.unexpected());
        }
        self.next += 1;
        Ok(Name {
            text: token.text.to_owned(),
            position: token.position,
        })
    }

    /// The next token. The last one, `End`, is never taken.
    fn peek(&self) -> Token<'q> {
        self.tokens[self.next]
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(keyword)
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        self.next += usize::from(found);
        found
    }

    fn expect_keyword(&mut self, keyword: &str) -> Result<(), SoqlError> {
        if self.take_keyword(keyword) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn take(&mut self, kind: TokenKind) -> bool {
        let found = self.peek().kind == kind;
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, kind: TokenKind) -> Result<(), SoqlError> {
        if self.take(kind) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> SoqlError {
        let token = self.peek();
        let message = format!("unexpected token: '{}'", token.text);
        SoqlError::at("MALFORMED_QUERY", self.query, token.position, &message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unexpected_token(query: &str) -> String {
        let error = parse(query).unwrap_err();
        assert_eq!(error.code, "MALFORMED_QUERY");
        error.message.lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn reads_a_whole_query() {
        let query = parse(
            "select Id, Name from Account where (city = 'Austin' or city IN ('Boston', null)) and (not state = 'TX') \
             order by Name desc nulls last, Id limit 10 offset 5",
        )
        .unwrap();
        assert_eq!(
            query.select,
            Select::Fields(vec![
                Name {
                    text: "Id".to_owned(),
                    position: 7
                },
                Name {
                    text: "Name".to_owned(),
                    position: 11
                },
            ])
        );
        assert_eq!(query.from.text, "Account");
        let Some(Condition::And(operands)) = query.condition else {
            panic!("{:?}", query.condition)
        };
        assert!(matches!(&operands[0], Condition::Or(operands) if operands.len() == 2));
        assert!(matches!(&operands[1], Condition::Not(_)));
        assert_eq!(
            query
                .order_by
                .iter()
                .map(|key| (key.descending, key.nulls_last))
                .collect::<Vec<_>>(),
            [(true, true), (false, false)]
        );
        assert_eq!((query.limit, query.offset), (Some(10), Some(5)));
    }

    #[test]
    fn operators_of_two_kinds_need_parentheses() {
        for (query, found) in [
            (
                "SELECT Id FROM A WHERE a = 1 AND b = 2 OR c = 3",
                "unexpected token: 'OR'",
            ),
            (
                "SELECT Id FROM A WHERE a = 1 OR b = 2 AND c = 3",
                "unexpected token: 'AND'",
            ),
            (
                "SELECT Id FROM A WHERE a = 1 AND NOT b = 2",
                "unexpected token: 'NOT'",
            ),
            (
                "SELECT Id FROM A WHERE a = 1 AND NOT (b = 2)",
                "unexpected token: 'NOT'",
            ),
            (
                "SELECT Id FROM A WHERE NOT a = 1 AND b = 2",
                "unexpected token: 'AND'",
            ),
            (
                "SELECT Id FROM A WHERE NOT NOT a = 1",
                "unexpected token: 'NOT'",
            ),
        ] {
            assert_eq!(unexpected_token(query), found, "{query}");
        }
        for query in [
            "SELECT Id FROM A WHERE (a = 1 AND b = 2) OR c = 3",
            "SELECT Id FROM A WHERE a = 1 AND (NOT b = 2)",
            "SELECT Id FROM A WHERE NOT (a = 1 AND b = 2)",
            "SELECT Id FROM A WHERE (NOT (NOT a = 1))",
            "SELECT Id FROM A WHERE a = 1 AND b = 2 AND c = 3",
        ] {
            parse(query).unwrap();
        }
    }

    #[test]
    fn names_the_unexpected_token() {
        for (query, found) in [
            ("SELECT", "unexpected token: '<EOF>'"),
            ("SELECT FROM Account", "unexpected token: 'FROM'"),
            ("SELECT Id, FROM Account", "unexpected token: 'FROM'"),
            (
                "SELECT * FROM Account",
                "line 1:7 no viable alternative at character '*'",
            ),
            ("SELECT Id FROM Account WHERE", "unexpected token: '<EOF>'"),
            (
                "SELECT Id FROM Account WHERE a IS NULL",
                "unexpected token: 'IS'",
            ),
            (
                "SELECT Id FROM Account WHERE a = b",
                "unexpected token: 'b'",
            ),
            (
                "SELECT Id FROM Account WHERE a = 'O''Test'",
                "unexpected token: ''Test''",
            ),
            (
                "SELECT Id FROM Account WHERE a IN ()",
                "unexpected token: ')'",
            ),
            (
                "SELECT Id FROM Account WHERE a IN (SELECT Id FROM B)",
                "unexpected token: 'SELECT'",
            ),
            (
                "SELECT Id FROM Account WHERE a NOT LIKE 'x'",
                "unexpected token: 'LIKE'",
            ),
            (
                "SELECT Id FROM Account WHERE (a = 1",
                "unexpected token: '<EOF>'",
            ),
            (
                "SELECT Id FROM Account WHERE a = TODAY",
                "unexpected token: 'TODAY'",
            ),
            ("SELECT Id FROM Account LIMIT -1", "unexpected token: '-1'"),
            (
                "SELECT Id FROM Account LIMIT 1.5",
                "unexpected token: '1.5'",
            ),
            (
                "SELECT Id FROM Account LIMIT 99999999999",
                "unexpected token: '99999999999'",
            ),
            (
                "SELECT Id FROM Account OFFSET 1 LIMIT 1",
                "unexpected token: 'LIMIT'",
            ),
            (
                "SELECT Id FROM Account GROUP BY Name",
                "unexpected token: 'GROUP'",
            ),
            (
                "SELECT Id FROM Account ORDER BY Name NULLS",
                "unexpected token: '<EOF>'",
            ),
            (
                "SELECT FIELDS(STANDARD) FROM Account",
                "unexpected token: 'STANDARD'",
            ),
            ("DELETE FROM Account", "unexpected token: 'DELETE'"),
            (
                "SELECT Id FROM Account; DROP TABLE Account",
                "line 1:22 no viable alternative at character ';'",
            ),
            (
                "SELECT Id FROM Account -- x",
                "line 1:25 no viable alternative at character ' '",
            ),
        ] {
            assert_eq!(unexpected_token(query), found, "{query}");
        }
    }

    #[test]
    fn quotes_an_illegal_escape_as_salesforce_does() {
        let query =
            r"SELECT Id, Data_Quality_Score__c from Contact where FirstName = 'Anne\-Marie'";
        assert_eq!(
            parse(query).unwrap_err().message,
            "\nfrom Contact where FirstName = 'Anne\\-Marie'\n                              ^\nERROR at Row:1:Column:64\n\
             Invalid string literal 'Anne\\-Marie'. Illegal character sequence '\\-' in string literal."
        );
    }

    #[test]
    fn wildcards_are_escaped_in_patterns_only() {
        assert!(parse(r"SELECT Id FROM A WHERE a = '5\%'").is_err());
        let query = parse(r"SELECT Id FROM A WHERE a LIKE '5\%%'").unwrap();
        let Some(Condition::Comparison(comparison)) = query.condition else {
            panic!("{query:?}")
        };
        assert_eq!(comparison.values, [Literal::Pattern(r"5\%%".to_owned())]);
    }

    #[test]
    fn length_and_depth_are_bounded() {
        let nested = |depth: usize| {
            format!(
                "SELECT Id FROM A WHERE {}a = 1{}",
                "(".repeat(depth),
                ")".repeat(depth)
            )
        };
        parse(&nested(MAX_DEPTH)).unwrap();
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(parse(&nested(40_000)).is_err());
        assert!(
            parse(&format!(
                "SELECT Id FROM A WHERE a = '{}'",
                "x".repeat(MAX_LENGTH)
            ))
            .is_err()
        );

        let wide = format!("SELECT Id FROM A WHERE a = 1{}", " OR a = 1".repeat(10_000));
        let Some(Condition::Or(operands)) = parse(&wide).unwrap().condition else {
            panic!("not an OR")
        };
        assert_eq!(operands.len(), 10_001);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_fails_without_a_panic(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn any_tokens_parse_or_fail_without_a_panic(tokens in prop::collection::vec(
            prop::sample::select(vec![
                "SELECT", "Id", "FROM", "Account", "WHERE", "AND", "OR", "NOT", "(", ")", ",", "=", "!=", "<", "LIKE", "IN",
                "INCLUDES", "'a\\'b'", "'", "\\", "5", "2021-01-01", "2021-01-01T00:00:00Z", "null", "true", "ORDER", "BY",
                "NULLS", "LIMIT", "OFFSET", "COUNT", "FIELDS", "ALL", "\n", "é", "😀",
            ]),
            0..40,
        )) {
            let _ = parse(&tokens.join(" "));
            let _ = parse(&format!("SELECT Id FROM Account WHERE {}", tokens.join(" ")));
        }
    }
}
