//! Names and ARNs of secrets.

use uuid::Uuid;

use crate::secrets_manager::error::SecretsManagerError;
use crate::wire::constraint;

/// Length of the random suffix of an ARN, which follows a hyphen.
const SUFFIX_LENGTH: usize = 6;

/// Checks the name of a secret to create.
pub(super) fn check_name(name: &str) -> Result<(), SecretsManagerError> {
    constraint::length("name", name, 1..=512)?;
    check_characters(name)
}

/// Checks a `SecretId`: a complete or partial ARN, or a name.
pub(super) fn check_secret_id(secret_id: &str) -> Result<(), SecretsManagerError> {
    constraint::length("secretId", secret_id, 1..=2048)?;
    if secret_id.starts_with("arn:") {
        Ok(())
    } else {
        check_characters(secret_id)
    }
}

fn check_characters(name: &str) -> Result<(), SecretsManagerError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-!".contains(c);
    if name.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(SecretsManagerError::InvalidName)
    }
}

/// Returns a new ARN for a name. It is random: a secret that is deleted and created again has
/// another ARN.
pub(super) fn new_arn(region: &str, account_id: &str, name: &str) -> String {
    format!("{}{name}-{}", arn_start(region, account_id), new_suffix())
}

/// What a `SecretId` refers to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference<'a> {
    Name(&'a str),
    /// A complete ARN, and the name in it.
    Arn {
        arn: &'a str,
        name: &'a str,
    },
    /// An ARN of another region, account or service.
    Elsewhere,
}

/// Parses a `SecretId`. A partial ARN refers to the name in it, unless that name ends like a
/// complete ARN: `…:secret:db-a1b2c3` refers to the secret `db`, never to the secret `db-a1b2c3`.
/// AWS documents this for names that end in a hyphen and six characters.
pub(super) fn parse<'a>(region: &str, account_id: &str, secret_id: &'a str) -> Reference<'a> {
    if !secret_id.starts_with("arn:") {
        return Reference::Name(secret_id);
    }
    match secret_id.strip_prefix(&arn_start(region, account_id)) {
        None => Reference::Elsewhere,
        Some(end) => match end.rsplit_once('-') {
            Some((name, suffix)) if is_suffix(suffix) => Reference::Arn {
                arn: secret_id,
                name,
            },
            _ => Reference::Name(end),
        },
    }
}

fn arn_start(region: &str, account_id: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:{account_id}:secret:")
}

fn is_suffix(text: &str) -> bool {
    text.len() == SUFFIX_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn new_suffix() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // All bits of the first six bytes of a version 4 UUID are random.
    Uuid::new_v4().as_bytes()[..SUFFIX_LENGTH]
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

    fn parsed(secret_id: &str) -> Reference<'_> {
        parse("eu-west-1", "123456789012", secret_id)
    }

    #[test]
    fn a_complete_arn_refers_to_its_name() {
        for name in ["db", "app/db-a1b2c3", "appflow!1-airports"] {
            let arn = new_arn("eu-west-1", "123456789012", name);
            assert_eq!(parsed(&arn), Reference::Arn { arn: &arn, name });
        }
    }

    #[test]
    fn a_partial_arn_refers_to_its_name() {
        let partial = |name: &str| format!("{START}{name}");
        assert_eq!(parsed(&partial("db")), Reference::Name("db"));
        assert_eq!(parsed(&partial("db-a1b2")), Reference::Name("db-a1b2"));
        assert_eq!(
            parsed(&partial("db-a1b2c3-")),
            Reference::Name("db-a1b2c3-")
        );
        let ambiguous = partial("db-a1b2c3");
        assert_eq!(
            parsed(&ambiguous),
            Reference::Arn {
                arn: &ambiguous,
                name: "db"
            }
        );
    }

    #[test]
    fn arns_of_other_regions_accounts_and_services_are_elsewhere() {
        for arn in [
            "arn:aws:secretsmanager:eu-west-2:123456789012:secret:db",
            "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db",
            "arn:aws:s3:::db",
            "arn:",
        ] {
            assert_eq!(parsed(arn), Reference::Elsewhere);
        }
    }

    #[test]
    fn suffixes_are_random() {
        assert!(is_suffix(&new_suffix()));
        assert_ne!(new_suffix(), new_suffix());
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(check_name("Valid/_+=.@-Name!1"), Ok(()));
        assert_eq!(check_name(&"n".repeat(512)), Ok(()));
        assert!(matches!(
            check_name(&"n".repeat(513)),
            Err(SecretsManagerError::Constraint(_))
        ));
        for name in ["two words", "a:b", "naïve", "a\n"] {
            assert_eq!(check_name(name), Err(SecretsManagerError::InvalidName));
        }
    }
}
