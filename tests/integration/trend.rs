//! The last days side by side, and what one day is reported as: the same people as the statistics of each day, and nobody's name.

use std::collections::BTreeMap;

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, claim, model::Level},
    clock::day_of,
    declaration::record::Record,
    id::{DepartmentId, EmployeeId, EnterpriseId},
    link,
    period::Day,
    questionnaire::model::{Answer, Celsius, Reading},
    roster::model::Share,
    statistics::{
        report::model::ReportView,
        trend::model::{Base, Shown, TrendLine, TrendView},
        view::StatisticsView,
    },
    wire,
};

use crate::{
    department::add,
    matrix::session,
    support::{Backend, TestServer, person, submission_of},
};

struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    representative: uuid::Uuid,
    desk: Client,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        Self { server, enterprise, representative, desk }
    }

    fn ago(&self, days: u64) -> Day {
        day_of(self.server.state.clock.now(), chrono_tz::Asia::Shanghai).minus_days(days)
    }

    async fn claim(&self, number: u32, department: Option<i64>) -> EmployeeId {
        let (state, person) = (&self.server.state, person(number));
        let people = [(&person, department.map(DepartmentId))];
        let tenant = Tenant::of_operator(self.enterprise);
        let claimed = claim::claim_all_of(&state.db, &state.vault, state.clock.now(), tenant, &people).await.unwrap();
        claimed[0].employee
    }

    /// Somebody declares so many days ago; the alerts are those that the temperature raises.
    async fn declares(&self, employee: EmployeeId, ago: u64, tenths: i16) {
        let state = &self.server.state;
        let questionnaire = state.catalogue.newest("guangdong-2020").unwrap();
        let day = self.ago(ago);
        let answers = BTreeMap::from([("temperature".to_owned(), Answer::Temperature(Reading::Measured(Celsius(tenths))))]);
        let alerts = questionnaire.alerts(&answers, day).into_iter().map(|rule| rule.code.clone()).collect();
        let record = Record { answers, residence: "虚构路".to_owned(), level: Level::Claimed, alerts, on_behalf: None };
        let submission = submission_of(state, self.enterprise, employee, day, &record).await;
        state.writer.submit(submission).await.unwrap().unwrap();
    }

    async fn head_count(&self, count: &str) {
        let form = [("action", "head-count"), ("count", count)];
        let answer = self.desk.post(self.server.link(&link::roster(self.enterprise))).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    async fn on_the_roster(&self, number: u32, joined: &str) {
        let person = person(number);
        let form = [
            ("action", "add"),
            ("name", &*person.name),
            ("kind", "resident-id"),
            ("number", person.document.number()),
            ("department", "0"),
            ("joined", joined),
        ];
        let answer = self.desk.post(self.server.link(&link::roster(self.enterprise))).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }

    async fn asked<T: serde::de::DeserializeOwned>(&self, client: &Client, function: &str, query: &str) -> T {
        let form = [("enterprise", self.enterprise.to_string()), ("query", query.to_owned())];
        let answer = client.post(self.server.link(&format!("/api/{function}"))).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{function} {query}");
        wire::open(&answer.text().await.unwrap()).unwrap()
    }

    async fn trend(&self, query: &str) -> TrendView {
        self.asked(&self.desk, "trend", query).await
    }

    async fn report(&self, query: &str) -> ReportView {
        self.asked(&self.desk, "report", query).await
    }

    async fn get(&self, path: &str) -> Response {
        self.desk.get(self.server.link(path)).send().await.unwrap()
    }

    /// How many people are behind a link to the statistics.
    async fn behind(&self, link: &str) -> u32 {
        let (path, query) = link.split_once('?').unwrap();
        assert_eq!(path, link::statistics(self.enterprise));
        let view: StatisticsView = self.asked(&self.desk, "statistics", query).await;
        let figures = view.figures.expect("the link is understood");
        figures.matched.unwrap_or(figures.declared).count
    }
}

