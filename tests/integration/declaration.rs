//! The form, the writer, receipts, history.

use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{DocumentKind, IdDocument, Person, Phone},
    },
    declaration::{
        model::{DeclarePageView, Outcome},
        record::{Record, Row},
        writer::Submission,
    },
    enterprise::{
        model::{DEFAULT_QUESTIONNAIRE, DEFAULT_TIMEZONE, Enterprise, Uscc},
        registry::{self, Registration},
    },
    error::StoreError,
    id::{EmployeeId, EnterpriseId, ReceiptId},
    link,
    period::Day,
    questionnaire::{
        check::Cause,
        model::{Answers, FormValues},
    },
    random, wire,
};
use uuid::Uuid;

use crate::support::{Backend, TestServer};

/// Registers an enterprise; `number` tells several apart.
pub async fn enterprise(server: &TestServer, number: u32) -> Enterprise {
    let new = Registration {
        uscc: Uscc::complete(&format!("91440300MA5{number:06}")).unwrap(),
        name: format!("广东第{number}测试有限公司"),
        timezone: DEFAULT_TIMEZONE.parse().unwrap(),
        questionnaire: DEFAULT_QUESTIONNAIRE.to_owned(),
        representative: None,
    };
    let state = &server.state;
    registry::add(&state.db, &state.vault, &state.clock, new).await.unwrap().0
}

/// Somebody with a phone that an enterprise knows.
pub struct Employee {
    pub id: EmployeeId,
    pub enterprise: EnterpriseId,
    pub client: Client,
    /// The device's cookie.
    pub cookie: String,
    url: String,
}

pub async fn employee(server: &TestServer, enterprise: &Enterprise, number: u32) -> Employee {
    let person = Person {
        name: "黄丽燕".to_owned(),
        document: IdDocument::parse(DocumentKind::Passport, &format!("E{number:08}")).unwrap(),
        phone: Phone::parse("13538725384").ok(),
    };
    let state = &server.state;
    let tenant = Tenant::of_operator(enterprise.id);
    let claimed = claim::claim(&state.db, &state.vault, state.clock.now(), tenant, &person).await.unwrap();
    Employee {
        id: claimed.employee,
        enterprise: enterprise.id,
        client: server.client(),
        cookie: format!("shenbao-device-{}={}", enterprise.id, claimed.secret.text()),
        url: server.url.clone(),
    }
}

impl Employee {
    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).header("cookie", &self.cookie).send().await.unwrap()
    }

    pub async fn post(&self, fields: &[(&str, &str)]) -> Response {
        self.post_body(fields.iter().map(|(field, value)| format!("{field}={}", link::encode(value))).collect::<Vec<_>>().join("&")).await
    }

    pub async fn post_body(&self, body: impl Into<reqwest::Body>) -> Response {
        let form = self.client.post(format!("{}{}", self.url, link::declare(self.enterprise))).header("cookie", &self.cookie);
        form.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap()
    }
}

/// A whole form of the default questionnaire without symptoms, as `step`; `submission` recognises it again.
pub fn form<'a>(step: &'a str, submission: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("questionnaire", "guangdong-2020"),
        ("version", "1"),
        ("submission", submission),
        ("residence", "广州市天河区"),
        ("travel", "no"),
        ("symptoms", "none"),
        ("temperature", "36.5"),
        ("step", step),
    ]
}

/// The same with one field changed.
fn with<'a>(mut fields: Vec<(&'a str, &'a str)>, field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.retain(|(name, _)| *name != field);
    fields.push((field, value));
    fields
}

pub fn receipt_of(response: &Response) -> ReceiptId {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()["location"].to_str().unwrap().strip_prefix("/done/").unwrap().parse().unwrap()
}

/// The values of all `name="…"` fields of a page's hidden inputs.
fn hidden(page: &str) -> FormValues {
    let inputs = page.split("<input ").skip(1).filter(|input| input.contains("type=\"hidden\""));
    let attribute = |input: &str, name: &str| {
        let start = input.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3)?;
        Some(input[start..].split('"').next()?.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    };
    FormValues::from_pairs(inputs.filter_map(|input| {
        let input = format!(" {}", input.split('>').next()?);
        Some((attribute(&input, "name")?, attribute(&input, "value")?))
    }))
}

pub fn submission(employee: &Employee, key: Uuid) -> Submission {
    Submission {
        enterprise: employee.enterprise,
        employee: employee.id,
        day: "2020-02-03".parse().unwrap(),
        submitted_at: shenbao::period::Moment::from_millis(0),
        key,
        questionnaire: DEFAULT_QUESTIONNAIRE.to_owned(),
        version: 1,
        record: vec![1, 2, 3],
        alert: None,
        unless_since: None,
        entry: None,
    }
}

