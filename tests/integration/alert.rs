//! Alerts: what raises them, who may see them, what is done about them, and who is told.

use std::time::Duration;

use futures::future::join_all;
use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{Ceremony, Level, Person},
    },
    alert::{
        model::{State, What},
        raise,
        view::{AlertView, AlertsView},
    },
    declaration::{
        record::{Record, Row},
        writer::Submission,
    },
    enterprise::department,
    id::{DepartmentId, EmployeeId, EnterpriseId},
    link,
    message::{
        live::MOST,
        model::{Kind, MessagesView},
    },
    period::Day,
    questionnaire::{check::check, model::FormValues},
    random,
    statistics::view::{PersonView, StatisticsView},
    wire,
};

use crate::{
    matrix::session,
    retention::purge,
    support::{Backend, TestServer, column, person},
    trust::{Attacks, Family},
};

const DAY: i64 = 24 * 60 * 60;
const FEVER: &str = "体温达到37.3摄氏度";
const HIGH: &str = "体温高于38.5摄氏度";
const COLD: &str = "有感冒症状";

/// A server in demo mode with one enterprise, and its representative's browser; at noon, so that no day ends by chance.
async fn start(backend: Backend) -> (TestServer, EnterpriseId, Client) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let second = (server.state.clock.now().as_millis() / 1000 + 8 * 60 * 60) % DAY;
    server.state.clock.advance_secs(DAY + DAY / 2 - second);
    let client = server.enter().await;
    (server, enterprise, client)
}

/// The employee's own form.
async fn declare(server: &TestServer, enterprise: EnterpriseId, cookie: &str, symptoms: &str, temperature: &str) {
    let form = random::uuid().to_string();
    let mut fields = vec![("step", "submit"), ("residence", "虚构路 1 号"), ("travel", "no"), ("temperature", temperature)];
    fields.extend(symptoms.split(' ').map(|symptom| ("symptoms", symptom)));
    fields.push(("submission", &form));
    let post = server.client().post(server.link(&link::declare(enterprise))).header("cookie", cookie);
    let answer = post.form(&fields).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{symptoms} {temperature}: {}", answer.text().await.unwrap());
}

