//! Reminders: who is reminded and who is not, by what, when, and how often.

use reqwest::{Response, StatusCode};
use rstest::rstest;
use serde_json::Value;
use shenbao::{
    account::{caller::Tenant, model::Person},
    audit::model::{Action, AuditView},
    channel::deliver,
    config::Sending,
    id::EnterpriseId,
    link,
    message::model::{Kind, MessagesView},
    reminder::{
        model::{RemindersView, State},
        schedule::{self, Done},
    },
    roster::import,
    wire,
};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use crate::{
    matrix::session,
    retention::purge,
    support::{Backend, Mail, Mailbox, TestServer, column, declare, eventually, person},
};

const DAY: i64 = 24 * 60 * 60;
const SECRET: &str = "0123456789abcdef0123";

/// A server that writes to a receiver and a mailbox on this machine; and the representative of its enterprise, at eight in the morning.
struct Scene {
    server: TestServer,
    receiver: MockServer,
    mailbox: Mailbox,
    enterprise: EnterpriseId,
    code: String,
    representative: uuid::Uuid,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let (receiver, mailbox) = (MockServer::start().await, Mailbox::open().await);
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({ "errcode": 0 })))
            .mount(&receiver)
            .await;
        let sending = Sending {
            allow_receivers: receiver.address().to_string(),
            smtp_url: Some(mailbox.url()),
            mail_from: Some("shenbao@operator.example".to_owned()),
            holidays: None,
        };
        let server = TestServer::start_sending(backend, sending).await;
        let second = (server.state.clock.now().as_millis() / 1000 + 8 * 60 * 60) % DAY;
        server.state.clock.advance_secs(DAY + 8 * 60 * 60 - second);
        let (enterprise, code) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        Self { server, receiver, mailbox, enterprise, code, representative }
    }

    async fn post(&self, path: String, form: &[(&str, &str)]) -> Response {
        // A session that has just begun: clocks go on by days here.
        let cookie = session(&self.server, self.representative).await;
        self.server.client().post(self.server.link(&path)).header("cookie", cookie).form(form).send().await.unwrap()
    }

    /// Adds a channel that is told of reminders.
    async fn add(&self, kind: &str, at: &str, names: bool) {
        let (address, secret) = if at.is_empty() { (String::new(), "") } else { (format!("{}{at}", self.receiver.uri()), SECRET) };
        let mut form =
            vec![("action", "add"), ("kind", kind), ("name", kind), ("address", &*address), ("secret", secret), ("reminders", "yes")];
        form.extend(names.then_some(("names", "yes")));
        let answer = self.post(link::channels(self.enterprise), &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{kind}: {}", answer.text().await.unwrap());
    }

    async fn remind(&self) -> (StatusCode, String) {
        let answer = self.post(link::reminders(self.enterprise), &[("action", "now")]).await;
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().rsplit('=').next().unwrap().to_owned());
        (answer.status(), to.unwrap_or_default())
    }

    async fn save(&self, more: &[(&str, &str)]) -> Response {
        let form: Vec<(&str, &str)> = [("action", "save")].into_iter().chain(more.iter().copied()).collect();
        self.post(link::reminders(self.enterprise), &form).await
    }

    async fn asked<T: serde::de::DeserializeOwned>(&self, function: &str, form: &[(&str, &str)]) -> T {
        let answer = self.post(format!("/api/{function}"), form).await;
        assert_eq!(answer.status(), StatusCode::OK, "{function}");
        wire::open(&answer.text().await.unwrap()).unwrap()
    }

    async fn view(&self) -> RemindersView {
        self.asked("reminders", &[("enterprise", &self.enterprise.to_string())]).await
    }

    /// What became of each time, the first first.
    async fn states(&self) -> Vec<State> {
        self.view().await.history.iter().rev().map(|line| line.state).collect()
    }

    /// Everything in the outbox is sent.
    async fn sent(&self) {
        while deliver::once(&self.server.state).await.unwrap() > 0 {}
        let waiting = "select count(*) from outbox where state <> 'sent'";
        eventually("all is sent", async || column::<i64>(&self.server.state.db, waiting).await[0] == 0).await;
    }

    async fn received(&self, at: &str) -> Vec<Value> {
        let all: Vec<Request> = self.receiver.received_requests().await.unwrap();
        all.iter().filter(|request| request.url.path() == at).map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// A roster of these people, of whom the even ones have an address, in two departments.
    async fn roster(&self, people: &[Person]) {
        let mut table = "姓名,证件号码,部门,邮箱\n".to_owned();
        for (number, person) in people.iter().enumerate() {
            let mail = if number % 2 == 0 { format!("p{number}@factory.example") } else { String::new() };
            let department = if number < 2 { "生产部" } else { "仓储部" };
            table += &[&person.name, person.document.number(), department, &mail].join(",");
            table.push('\n');
        }
        assert!(import::import_by_operator(&self.server.state, Tenant::of_operator(self.enterprise), &table).await.unwrap());
    }
}

