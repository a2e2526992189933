//! Where reminders and alerts go: what receivers get, what becomes of what they do not take, and where nothing is sent.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::Sha256;
use shenbao::{
    account::{caller::Tenant, representative},
    audit::model::{Action, AuditView},
    channel::{
        deliver,
        model::{ChannelsView, Failure, Pause},
    },
    config::Sending,
    id::EnterpriseId,
    link, wire,
};
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, path},
};

use crate::{
    matrix::session,
    retention::purge,
    support::{Backend, Mailbox, TestServer, column, eventually, person},
};

const SECRET: &str = "a secret that signs 0123456789";
const SIGNING: &str = "0123456789abcdef0123";

/// A server that may write to one receiver on this machine, and the representative of its enterprise.
struct Scene {
    server: TestServer,
    receiver: MockServer,
    enterprise: EnterpriseId,
    representative: Uuid,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let receiver = MockServer::start().await;
        let allow_receivers = format!("{},127.0.0.1:9", receiver.address());
        let server = TestServer::start_sending(backend, Sending { allow_receivers, ..Sending::default() }).await;
        let (enterprise, _) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        Self { server, receiver, enterprise, representative }
    }

    /// A session that has just begun: clocks go on by hours here.
    async fn cookie(&self) -> String {
        session(&self.server, self.representative).await
    }

    async fn post(&self, form: &[(&str, &str)]) -> Response {
        post(&self.server, &self.cookie().await, self.enterprise, form).await
    }

    /// Adds one, and gives its name.
    async fn add(&self, kind: &str, address: &str, secret: &str) -> String {
        let form = [
            ("action", "add"),
            ("kind", kind),
            ("name", "生产部群"),
            ("address", address),
            ("secret", secret),
            ("reminders", "yes"),
            ("alerts", "yes"),
        ];
        let answer = self.post(&form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{kind} {address}: {}", answer.text().await.unwrap());
        self.view().await.channels.pop().unwrap().id
    }

    async fn view(&self) -> ChannelsView {
        asked(&self.server, &self.cookie().await, "channels", &[("enterprise", &self.enterprise.to_string())]).await
    }

    async fn page(&self) -> String {
        let page = self.server.client().get(self.server.link(&link::channels(self.enterprise))).header("cookie", &self.cookie().await);
        page.send().await.unwrap().text().await.unwrap()
    }

    async fn test(&self, channel: &str) {
        let answer = self.post(&[("action", "test"), ("channel", channel)]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    /// Sends what is due, and waits for what another task has begun to send.
    async fn deliver(&self) {
        while deliver::once(&self.server.state).await.unwrap() > 0 {}
        let now = self.server.state.clock.now().as_millis();
        let claimed = format!("select count(*) from outbox where state = 'waiting' and claimed_until > {now}");
        eventually("nothing is being sent", async || column::<i64>(&self.server.state.db, &claimed).await[0] == 0).await;
    }

    async fn states(&self) -> Vec<String> {
        column(&self.server.state.db, "select state from outbox order by created_at").await
    }

    /// What came to a path of the receiver.
    async fn received(&self, at: &str) -> Vec<Request> {
        let all = self.receiver.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }
}

async fn post(server: &TestServer, cookie: &str, enterprise: EnterpriseId, form: &[(&str, &str)]) -> Response {
    let post = server.client().post(server.link(&link::channels(enterprise))).header("cookie", cookie);
    post.form(form).send().await.unwrap()
}

async fn asked<T: serde::de::DeserializeOwned>(server: &TestServer, cookie: &str, function: &str, form: &[(&str, &str)]) -> T {
    let client: Client = server.client();
    let answer = client.post(server.link(&format!("/api/{function}"))).header("cookie", cookie).form(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{function} {form:?}");
    wire::open(&answer.text().await.unwrap()).unwrap()
}

fn mac(key: &str, text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers[name].to_str().unwrap()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_kind_gets_what_its_maker_asks_for(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let ok = |at: &str, body: Value| Mock::given(path(at)).respond_with(ResponseTemplate::new(200).set_body_json(body));
    ok("/wecom", json!({ "errcode": 0 })).mount(&scene.receiver).await;
    ok("/ding", json!({ "errcode": 0, "errmsg": "ok" })).mount(&scene.receiver).await;
    ok("/feishu", json!({ "code": 0 })).mount(&scene.receiver).await;
    Mock::given(path("/hook")).respond_with(ResponseTemplate::new(204)).mount(&scene.receiver).await;
    let url = |at: &str| format!("{}{at}", scene.receiver.uri());
    for (kind, at, secret) in [
        ("wecom", "/wecom?key=k", ""),
        ("dingtalk", "/ding?access_token=t", SIGNING),
        ("feishu", "/feishu", SIGNING),
        ("webhook", "/hook", SIGNING),
    ] {
        let channel = scene.add(kind, &url(at), secret).await;
        scene.test(&channel).await;
    }
    scene.deliver().await;
    assert_eq!(scene.states().await, ["sent"; 4]);
    let body = |request: &Request| serde_json::from_slice::<Value>(&request.body).unwrap();

    let wecom = &scene.received("/wecom").await[0];
    assert_eq!((wecom.method.as_str(), wecom.url.query()), ("POST", Some("key=k")));
    assert_eq!(body(wecom)["msgtype"], "text");
    assert!(body(wecom)["text"]["content"].as_str().unwrap().contains("第1号虚构工厂"));

    let ding = &scene.received("/ding").await[0];
    let query: std::collections::HashMap<_, _> = ding.url.query_pairs().into_owned().collect();
    let sign = mac(SIGNING, &format!("{}\n{SIGNING}", query["timestamp"]));
    assert_eq!((&*query["access_token"], &query["sign"]), ("t", &data_encoding::BASE64.encode(&sign)));
    assert!((query["timestamp"].parse::<i64>().unwrap() - scene.server.state.clock.now().as_millis()).abs() < 60_000);

    let feishu = body(&scene.received("/feishu").await[0]);
    let sign = mac(&format!("{}\n{SIGNING}", feishu["timestamp"].as_str().unwrap()), "");
    assert_eq!(feishu["sign"].as_str().unwrap(), data_encoding::BASE64.encode(&sign));
    assert_eq!(feishu["msg_type"], "text");

    let hook = &scene.received("/hook").await[0];
    let text = std::str::from_utf8(&hook.body).unwrap();
    let sign = mac(SIGNING, &format!("{}.{text}", header(hook, "x-shenbao-timestamp")));
    assert_eq!(header(hook, "x-shenbao-signature"), format!("sha256={}", data_encoding::HEXLOWER.encode(&sign)));
    assert_eq!((body(hook)["kind"].as_str(), body(hook)["id"].as_str()), (Some("test"), Some(header(hook, "x-shenbao-id"))));

    // The page knows that they came, and shows neither keys nor secrets.
    let view = scene.view().await;
    assert!(view.channels.iter().all(|channel| channel.sent_at.is_some() && channel.waiting == 0));
    let page = scene.page().await;
    for secret in [SIGNING, "access_token", "key=k", "/hook"] {
        assert!(!page.contains(secret), "{secret}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_a_receiver_does_not_take_is_tried_again_and_given_up_in_the_end(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let answer = |at: &str, with: ResponseTemplate| Mock::given(path(at)).respond_with(with);
    let elsewhere = format!("{}/elsewhere", scene.receiver.uri());
    answer("/moved", ResponseTemplate::new(302).insert_header("location", elsewhere)).mount(&scene.receiver).await;
    answer("/broken", ResponseTemplate::new(500)).mount(&scene.receiver).await;
    answer("/garbage", ResponseTemplate::new(200).set_body_string("<html>虚构</html>")).mount(&scene.receiver).await;
    answer("/large", ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 100_000])).mount(&scene.receiver).await;
    answer("/refuses", ResponseTemplate::new(200).set_body_json(json!({ "errcode": 310_000, "errmsg": "keywords not in content" })))
        .mount(&scene.receiver)
        .await;
    let mut expected = Vec::new();
    for (kind, at, failure) in [
        ("wecom", "/moved", Failure::Redirect),
        ("webhook", "/broken", Failure::Status),
        ("wecom", "/garbage", Failure::Refused),
        ("webhook", "/large", Failure::Refused),
        ("dingtalk", "/refuses", Failure::Refused),
    ] {
        let channel = scene.add(kind, &format!("{}{at}", scene.receiver.uri()), if kind == "webhook" { SIGNING } else { "" }).await;
        scene.test(&channel).await;
        expected.push(Some(failure));
    }
    let down = scene.add("webhook", "http://127.0.0.1:9/", SIGNING).await;
    scene.test(&down).await;
    expected.push(Some(Failure::Connection));
    let waits = [0, 60, 5 * 60, 15 * 60, 60 * 60, 6 * 60 * 60];
    for (tries, wait) in waits.into_iter().enumerate() {
        let view = scene.view().await;
        assert!(view.dead.is_empty(), "after {tries} tries");
        if tries > 0 {
            assert_eq!(view.channels.iter().map(|channel| channel.failure).collect::<Vec<_>>(), expected);
        }
        if tries > 0 {
            // Nothing is sent before its time.
            scene.server.state.clock.advance_secs(wait - 30);
            scene.deliver().await;
            assert_eq!(scene.received("/broken").await.len(), tries);
            scene.server.state.clock.advance_secs(35);
        }
        scene.deliver().await;
        assert_eq!(scene.received("/broken").await.len(), tries + 1);
    }
    let view = scene.view().await;
    assert_eq!((view.dead.len(), view.dead_count), (6, 6));
    assert_eq!(scene.states().await, ["dead"; 6]);
    assert!(scene.received("/elsewhere").await.is_empty(), "no redirect is followed");
    // Each try said the same id: whoever took it before knows it again.
    let ids: std::collections::HashSet<_> =
        scene.received("/broken").await.iter().map(|request| header(request, "x-shenbao-id").to_owned()).collect();
    assert_eq!(ids.len(), 1);
    let page = scene.page().await;
    assert!(!page.contains("keywords") && !page.contains("虚构</"), "a receiver's words are shown nowhere");

    // The representative tries one again, and forgets the others.
    scene.receiver.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!({ "errcode": 0 }))).mount(&scene.receiver).await;
    for (place, dead) in view.dead.iter().enumerate() {
        let action = if dead.failure == Some(Failure::Status) { "retry" } else { "drop" };
        let answer = scene.post(&[("action", action), ("channel", &dead.channel), ("letter", &dead.id)]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{place}");
        let again = scene.post(&[("action", action), ("channel", &dead.channel), ("letter", &dead.id)]).await;
        assert_eq!(again.status(), StatusCode::NOT_FOUND, "{place}: it is none any more");
    }
    scene.deliver().await;
    assert_eq!(scene.states().await, ["sent"]);
    assert!(scene.view().await.dead.is_empty());
    // What was said is gone as soon as it is sent, and the rest a month later.
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(payload) from outbox").await, [0]);
    scene.server.state.clock.advance_secs(30 * 24 * 60 * 60);
    assert_eq!(purge(&scene.server).await.letters, 1);
    scene.server.stop().await;
}

#[tokio::test]
async fn a_slow_receiver_is_not_waited_for_and_keeps_no_other() {
    let scene = Scene::new(Backend::Sqlite).await;
    let slow = ResponseTemplate::new(204).set_delay(Duration::from_secs(30));
    Mock::given(path("/slow")).respond_with(slow).mount(&scene.receiver).await;
    Mock::given(path("/quick")).respond_with(ResponseTemplate::new(204)).mount(&scene.receiver).await;
    let slow = scene.add("webhook", &format!("{}/slow", scene.receiver.uri()), SECRET.replace(' ', "-").as_str()).await;
    let quick = scene.add("webhook", &format!("{}/quick", scene.receiver.uri()), SIGNING).await;
    for channel in [&slow, &quick] {
        scene.test(channel).await;
    }
    eventually("the quick one has it", async || scene.received("/quick").await.len() == 1).await;
    assert_eq!(scene.view().await.channels[0].failure, None, "the slow one is still being waited for");
    eventually("the slow one is given a rest", async || scene.view().await.channels[0].failure == Some(Failure::Timeout)).await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn two_processes_send_each_thing_once(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&scene.receiver).await;
    let other = scene.server.beside().await;
    let channel = scene.add("webhook", &format!("{}/hook", scene.receiver.uri()), SIGNING).await;
    for _ in 0..8 {
        for server in [&scene.server, &other] {
            let answer = post(server, &scene.cookie().await, scene.enterprise, &[("action", "test"), ("channel", &channel)]).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        }
        let both = futures::future::join(deliver::once(&scene.server.state), deliver::once(&other.state)).await;
        both.0.unwrap();
        both.1.unwrap();
    }
    eventually("all is sent", async || scene.states().await == ["sent"; 16]).await;
    let ids: std::collections::HashSet<_> =
        scene.received("/hook").await.iter().map(|request| header(request, "x-shenbao-id").to_owned()).collect();
    assert_eq!((ids.len(), scene.received("/hook").await.len()), (16, 16));
    // A clock that was set back does not leave anything lying, nor send it again.
    scene.server.state.clock.advance_secs(-3600);
    scene.deliver().await;
    assert_eq!(scene.received("/hook").await.len(), 16);
    other.stop().await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_cannot_be_is_refused_with_a_reason(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let add = async |kind: &str, name: &str, address: &str, secret: &str, told: &str| {
        let form = [("action", "add"), ("kind", kind), ("name", name), ("address", address), ("secret", secret), (told, "yes")];
        let answer = scene.post(&form).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let robot = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1";
    for (kind, name, address, secret, told, words) in [
        ("fax", "群", robot, "", "reminders", "请选择渠道类型"),
        ("wecom", " ", robot, "", "reminders", "请填写名称"),
        ("wecom", "群\u{202e}", robot, "", "reminders", "请填写名称"),
        ("wecom", "群", "qyapi", "", "reminders", "这不是网址"),
        ("wecom", "群", "http://qyapi.weixin.qq.com/", "", "reminders", "只能用 https://"),
        ("wecom", "群", "https://oapi.dingtalk.com/", "", "reminders", "这不是所选机器人的网址"),
        ("webhook", "群", "https://192.168.1.1/", SIGNING, "reminders", "在内部网络里"),
        ("webhook", "群", "https://localhost/", SIGNING, "reminders", "在内部网络里"),
        ("webhook", "群", "https://[::ffff:127.0.0.1]/", SIGNING, "reminders", "在内部网络里"),
        ("webhook", "群", "https://hook.example.invalid/", "short", "reminders", "密钥只能用"),
        ("wecom", "群", robot, "", "names", "请至少选择一项"),
        ("mail", "群", "hr@shenbao.example", "", "reminders", "还没有设置发邮件的服务器"),
        ("personal", "群", "", "", "reminders", "还没有设置发邮件的服务器"),
    ] {
        let (status, page) = add(kind, name, address, secret, told).await;
        assert_eq!(status, 422, "{kind} {address}");
        assert!(page.contains(words), "{kind} {address}: {words}");
        assert!(secret.is_empty() || !page.contains(secret), "a secret is typed again");
    }
    for bad in [&[("action", "add")][..], &[("action", "test")], &[("action", "fly"), ("channel", "1")]] {
        assert!(scene.post(bad).await.status().is_client_error());
    }
    assert!(scene.view().await.channels.is_empty());
    // There can be ten.
    for number in 0..10 {
        assert_eq!(add("wecom", "群", robot, "", "reminders").await.0, 303, "{number}");
    }
    assert_eq!(add("wecom", "群", robot, "", "reminders").await.0, 422);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_paused_channel_gets_nothing_and_the_end_of_a_representative_pauses_all(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&scene.receiver).await;
    let channel = scene.add("webhook", &format!("{}/hook", scene.receiver.uri()), SIGNING).await;
    let act = async |action: &str| scene.post(&[("action", action), ("channel", &channel)]).await.status().as_u16();
    assert_eq!((act("pause").await, act("test").await), (303, 404));
    assert_eq!((act("resume").await, act("test").await), (303, 303));
    scene.deliver().await;
    assert_eq!(scene.received("/hook").await.len(), 1);
    assert_eq!(scene.post(&[("action", "tell"), ("channel", &channel), ("reminders", "yes"), ("names", "yes")]).await.status(), 303);
    let told = scene.view().await.channels[0].told;
    assert!(told.reminders && told.names && !told.alerts);

    let (state, tenant) = (&scene.server.state, Tenant::of_operator(scene.enterprise));
    let next = scene.server.appoint(scene.enterprise, &person(901)).await;
    assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, scene.representative).await.unwrap());
    let scene = Scene { representative: next, ..scene };
    assert_eq!(scene.view().await.channels[0].paused, Some(Pause::Dismissed));
    assert!(scene.page().await.contains("法定代表人变更后，渠道已全部暂停"));
    assert_eq!(scene.post(&[("action", "remove"), ("channel", &channel)]).await.status(), 303);
    let audit: AuditView =
        asked(&scene.server, &scene.cookie().await, "audit", &[("enterprise", &scene.enterprise.to_string()), ("query", "")]).await;
    let done: Vec<Action> = audit.entries.iter().map(|entry| entry.action).filter(|action| ABOUT_CHANNELS.contains(action)).collect();
    let expected = [
        Action::RemoveChannel,
        Action::PauseChannel,
        Action::ChangeChannel,
        Action::ResumeChannel,
        Action::PauseChannel,
        Action::AddChannel,
    ];
    assert_eq!(done, expected);
    scene.server.stop().await;
}

const ABOUT_CHANNELS: [Action; 5] =
    [Action::AddChannel, Action::ChangeChannel, Action::PauseChannel, Action::ResumeChannel, Action::RemoveChannel];

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn e_mail_goes_by_the_operators_server(#[case] backend: Backend) {
    let mailbox = Mailbox::open().await;
    let sending =
        Sending {
            smtp_url: Some(mailbox.url()), mail_from: Some("健康申报 <shenbao@operator.example>".to_owned()), ..Sending::default()
        };
    let server = TestServer::start_sending(backend, sending).await;
    let (enterprise, _) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(900)).await;
    let cookie = session(&server, representative).await;
    for address in ["hr@factory.example", "nobody@factory.example"] {
        let form = [("action", "add"), ("kind", "mail"), ("name", "人事"), ("address", address), ("reminders", "yes")];
        assert_eq!(post(&server, &cookie, enterprise, &form).await.status(), 303);
    }
    let view = async || asked::<ChannelsView>(&server, &cookie, "channels", &[("enterprise", &enterprise.to_string())]).await;
    for channel in view().await.channels {
        assert_eq!(post(&server, &cookie, enterprise, &[("action", "test"), ("channel", &channel.id)]).await.status(), 303);
    }
    eventually("it came", async || mailbox.mails().len() == 1).await;
    let mail = mailbox.mails().pop().unwrap();
    assert_eq!((&*mail.from, &*mail.to), ("shenbao@operator.example", "hr@factory.example"));
    assert!(mail.text.contains("测试消息") && mail.subject.contains("第1号虚构工厂"), "{}: {}", mail.subject, mail.text);
    // There is no such box, and there will be none in a minute: it is not tried again.
    eventually("the other was refused", async || view().await.dead.iter().any(|dead| dead.failure == Some(Failure::Recipient))).await;
    let page = server.client().get(server.link(&link::channels(enterprise))).header("cookie", &cookie).send().await.unwrap();
    assert!(!page.text().await.unwrap().contains("hr@factory.example"), "an address is shown in part");
    server.stop().await;
}
