use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse as _;
use http_body_util::Limited;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tower::Service as _;

use crate::access;
use crate::body::{RequestBody, ResponseBody};
use crate::connection::Connection;
use crate::link::{Link, Phase};
use crate::options::Options;
use crate::stream::ResettableStream;

/// How long to wait until another connection can be accepted.
const PAUSE: Duration = Duration::from_millis(20);

/// A running server. Dropping it closes its port and all connections at once.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Listens on an address and serves it. Port 0 is any free port.
    ///
    /// # Errors
    /// If the address is not available.
    pub async fn bind(address: SocketAddr, router: Router, options: Options) -> io::Result<Self> {
        Self::start(TcpListener::bind(address).await?, router, options)
    }

    /// Serves a port that is open already.
    ///
    /// # Errors
    /// If the port's address is not known.
    pub fn start(listener: TcpListener, router: Router, options: Options) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            router,
            options,
            links: Mutex::default(),
        });
        Ok(Self {
            address,
            task: tokio::spawn(accept_all(listener, shared, stopped)),
            stop,
        })
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server ends, which it does not do on its own.
    pub async fn wait(mut self) {
        // Both possible errors, a panic and a cancelled task, mean that it has ended.
        let _ = (&mut self.task).await;
    }

    /// Accepts no more connections, waits for the requests in progress, then closes what is still
    /// open. Takes [`Options::grace`] at most.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    router: Router,
    options: Options,
    links: Mutex<HashMap<u64, Arc<Link>>>,
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, HashMap<u64, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self) -> bool {
        self.links().len() < self.options.max_connections
    }

    /// Closes the connection that has waited longest for its client. Returns false if none waits.
    fn evict_one(&self) -> bool {
        let mut links = self.links();
        let oldest = links
            .iter()
            .filter_map(|(id, link)| Some((link.waiting_since()?, *id)))
            .min();
        let evicted = oldest.and_then(|(_, id)| links.remove(&id));
        if let Some(link) = &evicted {
            link.evicted.notify_one();
        }
        evicted.is_some()
    }
}

/// Accepts until it is told to stop, then waits for the connections. Dropping it ends them.
async fn accept_all(listener: TcpListener, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut stop = stopped.clone();
    let accepting = async {
        for id in 0.. {
            let (stream, peer) = accept(&listener, &shared).await;
            while !shared.has_room() && !shared.evict_one() {
                sleep(PAUSE).await;
            }
            // Results of ended connections are removed here, so that they do not accumulate.
            while connections.try_join_next().is_some() {}
            let link = Arc::new(Link::new(shared.options.head_timeout));
            shared.links().insert(id, Arc::clone(&link));
            let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
            connections.spawn(async move {
                serve(stream, peer, &shared, &link, stopped).await;
                shared.links().remove(&id);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        // Fails if the server was dropped, which ends this task as well.
        _ = stop.wait_for(|stop| *stop) => {}
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(shared.options.grace, ended).await.is_err() {
        tracing::debug!("connections were closed before their requests had ended");
    }
}

async fn accept(listener: &TcpListener, shared: &Shared) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // A client that is gone already, or too many open files.
                tracing::debug!(%error, "a connection was not accepted");
                shared.evict_one();
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Shared,
    link: &Arc<Link>,
    mut stopped: watch::Receiver<bool>,
) {
    // Without this, a response in two writes waits for a delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let connection = Connection {
        peer,
        local,
        is_reset: Arc::default(),
    };
    let admitted = match &shared.options.admission {
        Some(admission) => admission(&connection),
        None => Ok(()),
    };
    let stream = ResettableStream {
        stream,
        is_reset: Arc::clone(&connection.is_reset),
        link: Arc::clone(link),
    };
    let service = service_fn(|request| respond(request, shared, link, &connection, &admitted));
    let mut served = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let mut ticks = interval(tick(&shared.options));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_stopping = false;
    loop {
        tokio::select! {
            // An error is the client's: what it sent is not HTTP, or it is gone.
            _ = &mut served => return,
            () = link.evicted.notified() => return,
            _ = ticks.tick() => if link.is_overdue() { return },
            _ = stopped.wait_for(|stop| *stop), if !is_stopping => {
                is_stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// How often a connection compares its times with the limits.
fn tick(options: &Options) -> Duration {
    [
        options.head_timeout,
        options.idle_timeout,
        options.body_timeout,
        options.response_timeout,
    ]
    .into_iter()
    .fold(Duration::from_secs(4), Duration::min)
    .max(Duration::from_millis(4))
        / 4
}

async fn respond(
    request: Request<Incoming>,
    shared: &Shared,
    link: &Arc<Link>,
    connection: &Connection,
    admitted: &Result<(), String>,
) -> Result<Response<ResponseBody>, Infallible> {
    let options = &shared.options;
    let has_body = !request.body().is_end_stream();
    let phase = if has_body {
        Phase::Body
    } else {
        Phase::Handler
    };
    link.enter(phase, options.body_timeout);
    let allowed = admitted
        .clone()
        .and_then(|()| access::check(&request, &options.allowed_hosts, connection.local.ip()));
    let response = match allowed {
        Ok(()) => {
            let mut request = request.map(|body| {
                let body = Body::new(Limited::new(body, options.max_body_bytes));
                let link = Arc::clone(link);
                Body::new(RequestBody { body, link })
            });
            request.extensions_mut().insert(connection.clone());
            shared.router.clone().call(request).await?
        }
        Err(reason) => (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response(),
    };
    link.enter(Phase::Response, options.response_timeout);
    Ok(response.map(|body| ResponseBody {
        body,
        link: Arc::clone(link),
        idle_timeout: options.idle_timeout,
    }))
}