async fn count(server: &TestServer, enterprise: EnterpriseId) -> i64 {
    let sql = "select count(*) from declaration where enterprise_id = $1";
    match &server.state.db {
        shenbao::db::Db::Sqlite(sqlite) => sqlx::query_scalar(sql).bind(enterprise).fetch_one(&sqlite.read).await.unwrap(),
        shenbao::db::Db::Postgres(pool) => sqlx::query_scalar(sql).bind(enterprise).fetch_one(pool).await.unwrap(),
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_same_key_fifty_times_at_once_is_one_declaration(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    // Two writers over one database, as two processes would have.
    let second = shenbao::declaration::writer::Writer::start(server.state.db.clone(), server.state.live.clone());
    let key = random::uuid();
    let mut tasks = Vec::new();
    for number in 0..50 {
        let writer = if number % 2 == 0 { server.state.writer.clone() } else { second.clone() };
        let submission = submission(&employee, key);
        tasks.push(tokio::spawn(async move { writer.submit(submission).await.unwrap() }));
    }
    let mut receipts = Vec::new();
    for task in tasks {
        receipts.push(task.await.unwrap());
    }
    assert!(receipts[0].is_some() && receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
    assert_eq!(count(&server, enterprise.id).await, 1);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn declarations_that_arrive_together_each_get_a_number_of_their_own(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (one, other) = (enterprise(&server, 1).await, enterprise(&server, 2).await);
    let (here, there) = (employee(&server, &one, 1).await, employee(&server, &other, 1).await);
    let mut tasks = Vec::new();
    for number in 0..300 {
        let submission = submission(if number % 3 == 0 { &there } else { &here }, random::uuid());
        let writer = server.state.writer.clone();
        tasks.push(tokio::spawn(async move { writer.submit(submission).await.unwrap() }));
    }
    let mut receipts = std::collections::HashSet::new();
    for task in tasks {
        assert!(receipts.insert(task.await.unwrap().unwrap()), "a number was given twice");
    }
    assert_eq!((count(&server, one.id).await, count(&server, other.id).await), (200, 100));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_row_that_cannot_be_stored_does_not_take_the_others_down(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let mut tasks = Vec::new();
    for number in 0..20 {
        let mut submission = submission(&employee, random::uuid());
        if number == 7 {
            submission.employee = EmployeeId(random::uuid());
        }
        let writer = server.state.writer.clone();
        tasks.push(tokio::spawn(async move { writer.submit(submission).await }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let result = task.await.unwrap();
        assert_eq!(matches!(result, Err(StoreError::Gone)), number == 7, "{number}: {result:?}");
    }
    assert_eq!(count(&server, enterprise.id).await, 19);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_employee_declares_without_javascript(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let page = employee.get(&link::declare(enterprise.id)).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for words in [
        "广东第1测试有限公司",
        "黄丽燕",
        "13538725384",
        "近期居住地址",
        "自报",
        "1月份以来是否有省外旅行史",
        "今天还没测量",
        "下一步：核对",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("E00000001"), "the document is masked");
    assert!(!page.contains("与上次相同"), "there is nothing to repeat yet");
    let submission = hidden(&page).one("submission").to_owned();

    let check = employee.post(&form("check", &submission)).await;
    assert_eq!(check.status(), 200);
    let check = check.text().await.unwrap();
    for words in ["请核对", "广州市天河区", "36.5", "没有出现症状", "修改", "提交"] {
        assert!(check.contains(words), "{words}");
    }
    let carried = hidden(&check);
    let body: Vec<String> = carried.pairs().map(|(field, value)| format!("{field}={}", link::encode(value))).collect();

    let edit = employee.post_body(format!("{}&step=edit", body.join("&"))).await;
    assert_eq!(edit.status(), 200);
    assert!(edit.text().await.unwrap().contains("value=\"36.5\""), "what was typed stays");

    let done = employee.post_body(format!("{}&step=submit", body.join("&"))).await;
    let receipt = receipt_of(&done);
    let page = employee.get(&link::receipt(receipt)).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for words in [&*receipt.to_string(), "未报告异常", "自报", "接下来", "120", "广州市天河区"] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(count(&server, enterprise.id).await, 1);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_later_declaration_of_the_day_replaces_the_earlier_which_stays_as_history(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    let first = receipt_of(&employee.post(&form("submit", &key)).await);
    let again = receipt_of(&employee.post(&form("submit", &key)).await);
    assert_eq!(first, again, "a repeated submission is answered alike");
    let feverish = receipt_of(&employee.post(&with(form("submit", &key), "temperature", "38.9")).await);
    assert_ne!(first, feverish, "other answers in the same form are a correction");

    let page = employee.get(&link::receipt(feverish)).await.text().await.unwrap();
    assert!(page.contains("请尽快联系企业") && page.contains("体温高于38.5摄氏度"), "{page}");
    assert!(employee.get(&link::receipt(first)).await.text().await.unwrap().contains("已被替换，以最后一份为准"));
    let mine = employee.get(link::MINE).await.text().await.unwrap();
    assert!(mine.contains(&link::receipt(first)) && mine.contains(&link::receipt(feverish)));
    assert_eq!(mine.matches("已被替换").count(), 1);
    let form = employee.get(&link::declare(enterprise.id)).await.text().await.unwrap();
    assert!(form.contains("已申报。再次提交会替换") && form.contains("与上次相同"));
    assert!(form.contains("value=\"广州市天河区\""), "the residence is filled in");
    server.stop().await;
}

/// The receipt of the last declaration, and how many there are in all.
async fn latest(server: &TestServer, employee: &Employee) -> (ReceiptId, i64) {
    let mine = employee.get(link::MINE).await.text().await.unwrap();
    let first = mine.split("href=\"/done/").nth(1).unwrap().split('"').next().unwrap();
    (first.parse().unwrap(), count(server, employee.enterprise).await)
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn going_back_to_the_first_answers_is_a_correction_too(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    let [well, warm] = ["36.5", "38.9"].map(|degrees| with(form("submit", &key), "temperature", degrees));
    let mut receipts = Vec::new();
    for (number, fields) in [&well, &warm, &well, &warm, &well].into_iter().enumerate() {
        let receipt = receipt_of(&employee.post(fields).await);
        assert!(!receipts.contains(&receipt), "{number}: {receipt} was given before");
        assert_eq!(receipt_of(&employee.post(fields).await), receipt, "{number}: a retry is answered alike");
        receipts.push(receipt);
        assert_eq!(latest(&server, &employee).await, (receipt, i64::try_from(number).unwrap() + 1));
    }
    let page = employee.get(&link::receipt(receipts[4])).await.text().await.unwrap();
    assert!(page.contains("未报告异常") && page.contains("36.5") && !page.contains("已被替换"));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn fifty_forms_at_once_to_two_processes_are_one_declaration_even_when_they_correct_back(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let second = server.beside().await;
    let key = random::uuid().to_string();
    let warm = with(form("submit", &key), "temperature", "38.9");
    for (fields, expected) in [(form("submit", &key), 1), (warm.clone(), 2), (form("submit", &key), 3)] {
        let posts = (0..50).map(|number| {
            let url = if number % 2 == 0 { &server.url } else { &second.url };
            let post = employee.client.post(format!("{url}{}", link::declare(enterprise.id))).header("cookie", &employee.cookie);
            post.form(&fields).send()
        });
        let receipts: Vec<ReceiptId> =
            futures::future::join_all(posts).await.into_iter().map(|answer| receipt_of(&answer.unwrap())).collect();
        assert!(receipts.iter().all(|receipt| *receipt == receipts[0]), "{receipts:?}");
        assert_eq!(latest(&server, &employee).await, (receipts[0], expected));
    }
    second.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_retry_from_beyond_midnight_is_recognised_and_the_next_morning_is_not(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let clock = &server.state.clock;
    let local = clock.now().as_millis() / 1000 + 8 * 3600;
    clock.advance_secs(86_400 - local.rem_euclid(86_400) - 60);
    let today = enterprise.today(clock);
    let key = random::uuid().to_string();
    let fields = form("submit", &key);
    let before = receipt_of(&employee.post(&fields).await);
    clock.advance_secs(120);
    assert_eq!(enterprise.today(clock).minus_days(1), today, "midnight lies between");
    assert_eq!(receipt_of(&employee.post(&fields).await), before);
    assert_eq!(count(&server, enterprise.id).await, 1);

    clock.advance_secs(8 * 3600);
    let morning = receipt_of(&employee.post(&fields).await);
    assert_ne!(morning, before, "the same answers in the same form say something new");
    assert_eq!(receipt_of(&employee.post(&fields).await), morning);
    assert_eq!(count(&server, enterprise.id).await, 2);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_retry_after_the_clock_went_back_is_recognised(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let keys = [random::uuid().to_string(), random::uuid().to_string()];
    let fields = form("submit", &keys[0]);
    let before = receipt_of(&employee.post(&fields).await);
    for _ in 0..2 {
        server.state.clock.advance_secs(-86_400);
        assert_eq!(receipt_of(&employee.post(&fields).await), before);
        assert_eq!(count(&server, enterprise.id).await, 1);
    }
    let another = receipt_of(&employee.post(&form("submit", &keys[1])).await);
    assert_ne!(another, before, "a form of its own is a declaration of its own");
    server.stop().await;
}

/// The key of a form that somebody has just opened.
async fn opened(employee: &Employee) -> String {
    hidden(&employee.get(&link::declare(employee.enterprise)).await.text().await.unwrap()).one("submission").to_owned()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_was_opened_the_day_before_asks_anew_what_is_asked_each_day(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (late, early) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let clock = &server.state.clock;
    let local = clock.now().as_millis() / 1000 + 8 * 3600;
    clock.advance_secs(86_400 - local.rem_euclid(86_400) - 60);
    let (open, sent) = (opened(&late).await, opened(&early).await);
    let receipt = receipt_of(&early.post(&form("submit", &sent)).await);
    clock.advance_secs(120);

    for step in ["check", "edit", "submit"] {
        let back = late.post(&form(step, &open)).await;
        assert_eq!(back.status(), 422, "{step}");
        let back = back.text().await.unwrap();
        assert!(back.contains("日期已变") && back.contains("value=\"广州市天河区\""), "{step}");
        assert!(!back.contains("value=\"36.5\""), "{step}: what was measured yesterday is not today's");
        let anew = hidden(&back).one("submission").to_owned();
        assert_ne!(anew, open, "{step}: it is another form");
        if step == "submit" {
            assert_eq!(count(&server, enterprise.id).await, 1, "nothing of it was stored");
            receipt_of(&late.post(&form("submit", &anew)).await);
        }
    }
    assert_eq!(receipt_of(&early.post(&form("submit", &sent)).await), receipt, "what was stored before midnight is answered alike");
    assert_eq!(count(&server, enterprise.id).await, 2);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_was_opened_for_somebody_else_is_not_taken(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (first, next) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let key = opened(&first).await;
    let refused = next.post(&form("submit", &key)).await;
    assert_eq!(refused.status(), 422);
    let page = refused.text().await.unwrap();
    assert!(page.contains("为另一个人打开的") && !page.contains("value=\"广州市天河区\"") && !page.contains("value=\"36.5\""), "{page}");
    assert_ne!(hidden(&page).one("submission"), key);
    assert_eq!(count(&server, enterprise.id).await, 0);

    // Who says anew who they are is the same person.
    let again = employee(&server, &enterprise, 1).await;
    assert_ne!(again.id, first.id);
    receipt_of(&again.post(&form("submit", &key)).await);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_declares_too_often_waits_and_loses_nothing(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (hasty, calm) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let key = random::uuid().to_string();
    let warm = |tenths: usize| format!("{}.{}", 36 + tenths / 10, tenths % 10);
    for tenths in 0..20 {
        receipt_of(&hasty.post(&with(form("submit", &key), "temperature", &warm(tenths))).await);
    }
    let last = warm(20);
    let fields = with(with(form("submit", &key), "temperature", &last), "journeys", "坐高铁");
    let answer = hasty.post(&fields).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = answer.text().await.unwrap();
    for words in ["提交太频繁", "value=\"38.0\"", "坐高铁", "广州市天河区", &key] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let body: Vec<String> = fields.iter().map(|(field, value)| format!("{field}={}", link::encode(value))).collect();
    let call = hasty.client.post(server.link("/api/declare")).header("cookie", &hasty.cookie).header("accept", "application/json");
    let call = call.form(&[("enterprise", enterprise.id.to_string()), ("form", body.join("&"))]).send().await.unwrap();
    assert_eq!((call.status(), call.text().await.unwrap()), (StatusCode::TOO_MANY_REQUESTS, "\"too-many-requests\"".to_owned()));
    assert_eq!(count(&server, enterprise.id).await, 20);
    receipt_of(&calm.post(&form("submit", &key)).await);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_was_typed_survives_a_database_that_cannot_even_say_who_it_is(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let (_, code) = server.enterprise(2).await;
    let (mut sqlite, mut postgres) = (Vec::new(), Vec::new());
    match &server.state.db {
        shenbao::db::Db::Sqlite(pools) => {
            for _ in 0..pools.read.options().get_max_connections() {
                sqlite.push(pools.read.acquire().await.unwrap());
            }
        }
        shenbao::db::Db::Postgres(pool) => {
            for _ in 0..pool.options().get_max_connections() {
                postgres.push(pool.acquire().await.unwrap());
            }
        }
    }
    let key = random::uuid().to_string();
    let fields = with(form("submit", &key), "journeys", "坐高铁");
    let claim = [("name", "黄试验"), ("number", "99999919900101001"), ("phone", "13900000027"), ("notice", "yes")];
    let claim = employee.client.post(server.link(&format!("/i/{code}"))).form(&claim);
    let (declared, claimed) = tokio::join!(employee.post(&fields), claim.send());
    for (answer, kept) in
        [(declared, ["广州市天河区", "坐高铁", "36.5"]), (claimed.unwrap(), ["黄试验", "99999919900101001", "13900000027"])]
    {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
        let page = answer.text().await.unwrap();
        for words in ["系统正忙，还没有保存"].into_iter().chain(kept) {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
    drop((sqlite, postgres));
    receipt_of(&employee.post(&fields).await);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whom_nobody_knows_any_more_can_copy_what_they_typed(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let mut employee = employee(&server, &enterprise, 1).await;
    let forget = employee.client.post(server.link("/api/forget-device")).header("cookie", &employee.cookie);
    assert!(forget.form(&[("enterprise", enterprise.id.to_string())]).send().await.unwrap().status().is_success());
    let key = random::uuid().to_string();
    let fields = with(with(form("submit", &key), "journeys", "坐<b>高铁"), "departure-city", "440500");
    let ended = employee.cookie.clone();
    for (cookie, language) in [(ended.clone(), "zh-CN"), (String::new(), "zh-CN"), (ended, "en")] {
        employee.cookie = format!("{cookie}; lang={language}");
        let answer = employee.post(&fields).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let page = answer.text().await.unwrap();
        let chinese = ["这台设备还没有验证", "可以复制", "近期居住地址", "广州市天河区", "坐&lt;b&gt;高铁", "汕头", "没有出现症状", "36.5"];
        let english = ["to copy", "Current address", "广州市天河区", "坐&lt;b&gt;高铁", "No symptoms", "36.5"];
        for words in if language == "en" { &english[..] } else { &chinese[..] } {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(&key) && !page.contains("guangdong-2020"));
    }
    assert_eq!(count(&server, enterprise.id).await, 0);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_last_answers_are_taken_but_for_those_that_are_always_asked(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    let fields = with(with(form("submit", &key), "journeys", "一行\n<b>两行"), "departure-city", "440500");
    receipt_of(&employee.post(&fields).await);
    let page = employee.get(&link::with_query(&link::declare(enterprise.id), "same=1")).await.text().await.unwrap();
    assert!(page.contains("&lt;b&gt;两行"), "text is escaped: {page}");
    assert!(page.contains("value=440500 selected"));
    assert!(page.contains("value=\"no\" checked"));
    assert!(!page.contains("value=\"none\" checked") && !page.contains("value=\"36.5\""));
    server.stop().await;
}

/// Each bad form, the sentence it gets, and the status that carries it.
#[rstest]
#[case::missing(&[("travel", None)], 422, "请回答“1月份以来是否有省外旅行史”")]
#[case::residence_missing(&[("residence", Some(" "))], 422, "请填写“近期居住地址”")]
#[case::out_of_range(&[("temperature", Some("99"))], 422, "30.0 到 50.0")]
#[case::no_temperature(&[("temperature", Some("热"))], 422, "请用数字填写")]
#[case::unknown_option(&[("symptoms", Some("vampire"))], 422, "请从列出的选项中选择")]
#[case::unknown_place(&[("departure-city", Some("999999"))], 422, "请从列表中选择")]
#[case::no_date(&[("arrival-date", Some("2020-02-30"))], 422, "真实的年月日")]
#[case::too_long(&[("residence", Some(LONG))], 422, "最多写 100 个字")]
#[case::control(&[("residence", Some("广州\u{0}"))], 422, "看不见的特殊字符")]
#[case::invisible(&[("residence", Some("广州\u{3164}"))], 422, "看不见的特殊字符")]
#[case::turned(&[("residence", Some("\u{202e}广州"))], 422, "看不见的特殊字符")]
#[case::unknown_question(&[("vampire", Some("yes"))], 422, "有些内容不属于这份表单")]
#[case::unknown_version(&[("version", Some("77"))], 422, "问卷已经更新")]
#[case::wrong_version(&[("version", Some("一"))], 422, "问卷已经更新")]
#[case::other_questionnaire(&[("questionnaire", Some("respiratory-season"))], 422, "问卷已经更新")]
#[tokio::test]
async fn bad_input_gets_its_sentence_and_keeps_what_was_typed(
    #[case] changes: &[(&'static str, Option<&'static str>)],
    #[case] status: u16,
    #[case] sentence: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    for step in ["check", "submit", "anything"] {
        let mut fields = with(form(step, &key), "journeys", "坐高铁");
        for (field, value) in changes {
            fields.retain(|(name, _)| name != field);
            fields.extend(value.map(|value| (*field, value)));
        }
        let answer = employee.post(&fields).await;
        assert_eq!(answer.status(), status, "{step}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(sentence), "{step}: {sentence}: {page}");
        assert!(page.contains("坐高铁"), "{step}: what was typed is kept");
    }
    assert_eq!(count(&server, enterprise.id).await, 0);
    server.stop().await;
}

const LONG: &str = "街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街街";

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn all_problems_are_said_at_once_each_linked_to_its_field(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let answer = employee.post(&[("step", "check")]).await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(page.contains("<title>错误："), "{page}");
    for field in ["residence", "travel", "symptoms", "temperature"] {
        assert!(page.contains(&format!("href=\"#{field}\"")) && page.contains(&format!("id=\"{field}\"")), "{field}");
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn exclusive_answers_are_not_mixed_and_unlikely_ones_can_be_passed(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    let mut mixed = form("submit", &key);
    mixed.push(("symptoms", "cold"));
    let answer = employee.post(&mixed).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("就不要再选其他项"));
    let both = with(form("submit", &key), "temperature.not-measured", "yes");
    assert_eq!(employee.post(&both).await.status(), 422);

    let unlikely = |step| with(form(step, &key), "temperature", "45.0");
    let answer = employee.post(&unlikely("check")).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("很可能是填错了"));
    receipt_of(&employee.post(&unlikely("submit")).await);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_body_that_is_no_form_is_refused_in_words(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    for body in [&b"residence=%B9%E3%D6%DD&journeys=kept&travel=no"[..], b"residence=\xb9\xe3&journeys=kept"] {
        let answer = employee.post_body(body.to_vec()).await;
        assert_eq!(answer.status(), 400);
        let page = answer.text().await.unwrap();
        assert!(page.contains("编码无法识别") && page.contains("kept"), "{page}");
    }
    let path = server.link(&link::declare(enterprise.id));
    let other = employee.client.post(&path).header("cookie", &employee.cookie);
    let answer = other.header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("提交的内容不完整"));
    let large = employee.post_body("a".repeat(65 * 1024)).await;
    assert_eq!(large.status(), 413);
    assert!(large.text().await.unwrap().contains("提交的内容太长"));
    assert_eq!(count(&server, enterprise.id).await, 0);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nobody_reaches_what_is_not_theirs(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (one, other) = (enterprise(&server, 1).await, enterprise(&server, 2).await);
    let owner = employee(&server, &one, 1).await;
    let colleague = employee(&server, &one, 2).await;
    let stranger = employee(&server, &other, 1).await;
    let key = random::uuid().to_string();
    let receipt = receipt_of(&owner.post(&form("submit", &key)).await);
    for somebody in [&colleague, &stranger] {
        let theirs = somebody.get(&link::receipt(receipt)).await;
        let none = somebody.get(&link::receipt(ReceiptId { change: 99_999, ..receipt })).await;
        assert_eq!((theirs.status(), none.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        let page = theirs.text().await.unwrap();
        assert!(page.contains("没有这个页面") && !page.contains("广州市天河区"));
        assert!(!somebody.get(link::MINE).await.text().await.unwrap().contains(&link::receipt(receipt)));
    }
    assert!(owner.get(link::MINE).await.text().await.unwrap().contains(&link::receipt(receipt)));
    let same_form = receipt_of(&colleague.post(&form("submit", &key)).await);
    assert_ne!(same_form, receipt, "another person's form never answers with this receipt");

    // Another enterprise, one that does not exist, and no id at all.
    for path in [link::declare(other.id), link::declare(EnterpriseId::from_bits(7)), "/declare/nowhere".to_owned()] {
        let status = owner.get(&path).await.status();
        assert_eq!(status, if path == "/declare/nowhere" { 404 } else { 401 }, "{path}");
        let post = owner.client.post(server.link(&path)).header("cookie", &owner.cookie).form(&form("submit", &key)).send().await.unwrap();
        assert_eq!(post.status(), status, "{path}");
    }
    let forged = server.client().post(server.link(&link::declare(one.id))).form(&form("submit", &key));
    let forged = forged.header("cookie", format!("shenbao-device-{}={}", one.id, "A".repeat(43))).send().await.unwrap();
    assert_eq!(forged.status(), 401);
    assert!(forged.text().await.unwrap().contains("这台设备还没有验证"));
    for path in ["/done/nothing", "/done/000000000000-1", "/done/000000000000-99999999999999999999"] {
        assert_eq!(owner.get(path).await.status(), 404, "{path}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_server_function_does_the_same(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    let key = random::uuid().to_string();
    let body = |fields: &[(&str, &str)]| {
        fields.iter().map(|(field, value)| format!("{field}={}", link::encode(value))).collect::<Vec<_>>().join("&")
    };
    let call = |form: String| {
        let call =
            employee.client.post(server.link("/api/declare")).header("cookie", &employee.cookie).header("accept", "application/json");
        call.form(&[("enterprise", enterprise.id.to_string()), ("form", form)]).send()
    };
    let answer = call(body(&form("check", &key))).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(matches!(wire::open(&answer.text().await.unwrap()), Ok(Outcome::Check { .. })));
    let answer = wire::open(&call(body(&[("step", "submit")])).await.unwrap().text().await.unwrap());
    assert!(matches!(answer, Ok(Outcome::Form(filled)) if filled.problems.iter().all(|problem| problem.cause == Cause::Missing)));
    let Ok(Outcome::Done(receipt)) = wire::open(&call(body(&form("submit", &key))).await.unwrap().text().await.unwrap()) else {
        panic!("not stored")
    };
    assert_eq!(receipt_of(&employee.post(&form("submit", &key)).await), receipt, "with and without JavaScript alike");
    for bad in ["%FF=1", "residence=%B9"] {
        assert_eq!(call(bad.to_owned()).await.unwrap().text().await.unwrap(), "\"bad-request\"");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_person_on_a_shared_phone_has_a_draft_of_their_own(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (one, other) = (enterprise(&server, 1).await, enterprise(&server, 2).await);
    let mut drafts = std::collections::BTreeSet::new();
    for (enterprise, number) in [(&one, 1), (&one, 2), (&other, 1)] {
        let employee = employee(&server, enterprise, number).await;
        let mut names = Vec::new();
        for _ in 0..2 {
            let call = employee.client.post(server.link("/api/declaration-form")).header("cookie", &employee.cookie);
            let call = call.header("accept", "application/json").form(&[("enterprise", &*enterprise.id.to_string()), ("same", "false")]);
            let view: DeclarePageView = wire::open(&call.send().await.unwrap().text().await.unwrap()).unwrap();
            names.push(view.draft);
        }
        assert_eq!(names[0], names[1], "a person finds their draft again");
        let (owner, questionnaire) = names[0].split_once('.').unwrap();
        assert_eq!((owner.len(), questionnaire), (12 + 1 + 16, "guangdong-2020"));
        assert!(!names[0].contains(&employee.id.to_string()) && drafts.insert(names[0].clone()), "{names:?}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_waited_for_a_line_is_taken_once_and_of_its_own_person_only(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (one, other) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let (of_one, of_other) = (owner_of(&one).await, owner_of(&other).await);
    assert_ne!(of_one, of_other);
    for page in [link::ENTRY, link::MINE, link::ACCOUNT] {
        assert!(one.get(page).await.text().await.unwrap().contains(&format!("data-owners=\"{of_one}\"")), "{page}");
    }
    let key = random::uuid().to_string();
    let sent = async |client: &Employee, owner: &str, cookie: &str, fields: &[(&str, &str)]| {
        let form = client.client.post(server.link(&link::declare(enterprise.id))).header("cookie", cookie);
        let answer = form.header("shenbao-owner", owner).form(fields).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let fields = form("submit", &key);
    let refused = |status: u16, code: &str| (status, format!("\"{code}\""));
    assert_eq!(sent(&other, &of_one, &other.cookie, &fields).await, refused(409, "other-person"));
    assert_eq!(sent(&one, "", &one.cookie, &fields).await, refused(409, "other-person"));
    assert_eq!(sent(&one, &of_one, "lang=en", &fields).await, refused(401, "invitation-required"));
    assert_eq!(sent(&one, &of_one, &one.cookie, &with(fields.clone(), "temperature", "")).await, refused(422, "answers"));
    assert_eq!(count(&server, enterprise.id).await, 0);

    // Sent by the page, whose answer was lost, and by itself again.
    let receipt = receipt_of(&one.post(&fields).await);
    for _ in 0..2 {
        assert_eq!(sent(&one, &of_one, &one.cookie, &fields).await, (200, link::receipt(receipt)));
    }
    assert_eq!(count(&server, enterprise.id).await, 1);
    let page = one.get(&link::receipt(receipt)).await.text().await.unwrap();
    assert!(page.contains(&format!("data-owner=\"{of_one}\"")), "{page}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_waited_is_taken_of_whoever_has_said_anew_who_they_are(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let one = employee(&server, &enterprise, 1).await;
    let page = async |employee: &Employee| employee.get(&link::declare(enterprise.id)).await.text().await.unwrap();
    let owner = |page: &str| page.split("data-owner=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let made = page(&one).await;
    let (before, key) = (owner(&made), hidden(&made).one("submission").to_owned());
    // The device was lost: its person claims the same document, and is another employee. Somebody else claims another.
    let (again, other) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let now = owner(&page(&again).await);
    assert_ne!(before, now);
    let waited = async |employee: &Employee, fields: &[(&str, &str)]| {
        let form = employee.client.post(server.link(&link::declare(enterprise.id))).header("cookie", &employee.cookie);
        let answer = form.header("shenbao-owner", &before).form(fields).send().await.unwrap();
        let called = answer.headers().get("shenbao-owner").map(|owner| owner.to_str().unwrap().to_owned());
        (answer.status().as_u16(), called, answer.text().await.unwrap())
    };
    let fields = form("submit", &key);
    assert_eq!(waited(&other, &fields).await, (409, None, "\"other-person\"".to_owned()));
    let wrong = with(fields.clone(), "temperature", "");
    assert_eq!(waited(&again, &wrong).await, (422, Some(now.clone()), "\"answers\"".to_owned()));
    assert_eq!(count(&server, enterprise.id).await, 0);
    let (status, called, receipt) = waited(&again, &fields).await;
    assert_eq!((status, called), (200, Some(now)));
    assert_eq!(again.get(&receipt).await.status(), StatusCode::OK, "it is theirs");
    assert_eq!(count(&server, enterprise.id).await, 1);
    server.stop().await;
}

/// What a page calls the one who is known on this device.
async fn owner_of(employee: &Employee) -> String {
    let page = employee.get(&link::declare(employee.enterprise)).await.text().await.unwrap();
    page.split("data-owner=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Sent by the browser itself, after so many seconds without a line.
async fn waited(employee: &Employee, secs: Option<i64>, fields: &[(&str, &str)]) -> (u16, String) {
    let form = employee.client.post(format!("{}{}", employee.url, link::declare(employee.enterprise))).header("cookie", &employee.cookie);
    let mut form = form.header("shenbao-owner", owner_of(employee).await).form(fields);
    if let Some(secs) = secs {
        form = form.header("shenbao-waited", secs);
    }
    let answer = form.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Puts the clock so many seconds behind the next midnight of the enterprise, or before it.
fn advance_to_midnight(server: &TestServer, secs: i64) {
    let clock = &server.state.clock;
    let local = clock.now().as_millis() / 1000 + 8 * 3600;
    clock.advance_secs(86_400 - local.rem_euclid(86_400) + secs);
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_waited_never_takes_the_place_of_what_was_declared_since(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    advance_to_midnight(&server, 7 * 3600);
    let kept = opened(&employee).await;
    server.state.clock.advance_secs(600);
    let fever = receipt_of(&employee.post(&with(form("submit", &opened(&employee).await), "temperature", "38.6")).await);
    server.state.clock.advance_secs(600);
    let newer = (409, "\"newer\"".to_owned());
    for secs in [None, Some(700), Some(1_000_000), Some(-5)] {
        assert_eq!(waited(&employee, secs, &form("submit", &kept)).await, newer, "{secs:?}");
    }
    assert_eq!(count(&server, enterprise.id).await, 1);

    // What was filled in after it is a correction, although its form is older: the browser's back button leads to it.
    let worse = with(form("submit", &kept), "temperature", "39.1");
    let (status, receipt) = waited(&employee, Some(500), &worse).await;
    assert_eq!(status, 200, "{receipt}");
    assert_ne!(receipt, link::receipt(fever));
    assert_eq!(waited(&employee, Some(500), &worse).await, (200, receipt), "sent again it is the same");
    assert_eq!(count(&server, enterprise.id).await, 2);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_writer_stores_nothing_that_is_older_than_what_it_finds(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (one, other) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let state = &server.state;
    let at = |millis: i64| shenbao::period::Moment::from_millis(millis);
    let key = random::uuid();
    let fresh = Submission { submitted_at: at(2_000), ..submission(&one, key) };
    let receipt = state.writer.submit(fresh).await.unwrap();
    let since = |millis: i64, employee: &Employee, key: Uuid| {
        state.writer.submit(Submission { submitted_at: at(3_000), unless_since: Some(at(millis)), ..submission(employee, key) })
    };
    assert_eq!(since(1_999, &one, random::uuid()).await.unwrap(), None);
    assert_eq!(since(1_999, &one, key).await.unwrap(), receipt, "it is the same one");
    assert_eq!(count(&server, enterprise.id).await, 1);
    assert!(since(1_999, &other, random::uuid()).await.unwrap().is_some(), "another person has said nothing since");
    assert!(since(2_000, &one, random::uuid()).await.unwrap().is_some(), "it was filled in after that");
    assert_eq!(count(&server, enterprise.id).await, 3);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_form_that_waited_overnight_asks_anew_what_is_asked_each_day(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (late, early) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    advance_to_midnight(&server, -4 * 3600);
    let (kept, sent) = (opened(&late).await, opened(&early).await);
    receipt_of(&early.post(&form("submit", &opened(&early).await)).await);
    let receipt = receipt_of(&early.post(&form("submit", &sent)).await);
    server.state.clock.advance_secs(11 * 3600);
    for secs in [None, Some(0), Some(11 * 3600)] {
        assert_eq!(waited(&late, secs, &form("submit", &kept)).await, (422, "\"new-day\"".to_owned()), "{secs:?}");
    }
    assert_eq!(waited(&early, Some(11 * 3600), &form("submit", &sent)).await, (200, link::receipt(receipt)), "only its answer was lost");
    assert_eq!(count(&server, enterprise.id).await, 2);

    // Whoever opens it finds everything but what is asked each day.
    let mut open = form("submit", &kept);
    open.retain(|(field, _)| *field != "step");
    let back = late.post(&open).await;
    assert_eq!(back.status(), 422);
    let back = back.text().await.unwrap();
    assert!(back.contains("日期已变") && back.contains("value=\"广州市天河区\"") && !back.contains("value=\"36.5\""), "{back}");
    receipt_of(&early.post(&form("submit", &opened(&early).await)).await);
    assert_eq!(waited(&early, None, &form("submit", &sent)).await.1, "\"newer\"");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn rows_that_were_swapped_do_not_open(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let enterprise = enterprise(&server, 1).await;
    let (one, other) = (employee(&server, &enterprise, 1).await, employee(&server, &enterprise, 2).await);
    let key = random::uuid().to_string();
    let mine = receipt_of(&one.post(&form("submit", &key)).await);
    let theirs = receipt_of(&other.post(&with(form("submit", &key), "residence", "汕头市濠江区")).await);
    // Whoever may write the table hands each the other's answers; or gives them back, and calls their version another.
    for (sql, of_one, of_other) in [
        ("update declaration set employee_id = case change when $1 then $4 else $3 end where change in ($1, $2)", theirs, mine),
        (
            "update declaration set employee_id = case change when $1 then $3 else $4 end, version = 77 where change in ($1, $2)",
            mine,
            theirs,
        ),
    ] {
        macro_rules! swap {
            ($pool:expr) => {
                sqlx::query(sql).bind(mine.change).bind(theirs.change).bind(one.id).bind(other.id).execute($pool).await.map(drop)
            };
        }
        match &server.state.db {
            shenbao::db::Db::Sqlite(sqlite) => swap!(&sqlite.write),
            shenbao::db::Db::Postgres(pool) => swap!(pool),
        }
        .unwrap();
        for (employee, receipt) in [(&one, of_one), (&other, of_other)] {
            let answer = employee.get(&link::receipt(receipt)).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let page = answer.text().await.unwrap();
            assert!(!page.contains("广州市天河区") && !page.contains("汕头市濠江区"), "{page}");
        }
    }
    server.stop().await;
}

/// Pages are made on several threads, and the head of a document after its page: nothing in it may need what the page had.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forms_that_are_opened_at_once_are_all_whole() {
    let server = TestServer::start(Backend::Sqlite).await;
    let enterprise = enterprise(&server, 1).await;
    let mut tasks = Vec::new();
    for number in 1..=8 {
        let (employee, path) = (employee(&server, &enterprise, number).await, link::declare(enterprise.id));
        tasks.push(tokio::spawn(async move {
            for _ in 0..60 {
                let page = employee.get(&path).await;
                assert_eq!(page.status(), 200);
                assert!(page.text().await.unwrap().contains("<title>个人健康申报</title>"));
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    server.stop().await;
}

/// What is stored opens to what was said, and to nothing that could be read on the way.
#[tokio::test]
async fn answers_are_sealed_with_their_row() {
    let server = TestServer::start(Backend::Sqlite).await;
    let enterprise = enterprise(&server, 1).await;
    let employee = employee(&server, &enterprise, 1).await;
    receipt_of(&employee.post(&form("submit", &random::uuid().to_string())).await);
    let shenbao::db::Db::Sqlite(sqlite) = &server.state.db else { unreachable!("SQLite") };
    let sql = "select submission_key, day, record from declaration where enterprise_id = $1";
    let (key, day, record): (Uuid, Day, Vec<u8>) = sqlx::query_as(sql).bind(enterprise.id).fetch_one(&sqlite.read).await.unwrap();
    let keys = server.state.vault.keys(&server.state.db, enterprise.id).await.unwrap();
    let row = Row { submission: key, employee: employee.id, day, questionnaire: DEFAULT_QUESTIONNAIRE, version: 1 };
    let opened = Record::open(&keys, row, &record).unwrap();
    assert_eq!(opened.residence, "广州市天河区");
    assert_ne!(opened.answers, Answers::new());
    for other in [
        Row { submission: random::uuid(), ..row },
        Row { employee: EmployeeId(random::uuid()), ..row },
        Row { day: day.minus_days(1), ..row },
        Row { questionnaire: "respiratory-season", ..row },
        Row { version: 2, ..row },
    ] {
        assert!(Record::open(&keys, other, &record).is_err());
    }
    assert!(!record.windows(4).any(|bytes| bytes == b"36.5" || bytes == b"none"));
    server.stop().await;
}