/// What a clock left out that was ahead has its turn when the time comes; what it put in the outbox is not waited for.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_clock_that_was_ahead_uses_up_no_time(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.roster(&[person(1), person(2)]).await;
    scene.add("webhook", "/hook", false).await;
    let answer = scene.save(&[("time-1", "08:30"), ("days", "every"), ("active", "yes")]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let (state, mut done) = (&scene.server.state, Done::new());
    for (ahead, back) in [(3, 3), (27, 27)] {
        state.clock.advance_secs(ahead * 60 * 60);
        Box::pin(schedule::once(state, &mut done)).await.unwrap();
        assert!(scene.states().await.contains(&State::Skipped), "{ahead} hours ahead");
        state.clock.advance_secs(-back * 60 * 60);
        Box::pin(schedule::once(state, &mut done)).await.unwrap();
    }
    // The time comes, for the process that was wrong, and for the next.
    state.clock.advance_secs(31 * 60);
    Box::pin(schedule::once(state, &mut done)).await.unwrap();
    Box::pin(schedule::once(state, &mut Done::new())).await.unwrap();
    assert_eq!(scene.states().await.iter().filter(|state| **state == State::Sent).count(), 1);
    scene.sent().await;
    assert_eq!(scene.received("/hook").await.len(), 1);
    scene.server.stop().await;
}

/// More people than one statement takes: each has a letter of their own.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn many_are_written_to_at_once(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let people: Vec<Person> = (0..150).map(person).collect();
    scene.roster(&people).await;
    scene.add("personal", "", false).await;
    assert_eq!(scene.remind().await.0, StatusCode::SEE_OTHER);
    let letters = column::<i64>(&scene.server.state.db, "select count(distinct id) from outbox where kind = 'personal'").await;
    assert_eq!(letters, [75], "the even ones have an address");
    scene.sent().await;
    let written: std::collections::BTreeSet<String> = scene.mailbox.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(written.len(), 75);
    scene.server.stop().await;
}

