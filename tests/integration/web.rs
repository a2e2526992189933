//! Headers, limits, languages, errors.

use std::process::Stdio;

use reqwest::{StatusCode, header};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    support::{Backend, TestServer, person},
    trouble::{Process, free_port},
};

/// What a server answers to these bytes, until it closes.
async fn raw(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.settings.addr).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

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

#[tokio::test]
async fn an_unknown_path_says_so_in_the_language_that_is_wanted() {
    let server = TestServer::start(Backend::Sqlite).await;
    let get =
        |path: &'static str, language: &'static str| server.client().get(server.link(path)).header("accept-language", language).send();
    for (language, words, tag) in [("zh-CN", "没有这个页面", "lang=\"zh-CN\""), ("en", "There is no such page", "lang=\"en\"")] {
        for path in ["/nowhere", "/pkg/nothing.js", "/e/1/2/3/4"] {
            let response = get(path, language).await.unwrap();
            assert_eq!(response.status(), 404, "{path}");
            let text = response.text().await.unwrap();
            assert!(text.contains(words) && text.contains(tag), "{path}: {text}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let server = TestServer::start(Backend::Sqlite).await;
    for path in ["/", "/nowhere", "/healthz", "/sign-in"] {
        let response = server.client().get(server.link(path)).send().await.unwrap();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!header("content-security-policy").contains("unsafe-inline"), "{path}");
        assert!(header("cache-control").starts_with("no-"), "{path}: {}", header("cache-control"));
    }
    server.stop().await;
}

#[tokio::test]
async fn behind_https_browsers_stay_with_https_and_cookies_with_this_host() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (_, code) = server.enterprise(1).await;
    let (settings, port) = (server.settings.clone(), free_port());
    let plain = server.client().get(server.link("/")).send().await.unwrap();
    assert!(!plain.headers().contains_key("strict-transport-security"), "this machine alone has no https");
    let process = Process::serve_at("https://shenbao.example", &settings, port, "error", Stdio::null()).await;
    let link = |path: &str| format!("http://localhost:{port}{path}");
    for path in ["/", "/nowhere", "/healthz", "/sign-in", "/pkg/shenbao.js"] {
        let answer = server.client().get(link(path)).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
    }
    let who = person(1);
    let form = [
        ("notice", "yes"),
        ("health", "yes"),
        ("name", &*who.name),
        ("kind", "resident-id"),
        ("number", who.document.number()),
        ("phone", "13900000001"),
    ];
    let claim =
        server.client().post(link(&format!("/i/{code}"))).header("origin", "https://shenbao.example").form(&form).send().await.unwrap();
    let cookie = claim.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-shenbao-device-") && cookie.contains("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    process.kill();
    server.stop().await;
}

#[tokio::test]
async fn too_much_and_from_elsewhere_are_refused_in_words() {
    let server = TestServer::start(Backend::Sqlite).await;
    let large = server.client().post(server.link("/i/x")).body("a".repeat(70_000)).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert!(large.text().await.unwrap().contains("提交的内容太长"));
    let foreign = server.client().post(server.link("/api/anything")).header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    assert_eq!(foreign.text().await.unwrap(), "\"bad-request\"");
    server.stop().await;
}

#[tokio::test]
async fn a_language_is_kept_and_leads_back_to_this_site_only() {
    let server = TestServer::start(Backend::Sqlite).await;
    let client = server.client();
    for (next, location) in [("/sign-in", "/sign-in"), ("https://elsewhere.example", "/"), ("//elsewhere.example", "/"), ("", "/")] {
        let response = client.get(server.link(&shenbao::link::language("en", next))).send().await.unwrap();
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()["location"], location, "{next}");
    }
    let page = client.get(server.link("/nowhere")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("lang=\"en\""));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_whose_database_does_not_answer_is_alive_but_not_ready(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    server.state.db.close().await;
    let ready = server.client().get(server.link("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(ready.headers().contains_key("retry-after"));
    assert_eq!(ready.text().await.unwrap(), "the database does not answer\n");
    assert_eq!(server.client().get(server.link("/healthz")).send().await.unwrap().status(), 200);
    server.stop().await;
}

#[tokio::test]
async fn a_target_without_a_path_is_refused_in_words() {
    let server = TestServer::start(Backend::Sqlite).await;
    for line in ["CONNECT a:1", "GET evil:80", "POST evil:80"] {
        let answer = raw(&server, format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
        assert!(answer.contains("content-type: text/plain") && answer.contains("提交的内容不完整"), "{line}: {answer}");
    }
    let options = raw(&server, b"OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(options.starts_with("HTTP/1.1 4"), "{options}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_cookie_of_others_that_cannot_be_read_ends_no_session_and_one_sent_twice_counts_once(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let entered = server.client().post(server.link("/api/demo-enter")).send().await.unwrap();
    let session = entered.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let cookies = [b"lang=en; other=\xbb\xc6; ".as_slice(), session.as_bytes()].concat();
    let page = server.client().get(server.link(&format!("/e/{enterprise}"))).header(header::COOKIE, &cookies[..]).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("lang=\"en\""));

    let device = server.claim(enterprise, &person(2)).await;
    let mine = server.client().get(server.link("/account")).header(header::COOKIE, format!("{device}; {device}")).send().await.unwrap();
    let mine = mine.text().await.unwrap();
    assert_eq!(mine.matches("action=\"/api/forget-device").count(), 1, "{mine}");
    server.stop().await;
}

#[tokio::test]
async fn a_change_with_our_cookie_says_from_where_it_comes() {
    let server = TestServer::start_demo(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    let device = server.claim(enterprise, &person(1)).await;
    let own = server.url.clone();
    let public = server.state.public_url.origin().to_owned();
    let post = async |path: &str, cookie: &str, more: &[(&'static str, &str)]| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.post(server.link(path)).header("cookie", cookie);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let page = format!("/declare/{enterprise}");
    for cookie in [device.as_str(), "shenbao=x", "a=b; shenbao=x"] {
        let (status, words) = post("/api/mine", cookie, &[]).await;
        assert_eq!((status, &*words), (403, "\"bad-request\""), "{cookie}");
        let (status, words) = post(&page, cookie, &[]).await;
        assert!(status == 403 && words.contains("<title>"), "{cookie}: {words}");
    }
    assert_eq!(post("/api/mine", "lang=en", &[]).await.0, 200, "nobody acts here");
    assert_eq!(post("/api/mine", &device, &[("sec-fetch-site", "same-origin")]).await.0, 200);
    assert_eq!(post("/api/mine", &device, &[("origin", &own)]).await.0, 200, "an old browser");
    assert_eq!(post("/api/mine", &device, &[("origin", &public), ("host", "internal:1")]).await.0, 200, "behind a proxy");
    assert_eq!(post("/api/mine", &device, &[("origin", "http://evil.example"), ("host", "internal:1")]).await.0, 403);
    assert_eq!(post("/api/mine", &device, &[("origin", "null")]).await.0, 403);
    assert_eq!(post("/api/mine", &device, &[("origin", "")]).await.0, 403);
    assert_eq!(post("/api/mine", &device, &[("sec-fetch-site", "")]).await.0, 403);
    server.stop().await;
}

#[tokio::test]
async fn whoever_opens_details_faster_than_anyone_reads_is_slowed_down() {
    let server = TestServer::start_demo(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let (employee, _) = server.employee(enterprise, &person(1)).await;
    let client = server.enter().await;
    let form = [("enterprise", enterprise.to_string()), ("employee", employee.to_string()), ("query", String::new())];
    for look in 0..300 {
        let answer = client.post(server.link("/api/person")).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{look}");
    }
    let mut refused = client.post(server.link("/api/person")).form(&form).send().await.unwrap();
    // A second may have gone by, and given some back.
    for _ in 0..20 {
        if refused.status() == StatusCode::OK {
            refused = client.post(server.link("/api/person")).form(&form).send().await.unwrap();
        }
    }
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "2");
    server.stop().await;
}

#[tokio::test]
async fn a_path_that_no_file_can_have_is_missing_like_any_other() {
    let server = TestServer::start(Backend::Sqlite).await;
    let long = "a".repeat(300);
    for path in [format!("/{long}"), format!("/pkg/{long}.js"), format!("/{}", "a/".repeat(4000)), "//pkg".into(), "/pkg".into()] {
        let answer = server.client().get(server.link(&path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert!(!answer.headers().contains_key("location"), "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert!(answer.text().await.unwrap().contains("没有这个页面"), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_server_function_says_is_not_kept() {
    let server = TestServer::start(Backend::Sqlite).await;
    for path in ["/api/account", "/api/enterprises", "/api/none"] {
        let answer = server.client().post(server.link(path)).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_server_function_tells_nonsense_from_too_much() {
    let server = TestServer::start(Backend::Sqlite).await;
    let head = "POST /api/enrolment-check HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept: application/json\r\n\
                content-type: application/x-www-form-urlencoded\r\n";
    let body: &[u8] = b"link=\xff\xfe";
    let nonsense = raw(&server, &[format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()).await;
    assert!(nonsense.starts_with("HTTP/1.1 400 ") && nonsense.ends_with("\"bad-request\""), "{nonsense}");

    let chunk = format!("4000\r\n{}\r\n", "a".repeat(0x4000));
    let many = format!("{head}transfer-encoding: chunked\r\n\r\n5\r\nlink=\r\n{}0\r\n\r\n", chunk.repeat(5));
    let many = raw(&server, many.as_bytes()).await;
    assert!(many.starts_with("HTTP/1.1 413 ") && many.contains("\"too-large\""), "{many}");
    let few = format!("{head}transfer-encoding: chunked\r\n\r\n5\r\nlink=\r\n{chunk}0\r\n\r\n");
    assert!(raw(&server, few.as_bytes()).await.starts_with("HTTP/1.1 410 "));
    server.stop().await;
}
