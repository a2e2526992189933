//! What is counted, and who is behind it.

use std::{
    fs::{self, File},
    process::Stdio,
    time::Duration,
};

use reqwest::{Client, StatusCode};
use rstest::rstest;
use shenbao::{
    account::{
        caller::{self, Tenant},
        claim,
        model::{Level, Person},
    },
    census::{Censuses, Sight},
    declaration::{
        record::{Record, Row},
        versions,
        writer::Submission,
    },
    id::{EmployeeId, EnterpriseId},
    link,
    period::{Day, Moment},
    questionnaire::{
        check::check,
        model::{Answer, FormValues},
        wording::buckets_in_order,
    },
    random,
    statistics::model::Looked,
};
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    support::{Backend, TestServer, person, submission},
    trouble::{Process, free_port},
};

/// Someone without symptoms who has not been away.
const WELL: [(&str, &str); 3] = [("travel", "no"), ("symptoms", "none"), ("temperature", "36.5")];
const COLD: [(&str, &str); 5] =
    [("travel", "yes"), ("departure-city", "210100"), ("symptoms", "cold"), ("symptoms", "stomach"), ("temperature", "37.6")];

/// A server in demo mode with one enterprise, and its representative's browser.
async fn start(backend: Backend) -> (TestServer, EnterpriseId, Client) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let client = server.enter().await;
    (server, enterprise, client)
}

async fn employee(server: &TestServer, enterprise: EnterpriseId, number: u32) -> EmployeeId {
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    claim::claim(&state.db, &state.vault, state.clock.now(), tenant, &person(number)).await.unwrap().employee
}

fn today(server: &TestServer) -> Day {
    server.state.clock.today("Asia/Shanghai".parse().unwrap())
}