/// What a channel is told is asked when something is sent, not when it was put in the outbox.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_is_ticked_no_more_is_not_sent_any_more(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (db, clock) = (&scene.server.state.db, &scene.server.state.clock);
    let people: Vec<Person> = (0..3).map(person).collect();
    scene.roster(&people).await;
    scene.receiver.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&scene.receiver).await;
    scene.add("webhook", "/hook", true).await;
    let failed = async |tries: i64| {
        let sql = format!("select count(*) from outbox where tries = {tries} and claimed_until <= 1");
        while deliver::once(&scene.server.state).await.unwrap() > 0 {}
        eventually("it was tried", async || column::<i64>(db, &sql).await[0] == 1).await;
    };
    assert_eq!(scene.remind().await.0, StatusCode::SEE_OTHER);
    failed(1).await;
    assert!(scene.received("/hook").await.iter().all(|hook| hook["names"].is_array()), "they were ticked");
    let channel = column::<uuid::Uuid>(db, "select id from channel").await[0].simple().to_string();
    let tell = [("action", "tell"), ("channel", &*channel), ("reminders", "yes")];
    assert_eq!(scene.post(link::channels(scene.enterprise), &tell).await.status(), StatusCode::SEE_OTHER);
    scene.receiver.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&scene.receiver).await;
    clock.advance_secs(61);
    failed(2).await;
    let hooks = scene.received("/hook").await;
    assert!(!hooks.is_empty() && hooks.iter().all(|hook| hook.get("names").is_none() && hook["counts"]["missing"] == 3), "{hooks:?}");
    // The day is over: nobody is told of yesterday.
    scene.receiver.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&scene.receiver).await;
    clock.advance_secs(DAY);
    while deliver::once(&scene.server.state).await.unwrap() > 0 {}
    eventually("it was given up", async || column::<String>(db, "select state from outbox").await == ["dead"]).await;
    assert_eq!(column::<String>(db, "select error from outbox").await, ["late"]);
    assert!(scene.received("/hook").await.is_empty());
    scene.server.stop().await;
}

