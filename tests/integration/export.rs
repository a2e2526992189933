//! Files that leave the house: what stands in them, who gets them, and when.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::model::Ceremony,
    id::{EmployeeId, EnterpriseId},
    link, random, wire,
};
use uuid::Uuid;

use crate::{
    declaration::form,
    matrix::session,
    support::{Backend, TestServer, column, declare, execute, person},
};

/// A server on invented people: whoever represents is asked for no passkey, and everything else is as ever.
pub struct Scene {
    pub server: TestServer,
    pub enterprise: EnterpriseId,
    pub representative: Uuid,
    pub desk: Client,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        Self::on(TestServer::start_demo(backend).await).await
    }

    pub async fn on(server: TestServer) -> Self {
        let (enterprise, _) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        Self { server, enterprise, representative, desk }
    }

    fn file(&self, file: &str) -> String {
        self.server.link(&link::export_file(self.enterprise, file))
    }

    pub async fn fetch(&self, client: &Client, file: &str) -> Response {
        client.get(self.file(file)).send().await.unwrap()
    }

    async fn ticket(&self, client: &Client, intent: &str) -> String {
        let request = client.post(self.server.link("/api/step-up")).header("accept", "application/json");
        let text = request.form(&[("intent", intent)]).send().await.unwrap().text().await.unwrap();
        wire::open::<Ceremony>(&text).unwrap().ticket
    }

    async fn allow(&self, client: &Client, enterprise: EnterpriseId, ticket: &str) -> StatusCode {
        let fields = [("enterprise", &*enterprise.to_string()), ("query", ""), ("ticket", ticket), ("credential", "")];
        let request = client.post(self.server.link("/api/allow-export")).header("accept", "application/json");
        request.form(&fields).send().await.unwrap().status()
    }

    fn intent(&self) -> String {
        format!("{{\"export\":\"{}\"}}", self.enterprise)
    }

    /// Verifies whoever holds this browser for exports from the enterprise.
    pub async fn verify(&self, client: &Client) {
        let ticket = self.ticket(client, &self.intent()).await;
        assert_eq!(self.allow(client, self.enterprise, &ticket).await, StatusCode::OK);
    }

    async fn answers(&self, phone: &str, temperature: &str, residence: &str) {
        let key = random::uuid().to_string();
        let mut fields = form("submit", &key);
        fields.retain(|(name, _)| !["temperature", "residence"].contains(name));
        fields.extend([("temperature", temperature), ("residence", residence)]);
        let request = self.server.client().post(self.server.link(&link::declare(self.enterprise))).header("cookie", phone);
        let answer = request.form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
    }
}

/// The lines of a CSV file, by column.
pub fn table(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').expect("a byte-order mark: Excel reads no UTF-8 without");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub fn place(table: &[Vec<String>], column: &str) -> usize {
    table[0].iter().position(|name| name == column).unwrap_or_else(|| panic!("{column}: {:?}", table[0]))
}

