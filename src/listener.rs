//! The listener: takes connections, serves HTTP/1 and HTTP/2 on them, and closes those on which nothing happens.

use std::{
    convert::Infallible,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    response::Response,
};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tower::{Service, ServiceExt};

/// When none can be accepted, none can be for a while: most often there are no file descriptors left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
const LOG_EVERY: Duration = Duration::from_secs(1);

/// How many connections there may be, and how long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// So many at the same time; the next waits until one has ended.
    pub connections: usize,
    /// A connection is closed when for so long no request came and no answer was under way. A request's head takes no longer.
    pub silence: Duration,
    /// A connection is closed when for so long the other side took nothing of an answer.
    pub patience: Duration,
    /// A request is given up when its answer has not begun after so long, however busily its body comes in.
    pub answer: Duration,
    /// So long it goes on taking requests when it is told to stop, and says that it is not ready.
    pub drain: Duration,
    /// So long what is under way may take when the server stops.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            silence: Duration::from_secs(8),
            patience: Duration::from_mins(1),
            answer: Duration::from_secs(30),
            drain: Duration::ZERO,
            shutdown: Duration::from_secs(10),
        }
    }
}

/// So many connections may have arrived and not been taken yet. A kernel whose queue is full forgets those who say nothing first.
const BACKLOG: u32 = 4096;

/// Takes an address; a refusal says what to do.
pub fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    bind_for("--addr", addr)
}

/// The same for the address that another flag gives.
pub fn bind_for(flag: &str, addr: SocketAddr) -> anyhow::Result<TcpListener> {
    listen(addr).map_err(|error| anyhow::anyhow!("cannot listen on {addr}: {}", what_to_do(&error, flag)))
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again takes the address although old connections are still being closed.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

fn what_to_do(error: &io::Error, flag: &str) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("another program uses this port: stop it, or choose another port with {flag}"),
        ErrorKind::AddrNotAvailable => {
            format!("this machine does not have this address: give one of its own with {flag}, or 0.0.0.0 for all")
        }
        ErrorKind::PermissionDenied => format!("this user may not use this port: choose one from 1024 on with {flag}"),
        _ => error.to_string(),
    }
}

/// Serves until `stop` is ready, then lets what is under way finish.
pub async fn serve(app: Router, listener: TcpListener, limits: Limits, stop: impl Future<Output = ()>) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(limits.connections)));
    let (server, mut log) = (server(limits), Seldom::default());
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let (place, stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if log.is_due(Instant::now()) {
                    tracing::warn!(%error, "could not accept a connection");
                }
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            }
        };
        let pulse = Pulse::new();
        let service = service(app.clone(), peer, pulse.clone());
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            tokio::select! {
                _ = connection => {}
                () = pulse.silence(limits) => {}
            }
            drop(place);
        });
    }
    // Whoever comes now is refused at once, instead of waiting in the kernel's queue for an answer that never comes.
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(limits.shutdown) => tracing::warn!("some connections did not end in time"),
    }
}

fn server(limits: Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.silence);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(limits.silence);
    server
}

/// A connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Without it a streamed page waits 40 ms for the other side's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    Ok((place, stream, peer))
}

fn service(
    app: Router,
    peer: SocketAddr,
    pulse: Pulse,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = Response<Answer>,
    Error = Infallible,
    Future: Future<Output = Result<Response<Answer>, Infallible>> + Send + 'static,
> {
    hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let (mut app, exchange) = (app.clone(), pulse.exchange());
        async move {
            let response: Response = app.as_service::<Body>().ready().await?.call(request.map(Body::new)).await?;
            Ok(response.map(|body| Answer { body, exchange }))
        }
    })
}

/// What happens on one connection. The protocols' own timeouts do not cover it all: there is none until the first bytes tell
/// HTTP/1 from HTTP/2, and none for an HTTP/2 connection that answers pings and asks for nothing.
#[derive(Clone)]
struct Pulse(Arc<Mutex<Activity>>);