fn personal_of(person: &Person) -> [String; 3] {
    let number = person.document.number();
    [person.name.clone(), number.to_owned(), number[6..14].to_owned()]
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn only_those_who_are_missing_are_reminded_and_nobody_is_named_unless_it_is_ticked(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    let people: Vec<Person> = (0..5).map(person).collect();
    scene.roster(&people).await;
    let (declared, own) = server.employee(enterprise, &people[0]).await;
    declare(&server.state, enterprise, declared, "虚构路一号").await;
    let (late, of_late) = server.employee(enterprise, &people[2]).await;
    scene.add("wecom", "/group", false).await;
    scene.add("webhook", "/hook", true).await;
    scene.add("personal", "", false).await;
    assert_eq!(scene.save(&[("days", "every"), ("words", "请在九点前完成。")]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.view().await.missing, Some((5, 4)));
    assert_eq!(scene.remind().await, (StatusCode::SEE_OTHER, "now".to_owned()));
    scene.sent().await;

    // Figures, by department, and nobody.
    let group = scene.received("/group").await[0]["text"]["content"].as_str().unwrap().to_owned();
    for part in ["应报 5 人，已报 1 人，未报 4 人", "生产部：未报 1 人", "仓储部：未报 3 人", "请在九点前完成。"]
    {
        assert!(group.contains(part), "{part}: {group}");
    }
    for personal in people.iter().flat_map(personal_of) {
        assert!(!group.contains(&personal), "{personal}: {group}");
    }
    // Names where they are ticked: of those who are missing, and nothing else of them.
    let hook = &scene.received("/hook").await[0];
    let mut missing: Vec<&str> = people.iter().filter(|one| one.name != people[0].name).map(|person| &*person.name).collect();
    missing.sort_unstable();
    assert_eq!(hook["names"], serde_json::json!(missing));
    assert_eq!((&hook["counts"]["missing"], &hook["kind"]), (&4.into(), &"reminder".into()));
    for person in &people {
        assert!(!hook.to_string().contains(person.document.number()));
    }
    // To each of them who has an address: the way to declare, and nobody's name.
    let mut mails: Vec<Mail> = scene.mailbox.mails();
    mails.sort_by(|one, other| one.to.cmp(&other.to));
    assert_eq!(mails.iter().map(|mail| &*mail.to).collect::<Vec<_>>(), ["p2@factory.example", "p4@factory.example"]);
    for mail in &mails {
        assert!(mail.text.contains(&format!("/i/{}", scene.code)) && mail.text.contains("请在九点前完成。"), "{}", mail.text);
        assert!(!people.iter().flat_map(personal_of).any(|personal| mail.text.contains(&personal) || mail.raw.contains(&personal)));
    }
    // They read of it themselves, until they have declared.
    let mine =
        async |cookie: &str| server.client().get(server.link("/mine")).header("cookie", cookie).send().await.unwrap().text().await.unwrap();
    assert!(mine(&of_late).await.contains("提醒过您") && !mine(&own).await.contains("提醒过您"));
    declare(&server.state, enterprise, late, "虚构路二号").await;
    assert!(!mine(&of_late).await.contains("提醒过您"));
    // The representative has one message, and the page says what was done.
    let told: MessagesView = scene.asked("messages", &[]).await;
    assert_eq!(told.lines.iter().map(|line| (line.kind, line.count)).collect::<Vec<_>>(), [(Kind::Reminder, 4)]);
    let line = &scene.view().await.history[0];
    assert_eq!(
        (line.state, line.outcome.missing, line.outcome.notices, line.outcome.mails, line.outcome.channels.len()),
        (State::Sent, 4, 1, 2, 3)
    );

    // Once in ten minutes by hand; then those who are still missing, and one message for both.
    assert_eq!(scene.remind().await.0, StatusCode::TOO_MANY_REQUESTS);
    server.state.clock.advance_secs(601);
    assert_eq!(scene.remind().await.0, StatusCode::SEE_OTHER);
    let told: MessagesView = scene.asked("messages", &[]).await;
    assert_eq!(told.lines.iter().map(|line| line.count).collect::<Vec<_>>(), [3]);
    let audit: AuditView = scene.asked("audit", &[("enterprise", &enterprise.to_string()), ("query", "")]).await;
    assert_eq!(audit.entries.iter().filter(|entry| entry.action == Action::Remind).count(), 2);
    scene.sent().await;

    // It goes with its time.
    server.state.clock.advance_secs(91 * DAY);
    assert_eq!(purge(server).await.reminders, 2, "the notice went with its employee");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_time_has_its_turn_once_whatever_the_clocks_do(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.roster(&[person(1), person(2)]).await;
    scene.add("webhook", "/hook", false).await;
    let answer = scene.save(&[("time-1", "08:30"), ("days", "every"), ("active", "yes")]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let other = scene.server.beside().await;
    let ahead = scene.server.state.clock.now().as_millis() - other.state.clock.now().as_millis();
    other.state.clock.advance_secs(ahead / 1000);
    let (mut one, mut two) = (Done::new(), Done::new());
    let advance = |secs: i64| {
        for server in [&scene.server, &other] {
            server.state.clock.advance_secs(secs);
        }
    };
    let mut look = async || {
        let both = futures::future::join(schedule::once(&scene.server.state, &mut one), schedule::once(&other.state, &mut two));
        let both = Box::pin(both).await;
        both.0.unwrap();
        both.1.unwrap();
    };
    look().await;
    assert_eq!(scene.states().await, [], "not yet");
    advance(31 * 60);
    look().await;
    assert_eq!(scene.states().await, [State::Sent]);
    scene.sent().await;
    // The clocks are set back, and go on.
    advance(-60 * 60);
    look().await;
    advance(60 * 60);
    look().await;
    // A process that was started anew knows nothing of it.
    let mut fresh = Done::new();
    schedule::once(&scene.server.state, &mut fresh).await.unwrap();
    assert_eq!(scene.states().await, [State::Sent]);
    // The next day it is late, and made up for.
    advance(DAY + 50 * 60);
    look().await;
    assert_eq!(scene.states().await, [State::Sent; 2]);
    scene.sent().await;
    // The day after, it is too late: a line says so, and nothing is sent.
    advance(DAY + 60 * 60);
    look().await;
    assert_eq!(scene.states().await, [State::Sent, State::Sent, State::Skipped]);
    scene.sent().await;
    assert_eq!(scene.received("/hook").await.len(), 2);
    assert_eq!(scene.received("/hook").await[0]["time"], "08:30");
    // A plan that rests sends nothing; one that is made at ten does not begin with half past eight.
    assert_eq!(scene.save(&[("time-1", "08:30"), ("days", "every")]).await.status(), StatusCode::SEE_OTHER);
    advance(DAY);
    look().await;
    assert_eq!(scene.save(&[("time-1", "08:30"), ("days", "every"), ("active", "yes")]).await.status(), StatusCode::SEE_OTHER);
    look().await;
    assert_eq!(scene.states().await.len(), 3);
    other.stop().await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn without_a_roster_only_the_number_is_told(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    scene.add("webhook", "/hook", true).await;
    scene.add("personal", "", false).await;
    assert_eq!(scene.remind().await, (StatusCode::SEE_OTHER, "unknown".to_owned()));
    server.state.clock.advance_secs(601);
    let (employee, cookie) = server.employee(enterprise, &person(1)).await;
    let (_, missing) = server.employee(enterprise, &person(2)).await;
    declare(&server.state, enterprise, employee, "虚构路一号").await;
    let form = [("action", "head-count"), ("count", "10")];
    assert_eq!(scene.post(link::roster(enterprise), &form).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.remind().await, (StatusCode::SEE_OTHER, "now".to_owned()));
    scene.sent().await;
    let hook = &scene.received("/hook").await[0];
    assert_eq!((&hook["counts"]["missing"], hook.get("names")), (&9.into(), None));
    assert!(scene.mailbox.mails().is_empty());
    for cookie in [&cookie, &missing] {
        let mine = server.client().get(server.link("/mine")).header("cookie", cookie).send().await.unwrap().text().await.unwrap();
        assert!(!mine.contains("提醒过您"), "nobody is known to be missing");
    }
    // Everyone has declared: nobody is written to.
    server.state.clock.advance_secs(601);
    assert_eq!(scene.post(link::roster(enterprise), &[("action", "head-count"), ("count", "1")]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.remind().await, (StatusCode::SEE_OTHER, "nobody".to_owned()));
    assert_eq!(scene.states().await, [State::Unknown, State::Sent, State::Nobody]);
    scene.sent().await;
    assert_eq!(scene.received("/hook").await.len(), 1);
    scene.server.stop().await;
}

#[tokio::test]
async fn a_plan_that_cannot_be_comes_back_with_what_was_typed() {
    let scene = Scene::new(Backend::Sqlite).await;
    for (form, words) in [
        (&[("time-1", "25:00"), ("days", "every"), ("active", "yes"), ("words", "附言在此")][..], "时间要写成"),
        (&[("days", "every"), ("active", "yes"), ("words", "附言在此")], "请至少填写一个时间"),
        (&[("time-1", "09:00"), ("days", "chosen"), ("active", "yes"), ("words", "附言在此")], "请选择在哪些天提醒"),
    ] {
        let answer = scene.save(form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(page.contains(words) && page.contains("附言在此"), "{words}");
    }
    let long = "请".repeat(201);
    assert_eq!(scene.save(&[("days", "every"), ("words", &long)]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(scene.post(link::reminders(scene.enterprise), &[("action", "fly")]).await.status(), StatusCode::BAD_REQUEST);
    assert!(scene.view().await.new);
    // What is kept stands in the form.
    let good = [
        ("time-2", "18:05"),
        ("time-1", "09:00"),
        ("days", "chosen"),
        ("weekday", "0"),
        ("weekday", "4"),
        ("active", "yes"),
        ("words", "附言在此"),
    ];
    assert_eq!(scene.save(&good).await.status(), StatusCode::SEE_OTHER);
    let view = scene.view().await;
    assert_eq!((view.new, view.values.times, view.values.weekdays), (false, vec!["09:00".to_owned(), "18:05".to_owned()], vec![0, 4]));
    assert_eq!((&*view.values.words, view.values.active), ("附言在此", true));
    scene.server.stop().await;
}
