//! Several questionnaires: which one is in force, and what was declared under others.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, model::Level, representative},
    alert::raise,
    census::Sight,
    declaration::{
        record::{Record, Row},
        writer::Submission,
    },
    enterprise::registry,
    id::{EmployeeId, EnterpriseId},
    link,
    period::{Day, Moment, Period},
    questionnaire::{
        check::check,
        model::{Answers, FormValues},
    },
    random,
    statistics::model::{Filter, Looked},
};

use crate::{
    declaration::form,
    export::{Scene, csv_of, place},
    matrix::session,
    support::{Backend, TestServer, column, execute, person},
};

const GUANGDONG: &str = "guangdong-2020";
const SEASON: &str = "respiratory-season";

/// Whole forms of the second questionnaire.
const WELL: [(&str, &str); 6] = [
    ("flu-vaccine", "no"),
    ("signs", "well"),
    ("morning-temperature", "36.4"),
    ("antigen", "not-tested"),
    ("household-ill", "no"),
    ("residence", "虚构路 2 号"),
];

fn today(server: &TestServer) -> Day {
    server.state.clock.today("Asia/Shanghai".parse().unwrap())
}

/// Declares under a version of a questionnaire, so many days ago, as the writer takes it.
async fn declare(
    server: &TestServer,
    enterprise: EnterpriseId,
    employee: EmployeeId,
    (code, version): (&str, u32),
    days_ago: u64,
    fields: &[(&str, &str)],
) {
    let state = &server.state;
    let questionnaire = state.catalogue.get(code, version);
    let values = FormValues::from_pairs(fields.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())));
    let day = today(server).minus_days(days_ago);
    let answers = questionnaire.as_ref().map_or_else(Answers::new, |it| check(it, &values, day).unwrap());
    let alerts = questionnaire.iter().flat_map(|it| it.alerts(&answers, day)).map(|rule| rule.code.clone()).collect();
    let keys = state.vault.keys(&state.db, enterprise).await.unwrap();
    let alert = match &questionnaire {
        Some(it) => raise::of(state, Tenant::of_operator(enterprise), &keys, (employee, day), it, &answers).await.unwrap(),
        None => None,
    };
    let record = Record { answers, residence: "虚构路 1 号".into(), level: Level::Claimed, alerts, on_behalf: None };
    let key = random::uuid();
    let row = Row { submission: key, employee, day, questionnaire: code, version: version.into() };
    let submission = Submission {
        enterprise,
        employee,
        day,
        submitted_at: Moment::from_millis(state.clock.now().as_millis() - i64::try_from(days_ago).unwrap() * 86_400_000),
        key,
        questionnaire: code.to_owned(),
        version,
        record: record.seal(&keys, row),
        alert,
        unless_since: None,
        entry: None,
    };
    state.writer.submit(submission).await.unwrap();
}

async fn choose(client: &Client, server: &TestServer, enterprise: EnterpriseId, from: &str, to: &str, confirmed: &str) -> Response {
    let fields = [("before", from), ("code", to), ("confirmed", confirmed)];
    let page = server.link(&format!("{}?open={to}", link::questionnaire(enterprise)));
    client.post(page).form(&fields).send().await.unwrap()
}

async fn chosen(client: &Client, server: &TestServer, enterprise: EnterpriseId, from: &str, to: &str) {
    let answer = choose(client, server, enterprise, from, to, "yes").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
}

