//! Departments: who makes them, who is of which, and what somebody sees who is confined to some.

use std::collections::BTreeMap;

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, claim, model::Person},
    audit::model::{Action, AuditView},
    census::Sight,
    enterprise::department::{
        self,
        model::{Department, DepartmentsView, MOST},
    },
    id::{DepartmentId, EmployeeId, EnterpriseId},
    link,
    period::Day,
    statistics::{
        model::{Filter, Looked},
        view::{PeopleView, PersonView, StatisticsView},
    },
    wire,
};

use crate::{
    matrix::session,
    retention::purge,
    support::{Backend, TestServer, declare, person},
    trust::{Attacks, Family},
};

/// A server in demo mode with one enterprise, its code, and its representative's browser.
async fn start(backend: Backend) -> (TestServer, EnterpriseId, String, Client) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let client = server.enter().await;
    (server, enterprise, code, client)
}

async fn post(client: &Client, server: &TestServer, enterprise: EnterpriseId, form: &[(&str, &str)]) -> Response {
    client.post(server.link(&format!("/e/{enterprise}/departments"))).form(form).send().await.unwrap()
}

pub async fn add(client: &Client, server: &TestServer, enterprise: EnterpriseId, names: &str) {
    let answer = post(client, server, enterprise, &[("action", "add"), ("names", names)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{names}");
    assert_eq!(answer.headers()[header::LOCATION], format!("/e/{enterprise}/departments"));
}

/// What the page says, without the list of choices and other tags' attributes.
async fn refused(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    answer.text().await.unwrap()
}

async fn names(server: &TestServer, enterprise: EnterpriseId) -> Vec<(i64, String)> {
    let known = department::list(&server.state, Tenant::of_operator(enterprise)).await.unwrap();
    known.into_iter().map(|Department { id, name }| (id.0, name)).collect()
}

async fn asked<T: serde::de::DeserializeOwned>(client: &Client, server: &TestServer, function: &str, form: &[(&str, &str)]) -> T {
    let answer = client.post(server.link(&format!("/api/{function}"))).form(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{function}");
    wire::open(&answer.text().await.unwrap()).unwrap()
}

async fn statistics(client: &Client, server: &TestServer, enterprise: EnterpriseId, query: &str) -> StatisticsView {
    asked(client, server, "statistics", &[("enterprise", &enterprise.to_string()), ("query", query)]).await
}

/// What the section of departments says: name and count of each.
async fn by_department(client: &Client, server: &TestServer, enterprise: EnterpriseId, query: &str) -> Vec<(String, u32)> {
    let figures = statistics(client, server, enterprise, query).await.figures.unwrap();
    let group = figures.groups.into_iter().find(|group| group.heading == "部门");
    let rows = group.map(|mut group| group.figures.remove(0).rows).unwrap_or_default();
    rows.into_iter().map(|row| (row.label, row.count)).collect()
}

/// Names and departments in the list of people.
async fn listed(client: &Client, server: &TestServer, enterprise: EnterpriseId, query: &str) -> Vec<(String, String)> {
    let view: PeopleView = asked(client, server, "people", &[("enterprise", &enterprise.to_string()), ("query", query)]).await;
    let mut lines: Vec<_> = view.list.unwrap().lines.into_iter().map(|line| (line.name, line.department)).collect();
    lines.sort();
    lines
}

async fn move_to(client: &Client, server: &TestServer, enterprise: EnterpriseId, employee: EmployeeId, to: &str) -> Response {
    let form = [("enterprise", enterprise.to_string()), ("employee", employee.to_string()), ("department", to.to_owned())];
    client.post(server.link("/api/set-department")).form(&form).send().await.unwrap()
}

/// Somebody of a department who has declared.
async fn member(server: &TestServer, enterprise: EnterpriseId, number: u32, of: Option<i64>) -> EmployeeId {
    let (state, person) = (&server.state, person(number));
    let people = [(&person, of.map(DepartmentId))];
    let tenant = Tenant::of_operator(enterprise);
    let claimed = claim::claim_all_of(&state.db, &state.vault, state.clock.now(), tenant, &people).await.unwrap();
    declare(state, enterprise, claimed[0].employee, "虚构路 1 号").await;
    claimed[0].employee
}

fn pairs(expected: &[(&str, u32)]) -> Vec<(String, u32)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_representative_adds_renames_and_removes_them(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    let (elsewhere, _) = server.enterprise(2).await;
    add(&client, &server, enterprise, "生产部\r\n\r\n 仓储  一部 ").await;
    assert_eq!(names(&server, enterprise).await, [(1, "生产部".into()), (2, "仓储 一部".into())]);

    // None is added where one is wrong; what was typed stays, and every line that is wrong is said.
    let page = refused(post(&client, &server, enterprise, &[("action", "add"), ("names", "销售部\n生产部\n<b>\n仓储 一部")]).await).await;
    assert!(page.contains("销售部\n生产部") && page.contains("错误："), "{page}");
    assert!(page.contains("“&lt;b&gt;”"), "{page}");
    let page = refused(post(&client, &server, enterprise, &[("action", "add"), ("names", "销售部\n生产部\n仓储 一部")]).await).await;
    assert!(page.contains("“生产部”：已经有同名的部门") && page.contains("“仓储 一部”：已经有同名的部门"), "{page}");
    let page = refused(post(&client, &server, enterprise, &[("action", "add"), ("names", " \n")]).await).await;
    assert!(page.contains("请输入部门名称"), "{page}");
    let many = (0..MOST - 1).map(|number| format!("{number}组")).collect::<Vec<_>>().join("\n");
    let page = refused(post(&client, &server, enterprise, &[("action", "add"), ("names", &many)]).await).await;
    assert!(page.contains("部门最多 500 个"), "{page}");
    assert_eq!(names(&server, enterprise).await.len(), 2);

    let renamed = [("action", "rename"), ("department", "1"), ("name", "制造部")];
    assert_eq!(post(&client, &server, enterprise, &renamed).await.status(), StatusCode::SEE_OTHER);
    for (name, sentence) in [("仓储 一部", "已经有同名的部门"), ("", "请输入部门名称"), ("——", "要有文字或数字")]
    {
        let page = refused(post(&client, &server, enterprise, &[("action", "rename"), ("department", "1"), ("name", name)]).await).await;
        assert!(page.contains(sentence), "{name}: {page}");
        assert!(name.is_empty() || page.contains(&format!("value=\"{name}\"")), "{page}");
    }
    let unconfirmed = refused(post(&client, &server, enterprise, &[("action", "remove"), ("department", "1")]).await).await;
    assert!(unconfirmed.contains("请先勾选"), "{unconfirmed}");
    let removed = [("action", "remove"), ("department", "1"), ("confirmed", "yes")];
    assert_eq!(post(&client, &server, enterprise, &removed).await.status(), StatusCode::SEE_OTHER);

    // A number is never used again, and a name may be.
    add(&client, &server, enterprise, "制造部").await;
    assert_eq!(names(&server, enterprise).await, [(2, "仓储 一部".into()), (3, "制造部".into())]);
    for form in [
        &removed[..],
        &[("action", "remove"), ("department", "99"), ("confirmed", "yes")],
        &[("action", "rename"), ("department", "1"), ("name", "甲")],
    ] {
        assert_eq!(post(&client, &server, enterprise, form).await.status(), StatusCode::NOT_FOUND, "{form:?}");
    }
    for form in [&[("action", "drop")][..], &[], &[("action", "remove"), ("confirmed", "yes")]] {
        assert_eq!(post(&client, &server, enterprise, form).await.status(), StatusCode::BAD_REQUEST, "{form:?}");
    }
    let foreign = post(&client, &server, elsewhere, &[("action", "add"), ("names", "甲")]).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    assert_eq!(names(&server, elsewhere).await, []);

    let audit: AuditView = asked(&client, &server, "audit", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    let done: Vec<Action> =
        audit.entries.iter().rev().map(|entry| entry.action).filter(|action| *action != Action::RegisterEnterprise).collect();
    let done: Vec<Action> = done.into_iter().filter(|action| *action != Action::AppointRepresentative).collect();
    let expected =
        [Action::AddDepartment, Action::AddDepartment, Action::RenameDepartment, Action::RemoveDepartment, Action::AddDepartment];
    assert_eq!(done, expected, "what was refused is not written down");
    server.stop().await;
}

/// The claim form as a careful person fills it in.
fn filled(person: &Person, department: Option<&'static str>) -> BTreeMap<&'static str, String> {
    let mut form = BTreeMap::from([
        ("notice", "yes".to_owned()),
        ("health", "yes".to_owned()),
        ("name", person.name.clone()),
        ("kind", person.document.kind.code().to_owned()),
        ("number", person.document.number().to_owned()),
        ("phone", person.phone.as_ref().unwrap().national().to_owned()),
    ]);
    form.extend(department.map(|department| ("department", department.to_owned())));
    form
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_employee_chooses_theirs_with_the_claim(#[case] backend: Backend) {
    let (server, enterprise, code, client) = start(backend).await;
    let invitation = server.link(&format!("/i/{code}"));
    let claim = async |number: u32, department: Option<&'static str>| {
        server.client().post(&invitation).form(&filled(&person(number), department)).send().await.unwrap()
    };
    let page = server.client().get(&invitation).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("所在部门") && !page.contains("name=\"department\""), "nothing is asked where there are none");
    assert_eq!(claim(1, Some("7")).await.status(), StatusCode::SEE_OTHER, "and nothing is read");

    add(&client, &server, enterprise, "生产部\n仓储部").await;
    let page = server.client().get(&invitation).send().await.unwrap().text().await.unwrap();
    for words in ["所在部门", "<option value=\"1\"", "仓储部", "不清楚，或其他"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for bad in [None, Some(""), Some("3"), Some("01"), Some("生产部")] {
        let page = refused(claim(2, bad).await).await;
        assert!(page.contains("请选择所在部门") && page.contains(person(2).document.number()), "{bad:?}: {page}");
    }
    // Another mistake keeps the choice.
    let mut form = filled(&person(2), Some("2"));
    form.insert("phone", String::new());
    let page = refused(server.client().post(&invitation).form(&form).send().await.unwrap()).await;
    assert!(page.contains("请输入手机号码") && !page.contains("请选择所在部门"), "{page}");
    let chosen = page.split("<option value=\"2\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(chosen.contains("selected"), "{chosen}");

    for (number, department) in [(2, "2"), (3, "2"), (4, "1"), (5, "0")] {
        assert_eq!(claim(number, Some(department)).await.status(), StatusCode::SEE_OTHER, "{department}");
    }
    let view: DepartmentsView = asked(&client, &server, "departments", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    let people: Vec<u32> = view.departments.iter().map(|line| line.people).collect();
    assert_eq!((people, view.without), (vec![1, 2], 2));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_department_that_went_while_the_form_was_filled_in_gets_nobody(#[case] backend: Backend) {
    let (server, enterprise, code, client) = start(backend).await;
    add(&client, &server, enterprise, "生产部\n仓储部").await;
    post(&client, &server, enterprise, &[("action", "remove"), ("department", "1"), ("confirmed", "yes")]).await;
    let answer = server.client().post(server.link(&format!("/i/{code}"))).form(&filled(&person(1), Some("1"))).send().await.unwrap();
    assert!(refused(answer).await.contains("请选择所在部门"));
    // Below the check: between it and the commit.
    let late = member(&server, enterprise, 2, Some(1)).await;
    let file = server.state.censuses.person(&Sight::new(Tenant::of_operator(enterprise), None), late).await.unwrap().unwrap();
    assert_eq!(file.department, None);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn figures_and_lists_go_by_department(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    member(&server, enterprise, 1, None).await;
    assert_eq!(by_department(&client, &server, enterprise, "").await, [], "no section without departments");
    add(&client, &server, enterprise, "生产部\n仓储部\n行政部").await;
    for (number, department) in [(2, 1), (3, 1), (4, 2)] {
        member(&server, enterprise, number, Some(department)).await;
    }
    let all = pairs(&[("生产部", 2), ("仓储部", 1), ("行政部", 0), ("未分部门", 1)]);
    assert_eq!(by_department(&client, &server, enterprise, "").await, all);
    assert_eq!(by_department(&client, &server, enterprise, "department=2&department=0").await, all, "every department stays in the figure");

    let name = |number: u32, department: &str| (person(number).name, department.to_owned());
    let mut everyone = vec![name(1, "未分部门"), name(2, "生产部"), name(3, "生产部"), name(4, "仓储部")];
    everyone.sort();
    assert_eq!(listed(&client, &server, enterprise, "").await, everyone);
    for (query, expected) in [
        ("department=2", vec![name(4, "仓储部")]),
        ("department=0", vec![name(1, "未分部门")]),
        ("department=3", vec![]),
        ("department=2&department=0", vec![name(1, "未分部门"), name(4, "仓储部")]),
        ("department=1&q=00000003", vec![name(3, "生产部")]),
        ("department=2&q=00000003", vec![]),
        ("department=1&period=today", vec![name(2, "生产部"), name(3, "生产部")]),
    ] {
        let mut expected = expected;
        expected.sort();
        assert_eq!(listed(&client, &server, enterprise, query).await, expected, "{query}");
    }

    let view = statistics(&client, &server, enterprise, "department=1&period=7d").await;
    assert_eq!(view.bar.chips.len(), 1);
    assert_eq!(view.bar.chips[0].without, format!("/e/{enterprise}?period=7d"));
    let figures = view.figures.unwrap();
    assert_eq!((figures.declared.count, figures.matched.map(|matched| matched.count)), (4, Some(2)));
    for query in ["department=4", "department=9223372036854775807", "department=x", "department=-1", "department=01"] {
        for page in ["", "/people"] {
            let answer = client.get(server.link(&format!("/e/{enterprise}{page}?{query}"))).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
            assert!(!answer.text().await.unwrap().contains("人中"), "no figure of something else");
        }
    }
    let page = client.get(server.link(&format!("/e/{enterprise}/people?department=2"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("4 人中 1 人") && page.contains("class=\"people-department\""), "{page}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_moves_is_counted_elsewhere_from_the_next_request_on(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    add(&client, &server, enterprise, "生产部\n仓储部").await;
    let other = server.beside().await;
    let one = member(&server, enterprise, 1, Some(1)).await;
    member(&server, enterprise, 2, Some(1)).await;
    let counted =
        async |server: &TestServer| server.state.censuses.departments(&Sight::new(Tenant::of_operator(enterprise), None)).await.unwrap();
    let of = |expected: &[(i64, u32)]| -> BTreeMap<Option<DepartmentId>, u32> {
        expected.iter().map(|&(id, count)| ((id > 0).then_some(DepartmentId(id)), count)).collect()
    };
    for server in [&server, &other] {
        assert_eq!(counted(server).await, of(&[(1, 2)]));
    }
    let answer = move_to(&client, &server, enterprise, one, "2").await;
    assert_eq!(answer.headers()[header::LOCATION], format!("/e/{enterprise}/people/{one}"));
    for server in [&server, &other] {
        assert_eq!(counted(server).await, of(&[(1, 1), (2, 1)]));
    }
    let view: PersonView = asked(
        &client,
        &server,
        "person",
        &[("enterprise", &enterprise.to_string()), ("employee", &one.to_string()), ("query", "list=department%3D2")],
    )
    .await;
    let department = view.department.unwrap();
    let form = department.form.unwrap();
    assert_eq!((department.name.as_str(), form.current, form.departments.len()), ("仓储部", Some(DepartmentId(2)), 2));

    // The way back is one within this site.
    for (next, to) in [(form.here.as_str(), form.here.clone()), ("//evil.example", format!("/e/{enterprise}/people/{one}"))] {
        let form =
            [("enterprise", enterprise.to_string()), ("employee", one.to_string()), ("department", "0".into()), ("next", next.to_owned())];
        let answer = client.post(server.link("/api/set-department")).form(&form).send().await.unwrap();
        assert_eq!(answer.headers()[header::LOCATION], to);
    }
    assert_eq!(counted(&other).await, of(&[(0, 1), (1, 1)]));

    let (elsewhere, _) = server.enterprise(2).await;
    let foreign = member(&server, elsewhere, 1, None).await;
    for (employee, to, status) in [
        (one, "3", StatusCode::NOT_FOUND),
        (foreign, "1", StatusCode::NOT_FOUND),
        (one, "x", StatusCode::BAD_REQUEST),
        (one, "", StatusCode::BAD_REQUEST),
    ] {
        let answer = client.post(server.link("/api/set-department")).header("accept", "application/json");
        let form = [("enterprise", enterprise.to_string()), ("employee", employee.to_string()), ("department", to.to_owned())];
        assert_eq!(answer.form(&form).send().await.unwrap().status(), status, "{to}");
    }
    let audit: AuditView = asked(&client, &server, "audit", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    let moves: Vec<_> = audit.entries.iter().filter(|entry| entry.action == Action::SetDepartment).collect();
    assert_eq!(moves.len(), 3, "what was refused is not written down");
    assert!(moves.iter().all(|entry| entry.employee.as_ref().is_some_and(|(id, name)| *id == one && *name == person(1).name)));

    // A removed department leaves its people in none.
    move_to(&client, &server, enterprise, one, "1").await;
    post(&client, &server, enterprise, &[("action", "remove"), ("department", "1"), ("confirmed", "yes")]).await;
    for server in [&server, &other] {
        assert_eq!(counted(server).await, of(&[(0, 2)]));
    }
    assert_eq!(by_department(&client, &server, enterprise, "").await, pairs(&[("仓储部", 0), ("未分部门", 2)]));
    other.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_confined_sight_reaches_its_departments_only(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    add(&client, &server, enterprise, "生产部\n仓储部").await;
    let (inside, outside) = (member(&server, enterprise, 1, Some(1)).await, member(&server, enterprise, 2, Some(2)).await);
    let without = member(&server, enterprise, 3, None).await;
    // 待核对 of another department.
    member(&server, enterprise, 2, Some(2)).await;
    let (tenant, censuses) = (Tenant::of_operator(enterprise), &server.state.censuses);
    let sight = Sight::new(tenant, Some(&[DepartmentId(1)]));
    let people = async |sight: &Sight, search: Option<&str>| {
        let filter = Filter { search: search.map(str::to_owned), ..Filter::default() };
        let people = censuses.people(sight, Looked { filter, ..Looked::default() }, Day::EPOCH, None).await.unwrap();
        (people.declared, people.apart, people.page.items.into_iter().map(|line| line.employee).collect::<Vec<_>>())
    };
    assert_eq!(people(&sight, None).await, (1, 0, vec![inside]));
    let second = person(2);
    for search in [&second.name, &second.document.number()[12..], second.phone.as_ref().unwrap().national()] {
        assert_eq!(people(&sight, Some(search)).await, (1, 0, vec![]), "{search}");
        let all = people(&Sight::new(tenant, None), Some(search)).await;
        assert_eq!(all, (3, 1, vec![outside]), "{search} finds them for whoever is not confined");
    }
    let figures = censuses.figures(&sight, Looked::default(), Day::EPOCH, Vec::new()).await.unwrap();
    assert_eq!((figures.declared, figures.matched, figures.apart, figures.departments.of), (1, 1, 0, 1));
    assert_eq!(censuses.departments(&sight).await.unwrap(), BTreeMap::from([(Some(DepartmentId(1)), 1)]));
    for (employee, seen) in [(inside, true), (outside, false), (without, false)] {
        assert_eq!(censuses.person(&sight, employee).await.unwrap().is_some(), seen);
        assert_eq!(censuses.name(&sight, employee).await.unwrap().is_some(), seen);
    }

    // Whoever moves comes into sight and goes out of it with the next question.
    move_to(&client, &server, enterprise, outside, "1").await;
    move_to(&client, &server, enterprise, inside, "2").await;
    assert_eq!(people(&sight, None).await, (1, 0, vec![outside]));
    assert!(censuses.person(&sight, inside).await.unwrap().is_none());
    // A department that was removed confines to nobody, and so does none at all.
    post(&client, &server, enterprise, &[("action", "remove"), ("department", "1"), ("confirmed", "yes")]).await;
    assert_eq!(people(&sight, None).await, (0, 0, vec![]));
    assert_eq!(people(&Sight::new(tenant, Some(&[])), None).await, (0, 0, vec![]));
    add(&client, &server, enterprise, "生产部").await;
    assert_eq!(people(&sight, None).await, (0, 0, vec![]), "the new one is another");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_is_purged_is_of_no_department(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    add(&client, &server, enterprise, "生产部").await;
    member(&server, enterprise, 1, Some(1)).await;
    server.state.clock.advance_secs(100 * 24 * 60 * 60);
    member(&server, enterprise, 2, Some(1)).await;
    let state = &server.state;
    let sight = Sight::new(Tenant::of_operator(enterprise), None);
    let counted = async || state.censuses.departments(&sight).await.unwrap();
    assert_eq!(counted().await, BTreeMap::from([(Some(DepartmentId(1)), 2)]));
    let purged = purge(&server).await;
    assert_eq!((purged.declarations, purged.employees), (1, 1));
    assert_eq!(counted().await, BTreeMap::from([(Some(DepartmentId(1)), 1)]));
    assert_eq!(names(&server, enterprise).await.len(), 1, "the department stays");
    server.stop().await;
}

/// Everything that a manager sees of an enterprise, on one page after the other.
async fn seen(server: &TestServer, cookie: &str, path: &str) -> (StatusCode, String) {
    let answer = server.client().get(server.link(path)).header(header::COOKIE, cookie).send().await.unwrap();
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("no nonce").to_owned();
    (answer.status(), answer.text().await.unwrap().replace(&nonce, "…"))
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_manager_of_one_department_sees_nobody_else(#[case] backend: Backend) {
    let (server, enterprise, _, client) = start(backend).await;
    add(&client, &server, enterprise, "生产部\n仓储部").await;
    let own = [member(&server, enterprise, 1, Some(1)).await, member(&server, enterprise, 2, Some(1)).await];
    let others = [member(&server, enterprise, 3, Some(2)).await, member(&server, enterprise, 4, None).await];
    let representative = server.appoint(enterprise, &person(900)).await;
    let manager = server.viewer(&person(50)).await;
    let grant = server.lend(enterprise, representative, manager, "statistics people", 24 * 60 * 60, None).await;
    server.confine(enterprise, grant, 1).await;
    let cookie = session(&server, manager).await;
    let mut attacks = Attacks::of(Family::Matrix);

    let (status, statistics) = seen(&server, &cookie, &link::statistics(enterprise)).await;
    assert!(status.is_success() && statistics.contains("2人") && statistics.contains("生产部"), "{statistics}");
    attacks.tried(
        statistics.contains("4人") || statistics.contains("仓储部") || statistics.contains("未分部门"),
        "the whole enterprise's figures",
    );
    let people = link::people(enterprise);
    let (_, list) = seen(&server, &cookie, &people).await;
    assert!(list.contains(&person(1).name) && list.contains(&person(2).name), "{list}");
    for number in [3, 4] {
        let other = person(number);
        attacks.tried(list.contains(&other.name), "the list");
        let digits = other.document.number();
        for wanted in [&*other.name, &digits[12..], other.phone.as_ref().unwrap().national()] {
            let query = link::with_query(&people, format_args!("q={}", link::encode(wanted)));
            let (_, found) = seen(&server, &cookie, &query).await;
            attacks.tried(
                found.contains(&link::person(enterprise, others[usize::try_from(number - 3).unwrap()])),
                format_args!("a search for {wanted}"),
            );
        }
    }
    let of = async |department: &str| {
        let (status, page) = seen(&server, &cookie, &link::with_query(&people, format_args!("department={department}"))).await;
        (status, page.replace(&format!("department={department}"), "…").replace(&format!("department%3D{department}"), "…"))
    };
    let unknown = of("99").await;
    for department in ["2", "0"] {
        attacks.tried(of(department).await != unknown, format_args!("the department {department}"));
    }
    let stranger = EmployeeId(shenbao::random::uuid());
    let blank = |(status, page): (StatusCode, String), of: EmployeeId| (status, page.replace(&of.to_string(), "…"));
    let missing = blank(seen(&server, &cookie, &link::person(enterprise, stranger)).await, stranger);
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    for other in others {
        let path = link::person(enterprise, other);
        attacks.tried(blank(seen(&server, &cookie, &path).await, other) != missing, "the details");
        let numbers = server.client().post(server.link(&path)).header(header::COOKIE, &cookie).send().await.unwrap();
        attacks.tried(numbers.status() != StatusCode::NOT_FOUND, "the full numbers");
    }
    for path in ["departments", "requests", "audit", "managers"] {
        let (status, _) = seen(&server, &cookie, &format!("/e/{enterprise}/{path}")).await;
        attacks.tried(status != StatusCode::NOT_FOUND, path);
    }

    // Whoever leaves the department is out of sight at once, on every process.
    let beside = server.beside().await;
    let details = link::person(enterprise, own[0]);
    for process in [&server, &beside] {
        assert_eq!(seen(process, &cookie, &details).await.0, StatusCode::OK);
    }
    let form = [("enterprise", enterprise.to_string()), ("employee", own[0].to_string()), ("department", "2".to_owned())];
    assert!(client.post(server.link("/api/set-department")).form(&form).send().await.unwrap().status().is_success());
    for process in [&beside, &server] {
        attacks.tried(blank(seen(process, &cookie, &details).await, own[0]) != missing, "somebody who left");
        attacks.tried(seen(process, &cookie, &people).await.1.contains(&person(1).name), "somebody who left, in the list");
    }
    attacks.done();
    beside.stop().await;
    server.stop().await;
}
