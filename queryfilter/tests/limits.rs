//! Deep, long and hostile texts, on a small stack.

use std::thread;

use appflow_connector_queryfilter::{ParseError, ParseErrorKind, Parser, parse};

/// Returns texts of several shapes, each nested `levels` deep.
fn nested(levels: usize) -> Vec<String> {
    let closing = ")".repeat(levels);
    let pairs_of_not_and_parenthesis = format!(
        "{}{}a{}",
        "not ".repeat(levels % 2),
        "not (".repeat(levels / 2),
        ")".repeat(levels / 2)
    );
    let alternating_and_or: String = ["b and (", "b or ("]
        .into_iter()
        .cycle()
        .take(levels)
        .collect();
    vec![
        format!("{}a{closing}", "(".repeat(levels)),
        format!("{}a", "not ".repeat(levels)),
        pairs_of_not_and_parenthesis,
        format!("{alternating_and_or}a{closing}"),
        format!("{}a{closing}", "b = 1 and (".repeat(levels)),
        // The shape with the deepest tree: an OR and an AND at each level.
        format!("{}a{closing}", "b or c and (".repeat(levels)),
        format!("{}a{}", "(".repeat(levels), " or b)".repeat(levels)),
    ]
}

fn on_a_stack_of(kibibytes: usize, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .stack_size(kibibytes * 1024)
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("no panic");
}

fn assert_usable(parser: &Parser, text: &str) {
    let filter = parser.parse(text).unwrap_or_else(|error| panic!("{error}"));
    let copy = filter.clone();
    assert_eq!(filter, copy);
    assert_eq!(parser.parse(&copy.to_string()), Ok(filter));
    assert!(serde_json::to_string(&copy).is_ok());
}

fn assert_too_deep(parsed: Result<impl std::fmt::Debug, ParseError>, limit: u8) {
    assert_eq!(
        *parsed.unwrap_err().kind(),
        ParseErrorKind::TooDeep { limit }
    );
}

#[test]
fn the_default_nesting_fits_a_small_stack() {
    on_a_stack_of(512, || {
        for text in nested(128) {
            assert_usable(&Parser::new(), &text);
        }
        for text in nested(129) {
            assert_too_deep(parse(&text), 128);
        }
    });
}

#[test]
fn the_deepest_nesting_fits_a_stack_of_one_mebibyte() {
    on_a_stack_of(1024, || {
        let parser = Parser::new().max_nesting(255);
        for text in nested(255) {
            assert_usable(&parser, &text);
        }
        for text in nested(256) {
            assert_too_deep(parser.parse(&text), 255);
        }
    });
}

#[test]
fn fifty_thousand_levels_are_refused_on_a_small_stack() {
    on_a_stack_of(512, || {
        for text in nested(50_000) {
            assert_too_deep(parse(&text), 128);
        }
    });
}

#[test]
fn nesting_can_be_forbidden() {
    let parser = Parser::new().max_nesting(0);
    assert!(parser.parse("a = 1 and b or c").is_ok());
    assert_too_deep(parser.parse("(a)"), 0);
    assert_too_deep(parser.parse("not a"), 0);
}

// On other systems the bounds of the stack are unknown, and there is no guard to test.
#[cfg(target_os = "linux")]
#[test]
fn a_stack_that_is_too_small_is_an_error() {
    on_a_stack_of(80, || {
        let text = format!("{}a{}", "(".repeat(128), ")".repeat(128));
        let error = parse(&text).unwrap_err();
        assert_eq!(*error.kind(), ParseErrorKind::StackExhausted);
        assert_eq!(
            error.kind().to_string(),
            "not enough stack is left to parse the filter"
        );
    });
}

#[test]
fn the_default_length_is_one_mebibyte_on_a_small_stack_too() {
    on_a_stack_of(512, || {
        for mut text in [
            format!("a = '{}'", "x".repeat(1_000_000)),
            format!("a in ({}1)", "1, ".repeat(340_000)),
            format!("{}a", "a or not b and ".repeat(69_000)),
        ] {
            text.push_str(&" ".repeat((1 << 20) - text.len()));
            assert!(parse(&text).is_ok());
            assert_eq!(
                *parse(&(text + " ")).unwrap_err().kind(),
                ParseErrorKind::TooLong {
                    length: (1 << 20) + 1,
                    limit: 1 << 20
                }
            );
        }
    });
}

#[test]
fn the_canonical_text_of_a_filter_may_be_longer_than_the_limit_allows() {
    let parser = Parser::new().max_length(20);
    let filter = parser.parse("a=1or(b=2)or(c=3)").expect("a filter");
    let printed = filter.to_string();
    assert_eq!(printed, "a = 1 or b = 2 or c = 3");
    assert!(parser.parse(&printed).is_err());
    assert_eq!(parser.max_length(23).parse(&printed), Ok(filter));
}

#[test]
fn chains_and_lists_of_any_width_need_no_stack() {
    on_a_stack_of(512, || {
        for connective in [" and ", " or "] {
            let chain = vec!["a = 1"; 20_000].join(connective);
            assert_usable(&Parser::new(), &chain);
        }
        let values = vec!["'x'"; 20_000].join(", ");
        assert_usable(&Parser::new(), &format!("a in ({values})"));
    });
}

#[test]
fn the_number_of_conditions_can_be_limited() {
    let parser = Parser::new().max_conditions(3);
    assert!(parser.parse("a = 1 and (b or not c)").is_ok());
    assert!(parser.parse("a in (1, 2, 3, 4)").is_ok());
    let error = parser.parse("a and b or c and d").unwrap_err();
    assert_eq!(
        *error.kind(),
        ParseErrorKind::TooManyConditions { limit: 3 }
    );
    assert_eq!(
        error.kind().to_string(),
        "the filter has more than 3 conditions"
    );
}
