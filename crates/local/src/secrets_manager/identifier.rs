//! Names and ARNs of secrets.

use uuid::Uuid;

use crate::secrets_manager::error::SecretsManagerError;
use crate::wire::constraint;

/// The random characters that end an ARN, after a hyphen.
const SUFFIX: usize = 6;

/// Checks the name of a secret to create.
pub(super) fn check_name(name: &str) -> Result<(), SecretsManagerError> {
    constraint::length("name", name, 1..=512)?;
    check_characters(name)
}

/// Checks a `SecretId`: an ARN, whole or partial, or a name.
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

/// A new ARN for a name. Two secrets of the same name, one after the other, get different ones.
pub(super) fn new_arn(region: &str, account_id: &str, name: &str) -> String {
    format!("{}{name}-{}", arn_start(region, account_id), new_suffix())
}

/// What a `SecretId` says about the secret it means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference<'a> {
    Name(&'a str),
    /// The whole ARN, and the name in it.
    Arn {
        arn: &'a str,
        name: &'a str,
    },
    /// An ARN of another region, account or service.
    Elsewhere,
}

/// Takes a `SecretId` apart. A partial ARN stands for the name in it, unless that name looks like a whole ARN's
/// end itself: `…:secret:db-a1b2c3` means the secret `db`, never the secret `db-a1b2c3`. The service documents
/// that for names that end in a hyphen and six characters.
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
    text.len() == SUFFIX && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn new_suffix() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // The first six bytes of a version 4 UUID are random throughout.
    Uuid::new_v4().as_bytes()[..SUFFIX]
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
    fn an_arn_leads_back_to_its_name() {
        for name in ["db", "app/db-a1b2c3", "appflow!1-airports"] {
            let arn = new_arn("eu-west-1", "123456789012", name);
            assert_eq!(parsed(&arn), Reference::Arn { arn: &arn, name });
        }
    }

    #[test]
    fn a_partial_arn_is_a_name() {
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
    fn other_regions_and_accounts_are_elsewhere() {
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
    fn suffixes_differ() {
        assert!(is_suffix(&new_suffix()));
        assert_ne!(new_suffix(), new_suffix());
    }

    #[test]
    fn names() {
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
