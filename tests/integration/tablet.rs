//! A tablet at the gate: who declares there, what they see of what was before, and what is left of them.

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, model::Person, representative},
    declaration::model::MineView,
    id::EnterpriseId,
    link, random,
    statistics::view::StatisticsView,
    tablet::model::{MOST_TABLETS, TabletsView},
    wire,
};

use crate::{
    declaration::{form, receipt_of},
    retention::purge,
    support::{Backend, TestServer, column, counted, execute, person},
};

const DAY: i64 = 24 * 60 * 60;

struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    code: String,
    representative: uuid::Uuid,
    desk: Client,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, code) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        Self { server, enterprise, code, representative, desk }
    }

    async fn post(&self, client: &Client, path: &str, form: &[(&str, &str)]) -> Response {
        client.post(self.server.link(path)).form(form).send().await.unwrap()
    }

    async fn get(&self, client: &Client, path: &str) -> Response {
        client.get(self.server.link(path)).send().await.unwrap()
    }

    async fn page(&self, client: &Client, path: &str) -> String {
        self.get(client, path).await.text().await.unwrap()
    }

    /// A link as the representative makes it: its path.
    async fn link(&self, name: &str) -> String {
        let answer = self.post(&self.desk, &link::tablets(self.enterprise), &[("name", name)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("data:image/png;base64,"), "{page}");
        format!("/tablet/{}", &page.split("/tablet/").nth(1).expect("the link is shown")[..55])
    }

    /// A browser that has become a tablet.
    async fn tablet(&self) -> Client {
        let (link, tablet) = (self.link("东门").await, self.server.client());
        let answer = self.post(&tablet, &link, &[]).await;
        assert_eq!((answer.status(), answer.headers()[header::LOCATION].to_str().unwrap()), (StatusCode::SEE_OTHER, link::TABLET));
        tablet
    }

    async fn sits(&self, tablet: &Client, person: &Person) -> Response {
        self.post(tablet, link::TABLET, &claiming(person, "yes")).await
    }

    /// Somebody says who they are, and declares: the path of the receipt.
    async fn declares(&self, tablet: &Client, person: &Person) -> String {
        let answer = self.sits(tablet, person).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], link::declare(self.enterprise));
        let key = random::uuid().to_string();
        let answer = self.post(tablet, &link::declare(self.enterprise), &form("submit", &key)).await;
        link::receipt(receipt_of(&answer))
    }

    async fn tablets(&self) -> TabletsView {
        let form = [("enterprise", self.enterprise.to_string())];
        let answer = self.desk.post(self.server.link("/api/tablets")).form(&form).send().await.unwrap();
        wire::open(&answer.text().await.unwrap()).unwrap()
    }

    async fn declared(&self) -> u32 {
        let form = [("enterprise", self.enterprise.to_string()), ("query", String::new())];
        let answer = self.desk.post(self.server.link("/api/statistics")).form(&form).send().await.unwrap();
        let view: StatisticsView = wire::open(&answer.text().await.unwrap()).unwrap();
        view.figures.unwrap().declared.count
    }
}

fn claiming<'a>(person: &'a Person, consent: &'a str) -> Vec<(&'a str, &'a str)> {
    let phone = person.phone.as_ref().unwrap().national();
    vec![
        ("name", &person.name),
        ("kind", "resident-id"),
        ("number", person.document.number()),
        ("phone", phone),
        ("notice", consent),
        ("health", consent),
    ]
}

fn with_temperature<'a>(key: &'a str, degrees: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = form("submit", key);
    fields.retain(|(name, _)| *name != "temperature");
    fields.push(("temperature", degrees));
    fields
}

