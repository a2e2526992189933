//! Headers, limits, languages, errors.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    process::Stdio,
    time::Duration,
};

use reqwest::{StatusCode, header};
use rstest::rstest;
use shenbao::{link, listener::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    issuer::Issuer,
    matrix::{Actor, DOORS, Scene, session},
    support::{Backend, TestServer, column, person},
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

#[tokio::test]
async fn the_size_of_text_is_kept_and_leads_back_to_this_site_only() {
    let server = TestServer::start(Backend::Sqlite).await;
    let client = server.client();
    let nowhere = async || client.get(server.link("/nowhere")).send().await.unwrap().text().await.unwrap();
    assert!(!nowhere().await.contains("data-large") && nowhere().await.contains("href=\"/size/large?next="));
    for (next, location) in [("/sign-in?next=/e", "/sign-in?next=/e"), ("//elsewhere.example", "/")] {
        let response = client.get(server.link(&shenbao::link::size("large", next))).send().await.unwrap();
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()["location"], location, "{next}");
    }
    assert!(nowhere().await.contains("data-large=\"true\"") && nowhere().await.contains("href=\"/size/normal?next="));
    // Whatever is no size is the normal one, and nothing of it comes back.
    let other = client.get(server.link("/size/huge%0d%0aa")).send().await.unwrap();
    assert!(other.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("size=normal;"));
    assert!(!nowhere().await.contains("data-large"));
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
    assert!(ready.text().await.unwrap().contains("database: it does not let a change begin\n"));
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
    assert_eq!(post("/api/mine", &device, &[("referer", &format!("{public}/mine"))]).await.0, 200, "an older browser");
    for from in [format!("{public}.evil.example/"), format!("{public}:1/"), public.clone(), "http://evil.example/".into(), String::new()] {
        assert_eq!(post("/api/mine", &device, &[("referer", &from)]).await.0, 403, "{from}");
    }
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

// ---- what a browser may do with an answer ------------------------------------------------

/// A policy by its directives.
fn directives(policy: &str) -> BTreeMap<&str, &str> {
    policy.split(';').filter_map(|directive| directive.trim().split_once(' ')).collect()
}

/// Fails unless this answer carries what every answer does; gives a page's nonce.
fn guarded(answer: &reqwest::Response, what: &str) -> Option<String> {
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(name), value, "{name} of {what}");
    }
    // Only guards scan with a page of ours.
    let camera =
        if what.ends_with("/gate/{enterprise}") && answer.status().is_success() && !what.contains("/e/") { "(self)" } else { "()" };
    assert_eq!(header("permissions-policy"), format!("camera={camera}, geolocation=(), microphone=(), payment=(), usb=()"), "{what}");
    let policy = header("content-security-policy");
    let nothing = [("default-src", "'none'"), ("base-uri", "'none'"), ("frame-ancestors", "'none'")];
    let mut expected = BTreeMap::from(nothing);
    if !header("content-type").starts_with("text/html") {
        expected.insert("form-action", "'none'");
        if what.ends_with("/sw.js") {
            expected.extend([("script-src", "'self'"), ("connect-src", "'self'")]);
        }
        assert_eq!(directives(policy), expected, "{what}");
        return None;
    }
    let nonce = policy.split("'nonce-").nth(1).expect(what).split('\'').next().unwrap().to_owned();
    assert!(nonce.len() >= 16, "{what}: {nonce}");
    let scripts = format!("'self' 'nonce-{nonce}' 'wasm-unsafe-eval'");
    let styles = format!("'self' 'nonce-{nonce}'");
    let own = [
        ("script-src", &*scripts),
        ("style-src", &styles),
        ("img-src", "'self' data:"),
        ("connect-src", "'self'"),
        ("manifest-src", "'self'"),
        ("form-action", "'self'"),
    ];
    expected.extend(own);
    assert_eq!(directives(policy), expected, "{what}");
    Some(nonce)
}

