//! x
mod answer;
mod auth;
mod base_url;
mod body;
mod budget;
mod client;
mod error_reader;
mod escaped;
mod link;
mod page;
mod page_token;
mod request;
mod retry;
mod retry_after;
mod session;

pub use answer::Answer;
pub use auth::{Auth, Outgoing};
pub use base_url::{BaseUrl, UrlError, UrlPolicy, path_segment};
pub use client::HttpClient;
pub use error_reader::{ErrorReader, Problem};
pub use page::{AppPage, PageBuilder};
pub use page_token::PageToken;
pub use request::Request;
pub use retry::{Repeat, RetryPolicy};
pub use session::Session;

pub use reqwest::Method;
pub use reqwest::header;
pub use url::Url;
