use std::fmt::Display;
use std::time::Duration;

use appflow_connector_model::ConnectorError;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use crate::retry::Repeat;
use crate::session::Call;
use crate::{Answer, Result, Session};

/// A call to be made. What is wrong with it (a URL of another origin, a body that cannot be written) comes out when it is sent.
///
/// ```no_run
/// # use appflow_connector_http::{Repeat, Result, Session};
/// # async fn example(session: Session<'_>) -> Result<()> {
/// let answer = session
///     .post("contacts/upsert")
///     .query("by", "email")
///     .json(&["a@example.com"])
///     // To upsert twice is to upsert once.
///     .repeat(Repeat::Always)
///     .send()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request<'a> {
    session: &'a Session<'a>,
    call: Result<Call>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(session: &'a Session<'a>, method: Method, url: Result<Url>) -> Self {
        let repeat = if method.is_idempotent() {
            Repeat::Always
        } else {
            Repeat::Never
        };
        let call = url.map(|url| Call {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeat,
            max_try_time: None,
            accepted: Vec::new(),
        });
        Self { session, call }
    }

    /// Adds a pair to the URL's query.
    pub fn query(self, name: &str, value: impl Display) -> Self {
        self.change(|call| {
            let mut query = call.url.query_pairs_mut();
            query.append_pair(name, &value.to_string());
            Ok(())
        })
    }

    /// Sets a header.
    pub fn header(self, name: &str, value: impl Display) -> Self {
        self.change(|call| {
            let problem =
                || ConnectorError::invalid_argument(format!("the header {name} cannot be sent"));
            let header: HeaderName = name.parse().map_err(|_| problem())?;
            let value = HeaderValue::from_str(&value.to_string()).map_err(|_| problem())?;
            call.headers.insert(header, value);
            Ok(())
        })
    }

    /// Sends a value as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body("application/json", body),
            Err(error) => self.change(|_| {
                Err(ConnectorError::invalid_argument(format!(
                    "the request cannot be written as JSON: {error}"
                )))
            }),
        }
    }

    /// Sends pairs as a form.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Sends bytes.
    pub fn body(self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.change(|call| {
            let content_type = HeaderValue::from_static(content_type);
            call.headers.insert(CONTENT_TYPE, content_type);
            call.body = body.into();
            Ok(())
        })
    }

    /// Says whether the call may be made again. Default: by its method, see [`Repeat`].
    pub fn repeat(self, repeat: Repeat) -> Self {
        self.change(|call| {
            call.repeat = repeat;
            Ok(())
        })
    }

    /// Gives each try so much time, in place of what the [`RetryPolicy`](crate::RetryPolicy) gives.
    pub fn max_try_time(self, time: Duration) -> Self {
        self.change(|call| {
            call.max_try_time = Some(time);
            Ok(())
        })
    }

    /// Takes a status of 400 or more for a good answer, such as 404 where "there is none" is one.
    pub fn accept(self, status: u16) -> Self {
        self.change(|call| {
            call.accepted.push(status);
            Ok(())
        })
    }

    /// The length of the URL in bytes, for applications that take no long ones.
    pub fn url_len(&self) -> usize {
        self.call.as_ref().map_or(0, |call| call.url.as_str().len())
    }

    /// Makes the call.
    ///
    /// # Errors
    /// - The code for the answer's status, or what the [`ErrorReader`](crate::ErrorReader) made of it. Statuses below 400, and
    ///   [accepted](Self::accept) ones, are no errors.
    /// - RequestTimeout when no answer came in time, ServiceUnavailable when the application cannot be reached or the connection broke.
    /// - ServerError when the body is too large or not encoded as its headers say.
    /// - RateLimitExceeded when the client's own budget of calls leaves no time.
    /// - InvalidArgument when the URL, or one that the application redirects to, is of another origin.
    /// - InvalidCredentials when the credentials cannot be sent.
    ///
    /// `retryAfterSeconds` is set when a later call may work.
    pub async fn send(self) -> Result<Answer> {
        self.read(Ok).await
    }

    /// Makes the call and reads the answer's JSON. JSON that is not as expected, such as a page for people with status 200, counts as
    /// a failed try.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and ServerError when the answer cannot be read.
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T> {
        self.read(|answer| answer.json()).await
    }

    /// Makes the call and reads the answer with `read`. When that fails with ServerError, ServiceUnavailable, RateLimitExceeded or
    /// RequestTimeout, the try has failed, and a call that is [always](Repeat::Always) repeated is made again. As
    /// [`fetch`](Self::fetch), for what borrows from the answer while it is read:
    ///
    /// ```no_run
    /// # use appflow_connector_http::{Result, Session};
    /// # async fn example(session: Session<'_>) -> Result<()> {
    /// let longest: usize = session
    ///     .get("contacts/names")
    ///     .read(|answer| {
    ///         let names: Vec<&str> = answer.json()?;
    ///         Ok(names.into_iter().map(str::len).max().unwrap_or(0))
    ///     })
    ///     .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`send`](Self::send), and those of `read`.
    pub async fn read<T>(self, read: impl FnMut(Answer) -> Result<T>) -> Result<T> {
        self.session.call(&self.call?, read).await
    }

    fn change(mut self, change: impl FnOnce(&mut Call) -> Result<()>) -> Self {
        if let Ok(call) = &mut self.call
            && let Err(error) = change(call)
        {
            self.call = Err(error);
        }
        self
    }
}