fn cookies(answer: &Response) -> Vec<&str> {
    answer.headers().get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_link_makes_one_device_a_tablet_and_signs_everyone_out(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    for bad in ["", "  ", "东\n门", &"门".repeat(31)] {
        let answer = scene.post(&scene.desk, &link::tablets(scene.enterprise), &[("name", bad)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        assert!(answer.text().await.unwrap().contains("请写明设备放在哪里"), "{bad:?}");
    }
    let (link, browser) = (scene.link("东门").await, scene.server.enter().await);
    let (_, phone) = scene.server.employee(scene.enterprise, &person(3)).await;
    assert!(scene.page(&browser, &link).await.contains("把这台设备设为公用申报设备"));
    assert_eq!(scene.get(&browser, &link::statistics(scene.enterprise)).await.status(), StatusCode::OK);
    let answer = browser.post(scene.server.link(&link)).header("cookie", &phone).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["clear-site-data"], "\"storage\"");
    let dropped = format!("shenbao-device-{}=;", scene.enterprise);
    assert!(cookies(&answer).iter().any(|cookie| cookie.starts_with(&dropped)), "{:?}", cookies(&answer));
    let answer = scene.post(&browser, &link, &[]).await;
    assert_eq!(answer.status(), StatusCode::GONE, "the link is used up");
    // The one that signs everyone out is a browser's own cookie.
    let (link, browser) = (scene.link("西门").await, scene.server.enter().await);
    assert_eq!(scene.post(&browser, &link, &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.get(&browser, &link::statistics(scene.enterprise)).await.status(), StatusCode::UNAUTHORIZED);
    assert!(scene.page(&browser, link::TABLET).await.contains("这是公用设备"));
    // Nobody is remembered by the enterprise's code there.
    let answer = scene.get(&browser, &link::invitation(&scene.code)).await;
    assert_eq!(answer.headers()[header::LOCATION], link::TABLET);

    let tablets = scene.tablets().await.tablets;
    assert_eq!(
        tablets.iter().map(|tablet| (&*tablet.name, tablet.set_up_at.is_some())).collect::<Vec<_>>(),
        [("东门", true), ("西门", true)]
    );
    let ended = scene.post(&scene.desk, &link::tablets(scene.enterprise), &[("tablet", &tablets[1].id)]).await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.get(&browser, link::TABLET).await.status(), StatusCode::GONE);
    let refused = scene.sits(&browser, &person(1)).await;
    assert_eq!(refused.status(), StatusCode::GONE);
    assert!(refused.text().await.unwrap().contains(&person(1).name), "nothing typed is lost");
    for _ in 1..MOST_TABLETS {
        scene.server.tablet(scene.enterprise).await;
    }
    let answer = scene.post(&scene.desk, &link::tablets(scene.enterprise), &[("name", "北门")]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("最多 50 台"));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn one_after_the_other_declares_and_nothing_is_left(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let tablet = scene.tablet().await;
    let blank = scene.page(&tablet, link::TABLET).await;
    assert!(!blank.contains("autocomplete=\"name\"") && !blank.contains("autocomplete=\"tel\""), "{blank}");
    let refused = scene.post(&tablet, link::TABLET, &claiming(&person(1), "no")).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains(person(1).document.number()), "what was typed comes back");

    let answer = scene.sits(&tablet, &person(1)).await;
    let sitting = cookies(&answer).into_iter().find(|cookie| cookie.starts_with("shenbao-device-")).unwrap().to_owned();
    assert!(!sitting.contains("Max-Age"), "{sitting}");
    let sheet = scene.get(&tablet, &link::declare(scene.enterprise)).await;
    assert_eq!(sheet.headers()[header::REFRESH], "600;url=/tablet");
    let sheet = sheet.text().await.unwrap();
    assert!(sheet.contains(&person(1).name) && !sheet.contains(person(1).phone.as_ref().unwrap().national()), "{sheet}");
    let key = random::uuid().to_string();
    let answer = scene.post(&tablet, &link::declare(scene.enterprise), &form("submit", &key)).await;
    let again = scene.post(&tablet, &link::declare(scene.enterprise), &form("submit", &key)).await;
    assert_eq!(receipt_of(&answer), receipt_of(&again), "a second tap is the same declaration");
    let receipt = link::receipt(receipt_of(&answer));
    let answer = scene.get(&tablet, &receipt).await;
    assert_eq!((answer.status(), answer.headers()[header::REFRESH].to_str().unwrap()), (StatusCode::OK, "30;url=/tablet"));
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("完成，下一位") && page.contains("公用设备自报") && !page.contains("再次打开") && !page.contains("href=\"/mine\""),
        "{page}"
    );
    assert!(!page.contains("data-owner"), "nobody is known here by any name: {page}");

    // The next person's form: nobody is known any more, not even by the cookie that was.
    let answer = scene.get(&tablet, link::TABLET).await;
    assert_eq!(answer.headers()["clear-site-data"], "\"storage\"");
    assert!(
        cookies(&answer).iter().any(|cookie| cookie.starts_with("shenbao-device-") && cookie.contains("Max-Age=0")),
        "{:?}",
        cookies(&answer)
    );
    assert!(!answer.text().await.unwrap().contains(&person(1).name));
    let kept = sitting.split(';').next().unwrap();
    for (path, status) in [
        (receipt.clone(), StatusCode::NOT_FOUND),
        (link::declare(scene.enterprise), StatusCode::UNAUTHORIZED),
        (link::rights(scene.enterprise), StatusCode::UNAUTHORIZED),
    ] {
        let answer = scene.server.client().get(scene.server.link(&path)).header("cookie", kept).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let other = scene.declares(&tablet, &person(2)).await;
    assert_ne!(other, receipt);
    assert_eq!(scene.get(&tablet, &receipt).await.status(), StatusCode::NOT_FOUND, "another person's");
    // The same people on the next day: nobody is to be verified because of it.
    scene.get(&tablet, link::TABLET).await;
    scene.declares(&tablet, &person(1)).await;
    assert_eq!(scene.declared().await, 2);
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (2, 0));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_sitting_reads_nothing_that_was_there_before(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (tablet, own) = (scene.tablet().await, person(1));
    let (_, phone) = scene.server.employee(scene.enterprise, &own).await;
    let key = random::uuid().to_string();
    let mut fields = form("submit", &key);
    fields.retain(|(name, _)| *name != "residence");
    fields.push(("residence", "虚构路 77 号"));
    let request = scene.server.client().post(scene.server.link(&link::declare(scene.enterprise))).header("cookie", &phone);
    let before = link::receipt(receipt_of(&request.form(&fields).send().await.unwrap()));

    assert_eq!(scene.sits(&tablet, &own).await.status(), StatusCode::SEE_OTHER);
    for query in ["", "?same=1"] {
        let sheet = scene.page(&tablet, &format!("{}{query}", link::declare(scene.enterprise))).await;
        assert!(sheet.contains(&own.name) && !sheet.contains("虚构路 77 号") && !sheet.contains("与上次相同"), "{sheet}");
    }
    for (path, status) in [
        (before.clone(), StatusCode::NOT_FOUND),
        (link::rights(scene.enterprise), StatusCode::UNAUTHORIZED),
        (link::own_copy(scene.enterprise), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(scene.get(&tablet, &path).await.status(), status, "{path}");
    }
    let mine = tablet.post(scene.server.link("/api/mine")).send().await.unwrap().text().await.unwrap();
    assert!(wire::open::<Vec<MineView>>(&mine).unwrap().is_empty());
    for door in ["ask-deletion", "withdraw", "correct"] {
        let answer = scene.post(&tablet, &link::rights(scene.enterprise), &[("form", door), ("note", "请")]).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{door}");
    }
    // What their own phone declares meanwhile is not for the tablet either.
    let key = random::uuid().to_string();
    let request = scene.server.client().post(scene.server.link(&link::declare(scene.enterprise))).header("cookie", &phone);
    let meanwhile = link::receipt(receipt_of(&request.form(&with_temperature(&key, "36.9")).send().await.unwrap()));
    assert_eq!(scene.get(&tablet, &meanwhile).await.status(), StatusCode::NOT_FOUND);
    // What is declared there is theirs, and their own phone tells of it.
    let key = random::uuid().to_string();
    scene.post(&tablet, &link::declare(scene.enterprise), &form("submit", &key)).await;
    let mine = scene.server.client().post(scene.server.link("/api/mine")).header("cookie", &phone).send().await.unwrap();
    let mine: Vec<MineView> = wire::open(&mine.text().await.unwrap()).unwrap();
    assert_eq!(mine[0].lines.len(), 3);
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (1, 0));
    // Whoever gives the same document another name is another person, to be verified.
    scene.get(&tablet, link::TABLET).await;
    scene.declares(&tablet, &Person { name: "另一人".to_owned(), ..person(1) }).await;
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (1, 1));
    // The representative looks, and says who it is: of the two one counts, the other is to be verified.
    let bits = i64::from_be_bytes(scene.enterprise.to_bytes());
    let doubtful = format!("select id from employee where enterprise_id = {bits} and standing = 'to-verify'");
    let [second] = column::<uuid::Uuid>(&scene.server.state.db, &doubtful).await[..] else { panic!("one is to be verified") };
    let page = link::person(scene.enterprise, shenbao::id::EmployeeId(second));
    assert!(scene.page(&scene.desk, &page).await.contains("确认是本人"));
    let employee = second.simple().to_string();
    let form = [("enterprise", scene.enterprise.to_string()), ("employee", employee)];
    let answer = scene.desk.post(scene.server.link("/api/confirm-person")).form(&form).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (1, 1));
    let [first] = column::<uuid::Uuid>(&scene.server.state.db, &doubtful).await[..] else { panic!("the other one is") };
    assert_ne!(first, second);
    let answer = scene.desk.post(scene.server.link("/api/confirm-person")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "they count already");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn sittings_and_tablets_end(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (db, tablet) = (&scene.server.state.db, scene.tablet().await);
    let receipt = scene.declares(&tablet, &person(1)).await;
    assert_eq!(execute(db, "update device set created_at = created_at - 600000 where level = 'tablet'").await, 1);
    assert_eq!(scene.get(&tablet, &receipt).await.status(), StatusCode::NOT_FOUND, "ten minutes are over");
    assert_eq!(scene.get(&tablet, &link::declare(scene.enterprise)).await.status(), StatusCode::UNAUTHORIZED);
    // A phone's own claim that is sent twice is still one employee.
    let key = random::uuid().to_string();
    let second = person(2);
    for _ in 0..2 {
        let phone = scene.server.client();
        let mut form = claiming(&second, "yes");
        form.push(("form", &key));
        assert_eq!(scene.post(&phone, &link::invitation(&scene.code), &form).await.status(), StatusCode::SEE_OTHER);
        scene.declares(&tablet, &second).await;
        scene.get(&tablet, link::TABLET).await;
    }
    assert_eq!(counted(&scene.server.state, scene.enterprise).await, (2, 0));

    // The form that is sent twice is one person, and one tablet at a time knows them.
    let (third, key, other) = (person(3), random::uuid().to_string(), scene.tablet().await);
    for _ in 0..2 {
        let mut form = claiming(&third, "yes");
        form.push(("form", &key));
        assert_eq!(scene.post(&tablet, link::TABLET, &form).await.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(column::<i64>(db, "select count(*) from employee").await, [3]);
    assert_eq!(scene.sits(&other, &third).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.get(&tablet, &link::declare(scene.enterprise)).await.status(), StatusCode::UNAUTHORIZED);
    // A consent that was withdrawn is only taken back on their own device.
    execute(db, "update employee set agreed = 0").await;
    let refused = scene.sits(&other, &third).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("您已撤回同意"));
    assert_eq!(column::<i64>(db, "select count(*) from employee where agreed > 0").await, [0]);
    for path in ["/", link::MINE, link::ACCOUNT] {
        let answer = scene.get(&other, path).await;
        let page = (answer.status(), answer.headers().get(header::LOCATION).cloned());
        assert!(page.1.is_some_and(|to| to == link::TABLET), "{path}: {}", page.0);
    }

    // With the representative end the tablets; a week later their rows go.
    let (state, now) = (&scene.server.state, scene.server.state.clock.now());
    let tenant = Tenant::of_operator(scene.enterprise);
    assert!(representative::dismiss(&state.db, &state.vault, now, tenant, scene.representative).await.unwrap());
    assert_eq!(scene.get(&tablet, link::TABLET).await.status(), StatusCode::GONE);
    assert_eq!(column::<i64>(db, "select count(*) from tablet").await, [2]);
    execute(db, &format!("update tablet set ended_at = ended_at - {}", 8 * DAY * 1000)).await;
    purge(&scene.server).await;
    assert_eq!(column::<i64>(db, "select count(*) from tablet").await, [0]);
    scene.server.stop().await;
}
