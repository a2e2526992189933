//! Five hundred connections on which nothing happens, while others are served.

use std::time::Duration;

use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{Attacks, Family};
use crate::support::{Backend, TestServer};

const CONNECTIONS: usize = 500;
const REQUESTS: usize = 200;
/// What the others may wait: 95 of 100 of them.
const WAIT: Duration = Duration::from_millis(500);
/// A stalled connection is closed within this.
const CLOSED: Duration = Duration::from_secs(10);

/// How a connection may begin and not go on.
const BEGINNINGS: [&[u8]; 6] = [
    b"",
    b"G",
    b"GET / HTTP/1.1\r\nhost: a\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /api/entry HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\na=",
    b"POST /i/x HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
];

/// Whether the server closes this one in time.
async fn is_closed(server: &TestServer, number: usize) -> bool {
    let mut stream = TcpStream::connect(server.settings.addr).await.unwrap();
    stream.write_all(BEGINNINGS[number % BEGINNINGS.len()]).await.unwrap();
    let mut answer = Vec::new();
    timeout(CLOSED, stream.read_to_end(&mut answer)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_do_nothing_keep_nobody_waiting_and_are_sent_away() {
    let server = TestServer::start(Backend::Sqlite).await;
    let client = server.client();
    let serve = async {
        sleep(Duration::from_millis(500)).await;
        let mut times = Vec::new();
        for _ in 0..REQUESTS {
            let began = Instant::now();
            assert_eq!(client.get(server.link("/sign-in")).send().await.unwrap().status(), 200);
            times.push(began.elapsed());
        }
        times.sort();
        times[REQUESTS * 95 / 100]
    };
    let (closed, p95) = tokio::join!(join_all((0..CONNECTIONS).map(|number| is_closed(&server, number))), serve);
    let mut attacks = Attacks::of(Family::Stalled);
    for (number, closed) in closed.into_iter().enumerate() {
        let beginning = String::from_utf8_lossy(BEGINNINGS[number % BEGINNINGS.len()]).into_owned();
        attacks.tried(!closed || p95 > WAIT, format_args!("{beginning:?}: closed in time: {closed}; others waited {p95:?}"));
    }
    attacks.done();
    server.stop().await;
}