struct Activity {
    /// Requests whose answer has not left yet.
    open: usize,
    /// Those of them that wait for us, and not for the other side to take what there is.
    ours: usize,
    /// When the connection began, or something happened on it last.
    since: Instant,
}

impl Pulse {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Activity { open: 0, ours: 0, since: Instant::now() })))
    }

    fn activity(&self) -> MutexGuard<'_, Activity> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self) -> Exchange {
        let mut activity = self.activity();
        activity.open += 1;
        activity.ours += 1;
        Exchange { pulse: self.clone(), ours: true }
    }

    /// Ready once nothing has happened for too long.
    async fn silence(&self, limits: Limits) {
        loop {
            let now = Instant::now();
            let end = match &*self.activity() {
                Activity { open: 0, since, .. } => *since + limits.silence,
                Activity { ours: 0, since, .. } => *since + limits.patience,
                Activity { .. } => now + limits.silence,
            };
            if end <= now {
                return;
            }
            tokio::time::sleep_until(end).await;
        }
    }
}

/// A request and its answer, from the end of the request's head to the end of the answer.
struct Exchange {
    pulse: Pulse,
    /// Whether it waits for us.
    ours: bool,
}

impl Exchange {
    fn waits_for(&mut self, us: bool) {
        let mut activity = self.pulse.activity();
        activity.ours = activity.ours + usize::from(us) - usize::from(self.ours);
        activity.since = Instant::now();
        drop(activity);
        self.ours = us;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.waits_for(false);
        self.pulse.activity().open -= 1;
    }
}

/// An answer's body. A part that was handed out waits for the other side to take it, until the next is asked for.
struct Answer {
    body: Body,
    exchange: Exchange,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.exchange.waits_for(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Says when a line that could repeat without end may be logged again.
#[derive(Default)]
struct Seldom(Option<Instant>);

impl Seldom {
    fn is_due(&mut self, now: Instant) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= LOG_EVERY);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use futures::stream;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::{mpsc, oneshot},
        task::JoinHandle,
        time::{sleep, timeout},
    };

    use super::*;

    const SILENCE: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(5);
    const ENDLESS: &str = "/endless";

    /// A body in three parts, each after a while.
    async fn slow() -> Body {
        Body::from_stream(stream::unfold(0, |number| async move {
            sleep(SILENCE * 2).await;
            (number < 3).then(|| (Ok::<_, Infallible>(format!("part {number}\n")), number + 1))
        }))
    }

