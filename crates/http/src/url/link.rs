//! The header `Link` (RFC 8288), in which many applications name the next page.

use reqwest::header::{HeaderMap, LINK};

/// Returns the target of the first link with this relation (`next`), as the header has it: a URL,
/// or a reference relative to the URL that was called.
pub(crate) fn find_link<'a>(headers: &'a HeaderMap, relation: &str) -> Option<&'a str> {
    let values = headers.get_all(LINK).into_iter();
    let mut links = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(links);
    links
        .find(|link| link.has(relation))
        .map(|link| link.target)
}

/// A target and its relations. A link with an anchor is about another page than the response.
#[derive(Debug, PartialEq)]
struct Link<'a> {
    target: &'a str,
    relations: &'a str,
    is_anchored: bool,
}

impl Link<'_> {
    fn has(&self, relation: &str) -> bool {
        let mut relations = self.relations.split_ascii_whitespace();
        !self.is_anchored && relations.any(|known| known.eq_ignore_ascii_case(relation))
    }
}

/// Reads `<target>; name=value; name="value", <target>…` up to the first syntax error.
fn links(value: &str) -> impl Iterator<Item = Link<'_>> {
    let mut rest = value;
    std::iter::from_fn(move || {
        rest = rest
            .trim_start_matches([' ', '\t', ','])
            .strip_prefix('<')?;
        let (target, after) = rest.split_once('>')?;
        let mut link = Link {
            target: target.trim(),
            relations: "",
            is_anchored: false,
        };
        rest = after;
        while let Some((name, value, after)) = parameter(rest) {
            // Of several `rel` only the first counts.
            if name.eq_ignore_ascii_case("rel") && link.relations.is_empty() {
                link.relations = value;
            }
            link.is_anchored |= name.eq_ignore_ascii_case("anchor");
            rest = after;
        }
        Some(link)
    })
}

/// Returns the next parameter's name and value, and the rest. A quoted value keeps its escapes;
/// relations have none.
fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start().strip_prefix(';')?.trim_start();
    let name_end = text.find(['=', ';', ',']).unwrap_or(text.len());
    let (name, rest) = text.split_at(name_end);
    let Some(rest) = rest.strip_prefix('=').map(str::trim_start) else {
        return Some((name.trim_end(), "", rest));
    };
    if let Some(quoted) = rest.strip_prefix('"') {
        let end = closing_quote(quoted)?;
        return Some((name.trim_end(), &quoted[..end], &quoted[end + 1..]));
    }
    let (value, rest) = rest.split_at(rest.find([';', ',']).unwrap_or(rest.len()));
    Some((name.trim_end(), value.trim_end(), rest))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    fn next(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(LINK, HeaderValue::from_str(value).unwrap());
        }
        find_link(&headers, "next").map(str::to_owned)
    }

    #[test]
    fn the_next_page_is_found() {
        for (value, target) in [
            (
                r#"<https://a.example/?page=2>; rel="next""#,
                Some("https://a.example/?page=2"),
            ),
            (
                r#"</p?a=1,2;3>; rel="prev", </p?a=4>; rel="next last""#,
                Some("/p?a=4"),
            ),
            ("<?page=2>;rel=next", Some("?page=2")),
            ("<a>; REL=NEXT , <b>; rel=next", Some("a")),
            (
                r#"<a> ; title="x, <b>; rel=\"next\"" ; rel = "last", <c>; rel="next""#,
                Some("c"),
            ),
            (r#"<a>; rel="prev"; rel="next""#, None),
            (
                r#"<a>; anchor="/else"; rel="next", <b>; rel="next""#,
                Some("b"),
            ),
            ("<a>; flag; rel=next", Some("a")),
            (", ,<a>; rel=next", Some("a")),
            (r#"<a>; rel="nextish", <b>"#, None),
            (r#"<a>; rel="next"#, None),
            ("<a; rel=next", None),
            ("a; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next(&[value]).as_deref(), target, "{value}");
        }
        let values = ["<a>; rel=prev", "<b>; rel=next"];
        assert_eq!(next(&values).as_deref(), Some("b"));
        assert_eq!(next(&[]), None);
    }

    proptest! {
        #[test]
        fn a_link_that_was_written_is_found(
            targets in prop::collection::vec("[!-;=?-~]{0,20}", 1..5),
            titles in prop::collection::vec(r#"([ -!#-\[\]-~]|\\["\\]){0,20}"#, 5),
            which in any::<prop::sample::Index>(),
        ) {
            let which = which.index(targets.len());
            let links = targets.iter().enumerate().map(|(index, target)| {
                let relation = if index == which { "next" } else { "item" };
                format!(r#"<{target}>; title="{}"; rel="{relation}""#, titles[index])
            });
            let value = links.collect::<Vec<_>>().join(", ");
            prop_assert_eq!(next(&[&value]), Some(targets[which].clone()));
        }

        #[test]
        fn no_text_breaks_the_parser(value in ".*") {
            prop_assert!(links(&value).count() <= value.len());
        }
    }
}
