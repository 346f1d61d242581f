//! The filters of ListSecrets.

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::messages::FilterMember;
use crate::secrets_manager::secret::Secret;
use crate::wire::constraint;

const KEYS: [&str; 7] = [
    "description",
    "name",
    "tag-key",
    "tag-value",
    "primary-region",
    "owning-service",
    "all",
];
const VALUE_PATTERN: &str = r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$";

/// One filter of a request. A secret passes if it matches none of the values after a `!` and, if
/// there are values without `!`, at least one of them. A secret is listed if it passes all filters.
#[derive(Debug)]
pub(super) struct Filter {
    key: Attribute,
    values: Vec<String>,
    excluded: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Attribute {
    Name,
    Description,
    TagKey,
    TagValue,
    All,
    /// Replica regions and owning services, which no secret of this endpoint has.
    Absent,
}

impl Filter {
    pub(super) fn from_request(members: &[FilterMember]) -> Result<Vec<Self>, SecretsManagerError> {
        constraint::size("filters", members.len(), 0..=10)?;
        members
            .iter()
            .enumerate()
            .map(|(index, member)| Self::new(&format!("filters.{}.member", index + 1), member))
            .collect()
    }

    fn new(position: &str, member: &FilterMember) -> Result<Self, SecretsManagerError> {
        let key = member.key.as_deref().ok_or_else(|| {
            SecretsManagerError::InvalidParameter("Invalid filter key".to_owned())
        })?;
        constraint::one_of(&format!("{position}.key"), key, &KEYS)?;
        let given = member.values.as_deref().ok_or_else(|| {
            SecretsManagerError::InvalidParameter(format!("Invalid filter values for key: {key}"))
        })?;
        let values_member = format!("{position}.values");
        constraint::size(&values_member, given.len(), 1..=10)?;
        let mut filter = Self {
            key: Attribute::new(key),
            values: Vec::new(),
            excluded: Vec::new(),
        };
        for value in given {
            constraint::length(&values_member, value, 0..=512)?;
            if !value.chars().all(is_filter_character) {
                let violation = constraint::pattern_violation(&values_member, value, VALUE_PATTERN);
                return Err(violation.into());
            }
            match value.strip_prefix('!') {
                Some(excluded) => filter.excluded.push(excluded.to_owned()),
                None => filter.values.push(value.clone()),
            }
        }
        Ok(filter)
    }

    pub(super) fn passes(&self, secret: &Secret) -> bool {
        let attributes = self.key.attributes(secret);
        let matches = |value: &String| match self.key {
            Attribute::Description | Attribute::All => words_match(value, &attributes),
            _ => attributes
                .iter()
                .any(|attribute| attribute.starts_with(value)),
        };
        !self.excluded.iter().any(matches)
            && (self.values.is_empty() || self.values.iter().any(matches))
    }
}

impl Attribute {
    fn new(key: &str) -> Self {
        match key {
            "name" => Self::Name,
            "description" => Self::Description,
            "tag-key" => Self::TagKey,
            "tag-value" => Self::TagValue,
            "all" => Self::All,
            _ => Self::Absent,
        }
    }

    fn attributes(self, secret: &Secret) -> Vec<&str> {
        let name = || std::iter::once(secret.name.as_str());
        let description = || secret.description.iter().map(String::as_str);
        let keys = || secret.tags.iter().map(|tag| tag.key.as_str());
        let values = || secret.tags.iter().map(|tag| tag.value.as_str());
        match self {
            Self::Name => name().collect(),
            Self::Description => description().collect(),
            Self::TagKey => keys().collect(),
            Self::TagValue => values().collect(),
            Self::All => name()
                .chain(description())
                .chain(keys())
                .chain(values())
                .collect(),
            Self::Absent => Vec::new(),
        }
    }
}

fn is_filter_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c)
}