    async fn start(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let endless = || async { Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>("more ".repeat(10_000)))) };
        let app = Router::new().route("/", get(|| async { "here\n" })).route(ENDLESS, get(endless)).fallback(slow);
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(app, listener, limits, async {
            let _ = stopped.await;
        }));
        (addr, stop, serving)
    }

    async fn open(addr: SocketAddr, first: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(first).await.unwrap();
        stream
    }

    /// Everything until the server closes.
    async fn rest(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the connection is closed");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_is_asked_is_closed_and_its_place_is_free() {
        let (addr, stop, serving) = start(Limits { connections: 4, silence: SILENCE, patience: LONG, ..Limits::default() }).await;
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let settings = [&preface[..], &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat();
        let silent = [open(addr, b"").await, open(addr, &preface[..9]).await, open(addr, &settings).await, open(addr, b"GET / HT").await];
        let served = timeout(LONG, rest(open(addr, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await)).await.unwrap();
        assert!(served.contains("here"), "{served}");
        for stream in silent {
            rest(stream).await;
        }
        stop.send(()).unwrap();
        timeout(LONG, serving).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_slow_answer_is_not_silence() {
        let (addr, stop, serving) = start(Limits { connections: 1, silence: SILENCE, patience: SILENCE, ..Limits::default() }).await;
        let answer = rest(open(addr, b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await).await;
        assert!(answer.contains("part 2"), "{answer}");
        stop.send(()).unwrap();
        timeout(LONG, serving).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn whoever_takes_nothing_of_an_answer_loses_their_place() {
        let (addr, stop, serving) = start(Limits { connections: 1, silence: SILENCE, patience: SILENCE * 2, ..Limits::default() }).await;
        let stalled = open(addr, format!("GET {ENDLESS} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await;
        let served = timeout(LONG, rest(open(addr, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await)).await.unwrap();
        assert!(served.contains("here"), "{served}");
        drop(stalled);
        stop.send(()).unwrap();
        timeout(LONG, serving).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_server_without_a_free_place_still_stops() {
        let (addr, stop, serving) = start(Limits { connections: 2, silence: LONG * 100, patience: LONG * 100, ..Limits::default() }).await;
        let _silent = [open(addr, b"").await, open(addr, b"").await, open(addr, b"").await];
        sleep(SILENCE).await;
        stop.send(()).unwrap();
        timeout(LONG, serving).await.expect("it stops").unwrap();
    }

    /// A server on which each request to `/` begins, and is answered when it is let go on.
    async fn start_held(limits: Limits) -> (SocketAddr, Held, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (beginnings, begun) = mpsc::unbounded_channel();
        let go_on = Arc::new(Semaphore::new(0));
        let held = go_on.clone();
        let app = Router::new().fallback(move || {
            beginnings.send(()).unwrap();
            async move {
                held.acquire().await.unwrap().forget();
                "here\n"
            }
        });
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(app, listener, limits, async {
            let _ = stopped.await;
        }));
        (addr, Held { begun, go_on }, stop, serving)
    }

    struct Held {
        begun: mpsc::UnboundedReceiver<()>,
        go_on: Arc<Semaphore>,
    }

    impl Held {
        async fn begins(&mut self) {
            timeout(LONG, self.begun.recv()).await.expect("a request begins").unwrap();
        }
    }

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn no_more_connections_are_served_than_there_are_places() {
        let (addr, mut held, stop, serving) = start_held(Limits { connections: 2, ..Limits::default() }).await;
        let streams = [open(addr, REQUEST).await, open(addr, REQUEST).await, open(addr, REQUEST).await];
        held.begins().await;
        held.begins().await;
        assert!(timeout(SILENCE * 2, held.begun.recv()).await.is_err(), "a third is served beside two");
        held.go_on.add_permits(1);
        held.begins().await;
        held.go_on.add_permits(2);
        for stream in streams {
            assert!(rest(stream).await.contains("here"), "whoever waited was served in turn");
        }
        stop.send(()).unwrap();
        timeout(LONG, serving).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_is_under_way_when_the_server_stops_is_answered_and_nobody_new_is_let_in() {
        let (addr, mut held, stop, serving) = start_held(Limits { shutdown: LONG * 100, ..Limits::default() }).await;
        let under_way = open(addr, REQUEST).await;
        held.begins().await;
        stop.send(()).unwrap();
        let refused = async { while TcpStream::connect(addr).await.is_ok() {} };
        timeout(LONG, refused).await.expect("new connections are refused");
        assert!(!serving.is_finished(), "it waits for what is under way");
        held.go_on.add_permits(1);
        assert!(rest(under_way).await.contains("here"));
        timeout(LONG, serving).await.expect("it ends with the last answer").unwrap();
    }

    #[tokio::test]
    async fn what_never_ends_does_not_keep_a_server_from_stopping() {
        let (addr, mut held, stop, serving) = start_held(Limits { shutdown: SILENCE, ..Limits::default() }).await;
        let _stuck = open(addr, REQUEST).await;
        held.begins().await;
        stop.send(()).unwrap();
        timeout(LONG, serving).await.expect("it stops").unwrap();
    }

    #[test]
    fn a_line_that_repeats_is_logged_once_a_second() {
        let (mut log, start) = (Seldom::default(), Instant::now());
        let due: Vec<bool> = [0, 50, 999, 1000, 1050].map(|ms| log.is_due(start + Duration::from_millis(ms))).into();
        assert_eq!(due, [true, false, false, true, false]);
    }
}
