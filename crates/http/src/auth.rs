//! The credentials of requests.

use std::fmt;
use std::sync::Arc;

use appflow_connector_model::ConnectorError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use crate::result::Result;

/// Replaces a secret that the application repeated in a message.
const REDACTED: &str = "[secret]";

/// The credentials of requests, and where they go in a request. The secrets are those of the
/// runtime's `Invocation::credentials`.
///
/// ```
/// use appflow_connector_http::Auth;
///
/// let auth = Auth::bearer("access token".into());
/// let auth = Auth::basic("user", "password".into());
/// let auth = Auth::header("X-Api-Key", "key".into());
/// ```
///
/// Neither `Debug`, nor a log line, nor an error shows the secret, even if the application repeats
/// it in its error.
#[derive(Clone)]
pub struct Auth(Kind);

#[derive(Clone)]
enum Kind {
    None,
    Bearer(SecretString),
    Basic(String, SecretString),
    Header(String, SecretString),
    Query(String, SecretString),
    Own(Arc<Sign>),
}

type Sign = dyn Fn(&mut Outgoing<'_>) -> Result<()> + Send + Sync;

/// A request about to be sent, for [`Auth::own`] to sign.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a Method,
    /// The URL. Its origin must not change.
    pub url: &'a mut Url,
    /// The headers; `host`, `content-length` and `accept-encoding` are added later.
    pub headers: &'a mut HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

impl Auth {
    /// No credentials.
    pub const fn none() -> Self {
        Self(Kind::None)
    }

    /// `Authorization: Bearer …`, as for an access token of OAuth 2.0.
    pub const fn bearer(token: SecretString) -> Self {
        Self(Kind::Bearer(token))
    }

    /// `Authorization: Basic …`.
    pub fn basic(username: impl Into<String>, password: SecretString) -> Self {
        Self(Kind::Basic(username.into(), password))
    }

    /// A key in a header, such as `X-Api-Key`.
    pub fn header(name: impl Into<String>, key: SecretString) -> Self {
        Self(Kind::Header(name.into(), key))
    }

    /// A key in the URL's query, for applications that accept it nowhere else. It may appear in the
    /// application's logs.
    pub fn query(name: impl Into<String>, key: SecretString) -> Self {
        Self(Kind::Query(name.into(), key))
    }

    /// Your own scheme, such as a signature over the body. The function is called for every
    /// attempt, as a signature may contain the time.
    ///
    /// ```
    /// use appflow_connector_http::Auth;
    /// use appflow_connector_model::ConnectorError;
    ///
    /// let auth = Auth::own(|request| {
    ///     let signature = format!("{}-{}", request.method, request.body.len());
    ///     let value = signature.parse().map_err(|_| {
    ///         ConnectorError::invalid_credentials("the signature is not valid in a header")
    ///     })?;
    ///     request.headers.insert("x-signature", value);
    ///     Ok(())
    /// });
    /// ```
    pub fn own(sign: impl Fn(&mut Outgoing<'_>) -> Result<()> + Send + Sync + 'static) -> Self {
        Self(Kind::Own(Arc::new(sign)))
    }

    /// Puts the credentials into a request.
    pub(crate) fn apply(&self, request: &mut Outgoing<'_>) -> Result<()> {
        match &self.0 {
            Kind::None => {}
            Kind::Bearer(token) => {
                let value = format!("Bearer {}", token.expose_secret());
                request.headers.insert(AUTHORIZATION, sensitive(&value)?);
            }
            Kind::Basic(username, password) => {
                // The user name ends at the first colon (RFC 7617).
                if username.contains(':') {
                    return Err(ConnectorError::invalid_credentials(
                        "the user name contains a colon, which Basic authentication does not allow",
                    ));
                }
                let pair = format!("{username}:{}", password.expose_secret());
                let value = format!("Basic {}", STANDARD.encode(pair));
                request.headers.insert(AUTHORIZATION, sensitive(&value)?);
            }
            Kind::Header(name, key) => {
                let name: HeaderName = name.parse().map_err(|_| {
                    ConnectorError::server_error(format!("`{name}` is not a valid header name"))
                })?;
                request
                    .headers
                    .insert(name, sensitive(key.expose_secret())?);
            }
            Kind::Query(name, key) => {
                let mut query = request.url.query_pairs_mut();
                query.append_pair(name, key.expose_secret());
            }
            Kind::Own(sign) => sign(request)?,
        }
        Ok(())
    }

    /// Replaces the secrets in a text from the application.
    pub(crate) fn redact(&self, text: String) -> String {
        let (Kind::Bearer(secret)
        | Kind::Basic(_, secret)
        | Kind::Header(_, secret)
        | Kind::Query(_, secret)) = &self.0
        else {
            return text;
        };
        let secret = secret.expose_secret();
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let text = replace(text, secret);
        let text = replace(text, &encoded);
        match &self.0 {
            Kind::Basic(username, _) => {
                replace(text, &STANDARD.encode(format!("{username}:{secret}")))
            }
            _ => text,
        }
    }
}

fn replace(text: String, secret: &str) -> String {
    if secret.is_empty() || !text.contains(secret) {
        return text;
    }
    text.replace(secret, REDACTED)
}

fn sensitive(value: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        ConnectorError::invalid_credentials(
            "the credentials contain characters that are not valid in a header",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Shows only the kind.
impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.0 {
            Kind::None => "Auth(none)",
            Kind::Bearer(_) => "Auth(bearer)",
            Kind::Basic(..) => "Auth(basic)",
            Kind::Header(..) => "Auth(header)",
            Kind::Query(..) => "Auth(query)",
            Kind::Own(_) => "Auth(own)",
        })
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorCode;

    use super::*;

    fn applied(auth: &Auth) -> Result<(Url, HeaderMap)> {
        let mut url: Url = "https://example.com/a?b=c".parse().unwrap();
        let mut headers = HeaderMap::new();
        auth.apply(&mut Outgoing {
            method: &Method::POST,
            url: &mut url,
            headers: &mut headers,
            body: b"{}",
        })?;
        Ok((url, headers))
    }

    #[test]
    fn each_kind_sets_its_part_of_the_request() {
        let (_, headers) = applied(&Auth::bearer("t0ken".into())).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Bearer t0ken");
        let (_, headers) = applied(&Auth::basic("Aladdin", "open sesame".into())).unwrap();
        assert_eq!(headers[AUTHORIZATION], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let (_, headers) = applied(&Auth::header("X-Api-Key", "k".into())).unwrap();
        assert_eq!(headers["x-api-key"], "k");
        let (url, headers) = applied(&Auth::query("key", "k&y".into())).unwrap();
        assert_eq!(url.as_str(), "https://example.com/a?b=c&key=k%26y");
        assert!(headers.is_empty());
        let own = Auth::own(|request| {
            assert_eq!(
                (request.method.as_str(), request.body),
                ("POST", b"{}".as_slice())
            );
            request.url.set_path("/signed");
            Ok(())
        });
        assert_eq!(applied(&own).unwrap().0.path(), "/signed");
    }

    #[test]
    fn invalid_credentials_are_refused_without_showing_them() {
        for auth in [
            Auth::bearer("canary\n".into()),
            Auth::header("X-Key", "canary\0".into()),
            Auth::basic("a:b", "canary".into()),
        ] {
            let error = applied(&auth).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidCredentials);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let error = applied(&Auth::header("no header", "canary".into())).unwrap_err();
        assert_eq!(error.message(), "`no header` is not a valid header name");
    }

    #[test]
    fn debug_shows_no_secret() {
        for auth in [
            Auth::bearer("canary".into()),
            Auth::basic("canary", "canary".into()),
            Auth::header("X-Key", "canary".into()),
            Auth::query("key", "canary".into()),
        ] {
            assert!(!format!("{auth:?}").contains("canary"));
            let (_, headers) = applied(&auth).unwrap();
            assert!(!format!("{headers:?}").contains("canary"), "{headers:?}");
        }
    }

    #[test]
    fn a_secret_that_the_application_repeats_is_replaced() {
        let redacted = |auth: Auth, text: &str| auth.redact(text.to_owned());
        let text = redacted(Auth::bearer("t0ken".into()), "no such token: t0ken");
        assert_eq!(text, "no such token: [secret]");
        let text = redacted(Auth::query("key", "k&y".into()), "/a?key=k%26y is refused");
        assert_eq!(text, "/a?key=[secret] is refused");
        let basic = Auth::basic("Aladdin", "open sesame".into());
        let text = redacted(basic, "QWxhZGRpbjpvcGVuIHNlc2FtZQ== is not valid");
        assert_eq!(text, "[secret] is not valid");
        assert_eq!(redacted(Auth::bearer("".into()), "as it is"), "as it is");
    }
}