#[rstest]
#[tokio::test]
async fn every_answer_at_every_door_says_what_a_browser_may_do_with_it(
    #[values(Actor::Anonymous, Actor::Employee, Actor::Representative)] actor: Actor,
) {
    let scene = Scene::of(Backend::Sqlite, actor).await;
    let client = scene.server.client();
    let (mut nonces, mut pages, mut statuses) = (BTreeSet::new(), 0, BTreeSet::new());
    for door in DOORS {
        let mut parts = door.0.splitn(3, ' ');
        let (method, path) = (parts.next().unwrap(), scene.target.fill(parts.next().unwrap()));
        let mut request = client.request(method.parse().unwrap(), scene.server.link(&path)).header(header::COOKIE, &scene.cookie);
        if method == "POST" {
            let form = scene.target.fill(parts.next().unwrap_or_default());
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let answer = request.send().await.unwrap();
        statuses.insert(answer.status().as_u16());
        if let Some(nonce) = guarded(&answer, door.0) {
            pages += 1;
            nonces.insert(nonce);
        }
    }
    assert!(pages > 20 && statuses.len() > 3, "{pages} pages, {statuses:?}");
    assert_eq!(nonces.len(), pages, "a nonce is of one page");
    scene.server.stop().await;
}

#[tokio::test]
async fn refusals_and_files_say_what_a_browser_may_do_with_them_too() {
    let server = TestServer::start(Backend::Sqlite).await;
    let client = server.client();
    let post = |path: &str| client.post(server.link(path));
    for (request, status, is_page) in [
        (client.get(server.link("/nowhere")), 404, true),
        (client.get(server.link("/pkg/nothing.js")), 404, true),
        (client.get(server.link("/%ff")), 404, true),
        (client.put(server.link("/language/en")), 405, true),
        (post("/i/x").body("a".repeat(70_000)), 413, true),
        (post("/i/x").header("sec-fetch-site", "cross-site"), 403, true),
        (post("/api/entry").header("sec-fetch-site", "cross-site"), 403, false),
        (post("/api/nothing"), 400, false),
        (client.get(server.link("/language/en?next=/e")), 303, false),
        (client.get(server.link("/healthz")), 200, false),
        (client.get(server.link("/pkg/shenbao.js")), 200, false),
    ] {
        let (request, what) = (request.try_clone().unwrap(), request.build().unwrap());
        let what = format!("{} {}", what.method(), what.url());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{what}");
        assert_eq!(guarded(&answer, &what).is_some(), is_page, "{what}");
    }
    let state = server.state.clone();
    state.db.close().await;
    let failed = client.get(server.link("/i/000000000000")).send().await.unwrap();
    assert!(guarded(&failed, "an error of the server's").is_some() || failed.status() == 410, "{}", failed.status());
    server.stop().await;
}

// ---- without a line, on the home screen, without cookies -----------------------------------

#[tokio::test]
async fn the_page_for_no_line_is_the_same_for_everyone_and_names_nobody() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    let who = person(1);
    let device = server.claim(enterprise, &who).await;
    let page = async |cookie: &str| {
        let answer = server.client().get(server.link("/offline")).header(header::COOKIE, cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let nonce = guarded(&answer, "/offline").unwrap();
        answer.text().await.unwrap().replace(&nonce, "")
    };
    let known = page(&device).await;
    assert_eq!(known, page("other=1").await);
    assert!(known.contains("没有网络") && known.contains("No connection") && known.contains("/notice.js"), "{known}");
    assert!(!known.contains(&who.name) && !known.contains(&enterprise.to_string()) && !known.contains("/pkg/shenbao.js"), "{known}");
    server.stop().await;
}

#[tokio::test]
async fn scripts_come_with_their_words_and_are_sent_again_when_they_have_changed() {
    let server = TestServer::start(Backend::Sqlite).await;
    for path in ["/sw.js", "/pending.js", "/notice.js"] {
        let answer = server.client().get(server.link(path)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/javascript; charset=utf-8", "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-cache", "{path}");
        let tag = answer.headers()["etag"].clone();
        let text = answer.text().await.unwrap();
        assert!(
            !text.contains("/*WORDS*/") && !text.contains("/*HASHES*/") && !text.contains("/*DESK*/") && !text.contains("/*DRAFT*/"),
            "{path}: {text}"
        );
        assert_eq!(text.contains("待发送"), path != "/sw.js", "{path}: {text}");
        let again = server.client().get(server.link(path)).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
        let changed = server.client().get(server.link(path)).header("if-none-match", "W/\"0000000000000000\"").send().await.unwrap();
        assert_eq!(changed.status(), 200, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_home_screen_needs_is_there_in_the_language_that_is_wanted() {
    let server = TestServer::start(Backend::Sqlite).await;
    for (language, name) in [("zh-CN", "员工健康申报"), ("en", "Employee health declaration")] {
        let answer = server.client().get(server.link("/manifest.webmanifest")).header("accept-language", language).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/manifest+json");
        let manifest: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(manifest["name"].as_str().unwrap().contains(name), "{manifest}");
        assert_eq!(manifest["display"], "standalone");
        assert_eq!(manifest["lang"], language);
        for icon in manifest["icons"].as_array().unwrap() {
            let png = server.client().get(server.link(icon["src"].as_str().unwrap())).send().await.unwrap();
            assert_eq!(png.headers()["content-type"], "image/png");
            let bytes = png.bytes().await.unwrap();
            let side = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
            assert_eq!(icon["sizes"], format!("{side}x{side}"));
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_was_let_in_and_has_no_cookie_is_told_that_their_browser_keeps_none() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, code) = server.enterprise(1).await;
    let get = async |path: &str, from: Option<&str>, cookie: Option<&str>| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.get(server.link(path));
        if let Some(from) = from {
            request = request.header(header::REFERER, from);
        }
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
        answer.text().await.unwrap()
    };
    let told = "这个浏览器没有保存 Cookie";
    let (form, statistics) = (format!("/declare/{enterprise}"), format!("/e/{enterprise}"));
    let (invitation, sign_in) = (server.link(&format!("/i/{code}")), server.link("/sign-in?next=%2Fe"));
    assert!(get(&form, Some(&invitation), None).await.contains(told));
    assert!(get(&statistics, Some(&sign_in), None).await.contains(told));
    for (path, from, cookie) in [
        (&form, None, None),
        (&form, Some(&server.link("/mine")), None),
        (&form, Some(&invitation), Some("lang=zh-CN")),
        (&statistics, Some(&invitation), Some("lang=zh-CN")),
        (&statistics, Some(&"no address".to_owned()), None),
    ] {
        assert!(!get(path, from.map(|from| &**from), cookie).await.contains(told), "{path} {from:?} {cookie:?}");
    }
    server.stop().await;
}

// ---- too long, too often -----------------------------------------------------------------

/// Sends a request's body a byte at a time, and never to its end; what the server says to it.
async fn drip(server: &TestServer, path: &str) -> String {
    let mut stream = TcpStream::connect(server.settings.addr).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept: application/json\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 60000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let mut answer = Vec::new();
    let dripping = async {
        while writing.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        _ = reading.read_to_end(&mut answer) => {}
        () = dripping => {}
        () = sleep(Duration::from_secs(20)) => {}
    }
    let _ = timeout(Duration::from_secs(1), reading.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_that_comes_in_for_ever_is_given_up() {
    let limits = Limits { answer: Duration::from_millis(500), ..Limits::default() };
    let server = TestServer::start_with_limits(Backend::Sqlite, limits).await;
    let page = drip(&server, "/i/x").await;
    assert!(page.starts_with("HTTP/1.1 503 ") && page.contains("retry-after: 2") && page.contains("系统正忙"), "{page}");
    let call = drip(&server, "/api/enrolment-check").await;
    assert!(call.starts_with("HTTP/1.1 503 ") && call.contains("retry-after: 2") && call.contains("\"busy\""), "{call}");
    assert_eq!(server.client().get(server.link("/healthz")).send().await.unwrap().status(), 200);
    server.stop().await;
}

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Whoever was refused, and is asked for something meanwhile, may be let through once: a second may have gone by.
async fn refused(request: reqwest::RequestBuilder, what: &str) -> reqwest::Response {
    for _ in 0..20 {
        let answer = request.try_clone().unwrap().send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers()["retry-after"], "2", "{what}");
            return answer;
        }
    }
    panic!("{what} is done as often as anyone asks for it");
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_claims_too_often_is_told_when_to_try_again_and_keeps_what_they_typed(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let claim = |number: u32| {
        let who = person(number);
        let form = [
            ("notice", "yes".to_owned()),
            ("health", "yes".to_owned()),
            ("name", who.name.clone()),
            ("kind", "resident-id".to_owned()),
            ("number", who.document.number().to_owned()),
            ("phone", who.phone.unwrap().national().to_owned()),
        ];
        server.client().post(server.link(&link::invitation(&code))).form(&form)
    };
    for time in 0..5 {
        assert_eq!(claim(1).send().await.unwrap().status(), StatusCode::SEE_OTHER, "{time}");
    }
    let page = refused(claim(1), "a claim of one document").await.text().await.unwrap();
    assert!(page.contains(&person(1).name) && page.contains(person(1).document.number()), "{page}");
    assert_eq!(claim(2).send().await.unwrap().status(), StatusCode::SEE_OTHER, "others are not touched");
    let before = column::<i64>(&server.state.db, "select count(*) from device").await;

    while server.state.limits.claim(HERE, enterprise).is_ok() {}
    // Each of another person's document, which nobody has claimed: it is the address that is refused.
    let mut page = None;
    for number in 10..30 {
        let answer = claim(number).send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers()["retry-after"], "2");
            page = Some((number, answer.text().await.unwrap()));
            break;
        }
    }
    let (number, page) = page.expect("claims from one address are limited");
    assert!(page.contains(&person(number).name), "{page}");
    let after = column::<i64>(&server.state.db, "select count(*) from device").await;
    assert!(after[0] <= before[0] + 19, "what was refused was not done");
    server.stop().await;
}

#[tokio::test]
async fn whoever_tries_ceremonies_without_end_is_told_when_to_try_again() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    let viewer = server.appoint(enterprise, &person(1)).await;
    let cookie = session(&server, viewer).await;
    let nobody = shenbao::account::token::Token::new().text();
    while server.state.limits.ceremony(HERE).is_ok() {}
    for (endpoint, form) in [
        ("sign-in-start", vec![]),
        ("enrolment-start", vec![("link", &*nobody), ("last_six", "000000")]),
        ("step-up", vec![("intent", "\"add-passkey\"")]),
    ] {
        let request = server.client().post(server.link(&format!("/api/{endpoint}"))).header("accept", "application/json");
        let answer = refused(request.header(header::COOKIE, &cookie).form(&form), endpoint).await;
        assert_eq!(answer.text().await.unwrap(), "\"too-many-requests\"", "{endpoint}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_goes_to_a_provider_without_end_is_told_when_to_try_again(#[case] backend: Backend) {
    let issuer = Issuer::start().await;
    let server = TestServer::start_with_providers(backend, &issuer.toml()).await;
    let (_, code) = server.enterprise(1).await;
    for start in [link::sign_in_by("face", "/e"), link::verify_by("face", &code)] {
        while server.state.limits.flow(HERE).is_ok() {}
        let answer = refused(server.client().get(server.link(&start)), &start).await;
        assert!(!answer.headers().contains_key(header::SET_COOKIE), "no flow has begun");
        let page = answer.text().await.unwrap();
        assert!(page.contains("请等一分钟再试"), "{page}");
    }
    assert!(column::<i64>(&server.state.db, "select count(*) from flow").await[0] < 40);
    server.stop().await;
}