/// Whether each word of the value is the start of a word of the attributes, ignoring case. A value
/// without words matches nothing.
fn words_match(value: &str, attributes: &[&str]) -> bool {
    let attribute_words: Vec<String> = attributes.iter().flat_map(|text| words(text)).collect();
    let mut value_words = words(value).peekable();
    value_words.peek().is_some()
        && value_words.all(|word| {
            attribute_words
                .iter()
                .any(|attribute_word| attribute_word.starts_with(&word))
        })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets_manager::messages::Tag;
    use crate::wire::timestamp::Timestamp;

    fn secret() -> Secret {
        let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/Airports-a1b2c3";
        let now = Timestamp::from_millis(0);
        let mut secret = Secret::new(arn.to_owned(), "prod/Airports".to_owned(), 0, now);
        secret.description = Some("API key of the Airports service".to_owned());
        secret.tags = vec![Tag {
            key: "Team".to_owned(),
            value: "Flow".to_owned(),
        }];
        secret
    }

    fn member(key: &str, values: &[&str]) -> FilterMember {
        FilterMember {
            key: Some(key.to_owned()),
            values: Some(values.iter().map(ToString::to_string).collect()),
        }
    }

    fn passes(key: &str, values: &[&str]) -> bool {
        Filter::new("filters.1.member", &member(key, values))
            .unwrap()
            .passes(&secret())
    }

    #[test]
    fn names_and_tags_match_by_prefix_and_case_sensitively() {
        assert!(passes("name", &["prod/Air"]));
        assert!(!passes("name", &["Airports"]));
        assert!(!passes("name", &["Prod"]));
        assert!(passes("tag-key", &["Te"]));
        assert!(!passes("tag-key", &["te"]));
        assert!(passes("tag-value", &["Flow"]));
        assert!(!passes("tag-value", &["Team"]));
    }

    #[test]
    fn descriptions_match_by_words_and_ignore_case() {
        assert!(passes("description", &["api KEY"]));
        assert!(passes("description", &["airp"]));
        assert!(!passes("description", &["ports"]));
        assert!(!passes("description", &["api keys"]));
    }

    #[test]
    fn all_searches_every_attribute() {
        for value in [
            "airports",
            "prod/airports",
            "team",
            "flow",
            "service api",
            "team prod",
        ] {
            assert!(passes("all", &[value]), "{value}");
        }
        assert!(!passes("all", &["airports hotels"]));
        assert!(!passes("all", &["-"]));
    }

    #[test]
    fn one_matching_value_includes_and_one_matching_exclusion_excludes() {
        assert!(passes("name", &["dev", "prod"]));
        assert!(passes("name", &["!dev"]));
        assert!(!passes("name", &["!prod"]));
        assert!(!passes("name", &["!dev", "!prod"]));
        assert!(passes("name", &["prod", "!prod/H"]));
        assert!(!passes("tag-key", &["!Team"]));
    }

    #[test]
    fn an_attribute_that_no_secret_has_matches_nothing() {
        assert!(!passes("owning-service", &["appflow"]));
        assert!(passes("primary-region", &["!us-east-1"]));
    }

    #[test]
    fn invalid_filters_are_rejected() {
        let rejected = |member: FilterMember| {
            let error = Filter::from_request(&[member]).unwrap_err();
            (error.code(), error.to_string())
        };
        let (code, message) = rejected(member("invalid", &["a"]));
        assert_eq!(code, "ValidationException");
        assert!(
            message.contains("Value 'invalid' at 'filters.1.member.key'"),
            "{message}"
        );
        assert_eq!(
            rejected(FilterMember {
                key: None,
                values: None
            }),
            ("InvalidParameterException", "Invalid filter key".to_owned())
        );
        assert_eq!(rejected(member("name", &[])).0, "ValidationException");
        assert_eq!(rejected(member("name", &["a*"])).0, "ValidationException");
        assert_eq!(
            rejected(member("name", &["a"; 11])).0,
            "ValidationException"
        );
        assert_eq!(
            rejected(member("name", &[&"a".repeat(513)])).0,
            "ValidationException"
        );
    }
}
