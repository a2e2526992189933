//! Headers, limits, languages, errors.

use rstest::rstest;

use crate::support::{Backend, TestServer};

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_new_server_is_alive_and_ready(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.client().get(server.link(path)).send().await.unwrap().status(), 200, "{path}");
    }
    server.stop().await;
}
