use std::time::{Duration, Instant, SystemTime};

use appflow_connector_model::ConnectorError;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, LOCATION};
use url::Url;

use super::body::{self, BodyError};
use crate::auth::{Auth, Outgoing};
use crate::client::HttpClient;
use crate::errors::Problem;
use crate::request::Request;
use crate::response::Response;
use crate::result::Result;
use crate::retry::{Effect, Failure, retry_after};
use crate::url::BaseUrl;

/// The maximum number of redirects of one attempt.
const MAX_REDIRECTS: usize = 5;
/// How much of an error's body is read, and for how long: the status says most.
const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;
const MAX_ERROR_BODY_TIME: Duration = Duration::from_secs(1);

/// A request with all that is needed to send it, once or several times.
pub(crate) struct Call<'a> {
    pub(super) client: &'a HttpClient,
    base: &'a BaseUrl,
    pub(super) auth: &'a Auth,
    request: &'a Request,
    pub(super) url: Url,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        client: &'a HttpClient,
        base: &'a BaseUrl,
        auth: &'a Auth,
        request: &'a Request,
    ) -> Result<Self> {
        let url = request.url(base)?;
        request.check()?;
        Ok(Self {
            client,
            base,
            auth,
            request,
            url,
        })
    }

    /// The request's name in messages and logs: without the query, which may contain filters and
    /// keys.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.request.method, self.url.path())
    }

    pub(crate) fn method(&self) -> &Method {
        &self.request.method
    }

    /// The path of the URL, without the session's secret if that is part of it.
    pub(crate) fn path(&self) -> String {
        self.auth.redact(self.url.path().to_owned())
    }

    /// Where the request goes: scheme, host and port.
    pub(super) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Sends the request, follows redirects within the origin, and reads the whole body.
    pub(crate) async fn attempt(&self) -> std::result::Result<Response, Failure> {
        let mut url = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(url.clone()).await?;
            match self.redirection(&url, &response)? {
                Some(next) => url = next,
                None => return self.receive(url, response).await,
            }
        }
        let application = &self.client.application;
        Err(ConnectorError::server_error(format!(
            "{application} returned more than {MAX_REDIRECTS} redirects for {}",
            self.name()
        ))
        .into())
    }

    /// The number of bytes of the first attempt's request line and headers, as HTTP/1.1 writes
    /// them.
    pub(crate) fn head_bytes(&self) -> Result<usize> {
        let request = self.prepare(self.url.clone())?;
        let url = request.url();
        let target = url.path().len() + url.query().map_or(0, |query| 1 + query.len());
        let line = request.method().as_str().len() + target + "  HTTP/1.1".len();
        let headers = request.headers().iter();
        let mut headers: Vec<(&str, usize)> = headers
            .map(|(name, value)| (name.as_str(), value.len()))
            .collect();
        headers.push(("host", url.authority().len()));
        headers.push(("user-agent", self.client.user_agent.len()));
        if !self.request.body.is_empty() {
            let length = self.request.body.len().to_string().len();
            headers.push(("content-length", length));
        }
        // A header has a colon, a space and a line break. There is a line break after the request
        // line and one at the end.
        let headers = headers.iter().map(|(name, value)| name.len() + value + 4);
        Ok(line + headers.sum::<usize>() + 4)
    }

    /// Returns the request with its credentials.
    fn prepare(&self, mut url: Url) -> Result<reqwest::Request> {
        let mut headers = self.request.headers.clone();
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        self.auth.apply(&mut Outgoing {
            method: &self.request.method,
            url: &mut url,
            headers: &mut headers,
            body: &self.request.body,
        })?;
        // A signing function may have changed the URL.
        self.base.check(&url)?;
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));

        let mut request = reqwest::Request::new(self.request.method.clone(), url);
        *request.headers_mut() = headers;
        Ok(request)
    }

    async fn send(&self, url: Url) -> std::result::Result<reqwest::Response, Failure> {
        let mut request = self.prepare(url)?;
        if !self.request.body.is_empty() {
            *request.body_mut() = Some(self.request.body.clone().into());
        }
        let client = self.client.client(self.base).await?;
        client
            .execute(request)
            .await
            .map_err(|error| self.broken(&error))
    }

    /// Returns where the response redirects to, if it does. Only within the origin, as the
    /// credentials are sent again.
    fn redirection(&self, from: &Url, response: &reqwest::Response) -> Result<Option<Url>> {
        let status = response.status().as_u16();
        let keeps_method = matches!(status, 307 | 308);
        if !keeps_method && !matches!(status, 301..=303) {
            return Ok(None);
        }
        let target = response.headers().get(LOCATION);
        let target = target.and_then(|value| value.to_str().ok());
        let follows = keeps_method || matches!(self.request.method, Method::GET | Method::HEAD);
        let (Some(target), true) = (target, follows) else {
            return Err(self.misdirected(status, "cannot be followed"));
        };
        let next = self.base.join_from(from, target);
        next.map(Some)
            .map_err(|_| self.misdirected(status, "leads to another origin"))
    }

    fn misdirected(&self, status: u16, problem: &str) -> ConnectorError {
        ConnectorError::invalid_argument(format!(
            "{application} returned {status} for {}, a redirect that {problem}: check that {} is {application}'s URL",
            self.name(),
            self.base,
            application = self.client.application,
        ))
    }

    async fn receive(
        &self,
        url: Url,
        response: reqwest::Response,
    ) -> std::result::Result<Response, Failure> {
        let status = response.status();
        let is_success = status.as_u16() < 400 || self.request.accepted.contains(&status.as_u16());
        let mut received = Response {
            application: self.client.application.clone(),
            url: Some(url),
            status,
            headers: response.headers().clone(),
            body: Bytes::new(),
        };
        if !is_success {
            let body = body::read(response, MAX_ERROR_BODY_BYTES);
            if let Ok(Ok(body) | Err(BodyError::TooLarge(body))) =
                tokio::time::timeout(MAX_ERROR_BODY_TIME, body).await
            {
                received.body = body;
            }
            let problem = self.client.errors.read_error(&received);
            let problem = problem.unwrap_or_else(|| Problem::from_body(&received));
            return Err(self.refused(&received, &problem));
        }
        if let Some(quota) = self.client.quota_reader.and_then(|read| read(&received)) {
            self.client.quotas.note(self.base, quota, Instant::now());
        }
        if self.request.method != Method::HEAD {
            let body = body::read(response, self.client.max_body_bytes).await;
            received.body = body.map_err(|error| self.unreadable(&error))?;
        }
        match self.client.errors.read_success(&received) {
            Some(problem) => Err(self.refused(&received, &problem)),
            None => Ok(received),
        }
    }

    fn refused(&self, response: &Response, problem: &Problem) -> Failure {
        let effect = match response.status() {
            _ if problem.is_retryable() => Effect::Refused,
            429 => Effect::Refused,
            // 520 to 530 come from proxies. The other 5xx, such as 501, would only come again.
            500 | 502..=504 | 520..=530 => Effect::Unclear,
            _ => Effect::Final,
        };
        let asked = retry_after(&response.headers, SystemTime::now());
        Failure {
            error: problem.error(
                &self.client.application,
                response.status(),
                &self.name(),
                self.auth,
            ),
            effect,
            retry_after: problem.retry_after().or(asked),
            response: Some((response.status(), response.body.len())),
        }
    }
}
