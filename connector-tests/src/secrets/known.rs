use std::collections::BTreeMap;

use appflow_connector_model::Credentials;
use appflow_local::secrets_manager::SecretsManager;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::content::Content;
use super::error::SecretsError;
use crate::config::{Config, SecretSource};

/// The text that replaces a secret.
const MARK: &str = "<secret>";

/// The secrets of a run.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    /// Serves the secrets whose content is known.
    pub(crate) manager: SecretsManager,
    /// The secrets whose content is known, by ARN.
    pub(super) by_arn: BTreeMap<String, SecretString>,
    good_arn: Option<String>,
    wrong_arn: Option<String>,
    /// The texts that must not appear anywhere.
    hidden: Vec<SecretString>,
}

impl Secrets {
    /// Gets the secrets that the config names, and serves those whose content is known.
    pub(crate) async fn prepare(config: &Config) -> Result<Self, SecretsError> {
        let mut secrets = Self {
            manager: SecretsManager::default(),
            by_arn: BTreeMap::new(),
            good_arn: config.credentials.secret_arn.clone(),
            wrong_arn: None,
            hidden: Vec::new(),
        };
        let mut good = None;
        if let Some(source) = &config.harness.secret {
            let (arn, content) = secrets.admit("connection", source, config).await?;
            secrets.good_arn = Some(arn);
            good = content;
        }
        if let Some(source) = &config.harness.wrong_secret {
            let (arn, _) = secrets.admit("wrong", source, config).await?;
            secrets.wrong_arn = Some(arn);
        } else if let Some(wrong) = good.and_then(|content| content.made_wrong()) {
            secrets.wrong_arn = Some(secrets.serve("wrong", &wrong)?);
        }
        Ok(secrets)
    }

    /// The credentials in requests.
    pub(crate) fn credentials(&self, config: &Config) -> Credentials {
        Credentials::builder()
            .maybe_secret_arn(self.good_arn.clone())
            .maybe_authentication_type(config.credentials.authentication_type)
            .build()
    }

    /// Credentials that the application refuses, if known.
    pub(crate) fn wrong_credentials(&self, config: &Config) -> Option<Credentials> {
        let arn = self.wrong_arn.clone()?;
        Some(
            Credentials::builder()
                .secret_arn(arn)
                .maybe_authentication_type(config.credentials.authentication_type)
                .build(),
        )
    }

    /// Whether the local Secrets Manager serves any secret.
    pub(crate) fn are_served(&self) -> bool {
        !self.by_arn.is_empty()
    }

    /// Whether the content of any secret is known, so that texts can be searched for it.
    pub(crate) fn are_known(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Whether a text contains a secret.
    pub(crate) fn appear_in(&self, text: &str) -> bool {
        self.hidden
            .iter()
            .any(|hidden| text.contains(hidden.expose_secret()))
    }

    /// The text with each secret replaced by a mark.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, hidden| {
            text.replace(hidden.expose_secret(), MARK)
        })
    }

    /// The text from shortly before the first secret, with each secret replaced by a mark.
    pub(crate) fn around_first(&self, text: &str) -> String {
        const BEFORE: usize = 200;
        let redacted = self.redact(text);
        let at = redacted.find(MARK).unwrap_or_default();
        let start = redacted.floor_char_boundary(at.saturating_sub(BEFORE));
        redacted[start..].to_owned()
    }

    async fn admit(
        &mut self,
        name: &str,
        source: &SecretSource,
        config: &Config,
    ) -> Result<(String, Option<Content>), SecretsError> {
        let content = match source {
            SecretSource::Arn(arn) => return Ok((arn.clone(), None)),
            SecretSource::Inline(keys) => Content::new(keys.clone()),
            SecretSource::File(path) => Content::read(&config.folder.join(path))?,
            SecretSource::ClientCredentials(how) => {
                self.hidden.push(how.client_secret.clone());
                Content::from(how.fetch().await?)
            }
        };
        let arn = self.serve(name, &content)?;
        Ok((arn, Some(content)))
    }

    fn serve(&mut self, name: &str, content: &Content) -> Result<String, SecretsError> {
        let text = content.to_text();
        let name = format!("appflow!000000000000-{name}-{}", Uuid::new_v4().simple());
        let arn = self
            .manager
            .create_secret(&name, text.expose_secret())
            .map_err(|error| SecretsError::Unservable(error.to_string()))?;
        self.hidden.extend(content.hidden_texts());
        self.by_arn.insert(arn.clone(), text);
        Ok(arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn prepare(harness: &str) -> Secrets {
        let config = Config::from_json(&format!(
            r#"{{"runtimeSettings": {{}}, "credentials": {{"secretArn": "arn:official"}}, "testEntityIdentifier": "A",
                "harness": {harness}}}"#
        ))
        .unwrap();
        Secrets::prepare(&config).await.unwrap()
    }

    #[tokio::test]
    async fn a_known_secret_is_served_and_a_wrong_one_is_derived_from_it() {
        let secrets =
            prepare(r#"{"secret": {"inline": {"username": "ada", "password": "correct horse"}}}"#)
                .await;
        let text = |arn: &Option<String>| {
            secrets.by_arn[arn.as_ref().unwrap()]
                .expose_secret()
                .to_owned()
        };
        assert_eq!(
            text(&secrets.good_arn),
            r#"{"password":"correct horse","username":"ada"}"#
        );
        let wrong = text(&secrets.wrong_arn);
        assert!(wrong.contains(r#""username":"ada""#), "{wrong}");
        assert!(!wrong.contains("correct horse"), "{wrong}");
    }

    #[tokio::test]
    async fn secrets_are_found_and_redacted_in_every_form() {
        let secrets =
            prepare(r#"{"secret": {"inline": {"username": "ada", "password": "correct horse"}}}"#)
                .await;
        for leak in [
            "password: correct horse!",
            "Authorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=",
        ] {
            assert!(secrets.appear_in(leak), "{leak}");
            assert!(!secrets.appear_in(&secrets.redact(leak)), "{leak}");
        }
        assert!(!secrets.appear_in("user ada is unknown"));
    }

    #[tokio::test]
    async fn the_official_arn_is_used_if_no_content_is_given() {
        let secrets = prepare("{}").await;
        assert_eq!(secrets.good_arn.as_deref(), Some("arn:official"));
        assert_eq!(secrets.wrong_arn, None);
        assert!(!secrets.are_known());
    }
}