fn counts(line: &TrendLine) -> (u32, u32, u32) {
    (line.declared.count, line.abnormal.count, line.fever.count)
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_day_of_a_trend_leads_to_as_many_people_as_it_says(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let people = [scene.claim(1, None).await, scene.claim(2, None).await, scene.claim(3, None).await];
    scene.declares(people[0], 8, 390).await;
    scene.declares(people[0], 3, 365).await;
    scene.declares(people[1], 3, 373).await;
    scene.declares(people[2], 3, 386).await;
    // The last of a day counts: better at the gate than in the morning.
    scene.declares(people[0], 0, 380).await;
    scene.declares(people[0], 0, 366).await;
    scene.declares(people[1], 0, 372).await;

    let trend = scene.trend("").await;
    assert_eq!((trend.lines.len(), trend.base, trend.charts.len()), (7, Base::Nothing, 2));
    assert_eq!((trend.lines[0].day, trend.lines[6].day), (scene.ago(6), scene.ago(0)));
    assert_eq!(counts(&trend.lines[3]), (3, 2, 2));
    assert_eq!(counts(&trend.lines[6]), (2, 0, 0));
    assert_eq!(counts(&trend.lines[5]), (0, 0, 0));
    for line in &scene.trend("days=14").await.lines {
        assert_eq!(scene.behind(&line.declared.people).await, line.declared.count, "{}", line.day);
        assert_eq!(scene.behind(&line.abnormal.people).await, line.abnormal.count, "{}", line.day);
        assert_eq!(scene.behind(&line.fever.people).await, line.fever.count, "{}", line.day);
    }
    // Before anyone declared there is no rate, which is not a rate of nothing.
    scene.head_count("4").await;
    let trend = scene.trend("days=30").await;
    assert_eq!((trend.base, trend.charts[0].shown, trend.charts.len()), (Base::HeadCount, Shown::Rate, 3));
    assert_eq!((trend.lines[20].share, trend.lines[21].share), (None, Some(Share { expected: 4, declared: 1 })));
    assert_eq!(trend.lines[22].share, Some(Share { expected: 4, declared: 0 }));
    assert_eq!(trend.lines[29].share.and_then(Share::permille), Some(500));
    let page = scene.get(&link::with_query(&link::trend(scene.enterprise), "days=14")).await.text().await.unwrap();
    for words in [&*format!("{} 申报率 2 / 4", scene.ago(0)), "近 14 天", "state=abnormal", "<table"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for query in ["days=8", "days=7&days=7", "department=7", "department=x", "x=1", "period=7d"] {
        let answer = scene.get(&link::with_query(&link::trend(scene.enterprise), query)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(!answer.text().await.unwrap().contains("<svg viewBox"), "{query}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_rate_is_against_the_roster_of_its_day(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (one, stranger) = (scene.claim(1, None).await, scene.claim(7, None).await);
    scene.on_the_roster(1, "").await;
    scene.on_the_roster(2, "").await;
    scene.on_the_roster(3, &scene.ago(0).to_string()).await;
    scene.declares(one, 1, 365).await;
    scene.declares(one, 0, 365).await;
    scene.declares(stranger, 0, 390).await;
    let trend = scene.trend("").await;
    assert_eq!(trend.base, Base::Roster);
    assert_eq!(trend.lines[5].share, Some(Share { expected: 2, declared: 1 }));
    assert_eq!(trend.lines[6].share, Some(Share { expected: 3, declared: 1 }));
    assert_eq!(counts(&trend.lines[6]), (1, 0, 0), "whoever is on no line is in no figure");
    let rate = &trend.charts[0].svg;
    assert!(rate.contains(&format!("{}?day={}\"", link::absent(scene.enterprise), scene.ago(1))), "{rate}");

    // Whoever is in no figure is not passed over: their fever is no 零报告.
    let report = scene.report("").await;
    assert!(!report.sheet.zero && report.sheet.statement.contains("报告异常 0 人"), "{report:?}");
    assert!(report.text.contains("另有 1 名申报人不在员工名册上") && report.text.contains("有 1 人报告异常或发热"), "{}", report.text);
    scene.declares(stranger, 0, 366).await;
    let report = scene.report("").await;
    assert!(report.sheet.zero && report.sheet.statement.contains("另有 2 人未申报"), "{report:?}");
    for figure in [("应报", "3人"), ("已报", "1人"), ("未报", "2人"), ("申报率", "33.3%"), ("报告异常人数", "0人")] {
        assert!(report.sheet.figures.contains(&(figure.0.to_owned(), figure.1.to_owned())), "{figure:?}: {report:?}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_report_says_what_a_day_came_to_and_names_nobody(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let report = scene.report("").await;
    assert!(!report.sheet.zero && report.sheet.statement.contains("当天无人申报"), "a day of nobody is no day of nothing: {report:?}");
    let (one, two) = (scene.claim(1, None).await, scene.claim(2, None).await);
    scene.declares(one, 1, 365).await;
    scene.declares(two, 1, 366).await;
    let yesterday = scene.report(&format!("day={}", scene.ago(1))).await;
    assert!(yesterday.sheet.zero && yesterday.sheet.statement.contains("没有应报人数可以对照"), "nobody was expected: {yesterday:?}");
    // A second claim of a document is to be verified: in no figure, and not passed over.
    let second = scene.claim(2, None).await;
    scene.declares(second, 1, 386).await;
    let yesterday = scene.report(&format!("day={}", scene.ago(1))).await;
    assert!(!yesterday.sheet.zero && yesterday.text.contains("另有 1 名申报人待核对身份"), "{yesterday:?}");
    scene.declares(second, 1, 366).await;
    scene.head_count("2").await;
    scene.declares(one, 0, 386).await;

    let yesterday = scene.report(&format!("day={}", scene.ago(1))).await;
    assert!(yesterday.sheet.zero && yesterday.sheet.statement.contains("应报人员已全部申报"), "{yesterday:?}");
    let today = scene.report("").await;
    assert!(!today.sheet.zero && today.sheet.statement.contains("报告异常 1 人；体温 ≥ 37.3 °C 1 人"), "{today:?}");
    for words in ["【健康申报日报】", "单位：", "统一社会信用代码：", "星期", "应报：2人", "未报：1人", "其中需尽快联系：1人"]
    {
        assert!(today.text.contains(words), "{words}: {}", today.text);
    }
    let page = scene.get(&link::report(scene.enterprise)).await.text().await.unwrap();
    for hidden in [&*person(1).name, person(1).document.number(), person(1).phone.as_ref().unwrap().national()] {
        assert!(!page.contains(hidden) && !today.text.contains(hidden), "{hidden}");
    }
    // The other language, on the page and in the picture.
    let english =
        scene.desk.get(scene.server.link(&link::report(scene.enterprise))).header(header::ACCEPT_LANGUAGE, "en").send().await.unwrap();
    let english = english.text().await.unwrap();
    assert!(english.contains("Daily health report") && english.contains("1 reported a problem; 1 had 37.3 °C or more."), "{english}");
    let pictures = [
        link::report_picture(scene.enterprise),
        link::with_query(&link::report_picture(scene.enterprise), format!("day={}", scene.ago(1))),
    ];
    for path in pictures {
        let picture = scene.get(&path).await;
        assert_eq!((picture.status(), picture.headers()[header::CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "image/png"));
        assert_eq!(picture.headers()[header::CACHE_CONTROL], "private, no-store");
        assert_eq!(&picture.bytes().await.unwrap()[1..4], b"PNG");
    }
    // A day that has not come, one that is not kept any more, and what is none.
    for query in [format!("day={}", scene.ago(0).plus_days(1)), format!("day={}", scene.ago(91)), "day=x".to_owned(), "x=1".to_owned()] {
        let answer = scene.get(&link::with_query(&link::report(scene.enterprise), &query)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        let picture = scene.get(&link::with_query(&link::report_picture(scene.enterprise), &query)).await;
        assert_eq!(picture.status(), StatusCode::NOT_FOUND, "{query}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_is_confined_is_told_of_their_departments_only(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    add(&scene.desk, &scene.server, scene.enterprise, "生产部\n仓储部").await;
    let (own, other) = (scene.claim(1, Some(1)).await, scene.claim(2, Some(2)).await);
    scene.declares(own, 0, 365).await;
    scene.declares(other, 2, 390).await;
    scene.declares(other, 0, 390).await;
    scene.head_count("50").await;
    let manager = scene.server.viewer(&person(50)).await;
    let grant = scene.server.lend(scene.enterprise, scene.representative, manager, "statistics", 60 * 60, None).await;
    scene.server.confine(scene.enterprise, grant, 1).await;
    let cookie = session(&scene.server, manager).await.parse().unwrap();
    let own_page = ("sec-fetch-site".parse().unwrap(), "same-origin".parse().unwrap());
    let client = Client::builder().default_headers([(header::COOKIE, cookie), own_page].into_iter().collect()).no_proxy().build().unwrap();

    let trend: TrendView = scene.asked(&client, "trend", "").await;
    assert_eq!(trend.base, Base::Nothing, "a head-count is that of the whole");
    assert_eq!(counts(&trend.lines[6]), (1, 0, 0));
    assert_eq!(counts(&trend.lines[4]), (0, 0, 0));
    assert!(trend.departments.iter().all(|choice| choice.label != "仓储部"));
    let report: ReportView = scene.asked(&client, "report", "").await;
    assert!(report.sheet.zero && report.text.contains("部门：生产部") && !report.text.contains("仓储部"), "{}", report.text);
    let refused: TrendView = scene.asked(&client, "trend", "department=2").await;
    assert!(refused.unreadable && refused.lines.is_empty());
    // The representative looks at one of them.
    let whole = scene.trend("department=2").await;
    assert_eq!((counts(&whole.lines[6]), counts(&whole.lines[4])), ((1, 1, 1), (1, 1, 1)));
    assert_eq!(scene.behind(&whole.lines[6].abnormal.people).await, 1);
    scene.server.stop().await;
}