pub async fn csv_of(answer: Response) -> Vec<Vec<String>> {
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
    assert!(answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"shenbao.csv\""));
    table(&answer.text().await.unwrap())
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_file_holds_what_the_filter_comes_to(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, desk) = (&scene.server, &scene.desk);
    let (_, hot) = server.employee(scene.enterprise, &person(1)).await;
    let (_, well) = server.employee(scene.enterprise, &person(2)).await;
    let (elsewhere, _) = server.enterprise(2).await;
    let (stranger, _) = server.employee(elsewhere, &person(3)).await;
    declare(&server.state, elsewhere, stranger, "别处").await;
    scene.answers(&hot, "36.5", "早上的地址").await;
    scene.answers(&hot, "38.6", "=HYPERLINK(\"http://x\")").await;
    scene.answers(&well, "36.6", "虚构路二号\"门\"，三楼").await;
    scene.verify(desk).await;

    let people = csv_of(scene.fetch(desk, "people.csv").await).await;
    assert_eq!(people.len(), 3, "{people:?}");
    let [name, number, residence, temperature] = ["姓名", "证件号码", "近期居住地址", "体温"]
        .map(|column| people[0].iter().position(|name| name.contains(column)).unwrap_or_else(|| panic!("{column}: {:?}", people[0])));
    assert_eq!([&people[1][name], &people[2][name]], [&person(2).name, &person(1).name], "the last first");
    assert_eq!(people[1][number], format!("{}\t", person(2).document.number()), "not a number: it would lose its last digits");
    assert_eq!(people[1][residence], "虚构路二号\"门\"，三楼");
    assert_eq!(people[2][residence], "'=HYPERLINK(\"http://x\")", "no formula");
    assert_eq!([&people[1][temperature], &people[2][temperature]], ["36.6", "38.6"]);
    assert!(people[2][place(&people, "预警")].chars().count() > 3, "{:?}", people[2]);

    let every = csv_of(scene.fetch(desk, "declarations.csv").await).await;
    let counts = place(&every, "是否计入统计");
    assert_eq!(every[1..].iter().map(|line| &*line[counts]).collect::<Vec<_>>(), ["计入", "计入", "已被替换"]);
    assert_eq!(every[3][residence + 1], "早上的地址");

    // The filter in force, in another language; and one that there is not.
    let answer = desk.get(format!("{}?q={}", scene.file("people.csv"), link::encode(&person(1).name)));
    let one = csv_of(answer.header("accept-language", "en").send().await.unwrap()).await;
    assert_eq!((one.len(), &*one[1][place(&one, "Name")]), (2, &*person(1).name));
    let wrong = desk.get(format!("{}?nonsense=1", scene.file("people.csv"))).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::SEE_OTHER);
    let page = desk.get(server.link(wrong.headers()["location"].to_str().unwrap())).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("网址里有本企业问卷没有的问题或答案"));
    assert_eq!(scene.fetch(desk, "people.pdf").await.status(), StatusCode::NOT_FOUND);

    let answer = scene.fetch(desk, "declarations.xlsx").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes().await.unwrap())).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    let cell = |row: u32, column: usize| sheet.get_value((row, u32::try_from(column).unwrap())).cloned().unwrap_or_default();
    assert_eq!(sheet.height(), 4);
    assert_eq!(cell(1, number), Data::String(person(2).document.number().to_owned()));
    assert_eq!(cell(2, temperature + 1), Data::Float(38.6));
    assert_eq!(cell(2, residence + 1), Data::String("=HYPERLINK(\"http://x\")".to_owned()), "a text, and no formula");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nothing_leaves_without_a_fresh_verification_for_that_and_an_entry(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, desk) = (&scene.server, &scene.desk);
    let (employee, phone) = server.employee(scene.enterprise, &person(1)).await;
    declare(&server.state, scene.enterprise, employee, "虚构路一号").await;
    let (elsewhere, _) = server.enterprise(2).await;
    let (_, stranger) = server.employee(elsewhere, &person(2)).await;
    let mine = async |phone: &str| {
        let answer = server.client().get(server.link(link::MINE)).header("cookie", phone).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let exports = async || {
        let sql = "select count(*) from audit where action in ('export-people', 'export-declarations')";
        column::<i64>(&server.state.db, sql).await[0]
    };
    let is_led_back = async |client: &Client, file: &str| {
        let answer = scene.fetch(client, file).await;
        answer.status() == StatusCode::SEE_OTHER && answer.headers()["location"] == link::export(scene.enterprise).as_str()
    };
    assert!(is_led_back(desk, "people.csv").await);
    let page = desk.get(server.link(&link::export(scene.enterprise))).header(header::USER_AGENT, "Mozilla/5.0 MicroMessenger/8.0");
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("在浏览器打开") && page.contains("验证后导出") && !page.contains("people.csv"), "{page}");
    // Verified for something else, or for elsewhere, or once already.
    let other = scene.ticket(desk, "\"add-passkey\"").await;
    assert_eq!(scene.allow(desk, scene.enterprise, &other).await, StatusCode::UNAUTHORIZED);
    let foreign = scene.ticket(desk, &format!("{{\"export\":\"{elsewhere}\"}}")).await;
    assert_eq!(scene.allow(desk, scene.enterprise, &foreign).await, StatusCode::UNAUTHORIZED);
    let ticket = scene.ticket(desk, &scene.intent()).await;
    assert_eq!(scene.allow(desk, elsewhere, &ticket).await, StatusCode::NOT_FOUND, "not theirs");
    assert_eq!(scene.allow(desk, scene.enterprise, &ticket).await, StatusCode::OK);
    assert_eq!(scene.allow(desk, scene.enterprise, &ticket).await, StatusCode::UNAUTHORIZED, "used");
    assert_eq!(exports().await, 0);
    for file in ["people.csv", "declarations.csv", "people.xlsx", "declarations.xlsx"] {
        assert_eq!(scene.fetch(desk, file).await.status(), StatusCode::OK, "{file}");
    }
    assert_eq!(exports().await, 4);
    // Who may be in them sees it; whoever came later, and other enterprises' people, are in none.
    let told = "导出了文件，可能包含您的信息";
    assert_eq!(mine(&phone).await.matches(told).count(), 4);
    server.state.clock.advance_secs(1);
    let (_, later) = server.employee(scene.enterprise, &person(3)).await;
    for phone in [&later, &stranger] {
        assert!(!mine(phone).await.contains(told));
    }
    let log = desk.get(server.link(&link::audit(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(log.contains("导出人员名单") && log.contains("导出全部申报"), "{log}");
    // The same person in another session was not verified; nor is this one for ever.
    let beside = server.client();
    let cookie = session(server, scene.representative).await;
    let answer = beside.get(scene.file("people.csv")).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    server.state.clock.advance_secs(14 * 60);
    assert_eq!(scene.fetch(desk, "people.csv").await.status(), StatusCode::OK);
    server.state.clock.advance_secs(60);
    assert!(is_led_back(desk, "people.csv").await);
    assert_eq!(exports().await, 5);
    // What cannot be written down does not leave.
    scene.verify(desk).await;
    execute(&server.state.db, "alter table audit rename to audit_gone").await;
    let refused = scene.fetch(desk, "people.csv").await;
    assert!(refused.status().is_server_error());
    assert!(!refused.text().await.unwrap().contains(&person(1).name));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_manager_exports_who_is_in_their_departments(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let server = &scene.server;
    let departments = server.link(&link::departments(scene.enterprise));
    let added = scene.desk.post(departments).form(&[("action", "add"), ("names", "生产部\n仓储部")]).send().await.unwrap();
    assert!(added.status().is_redirection() || added.status().is_success(), "{}", added.status());
    for number in [1, 2] {
        let (employee, _) = server.employee(scene.enterprise, &person(number)).await;
        declare(&server.state, scene.enterprise, employee, "虚构路").await;
        let fields = [("enterprise", scene.enterprise.to_string()), ("employee", employee.to_string()), ("department", number.to_string())];
        let moved = scene.desk.post(server.link("/api/set-department")).form(&fields).send().await.unwrap().status();
        assert!(moved.is_success() || moved.is_redirection(), "{moved}");
    }
    let manager = server.viewer(&person(50)).await;
    let grant = server.lend(scene.enterprise, scene.representative, manager, "statistics export", 24 * 60 * 60, None).await;
    server.confine(scene.enterprise, grant, 1).await;
    let cookie = session(server, manager).await;
    let until = server.state.clock.now().plus_secs(60).as_millis();
    let allow =
        format!("update session set export_enterprise_id = {}, export_until = {until}", i64::from_be_bytes(scene.enterprise.to_bytes()));
    execute(&server.state.db, &allow).await;
    let fetch = async |file: &str| server.client().get(scene.file(file)).header("cookie", &cookie).send().await.unwrap();
    for file in ["people.csv", "declarations.csv"] {
        let lines = csv_of(fetch(file).await).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1][0], person(1).name);
        assert_eq!(lines[1][place(&lines, "部门")], "生产部");
    }
    // Another department's is as unknown as one that there is not.
    assert_eq!(fetch("people.csv?department=2").await.status(), StatusCode::SEE_OTHER);
    scene.server.stop().await;
}

/// More than is read at once, and people who go meanwhile.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_long_list_is_whole_and_in_order(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let state = &scene.server.state;
    let mut declared: Vec<EmployeeId> = Vec::new();
    for number in 0..4 {
        declared.push(scene.server.employee(scene.enterprise, &person(number)).await.0);
    }
    let declares = |number: usize| {
        let employee = declared[number % declared.len()];
        async move { declare(state, scene.enterprise, employee, &format!("第 {number} 号")).await }
    };
    for chunk in (0..1_100).collect::<Vec<_>>().chunks(50) {
        futures::future::join_all(chunk.iter().map(|number| declares(*number))).await;
    }
    scene.verify(&scene.desk).await;
    let lines = csv_of(scene.fetch(&scene.desk, "declarations.csv").await).await;
    assert_eq!(lines.len(), 1_101);
    let residence = place(&lines, "近期居住地址");
    let mut numbers: Vec<&str> = lines[1..].iter().map(|line| &*line[residence]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 1_100, "each once");
    let replaced = place(&lines, "是否计入统计");
    assert_eq!(lines[1..].iter().filter(|line| line[replaced] == "计入").count(), 4);
    assert_eq!(csv_of(scene.fetch(&scene.desk, "people.csv").await).await.len(), 5);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_was_verified_for_one_enterprise_opens_no_other_of_the_same_representative(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (other, _) = scene.server.enterprise(2).await;
    assert_eq!(scene.server.appoint(other, &person(900)).await, scene.representative, "they represent both");
    for enterprise in [scene.enterprise, other] {
        let (employee, _) = scene.server.employee(enterprise, &person(1)).await;
        declare(&scene.server.state, enterprise, employee, "虚构路一号").await;
    }
    scene.verify(&scene.desk).await;
    for file in ["people.csv", "declarations.xlsx"] {
        assert_eq!(scene.fetch(&scene.desk, file).await.status(), StatusCode::OK, "{file}");
        let answer = scene.desk.get(scene.server.link(&link::export_file(other, file))).send().await.unwrap();
        assert_eq!(
            (answer.status(), answer.headers()["location"].to_str().unwrap()),
            (StatusCode::SEE_OTHER, &*link::export(other)),
            "{file}"
        );
    }
    scene.server.stop().await;
}
