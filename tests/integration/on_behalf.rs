//! 代报: a viewer declares for somebody who has no phone.

use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, model::NOTICE_VERSION},
    census::Sight,
    enterprise::department,
    id::{EmployeeId, EnterpriseId},
    link, random,
    roster::import,
    statistics::model::{Filter, Looked},
};
use uuid::Uuid;

use crate::{
    declaration::form,
    matrix::session,
    support::{Backend, TestServer, column, counted, execute, person},
};

/// An enterprise whose roster has two people; the first has claimed, the second has no phone.
struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    representative: Uuid,
    cookie: String,
    employee: EmployeeId,
    phone: String,
    line: Uuid,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        let tenant = Tenant::of_operator(enterprise);
        let representative = server.appoint(enterprise, &person(900)).await;
        let cookie = session(&server, representative).await;
        let (employee, phone) = server.employee(enterprise, &person(1)).await;
        let departments = ["生产部".to_owned(), "仓储部".to_owned()];
        department::add_by_operator(&server.state, tenant, &departments).await.unwrap();
        let lines = [1, 2].map(person).map(|person| format!("{},{},生产部", person.name, person.document.number())).join("\n");
        assert!(import::import_by_operator(&server.state, tenant, &format!("姓名,证件号码,部门\n{lines}\n")).await.unwrap());
        let line = "select id from roster_entry where document_index not in (select document_index from employee)";
        let line = column::<Uuid>(&server.state.db, line).await[0];
        Self { server, enterprise, representative, cookie, employee, phone, line }
    }

    fn of_employee(&self) -> String {
        link::declare_for(self.enterprise, self.employee)
    }

    fn of_line(&self) -> String {
        format!("/e/{}/roster/{}/declare", self.enterprise, self.line.simple())
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        get(&self.server, path, &self.cookie).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        post(&self.server, path, &self.cookie, fields).await
    }

    /// The sum of what is counted, and for how many somebody else declared.
    async fn counted(&self) -> (u32, u32) {
        let sight = Sight::new(Tenant::of_operator(self.enterprise), None);
        let today = self.server.state.clock.today("Asia/Shanghai".parse().unwrap());
        let figures = self.server.state.censuses.figures(&sight, Looked::default(), today, Vec::new()).await.unwrap();
        let filter = Filter { on_behalf: true, ..Filter::default() };
        let listed = self.server.state.censuses.people(&sight, Looked { filter, ..Looked::default() }, today, None).await.unwrap();
        assert_eq!(listed.matched, figures.on_behalf, "the list is as long as its figure");
        (figures.declared, figures.on_behalf)
    }

    async fn entries(&self, action: &str) -> i64 {
        let id = i64::from_be_bytes(self.enterprise.to_bytes());
        let sql = format!("select count(*) from audit where enterprise_id = {id} and action = '{action}'");
        column::<i64>(&self.server.state.db, &sql).await[0]
    }
}