async fn declare(server: &TestServer, enterprise: EnterpriseId, employee: EmployeeId, days_ago: u64, form: &[(&str, &str)]) {
    let state = &server.state;
    let questionnaire = state.catalogue.newest("guangdong-2020").unwrap();
    let values = FormValues::from_pairs(form.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
    let day = today(server).minus_days(days_ago);
    let answers = check(&questionnaire, &values, day).unwrap();
    let alerts = questionnaire.alerts(&answers, day).into_iter().map(|rule| rule.code.clone()).collect();
    let record = Record { answers, residence: "虚构路 1 号".into(), level: Level::Claimed, alerts, on_behalf: None };
    let (keys, key) = (state.vault.keys(&state.db, enterprise).await.unwrap(), random::uuid());
    let version = i64::from(questionnaire.version);
    let row = Row { submission: key, employee, day, questionnaire: &questionnaire.code, version };
    let submission = Submission {
        enterprise,
        employee,
        day,
        submitted_at: Moment::from_millis(state.clock.now().as_millis() - i64::try_from(days_ago).unwrap() * 86_400_000),
        key,
        questionnaire: questionnaire.code.clone(),
        version: questionnaire.version,
        record: record.seal(&keys, row),
        alert: None,
        unless_since: None,
        entry: None,
    };
    state.writer.submit(submission).await.unwrap();
}

/// A page's status and its words, without tags.
async fn read(client: &Client, server: &TestServer, path: &str) -> (StatusCode, String) {
    let answer = client.get(server.link(path)).send().await.unwrap();
    let status = answer.status();
    let html = answer.text().await.unwrap();
    // From the heading to the end of what the page itself says.
    let body = html.split_once("<h1").map_or(html.as_str(), |(_, page)| page.split("</main>").next().unwrap());
    let mut words = String::new();
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    (status, words + rest)
}

async fn words(client: &Client, server: &TestServer, path: &str) -> String {
    let (status, words) = read(client, server, path).await;
    assert_eq!(status, StatusCode::OK, "{path}: {words}");
    words
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_version_that_is_gone_is_counted_in_no_band_and_every_page_says_so(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let state = &server.state;
    let cookie = server.claim(enterprise, &person(1)).await;
    let employee = caller::employee(&server.visit(&cookie), enterprise).await.unwrap().id();
    let questionnaire = state.catalogue.newest("guangdong-2020").unwrap();
    let values = [("travel", "no"), ("symptoms", "cold"), ("temperature", "38.9")];
    let values = FormValues::from_pairs(values.map(|(field, value)| (field.to_owned(), value.to_owned())));
    let mut answers = check(&questionnaire, &values, today(&server)).unwrap();
    let alerts = questionnaire.alerts(&answers, today(&server)).into_iter().map(|rule| rule.code.clone());
    let alerts = alerts.chain(["gone-alert".to_owned()]).collect();
    answers.insert("gone-question".to_owned(), Answer::One("gone-choice".to_owned()));
    let record = Record { answers, residence: "虚构路 1 号".into(), level: Level::Claimed, alerts, on_behalf: None };
    let (keys, key, day) = (state.vault.keys(&state.db, enterprise).await.unwrap(), random::uuid(), today(&server));
    let row = Row { submission: key, employee, day, questionnaire: &questionnaire.code, version: 77 };
    let submission = Submission {
        enterprise,
        employee,
        day,
        submitted_at: state.clock.now(),
        key,
        questionnaire: questionnaire.code.clone(),
        version: 77,
        record: record.seal(&keys, row),
        alert: None,
        unless_since: None,
        entry: None,
    };
    let receipt = state.writer.submit(submission).await.unwrap().unwrap();
    assert_eq!(versions::missing(state).await.unwrap(), [("guangdong-2020".to_owned(), 77)]);
    let log = server.folder.path().join("log");
    let to = Stdio::from(File::create(&log).unwrap());
    let process = Process::serve_logging(&server.settings, free_port(), "warn", to).await;
    let warnings = || fs::read_to_string(&log).unwrap().matches("its file is gone").count();
    for _ in 0..200 {
        if warnings() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process.kill();
    assert_eq!(warnings(), 1, "the operator is told once");

    let people = format!("/e/{enterprise}/people");
    assert!(words(&client, &server, &format!("{people}?symptoms=cold")).await.contains("1 人中 1 人"), "codes keep their meaning");
    let bands = questionnaire.question("temperature").unwrap();
    for band in buckets_in_order(bands) {
        let list = words(&client, &server, &format!("{people}?temperature={band}")).await;
        assert!(list.contains("1 人中 0 人"), "{band}: {list}");
    }
    let note = "所填的问卷版本已不在系统里";
    let details = words(&client, &server, &format!("{people}/{employee}")).await;
    for said in [note, "38.9", "gone-question", "gone-choice", "gone-alert", "体温高于38.5摄氏度"] {
        assert!(details.contains(said), "{said}: {details}");
    }
    let page = server.client().get(server.link(&format!("/done/{receipt}"))).header("cookie", &cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    for said in [note, "请尽快联系企业", "gone-question", "gone-alert"] {
        assert!(page.contains(said), "{said}: {page}");
    }

    // A version that is there says nothing of the kind.
    declare(&server, enterprise, employee, 0, &COLD).await;
    assert!(!words(&client, &server, &format!("{people}/{employee}")).await.contains(note));
    assert_eq!(versions::missing(state).await.unwrap().len(), 1);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_declaration_is_counted_as_soon_as_it_is_made(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (page, people) = (format!("/e/{enterprise}"), format!("/e/{enterprise}/people"));
    assert!(words(&client, &server, &page).await.contains("还没有人申报"), "nobody yet");

    let first = employee(&server, enterprise, 1).await;
    declare(&server, enterprise, first, 0, &COLD).await;
    let one = words(&client, &server, &page).await;
    for expected in ["第1号虚构工厂", "1人", "1 人中", "1月份以来有省外旅行史", "沈阳", "邀请员工申报", "截至", "相加可能超过人数"]
    {
        assert!(one.contains(expected), "{expected} in {one}");
    }

    let second = employee(&server, enterprise, 2).await;
    declare(&server, enterprise, second, 0, &WELL).await;
    assert!(words(&client, &server, &page).await.contains("2人"));
    let with_cold = words(&client, &server, &format!("{people}?symptoms=cold")).await;
    assert!(
        with_cold.contains("2 人中 1 人") && with_cold.contains(&person(1).name) && !with_cold.contains(&person(2).name),
        "{with_cold}"
    );
    assert!(!with_cold.contains(person(1).document.number()), "documents are masked");

    // A later declaration of the same day replaces the earlier one.
    declare(&server, enterprise, first, 0, &WELL).await;
    let nobody = words(&client, &server, &format!("{people}?symptoms=cold")).await;
    assert!(nobody.contains("2 人中 0 人") && nobody.contains("没有人符合"), "{nobody}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn filters_periods_and_searches_leave_the_right_people(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    for number in 1..=3 {
        let employee = employee(&server, enterprise, number).await;
        declare(&server, enterprise, employee, u64::from(number - 1) * 4, if number == 2 { &COLD } else { &WELL }).await;
    }
    let people = format!("/e/{enterprise}/people");
    let number = person(3).document.number().to_owned();
    for (query, count) in [
        (String::new(), "3 人中 3 人"),
        ("period=today".into(), "1 人中 1 人"),
        ("period=7d".into(), "2 人中 2 人"),
        ("symptoms=cold&symptoms=none".into(), "3 人中 3 人"),
        ("symptoms=none&travel=yes".into(), "3 人中 0 人"),
        ("symptoms=stomach&travel=yes&departure-city=210100&temperature=from-37-3".into(), "3 人中 1 人"),
        (format!("q={}", &number[12..]), "3 人中 1 人"),
        ("q=1390000000".into(), "3 人中 3 人"),
        (format!("q={}&period=7d", person(3).name), "2 人中 0 人"),
        (format!("from={0}&to={0}", today(&server).minus_days(4)), "1 人中 1 人"),
    ] {
        let list = words(&client, &server, &format!("{people}?{query}")).await;
        assert!(list.contains(count), "{query}: {list}");
    }
    for query in ["period=yesterday", "no-such=1", "symptoms=plague", "journeys=x", "from=2020-02-30&to=", "q=%ff", "after=x"] {
        for page in [&people, &format!("/e/{enterprise}")] {
            let (status, words) = read(&client, &server, &format!("{page}?{query}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert!(!words.contains("人中"), "no figure of something else: {words}");
        }
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_second_claim_to_a_document_is_counted_apart(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (matched, again) = (employee(&server, enterprise, 1).await, employee(&server, enterprise, 1).await);
    declare(&server, enterprise, matched, 0, &WELL).await;
    declare(&server, enterprise, again, 0, &COLD).await;
    let page = words(&client, &server, &format!("/e/{enterprise}")).await;
    assert!(page.contains("1人") && page.contains("待核对") && !page.contains("沈阳"), "{page}");
    let list = words(&client, &server, &format!("/e/{enterprise}/people?standing=to-verify")).await;
    assert!(list.contains("1 人中 1 人"), "{list}");
    let details = words(&client, &server, &format!("/e/{enterprise}/people/{again}")).await;
    assert!(details.contains("待核对") && details.contains("自报") && details.contains("沈阳"), "{details}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn details_show_what_was_declared_and_what_it_replaced(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let one = employee(&server, enterprise, 1).await;
    let path = format!("/e/{enterprise}/people/{one}");
    assert!(words(&client, &server, &path).await.contains("还没有申报"));
    declare(&server, enterprise, one, 0, &WELL).await;
    declare(&server, enterprise, one, 0, &COLD).await;
    let details = words(&client, &server, &path).await;
    for expected in ["虚构路 1 号", "自报", "37.6", "沈阳", "已被替换", "正在查看"] {
        assert!(details.contains(expected), "{expected} in {details}");
    }
    let earlier = words(&client, &server, &format!("{path}?declaration=2")).await;
    assert!(earlier.contains("36.5") && earlier.contains("不计入统计"), "{earlier}");
    assert_eq!(read(&client, &server, &format!("{path}?declaration=99")).await.0, StatusCode::NOT_FOUND);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_belongs_to_others_is_as_missing_as_what_there_is_not(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (foreign, _) = server.enterprise(2).await;
    let stranger = employee(&server, foreign, 1).await;
    declare(&server, foreign, stranger, 0, &WELL).await;
    let nowhere = EnterpriseId::from_bits(1);
    let missing = read(&client, &server, &format!("/e/{nowhere}")).await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    for path in [
        format!("/e/{foreign}"),
        format!("/e/{foreign}/people"),
        format!("/e/{foreign}/people/{stranger}"),
        format!("/e/{enterprise}/people/{stranger}"),
        format!("/e/{enterprise}/people/not-an-id"),
        "/e/not-an-id".to_owned(),
    ] {
        assert_eq!(read(&client, &server, &path).await, missing, "{path}");
    }
    assert_eq!(read(&server.client(), &server, &format!("/e/{enterprise}")).await.0, StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_second_page_begins_where_the_first_ended(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let mut employees = Vec::new();
    for number in 1..=60 {
        let one = employee(&server, enterprise, number).await;
        declare(&server, enterprise, one, 0, &WELL).await;
        employees.push(one);
    }
    let html = client.get(server.link(&format!("/e/{enterprise}/people"))).send().await.unwrap().text().await.unwrap();
    let at = html.find("after=").unwrap();
    let next = format!("/e/{enterprise}/people?{}", html[at..].split('"').next().unwrap());
    // Between the pages one of the second declares again, and someone new comes.
    declare(&server, enterprise, employees[3], 0, &COLD).await;
    let new = employee(&server, enterprise, 61).await;
    declare(&server, enterprise, new, 0, &WELL).await;
    let second = words(&client, &server, &next).await;
    for number in 1..=61 {
        assert_eq!(second.contains(&person(number).name), number <= 10, "{number}: {second}");
    }
    assert!(second.contains("60 人中 60 人"), "{second}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_census_that_had_to_go_comes_back_the_same(#[case] backend: Backend) {
    let (server, one, _) = start(backend).await;
    let (other, _) = server.enterprise(2).await;
    for number in 1..=5 {
        let here = employee(&server, one, number).await;
        declare(&server, one, here, 0, &COLD).await;
    }
    let there = employee(&server, other, 6).await;
    declare(&server, other, there, 0, &WELL).await;

    let state = &server.state;
    let small = Censuses::new(state.db.clone(), None, state.vault.clone(), state.catalogue.clone(), 1);
    let ask = async |enterprise: EnterpriseId| {
        small
            .figures(
                &Sight::new(Tenant::of_operator(enterprise), None),
                Looked { looked_at: "guangdong-2020".to_owned(), ..Looked::default() },
                today(&server),
                vec!["symptoms".into()],
            )
            .await
            .unwrap()
    };
    let first = ask(one).await;
    assert_eq!((first.declared, first.counts["symptoms"].buckets["stomach"]), (5, 5));
    assert_eq!(ask(other).await.declared, 1);
    assert_eq!(small.load().0, 1, "there is room for one only");
    assert_eq!(ask(one).await, first);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn many_who_ask_at_once_get_the_same_answer(#[case] backend: Backend) {
    let (server, enterprise, _) = start(backend).await;
    for number in 1..=20 {
        let one = employee(&server, enterprise, number).await;
        declare(&server, enterprise, one, 0, &WELL).await;
    }
    let day = today(&server);
    let asked = (0..16).map(|_| {
        let state = server.state.clone();
        tokio::spawn(async move {
            state
                .censuses
                .figures(&Sight::new(Tenant::of_operator(enterprise), None), Looked::default(), day, Vec::new())
                .await
                .unwrap()
                .declared
        })
    });
    for answer in asked.collect::<Vec<_>>() {
        assert_eq!(answer.await.unwrap(), 20);
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_name_is_never_markup_in_a_title(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    // Below the parser, which would refuse it.
    let hostile = Person { name: "黄</title><meta http-equiv=refresh content=\"0;url=//evil.example\">&lt;".into(), ..person(1) };
    let employee = claim::claim(&state.db, &state.vault, state.clock.now(), tenant, &hostile).await.unwrap().employee;
    declare(&server, enterprise, employee, 0, &WELL).await;
    let answer = client.get(server.link(&format!("/e/{enterprise}/people/{employee}"))).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    assert!(title.starts_with("黄&lt;/title&gt;&lt;meta http-equiv=refresh") && title.contains("&amp;lt;"), "{title}");
    assert!(!page.contains("<meta http-equiv=refresh"), "{page}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn under_pressure_censuses_go_and_come_back_with_the_same_answers(#[case] backend: Backend) {
    const ENTERPRISES: u32 = 1_000;
    let server = TestServer::start(backend).await;
    let (state, day) = (&server.state, today(&server));
    let mut enterprises = Vec::new();
    for number in 1..=ENTERPRISES {
        let (enterprise, _) = server.enterprise(number).await;
        let one = server.employee(enterprise, &person(number)).await.0;
        state.writer.submit(submission(state, enterprise, one, "广州").await).await.unwrap();
        enterprises.push(enterprise);
    }
    let censuses = |budget| Censuses::new(state.db.clone(), None, state.vault.clone(), state.catalogue.clone(), budget);
    let declared = async |censuses: &Censuses, enterprise| {
        let sight = Sight::new(Tenant::of_operator(enterprise), None);
        censuses.figures(&sight, Looked::default(), day, Vec::new()).await.unwrap().declared
    };
    let roomy = censuses(u64::MAX);
    assert_eq!(declared(&roomy, enterprises[0]).await, 1);
    let one = roomy.load().1;
    let tight = censuses(10 * one as u64 + one as u64 / 2);
    for round in 0..2 {
        for &enterprise in &enterprises {
            assert_eq!(declared(&tight, enterprise).await, 1, "round {round}");
            let (held, bytes) = tight.load();
            assert!((1..=11).contains(&held) && bytes <= 11 * one, "{held} enterprises, {bytes} bytes");
        }
    }
    assert_eq!(tight.load().0, 10, "what fits stays");
    let asked: Vec<_> = enterprises.iter().rev().take(50).map(|&enterprise| declared(&tight, enterprise)).collect();
    assert!(futures::future::join_all(asked).await.into_iter().all(|declared| declared == 1), "also when many ask at once");
    server.stop().await;
}

/// Readers of SQLite wait for nobody.
#[tokio::test]
async fn a_page_that_would_wait_long_says_how_far_it_is_and_comes_by_itself() {
    let (server, enterprise, client) = start(Backend::Postgres).await;
    let one = employee(&server, enterprise, 1).await;
    declare(&server, enterprise, one, 0, &WELL).await;
    let mut holder = PgConnection::connect(&server.settings.storage.database_url).await.unwrap();
    holder.execute("begin; lock table declaration in access exclusive mode").await.unwrap();
    let page = client.get(server.link(&link::statistics(enterprise))).send().await.unwrap();
    assert_eq!((page.status(), page.headers()["refresh"].to_str().unwrap()), (StatusCode::ACCEPTED, "1"));
    let page = page.text().await.unwrap();
    assert!(page.contains("<progress") && page.contains(" %"), "{page}");
    holder.execute("rollback").await.unwrap();
    let mut answer = client.get(server.link(&link::statistics(enterprise))).send().await.unwrap();
    while answer.status() == StatusCode::ACCEPTED {
        answer = client.get(server.link(&link::statistics(enterprise))).send().await.unwrap();
    }
    assert_eq!(answer.status(), StatusCode::OK);
    server.stop().await;
}

/// More than a chunk of rows: what is put together part by part is what is brought up to date by and by.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_large_enterprise_is_loaded_in_parts_and_counted_as_one_that_grew(#[case] backend: Backend) {
    const PEOPLE: u32 = 30;
    let (server, enterprise, _) = start(backend).await;
    let (state, day) = (&server.state, today(&server));
    let sight = Sight::new(Tenant::of_operator(enterprise), None);
    let questions = || vec!["symptoms".to_owned(), "temperature".to_owned()];
    let mut people = Vec::new();
    for number in 1..=PEOPLE {
        people.push(employee(&server, enterprise, number).await);
    }
    for round in 0..140 {
        let declare = people.iter().zip(0..).map(|(&one, number): (_, u32)| {
            let answers: &[_] = if (round + number) % 3 == 0 { &COLD } else { &WELL };
            declare(&server, enterprise, one, 0, answers)
        });
        futures::future::join_all(declare).await;
        if round == 0 {
            // From here on it grows.
            state.censuses.figures(&sight, Looked::default(), day, questions()).await.unwrap();
        }
    }
    let anew = Censuses::new(state.db.clone(), None, state.vault.clone(), state.catalogue.clone(), u64::MAX);
    let looked = || Looked { looked_at: "guangdong-2020".to_owned(), ..Looked::default() };
    let [grown, loaded] = [&state.censuses, &anew].map(|censuses| censuses.figures(&sight, looked(), day, questions()));
    let (grown, loaded) = (grown.await.unwrap(), loaded.await.unwrap());
    assert_eq!(loaded, grown);
    let sick = loaded.counts["symptoms"].buckets["cold"];
    assert_eq!((loaded.declared, sick), (PEOPLE, PEOPLE / 3), "the last declaration of each counts");
    let (people, others) = (anew.people(&sight, looked(), day, None).await, state.censuses.people(&sight, looked(), day, None).await);
    let names = |found: shenbao::census::People| found.page.items.into_iter().map(|line| (line.employee, line.change)).collect::<Vec<_>>();
    assert_eq!(names(people.unwrap()), names(others.unwrap()));
    server.stop().await;
}
