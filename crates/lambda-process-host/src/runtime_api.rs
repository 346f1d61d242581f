//! The Lambda Runtime API, version 2018-06-01, for one process.

use std::io;
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
#[cfg(target_os = "linux")]
use loopback_server::Admission;
use loopback_server::{BodyError, Options, Server, read_body};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::function_error::FunctionError;
use crate::limits::MAX_RESPONSE_BYTES;
#[cfg(target_os = "linux")]
use crate::peer::belongs_to;

/// One call, as `next` returns it to the process.
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// Unix time in milliseconds.
    pub(crate) deadline_ms: u128,
    pub(crate) function_arn: String,
    pub(crate) trace_id: String,
    pub(crate) payload: Bytes,
}

/// What the process sent for one call: a response or an error.
pub(crate) type CallResult = Result<Bytes, FunctionError>;

/// A process may keep a connection open without a request during a call. Lambda's longest is 15
/// minutes.
const MAX_IDLE: Duration = Duration::from_mins(16);

/// One `next` request. Only the newest receives a call: the process has given up the older ones.
type PollId = u64;

enum Phase {
    Starting,
    InitFailed(FunctionError),
    Waiting {
        poll: PollId,
    },
    Offered {
        poll: PollId,
        invocation: Invocation,
        result: oneshot::Sender<CallResult>,
    },
    Running {
        request_id: String,
        result: oneshot::Sender<CallResult>,
    },
    /// The process has responded and has not requested the next invocation yet.
    Finishing,
}

pub(crate) struct RuntimeApi {
    phase: watch::Sender<Phase>,
    polls: AtomicU64,
}

