//! What an operator watches: metrics, request ids, readiness, the log.
#![expect(clippy::float_cmp, reason = "Prometheus has floats for whole numbers")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use shenbao::{
    config::{Sending, Serve},
    id::EnterpriseId,
    link,
    listener::{self, Limits},
    metrics, random, ready, serve,
    state::AppState,
    vault::KeyFile,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::{
    declaration::form,
    matrix::session,
    support::{Backend, TestServer, browser, column, counted, eventually, execute, person, site},
    trouble::free_port,
};

/// A series of a scrape: its name with its labels, and its value.
type Series = BTreeMap<String, f64>;

async fn scrape(state: &AppState) -> Series {
    series(&metrics::page(state).await.unwrap())
}

fn series(page: &str) -> Series {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').map(|(name, value)| (name.to_owned(), value.parse().unwrap())).unwrap()).collect()
}

/// The family of a series: without labels, and without what a histogram's parts end in.
fn family(series: &str) -> &str {
    let name = series.split('{').next().unwrap();
    ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// A server's page of metrics, on an address of its own.
fn own_listener(state: &AppState) -> String {
    let listener = listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(metrics::serve(state.clone(), listener));
    url
}

/// A declaration with this temperature, by somebody new.
async fn declare(server: &TestServer, enterprise: EnterpriseId, number: u32, temperature: &str) {
    let (cookie, submission) = (server.claim(enterprise, &person(number)).await, random::uuid().to_string());
    let mut fields = form("submit", &submission);
    fields.retain(|(field, _)| *field != "temperature");
    fields.push(("temperature", temperature));
    let answer = server.client().post(server.link(&link::declare(enterprise))).header("cookie", cookie).form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_people_do_moves_the_metrics(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let before = scrape(&server.state).await;
    assert_eq!(before["shenbao_writer_submissions_total{outcome=\"stored\"}"], 0.0);
    declare(&server, enterprise, 1, "36.5").await;
    declare(&server, enterprise, 2, "39").await;
    assert_eq!(counted(&server.state, enterprise).await.0, 2);
    declare(&server, enterprise, 3, "36.5").await;
    assert_eq!(counted(&server.state, enterprise).await.0, 3);
    let after = scrape(&server.state).await;
    let is = |name: &str, value: f64| assert!((after[name] - value).abs() < f64::EPSILON, "{name} is {} and not {value}", after[name]);
    is("shenbao_writer_submissions_total{outcome=\"stored\"}", 3.0);
    is("shenbao_writer_batch_submissions_count", 3.0);
    is("shenbao_writer_batch_submissions_sum", 3.0);
    is("shenbao_writer_commit_duration_seconds_count", 3.0);
    is("shenbao_writer_queue_submissions", 0.0);
    is("shenbao_alerts_raised_total{severity=\"urgent\"}", 1.0);
    is("shenbao_alerts_raised_total{severity=\"attention\"}", 0.0);
    is("shenbao_census_load_duration_seconds_count{kind=\"cold\"}", 1.0);
    is("shenbao_census_load_duration_seconds_count{kind=\"update\"}", 1.0);
    is("shenbao_census_enterprises", 1.0);
    is("shenbao_census_budget_bytes", 64.0 * 1024.0 * 1024.0);
    is("shenbao_http_request_duration_seconds_count{method=\"POST\",route=\"/declare/{enterprise}\",status=\"3xx\"}", 3.0);
    is("shenbao_http_requests_in_flight", 0.0);
    is("shenbao_outbox_known", 1.0);
    for check in ["server", "writer", "database", "tables", "keys"] {
        is(&format!("shenbao_ready{{check=\"{check}\"}}"), 1.0);
    }
    let connections: f64 = after.iter().filter(|(name, _)| name.starts_with("shenbao_database_connections")).map(|(_, value)| value).sum();
    assert!(after["shenbao_census_bytes"] > 0.0 && connections >= 1.0 && after["process_resident_memory_bytes"] > 1e6);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_is_not_delivered_is_seen_and_so_is_what_was_given_up(#[case] backend: Backend) {
    let sending = Sending { allow_receivers: "127.0.0.1:9".to_owned(), ..Sending::default() };
    let server = TestServer::start_sending(backend, sending).await;
    let (enterprise, _) = server.enterprise(1).await;
    let cookie = session(&server, server.appoint(enterprise, &person(900)).await).await;
    let post = async |path: String, form: &[(&str, &str)]| {
        let answer = server.client().post(server.link(&path)).header("cookie", &cookie).form(form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{form:?}");
    };
    let add = [
        ("action", "add"),
        ("kind", "webhook"),
        ("name", "群"),
        ("address", "http://127.0.0.1:9/"),
        ("secret", "0123456789abcdef0123456789abcdef"),
        ("reminders", "yes"),
    ];
    post(link::channels(enterprise), &add).await;
    let channel = column::<uuid::Uuid>(&server.state.db, "select id from channel").await[0].to_string();
    post(link::channels(enterprise), &[("action", "test"), ("channel", &channel)]).await;
    let value = async |name: &str| scrape(&server.state).await[name];
    eventually("it was tried", async || value("shenbao_outbox_deliveries_total{channel=\"webhook\",outcome=\"retry\"}").await >= 1.0).await;
    server.state.clock.advance_secs(50);
    assert!(value("shenbao_outbox_oldest_age_seconds").await >= 50.0);
    assert_eq!((value("shenbao_outbox_waiting").await, value("shenbao_outbox_dead").await), (1.0, 0.0));
    // A paused channel waits because somebody wants it to.
    post(link::channels(enterprise), &[("action", "pause"), ("channel", &channel)]).await;
    assert_eq!((value("shenbao_outbox_waiting").await, value("shenbao_outbox_oldest_age_seconds").await), (0.0, 0.0));
    execute(&server.state.db, "update outbox set state = 'dead'").await;
    assert_eq!(value("shenbao_outbox_dead").await, 1.0);

    post(link::reminders(enterprise), &[("action", "now")]).await;
    assert_eq!(value("shenbao_reminders_total{outcome=\"nobody-expected\"}").await, 1.0);
    server.stop().await;
}

#[tokio::test]
async fn ten_thousand_addresses_make_no_more_series_than_there_are_routes() {
    let server = TestServer::start(Backend::Sqlite).await;
    let requests = async |from: u32, to: u32| {
        let paths = (from..to).flat_map(|number| {
            let cheap = (0..19).map(move |more| format!("/language/x{number}-{more}?next=/{number}"));
            cheap.chain([format!("/nowhere/{number}")])
        });
        let client = server.client();
        let get = |path: String| client.get(server.link(&path)).send();
        stream::iter(paths).map(get).buffer_unordered(8).for_each(async |answer| drop(answer.unwrap())).await;
    };
    for method in ["PROPFIND", "X-ONE", "X-TWO", "DELETE"] {
        server.client().request(Method::from_bytes(method.as_bytes()).unwrap(), server.link("/nowhere")).send().await.unwrap();
    }
    requests(0, 5).await;
    let few: BTreeSet<String> = scrape(&server.state).await.into_keys().collect();
    requests(5, 505).await;
    let after = scrape(&server.state).await;
    let many: BTreeSet<String> = after.keys().cloned().collect();
    assert_eq!(many.difference(&few).collect::<Vec<_>>(), Vec::<&String>::new());
    let all = "shenbao_http_request_duration_seconds_count{method=\"GET\",route=\"/language/{tag}\",status=\"3xx\"}";
    assert!(after[all] >= 9_595.0, "{}", after[all]);
    assert!(!many.iter().any(|name| name.contains("PROPFIND") || name.contains("X-ONE") || name.contains("nowhere")));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_metrics_have_an_address_of_their_own_and_name_nobody(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    declare(&server, enterprise, 1, "36.5").await;
    for path in [link::invitation(&code), link::statistics(enterprise), "/metrics".to_owned()] {
        server.client().get(server.link(&path)).send().await.unwrap();
    }
    assert_eq!(server.client().get(server.link("/metrics")).send().await.unwrap().status(), 404);
    let url = own_listener(&server.state);
    let answer = server.client().get(format!("{url}/metrics")).send().await.unwrap();
    assert_eq!((answer.status(), &answer.headers()["content-type"]), (StatusCode::OK, &"text/plain; version=0.0.4".parse().unwrap()));
    let page = answer.text().await.unwrap();
    assert!(page.contains("route=\"/i/{code}\""), "{page}");
    for secret in [&*code, &enterprise.to_string(), &person(1).name, person(1).document.number()] {
        assert!(!page.contains(secret), "{secret}");
    }
    for path in ["/", "/readyz", "/e"] {
        assert_eq!(server.client().get(format!("{url}{path}")).send().await.unwrap().status(), 404, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn two_servers_of_a_process_count_by_themselves() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    let beside = server.beside().await;
    declare(&server, enterprise, 1, "36.5").await;
    let stored = "shenbao_writer_submissions_total{outcome=\"stored\"}";
    assert_eq!((scrape(&server.state).await[stored], scrape(&beside.state).await[stored]), (1.0, 0.0));
    beside.stop().await;
    server.stop().await;
}

#[tokio::test]
async fn a_panic_is_counted() {
    let server = TestServer::start(Backend::Sqlite).await;
    let before = scrape(&server.state).await["shenbao_panics_total"];
    metrics::panics::count_and_log();
    assert!(tokio::spawn(async { panic!("on purpose") }).await.is_err());
    assert!(scrape(&server.state).await["shenbao_panics_total"] >= before + 1.0);
    server.stop().await;
}

// ---- the documents ----------------------------------------------------------------------

/// What `docs/observe.md` says that there is: name, type, labels.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let text = fs::read_to_string("docs/observe.md").unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>());
    let metrics = cells.filter(|cells| cells[0].starts_with("shenbao_") || cells[0].starts_with("process_"));
    metrics
        .map(|cells| {
            let labels = cells[3].split(',').map(|label| label.trim().trim_matches('`').to_owned()).filter(|label| !label.is_empty());
            (cells[0].clone(), (cells[1].clone(), labels.collect()))
        })
        .collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_table_of_metrics_says_what_there_is(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    declare(&server, enterprise, 1, "36.5").await;
    counted(&server.state, enterprise).await;
    let page = metrics::page(&server.state).await.unwrap();
    let mut there = BTreeMap::<String, (String, BTreeSet<String>)>::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        there.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
    }
    for name in series(&page).into_keys() {
        let labels = name.split_once('{').map(|(_, labels)| labels.trim_end_matches('}')).unwrap_or_default();
        let known = there.keys().find(|known| **known == name.split('{').next().unwrap()).cloned();
        let family = known.unwrap_or_else(|| family(&name).to_owned());
        // No value of a label has a comma before an equals sign.
        let labels = labels.split("\",").filter_map(|pair| Some(pair.split_once('=')?.0.to_owned())).filter(|label| label != "le");
        there.get_mut(&family).unwrap_or_else(|| panic!("{name} has no type")).1.extend(labels);
    }
    assert_eq!(there, documented());
    server.stop().await;
}

/// The metrics that an expression names.
fn named(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("shenbao_") || word.starts_with("process_")).map(|word| family(word).to_owned()).collect()
}

fn expressions(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            into.extend(object.get("expr").and_then(|expression| expression.as_str()).map(str::to_owned));
            object.values().for_each(|value| expressions(value, into));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| expressions(value, into)),
        _ => {}
    }
}

#[test]
fn the_dashboard_and_the_alert_rules_ask_for_metrics_that_exist() {
    let there: BTreeSet<String> = documented().into_keys().collect();
    let dashboard: serde_json::Value = serde_json::from_str(&fs::read_to_string("docs/grafana.json").unwrap()).unwrap();
    let mut asked = Vec::new();
    expressions(&dashboard, &mut asked);
    assert!(asked.len() > 10 && dashboard["panels"].as_array().is_some_and(|panels| panels.len() > 8), "{asked:?}");
    let rules = fs::read_to_string("docs/alerts.yml").unwrap();
    let lines: Vec<String> = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect();
    assert!(lines.len() >= 8 && rules.matches("- alert: ").count() == lines.len(), "an expression stands in one line");
    for expression in asked.iter().chain(&lines) {
        let unknown: Vec<String> = named(expression).difference(&there).cloned().collect();
        assert!(unknown.is_empty(), "{expression} names {unknown:?}");
    }
    let seen: BTreeSet<String> = asked.iter().flat_map(|expression| named(expression)).collect();
    for needed in [
        "shenbao_http_request_duration_seconds",
        "shenbao_writer_queue_submissions",
        "shenbao_outbox_oldest_age_seconds",
        "shenbao_census_bytes",
    ] {
        assert!(seen.contains(needed), "the dashboard does not show {needed}");
    }
}

// ---- readiness --------------------------------------------------------------------------

/// What `/readyz` says of each check, and with which status.
async fn readiness(url: &str) -> (StatusCode, BTreeMap<String, String>) {
    let answer = browser().get(format!("{url}/readyz")).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (status, text.lines().map(|line| line.split_once(": ").unwrap()).map(|(check, said)| (check.to_owned(), said.to_owned())).collect())
}

/// The one check that fails, and what it says.
async fn only_trouble(server: &TestServer) -> (String, String) {
    let (status, mut checks) = readiness(&server.url).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{checks:?}");
    checks.retain(|_, said| said != "ready");
    assert_eq!(checks.len(), 1, "{checks:?}");
    checks.pop_first().unwrap()
}

async fn is_ready(server: &TestServer) -> bool {
    let (status, checks) = readiness(&server.url).await;
    let names: Vec<&str> = checks.keys().map(String::as_str).collect();
    assert_eq!(names, ["database", "keys", "server", "tables", "writer"]);
    assert_eq!(status == StatusCode::OK, checks.values().all(|said| said == "ready"));
    status == StatusCode::OK
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_whose_tables_lack_something_is_not_ready_and_what_a_newer_version_added_does_no_harm(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    assert!(is_ready(&server).await);
    let newest = column::<i64>(&server.state.db, "select max(version) from _sqlx_migrations").await[0];
    let another = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                   select 9999, description, success, checksum, execution_time from _sqlx_migrations where version";
    execute(&server.state.db, &format!("{another} = {newest}")).await;
    assert!(is_ready(&server).await, "the older processes go on while the newer ones come");
    execute(&server.state.db, &format!("delete from _sqlx_migrations where version = {newest}")).await;
    let (check, said) = only_trouble(&server).await;
    assert!(check == "tables" && said.contains("shenbao migrate"), "{said}");
    assert_eq!(scrape(&server.state).await["shenbao_ready{check=\"tables\"}"], 0.0);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_that_could_not_start_again_with_its_key_file_is_not_ready(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let path = &server.settings.storage.key_file;
    let right = fs::read(path).unwrap();
    fs::remove_file(path).unwrap();
    let (check, said) = only_trouble(&server).await;
    assert!(check == "keys" && said.contains("shenbao key check"), "{said}");
    KeyFile::create(path).unwrap();
    assert_eq!(only_trouble(&server).await.0, "keys", "it is another database's");
    fs::write(path, right).unwrap();
    assert!(is_ready(&server).await);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_cannot_write_its_file_is_not_ready() {
    let server = TestServer::start(Backend::Sqlite).await;
    let mut other = SqliteConnection::connect(&server.settings.storage.database_url).await.unwrap();
    other.execute("begin immediate").await.unwrap();
    let (check, said) = only_trouble(&server).await;
    assert!(check == "database" && said.contains("change"), "{said}");
    other.execute("rollback").await.unwrap();
    eventually("it is ready again", async || is_ready(&server).await).await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_over_a_database_that_only_reads_is_not_ready() {
    let server = TestServer::start(Backend::Postgres).await;
    let mut admin = PgConnection::connect(&server.settings.storage.database_url).await.unwrap();
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&mut admin).await.unwrap();
    let set = |value: &str| sqlx::AssertSqlSafe(format!("alter database {name} set default_transaction_read_only = {value}"));
    let hang_up = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    admin.execute(set("on")).await.unwrap();
    admin.execute(hang_up).await.unwrap();
    eventually("it is seen", async || !is_ready(&server).await).await;
    assert_eq!(only_trouble(&server).await.0, "database");
    admin.execute("set transaction_read_only = off").await.unwrap();
    let mut admin =
        PgConnection::connect(&format!("{}?options=-c%20default_transaction_read_only%3Doff", server.settings.storage.database_url))
            .await
            .unwrap();
    admin.execute(set("off")).await.unwrap();
    admin.execute(hang_up).await.unwrap();
    eventually("it is ready again", async || is_ready(&server).await).await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_whose_writer_has_ended_is_not_ready(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let settings = server.settings.clone();
    // Whatever runs on it ends with it, the writer too.
    let state = std::thread::spawn(move || {
        let short_lived = tokio::runtime::Runtime::new().unwrap();
        short_lived.block_on(serve::open(&settings, false)).unwrap()
    });
    let state = tokio::task::spawn_blocking(|| state.join().unwrap()).await.unwrap();
    let checks = ready::checks(&state).await;
    let writer = checks.iter().find(|check| check.name == "writer").unwrap();
    assert!(writer.trouble.is_some_and(|said| said.contains("start the server again")));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_that_stops_says_so_first_and_serves_meanwhile(#[case] backend: Backend) {
    let server = TestServer::start_with_limits(backend, Limits { drain: Duration::from_secs(3), ..Limits::default() }).await;
    let (url, state) = (Arc::new(server.url.clone()), server.state.clone());
    assert!(is_ready(&server).await);
    let stopping = tokio::spawn(server.stop());
    eventually("it is not ready any more", async || readiness(&url).await.0 != StatusCode::OK).await;
    let (_, checks) = readiness(&url).await;
    assert_eq!(checks["server"], "it was told to stop");
    assert_eq!(browser().get(format!("{url}/sign-in")).send().await.unwrap().status(), 200);
    assert_eq!(scrape(&state).await["shenbao_ready{check=\"server\"}"], 0.0);
    stopping.await.unwrap();
    assert!(browser().get(format!("{url}/healthz")).send().await.is_err());
}

// ---- request ids ------------------------------------------------------------------------

/// Another server over the same database, behind so many proxies.
async fn behind_proxies(server: &TestServer, proxies: usize) -> String {
    let listener = listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let settings = Serve { proxies, ..server.settings.clone() };
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let state = serve::open(&settings, false).await.unwrap();
    tokio::spawn(serve::run_until(state, listener, Limits::default(), std::future::pending()));
    url
}

#[tokio::test]
async fn each_request_has_a_name_and_a_proxys_is_kept() {
    let server = TestServer::start(Backend::Sqlite).await;
    let name = async |url: &str, said: Option<&str>| {
        let request = browser().get(format!("{url}/healthz"));
        let answer = said.iter().fold(request, |request, said| request.header("x-request-id", *said)).send().await.unwrap();
        assert_eq!(answer.headers().get_all("x-request-id").iter().count(), 1);
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    let (one, other) = (name(&server.url, None).await, name(&server.url, None).await);
    assert!(one != other && one.len() == 16 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{one}");
    assert_ne!(name(&server.url, Some("made-up")).await, "made-up", "there is no proxy");
    let behind = behind_proxies(&server, 1).await;
    assert_eq!(name(&behind, Some("4f0c9b-2a")).await, "4f0c9b-2a");
    assert_ne!(name(&behind, Some("a b")).await, "a b");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_could_not_be_answered_can_say_which_request_it_was(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let cookie = server.claim(enterprise, &person(1)).await;
    server.state.db.close().await;
    for (language, words) in [("zh-CN", "编号："), ("en", "Reference:")] {
        let post = server.client().post(server.link(&link::declare(enterprise))).header("accept-language", language);
        let answer = post.header("cookie", &cookie).form(&form("submit", "")).send().await.unwrap();
        assert!(answer.status().is_server_error(), "{}", answer.status());
        let name = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let page = answer.text().await.unwrap();
        assert!(page.contains(words) && page.contains(&format!("<code>{name}<")), "{page}");
    }
    let missing = server.client().get(server.link("/nowhere")).send().await.unwrap().text().await.unwrap();
    assert!(!missing.contains("编号："), "nothing went wrong");
    server.stop().await;
}

// ---- the program ------------------------------------------------------------------------

#[tokio::test]
async fn the_program_logs_json_serves_metrics_where_it_is_told_and_stops_gently() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, code) = server.enterprise(1).await;
    let settings = server.settings.clone();
    let folder = server.stop().await;
    let (port, metrics_port) = (free_port(), free_port() + 1);
    let log = folder.path().join("log.json");
    let child = Command::new(env!("CARGO_BIN_EXE_shenbao"))
        .args(["serve", "--addr", &format!("127.0.0.1:{port}"), "--public-url", &format!("http://localhost:{port}")])
        .args(["--database-url", &settings.storage.database_url, "--metrics-addr", &format!("127.0.0.1:{metrics_port}")])
        .args(["--log", "info,tower_http=debug", "--log-json", "true", "--drain-secs", "2", "--key-file"])
        .arg(&settings.storage.key_file)
        .arg("--site-root")
        .arg(site(folder.path()))
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let url = format!("http://localhost:{port}");
    eventually("it answers", async || browser().get(format!("{url}/healthz")).send().await.is_ok()).await;
    let answer = browser().get(format!("{url}{}", link::invitation(&code))).send().await.unwrap();
    let name = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let page = browser().get(format!("http://127.0.0.1:{metrics_port}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("shenbao_build_info{database=\"sqlite\",version=\""), "{page}");

    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    eventually("it says that it stops", async || readiness(&url).await.0 == StatusCode::SERVICE_UNAVAILABLE).await;
    let child = std::sync::Mutex::new(child);
    eventually("it has ended", async || child.lock().unwrap().try_wait().unwrap().is_some_and(|status| status.success())).await;
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_it: Vec<_> = lines.iter().filter(|line| line["span"]["id"] == name.as_str()).collect();
    assert!(of_it.iter().any(|line| line["span"]["route"] == "/i/{code}"), "{text}");
    for secret in [&*code, &enterprise.to_string()] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[cfg(feature = "otel")]
#[tokio::test]
async fn a_collector_gets_the_route_and_the_name_of_a_request_and_no_more() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    let collector = MockServer::start().await;
    Mock::given(matchers::path("/v1/traces")).respond_with(ResponseTemplate::new(200)).mount(&collector).await;
    let server = TestServer::start(Backend::Sqlite).await;
    let (_, code) = server.enterprise(1).await;
    let settings = server.settings.clone();
    let folder = server.stop().await;
    let port = free_port();
    let child = Command::new(env!("CARGO_BIN_EXE_shenbao"))
        .args(["serve", "--addr", &format!("127.0.0.1:{port}"), "--public-url", &format!("http://localhost:{port}")])
        .args(["--database-url", &settings.storage.database_url, "--otlp-url", &collector.uri(), "--log-json", "true", "--key-file"])
        .arg(&settings.storage.key_file)
        .arg("--site-root")
        .arg(site(folder.path()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let url = format!("http://localhost:{port}");
    eventually("it answers", async || browser().get(format!("{url}/healthz")).send().await.is_ok()).await;
    let answer = browser().get(format!("{url}{}", link::invitation(&code))).send().await.unwrap();
    let name = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let child = std::sync::Mutex::new(child);
    eventually("it has ended", async || child.lock().unwrap().try_wait().unwrap().is_some_and(|status| status.success())).await;
    let sent = collector.received_requests().await.unwrap();
    let all: String = sent.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    for part in ["shenbao", "/i/{code}", &name] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!all.contains(&code));
}

#[cfg(not(feature = "otel"))]
#[test]
fn a_program_that_cannot_send_traces_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_shenbao")).args(["serve", "--otlp-url", "http://localhost:4318"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("without the feature otel"));
}
