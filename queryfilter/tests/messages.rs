//! The messages for texts that are not filters.

use appflow_connector_queryfilter::ast::Span;
use appflow_connector_queryfilter::{ParseErrorKind, Parser, parse};

#[track_caller]
fn assert_message(text: &str, message: &str) {
    assert_eq!(parse(text).unwrap_err().to_string(), message);
}

#[test]
fn an_empty_filter() {
    assert_message("", "the filter is empty");
    assert_message(" \t\r\n", "the filter is empty");
    assert_eq!(*parse("  ").unwrap_err().kind(), ParseErrorKind::Empty);
}

#[test]
fn the_wrong_token() {
    assert_message(
        "a = 1 b = 2",
        "\
column 7: expected AND, OR, LIMIT or the end of the filter after `1`, found `b`
  a = 1 b = 2
        ^",
    );
    assert_message(
        "a = and",
        "\
column 5: expected a value, TRUE or FALSE after `=`, found `and`
  a = and
      ^^^",
    );
    assert_message(
        "a and or b",
        "\
column 7: expected a field name, a value, NOT or `(` after `and`, found `or`
  a and or b
        ^^",
    );
    assert_message(
        "= 5",
        "\
column 1: expected a field name, a value, NOT, `(` or LIMIT, found `=`
  = 5
  ^",
    );
    assert_message(
        "a like 'b'",
        "\
column 3: expected a comparison operator, BETWEEN, IN, AND, OR, LIMIT or the end of the filter after `a`, found `like`
  a like 'b'
    ^^^^",
    );
    assert_message(
        "a in (1 2)",
        "\
column 9: expected `,` or `)` after `1`, found `2`
  a in (1 2)
          ^",
    );
    assert_message(
        "a between 1 or 2",
        "\
column 13: expected AND after `1`, found `or`
  a between 1 or 2
              ^^",
    );
    assert_message(
        "a = 5abc",
        "\
column 6: expected AND, OR, LIMIT or the end of the filter after `5`, found `abc`
  a = 5abc
       ^^^",
    );
    assert_message(
        "a limit b",
        "\
column 9: expected a whole number after `limit`, found `b`
  a limit b
          ^",
    );
}

#[test]
fn an_early_end() {
    assert_message(
        "(a = 1",
        "\
column 7: expected AND, OR or `)` after `1`, but the filter ends here
  (a = 1
        ^",
    );
    assert_message(
        "a >= ",
        "\
column 6: expected a value after `>=`, but the filter ends here
  a >= 
       ^",
    );
    let error = parse("a in").unwrap_err();
    assert_eq!(error.span(), Span { start: 4, end: 4 });
    assert_eq!(
        *error.kind(),
        ParseErrorKind::Unexpected {
            expected: vec!["`(`"],
            after: Some("in".to_owned()),
            found: None
        }
    );
}

#[test]
fn an_unexpected_character() {
    assert_message(
        "a = 10;",
        "\
column 7: unexpected character `;`
  a = 10;
        ^",
    );
    assert_message(
        "a ! = 10",
        "\
column 3: unexpected character `!`
  a ! = 10
    ^",
    );
    assert_message(
        "été\u{a0}= 5",
        "\
column 4: unexpected character \\u{a0}
  été\u{a0}= 5
     ^",
    );
    let error = parse("é = 5 ☃").unwrap_err();
    assert_eq!(
        *error.kind(),
        ParseErrorKind::IllegalCharacter { character: '☃' }
    );
    assert_eq!(error.span(), Span { start: 7, end: 10 });
    assert_eq!(error.text(), "é = 5 ☃");
}

#[test]
fn an_unclosed_string() {
    assert_message(
        "a = 'it and b = 5",
        "\
column 5: the string has no closing `'`
  a = 'it and b = 5
      ^^^^^^^^^^^^^",
    );
    assert_message(
        "a = \"it's",
        "\
column 5: the string has no closing `\"`
  a = \"it's
      ^^^^^",
    );
}

#[test]
fn an_invalid_limit() {
    for count in [
        "0",
        "05",
        "1.5",
        "-1",
        "18446744073709551616",
        "2021-04-20",
        "null",
    ] {
        assert_message(
            &format!("limit {count}"),
            &format!(
                "\
column 7: LIMIT takes a whole number from 1 to 18446744073709551615 without leading zeros, found `{count}`
  limit {count}
        {}",
                "^".repeat(count.len())
            ),
        );
    }
}

#[test]
fn beyond_the_limits() {
    let parser = Parser::new().max_nesting(2).max_length(20);
    assert_eq!(
        parser.parse("(a and not (b))").unwrap_err().to_string(),
        "\
column 12: parentheses and NOTs are nested more than 2 levels deep
  (a and not (b))
             ^"
    );
    let error = parser.parse("a = 'ééééééééé'").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the filter is 24 bytes long; the maximum is 20 bytes"
    );
    assert_eq!(error.span(), Span { start: 19, end: 24 });
}

#[test]
fn only_the_line_with_the_error_is_shown() {
    assert_message(
        "a = 1\n and é = 'two\nlines' or\n\t\u{1b}[b = 3\nand c",
        "\
line 4, column 2: unexpected character \\u{1b}
    [b = 3
   ^",
    );
    assert_message(
        "a = 'two\nlines",
        "\
line 1, column 5: the string has no closing `'`
  a = 'two
      ^^^^",
    );
}

#[test]
fn a_long_line_is_cut() {
    let before = "a = 1 and ".repeat(10);
    let after = " and b = 2".repeat(10);
    assert_message(
        &format!("{before};{after}"),
        "\
column 101: unexpected character `;`
  …a = 1 and a = 1 and a = 1 and a = 1 and ; and b = 2 and b = 2 and b = 2 and b = 2 and b = 2 and b = …
                                           ^",
    );
    assert_message(
        &format!("a '{}'", "é".repeat(100)),
        &format!(
            "\
column 3: expected a comparison operator, BETWEEN, IN, AND, OR, LIMIT or the end of the filter after `a`, found `'{}…`
  a '{}…
    {}",
            "é".repeat(39),
            "é".repeat(59),
            "^".repeat(60)
        ),
    );
    assert_message(
        &format!("'{}' 5", "é".repeat(100)),
        &format!(
            "\
column 104: expected AND, OR, LIMIT or the end of the filter after `'{}…`, found `5`
  …{}' 5
    {}^",
            "é".repeat(39),
            "é".repeat(38),
            " ".repeat(39)
        ),
    );
}