impl RuntimeApi {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: watch::Sender::new(Phase::Starting),
            polls: AtomicU64::default(),
        })
    }

    /// Serves the given process, and no other where the system tells whose a connection is (Linux).
    pub(crate) fn serve(
        self: &Arc<Self>,
        listener: TcpListener,
        process: u32,
    ) -> io::Result<Server> {
        let mut options = Options::default();
        options.idle_timeout = MAX_IDLE;
        #[cfg(target_os = "linux")]
        {
            options.admission = Some(admission(process));
        }
        #[cfg(not(target_os = "linux"))]
        let _ = process;
        Server::start(listener, router(Arc::clone(self)), options)
    }

    /// Waits until the process requests an invocation or reports that its initialisation failed.
    pub(crate) async fn wait_until_ready(&self) -> Result<(), FunctionError> {
        let mut phase = self.phase.subscribe();
        let settled = phase
            .wait_for(|phase| matches!(phase, Phase::Waiting { .. } | Phase::InitFailed(_)))
            .await;
        match settled.as_deref() {
            Ok(Phase::InitFailed(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Offers a call, which the process's `next` request takes. The process must be ready.
    pub(crate) fn offer(&self, invocation: Invocation) -> oneshot::Receiver<CallResult> {
        let (result, receiver) = oneshot::channel();
        let poll = self.polls.load(Ordering::Relaxed);
        self.phase.send_replace(Phase::Offered {
            poll,
            invocation,
            result,
        });
        receiver
    }

    /// Registers a `next` request. Returns `None` if the process has not responded to its current
    /// call yet.
    fn start_poll(&self) -> Option<PollId> {
        let mut started = None;
        self.phase.send_modify(|phase| {
            let id = self.polls.fetch_add(1, Ordering::Relaxed) + 1;
            match phase {
                Phase::Starting | Phase::Finishing | Phase::Waiting { .. } => {
                    *phase = Phase::Waiting { poll: id }
                }
                Phase::Offered { poll, .. } => *poll = id,
                Phase::InitFailed(_) | Phase::Running { .. } => return,
            }
            started = Some(id);
        });
        started
    }

    fn give_up_poll(&self, id: PollId) {
        self.phase.send_if_modified(|phase| {
            let given_up = matches!(phase, Phase::Waiting { poll } if *poll == id);
            if given_up {
                *phase = Phase::Finishing;
            }
            given_up
        });
    }

    fn take_offer(&self, id: PollId) -> Option<Invocation> {
        let mut taken = None;
        self.phase.send_if_modified(|phase| {
            if !matches!(phase, Phase::Offered { poll, .. } if *poll == id) {
                return false;
            }
            if let Phase::Offered {
                invocation, result, ..
            } = std::mem::replace(phase, Phase::Finishing)
            {
                *phase = Phase::Running {
                    request_id: invocation.request_id.clone(),
                    result,
                };
                taken = Some(invocation);
            }
            true
        });
        taken
    }

    fn is_running(&self, request_id: &str) -> bool {
        matches!(&*self.phase.borrow(), Phase::Running { request_id: running, .. } if running == request_id)
    }

    /// Passes the result to the caller. Returns false if that call is not running.
    fn finish(&self, request_id: &str, result: CallResult) -> bool {
        self.phase.send_if_modified(|phase| {
            if !matches!(phase, Phase::Running { request_id: running, .. } if running == request_id)
            {
                return false;
            }
            if let Phase::Running { result: sender, .. } =
                std::mem::replace(phase, Phase::Finishing)
            {
                // Fails if the caller was dropped, which needs no result.
                let _ = sender.send(result);
            }
            true
        })
    }

    fn fail_init(&self, error: FunctionError) -> bool {
        self.phase.send_if_modified(|phase| {
            let starting = matches!(phase, Phase::Starting);
            if starting {
                *phase = Phase::InitFailed(error);
            }
            starting
        })
    }
}

/// Lets the process and its children in.
#[cfg(target_os = "linux")]
fn admission(process: u32) -> Admission {
    Arc::new(
        move |connection| match (connection.peer, connection.local) {
            (SocketAddr::V4(client), SocketAddr::V4(server))
                if belongs_to(process, client, server) =>
            {
                Ok(())
            }
            _ => Err(format!(
                "this Runtime API serves process {process} and its children only"
            )),
        },
    )
}

fn router(api: Arc<RuntimeApi>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route(
            "/2018-06-01/runtime/invocation/{request_id}/response",
            post(response),
        )
        .route(
            "/2018-06-01/runtime/invocation/{request_id}/error",
            post(error),
        )
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(api)
}

/// Dropped when the process has taken the call, and when it closes its connection.
struct Poll<'a> {
    api: &'a RuntimeApi,
    id: PollId,
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        self.api.give_up_poll(self.id);
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let mut phase = api.phase.subscribe();
    let Some(id) = api.start_poll() else {
        return invalid_state();
    };
    let poll = Poll { api: &api, id };
    loop {
        if let Some(invocation) = api.take_offer(poll.id) {
            return next_response(invocation);
        }
        if phase.changed().await.is_err() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
}

fn next_response(invocation: Invocation) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
        (
            "Lambda-Runtime-Deadline-Ms",
            invocation.deadline_ms.to_string(),
        ),
        (
            "Lambda-Runtime-Invoked-Function-Arn",
            invocation.function_arn,
        ),
        ("Lambda-Runtime-Trace-Id", invocation.trace_id),
    ];
    (headers, invocation.payload).into_response()
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(request_id): Path<String>,
    body: Body,
) -> Response {
    receive_result(&api, &request_id, body, Ok).await
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path(request_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    receive_result(&api, &request_id, body, |report| {
        Err(FunctionError::from_report(report, error_type(&headers)))
    })
    .await
}

async fn receive_result(
    api: &RuntimeApi,
    request_id: &str,
    body: Body,
    result_of: impl FnOnce(Bytes) -> CallResult,
) -> Response {
    if !api.is_running(request_id) {
        return invalid_request_id();
    }
    let (result, status) = match read_body(body, MAX_RESPONSE_BYTES).await {
        Ok(body) => (result_of(body), accepted()),
        Err(BodyError::TooLarge) => (Err(FunctionError::response_too_large()), too_large()),
        // The connection ended. The process can send its result again.
        Err(_) => return incomplete_body(),
    };
    if api.finish(request_id, result) {
        status
    } else {
        invalid_request_id()
    }
}

async fn init_error(
    State(api): State<Arc<RuntimeApi>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let report = match read_body(body, MAX_RESPONSE_BYTES).await {
        Ok(report) => report,
        Err(BodyError::TooLarge) => return too_large(),
        Err(_) => return incomplete_body(),
    };
    let error = FunctionError::from_report(report, error_type(&headers));
    if api.fail_init(error) {
        accepted()
    } else {
        invalid_state()
    }
}

fn error_type(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("Lambda-Runtime-Function-Error-Type")?
        .to_str()
        .ok()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn invalid_request_id() -> Response {
    error_response(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "Invalid request ID",
    )
}

fn invalid_state() -> Response {
    error_response(
        StatusCode::FORBIDDEN,
        "InvalidStateTransition",
        "The state of the runtime does not allow this request",
    )
}

fn too_large() -> Response {
    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    error_response(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        &message,
    )
}

fn incomplete_body() -> Response {
    error_response(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "The request's body is incomplete",
    )
}

fn error_response(status: StatusCode, error_type: &str, message: &str) -> Response {
    (
        status,
        Json(json!({"errorType": error_type, "errorMessage": message})),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use serde_json::Value;
    use tokio::task::JoinHandle;
    use tower::ServiceExt;

    use super::*;

    async fn request(
        api: &Arc<RuntimeApi>,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Response {
        let uri = format!("/2018-06-01/runtime/{path}");
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .body(body.into())
            .unwrap();
        router(Arc::clone(api)).oneshot(request).await.unwrap()
    }

    async fn status_and_type(response: Response) -> (u16, String) {
        let status = response.status().as_u16();
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
        (
            status,
            body["errorType"].as_str().unwrap_or_default().to_owned(),
        )
    }

    fn poll(api: &Arc<RuntimeApi>) -> JoinHandle<Response> {
        let api = Arc::clone(api);
        tokio::spawn(async move { request(&api, "GET", "invocation/next", "").await })
    }

    fn invocation(request_id: &str) -> Invocation {
        Invocation {
            request_id: request_id.to_owned(),
            deadline_ms: 1_542_409_706_888,
            function_arn: "arn".to_owned(),
            trace_id: "Root=1".to_owned(),
            payload: "{}".into(),
        }
    }

    /// A process that has taken the call "1".
    async fn running() -> (Arc<RuntimeApi>, oneshot::Receiver<CallResult>) {
        let api = RuntimeApi::new();
        let poll = poll(&api);
        api.wait_until_ready().await.unwrap();
        let result = api.offer(invocation("1"));
        assert_eq!(
            poll.await.unwrap().headers()["lambda-runtime-deadline-ms"],
            "1542409706888"
        );
        (api, result)
    }

    #[tokio::test]
    async fn a_response_is_accepted_once_and_only_for_the_running_call() {
        let (api, result) = running().await;
        let wrong = request(&api, "POST", "invocation/2/response", "{}").await;
        assert_eq!(
            status_and_type(wrong).await,
            (400, "InvalidRequestID".to_owned())
        );

        let accepted = request(&api, "POST", "invocation/1/response", "[1]").await;
        assert_eq!(accepted.status(), StatusCode::ACCEPTED);
        assert_eq!(
            to_bytes(accepted.into_body(), 100).await.unwrap(),
            r#"{"status":"OK"}"#
        );
        assert_eq!(result.await.unwrap().unwrap(), "[1]");

        let late = request(&api, "POST", "invocation/1/error", "{}").await;
        assert_eq!(
            status_and_type(late).await,
            (400, "InvalidRequestID".to_owned())
        );
    }

    #[tokio::test]
    async fn the_size_limit_is_exact() {
        let (api, result) = running().await;
        request(
            &api,
            "POST",
            "invocation/1/response",
            vec![b' '; MAX_RESPONSE_BYTES],
        )
        .await;
        assert_eq!(result.await.unwrap().unwrap().len(), 6_291_556);

        let (api, result) = running().await;
        let rejected = request(
            &api,
            "POST",
            "invocation/1/response",
            vec![b' '; MAX_RESPONSE_BYTES + 1],
        )
        .await;
        assert_eq!(
            status_and_type(rejected).await,
            (413, "RequestEntityTooLarge".to_owned())
        );
        assert_eq!(
            result.await.unwrap().unwrap_err().error_type,
            "Function.ResponseSizeTooLarge"
        );
    }

    #[tokio::test]
    async fn next_is_rejected_before_the_response_to_the_current_call() {
        let (api, _result) = running().await;
        let rejected = request(&api, "GET", "invocation/next", "").await;
        assert_eq!(
            status_and_type(rejected).await,
            (403, "InvalidStateTransition".to_owned())
        );
    }

    #[tokio::test]
    async fn an_init_error_is_accepted_only_before_the_first_call() {
        let api = RuntimeApi::new();
        assert_eq!(
            request(&api, "POST", "init/error", r#"{"errorType":"A"}"#)
                .await
                .status(),
            StatusCode::ACCEPTED
        );
        assert_eq!(api.wait_until_ready().await.unwrap_err().error_type, "A");

        let (api, _result) = running().await;
        let rejected = request(&api, "POST", "init/error", "{}").await;
        assert_eq!(
            status_and_type(rejected).await,
            (403, "InvalidStateTransition".to_owned())
        );
    }

    #[tokio::test]
    async fn a_process_that_closes_its_poll_is_not_ready() {
        let api = RuntimeApi::new();
        let polled = poll(&api);
        api.wait_until_ready().await.unwrap();
        polled.abort();
        api.phase
            .subscribe()
            .wait_for(|phase| matches!(phase, Phase::Finishing))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn the_newest_poll_receives_the_call() {
        let api = RuntimeApi::new();
        let given_up = poll(&api);
        api.phase
            .subscribe()
            .wait_for(|phase| matches!(phase, Phase::Waiting { poll: 1 }))
            .await
            .unwrap();
        let newest = poll(&api);
        api.phase
            .subscribe()
            .wait_for(|phase| matches!(phase, Phase::Waiting { poll: 2 }))
            .await
            .unwrap();
        let _result = api.offer(invocation("1"));
        assert_eq!(
            newest.await.unwrap().headers()["lambda-runtime-aws-request-id"],
            "1"
        );
        assert!(!given_up.is_finished());
    }
}
