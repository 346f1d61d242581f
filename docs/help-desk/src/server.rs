//! The API.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use loopback_server::{Options, Server};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::API_KEY;
use crate::ticket::{Change, FIRST_ID, STATES, Ticket};

/// The ids of the tickets that the help desk starts with.
const IDS: RangeInclusive<u64> = FIRST_ID..=12_500;
const PAGE_SIZE: usize = 100;
const MAX_REQUESTS: usize = 10;
const THROTTLED_EVERY: usize = 1_500;

/// Starts the help desk on a port of this machine. Each request takes `latency`.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn start(address: SocketAddr, latency: Duration) -> io::Result<Server> {
    Server::bind(address, router(latency), Options::default()).await
}

struct HelpDesk {
    tickets: Mutex<BTreeMap<u64, Ticket>>,
    /// How many requests came, and how many are served at the moment.
    requests: AtomicUsize,
    current: AtomicUsize,
    latency: Duration,
}

type Shared = State<Arc<HelpDesk>>;

impl HelpDesk {
    fn tickets(&self) -> MutexGuard<'_, BTreeMap<u64, Ticket>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(latency: Duration) -> Router {
    let tickets = IDS.map(|id| (id, Ticket::generated(id)));
    let help_desk = Arc::new(HelpDesk {
        tickets: Mutex::new(tickets.collect()),
        requests: AtomicUsize::new(0),
        current: AtomicUsize::new(0),
        latency,
    });
    Router::new()
        .route("/api/me", get(async || Json(json!({"name": "Ada"}))))
        .route("/api/tickets", get(list).post(create))
        .route("/api/tickets/{id}", get(read).patch(change))
        .layer(from_fn_with_state(Arc::clone(&help_desk), admit))
        .with_state(help_desk)
}

/// Refuses requests without the key, and throttles.
async fn admit(State(help_desk): Shared, request: Request, next: Next) -> Response {
    if request
        .headers()
        .get("x-api-key")
        .is_none_or(|key| key != API_KEY)
    {
        return error(StatusCode::UNAUTHORIZED, "the key is not valid");
    }
    let number = help_desk.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let current = help_desk.current.fetch_add(1, Ordering::Relaxed);
    let response = if current >= MAX_REQUESTS || number.is_multiple_of(THROTTLED_EVERY) {
        let refusal = error(StatusCode::TOO_MANY_REQUESTS, "too many requests");
        ([(RETRY_AFTER, "1")], refusal).into_response()
    } else {
        tokio::time::sleep(help_desk.latency).await;
        next.run(request).await
    };
    help_desk.current.fetch_sub(1, Ordering::Relaxed);
    response
}

#[derive(Deserialize)]
struct Filter {
    cursor: Option<String>,
    status: Option<String>,
    updated_since: Option<String>,
    search: Option<String>,
}

async fn list(State(help_desk): Shared, Query(filter): Query<Filter>) -> Response {
    match find(&help_desk.tickets(), &filter) {
        Ok(page) => Json(page).into_response(),
        Err(problem) => error(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

fn find(tickets: &BTreeMap<u64, Ticket>, filter: &Filter) -> Result<Value, String> {
    let states: Vec<&str> = filter
        .status
        .iter()
        .flat_map(|states| states.split(','))
        .collect();
    if let Some(unknown) = states.iter().find(|state| !STATES.contains(state)) {
        return Err(format!("unknown status `{unknown}`"));
    }
    let since = filter.updated_since.as_deref().map(str::parse::<Timestamp>);
    let since = since
        .transpose()
        .map_err(|_| "updated_since is not a time")?;
    let search = filter.search.as_ref().map(|search| search.to_lowercase());
    // The cursor names the last ticket of the page before.
    let after = match &filter.cursor {
        Some(cursor) => cursor.strip_prefix("after-").and_then(|id| id.parse().ok()),
        None => Some(0),
    };
    let after: u64 = after.ok_or("the cursor is not valid")?;

    let mut found: Vec<&Ticket> = tickets
        .range(after + 1..)
        .map(|(_, ticket)| ticket)
        .filter(|ticket| states.is_empty() || states.contains(&&*ticket.status))
        .filter(|ticket| since.is_none_or(|since| ticket.updated_at >= since))
        .filter(|ticket| {
            let subject = ticket.subject.to_lowercase();
            search
                .as_ref()
                .is_none_or(|search| subject.contains(search))
        })
        .take(PAGE_SIZE + 1)
        .collect();
    let has_more = found.len() > PAGE_SIZE;
    found.truncate(PAGE_SIZE);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|ticket| format!("after-{}", ticket.id));
    Ok(json!({"tickets": found, "next": next}))
}

async fn read(State(help_desk): Shared, Path(id): Path<String>) -> Response {
    let tickets = help_desk.tickets();
    match id.parse().ok().and_then(|id: u64| tickets.get(&id)) {
        Some(ticket) => Json(ticket).into_response(),
        None => error(StatusCode::NOT_FOUND, "there is no such ticket"),
    }
}

async fn create(State(help_desk): Shared, Json(body): Json<Value>) -> Response {
    let mut tickets = help_desk.tickets();
    let id = tickets.last_key_value().map_or(1, |(last, _)| last + 1);
    let change = serde_json::from_value::<Change>(body).map_err(|error| error.to_string());
    match change.and_then(|change| Ticket::created(id, change)) {
        Ok(ticket) => {
            tickets.insert(id, ticket.clone());
            (StatusCode::CREATED, Json(ticket)).into_response()
        }
        Err(problem) => error(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

async fn change(
    State(help_desk): Shared,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Response {
    let mut tickets = help_desk.tickets();
    let Some(ticket) = id.parse().ok().and_then(|id: u64| tickets.get_mut(&id)) else {
        return error(StatusCode::NOT_FOUND, "there is no such ticket");
    };
    let change = serde_json::from_value::<Change>(body).map_err(|error| error.to_string());
    match change.and_then(|change| ticket.change(change)) {
        Ok(()) => Json(&*ticket).into_response(),
        Err(problem) => error(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    }
}

fn error(status: StatusCode, problem: &str) -> Response {
    (status, Json(json!({"error": problem}))).into_response()
}