async fn get(server: &TestServer, path: &str, cookie: &str) -> (StatusCode, String) {
    let answer = server.client().get(server.link(path)).header("cookie", cookie).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn post(server: &TestServer, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let client: Client = server.client();
    client.post(server.link(path)).header("cookie", cookie).form(fields).send().await.unwrap()
}

/// A whole form with the tick, as `step`.
fn agreed<'a>(step: &'a str, submission: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = form(step, submission);
    fields.push(("agreed-on-behalf", "yes"));
    fields
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_has_no_phone_is_declared_for_from_the_roster(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, nobody) = (&scene.server, person(2));
    let (_, absent) = scene.get(&link::absent(scene.enterprise)).await;
    assert!(absent.contains(&scene.of_line()) && absent.contains(&scene.of_employee()), "both can be declared for: {absent}");
    let (status, page) = scene.get(&scene.of_line()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(&nobody.name) && page.contains("agreed-on-behalf") && !page.contains(nobody.document.number()), "{page}");
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from employee").await, [1], "to look makes nobody");

    // Without the tick nothing is stored, and everything typed is kept.
    let key = random::uuid().to_string();
    for step in ["check", "submit"] {
        let mut fields = form(step, &key);
        fields.push(("journeys", "坐高铁"));
        let refused = scene.post(&scene.of_line(), &fields).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let refused = refused.text().await.unwrap();
        for said in ["本人同意", "坐高铁", "广州市天河区", &key] {
            assert!(refused.contains(said), "{said}: {refused}");
        }
    }
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from employee").await, [1]);

    // Checked first; 修改 leads back here, not to the person's own page.
    let check = scene.post(&scene.of_line(), &agreed("check", &key)).await;
    assert_eq!(check.status(), StatusCode::OK);
    let check = check.text().await.unwrap();
    assert!(check.contains(&format!("formaction=\"{}#", scene.of_line())) && !check.contains("/declare/"), "{check}");

    // Sent twice, it is one declaration of one employee.
    let mut went = Vec::new();
    for _ in 0..2 {
        let sent = scene.post(&scene.of_line(), &agreed("submit", &key)).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
        went.push(sent.headers()["location"].to_str().unwrap().to_owned());
    }
    assert_eq!(went[0], went[1]);
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from employee").await, [2]);
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from declaration").await, [1]);
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from device").await, [1], "nobody's device stands for them");
    assert_eq!((scene.entries("declare-on-behalf").await, scene.counted().await), (1, (1, 1)));
    let given = "select count(*) from consent where given_by is not null and version = ";
    assert_eq!(column::<i64>(&server.state.db, &format!("{given}{NOTICE_VERSION}")).await, [2], "both consents, and by whom");
    let (_, absent) = scene.get(&link::absent(scene.enterprise)).await;
    assert!(!absent.contains(&nobody.name), "declared for: {absent}");

    // Wherever it is shown it says so.
    let (status, details) = scene.get(&went[0]).await;
    assert_eq!(status, StatusCode::OK);
    for said in ["代报", &person(900).name, &nobody.name] {
        assert!(details.contains(said), "{said}: {details}");
    }
    for path in [link::statistics(scene.enterprise), link::people(scene.enterprise)] {
        let (_, page) = scene.get(&path).await;
        assert!(page.contains("代报"), "{path}: {page}");
    }
    let (_, list) = scene.get(&format!("{}?standing=on-behalf", link::people(scene.enterprise))).await;
    assert!(list.contains(&nobody.name) && !list.contains(&person(1).name), "{list}");
    let (_, audit) = scene.get(&format!("/e/{}/audit", scene.enterprise)).await;
    assert!(audit.contains("代为申报") && audit.contains(&nobody.name), "{audit}");

    // Another day they come with a phone: a claim reads nothing of what was said for them, and is to be verified as any second one.
    let (_, phone) = server.employee(scene.enterprise, &nobody).await;
    let (_, mine) = get(server, "/mine", &phone).await;
    assert!(!mine.contains("/done/"), "{mine}");
    // Nothing of it lies open in the database.
    for table in ["declaration", "employee"] {
        let id = i64::from_be_bytes(scene.enterprise.to_bytes());
        let column_of = if table == "declaration" { "record" } else { "person" };
        let blobs = column::<Vec<u8>>(&server.state.db, &format!("select {column_of} from {table} where enterprise_id = {id}")).await;
        let name = person(900).name;
        for text in [name.as_bytes(), nobody.name.as_bytes(), "广州市天河区".as_bytes()] {
            assert!(blobs.iter().all(|blob| !blob.windows(text.len()).any(|window| window == text)), "{table}");
        }
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_persons_own_and_another_replace_each_other(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let server = &scene.server;
    let key = random::uuid().to_string();
    let mut ill = agreed("submit", &key);
    ill.retain(|(field, _)| *field != "symptoms");
    ill.push(("symptoms", "contact"));
    let sent = scene.post(&scene.of_employee(), &ill).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from alert").await, [1], "it raises what the person's own would");
    assert_eq!(scene.counted().await, (1, 1));

    // They see it, and who it was.
    let (_, mine) = get(server, "/mine", &scene.phone).await;
    for said in ["代报", "代为申报", &person(900).name] {
        assert!(mine.contains(said), "{said}: {mine}");
    }
    let receipt = mine.split("/done/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (_, shown) = get(server, &format!("/done/{receipt}"), &scene.phone).await;
    assert!(shown.contains("代报") && shown.contains(&person(900).name), "{shown}");
    let (_, copy) = get(server, &link::own_copy(scene.enterprise), &scene.phone).await;
    assert!(copy.contains("on_behalf_by") && copy.contains(&person(900).name), "{copy}");

    // Their own replaces it, and the other way round; the history keeps all.
    let own = random::uuid().to_string();
    let declared = post(server, &link::declare(scene.enterprise), &scene.phone, &form("submit", &own)).await;
    assert_eq!(declared.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.counted().await, (1, 0));
    let (_, page) = scene.get(&scene.of_employee()).await;
    assert!(page.contains("再提交会替换它"), "{page}");
    let key = random::uuid().to_string();
    assert_eq!(scene.post(&scene.of_employee(), &agreed("submit", &key)).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.counted().await, (1, 1));
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from declaration").await, [3]);
    assert_eq!(counted(&server.state, scene.enterprise).await, (1, 0));
    assert_eq!(scene.entries("declare-on-behalf").await, 2);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nobody_declares_for_whom_they_may_not_see(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let server = &scene.server;
    let key = random::uuid().to_string();
    let manager = async |number: u32, permissions: &str, department: Option<i64>| {
        let viewer = server.viewer(&person(number)).await;
        let grant = server.lend(scene.enterprise, scene.representative, viewer, permissions, 3600, None).await;
        if let Some(department) = department {
            server.confine(scene.enterprise, grant, department).await;
        }
        (session(server, viewer).await, grant)
    };
    let (confined, _) = manager(801, "statistics people", Some(2)).await;
    let (clerk, _) = manager(802, "statistics", None).await;
    let (reaching, grant) = manager(803, "statistics people", Some(1)).await;
    let missing = format!("/e/{}/roster/{}/declare", scene.enterprise, random::uuid().simple());
    for (who, path) in [(&confined, scene.of_line()), (&confined, scene.of_employee()), (&clerk, scene.of_line()), (&reaching, missing)] {
        assert_eq!(get(server, &path, who).await.0, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(post(server, &path, who, &agreed("submit", &key)).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let (elsewhere, _) = server.enterprise(2).await;
    let other = session(server, server.appoint(elsewhere, &person(904)).await).await;
    for path in [scene.of_line(), scene.of_line().replace(&scene.enterprise.to_string(), &elsewhere.to_string())] {
        assert_eq!(post(server, &path, &other, &agreed("submit", &key)).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from declaration").await, [0]);

    // Taken back while the form was filled in: refused, and what was typed stands there to be copied.
    assert_eq!(get(server, &scene.of_line(), &reaching).await.0, StatusCode::OK);
    execute(&server.state.db, "update manager_grant set ended_at = created_at, ending = 'revoked'").await;
    assert!(!grant.is_nil());
    let mut typed = agreed("submit", &key);
    typed.push(("journeys", "坐高铁"));
    let refused = post(server, &scene.of_line(), &reaching, &typed).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("坐高铁") && refused.contains("广州市天河区"), "{refused}");
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from declaration").await, [0]);

    // Whoever withdrew a consent is declared for by nobody.
    execute(&server.state.db, "update employee set agreed = 0").await;
    let (_, page) = scene.get(&scene.of_employee()).await;
    assert!(page.contains("本人已撤回同意"), "{page}");
    let refused = scene.post(&scene.of_employee(), &typed).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("本人已撤回同意") && refused.contains("坐高铁"), "{refused}");
    // Whoever agreed to an earlier notice does so anew, by the viewer's word.
    execute(&server.state.db, "update employee set agreed = 1").await;
    let key = random::uuid().to_string();
    let sent = scene.post(&scene.of_employee(), &agreed("submit", &key)).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
    assert_eq!(column::<i64>(&server.state.db, "select agreed from employee").await, [NOTICE_VERSION]);
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from consent where given_by is not null").await, [2]);
    scene.server.stop().await;
}
