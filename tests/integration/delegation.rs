//! Managers: who asks, who grants, what they see, and every way in which nobody sees more.

use std::collections::HashMap;

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{
        caller::Tenant,
        model::{Ceremony, Enrolment, Intent, Person, TICKET},
        representative::{self, LINKS_A_DAY},
    },
    audit::verify::{self, Verdict},
    delegation::model::{Permission, Permissions, Terms},
    enterprise::model::{EnterpriseLine, OwnEnterprises},
    id::EnterpriseId,
    link, random, wire,
};
use uuid::Uuid;

use crate::{
    issuer::{FACE, Issuer},
    matrix::session,
    retention::purge,
    support::{Asked, Backend, TestServer, asking, column, execute, person},
    trust::{Attacks, Family, passkeys::Authenticator},
};

const DAY: i64 = 24 * 60 * 60;

/// A server on invented people: whoever represents is asked for no passkey, and everything else is as ever.
struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    representative: Uuid,
    /// The representative's.
    client: Client,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(1)).await;
        let client = server.enter().await;
        Self { server, enterprise, representative, client }
    }

    async fn ask(&self, person: &Person) -> Asked {
        self.server.ask_to_manage(self.enterprise, self.representative, person).await
    }

    /// Verified for these terms, the representative sends those.
    async fn grant_as(&self, client: &Client, verified_for: &Terms, sent: &str, request: Uuid) -> (StatusCode, String) {
        let ticket = ticket(&self.server, client, verified_for).await;
        self.grant_with(client, &ticket, sent, request).await
    }

    async fn grant_with(&self, client: &Client, ticket: &str, sent: &str, request: Uuid) -> (StatusCode, String) {
        let (enterprise, request) = (self.enterprise.to_string(), request.simple().to_string());
        let form = [("enterprise", &*enterprise), ("request", &request), ("query", sent), (TICKET, ticket), ("credential", "")];
        call(&self.server, client, "grant-manager", &form).await
    }

    async fn grant(&self, request: Uuid, permissions: &[Permission], days: u16) -> Uuid {
        let terms = self.terms(request, permissions, days);
        let answer = self.grant_as(&self.client, &terms, &terms.query(), request).await;
        assert!(answer.0.is_success(), "{answer:?}");
        self.grants().await[0].1
    }

    fn terms(&self, request: Uuid, permissions: &[Permission], days: u16) -> Terms {
        let statistics = Permissions::default().with(Permission::Statistics);
        let permissions = permissions.iter().fold(statistics, |all, one| all.with(*one));
        Terms { enterprise: self.enterprise, request, permissions, departments: Vec::new(), days }
    }

    /// Grants that nobody has ended, the newest first, with their managers.
    async fn grants(&self) -> Vec<(Uuid, Uuid)> {
        let ids =
            column::<Uuid>(&self.server.state.db, "select id from manager_grant where ended_at is null order by created_at desc, id").await;
        let viewers = column::<Uuid>(
            &self.server.state.db,
            "select viewer_id from manager_grant where ended_at is null order by created_at desc, id",
        )
        .await;
        ids.into_iter().zip(viewers).collect()
    }

    async fn visit(&self, cookie: &str, path: &str) -> (u16, String) {
        let answer = self.server.client().get(self.server.link(path)).header("cookie", cookie).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    fn path(&self, more: &str) -> String {
        format!("/e/{}{more}", self.enterprise)
    }

    async fn end(&self, endpoint: &str, what: &str, id: Uuid) -> StatusCode {
        let form = [("enterprise", self.enterprise.to_string()), (what, id.simple().to_string())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
        call(&self.server, &self.client, endpoint, &form).await.0
    }
}

async fn call(server: &TestServer, client: &Client, endpoint: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
    let request = client.post(server.link(&format!("/api/{endpoint}"))).header("accept", "application/json").form(form);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn ticket(server: &TestServer, client: &Client, terms: &Terms) -> String {
    let intent = Intent::GrantManager(terms.to_string()).to_string();
    let (status, text) = call(server, client, "step-up", &[("intent", &intent)]).await;
    assert!(status.is_success(), "{text}");
    wire::open::<Ceremony>(&text).unwrap().ticket
}

fn location(answer: &Response) -> String {
    answer.headers().get(header::LOCATION).map(|path| path.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_manager_asks_is_granted_sees_that_and_no_more_and_nothing_once_it_is_taken_back(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let asked = scene.ask(&person(2)).await;
    // Nothing of them lies open, they have no account, and the representative is told.
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from viewer").await, [1]);
    for content in column::<Vec<u8>>(&scene.server.state.db, "select content from manager_request").await {
        let text = String::from_utf8_lossy(&content).into_owned();
        assert!(!text.contains(&person(2).name) && !text.contains(person(2).document.number()) && !text.contains("人事"));
    }
    let page = scene.client.get(scene.server.link(&scene.path(""))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("1 条未读") && page.contains(&scene.path("/managers")), "{page}");
    let page = scene.client.get(scene.server.link("/messages")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("申请成为") && page.contains("未读"), "{page}");
    let name = page.split("name=\"read\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let read = scene.client.post(scene.server.link("/messages")).form(&[("read", &name)]).send().await.unwrap();
    assert_eq!(location(&read), scene.path("/managers"));
    let page = scene.client.get(scene.server.link("/messages")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("申请成为") && !page.contains("未读"), "it was read");
    let page = scene.client.get(scene.server.link(&scene.path("/managers"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains(&person(2).name) && page.contains("人事"));
    assert!(!page.contains(person(2).document.number()) && !page.contains(person(2).phone.unwrap().national()), "masked");

    let manager = scene.grant(asked.request, &[Permission::People], 30).await;
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_request").await, [0], "it is decided on");
    let cookie = session(&scene.server, manager).await;
    let managers = async || scene.client.get(scene.server.link(&scene.path("/managers"))).send().await.unwrap().text().await.unwrap();
    scene.visit(&cookie, "/e").await;
    assert!(managers().await.contains("还没有用过"), "a session is no use of this grant");
    let (status, page) = scene.visit(&cookie, &scene.path("")).await;
    assert_eq!(status, 200);
    assert!(page.contains(&scene.path("/people")), "{page}");
    let list = managers().await;
    assert!(list.contains("最近使用 2") && !list.contains("还没有用过"), "{list}");
    for hidden in ["/invite", "/managers", "/audit"] {
        assert!(!page.contains(&scene.path(hidden)), "{hidden} is offered");
        assert_eq!(scene.visit(&cookie, &scene.path(hidden)).await.0, 404, "{hidden}");
    }
    let (employee, _) = scene.server.employee(scene.enterprise, &person(9)).await;
    crate::support::declare(&scene.server.state, scene.enterprise, employee, "虚构路一号").await;
    assert_eq!(scene.visit(&cookie, &scene.path(&format!("/people/{employee}"))).await.0, 200);
    let (_, list) = scene.visit(&cookie, "/e").await;
    assert!(list.contains("第1号虚构工厂") && list.contains("管理员"), "{list}");
    let answer = scene.server.client().get(scene.server.link("/")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(location(&answer), scene.path(""), "the only enterprise");
    // The log says who looked, and that it was a manager.
    let audit = scene.client.get(scene.server.link(&scene.path("/audit"))).send().await.unwrap().text().await.unwrap();
    for words in ["授权管理员", "生成管理员申请链接", "有人申请成为管理员", "查看员工详情", &person(2).name] {
        assert!(audit.contains(words), "{words}: {audit}");
    }
    assert_eq!(column::<String>(&scene.server.state.db, "select actor from audit where action = 'view-details'").await, ["manager"]);

    let (grant, _) = scene.grants().await[0];
    assert!(scene.end("revoke-manager", "grant", grant).await.is_success());
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 404, "with the very next request");
    let (status, page) = scene.visit(&cookie, "/e").await;
    assert!(status == 200 && page.contains("授权到期或收回后不再显示") && !page.contains("第1号虚构工厂"));
    assert!(scene.visit(&cookie, "/messages").await.1.contains("已被收回"));
    assert_eq!(scene.end("revoke-manager", "grant", grant).await, 404, "once");
    let state = &scene.server.state;
    let keys = state.vault.keys(&state.db, scene.enterprise).await.unwrap();
    let verdict = verify::verify(&state.db, Tenant::of_operator(scene.enterprise), &keys).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_may_see_figures_only_reaches_nobody_through_them(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (employee, _) = scene.server.employee(scene.enterprise, &person(9)).await;
    crate::support::declare(&scene.server.state, scene.enterprise, employee, "虚构路一号").await;
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[], 7).await;
    let cookie = session(&scene.server, manager).await;
    let (status, page) = scene.visit(&cookie, &scene.path("")).await;
    assert!(status == 200 && page.contains("1人"), "{page}");
    assert!(!page.contains("/people"), "a figure leads to people");
    let name = link::encode(&person(9).name);
    let found = scene.visit(&cookie, &scene.path(&format!("?q={name}"))).await;
    let absent = scene.visit(&cookie, &scene.path("?q=%E6%9F%90")).await;
    assert_eq!((found.0, absent.0), (404, 404), "figures about one name");
    for more in ["/people", &format!("/people/{employee}"), "/invite", "/invite/qr.png", "/invite/poster.png"] {
        assert_eq!(scene.visit(&cookie, &scene.path(more)).await.0, 404, "{more}");
    }
    let representative = scene.client.get(scene.server.link(&scene.path(&format!("?q={name}")))).send().await.unwrap();
    assert_eq!(representative.status(), 200);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_manager_who_may_invite_shares_the_code_and_does_not_replace_it(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[Permission::Invite], 7).await;
    let cookie = session(&scene.server, manager).await;
    let (status, page) = scene.visit(&cookie, &scene.path("/invite")).await;
    assert!(status == 200 && page.contains("/i/") && !page.contains("更换申报码"), "{page}");
    let form = [("enterprise", scene.enterprise.to_string()), ("grace", "24h".to_owned()), ("confirmed", "true".to_owned())];
    let request = scene.server.client().post(scene.server.link("/api/replace-invitation")).header("cookie", &cookie);
    assert_eq!(request.header("accept", "application/json").form(&form).send().await.unwrap().status(), 404);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from invitation").await, [1]);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_grant_is_over_by_the_clock_and_with_whoever_gave_it(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (state, tenant) = (&scene.server.state, Tenant::of_operator(scene.enterprise));
    let first = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 7).await;
    state.clock.advance_secs(7 * DAY - 60);
    assert_eq!(scene.visit(&session(&scene.server, first).await, &scene.path("")).await.0, 200);
    state.clock.advance_secs(61);
    let cookie = session(&scene.server, first).await;
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 404, "over");
    purge(&scene.server).await;
    assert!(scene.visit(&cookie, "/messages").await.1.contains("已到期"));

    // The representative changes. What they granted goes in the same transaction, and does not come back with them.
    let client = scene.server.enter().await;
    let scene = Scene { client, ..scene };
    let (state, second) = (&scene.server.state, scene.grant(scene.ask(&person(3)).await.request, &[Permission::People], 180).await);
    let cookie = session(&scene.server, second).await;
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 200);
    state.clock.advance_secs(1);
    representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, scene.representative).await.unwrap();
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 404);
    scene.server.appoint(scene.enterprise, &person(1)).await;
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 404, "not again");
    let ended = column::<String>(&state.db, "select ending from manager_grant order by created_at").await;
    assert_eq!(ended, ["expired", "dismissed"]);
    assert_eq!(column::<i64>(&state.db, "select count(*) from audit where action = 'revoke-manager' and actor = 'operator'").await, [1]);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_grant_is_exactly_what_the_representative_verified_themselves_for(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let mut attacks = Attacks::of(Family::StepUp);
    let (one, other) = (scene.ask(&person(2)).await.request, scene.ask(&person(3)).await.request);
    let terms = scene.terms(one, &[], 7);
    for (sent, request, why) in [
        ("people=yes&days=7", one, "more rights"),
        ("days=180", one, "longer"),
        ("invite=yes&days=7", one, "other rights"),
        ("export=yes&days=7", one, "files"),
        ("days=7", other, "somebody else"),
        ("days=36500", one, "for ever"),
        ("days=7&reach=some&department=1", one, "a department that is not there"),
        ("", one, "nothing"),
    ] {
        let (status, _) = scene.grant_as(&scene.client, &terms, sent, request).await;
        attacks.tried(status.is_success() || !scene.grants().await.is_empty(), why);
    }
    // What can only be the representative's is not lent, whatever is sent.
    let (status, _) = scene.grant_as(&scene.client, &terms, "days=7&managers=yes&audit=yes&requests=yes", one).await;
    assert!(status.is_success());
    assert_eq!(column::<String>(&scene.server.state.db, "select permissions from manager_grant").await, ["statistics"]);
    let used = ticket(&scene.server, &scene.client, &scene.terms(other, &[], 7)).await;
    assert!(scene.grant_with(&scene.client, &used, "days=7", other).await.0.is_success());
    let third = scene.ask(&person(4)).await.request;
    for (ticket, why) in [(&*used, "used"), ("", "none"), (&*shenbao::account::token::Token::new().text(), "made up")] {
        attacks.tried(scene.grant_with(&scene.client, ticket, "days=7", third).await.0.is_success(), why);
    }
    let late = ticket(&scene.server, &scene.client, &scene.terms(third, &[], 7)).await;
    scene.server.state.clock.advance_secs(301);
    attacks.tried(scene.grant_with(&scene.client, &late, "days=7", third).await.0.is_success(), "late");

    // A manager grants nothing: neither to others nor to themselves; nor does another enterprise's representative.
    let lend = async |number| {
        let viewer = scene.server.viewer(&person(number)).await;
        scene.server.lend(scene.enterprise, scene.representative, viewer, "statistics people invite", DAY, None).await;
        session(&scene.server, viewer).await
    };
    let (elsewhere, _) = scene.server.enterprise(2).await;
    let stranger = session(&scene.server, scene.server.appoint(elsewhere, &person(6)).await).await;
    for (cookie, who) in [(lend(5).await, "a manager"), (stranger, "a stranger")] {
        let client = browser_with(&cookie);
        let answer = scene.grant_as(&client, &scene.terms(third, &[Permission::People], 180), "people=yes&days=180", third).await;
        attacks.tried(answer.0 != 404, format!("{who}: {answer:?}"));
        let foreign = Terms { enterprise: elsewhere, ..scene.terms(third, &[], 7) };
        let ticket = ticket(&scene.server, &client, &foreign).await;
        let (elsewhere, request) = (elsewhere.to_string(), third.simple().to_string());
        let form = [("enterprise", &*elsewhere), ("request", &request), ("query", "days=7"), (TICKET, &ticket), ("credential", "")];
        attacks.tried(call(&scene.server, &client, "grant-manager", &form).await.0 != 404, format!("{who}: a request of others"));
    }
    attacks.done();
    assert_eq!(scene.grants().await.len(), 3);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_representative_vouches_for_people_before_their_own_enterprise_only(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (elsewhere, _) = scene.server.enterprise(2).await;
    let victim = scene.server.appoint(elsewhere, &person(2)).await;
    // Whoever knows a representative's number asks under it, and the accomplice grants.
    let account = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert_ne!(account, victim);
    let cookie = session(&scene.server, account).await;
    assert_eq!(scene.visit(&cookie, &format!("/e/{elsewhere}")).await.0, 404);
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 200);
    // The link makes a key to this account and no other.
    let (grant, _) = scene.grants().await[0];
    let managers = scene.server.link(&scene.path("/managers"));
    let page = scene.client.post(&managers).form(&[("grant", grant.simple().to_string())]).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let token = &page.split("/enrol#").nth(1).expect("a link")[..43];
    let whose = column::<Uuid>(&scene.server.state.db, "select viewer_id from enrolment").await;
    assert_eq!(whose, [account]);
    let document = person(2).document;
    let form = [("link", token), ("last_six", document.last_six())];
    let (status, text) = call(&scene.server, &scene.server.client(), "enrolment-start", &form).await;
    assert!(status.is_success() && matches!(wire::open::<Enrolment>(&text), Ok(Enrolment::Started(_))), "{text}");
    let again = scene.client.get(&managers).send().await.unwrap().text().await.unwrap();
    assert!(!again.contains("/enrol#"), "it is shown once");
    // A newer link ends the one that was not used.
    let page = scene.client.post(&managers).form(&[("grant", grant.simple().to_string())]).send().await.unwrap().text().await.unwrap();
    let newer = &page.split("/enrol#").nth(1).expect("a link")[..43];
    for (token, works) in [(token, false), (newer, true)] {
        let form = [("link", token), ("last_six", document.last_six())];
        let (_, text) = call(&scene.server, &scene.server.client(), "enrolment-start", &form).await;
        assert_eq!(matches!(wire::open::<Enrolment>(&text), Ok(Enrolment::Started(_))), works, "{text}");
    }
    // The same document in the same enterprise is the same account, and what it was granted before ends.
    assert_eq!(scene.grant(scene.ask(&person(2)).await.request, &[], 7).await, account);
    assert_eq!(scene.grants().await.len(), 1);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from audit where action = 'revoke-manager'").await, [1]);
    assert_eq!(scene.visit(&cookie, &scene.path("/people")).await.0, 404, "the newer grant has less");
    // With another name it is somebody else's mistake, and nothing changes.
    let request = scene.ask(&Person { name: "另一人".to_owned(), ..person(2) }).await.request;
    let answer = scene.grant_as(&scene.client, &scene.terms(request, &[], 7), "days=7", request).await;
    assert_eq!(answer, (StatusCode::FORBIDDEN, "\"name-differs\"".to_owned()));
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_request").await, [1], "it still waits");
    assert!(scene.end("decline-manager", "request", request).await.is_success());
    assert_eq!(scene.end("decline-manager", "request", request).await, 404);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_invitation_answers_everyone_alike_keeps_what_was_typed_and_ends(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let asked = scene.ask(&person(2)).await;
    let path = scene.server.link(&link::join(scene.enterprise, &asked.token));
    let post = async |form: &HashMap<&'static str, String>| scene.server.client().post(&path).form(form).send().await.unwrap();
    // Known or not, twice or once: the same answer.
    let form = asking(&person(1));
    for form in [&form, &form, &asking(&person(3))] {
        let answer = post(form).await;
        assert_eq!(
            (answer.status(), location(&answer)),
            (StatusCode::SEE_OTHER, format!("{}?sent=1", link::join(scene.enterprise, &asked.token)))
        );
        assert!(answer.headers().get(header::SET_COOKIE).is_none());
    }
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_request").await, [3], "one was sent twice");
    let sent = scene.server.client().get(format!("{path}?sent=1")).send().await.unwrap().text().await.unwrap();
    assert!(sent.contains("申请已提交"));
    let mut wrong = asking(&person(4));
    wrong.insert("number", "99999919900101001".to_owned());
    wrong.insert("reason", " ".to_owned());
    let answer = post(&wrong).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    for words in ["99999919900101001", "请输入 18 位的身份证号码", "请填写您的岗位", &person(4).name] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Without the consent nothing is kept, nothing typed is lost, and the box alone is asked for.
    for unticked in [None, Some("no")] {
        let mut form = asking(&person(4));
        form.remove("consent");
        form.extend(unticked.map(|value| ("consent", value.to_owned())));
        let answer = post(&form).await;
        assert_eq!(answer.status(), 422);
        let page = answer.text().await.unwrap();
        for words in ["href=\"#consent\"", "请勾选同意使用您填写的信息", &person(4).name, person(4).document.number(), "人事"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("href=\"#reason\"") && !page.contains("href=\"#name\""), "{page}");
    }
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_request").await, [3]);
    assert!(scene.server.client().get(&path).send().await.unwrap().text().await.unwrap().contains("name=\"consent\""));
    // Taken back while somebody typed.
    assert!(scene.end("end-manager-invitation", "invitation", asked.invitation).await.is_success());
    let answer = post(&asking(&person(4))).await;
    assert_eq!(answer.status(), 410);
    assert!(answer.text().await.unwrap().contains(&person(4).name), "what was typed is kept");
    assert_eq!(scene.server.client().get(&path).send().await.unwrap().status(), 410);
    // Another enterprise's address with this token; a day later; more than anyone needs.
    let (elsewhere, _) = scene.server.enterprise(2).await;
    let next = scene.ask(&person(5)).await;
    let foreign = scene.server.link(&link::join(elsewhere, &next.token));
    assert_eq!(scene.server.client().get(foreign).send().await.unwrap().status(), 410);
    let path = scene.server.link(&link::join(scene.enterprise, &next.token));
    let mut refused = 0;
    for number in 0..25 {
        refused +=
            usize::from(scene.server.client().post(&path).form(&asking(&person(100 + number))).send().await.unwrap().status() == 429);
    }
    assert!(refused >= 5, "{refused}");
    // So many links and no more.
    let managers = scene.server.link(&scene.path("/managers"));
    let mut refused = Vec::new();
    for _ in 0..22 {
        let answer = scene.client.post(&managers).form(&[("hours", "24")]).send().await.unwrap();
        if answer.status() != 200 {
            refused.push((answer.status().as_u16(), answer.text().await.unwrap().contains("最多")));
        }
    }
    assert_eq!(refused, [(422, true); 3], "one worked before");
    let open = column::<i64>(&scene.server.state.db, "select count(*) from manager_invitation where ended_at is null").await;
    assert_eq!(open, [20]);
    scene.server.state.clock.advance_secs(DAY);
    assert_eq!(scene.server.client().get(&path).send().await.unwrap().status(), 410);
    scene.server.stop().await;
}

/// A link that was passed on to strangers leaves room for those of others.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn no_link_takes_all_the_places_of_those_who_wait(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let other = scene.ask(&person(5)).await;
    scene.server.state.clock.advance_secs(1);
    let asked = scene.ask(&person(2)).await;
    let send = async |token: &str, number: u32| {
        let path = scene.server.link(&link::join(scene.enterprise, token));
        scene.server.client().post(path).form(&asking(&person(number))).send().await.unwrap().status().as_u16()
    };
    // The same request 18 times more, as a day of patience would leave them.
    for number in 10..28 {
        let id = if backend == Backend::Sqlite {
            format!("x'{number:032x}'")
        } else {
            format!("'00000000-0000-0000-0000-0000000000{number:02}'")
        };
        let more = format!(
            "insert into manager_request (enterprise_id, id, content, level, invited_at, created_at)
             select enterprise_id, {id}, content, level, invited_at, created_at from manager_request where enterprise_id = {}
             order by created_at desc limit 1",
            i64::from_be_bytes(scene.enterprise.to_bytes())
        );
        execute(&scene.server.state.db, &more).await;
    }
    assert_eq!([send(&asked.token, 3).await, send(&asked.token, 4).await], [303, 429]);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_request").await, [21]);
    assert_eq!(send(&other.token, 6).await, 303);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn only_what_was_said_to_be_read_is_read(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let db = &scene.server.state.db;
    let id = if matches!(backend, Backend::Sqlite) { "randomblob(16)" } else { "gen_random_uuid()" };
    for at in 1..=103 {
        let tell = format!(
            "insert into message (enterprise_id, viewer_id, id, kind, created_at)
             select enterprise_id, representative_id, {id}, 'manager-expired', {at} from enterprise_representative"
        );
        assert_eq!(crate::support::execute(db, &tell).await, 1);
    }
    let unread = async || column::<i64>(db, "select count(*) from message where read_at is null").await[0];
    let page = scene.client.get(scene.server.link("/messages")).send().await.unwrap().text().await.unwrap();
    assert_eq!(unread().await, 103, "to be shown is not to be read");
    let name = page.split("name=\"read\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (read, left) in [(&*name, 102), (&*name, 102), ("all", 0)] {
        let answer = scene.client.post(scene.server.link("/messages")).form(&[("read", read)]).send().await.unwrap();
        assert_eq!((&*location(&answer), unread().await), ("/messages", left), "{read}");
    }
    scene.server.stop().await;
}

/// A browser that sends this cookie whatever it is told.
fn browser_with(cookie: &str) -> Client {
    let headers = [(header::COOKIE, cookie.parse().unwrap()), ("sec-fetch-site".parse().unwrap(), "same-origin".parse().unwrap())];
    Client::builder().default_headers(headers.into_iter().collect()).no_proxy().build().unwrap()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn of_two_grants_to_the_same_person_at_once_one_is_in_force(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let second = scene.server.appoint(scene.enterprise, &person(7)).await;
    let other = browser_with(&session(&scene.server, second).await);
    for _ in 0..3 {
        let (one, two) = (scene.ask(&person(2)).await.request, scene.ask(&person(2)).await.request);
        let other = browser_with(&session(&scene.server, second).await);
        let (one_terms, two_terms) = (scene.terms(one, &[], 7), scene.terms(two, &[], 30));
        let first = scene.grant_as(&scene.client, &one_terms, "days=7", one);
        let (first, second) = tokio::join!(first, scene.grant_as(&other, &two_terms, "days=30", two));
        assert!(first.0.is_success() && second.0.is_success(), "{first:?} {second:?}");
        assert_eq!(scene.grants().await.len(), 1);
    }
    // Whoever is dismissed between two clicks grants nothing, and what they granted is shown to nobody as in force.
    let request = scene.ask(&person(3)).await.request;
    let terms = scene.terms(request, &[], 7);
    let ticket = ticket(&scene.server, &other, &terms).await;
    let (state, tenant) = (&scene.server.state, Tenant::of_operator(scene.enterprise));
    representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, second).await.unwrap();
    assert_eq!(scene.grant_with(&other, &ticket, "days=7", request).await.0, 404);
    let left = scene.server.viewer(&person(8)).await;
    scene.server.lend(scene.enterprise, second, left, "statistics", DAY, None).await;
    let page = scene.client.get(scene.server.link(&scene.path("/managers"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("法定代表人已变更") && page.matches("收回授权").count() <= 1, "{page}");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_was_authorised_anew_is_not_told_that_it_is_over(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[], 7).await;
    scene.server.state.clock.advance_secs(7 * DAY);
    let client = scene.server.enter().await;
    let scene = Scene { client, ..scene };
    assert_eq!(scene.grant(scene.ask(&person(2)).await.request, &[], 7).await, manager);
    purge(&scene.server).await;
    let told = "select count(*) from message where kind = 'manager-expired'";
    assert_eq!(column::<i64>(&scene.server.state.db, told).await, [0]);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from manager_grant where ending = 'expired'").await, [1]);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_managers_left_behind_goes_in_its_time(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let state = &scene.server.state;
    let rows = async || {
        let mut counted = Vec::new();
        for table in ["manager_invitation", "manager_request", "manager_grant", "message", "viewer"] {
            counted.push(column::<i64>(&state.db, &format!("select count(*) from {table}")).await[0]);
        }
        counted
    };
    let purge = async || purge(&scene.server).await;
    scene.grant(scene.ask(&person(2)).await.request, &[], 7).await;
    scene.ask(&person(3)).await;
    assert_eq!(rows().await, [2, 1, 1, 2, 2]);
    state.clock.advance_secs(9 * DAY);
    purge().await;
    assert_eq!(rows().await, [0, 1, 1, 3, 2], "invitations; the manager was told that it is over");
    state.clock.advance_secs(22 * DAY);
    purge().await;
    assert_eq!(rows().await, [0, 0, 1, 3, 2], "what was asked");
    state.clock.advance_secs(70 * DAY);
    purge().await;
    assert_eq!(rows().await, [0, 0, 1, 0, 2], "messages");
    state.clock.advance_secs(90 * DAY);
    let purges = async || column::<i64>(&state.db, "select count(*) from audit where action = 'purge' and enterprise_id <> 0").await[0];
    let before = purges().await;
    assert_eq!(purge().await.managers, 2);
    assert_eq!(purges().await, before + 1, "written down once");
    assert_eq!(column::<i64>(&state.db, "select count(*) from audit where action = 'expire-manager' and actor = 'server'").await, [1]);
    assert_eq!(rows().await, [0, 0, 0, 0, 1], "the grant, and the account that had nothing else");

    // An account that is its person's own, by which they signed in, goes too once nothing is left of it; a representative's stays.
    let own = scene.server.viewer(&person(4)).await;
    scene.server.lend(scene.enterprise, scene.representative, own, "statistics", DAY, None).await;
    session(&scene.server, own).await;
    state.clock.advance_secs(179 * DAY);
    purge().await;
    state.clock.advance_secs(3 * DAY);
    purge().await;
    assert_eq!(rows().await[4], 2, "what they were allowed ended yesterday half a year ago");
    state.clock.advance_secs(180 * DAY);
    purge().await;
    assert_eq!(column::<Uuid>(&state.db, "select id from viewer").await, [scene.representative]);
    assert_eq!(column::<i64>(&state.db, "select count(*) from audit where enterprise_id = 0 and action = 'purge'").await, [1]);
    scene.server.stop().await;
}

// ---- by an identity provider ---------------------------------------------------------------

/// Back from the provider, for what was begun by this path.
async fn verify(server: &TestServer, client: &Client, path: &str) -> String {
    let to = location(&client.get(server.link(path)).send().await.unwrap());
    let back = location(&client.get(to).send().await.unwrap());
    location(&client.get(back).send().await.unwrap())
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_representative_without_a_passkey_verifies_by_face_and_so_does_who_asks(#[case] backend: Backend) {
    let issuer = Issuer::start().await;
    let server = TestServer::start_with_providers(backend, &issuer.toml()).await;
    issuer.play().clock = server.state.clock.clone();
    let (enterprise, _) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(1)).await;
    // Who asks is verified, and says only what they do.
    let asked = server.ask_to_manage(enterprise, representative, &person(3)).await;
    issuer.expect("subject-2", &person(2));
    let (client, join) = (server.client(), link::join(enterprise, &asked.token));
    assert_eq!(verify(&server, &client, &link::join_by("face", &join)).await, join);
    assert!(client.get(server.link(&join)).send().await.unwrap().text().await.unwrap().contains(&person(2).name));
    let answer = client.post(server.link(&join)).form(&[("verified", "yes"), ("reason", "行政"), ("consent", "yes")]).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let again = client.get(server.link(&join)).send().await.unwrap().text().await.unwrap();
    assert!(!again.contains(&person(2).name), "the verification served");
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from flow").await, [0]);
    let request = column::<Uuid>(&server.state.db, "select id from manager_request where level = 'face'").await[0];

    issuer.expect("subject-1", &person(1));
    let [one, second] = [server.client(), server.client()];
    for client in [&one, &second] {
        assert_eq!(verify(&server, client, &link::sign_in_by("face", "")).await, format!("/e/{enterprise}"));
    }
    let permissions = Permissions::default().with(Permission::Statistics);
    let terms = Terms { enterprise, request, permissions, departments: Vec::new(), days: 30 };
    let intent = Intent::GrantManager(terms.to_string()).to_string();
    let next = format!("{}?{}", link::manager(enterprise, request), terms.query());
    let start = link::step_up_by("face", &intent, &next);
    let page = one.get(server.link(&next)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("用粤信签刷脸并授权"), "{page}");
    let grant = async |client: &Client, ticket: &str, query: &str| {
        let (enterprise, request) = (enterprise.to_string(), request.simple().to_string());
        let form = [("enterprise", &*enterprise), ("request", &request), ("query", query), (TICKET, ticket), ("credential", "")];
        call(&server, client, "grant-manager", &form).await.0
    };
    let ticket_of = |path: &str| path.split(&format!("{TICKET}=")).nth(1).map(str::to_owned);

    let mut attacks = Attacks::of(Family::StepUp);
    // Somebody else's face, the same document by another account, an old verification, a weak one.
    for (subject, who, why) in [("subject-2", person(2), "another person"), ("subject-9", person(1), "another account")] {
        issuer.expect(subject, &who);
        attacks.tried(ticket_of(&verify(&server, &one, &start).await).is_some(), why);
    }
    issuer.expect("subject-1", &person(1));
    issuer.lie(|claims| drop(claims.insert("auth_time".to_owned(), 1_000_000_000.into())));
    attacks.tried(ticket_of(&verify(&server, &one, &start).await).is_some(), "an old verification");
    issuer.lie(|claims| drop(claims.insert("acr".to_owned(), format!("{FACE}-not").into())));
    attacks.tried(ticket_of(&verify(&server, &one, &start).await).is_some(), "a weak verification");
    issuer.tell_the_truth();
    // Begun in one session and ended in the next of the same browser.
    let to = location(&one.get(server.link(&start)).send().await.unwrap());
    let back = location(&one.get(to).send().await.unwrap());
    let cookies = one.get(server.link("/e")).send().await.unwrap();
    assert_eq!(cookies.status(), 200);
    assert!(one.post(server.link("/api/sign-out")).send().await.unwrap().status().is_success());
    attacks.tried(ticket_of(&location(&one.get(back).send().await.unwrap())).is_some(), "signed out meanwhile");
    verify(&server, &one, &link::sign_in_by("face", "")).await;
    // The ticket in another session of the same person, for other terms, twice.
    let fresh = async || ticket_of(&verify(&server, &one, &start).await).expect("it was they");
    attacks.tried(grant(&second, &fresh().await, "days=30").await.is_success(), "another session");
    attacks.tried(grant(&one, &fresh().await, "days=180").await.is_success(), "other terms");
    attacks.tried(
        server.client().get(server.link(&start)).send().await.map(|answer| location(&answer)).unwrap().starts_with("http"),
        "nobody",
    );
    let used = fresh().await;
    assert!(grant(&one, &used, "days=30").await.is_success());
    attacks.tried(grant(&one, &used, "days=30").await.is_success(), "once more");
    attacks.done();

    // The manager signs in by face, and needs no link.
    issuer.expect("subject-2", &person(2));
    assert_eq!(verify(&server, &client, &link::sign_in_by("face", "")).await, format!("/e/{enterprise}"));
    let grants = column::<Uuid>(&server.state.db, "select id from manager_grant").await;
    let form = [("grant", grants[0].simple().to_string())];
    let answer = one.post(server.link(&link::managers(enterprise))).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 404, "no link to somebody's own account");
    // And whoever has no passkey adds one, verified for that.
    issuer.expect("subject-1", &person(1));
    let start = link::step_up_by("face", &Intent::AddPasskey.to_string(), link::ACCOUNT);
    let page = one.get(server.link(link::ACCOUNT)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("用粤信签刷脸后添加"), "{page}");
    let ticket = ticket_of(&verify(&server, &one, &start).await).unwrap();
    let (status, _) = call(&server, &one, "passkey-start", &[(TICKET, &ticket), ("credential", "")]).await;
    assert!(status.is_success());
    issuer.stop();
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn somebody_who_represents_one_enterprise_and_manages_another_has_both(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (elsewhere, _) = scene.server.enterprise(2).await;
    let both = scene.server.appoint(elsewhere, &person(2)).await;
    scene.server.lend(scene.enterprise, scene.representative, both, "statistics", DAY, None).await;
    let cookie = session(&scene.server, both).await;
    let request = scene.server.client().post(scene.server.link("/api/enterprises")).header("cookie", &cookie);
    let text = request.header("accept", "application/json").send().await.unwrap().text().await.unwrap();
    let OwnEnterprises { lines, .. } = wire::open(&text).unwrap();
    let mut may: Vec<_> = lines.iter().map(|EnterpriseLine { enterprise, may }| (enterprise.id, may.represent)).collect();
    may.sort_unstable();
    let mut expected = vec![(scene.enterprise, false), (elsewhere, true)];
    expected.sort_unstable();
    assert_eq!(may, expected);
    // A set of rights that nobody wrote is none.
    let damage = format!("update manager_grant set permissions = '{}'", random::uuid());
    crate::support::execute(&scene.server.state.db, &damage).await;
    assert_eq!(scene.visit(&cookie, &scene.path("")).await.0, 500);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_representative_makes_a_link_for_a_first_passkey_only_and_few_a_day(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (server, document) = (&scene.server, person(2).document);
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    let form = [("grant", scene.grants().await[0].0.simple().to_string())];
    let link = async |client: &Client| {
        let answer = client.post(server.link(&scene.path("/managers"))).form(&form).send().await.unwrap();
        let (status, page) = (answer.status().as_u16(), answer.text().await.unwrap());
        (status, page.split("/enrol#").nth(1).map(|rest| rest[..43].to_owned()), page)
    };
    let audited = async || column::<i64>(&server.state.db, "select count(*) from audit where action = 'link-manager'").await[0];
    let links = async || column::<i64>(&server.state.db, "select count(*) from enrolment").await[0];
    for _ in 0..LINKS_A_DAY {
        let (status, token, _) = link(&scene.client).await;
        assert!(status == 200 && token.is_some());
    }
    server.state.clock.advance_secs(DAY - 600);
    scene.client.post(server.link("/api/demo-enter")).send().await.unwrap();
    let (status, token, page) = link(&scene.client).await;
    assert_eq!((status, token), (429, None));
    assert!(page.contains(&format!("今天给{}生成的登记链接已满", person(2).name)), "{page}");
    assert_eq!((links().await, audited().await), (LINKS_A_DAY, LINKS_A_DAY), "nothing was made, and nothing written down");
    server.state.clock.advance_secs(601);
    let (status, token, _) = link(&scene.client).await;
    assert_eq!(status, 200, "after a day");
    let own = Authenticator::enrolled_by(server, &token.unwrap(), document.last_six()).await;
    assert!(own.sign_in_to(server, "").await.is_some());

    // From now on only they themselves add one.
    let mut attacks = Attacks::of(Family::Passkey);
    let (status, token, page) = link(&scene.client).await;
    attacks.tried(status != 422 || token.is_some(), "a link for a manager who has a passkey");
    attacks.done();
    assert!(page.contains("已经登记了设备") && !page.contains("name=\"grant\" value=\"\""), "{page}");
    assert_eq!((links().await, audited().await), (LINKS_A_DAY + 1, LINKS_A_DAY + 1));
    let page = scene.client.get(server.link(&scene.path("/managers"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("已登记设备") && !page.contains("生成登记链接"), "it is not offered");
    assert_eq!(column::<Uuid>(&server.state.db, "select viewer_id from passkey").await, [manager]);

    // Who lost the device is given the leave anew, and a link for it.
    assert!(scene.end("revoke-manager", "grant", form[0].1.parse().unwrap()).await.is_success());
    let again = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert_eq!(again, manager);
    let form = [("grant", scene.grants().await[0].0.simple().to_string())];
    let answer = scene.client.post(server.link(&scene.path("/managers"))).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_was_taken_back_leaves_no_way_in_for_when_it_is_given_again(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (server, enterprise) = (&scene.server, scene.enterprise.to_string());
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    let stolen = session(server, manager).await;
    assert_eq!(scene.visit(&stolen, &scene.path("")).await.0, 200);
    let grant = scene.grants().await[0].0.simple().to_string();
    let count = async |table: &str| column::<i64>(&server.state.db, &format!("select count(*) from {table}")).await[0];
    let linked = scene.client.post(server.link(&scene.path("/managers"))).form(&[("grant", &grant)]).send().await.unwrap();
    let token = linked.text().await.unwrap().split("/enrol#").nth(1).expect("a link")[..43].to_owned();
    let is_live = async || call(server, &server.client(), "enrolment-check", &[("link", &token)]).await.0.is_success();
    assert!(is_live().await);
    let form = [("enterprise", &*enterprise), ("grant", &grant)];
    assert!(call(server, &scene.client, "revoke-manager", &form).await.0.is_success());
    assert_eq!(scene.visit(&stolen, &scene.path("")).await.0, 404);
    let mut attacks = Attacks::of(Family::Cookie);
    attacks.tried(is_live().await, "a link from before it was taken back");

    let again = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert_eq!(again, manager, "the same account");
    attacks.tried(scene.visit(&stolen, &scene.path("")).await.0 != 401, "a session from before it was taken back");
    attacks.tried(is_live().await || count("enrolment").await != 0, "that link, once it is given again");
    attacks.done();
    let own = scene.client.get(server.link(&scene.path(""))).send().await.unwrap();
    assert!(own.status().is_success(), "the representative stays signed in");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_new_representative_vouches_for_no_way_in_that_was_made_under_another(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (state, tenant) = (&scene.server.state, Tenant::of_operator(scene.enterprise));
    let manager = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    let link = async || {
        let form = [("grant", scene.grants().await[0].0.simple().to_string())];
        let linked = scene.client.post(scene.server.link(&scene.path("/managers"))).form(&form).send().await.unwrap();
        linked.text().await.unwrap().split("/enrol#").nth(1).expect("a link")[..43].to_owned()
    };
    let own = Authenticator::enrolled_by(&scene.server, &link().await, person(2).document.last_six()).await;
    let stolen = session(&scene.server, manager).await;
    // One more, who has enrolled nothing yet.
    scene.grant(scene.ask(&person(3)).await.request, &[Permission::People], 30).await;
    let waiting = link().await;
    let is_live = async || call(&scene.server, &scene.server.client(), "enrolment-check", &[("link", &waiting)]).await.0.is_success();
    assert!(is_live().await && own.sign_in_to(&scene.server, "").await.is_some());

    state.clock.advance_secs(1);
    assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, scene.representative).await.unwrap());
    let mut attacks = Attacks::of(Family::Passkey);
    attacks.tried(is_live().await, "a link from under who was dismissed");
    scene.server.appoint(scene.enterprise, &person(1)).await;
    let again = scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert_eq!(again, manager, "the same account");
    attacks.tried(own.sign_in_to(&scene.server, "").await.is_some(), "a passkey from under who was dismissed");
    attacks.tried(scene.visit(&stolen, &scene.path("")).await.0 != 401, "a session from under who was dismissed");
    attacks.done();

    // What ended by the clock, and is given again by whoever gave it, is theirs as before.
    let own = Authenticator::enrolled_by(&scene.server, &link().await, person(2).document.last_six()).await;
    state.clock.advance_secs(31 * DAY);
    purge(&scene.server).await;
    let client = scene.server.enter().await;
    let scene = Scene { client, ..scene };
    scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert!(own.sign_in_to(&scene.server, "").await.is_some());
    // Another's word is another's.
    let state = &scene.server.state;
    state.clock.advance_secs(31 * DAY);
    purge(&scene.server).await;
    assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, scene.representative).await.unwrap());
    state.clock.advance_secs(1);
    scene.server.appoint(scene.enterprise, &person(1)).await;
    let client = scene.server.enter().await;
    let scene = Scene { client, ..scene };
    scene.grant(scene.ask(&person(2)).await.request, &[Permission::People], 30).await;
    assert!(own.sign_in_to(&scene.server, "").await.is_none());
    scene.server.stop().await;
}
