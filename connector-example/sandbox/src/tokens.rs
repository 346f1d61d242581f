//! The access tokens in force.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::record_id::ORGANIZATION_ID;

/// The maximum number of tokens. The oldest is dropped first.
const MAX_TOKENS: usize = 1_000;

struct IssuedToken {
    token: String,
    /// `None` if that is too far in the future to represent.
    expires_at: Option<Instant>,
}

#[derive(Default)]
pub(crate) struct Tokens {
    issued: Mutex<VecDeque<IssuedToken>>,
}

impl Tokens {
    pub(crate) fn issue(&self, lifetime: Duration) -> String {
        // Salesforce's tokens start with the 15-character ID of the organization and an exclamation
        // mark.
        let token = format!("{}!{}", &ORGANIZATION_ID[..15], Uuid::new_v4().simple());
        let expires_at = Instant::now().checked_add(lifetime);
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.len() == MAX_TOKENS {
            issued.pop_front();
        }
        issued.push_back(IssuedToken {
            token: token.clone(),
            expires_at,
        });
        token
    }

    pub(crate) fn is_good(&self, token: &str) -> bool {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        issued.iter().any(|known| {
            known.token == token && known.expires_at.is_none_or(|expires_at| now < expires_at)
        })
    }

    /// Ends one token, if it is valid.
    pub(crate) fn expire(&self, token: &str) {
        self.issued
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|known| known.token != token);
    }

    pub(crate) fn expire_all(&self) {
        self.issued
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
