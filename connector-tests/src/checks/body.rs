use std::future::Future;
use std::pin::Pin;

use crate::run::{Outcome, Run};

type BodyFuture<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// The function of a check.
pub(crate) type Body = for<'a, 'r> fn(&'a mut Run<'r>) -> BodyFuture<'a>;