async fn page(client: &Client, url: String, cookie: &str) -> (StatusCode, String) {
    let answer = client.get(url).header("cookie", cookie).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// The words of a page of the representative's, without tags.
async fn words(scene: &Scene, path: &str, expected: StatusCode) -> String {
    let answer = scene.desk.get(scene.server.link(path)).send().await.unwrap();
    assert_eq!(answer.status(), expected, "{path}");
    let html = answer.text().await.unwrap();
    let body = html.split_once("<h1").map_or(html.as_str(), |(_, page)| page.split("</main>").next().unwrap());
    body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect()
}

async fn send(server: &TestServer, enterprise: EnterpriseId, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let form = server.client().post(server.link(&link::declare(enterprise))).header("cookie", cookie);
    form.form(fields).send().await.unwrap()
}

/// A whole form of the second questionnaire, to be stored.
fn season(submission: &str) -> Vec<(&str, &str)> {
    let own = [("questionnaire", SEASON), ("version", "1"), ("submission", submission), ("step", "submit")];
    own.into_iter().chain(WELL).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_choice_is_known_to_every_process_at_once(#[case] backend: Backend) {
    let scene = Scene::on(TestServer::start_demo(backend).await).await;
    let (server, desk, enterprise) = (&scene.server, &scene.desk, scene.enterprise);
    let beside = server.beside().await;
    let (_, phone) = server.employee(enterprise, &person(1)).await;
    let form_of = async |server: &TestServer| page(&server.client(), server.link(&link::declare(enterprise)), &phone).await.1;
    // Both processes know the enterprise by now.
    for server in [server, &beside] {
        assert!(form_of(server).await.contains("name=\"travel\""));
    }
    let shown = words(&scene, &link::questionnaire(enterprise), StatusCode::OK).await;
    for title in [GUANGDONG, SEASON].map(|code| server.state.catalogue.newest(code).unwrap().title.zh.clone()) {
        assert!(shown.contains(&title), "{title}: {shown}");
    }
    assert_eq!(shown.matches("现行").count(), 2, "one is in force, and a sentence says what that is: {shown}");
    let preview = words(&scene, &format!("{}?open={SEASON}", link::questionnaire(enterprise)), StatusCode::OK).await;
    for said in ["咳嗽", "今天已申报的 0 人不需重新申报", "只在"] {
        assert!(preview.contains(said), "{said}: {preview}");
    }

    let unconfirmed = choose(desk, server, enterprise, GUANGDONG, SEASON, "").await;
    assert_eq!(unconfirmed.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unconfirmed.text().await.unwrap().contains("请先勾选确认"));
    assert!(form_of(server).await.contains("name=\"travel\""), "nothing changed");
    for (code, status) in [("nothing", StatusCode::NOT_FOUND), ("", StatusCode::BAD_REQUEST)] {
        assert_eq!(choose(desk, server, enterprise, GUANGDONG, code, "yes").await.status(), status, "{code}");
    }
    chosen(desk, server, enterprise, GUANGDONG, SEASON).await;
    for server in [server, &beside] {
        let form = form_of(server).await;
        assert!(form.contains("name=\"signs\"") && !form.contains("name=\"travel\""));
    }
    // What the other process has seen before its choice is out of date.
    assert_eq!(choose(desk, server, enterprise, GUANGDONG, SEASON, "yes").await.status(), StatusCode::SEE_OTHER, "it is so already");
    let moved = choose(desk, server, enterprise, SEASON, GUANGDONG, "yes").await;
    assert_eq!(moved.status(), StatusCode::SEE_OTHER);
    chosen(desk, server, enterprise, GUANGDONG, SEASON).await;
    let stale = choose(desk, server, enterprise, "nothing", GUANGDONG, "yes").await;
    assert_eq!(stale.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.text().await.unwrap().contains("现行问卷刚刚被换成了另一份"));

    let audit = words(&scene, &format!("/e/{enterprise}/audit"), StatusCode::OK).await;
    let [before, after] = [GUANGDONG, SEASON].map(|code| server.state.catalogue.newest(code).unwrap().title.zh.clone());
    assert_eq!(audit.matches(&format!("{before} → {after}")).count(), 2, "{audit}");
    assert_eq!(audit.matches(&format!("{after} → {before}")).count(), 1, "{audit}");
    let id = i64::from_be_bytes(enterprise.to_bytes());
    let entries = format!("select count(*) from audit where enterprise_id = {id} and action = 'choose-questionnaire'");
    assert_eq!(column::<i64>(&server.state.db, &entries).await, [3]);

    // Another representative finds it as it is.
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    let successor = server.appoint(enterprise, &person(901)).await;
    assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, scene.representative).await.unwrap());
    let cookie = session(server, successor).await;
    let (status, shown) = page(&server.client(), server.link(&link::questionnaire(enterprise)), &cookie).await;
    assert_eq!(status, StatusCode::OK);
    assert!(shown.contains(&after));
    assert_eq!(registry::load_now(state, tenant).await.unwrap().questionnaire, SEASON);
    beside.stop().await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_has_the_old_form_open_can_still_send_it_that_day(#[case] backend: Backend) {
    let scene = Scene::on(TestServer::start_demo(backend).await).await;
    let (server, desk, enterprise) = (&scene.server, &scene.desk, scene.enterprise);
    let (employee, phone) = server.employee(enterprise, &person(1)).await;
    chosen(desk, server, enterprise, GUANGDONG, SEASON).await;

    let key = random::uuid().to_string();
    let old = send(server, enterprise, &phone, &form("submit", &key)).await;
    assert_eq!(old.status(), StatusCode::SEE_OTHER);
    let receipt = old.headers()["location"].to_str().unwrap().to_owned();
    let again = send(server, enterprise, &phone, &form("submit", &key)).await;
    assert_eq!(again.headers()["location"], receipt, "the same form again is the same declaration");
    let (_, shown) = page(&server.client(), server.link(&receipt), &phone).await;
    assert!(shown.contains("省外") && !shown.contains("流感疫苗"), "in the words of what was answered");

    // The form that is opened now is the new one, and takes nothing from the answers of another questionnaire.
    let (_, fresh) = page(&server.client(), server.link(&format!("{}?same", link::declare(enterprise))), &phone).await;
    assert!(fresh.contains("name=\"signs\"") && !fresh.contains("name=\"travel\"") && fresh.contains("广州市天河区"));
    let key = random::uuid().to_string();
    assert_eq!(send(server, enterprise, &phone, &season(&key)).await.status(), StatusCode::SEE_OTHER);
    let counted = figures(server, enterprise, Looked { looked_at: SEASON.to_owned(), ..Looked::default() }, &["signs"]).await;
    assert_eq!(counted.declared, 1, "one declaration a day counts, whatever its questionnaire");
    assert_eq!(counted.questionnaires, BTreeMap::from([(SEASON.to_owned(), 1)]));
    assert_eq!(counted.counts["signs"].buckets, BTreeMap::from([("well".to_owned(), 1)]));
    // And back: the later counts.
    let key = random::uuid().to_string();
    assert_eq!(send(server, enterprise, &phone, &form("submit", &key)).await.status(), StatusCode::SEE_OTHER);
    let counted = figures(server, enterprise, Looked { looked_at: SEASON.to_owned(), ..Looked::default() }, &["signs"]).await;
    assert_eq!((counted.declared, counted.counts["signs"].of), (1, 0));

    // Person's page, own history, copy: each under its own words.
    let details = words(&scene, &format!("/e/{enterprise}/people/{employee}"), StatusCode::OK).await;
    assert!(details.contains("省外"), "{details}");
    let change: Vec<i64> = column(&server.state.db, "select change from declaration order by change").await;
    let earlier = words(&scene, &format!("/e/{enterprise}/people/{employee}?declaration={}", change[1]), StatusCode::OK).await;
    assert!(earlier.contains("没有不舒服") && !earlier.contains("省外"), "{earlier}");
    let (status, mine) = page(&server.client(), server.link("/mine"), &phone).await;
    assert_eq!((status, mine.matches("/done/").count()), (StatusCode::OK, 3));
    let (status, copy) = page(&server.client(), server.link(&link::own_copy(enterprise)), &phone).await;
    assert_eq!(status, StatusCode::OK);
    for said in [GUANGDONG, SEASON, "没有不舒服"] {
        assert!(copy.contains(said), "{said}: {copy}");
    }

    // Another day the questions of the day are asked, and what was typed is in them as far as they ask for it.
    execute(&server.state.db, "update enterprise set questionnaire_since = questionnaire_since - 172800000").await;
    registry::load_now(&server.state, Tenant::of_operator(enterprise)).await.unwrap();
    let key = random::uuid().to_string();
    let mut late = form("submit", &key);
    late.retain(|(field, _)| *field != "residence");
    late.push(("residence", "夜里写的地址"));
    let late = send(server, enterprise, &phone, &late).await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let late = late.text().await.unwrap();
    assert!(late.contains("name=\"signs\"") && late.contains("夜里写的地址"), "{late}");
    assert!(late.contains(SEASON) && !late.contains(GUANGDONG), "the form is of the questionnaire in force");
    // One that was never in force here is not accepted on anybody's word.
    execute(&server.state.db, "update enterprise set questionnaire_before = null, questionnaire_since = null").await;
    registry::load_now(&server.state, Tenant::of_operator(enterprise)).await.unwrap();
    let key = random::uuid().to_string();
    assert_eq!(send(server, enterprise, &phone, &form("submit", &key)).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    scene.server.stop().await;
}

async fn figures(server: &TestServer, enterprise: EnterpriseId, looked: Looked, questions: &[&str]) -> shenbao::census::Figures {
    let questions = questions.iter().map(|question| (*question).to_owned()).collect();
    let sight = Sight::new(Tenant::of_operator(enterprise), None);
    server.state.censuses.figures(&sight, looked, today(server), questions).await.unwrap()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn figures_are_of_one_questionnaire_and_totals_of_everyone(#[case] backend: Backend) {
    let scene = Scene::on(TestServer::start_demo(backend).await).await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    // Who declares when, by which: a pattern in which each combination occurs.
    let mut latest: BTreeMap<(u32, bool), (u64, bool, bool)> = BTreeMap::new();
    for number in 0..14_u32 {
        let (employee, _) = server.employee(enterprise, &person(number)).await;
        for (order, days_ago) in [(0, 8_u64), (1, 1), (2, 0), (3, 0)] {
            if (number + order) % 3 == 0 {
                continue;
            }
            let (by_season, ill) = ((number >> order) % 2 == 1, (number * 7 + order) % 4 == 0);
            if by_season {
                let mut fields = WELL.to_vec();
                if ill {
                    fields.retain(|(field, _)| *field != "signs");
                    fields.extend([("signs", "cough"), ("ill-since", "2020-02-03")]);
                }
                declare(server, enterprise, employee, (SEASON, 1), days_ago, &fields).await;
            } else {
                let symptoms = if ill { "cold" } else { "none" };
                let fields = [("travel", "no"), ("symptoms", symptoms), ("temperature", "36.5")];
                declare(server, enterprise, employee, (GUANGDONG, 1), days_ago, &fields).await;
            }
            latest.insert((number, true), (days_ago, by_season, ill));
            if days_ago == 0 {
                latest.insert((number, false), (days_ago, by_season, ill));
            }
        }
    }
    for (period, all) in [(Period::All, true), (Period::Today, false)] {
        let counting = || latest.iter().filter(move |((_, of_all), _)| *of_all == all).map(|(_, it)| *it);
        let count =
            |wanted: &dyn Fn(bool, bool) -> bool| u32::try_from(counting().filter(|(_, by, ill)| wanted(*by, *ill)).count()).unwrap();
        for (code, season, question, bad, good) in
            [(GUANGDONG, false, "symptoms", "cold", "none"), (SEASON, true, "signs", "cough", "well")]
        {
            let filter = Filter { period, ..Filter::default() };
            let looked = Looked { filter, looked_at: code.to_owned() };
            let counted = figures(server, enterprise, looked, &["symptoms", "signs"]).await;
            assert_eq!(counted.declared, count(&|_, _| true), "everyone, whatever they answered");
            assert_eq!(
                counted.questionnaires,
                BTreeMap::from([(GUANGDONG.to_owned(), count(&|by, _| !by)), (SEASON.to_owned(), count(&|by, _| by))])
            );
            assert_eq!(counted.counts[question].of, count(&|by, _| by == season));
            let of = |bucket: &str| counted.counts[question].buckets.get(bucket).copied().unwrap_or(0);
            assert_eq!((of(bad), of(good)), (count(&|by, ill| by == season && ill), count(&|by, ill| by == season && !ill)));
            let other = if question == "signs" { "symptoms" } else { "signs" };
            assert!(counted.counts[other].buckets.is_empty(), "a question of another questionnaire");
        }
    }
    // The pages say the same.
    let all: Vec<_> = latest.iter().filter(|((_, all), _)| *all).map(|(_, it)| *it).collect();
    let (total, under) = (all.len(), all.iter().filter(|(_, by, _)| *by).count());
    let [own, other] = [GUANGDONG, SEASON].map(|code| server.state.catalogue.newest(code).unwrap().title.zh.clone());
    let shown = words(&scene, &format!("/e/{enterprise}"), StatusCode::OK).await;
    for said in [format!("{total}人"), format!("按现行问卷“{own}”统计：{} 人", total - under), format!("还有 {under} 人按“{other}”申报")]
    {
        assert!(shown.replace("total 人", "人").contains(&said), "{said}: {shown}");
    }
    let shown = words(&scene, &format!("/e/{enterprise}?questionnaire={SEASON}"), StatusCode::OK).await;
    for said in [format!("按问卷“{other}”统计：{under} 人"), format!("还有 {} 人按“{own}”申报", total - under), format!("问卷：{other}")]
    {
        assert!(shown.contains(&said), "{said}: {shown}");
    }
    let people = format!("/e/{enterprise}/people");
    let coughing = all.iter().filter(|(_, by, ill)| *by && *ill).count();
    for (query, count) in [
        (String::new(), total),
        (format!("?questionnaire={SEASON}"), under),
        (format!("?questionnaire={GUANGDONG}"), total - under),
        (format!("?questionnaire={SEASON}&signs=cough"), coughing),
    ] {
        let list = words(&scene, &format!("{people}{query}"), StatusCode::OK).await;
        assert!(list.contains(&format!("{total} 人中 {count} 人")), "{query}: {list}");
        assert!(query.is_empty() || !list.contains("未测量"), "each was measured by its own questionnaire: {list}");
    }
    // A code of another questionnaire says so, and shows no figure of something else.
    for (query, said) in [
        ("signs=cough", "网址里有本企业问卷没有的问题或答案"),
        ("questionnaire=respiratory-season&symptoms=cold", "网址里有本企业问卷没有的问题或答案"),
        ("questionnaire=nothing", "网址里的问卷不存在"),
    ] {
        for path in [format!("/e/{enterprise}?{query}"), format!("{people}?{query}")] {
            let shown = words(&scene, &path, StatusCode::BAD_REQUEST).await;
            assert!(shown.contains(said), "{path}: {shown}");
        }
    }
    // A file has the columns of the questionnaire that is looked at; what others were asked stands beside, in its words.
    scene.verify(&scene.desk).await;
    let file = csv_of(scene.fetch(&scene.desk, "people.csv").await).await;
    let (title, rest) = (place(&file, "问卷"), place(&file, "其他回答"));
    assert_eq!(file.len(), total + 1);
    let by: BTreeSet<&str> = file[1..].iter().map(|line| &*line[title]).collect();
    assert_eq!(by, BTreeSet::from([&*own, &*other]));
    assert!(file[1..].iter().all(|line| (line[title] == other) == line[rest].contains("没有检测")), "{file:?}");
    let file = csv_of(scene.fetch(&scene.desk, &format!("people.csv?questionnaire={SEASON}")).await).await;
    assert_eq!(file.len(), under + 1);
    assert!(file[0].iter().any(|column| column.contains("抗原")) && !file[0].iter().any(|column| column.contains("省外")), "{:?}", file[0]);
    assert!(file[1..].iter().all(|line| line[place(&file, "其他回答")].is_empty()));
    // Alerts of either have their words.
    let alerts = words(&scene, &format!("/e/{enterprise}/alerts"), StatusCode::OK).await;
    assert!(!alerts.contains("规则已不在"), "{alerts}");
    scene.server.stop().await;
}

/// Two versions of an operator's: the second dropped an answer and a question.
const FIRST: &str = r#"
code = "own"
version = 1
title.zh = "自编问卷"
title.en = "Our own"
[[section]]
code = "today"
title.zh = "今天"
title.en = "Today"
[[section.question]]
code = "signs"
kind = "one-of"
text.zh = "感觉怎样"
text.en = "How are you?"
options = [
  { code = "good", text.zh = "很好", text.en = "Good" },
  { code = "dizzy", text.zh = "头晕的旧说法", text.en = "Dizzy" },
]
[[section.question]]
code = "mask"
kind = "yes-no"
text.zh = "旧版问的口罩"
text.en = "Masks?"
"#;
const SECOND: &str = r#"
code = "own"
version = 2
title.zh = "自编问卷"
title.en = "Our own"
[[section]]
code = "today"
title.zh = "今天"
title.en = "Today"
[[section.question]]
code = "signs"
kind = "one-of"
text.zh = "感觉怎样"
text.en = "How are you?"
options = [
  { code = "good", text.zh = "很好", text.en = "Good" },
  { code = "tired", text.zh = "疲劳", text.en = "Tired" },
]
"#;

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn versions_count_together_and_nothing_of_an_old_one_is_dropped(#[case] backend: Backend) {
    let scene = Scene::on(TestServer::start_demo_with(backend, &[FIRST, SECOND]).await).await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(server.employee(enterprise, &person(number)).await.0);
    }
    declare(server, enterprise, people[0], ("own", 1), 0, &[("signs", "good"), ("mask", "yes")]).await;
    declare(server, enterprise, people[1], ("own", 1), 0, &[("signs", "dizzy"), ("mask", "no")]).await;
    declare(server, enterprise, people[2], ("own", 2), 0, &[("signs", "good")]).await;
    // One whose file nobody has.
    declare(server, enterprise, people[3], ("gone", 3), 0, &[]).await;
    chosen(&scene.desk, server, enterprise, GUANGDONG, "own").await;
    let shown = words(&scene, &format!("/e/{enterprise}"), StatusCode::OK).await;
    for said in ["统计：3 人", "还有 1 人按“gone”申报，它的文件已不在系统里", "头晕的旧说法", "旧版问卷问过的问题", "旧版问的口罩"]
    {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    for (query, count) in [("signs=good", 2), ("signs=dizzy", 1), ("signs=tired", 0), ("mask=no", 1)] {
        let list = words(&scene, &format!("/e/{enterprise}/people?{query}"), StatusCode::OK).await;
        assert!(list.contains(&format!("4 人中 {count} 人")), "{query}: {list}");
    }
    let list = words(&scene, &format!("/e/{enterprise}/people?signs=dizzy"), StatusCode::OK).await;
    assert!(list.contains("感觉怎样：头晕的旧说法"), "{list}");
    assert!(words(&scene, &format!("/e/{enterprise}/people?signs=ill"), StatusCode::BAD_REQUEST).await.contains("没有的问题或答案"));
    scene.verify(&scene.desk).await;
    let file = csv_of(scene.fetch(&scene.desk, "people.csv").await).await;
    let text = format!("{file:?}");
    for said in ["旧版问的口罩：否", "头晕的旧说法", "gone"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for employee in &people {
        words(&scene, &format!("/e/{enterprise}/people/{employee}"), StatusCode::OK).await;
    }

    // The questionnaire in force itself is gone: its pages say so, and another one can be put in force.
    execute(&server.state.db, "update enterprise set questionnaire = 'gone'").await;
    for path in ["", "/people", "/export", "/share", "/alerts"] {
        words(&scene, &format!("/e/{enterprise}{path}"), StatusCode::OK).await;
    }
    let shown = words(&scene, &format!("/e/{enterprise}"), StatusCode::OK).await;
    assert!(shown.contains("这份问卷的文件已不在系统里") && shown.contains("4人"), "{shown}");
    let page = words(&scene, &link::questionnaire(enterprise), StatusCode::OK).await;
    assert!(page.contains("现行问卷（gone）的文件已不在系统里"), "{page}");
    chosen(&scene.desk, server, enterprise, "gone", GUANGDONG).await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_is_shared_is_of_the_questionnaire_looked_at(#[case] backend: Backend) {
    let scene = Scene::on(TestServer::start_demo(backend).await).await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    for number in 0..35_u32 {
        let (employee, _) = server.employee(enterprise, &person(number)).await;
        if number < 33 {
            declare(server, enterprise, employee, (SEASON, 1), 0, &WELL).await;
        } else {
            let fields = [("travel", "no"), ("symptoms", "none"), ("temperature", "36.5")];
            declare(server, enterprise, employee, (GUANGDONG, 1), 0, &fields).await;
        }
    }
    let share = format!("/e/{enterprise}/share");
    let few = words(&scene, &share, StatusCode::OK).await;
    assert!(few.contains("30"), "{few}");
    assert!(!few.contains("约 35 人") && few.contains("还有 33 人按"), "two people are too few, whoever else has declared: {few}");
    let title = &server.state.catalogue.newest(SEASON).unwrap().title.zh;
    let shown = words(&scene, &format!("{share}?questionnaire={SEASON}"), StatusCode::OK).await;
    assert!(shown.contains(&format!("问卷：{title}")) && shown.contains("35"), "{shown}");
    let made = scene.desk.post(server.link(&format!("{share}?questionnaire={SEASON}"))).form(&[("hours", "24")]).send().await.unwrap();
    let made = made.text().await.unwrap();
    let token = made.split("/s/").nth(1).expect("the link is shown").split(['<', '"', '\n', ' ']).next().unwrap().to_owned();
    let (status, shared) = page(&server.client(), server.link(&format!("/s/{token}")), "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(shared.contains(title.as_str()) && shared.contains("没有不适") && !shared.contains("省外"), "{shared}");
    scene.server.stop().await;
}
