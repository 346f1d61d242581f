//! The functions that are served: processes of this machine, and URLs.

use std::sync::Arc;
use std::time::Duration;

use appflow_local::Account;
use appflow_local::functions::UrlFunction;
use lambda_process_host::{Invoke, Pool, PoolLimits};
use miette::{IntoDiagnostic, Result};

use super::call_log::Logged;
use crate::process::ProcessOptions;

/// A value of `--function` or `--connector`.
#[derive(Clone, Debug)]
pub struct Source {
    pub name: String,
    /// A command or a URL.
    pub text: String,
}

impl Source {
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, text)) if !name.is_empty() && !text.is_empty() => Ok(Self {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            _ => Err("expected NAME=COMMAND or NAME=URL".to_owned()),
        }
    }
}

/// What all functions of an endpoint have in common.
pub struct Scope<'a> {
    /// The endpoint that the functions use.
    pub url: String,
    pub account: Account,
    pub process: &'a ProcessOptions,
}

impl Scope<'_> {
    /// Makes a function. Its first call starts its process.
    pub fn function(&self, name: &str, source: &str) -> Result<Arc<dyn Invoke>> {
        if source.starts_with("http://") || source.starts_with("https://") {
            let arn = self.account.function_arn(name);
            let limit: Duration = self.process.timeout();
            let function = UrlFunction::new(arn, source, limit).into_diagnostic()?;
            return Ok(Arc::new(Logged::new(Arc::new(function))));
        }
        let mut config = self.process.config(name, source)?;
        config.account.clone_from(&self.account.id);
        config.region.clone_from(&self.account.region);
        config
            .environment
            .entry("AWS_ENDPOINT_URL".into())
            .or_insert_with(|| self.url.clone().into());
        let pool = Pool::new(config, PoolLimits::default()).into_diagnostic()?;
        Ok(Arc::new(Logged::new(Arc::new(pool))))
    }
}