async fn asked<T: serde::de::DeserializeOwned>(client: &Client, server: &TestServer, function: &str, form: &[(&str, &str)]) -> T {
    let answer = client.post(server.link(&format!("/api/{function}"))).form(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{function} {form:?}");
    wire::open(&answer.text().await.unwrap()).unwrap()
}

async fn queue(client: &Client, server: &TestServer, enterprise: EnterpriseId, query: &str) -> AlertsView {
    asked(client, server, "alerts", &[("enterprise", &enterprise.to_string()), ("query", query)]).await
}

async fn opened(client: &Client, server: &TestServer, enterprise: EnterpriseId, alert: &str) -> AlertView {
    asked(client, server, "alert", &[("enterprise", &enterprise.to_string()), ("alert", alert)]).await
}

/// The one alert that there is.
async fn only(client: &Client, server: &TestServer, enterprise: EnterpriseId) -> (String, AlertView) {
    let lines = queue(client, server, enterprise, "state=all").await.lines;
    let [line] = &lines[..] else { panic!("{} alerts", lines.len()) };
    (line.id.clone(), opened(client, server, enterprise, &line.id).await)
}

async fn messages(client: &Client, server: &TestServer) -> MessagesView {
    asked(client, server, "messages", &[]).await
}

async fn post(client: &Client, server: &TestServer, enterprise: EnterpriseId, alert: &str, form: &[(&str, &str)]) -> Response {
    client.post(server.link(&format!("/e/{enterprise}/alerts/{alert}"))).form(form).send().await.unwrap()
}

async fn set(client: &Client, server: &TestServer, enterprise: EnterpriseId, alert: &str, [from, to]: [&str; 2], note: &str) -> Response {
    post(client, server, enterprise, alert, &[("action", "set"), ("from", from), ("to", to), ("note", note)]).await
}

fn reasons(view: &AlertView) -> Vec<&str> {
    view.reasons.iter().map(|(_, words)| &**words).collect()
}

fn happened(view: &AlertView) -> Vec<What> {
    view.steps.iter().map(|step| step.what).collect()
}

/// A manager with a session: may see people, of these departments only where there are any.
async fn manager(server: &TestServer, enterprise: EnterpriseId, person: &Person, of: &[i64]) -> Client {
    let by = column::<uuid::Uuid>(&server.state.db, "select representative_id from enterprise_representative").await[0];
    let viewer = server.viewer(person).await;
    let grant = server.lend(enterprise, by, viewer, "statistics people", 30 * DAY, None).await;
    for department in of {
        server.confine(enterprise, grant, *department).await;
    }
    let cookie = session(server, viewer).await;
    let headers = [(header::COOKIE, cookie.parse().unwrap()), ("sec-fetch-site".parse().unwrap(), "same-origin".parse().unwrap())];
    Client::builder().default_headers(headers.into_iter().collect()).redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

#[tokio::test]
async fn what_was_written_when_a_session_ended_can_be_copied() {
    let (server, enterprise, client) = start(Backend::Sqlite).await;
    let (_, cookie) = server.employee(enterprise, &person(1)).await;
    declare(&server, enterprise, &cookie, "cold", "37.4").await;
    let (id, _) = only(&client, &server, enterprise).await;
    let nobody = server.client();
    let answer = set(&nobody, &server, enterprise, &id, ["new", "contacted"], "已电话联系 <b>，明天再问").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let page = answer.text().await.unwrap();
    assert!(page.contains("您填写的内容，可以复制") && page.contains("已电话联系 &lt;b&gt;，明天再问"), "{page}");
    assert!(!page.contains("<dd>contacted") && !page.contains("<dd>set"), "codes are nobody's words: {page}");
    // Nothing was written: nothing is there to copy.
    let page = set(&nobody, &server, enterprise, &id, ["new", "contacted"], "").await.text().await.unwrap();
    assert!(!page.contains("您填写的内容，可以复制"), "{page}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_declaration_raises_one_and_a_worse_one_of_the_same_day_raises_it_again(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (employee, cookie) = server.employee(enterprise, &person(1)).await;
    declare(&server, enterprise, &cookie, "none", "36.5").await;
    assert_eq!(queue(&client, &server, enterprise, "").await.count, 0);
    assert_eq!(messages(&client, &server).await.unread, 0);

    declare(&server, enterprise, &cookie, "cold", "37.4").await;
    let (id, view) = only(&client, &server, enterprise).await;
    assert_eq!((reasons(&view), view.state, happened(&view)), (vec![FEVER, COLD], State::New, vec![What::Raised]));
    let told = messages(&client, &server).await;
    assert_eq!((told.unread, told.lines[0].kind, told.lines[0].count), (1, Kind::Alert, 1));

    // The same again, in another form: nothing happened.
    assert!(set(&client, &server, enterprise, &id, ["new", "contacted"], "已电话联系").await.status().is_redirection());
    declare(&server, enterprise, &cookie, "cold", "37.5").await;
    // Milder: noted, and nothing else.
    declare(&server, enterprise, &cookie, "none", "37.4").await;
    let (_, view) = only(&client, &server, enterprise).await;
    assert_eq!((view.state, happened(&view)), (State::Contacted, vec![What::Raised, What::Contacted, What::Milder]));
    assert_eq!((view.level, view.over), (shenbao::questionnaire::model::AlertLevel::Attention, false));

    // Worse: new again. It is the same alert.
    declare(&server, enterprise, &cookie, "none", "38.9").await;
    let (again, view) = only(&client, &server, enterprise).await;
    assert_eq!((&again, view.state, reasons(&view)), (&id, State::New, vec![HIGH]));
    assert_eq!(happened(&view).last(), Some(&What::Worsened));
    assert_eq!(messages(&client, &server).await.lines[0].count, 2, "raised, and raised again");

    // Another rule of the same severity is worse, too.
    declare(&server, enterprise, &cookie, "contact", "38.9").await;
    let (_, view) = only(&client, &server, enterprise).await;
    assert_eq!(happened(&view).iter().filter(|what| **what == What::Worsened).count(), 2);
    // And what raises nothing leaves it, and is said.
    declare(&server, enterprise, &cookie, "none", "36.6").await;
    let (_, view) = only(&client, &server, enterprise).await;
    assert!(view.over && view.state == State::New);
    assert!(view.strip.svg.contains("36.6 °C") && view.strip.days.len() == 14, "{}", view.strip.svg);
    let file: PersonView =
        asked(&client, &server, "person", &[("enterprise", &enterprise.to_string()), ("employee", &employee.to_string()), ("query", "")])
            .await;
    assert_eq!((file.alerts.len(), &*file.alerts[0].link), (1, &*format!("/e/{enterprise}/alerts/{id}")));
    let figures: StatisticsView = asked(&client, &server, "statistics", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    assert_eq!(figures.alerts, Some(1));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_is_sent_twice_raises_one(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (_, cookie) = server.employee(enterprise, &person(1)).await;
    let form = random::uuid().to_string();
    let fields = [
        ("step", "submit"),
        ("residence", "虚构路"),
        ("travel", "no"),
        ("symptoms", "none"),
        ("temperature", "38.6"),
        ("submission", &form),
    ];
    let post = || server.client().post(server.link(&link::declare(enterprise))).header("cookie", &cookie).form(&fields).send();
    for answer in join_all((0..10).map(|_| post())).await {
        assert_eq!(answer.unwrap().status(), StatusCode::SEE_OTHER);
    }
    let (_, view) = only(&client, &server, enterprise).await;
    assert_eq!(happened(&view), [What::Raised]);
    assert_eq!(messages(&client, &server).await.lines[0].count, 1);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn symptoms_that_last_raise_nothing_by_themselves(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (_, cookie) = server.employee(enterprise, &person(1)).await;
    declare(&server, enterprise, &cookie, "cold eyes", "38.7").await;
    let (id, view) = only(&client, &server, enterprise).await;
    let offered: Vec<&str> = view.lasting.iter().map(|choice| &*choice.code).collect();
    assert_eq!(offered, ["cold", "eyes"], "what calls for help at once does not last");
    for bad in ["high-fever", "contact", "stomach", ""] {
        let answer = post(&client, &server, enterprise, &id, &[("action", "lasting"), ("rule", bad)]).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    let marked = post(&client, &server, enterprise, &id, &[("action", "lasting"), ("rule", "cold"), ("rule", "eyes")]).await;
    assert_eq!(marked.headers()[header::LOCATION], format!("/e/{enterprise}/alerts/{id}?done=lasting"));
    assert!(opened(&client, &server, enterprise, &id).await.lasting.iter().all(|choice| choice.chosen));

    for (symptoms, temperature, alerts) in [("cold", "36.5", 1), ("cold eyes", "36.5", 1), ("cold", "37.4", 2), ("stomach cold", "36.5", 3)]
    {
        server.state.clock.advance_secs(DAY);
        let client = server.enter().await;
        declare(&server, enterprise, &cookie, symptoms, temperature).await;
        assert_eq!(queue(&client, &server, enterprise, "").await.count, alerts, "{symptoms} {temperature}");
    }
    let client = server.enter().await;
    let unmarked = post(&client, &server, enterprise, &id, &[("action", "lasting")]).await;
    assert!(unmarked.status().is_redirection());
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from lasting").await, [0]);
    server.state.clock.advance_secs(DAY);
    declare(&server, enterprise, &cookie, "cold", "36.5").await;
    let client = server.enter().await;
    assert_eq!(queue(&client, &server, enterprise, "").await.count, 4, "what no longer lasts");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_day_is_the_enterprises_whichever_way_the_clock_jumps(#[case] backend: Backend) {
    let (server, enterprise, _) = start(backend).await;
    let (state, (_, cookie)) = (&server.state, server.employee(enterprise, &person(1)).await);
    // 23:59:30 in Shanghai, 00:00:30, and back again.
    state.clock.advance_secs(DAY / 2 - 30);
    let first = state.clock.today("Asia/Shanghai".parse().unwrap());
    declare(&server, enterprise, &cookie, "none", "37.4").await;
    state.clock.advance_secs(60);
    declare(&server, enterprise, &cookie, "none", "37.4").await;
    state.clock.advance_secs(-60);
    declare(&server, enterprise, &cookie, "none", "38.8").await;
    let client = server.enter().await;
    let view = queue(&client, &server, enterprise, "").await;
    let days: Vec<String> = column(&state.db, "select cast(day as text) from alert order by day").await;
    assert_eq!(days, [first.to_string(), state.clock.today("Asia/Tokyo".parse().unwrap()).to_string()]);
    assert_eq!(view.lines.len(), 2);
    let worse = opened(&client, &server, enterprise, &view.lines[0].id).await;
    assert_eq!((worse.day, happened(&worse), reasons(&worse)), (first, vec![What::Raised, What::Worsened], vec![HIGH]));
    let of_day = queue(&client, &server, enterprise, &format!("day={first}")).await;
    assert_eq!((of_day.count, &of_day.lines[0].id), (1, &view.lines[0].id));
    // A year back, and on.
    state.clock.advance_secs(-365 * DAY);
    declare(&server, enterprise, &cookie, "none", "37.6").await;
    state.clock.advance_secs(365 * DAY);
    let client = server.enter().await;
    assert_eq!(queue(&client, &server, enterprise, "").await.count, 3);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_step_is_kept_with_who_and_when_and_wrong_ones_are_refused(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (elsewhere, _) = server.enterprise(2).await;
    let (employee, cookie) = server.employee(enterprise, &person(1)).await;
    declare(&server, enterprise, &cookie, "none", "38.6").await;
    let (id, _) = only(&client, &server, enterprise).await;
    let steps = [
        ("new", "seen", ""),
        ("seen", "contacted", "<b>已联系</b>\r\n下午复诊"),
        ("contacted", "isolated", ""),
        ("isolated", "in-care", ""),
    ];
    for (from, to, note) in steps {
        let answer = set(&client, &server, enterprise, &id, [from, to], note).await;
        assert_eq!(answer.headers()[header::LOCATION], format!("/e/{enterprise}/alerts/{id}?done=set"), "{from} {to}");
    }
    let refused = async |from: &str, to: &str, note: &str, status: StatusCode, sentence: &str| {
        let answer = set(&client, &server, enterprise, &id, [from, to], note).await;
        let (got, page) = (answer.status(), answer.text().await.unwrap());
        assert!(got == status && page.contains(sentence), "{from} {to}: {got} {page}");
    };
    let moved = "状态已经变化";
    refused("in-care", "seen", "", StatusCode::UNPROCESSABLE_ENTITY, moved).await;
    refused("in-care", "in-care", "", StatusCode::UNPROCESSABLE_ENTITY, moved).await;
    refused("contacted", "resolved", "保留的备注", StatusCode::UNPROCESSABLE_ENTITY, "保留的备注").await;
    refused("in-care", "deleted", "", StatusCode::BAD_REQUEST, "").await;
    refused("in-care", "resolved", &"长".repeat(501), StatusCode::UNPROCESSABLE_ENTITY, "500").await;
    refused("in-care", "resolved", "a\u{202e}b", StatusCode::UNPROCESSABLE_ENTITY, "").await;
    assert_eq!(post(&client, &server, enterprise, &id, &[("action", "burn")]).await.status(), StatusCode::BAD_REQUEST);
    for (place, alert) in [(elsewhere, &*id), (enterprise, "0193a1b200007000800000000000abcd"), (enterprise, "x")] {
        assert_eq!(set(&client, &server, place, alert, ["in-care", "resolved"], "").await.status(), StatusCode::NOT_FOUND, "{alert}");
    }
    assert!(set(&client, &server, enterprise, &id, ["in-care", "resolved"], &"长".repeat(500)).await.status().is_redirection());
    refused("resolved", "new", "", StatusCode::UNPROCESSABLE_ENTITY, moved).await;

    let (_, view) = only(&client, &server, enterprise).await;
    let all = [What::Raised, What::Seen, What::Contacted, What::Isolated, What::InCare, What::Resolved];
    assert_eq!((happened(&view), view.next.len()), (all.to_vec(), 0));
    assert_eq!(view.steps[2].note, "<b>已联系</b>\n下午复诊");
    assert!(view.steps[0].who.is_none() && view.steps[1..].iter().all(|step| step.who.as_deref() == Some(&*person(900).name)));
    let page = client.get(server.link(&format!("/e/{enterprise}/alerts/{id}"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;b&gt;已联系&lt;/b&gt;") && !page.contains("<b>已联系"), "{page}");
    assert_eq!(queue(&client, &server, enterprise, "").await.count, 0);
    assert_eq!(queue(&client, &server, enterprise, "state=resolved").await.count, 1);

    // Numbers in full only where they are asked for, and each look is written down.
    let number = person(1).document.number().to_owned();
    assert!(!page.contains(&number) && !page.contains("tel:"));
    let page = post(&client, &server, enterprise, &id, &[("action", "numbers")]).await.text().await.unwrap();
    assert!(page.contains(&number) && page.contains("href=\"tel:+86139"), "{page}");
    let of = |action: &str| format!("select count(*) from audit where action = '{action}' and object_id is not null");
    let count = async |action: &str| column::<i64>(&server.state.db, &of(action)).await[0];
    assert_eq!((count("handle-alert").await, count("view-numbers").await), (5, 1));
    assert!(count("view-details").await >= 3);
    assert_eq!(column::<uuid::Uuid>(&server.state.db, "select object_id from audit where action = 'handle-alert'").await, [employee.0; 5]);
    server.stop().await;
}

/// Somebody of a department.
async fn member(server: &TestServer, enterprise: EnterpriseId, number: u32, of: Option<i64>) -> (EmployeeId, String) {
    let (state, person) = (&server.state, person(number));
    let people = [(&person, of.map(DepartmentId))];
    let claimed = claim::claim_all_of(&state.db, &state.vault, state.clock.now(), Tenant::of_operator(enterprise), &people).await.unwrap();
    (claimed[0].employee, format!("shenbao-device-{enterprise}={}", claimed[0].secret.text()))
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_is_confined_has_the_alerts_of_their_people_and_no_others(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let names = ["生产部".to_owned(), "仓储部".to_owned()];
    department::add_by_operator(&server.state, Tenant::of_operator(enterprise), &names).await.unwrap();
    let (ours, theirs) = (manager(&server, enterprise, &person(901), &[1]).await, manager(&server, enterprise, &person(902), &[2]).await);
    let everyones = manager(&server, enterprise, &person(903), &[]).await;
    let clerk = server.viewer(&person(904)).await;
    let by = column::<uuid::Uuid>(&server.state.db, "select representative_id from enterprise_representative").await[0];
    server.lend(enterprise, by, clerk, "statistics", 30 * DAY, None).await;
    let mut people = Vec::new();
    for (number, of) in [(1, Some(1)), (2, Some(1)), (3, Some(2)), (4, None)] {
        let (employee, cookie) = member(&server, enterprise, number, of).await;
        declare(&server, enterprise, &cookie, "none", "38.6").await;
        people.push(employee);
    }
    let count = async |client: &Client, query: &str| queue(client, &server, enterprise, query).await.count;
    assert_eq!((count(&client, "").await, count(&everyones, "").await), (4, 4));
    assert_eq!((count(&ours, "").await, count(&theirs, "").await), (2, 1));
    assert_eq!((count(&client, "department=2").await, count(&client, "department=0").await), (1, 1));
    for (client, told) in [(&client, 4), (&everyones, 4), (&ours, 2), (&theirs, 1)] {
        assert_eq!(messages(client, &server).await.lines[0].count, told);
    }
    assert_eq!(column::<i64>(&server.state.db, "select count(*) from message").await, [4], "nothing is said to whoever may not see people");
    let figures: StatisticsView = asked(&ours, &server, "statistics", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    assert_eq!(figures.alerts, Some(2));

    let mut attacks = Attacks::of(Family::Matrix);
    let foreign = queue(&theirs, &server, enterprise, "").await.lines[0].id.clone();
    let own = queue(&ours, &server, enterprise, "").await.lines[0].id.clone();
    let status = async |answer: Response| answer.status();
    let page = server.link(&format!("/e/{enterprise}/alerts/{foreign}"));
    attacks.tried(status(ours.get(&page).send().await.unwrap()).await != 404, format_args!("opened"));
    for form in [&[("action", "numbers")][..], &[("action", "lasting")], &[("action", "set"), ("from", "new"), ("to", "seen")]] {
        attacks.tried(status(post(&ours, &server, enterprise, &foreign, form).await).await != 404, format_args!("{form:?}"));
    }
    let see = |client: &Client, ids: &[&str]| {
        let form: Vec<(&str, &str)> = ids.iter().map(|id| ("alert", *id)).chain([("here", "")]).collect();
        client.post(server.link(&format!("/e/{enterprise}/alerts"))).form(&form).send()
    };
    attacks.tried(see(&ours, &[&own, &foreign]).await.unwrap().status() != 404, format_args!("seen with one's own"));
    for query in ["department=2", "department=0"] {
        let form = [("enterprise", enterprise.to_string()), ("query", query.to_owned())];
        let answer = ours.post(server.link("/api/alerts")).form(&form).send().await.unwrap();
        attacks.tried(answer.status() != 400, format_args!("{query}"));
    }
    assert_eq!(count(&client, "state=new").await, 4, "none was touched");
    assert_eq!(see(&ours, &[&own]).await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!((count(&client, "state=new").await, count(&client, "state=seen").await), (3, 1));

    // Whoever is moved is out of sight with the next request.
    let form = [("enterprise", enterprise.to_string()), ("employee", people[0].to_string()), ("department", "2".to_owned())];
    let moved = client.post(server.link("/api/set-department")).form(&form).send().await.unwrap();
    assert!(moved.status().as_u16() < 400, "{}", moved.status());
    assert_eq!((count(&ours, "").await, count(&theirs, "").await), (1, 2));
    attacks.done();
    server.stop().await;
}

/// Whoever these are, each of them declares the same; as their forms would have it stored.
async fn all_declare(server: &TestServer, enterprise: EnterpriseId, people: &[EmployeeId], symptoms: &str, temperature: &str) {
    let state = &server.state;
    let questionnaire = state.catalogue.newest("guangdong-2020").unwrap();
    let day: Day = state.clock.today("Asia/Shanghai".parse().unwrap());
    let fields = [("travel", "no"), ("symptoms", symptoms), ("temperature", temperature)];
    let values = FormValues::from_pairs(fields.map(|(field, value)| (field.to_owned(), value.to_owned())));
    let answers = check(&questionnaire, &values, day).unwrap();
    let (keys, version) = (state.vault.keys(&state.db, enterprise).await.unwrap(), i64::from(questionnaire.version));
    for some in people.chunks(2000) {
        let mut waiting = Vec::new();
        for employee in some {
            let of_whom = (*employee, day);
            let tenant = Tenant::of_operator(enterprise);
            let alert = raise::of(state, tenant, &keys, of_whom, &questionnaire, &answers).await.unwrap();
            let (residence, alerts) = ("虚构路".to_owned(), vec!["fever".to_owned()]);
            let record = Record { answers: answers.clone(), residence, level: Level::Claimed, alerts, on_behalf: None };
            let key = random::uuid();
            let row = Row { submission: key, employee: *employee, day, questionnaire: &questionnaire.code, version };
            waiting.push(state.writer.submit(Submission {
                enterprise,
                employee: *employee,
                day,
                submitted_at: state.clock.now(),
                key,
                questionnaire: questionnaire.code.clone(),
                version: questionnaire.version,
                record: record.seal(&keys, row),
                alert,
                unless_since: None,
                entry: None,
            }));
        }
        for receipt in join_all(waiting).await {
            assert!(receipt.unwrap().is_some());
        }
    }
}

async fn crowd(server: &TestServer, enterprise: EnterpriseId, count: u32) -> Vec<EmployeeId> {
    let state = &server.state;
    let people: Vec<Person> = (1..=count).map(person).collect();
    let people: Vec<_> = people.iter().map(|person| (person, None)).collect();
    let claimed = claim::claim_all_of(&state.db, &state.vault, state.clock.now(), Tenant::of_operator(enterprise), &people).await.unwrap();
    claimed.into_iter().map(|claimed| claimed.employee).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn ten_thousand_of_one_rule_stand_together(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let add = [
        ("action", "add"),
        ("kind", "webhook"),
        ("name", "系统"),
        ("address", "https://hook.example.invalid/"),
        ("secret", "0123456789abcdef"),
        ("alerts", "yes"),
    ];
    assert_eq!(client.post(server.link(&link::channels(enterprise))).form(&add).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    let people = crowd(&server, enterprise, 10_000).await;
    all_declare(&server, enterprise, &people, "wuhan", "36.5").await;
    all_declare(&server, enterprise, &people[..30], "wuhan", "38.8").await;
    all_declare(&server, enterprise, &people[30..33], "stomach", "36.5").await;
    let view = queue(&client, &server, enterprise, "").await;
    assert_eq!(view.count, 10_000);
    let groups: Vec<(&str, u32)> = view.groups.iter().map(|group| (&*group.words, group.count)).collect();
    assert_eq!(groups, [(HIGH, 30), ("两周内有武汉居住或旅行史", 9997)]);
    assert_eq!(view.lines.len(), 3, "what is something else stands by itself");
    let page = client.get(server.link(&link::alerts(enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(page.len() < 60_000, "{} bytes", page.len());
    let told = messages(&client, &server).await;
    assert_eq!((told.unread, told.lines.len(), told.lines[0].count), (1, 1, 10_033));
    // What goes out is gathered, too: one for each minute, however long it took.
    let out = column::<i64>(&server.state.db, "select count from outbox").await;
    assert!(out.len() < 10 && out.iter().sum::<i64>() == 10_033, "{out:?}");

    // The group leads to pages of 50, each alert on one of them.
    let (_, query) = view.groups[0].link.split_once('?').unwrap();
    assert_eq!(queue(&client, &server, enterprise, query).await.lines.len(), 30);
    let (_, query) = view.groups[1].link.split_once('?').unwrap();
    let mut next = query.to_owned();
    let mut met = std::collections::HashSet::new();
    for number in 0..3 {
        let page = queue(&client, &server, enterprise, &next).await;
        assert_eq!((page.count, page.lines.len(), page.groups.len()), (9997, 50, 0), "page {number}");
        assert!(page.lines.iter().all(|line| met.insert(line.id.clone())), "page {number}");
        next = page.next.unwrap().split_once('?').unwrap().1.to_owned();
    }
    // All that are shown are seen at once, and the page comes back.
    let page = queue(&client, &server, enterprise, query).await;
    let form: Vec<(&str, &str)> = page.lines.iter().map(|line| ("alert", &*line.id)).chain([("here", query)]).collect();
    let answer = client.post(server.link(&link::alerts(enterprise))).form(&form).send().await.unwrap();
    assert_eq!(answer.headers()[header::LOCATION], format!("/e/{enterprise}/alerts?{query}&done=seen"));
    assert_eq!(queue(&client, &server, enterprise, "state=seen").await.count, 50);
    let many: Vec<(&str, &str)> = (0..51).map(|_| ("alert", &*page.lines[0].id)).chain([("here", "")]).collect();
    let answer = client.post(server.link(&link::alerts(enterprise))).form(&many).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn alerts_go_with_their_employee_and_with_their_time(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (state, db) = (&server.state, &server.state.db);
    let (employee, first) = server.employee(enterprise, &person(1)).await;
    let (_, second) = server.employee(enterprise, &person(2)).await;
    for cookie in [&first, &second] {
        declare(&server, enterprise, cookie, "cold", "37.5").await;
    }
    let rows = async || {
        let mut rows = Vec::new();
        for table in ["alert", "alert_step", "lasting"] {
            rows.push(column::<i64>(db, &format!("select count(*) from {table}")).await[0]);
        }
        rows
    };
    for line in queue(&client, &server, enterprise, "").await.lines {
        let form = [("action", "lasting"), ("rule", "cold")];
        assert!(post(&client, &server, enterprise, &line.id, &form).await.status().is_redirection());
        assert!(set(&client, &server, enterprise, &line.id, ["new", "contacted"], "备注").await.status().is_redirection());
    }
    assert_eq!(rows().await, [2, 4, 2]);

    // Deleted because they ask for it.
    let asks = server.client().post(server.link(&link::rights(enterprise))).header("cookie", &first);
    assert_eq!(asks.form(&[("form", "ask-deletion"), ("note", "")]).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    let request = column::<uuid::Uuid>(db, "select id from request").await[0].simple().to_string();
    let intent = format!("{{\"delete-person\":\"{employee}\"}}");
    let ticket = asked::<Ceremony>(&client, &server, "step-up", &[("intent", &intent)]).await.ticket;
    let form = [("enterprise", &*enterprise.to_string()), ("request", &request), ("ticket", &ticket), ("credential", "")];
    let deleted = client.post(server.link("/api/delete-person")).form(&form).send().await.unwrap();
    assert!(deleted.status().as_u16() < 400, "{}", deleted.status());
    assert_eq!(rows().await, [1, 2, 1], "their alerts, steps and what lasts went with them");

    state.clock.advance_secs(89 * DAY);
    declare(&server, enterprise, &second, "stomach", "36.5").await;
    assert_eq!(purge(&server).await.alerts, 0, "the 89th day");
    state.clock.advance_secs(DAY);
    let purged = purge(&server).await;
    assert_eq!((purged.alerts, purged.declarations), (1, 1), "{purged}");
    assert_eq!(rows().await, [1, 1, 1]);
    state.clock.advance_secs(100 * DAY);
    purge(&server).await;
    assert_eq!(rows().await, [0, 0, 0]);
    assert_eq!(column::<i64>(db, "select count(*) from employee").await, [0]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn messages_are_folded_until_they_are_read(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (elsewhere, _) = server.enterprise(2).await;
    server.appoint(elsewhere, &person(900)).await;
    let other = manager(&server, enterprise, &person(901), &[]).await;
    for number in 1..4 {
        let (_, cookie) = server.employee(enterprise, &person(number)).await;
        declare(&server, enterprise, &cookie, "none", "38.6").await;
    }
    let (_, cookie) = server.employee(elsewhere, &person(1)).await;
    declare(&server, elsewhere, &cookie, "none", "38.6").await;
    let told = messages(&client, &server).await;
    let mut counts: Vec<u32> = told.lines.iter().map(|line| line.count).collect();
    counts.sort_unstable();
    assert_eq!((told.unread, counts), (2, vec![1, 3]), "one for each enterprise");

    let page = client.get(server.link("/messages")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("有 3 条新的健康预警") && !page.contains(&person(1).name), "{page}");
    assert_eq!(messages(&client, &server).await.unread, 2, "to be shown is not to be read");
    let line = told.lines.iter().find(|line| line.count == 3).unwrap();
    let read = async |client: &Client, which: &str| client.post(server.link("/messages")).form(&[("read", which)]).send().await.unwrap();
    let answer = read(&client, &line.name).await;
    assert_eq!(answer.headers()[header::LOCATION], format!("/e/{enterprise}/alerts"));
    assert_eq!(messages(&client, &server).await.unread, 1);
    assert_eq!(messages(&other, &server).await.unread, 1, "each reads for themselves");
    for bad in ["", "x", &format!("{elsewhere}-0193a1b200007000800000000000abcd")] {
        assert_eq!(read(&client, bad).await.status(), StatusCode::NOT_FOUND, "{bad}");
    }
    let theirs = messages(&client, &server).await.lines.into_iter().find(|line| line.enterprise == elsewhere).unwrap().name;
    assert_eq!(read(&other, &theirs).await.status(), StatusCode::NOT_FOUND, "another's");

    // What comes afterwards is told anew.
    let (_, cookie) = server.employee(enterprise, &person(4)).await;
    declare(&server, enterprise, &cookie, "none", "38.6").await;
    let told = messages(&client, &server).await;
    assert_eq!((told.unread, told.lines.len()), (2, 3));
    assert_eq!(read(&client, "all").await.headers()[header::LOCATION], "/messages");
    assert_eq!((messages(&client, &server).await.unread, messages(&other, &server).await.unread), (0, 1));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn two_processes_raise_one_alert_of_one_person(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let beside = server.beside().await;
    beside.state.clock.advance_secs((server.state.clock.now().as_millis() - beside.state.clock.now().as_millis()) / 1000);
    let (_, cookie) = server.employee(enterprise, &person(1)).await;
    let forms = ["38.6", "37.4", "38.7", "37.5", "38.8", "39.0"];
    join_all(forms.into_iter().enumerate().map(|(number, temperature)| {
        let (server, cookie) = (if number % 2 == 0 { &server } else { &beside }, &cookie);
        async move { declare(server, enterprise, cookie, "none", temperature).await }
    }))
    .await;
    let (_, view) = only(&client, &server, enterprise).await;
    assert_eq!((reasons(&view), view.steps[0].what), (vec![HIGH], What::Raised));
    assert!(happened(&view).iter().filter(|what| **what == What::Raised).count() == 1, "{:?}", happened(&view));
    beside.stop().await;
    server.stop().await;
}

/// What a stream says next: the number, or nothing at its end.
async fn heard(stream: &mut Response) -> Option<u32> {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await.expect("it says something, or ends");
        let text = String::from_utf8(next.unwrap()?.to_vec()).unwrap();
        // A keep-alive says nothing.
        if let Some(data) = text.strip_prefix("data: ") {
            return Some(data.trim().parse().unwrap());
        }
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_open_page_hears_of_alerts_from_any_process_until_its_session_ends(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let beside = server.beside().await;
    let ahead = server.state.clock.now().as_millis() - beside.state.clock.now().as_millis();
    beside.state.clock.advance_secs(ahead / 1000);
    let listen = async || client.get(server.link("/messages/events")).send().await.unwrap();
    let mut stream = listen().await;
    assert_eq!((stream.status(), &stream.headers()[header::CONTENT_TYPE]), (StatusCode::OK, &"text/event-stream".parse().unwrap()));
    assert_eq!(heard(&mut stream).await, Some(0), "at once");
    let (_, first) = server.employee(enterprise, &person(1)).await;
    declare(&server, enterprise, &first, "none", "38.6").await;
    assert_eq!(heard(&mut stream).await, Some(1));
    assert_eq!(asked::<u32>(&client, &server, "unread", &[]).await, 1);
    client.post(server.link("/messages")).form(&[("read", "all")]).send().await.unwrap();
    assert_eq!(heard(&mut stream).await, Some(0), "read elsewhere");
    let (_, second) = server.employee(enterprise, &person(2)).await;
    declare(&beside, enterprise, &second, "none", "38.6").await;
    assert_eq!(heard(&mut stream).await, Some(1), "raised by another process");

    // Four of one person, and no more; a place is free again when one is closed.
    let mut more = Vec::new();
    for _ in 1..MOST {
        more.push(listen().await);
    }
    assert_eq!(listen().await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(server.client().get(server.link("/messages/events")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);

    // To listen is not to use a session: it ends as if nobody were there.
    server.state.clock.advance_secs(15 * 60 + 1);
    assert_eq!(heard(&mut stream).await, None);
    assert_eq!(listen().await.status(), StatusCode::UNAUTHORIZED);
    beside.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_what_would_go_on(#[case] backend: Backend) {
    let (server, _, client) = start(backend).await;
    let mut stream = client.get(server.link("/messages/events")).send().await.unwrap();
    assert_eq!(heard(&mut stream).await, Some(0));
    let listening = tokio::spawn(async move { heard(&mut stream).await });
    tokio::time::timeout(Duration::from_secs(9), server.stop()).await.expect("it waits for nobody who only listens");
    assert_eq!(listening.await.unwrap(), None);
}
