//! What an employee may do with what is held on them, and how their enterprise answers.

use std::time::Duration;

use data_encoding::HEXLOWER;
use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use serde_json::Value;
use shenbao::{
    account::{
        caller::Tenant,
        model::{Ceremony, NOTICE_VERSION, Person, Phone},
        token::Token,
    },
    audit::{
        model::ActorKind,
        verify::{Break, Verdict, verify},
    },
    id::{EmployeeId, EnterpriseId},
    link,
    retention::{self, Purging},
    state::Shared,
    wire,
};

use crate::{
    declaration::{form, receipt_of},
    retention::{bytes, hits, piece},
    support::{Backend, TestServer, column, counted, declare, execute, person, program},
};

const DAY: i64 = 24 * 60 * 60;
const ADDRESS: &str = "标记市标记区标记路九号";

/// A server with an enterprise, its representative's browser, and somebody's phone.
struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    desk: Client,
    employee: EmployeeId,
    phone: String,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        let (employee, phone) = server.employee(enterprise, &person(1)).await;
        Self { server, enterprise, desk, employee, phone }
    }

    async fn get(&self, phone: &str, path: &str) -> (StatusCode, String) {
        let answer = self.server.client().get(self.server.link(path)).header("cookie", phone).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn page(&self, phone: &str) -> String {
        let (status, page) = self.get(phone, &link::rights(self.enterprise)).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page
    }

    async fn send(&self, phone: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.server.client().post(self.server.link(&link::rights(self.enterprise))).header("cookie", phone);
        request.form(fields).send().await.unwrap()
    }

    async fn sends(&self, phone: &str, fields: &[(&str, &str)]) {
        let answer = self.send(phone, fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{fields:?}: {}", answer.text().await.unwrap());
    }

    async fn declares(&self, phone: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.server.client().post(self.server.link(&link::declare(self.enterprise))).header("cookie", phone);
        request.form(fields).send().await.unwrap()
    }

    async fn copy(&self, phone: &str) -> Value {
        let (status, text) = self.get(phone, &link::own_copy(self.enterprise)).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What the representative sends.
    async fn settles(&self, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let answer = self.desk.post(self.server.link(&link::requests(self.enterprise))).form(fields).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn queue(&self) -> String {
        self.desk.get(self.server.link(&link::requests(self.enterprise))).send().await.unwrap().text().await.unwrap()
    }

    async fn api(&self, endpoint: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let request = self.desk.post(self.server.link(&format!("/api/{endpoint}"))).header("accept", "application/json");
        let answer = request.form(fields).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A ticket for one thing.
    async fn ticket(&self, intent: &str) -> String {
        let (status, text) = self.api("step-up", &[("intent", intent)]).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        wire::open::<Ceremony>(&text).unwrap().ticket
    }

    async fn deletes(&self, enterprise: EnterpriseId, request: &str, ticket: &str) -> (StatusCode, String) {
        let fields = [("enterprise", &*enterprise.to_string()), ("request", request), ("ticket", ticket), ("credential", "")];
        self.api("delete-person", &fields).await
    }

    /// The id of the only request that is open.
    async fn open(&self) -> String {
        let page = self.queue().await;
        let ids: Vec<&str> = page.split("name=\"request\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(!ids.is_empty(), "{page}");
        ids[0].to_owned()
    }

    async fn actions(&self, enterprise: EnterpriseId) -> Vec<String> {
        let id = i64::from_be_bytes(enterprise.to_bytes());
        column(&self.server.state.db, &format!("select action from audit where enterprise_id = {id} order by number")).await
    }

    async fn verdict(&self, enterprise: EnterpriseId) -> Verdict {
        let state = &self.server.state;
        let keys = state.vault.keys(&state.db, enterprise).await.unwrap();
        verify(&state.db, Tenant::of_operator(enterprise), &keys).await.unwrap()
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_withdraws_cannot_declare_until_they_agree_again_and_loses_nothing_typed(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let phone = &scene.phone;
    receipt_of(&scene.declares(phone, &form("submit", "00000000-0000-4000-8000-000000000001")).await);
    let page = scene.page(phone).await;
    for words in
        ["撤回这项同意", "不能再申报，直到您重新同意", "我单独同意企业使用我的健康信息和行程信息", "收集和使用您的信息的是：第1号虚构工厂"]
    {
        assert!(page.contains(words), "{words}");
    }
    for kind in ["withdraw-health", "withdraw-notice"] {
        scene.sends(phone, &[("form", kind)]).await;
        scene.sends(phone, &[("form", kind)]).await;
    }
    assert!(scene.page(phone).await.contains("重新同意并申报"));

    // A form that was open already, and one sent by the browser build: neither is stored, and all that was typed comes back.
    let typed = || {
        let mut fields = form("submit", "00000000-0000-4000-8000-000000000002");
        fields.retain(|(field, _)| *field != "residence");
        fields.push(("residence", "只打了一遍的地址"));
        fields
    };
    let refused = scene.declares(phone, &typed()).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.text().await.unwrap();
    for words in ["只打了一遍的地址", "您撤回过同意", "consent-notice", "consent-health"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    for half in ["consent-notice", "consent-health"] {
        let mut fields = typed();
        fields.push((half, "yes"));
        assert_eq!(scene.declares(phone, &fields).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "{half} alone");
    }
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from declaration").await, [1]);
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (1, 0), "what was declared before stays");

    let mut fields = typed();
    fields.extend([("consent-notice", "yes"), ("consent-health", "yes")]);
    let receipt = receipt_of(&scene.declares(phone, &fields).await);
    assert_eq!(receipt_of(&scene.declares(phone, &fields).await), receipt, "a second tap is the same declaration");
    let copy = scene.copy(phone).await;
    let codes: Vec<&str> =
        copy["declarations"][0]["answers"].as_array().unwrap().iter().map(|answer| answer["code"].as_str().unwrap()).collect();
    assert!(!codes.iter().any(|code| code.starts_with("consent")), "the record holds nothing of the consents: {codes:?}");
    let withdrawn = copy["consents"].as_array().unwrap().iter().filter(|consent| !consent["withdrawn_at"].is_null()).count();
    assert_eq!((copy["consents"].as_array().unwrap().len(), withdrawn), (4, 2));
    let actions = scene.actions(scene.enterprise).await;
    assert_eq!(actions.iter().filter(|action| *action == "withdraw-consent").count(), 2, "{actions:?}");
    assert_eq!(actions.iter().filter(|action| *action == "consent").count(), 1, "{actions:?}");
    assert!(!actions.iter().any(|action| action.contains("declar")), "nothing is written down for each declaration");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_newer_notice_is_asked_for_on_the_form_and_the_older_text_stays_word_for_word(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (db, phone) = (&scene.server.state.db, &scene.phone);
    execute(db, "update consent set version = 1").await;
    execute(db, "update employee set agreed = 1").await;
    let page = scene.page(phone).await;
    assert!(page.contains("第 1 版") && page.contains("每次申报保存 90 天，到期删除"), "what they agreed to: {page}");
    let (_, declare) = scene.get(phone, &link::declare(scene.enterprise)).await;
    for words in ["告知书有了新的版本", &format!("告知书（第 {NOTICE_VERSION} 版）"), "我已阅读告知书"] {
        assert!(declare.contains(words), "{words}");
    }
    // Step by step, as without JavaScript: unticked it says so, ticked it goes on to the check, and from there to the receipt.
    let key = "00000000-0000-4000-8000-000000000003";
    let unticked = scene.declares(phone, &form("check", key)).await;
    assert_eq!(unticked.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unticked.text().await.unwrap().contains("href=\"#consent-notice\""));
    let mut fields = form("check", key);
    fields.extend([("consent-notice", "yes"), ("consent-health", "yes")]);
    let check = scene.declares(phone, &fields).await;
    assert_eq!(check.status(), StatusCode::OK);
    assert!(check.text().await.unwrap().contains("name=\"consent-health\""));
    fields.retain(|(field, _)| *field != "step");
    fields.push(("step", "submit"));
    receipt_of(&scene.declares(phone, &fields).await);
    let (_, declare) = scene.get(phone, &link::declare(scene.enterprise)).await;
    assert!(!declare.contains("consent-notice"), "asked once");
    let page = scene.page(phone).await;
    assert!(page.contains(&format!("第 {NOTICE_VERSION} 版")) && page.contains("以前同意过的版本") && page.contains("每次申报保存 90 天"));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_copy_holds_everything_of_ones_own_and_nothing_of_another_device(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, phone) = (&scene.server, &scene.phone);
    receipt_of(&scene.declares(phone, &form("submit", "00000000-0000-4000-8000-000000000001")).await);
    let mut worse = form("submit", "00000000-0000-4000-8000-000000000002");
    worse.iter_mut().filter(|(field, _)| *field == "temperature").for_each(|field| field.1 = "38.6");
    receipt_of(&scene.declares(phone, &worse).await);
    let bits = i64::from_be_bytes(scene.enterprise.to_bytes());
    let department = format!("insert into department (enterprise_id, id, name, created_at) values ({bits}, 3, '仓储部', 0)");
    execute(&server.state.db, &department).await;
    execute(&server.state.db, "update employee set department_id = 3").await;
    let details = server.link(&link::person(scene.enterprise, scene.employee));
    assert_eq!(scene.desk.get(details).send().await.unwrap().status(), StatusCode::OK);
    scene.sends(phone, &[("form", "ask-correction"), ("note", "</textarea><script>alert(1)</script>")]).await;

    let answer = server.client().get(server.link(&link::own_copy(scene.enterprise))).header("cookie", phone).send().await.unwrap();
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    let copy: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let own = person(1);
    assert_eq!((&copy["person"]["name"], &copy["person"]["document"]["number"]), (&own.name.into(), &own.document.number().into()));
    assert_eq!((&copy["format"], &copy["person"]["level"]), (&2.into(), &"claimed".into()));
    assert_eq!(copy["person"]["department"], "仓储部");
    assert!(scene.page(phone).await.contains("仓储部"));
    let declarations = copy["declarations"].as_array().unwrap();
    assert_eq!((declarations.len(), &declarations[0]["replaced"], &declarations[1]["replaced"]), (2, &false.into(), &true.into()));
    assert!(
        declarations[0]["answers"]
            .as_array()
            .unwrap()
            .iter()
            .any(|answer| answer["question"].as_str().unwrap().contains("体温") && answer["answer"].as_str().unwrap().contains("38.6")),
        "{declarations:?}"
    );
    let looks = copy["looks"].as_array().unwrap();
    assert_eq!((looks.len(), &looks[0]["actor_name"]), (1, &person(900).name.into()));
    assert_eq!(copy["requests"][0]["note"], "</textarea><script>alert(1)</script>");
    assert_eq!((copy["devices"].as_array().unwrap().len(), copy["consents"].as_array().unwrap().len()), (1, 2));

    // As text on the page, and as text only.
    let (_, page) = scene.get(phone, &format!("{}?as=text", link::rights(scene.enterprise))).await;
    assert!(page.contains("&quot;format&quot;: 2") || page.contains("\"format\": 2"), "{page}");
    for page in [page, scene.page(phone).await, scene.queue().await] {
        assert!(!page.contains("<script>alert(1)"), "{page}");
    }
    assert_eq!(scene.actions(scene.enterprise).await.iter().filter(|action| *action == "take-copy").count(), 2);

    // The same document on another phone: nothing of the first one's.
    let (_, second) = server.employee(scene.enterprise, &person(1)).await;
    let theirs = scene.copy(&second).await;
    for part in ["declarations", "looks", "requests"] {
        assert_eq!(theirs[part].as_array().unwrap().len(), 0, "{part}: {theirs}");
    }
    assert!(!theirs.to_string().contains("38.6"));
    // A forged enterprise, and no device.
    let (elsewhere, _) = server.enterprise(2).await;
    let forged = phone.replace(&scene.enterprise.to_string(), &elsewhere.to_string());
    for (cookie, enterprise) in [(phone, elsewhere), (&forged, elsewhere), (&String::new(), scene.enterprise)] {
        for path in [link::own_copy(enterprise), link::rights(enterprise)] {
            let (status, text) = scene.get(cookie, &path).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
            assert!(!text.contains(&person(1).name) && !text.contains(person(1).document.number()));
        }
    }
    scene.server.stop().await;
}

/// One more device of an employee, as another phone gets it that a provider has verified.
async fn another_device(scene: &Scene, backend: Backend, employee: EmployeeId) -> String {
    let (secret, now) = (Token::new(), scene.server.state.clock.now().as_millis());
    let hash = HEXLOWER.encode(&secret.hash().0);
    let hash = if backend == Backend::Sqlite { format!("x'{hash}'") } else { format!("'\\x{hash}'") };
    let (enterprise, employee) = (i64::from_be_bytes(scene.enterprise.to_bytes()), literal(backend, &employee.to_string()));
    let sql = format!(
        "insert into device (enterprise_id, secret_hash, employee_id, level, created_at)
         values ({enterprise}, {hash}, {employee}, 'claimed', {now})"
    );
    assert_eq!(execute(&scene.server.state.db, &sql).await, 1);
    format!("shenbao-device-{}={}", scene.enterprise, secret.text())
}

/// The devices that a page offers to end.
fn offered(page: &str) -> Vec<String> {
    page.split("name=\"device\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_lost_a_phone_ends_it_on_another_and_nobody_ends_what_is_another_s(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (phone, path) = (&scene.phone, link::rights(scene.enterprise));
    let page = scene.page(phone).await;
    assert!(page.contains("我的设备") && page.contains("这台设备") && offered(&page).is_empty(), "{page}");
    assert!(!page.contains("value=\"end-devices\""), "there is no other: {page}");

    let mut lost = Vec::new();
    for _ in 0..3 {
        lost.push(another_device(&scene, backend, scene.employee).await);
    }
    let (other, other_phone) = scene.server.employee(scene.enterprise, &person(1)).await;
    let other_too = another_device(&scene, backend, other).await;
    let page = scene.page(phone).await;
    let ids = offered(&page);
    assert_eq!(ids.len(), 3, "not this one, and nobody else's: {page}");
    let hashes: Vec<Vec<u8>> = column(&scene.server.state.db, "select secret_hash from device").await;
    for hash in hashes {
        assert!(!page.contains(&HEXLOWER.encode(&hash)[..16]), "nothing of a secret's hash leaves");
    }

    // What is another's, the device that asks, and what never was: each is as missing as the other, and nothing ends.
    let here = offered(&scene.page(&lost[0]).await).into_iter().find(|id| !ids.contains(id)).unwrap();
    let theirs = offered(&scene.page(&other_phone).await);
    assert_eq!(theirs.len(), 1);
    for id in [&*theirs[0], &here, "0123456789abcdef", ""] {
        let answer = scene.send(phone, &[("form", "end-device"), ("device", id)]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{id}");
    }
    let live = "select count(*) from device where ended_at is null";
    assert_eq!(column::<i64>(&scene.server.state.db, live).await, [6]);
    let forgotten = async || scene.actions(scene.enterprise).await.iter().filter(|action| *action == "forget-device").count();
    assert_eq!(forgotten().await, 0);

    // One, from the next request on; the copy says when.
    let before = [scene.get(&lost[0], &path).await.0, scene.get(&lost[1], &path).await.0];
    assert_eq!(before, [StatusCode::OK; 2]);
    scene.sends(phone, &[("form", "end-device"), ("device", &ids[0])]).await;
    let mut after = Vec::new();
    for lost in &lost {
        after.push(scene.get(lost, &path).await.0);
    }
    assert_eq!(after.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(), 1, "{after:?}");
    assert_eq!(scene.send(phone, &[("form", "end-device"), ("device", &ids[0])]).await.status(), StatusCode::NOT_FOUND, "it has ended");
    let ended = scene.copy(phone).await["devices"].as_array().unwrap().iter().filter(|device| !device["ended_at"].is_null()).count();
    assert_eq!((ended, forgotten().await), (1, 1));

    // All others, each written down.
    scene.sends(phone, &[("form", "end-devices")]).await;
    for lost in &lost {
        assert_eq!(scene.get(lost, &path).await.0, StatusCode::UNAUTHORIZED);
        let declared = scene.declares(lost, &form("submit", "00000000-0000-4000-8000-000000000001")).await;
        assert_eq!(declared.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(forgotten().await, 3);
    scene.sends(phone, &[("form", "end-devices")]).await;
    assert_eq!(forgotten().await, 3, "there is none");
    for phone in [phone, &other_phone, &other_too] {
        assert_eq!(scene.get(phone, &path).await.0, StatusCode::OK);
    }
    assert!(matches!(scene.verdict(scene.enterprise).await, Verdict::Whole { .. }));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_correction_of_name_and_phone_is_seen_everywhere_at_once(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, phone) = (&scene.server, &scene.phone);
    declare(&server.state, scene.enterprise, scene.employee, "虚构路一号").await;
    assert_eq!(counted(&server.state, scene.enterprise).await, (1, 0));
    for (name, number, says) in [("12345", "13900000001", "请输入证件上的姓名"), ("黄改正", "139", "请输入 11 位手机号码")]
    {
        let refused = scene.send(phone, &[("form", "correct"), ("name", name), ("phone", number)]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.text().await.unwrap();
        assert!(
            page.contains(says) && page.contains(&format!("value=\"{name}\"")) && page.contains(&format!("value=\"{number}\"")),
            "{page}"
        );
    }
    // A document that comes with it changes nothing.
    let sent = [("form", "correct"), ("name", "黄改正"), ("phone", "138 1234 5678"), ("number", "11010519491231002X"), ("document", "x")];
    scene.sends(phone, &sent).await;
    let copy = scene.copy(phone).await;
    assert_eq!(copy["person"]["name"], "黄改正");
    assert_eq!(copy["person"]["phone"], "+8613812345678");
    assert_eq!(copy["person"]["document"]["number"], person(1).document.number());
    let people = scene.desk.get(server.link(&link::people(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(people.contains("黄改正") && people.contains("138****5678") && !people.contains(&person(1).name), "{people}");
    let search =
        scene.desk.get(server.link(&format!("{}?q={}", link::people(scene.enterprise), link::encode("黄改正")))).send().await.unwrap();
    assert!(search.text().await.unwrap().contains("1 人中 1 人"));
    scene.sends(phone, &sent).await;
    let actions = scene.actions(scene.enterprise).await;
    assert_eq!(
        actions.iter().filter(|action| *action == "correct-person").count(),
        1,
        "what changes nothing is no correction: {actions:?}"
    );

    // Whoever was verified keeps the name that the provider said.
    execute(&server.state.db, "update device set level = 'face'").await;
    scene.sends(phone, &[("form", "correct"), ("name", "另一个人"), ("phone", "13812345679")]).await;
    let copy = scene.copy(phone).await;
    assert_eq!((&copy["person"]["name"], &copy["person"]["phone"]), (&"黄改正".into(), &"+8613812345679".into()));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn requests_are_kept_judged_and_shown_to_whom_they_belong(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, phone) = (&scene.server, &scene.phone);
    let long = "长".repeat(501);
    let refused = scene.send(phone, &[("form", "ask-correction"), ("note", &long)]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text().await.unwrap();
    assert!(page.contains("超过 500 字") && page.contains(&long), "what was typed comes back");
    for note in ["", "  \r\n", "a\u{202e}b"] {
        assert_eq!(scene.send(phone, &[("form", "ask-correction"), ("note", note)]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    for form in ["", "delete", "withdraw"] {
        assert_eq!(scene.send(phone, &[("form", form)]).await.status(), StatusCode::BAD_REQUEST, "{form}");
    }
    for number in 1..=5 {
        scene.sends(phone, &[("form", "ask-correction"), ("note", &format!("第 {number} 个更正"))]).await;
    }
    let sixth = scene.send(phone, &[("form", "ask-correction"), ("note", "第 6 个更正")]).await;
    assert_eq!(sixth.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(sixth.text().await.unwrap().contains("第 6 个更正"));

    let statistics = scene.desk.get(server.link(&link::statistics(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(statistics.contains("员工的请求（5 个待处理）"), "{statistics}");
    let request = scene.open().await;
    for (reason, says) in [("", "还没有填写内容"), (&*long, "超过 500 字")] {
        let (status, page) = scene.settles(&[("request", &request), ("to", "refused"), ("reason", reason)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains(says) && page.contains(reason), "{page}");
    }
    assert_eq!(
        scene.settles(&[("request", &request), ("to", "refused"), ("reason", "<i>当天</i>已经改过")]).await.0,
        StatusCode::SEE_OTHER
    );
    assert_eq!(scene.settles(&[("request", &request), ("to", "refused"), ("reason", "再一次")]).await.0, StatusCode::NOT_FOUND, "twice");
    let second = scene.open().await;
    assert_eq!(scene.settles(&[("request", &second), ("to", "done")]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(scene.settles(&[("request", &second), ("to", "done")]).await.0, StatusCode::NOT_FOUND);
    let page = scene.page(phone).await;
    for words in ["已拒绝", "&lt;i>当天&lt;/i>已经改过", "已处理", "第 3 个更正", "待处理"] {
        assert!(page.contains(words) || page.contains(&words.replace("i>", "i&gt;")), "{words}: {page}");
    }
    let (_, second_phone) = server.employee(scene.enterprise, &person(1)).await;
    assert!(!scene.page(&second_phone).await.contains("第 3 个更正"), "another device's are not theirs");

    // Another enterprise's request, and one that never was, are the same.
    let (elsewhere, _) = server.enterprise(2).await;
    let (_, there) = server.employee(elsewhere, &person(2)).await;
    let asked = server.client().post(server.link(&link::rights(elsewhere))).header("cookie", &there);
    assert_eq!(asked.form(&[("form", "ask-deletion"), ("note", "")]).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    let bits = i64::from_be_bytes(elsewhere.to_bytes());
    let foreign: Vec<uuid::Uuid> = column(&server.state.db, &format!("select id from request where enterprise_id = {bits}")).await;
    let foreign = foreign[0].simple().to_string();
    let ticket = scene.ticket("\"add-passkey\"").await;
    let missing = shenbao::random::uuid().simple().to_string();
    assert_eq!(scene.deletes(scene.enterprise, &foreign, &ticket).await, scene.deletes(scene.enterprise, &missing, &ticket).await);
    assert_eq!(scene.deletes(scene.enterprise, &foreign, &ticket).await.0, StatusCode::NOT_FOUND);
    assert_eq!(scene.deletes(elsewhere, &foreign, &ticket).await.0, StatusCode::NOT_FOUND, "not their enterprise");
    for to in ["done", "refused"] {
        let fields = |request| [("request", request), ("to", to), ("reason", "不是这里的")];
        let answers = [scene.settles(&fields(&foreign)).await, scene.settles(&fields(&missing)).await];
        assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
        let plain = |text: &str| text.split("nonce").next().unwrap_or_default().to_owned();
        assert_eq!(plain(&answers[0].1), plain(&answers[1].1));
    }
    // After 15 days it is late.
    assert!(!scene.queue().await.contains("已超期"));
    server.state.clock.advance_secs(15 * DAY + 60);
    let desk = server.enter().await;
    let late = desk.get(server.link(&link::requests(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(late.contains("已超期"), "{late}");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nobody_changes_or_copies_all_the_time_and_what_was_typed_comes_back(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let phone = &scene.phone;
    for number in 0..20 {
        scene.sends(phone, &[("form", "correct"), ("name", "黄改正"), ("phone", &format!("138000000{number:02}"))]).await;
        scene.copy(phone).await;
    }
    let refused = scene.send(phone, &[("form", "ask-correction"), ("note", "只打了一遍的话")]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text().await.unwrap().contains("只打了一遍的话"));
    for path in [link::own_copy(scene.enterprise), format!("{}?as=text", link::rights(scene.enterprise))] {
        assert_eq!(scene.get(phone, &path).await.0, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    let (_, other) = scene.server.employee(scene.enterprise, &person(2)).await;
    scene.sends(&other, &[("form", "ask-correction"), ("note", "别人的")]).await;
    scene.copy(&other).await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_asked_for_it_is_deleted_to_the_last_byte_and_only_under_a_fresh_verification(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, state, db) = (&scene.server, &scene.server.state, &scene.server.state.db);
    let named = Person { name: "龘靐虚构".to_owned(), phone: Phone::parse("13987654321").ok(), ..person(7) };
    let (employee, phone) = server.employee(scene.enterprise, &named).await;
    let (twin, twin_phone) = server.employee(scene.enterprise, &named).await;
    // Only whom a provider has verified takes what others claimed along.
    bind(&scene, backend, employee).await;
    let (elsewhere, _) = server.enterprise(2).await;
    let (there, _) = server.employee(elsewhere, &named).await;
    declare(state, scene.enterprise, scene.employee, "虚构路一号").await;
    declare(state, scene.enterprise, twin, ADDRESS).await;
    for _ in 0..3 {
        declare(state, scene.enterprise, employee, ADDRESS).await;
    }
    scene.sends(&phone, &[("form", "ask-deletion"), ("note", "标记理由：离职")]).await;
    scene.sends(&phone, &[("form", "ask-deletion"), ("note", "再说一次")]).await;
    assert_eq!(column::<i64>(db, "select count(*) from request").await, [1], "twice is once");
    assert_eq!(counted(state, scene.enterprise).await.0, 2);
    if backend == Backend::Postgres {
        execute(db, "analyze").await;
    }
    let id = employee.to_string();
    let of = |table: &str, column: &str, key: &str| format!("select {column} from {table} where {key} = {}", literal(backend, &id));
    let mut went: Vec<Vec<u8>> = column(db, &of("declaration", "record", "employee_id")).await;
    went.extend(column::<Vec<u8>>(db, &of("employee", "person", "id")).await);
    went.extend(column::<Vec<u8>>(db, &of("request", "note", "employee_id")).await);
    assert_eq!(went.len(), 5);
    let pieces: Vec<Vec<u8>> = went.iter().map(|blob| piece(blob)).collect();
    assert!(hits(&bytes(server).await, &pieces) >= pieces.len(), "the bytes are where this test looks for them");

    // Not without a ticket, with one for something else, for someone else, or used.
    let request = scene.open().await;
    let queue = scene.queue().await;
    assert!(queue.contains("同一证件的另外 1 条登记会一并删除") && !queue.contains("可能不是本人"), "{queue}");
    let intent = format!("{{\"delete-person\":\"{id}\"}}");
    let other = scene.ticket(&format!("{{\"delete-person\":\"{}\"}}", scene.employee)).await;
    for ticket in ["", "AAAA", &*scene.ticket("\"add-passkey\"").await, &*other] {
        assert_eq!(scene.deletes(scene.enterprise, &request, ticket).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(scene.settles(&[("request", &request), ("to", "done")]).await.0, StatusCode::NOT_FOUND, "a deletion is done by deleting");
    let ticket = scene.ticket(&intent).await;
    let (status, text) = scene.deletes(scene.enterprise, &request, &ticket).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(scene.deletes(scene.enterprise, &request, &ticket).await.0, StatusCode::NOT_FOUND, "accepted twice");
    assert_eq!(scene.deletes(scene.enterprise, &request, &scene.ticket(&intent).await).await.0, StatusCode::NOT_FOUND);

    assert_eq!(counted(state, scene.enterprise).await, (1, 0), "the others stay");
    for table in ["declaration", "device", "consent", "request", "identity"] {
        for gone in [employee, twin].map(|gone| literal(backend, &gone.to_string())) {
            assert_eq!(column::<i64>(db, &format!("select count(*) from {table} where employee_id = {gone}")).await, [0], "{table}");
        }
    }
    let left: Vec<uuid::Uuid> = column(db, "select id from employee").await;
    assert_eq!(left.len(), 2, "the same document on another device is the same person's: {left:?}");
    assert!(left.contains(&scene.employee.0) && left.contains(&there.0), "other people stay, and other enterprises");
    if backend == Backend::Postgres {
        db.rewrite(true).await.unwrap();
    }
    // The answer does not wait until the file is written anew.
    let forgotten = async {
        while hits(&bytes(server).await, &pieces) > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), forgotten).await.expect("no byte is left");
    let text = bytes(server).await;
    for marker in ["龘靐虚构", "13987654321", ADDRESS, named.document.number(), "标记理由"] {
        assert!(!text.windows(marker.len()).any(|some| some == marker.as_bytes()), "{marker}");
    }
    // The phone is as unknown as any other.
    for path in [link::rights(scene.enterprise), link::own_copy(scene.enterprise), link::declare(scene.enterprise)] {
        for phone in [&phone, &twin_phone] {
            assert_eq!(scene.get(phone, &path).await.0, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    assert!(scene.get(&phone, link::MINE).await.1.contains("这台设备上还没有申报"));
    // What remains has no name.
    let log = scene.desk.get(server.link(&link::audit(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(log.contains("应员工请求删除其全部信息") && !log.contains("龘靐虚构"), "{log}");
    assert!(matches!(scene.verdict(scene.enterprise).await, Verdict::Whole { .. }));
    scene.server.stop().await;
}

/// Ties an employee to an account of a provider, as if it had verified them.
async fn bind(scene: &Scene, backend: Backend, employee: EmployeeId) {
    let blob = |byte: &str| if backend == Backend::Sqlite { format!("x'{byte}'") } else { format!("'\\x{byte}'") };
    let (enterprise, employee) = (i64::from_be_bytes(scene.enterprise.to_bytes()), literal(backend, &employee.to_string()));
    let sql = format!(
        "insert into identity (enterprise_id, subject_index, issuer_index, employee_id, created_at)
         values ({enterprise}, {}, {}, {employee}, 0)",
        blob("01"),
        blob("02")
    );
    assert_eq!(execute(&scene.server.state.db, &sql).await, 1);
}

/// Whoever knows somebody's number may be the first to claim by it, and stands matched.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_was_only_the_first_to_claim_takes_nobody_with_them(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let state = &scene.server.state;
    let (real, real_phone) = scene.server.employee(scene.enterprise, &person(1)).await;
    declare(state, scene.enterprise, scene.employee, ADDRESS).await;
    declare(state, scene.enterprise, real, ADDRESS).await;
    scene.sends(&scene.phone, &[("form", "ask-deletion"), ("note", "")]).await;
    let queue = scene.queue().await;
    for words in ["可能不是本人", "只删除这一条登记；同一证件的另外 1 条登记不受影响"] {
        assert!(queue.contains(words), "{words}: {queue}");
    }
    let ticket = scene.ticket(&format!("{{\"delete-person\":\"{}\"}}", scene.employee)).await;
    let (status, text) = scene.deletes(scene.enterprise, &scene.open().await, &ticket).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(column::<uuid::Uuid>(&state.db, "select id from employee").await, [real.0]);
    assert_eq!(column::<i64>(&state.db, "select count(*) from declaration").await, [1], "what the other said stays");
    assert_eq!(scene.get(&real_phone, &link::declare(scene.enterprise)).await.0, StatusCode::OK);
    assert_eq!(scene.get(&scene.phone, &link::declare(scene.enterprise)).await.0, StatusCode::UNAUTHORIZED);
    scene.server.stop().await;
}

/// Whoever knows somebody's number may claim by it, and ask for the deletion.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_is_to_be_verified_takes_nobody_with_them(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let state = &scene.server.state;
    let (impostor, phone) = scene.server.employee(scene.enterprise, &person(1)).await;
    declare(state, scene.enterprise, scene.employee, ADDRESS).await;
    declare(state, scene.enterprise, impostor, ADDRESS).await;
    assert_eq!(counted(state, scene.enterprise).await, (1, 1));
    scene.sends(&phone, &[("form", "ask-deletion"), ("note", "")]).await;
    let queue = scene.queue().await;
    for words in ["待核对", "可能不是本人", "只删除这一条登记；同一证件的另外 1 条登记不受影响"] {
        assert!(queue.contains(words), "{words}: {queue}");
    }
    let ticket = scene.ticket(&format!("{{\"delete-person\":\"{impostor}\"}}")).await;
    let (status, text) = scene.deletes(scene.enterprise, &scene.open().await, &ticket).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(counted(state, scene.enterprise).await, (1, 0), "whose document it is stays");
    assert_eq!(column::<uuid::Uuid>(&state.db, "select id from employee").await, [scene.employee.0]);
    assert_eq!(scene.get(&scene.phone, &link::declare(scene.enterprise)).await.0, StatusCode::OK);
    assert_eq!(scene.get(&phone, &link::declare(scene.enterprise)).await.0, StatusCode::UNAUTHORIZED);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_answered_request_goes_in_its_time_and_one_that_waits_stays(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (state, requests) = (&scene.server.state, "select count(*) from request");
    declare(state, scene.enterprise, scene.employee, ADDRESS).await;
    for note in ["答复的", "没有答复的"] {
        scene.sends(&scene.phone, &[("form", "ask-correction"), ("note", note)]).await;
    }
    let first = scene.open().await;
    assert_eq!(scene.settles(&[("request", &first), ("to", "done")]).await.0, StatusCode::SEE_OTHER);
    // Of someone who goes on declaring.
    for _ in 0..3 {
        state.clock.advance_secs(59 * DAY);
        declare(state, scene.enterprise, scene.employee, ADDRESS).await;
        crate::retention::purge(&scene.server).await;
    }
    assert_eq!(column::<i64>(&state.db, requests).await, [2], "177 days");
    state.clock.advance_secs(3 * DAY + 60);
    assert_eq!(crate::retention::purge(&scene.server).await.requests, 1);
    assert_eq!(column::<i64>(&state.db, requests).await, [1]);
    assert!(scene.page(&scene.phone).await.contains("没有答复的"));
    scene.server.stop().await;
}

/// An id as the database writes it.
fn literal(backend: Backend, id: &str) -> String {
    if backend == Backend::Sqlite { format!("x'{id}'") } else { format!("'{id}'") }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn full_numbers_are_shown_by_their_own_call_only_and_the_employee_sees_it(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, own) = (&scene.server, person(1));
    declare(&server.state, scene.enterprise, scene.employee, "虚构路一号").await;
    let (number, telephone) = (own.document.number(), own.phone.as_ref().unwrap().national().to_owned());
    let details = link::person(scene.enterprise, scene.employee);
    for path in [details.clone(), link::people(scene.enterprise), link::statistics(scene.enterprise)] {
        let page = scene.desk.get(server.link(&path)).send().await.unwrap().text().await.unwrap();
        assert!(!page.contains(number) && !page.contains(&telephone), "{path}");
    }
    let ids = (scene.enterprise.to_string(), scene.employee.to_string());
    let (_, answer) = scene.api("person", &[("enterprise", &ids.0), ("employee", &ids.1), ("query", "")]).await;
    assert!(!answer.contains(number) && answer.contains(&own.document.masked()), "{answer}");
    assert!(!scene.actions(scene.enterprise).await.contains(&"view-numbers".to_owned()));

    let shown = scene.desk.post(server.link(&details)).send().await.unwrap();
    assert_eq!(shown.status(), StatusCode::OK);
    let shown = shown.text().await.unwrap();
    assert!(shown.contains(number) && shown.contains(&telephone), "{shown}");
    assert!(scene.actions(scene.enterprise).await.contains(&"view-numbers".to_owned()));
    assert!(scene.get(&scene.phone, link::MINE).await.1.contains("显示完整证件和电话"));
    // Another site's page cannot have them shown.
    let forged = scene.desk.post(server.link(&details)).header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    let forged = forged.send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);

    // What cannot be written down is not shown.
    execute(&server.state.db, "alter table audit rename to audit_gone").await;
    let answer = scene.desk.post(server.link(&details)).send().await.unwrap();
    assert!(answer.status().is_server_error());
    assert!(!answer.text().await.unwrap().contains(number));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_had_not_been_written_down_is_now(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, state) = (&scene.server, &scene.server.state);
    let system = scene.actions(EnterpriseId::SYSTEM).await;
    assert_eq!(system, ["sign-in"], "the representative entered");
    assert_eq!(scene.actions(scene.enterprise).await.last().map(String::as_str), Some("claim"));
    declare(state, scene.enterprise, scene.employee, "虚构路一号").await;
    let before = scene.actions(scene.enterprise).await.len();
    declare(state, scene.enterprise, scene.employee, "虚构路二号").await;
    assert_eq!(scene.actions(scene.enterprise).await.len(), before, "not for each declaration");

    for command in [&["key", "rotate"][..], &["key", "add"], &["key", "retire"]] {
        let (done, said) = program(&server.settings, command);
        assert!(done, "{said}");
    }
    let system = scene.actions(EnterpriseId::SYSTEM).await;
    assert_eq!(system, ["sign-in", "rotate-key", "add-key", "retire-key"]);

    state.clock.advance_secs(91 * DAY);
    let (fresh, _) = server.enterprise(2).await;
    let quiet = scene.actions(fresh).await.len();
    let Shared { db, vault, clock, .. } = &**state;
    let purging = Purging { db, vault, clock, days: retention::DAYS, by: ActorKind::Operator };
    let purged = purging.purge(&mut retention::Done::new()).await.unwrap();
    assert_eq!((purged.declarations, purged.employees), (2, 1));
    let actions = scene.actions(scene.enterprise).await;
    assert_eq!(actions.iter().filter(|action| *action == "purge").count(), 1, "once for an enterprise: {actions:?}");
    assert_eq!(scene.actions(fresh).await.len(), quiet, "nothing for one that lost nothing");
    let by: Vec<String> = column(db, "select actor from audit where action = 'purge'").await;
    assert_eq!(by, ["operator"]);
    for enterprise in [EnterpriseId::SYSTEM, scene.enterprise] {
        assert!(matches!(scene.verdict(enterprise).await, Verdict::Whole { .. }), "{enterprise}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn entries_of_three_years_ago_go_and_the_rest_is_still_proved(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, state, db) = (&scene.server, &scene.server.state, &scene.server.state.db);
    let details = server.link(&link::person(scene.enterprise, scene.employee));
    for _ in 0..3 {
        scene.desk.get(&details).send().await.unwrap();
    }
    let old = i64::try_from(scene.actions(scene.enterprise).await.len()).unwrap();
    state.clock.advance_secs(1_094 * DAY);
    let purge = async || {
        let Shared { db, vault, clock, .. } = &**state;
        Purging { db, vault, clock, days: 365, by: ActorKind::Server }.purge(&mut retention::Done::new()).await.unwrap()
    };
    assert_eq!(purge().await.entries, 0, "not yet");
    let desk = server.enter().await;
    let (young, _) = server.employee(scene.enterprise, &person(2)).await;
    for _ in 0..3 {
        desk.get(server.link(&link::person(scene.enterprise, young))).send().await.unwrap();
    }
    state.clock.advance_secs(3 * DAY);
    let purged = purge().await;
    assert_eq!(purged.entries, u64::try_from(old).unwrap() + 1, "the enterprise's, and the sign-in of then");
    let Verdict::Whole { number: last, .. } = scene.verdict(scene.enterprise).await else { panic!("it is whole") };
    assert!(matches!(scene.verdict(EnterpriseId::SYSTEM).await, Verdict::Whole { .. }));
    assert_eq!(purge().await.entries, 0, "twice is once");
    let (done, said) = program(&server.settings, &["audit", "verify"]);
    assert!(done, "{said}");
    let page = server.enter().await.get(server.link(&link::audit(scene.enterprise))).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);

    let id = i64::from_be_bytes(scene.enterprise.to_bytes());
    execute(db, "create table audit_kept as select * from audit").await;
    execute(db, "create table head_kept as select * from audit_head").await;
    let next = old + 1;
    let at = |number: i64| format!("(select chain from audit_kept where enterprise_id = {id} and number = {number})");
    let attacks = [
        (format!("delete from audit where enterprise_id = {id} and number = {next}"), Break::Missing(next)),
        (format!("delete from audit where enterprise_id = {id} and number = {last}"), Break::Head(last - 1)),
        (format!("update audit_head set begin_number = {next} where enterprise_id = {id}"), Break::Begin),
        (format!("update audit_head set begin_number = {next}, begin_chain = {} where enterprise_id = {id}", at(next)), Break::Begin),
        (
            format!("update audit_head set begin_number = {last}, begin_chain = chain, begin_seal = seal where enterprise_id = {id}"),
            Break::Begin,
        ),
        (format!("update audit_head set begin_number = 0 where enterprise_id = {id}"), Break::Begin),
        (
            format!("update audit_head set begin_number = 0, begin_chain = null, begin_seal = null where enterprise_id = {id}"),
            Break::Missing(1),
        ),
        (
            format!(
                "update audit_head set begin_seal = (select begin_seal from head_kept where enterprise_id = 0) where enterprise_id = {id}"
            ),
            Break::Begin,
        ),
    ];
    for (sql, found) in attacks {
        assert!(execute(db, &sql).await > 0, "{sql}");
        assert_eq!(scene.verdict(scene.enterprise).await, Verdict::Broken(found), "{sql}");
        for (table, kept) in [("audit", "audit_kept"), ("audit_head", "head_kept")] {
            execute(db, &format!("delete from {table}")).await;
            execute(db, &format!("insert into {table} select * from {kept}")).await;
        }
        assert!(matches!(scene.verdict(scene.enterprise).await, Verdict::Whole { .. }), "put back");
    }
    // And when every one of them is old, none is left, and nothing is missing.
    state.clock.advance_secs(1_100 * DAY);
    assert!(purge().await.entries > 0);
    assert!(matches!(scene.verdict(scene.enterprise).await, Verdict::Whole { .. }));
    scene.server.stop().await;
}
