//! The roster: files that come in and files that do not, whom it knows and whom not, and who has not declared.

use std::{collections::BTreeSet, io::Write};

use reqwest::{
    Client, Response, StatusCode, header,
    multipart::{Form, Part},
};
use rstest::rstest;
use rust_xlsxwriter::Workbook;
use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{Level, Person},
    },
    audit::model::{Action, AuditView},
    clock::day_of,
    declaration::record::Record,
    enterprise::department::{self, model::Department},
    id::{DepartmentId, EmployeeId, EnterpriseId},
    period::Day,
    questionnaire::model::Answers,
    roster::model::{AbsentView, Counts, Fault, FileProblem, ImportView, Mark, RosterView, UploadView},
    statistics::view::{PeopleView, StatisticsView},
    wire,
};

use crate::{
    matrix::session,
    retention::purge,
    support::{Backend, TestServer, column, declare, execute, person, submission_of},
};

/// A server in demo mode with one enterprise, its code, and its representative's browser.
struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    client: Client,
    representative: uuid::Uuid,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        let representative = server.appoint(enterprise, &person(900)).await;
        let client = server.enter().await;
        Self { server, enterprise, client, representative }
    }

    fn tenant(&self) -> Tenant {
        Tenant::of_operator(self.enterprise)
    }

    fn today(&self) -> Day {
        day_of(self.server.state.clock.now(), chrono_tz::Asia::Shanghai)
    }

    fn path(&self, rest: &str) -> String {
        self.server.link(&format!("/e/{}{rest}", self.enterprise))
    }

    async fn asked<T: serde::de::DeserializeOwned>(&self, client: &Client, function: &str, query: &str) -> T {
        let form = [("enterprise", self.enterprise.to_string()), ("query", query.to_owned())];
        let answer = client.post(self.server.link(&format!("/api/{function}"))).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{function} {query}");
        wire::open(&answer.text().await.unwrap()).unwrap()
    }

    async fn roster(&self, query: &str) -> RosterView {
        self.asked(&self.client, "roster", query).await
    }

    async fn absent(&self, query: &str) -> AbsentView {
        self.asked(&self.client, "absent", query).await
    }

    async fn statistics(&self) -> StatisticsView {
        self.asked(&self.client, "statistics", "").await
    }

    /// Names in the list of people.
    async fn people(&self) -> BTreeSet<String> {
        let view: PeopleView = self.asked(&self.client, "people", "").await;
        view.list.unwrap().lines.into_iter().map(|line| line.name).collect()
    }

    /// Sends a file; the query of the page that shows it.
    async fn send(&self, name: &str, bytes: Vec<u8>) -> String {
        let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
        let answer = self.client.post(self.path("/roster/upload")).multipart(form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name}");
        let location = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        let query = location.split_once('?').unwrap().1.to_owned();
        assert!(query.starts_with("upload="), "{location}");
        query
    }

    /// How far a file is, once it was read.
    async fn upload(&self, query: &str) -> UploadView {
        loop {
            let view: ImportView = self.asked(&self.client, "roster-import", query).await;
            match view.upload.expect("the file is there").1 {
                UploadView::Reading(..) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                read => return read,
            }
        }
    }

    async fn preview(&self, name: &str, bytes: Vec<u8>) -> (String, Counts) {
        let query = self.send(name, bytes).await;
        match self.upload(&query).await {
            UploadView::Ready(preview) => (query, preview.counts),
            UploadView::Refused(problem) => panic!("{problem:?}"),
            UploadView::Faulty(_, faults) => panic!("{faults:?}"),
            _ => panic!("not read"),
        }
    }

    async fn problem(&self, bytes: Vec<u8>) -> FileProblem {
        let query = self.send("名册", bytes).await;
        match self.upload(&query).await {
            UploadView::Refused(problem) => problem,
            UploadView::Faulty(_, faults) => panic!("{faults:?}"),
            _ => panic!("taken"),
        }
    }

    async fn confirm(&self, query: &str, leaving: bool) -> Response {
        let mut form = vec![("action", "import"), ("upload", query.strip_prefix("upload=").unwrap())];
        form.extend(leaving.then_some(("leaving", "yes")));
        self.client.post(self.path("/roster/import")).form(&form).send().await.unwrap()
    }

    async fn import(&self, table: &str) -> Counts {
        let (query, counts) = self.preview("名册.csv", table.as_bytes().to_vec()).await;
        assert_eq!(self.confirm(&query, false).await.status(), StatusCode::SEE_OTHER);
        counts
    }

    async fn post(&self, form: &[(&str, &str)]) -> Response {
        self.client.post(self.path("/roster")).form(form).send().await.unwrap()
    }

    async fn done(&self, form: &[(&str, &str)]) {
        let answer = self.post(form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{form:?}");
    }

    async fn departments(&self) -> Vec<(i64, String)> {
        let known = department::list(&self.server.state, self.tenant()).await.unwrap();
        known.into_iter().map(|Department { id, name }| (id.0, name)).collect()
    }

    /// Somebody who claimed, of a department.
    async fn claim(&self, number: u32, department: Option<i64>) -> EmployeeId {
        let (state, person) = (&self.server.state, person(number));
        let people = [(&person, department.map(DepartmentId))];
        let claimed = claim::claim_all_of(&state.db, &state.vault, state.clock.now(), self.tenant(), &people).await.unwrap();
        claimed[0].employee
    }

    async fn declare(&self, employee: EmployeeId) {
        declare(&self.server.state, self.enterprise, employee, "虚构路 1 号").await;
    }

    /// The same, some days ago.
    async fn declare_on(&self, employee: EmployeeId, day: Day) {
        let state = &self.server.state;
        let record = Record {
            answers: Answers::default(),
            residence: "虚构路".to_owned(),
            level: Level::Claimed,
            alerts: Vec::new(),
            on_behalf: None,
        };
        let submission = submission_of(state, self.enterprise, employee, day, &record).await;
        state.writer.submit(submission).await.unwrap().unwrap();
    }

    async fn actions(&self) -> Vec<Action> {
        let audit: AuditView = self.asked(&self.client, "audit", "").await;
        audit.entries.into_iter().rev().map(|entry| entry.action).skip(2).collect()
    }
}

const HEADER: &str = "姓名,证件号码,手机,部门,厂区/地点,入职日期,离职日期\n";

fn line(person: &Person, rest: &str) -> String {
    format!("{},{},{},{rest}\n", person.name, person.document.number(), person.phone.as_ref().unwrap().national())
}

/// People of these numbers, each with department and site.
fn table(people: impl IntoIterator<Item = (u32, &'static str, &'static str)>) -> String {
    let lines: String =
        people.into_iter().map(|(number, department, site)| line(&person(number), &format!("{department},{site},,"))).collect();
    format!("{HEADER}{lines}")
}

fn names(view: &RosterView) -> Vec<String> {
    view.lines.iter().map(|line| line.name.clone()).collect()
}

fn sorted(numbers: &[u32]) -> Vec<String> {
    let mut names: Vec<String> = numbers.iter().map(|number| person(*number).name).collect();
    names.sort();
    names
}

fn counts(new: u32, changed: u32, unchanged: u32, leaving: u32) -> Counts {
    Counts { new, changed, unchanged, leaving, repeated: 0 }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_file_is_shown_first_and_then_taken_over_as_a_whole(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    assert!(!scene.roster("").await.kept);
    let first = table([(1, "生产部", "东厂区"), (2, "生产部", "东厂区"), (3, "仓储部", "西厂区")]);
    let (query, shown) = scene.preview("名册.csv", first.clone().into_bytes()).await;
    assert_eq!(shown, counts(3, 0, 0, 0));
    assert!(!scene.roster("").await.kept && scene.departments().await.is_empty(), "nothing is written before it is confirmed");
    let page = scene.client.get(scene.path(&format!("/roster/import?{query}"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("会新建部门：生产部、仓储部") && page.contains(&person(1).name), "{page}");
    assert!(!page.contains(person(1).document.number()), "masked");
    assert_eq!(scene.confirm(&query, false).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.confirm(&query, false).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "it is taken over once");
    assert_eq!(scene.departments().await, [(1, "生产部".into()), (2, "仓储部".into())]);
    let view = scene.roster("").await;
    assert_eq!(names(&view), sorted(&[1, 2, 3]));
    let one = view.lines.iter().find(|line| line.name == person(3).name).unwrap();
    assert_eq!((one.department.as_str(), one.site.as_str(), &one.document[..2]), ("仓储部", "西厂区", "99"));

    // The same once more says nothing new; a changed row is an update, whatever the encoding and the kind of file.
    let second = table([(1, "仓储部", "东厂区"), (2, "生产部", "东厂区"), (4, "行政部", "")]);
    assert_eq!(scene.preview("名册.csv", first.into_bytes()).await.1, counts(0, 0, 3, 0));
    for bytes in [second.clone().into_bytes(), [b"\xef\xbb\xbf", second.as_bytes()].concat(), gb18030(&second), xlsx(&second)] {
        assert_eq!(scene.preview("名册", bytes).await.1, counts(1, 1, 1, 1));
    }
    let (query, _) = scene.preview("名册.xlsx", xlsx(&second)).await;
    assert_eq!(scene.confirm(&query, true).await.status(), StatusCode::SEE_OTHER);
    let view = scene.roster("").await;
    assert_eq!(names(&view), sorted(&[1, 2, 4]));
    assert_eq!(names(&scene.roster("list=left").await), sorted(&[3]), "who is not in the file has left");
    assert_eq!(names(&scene.roster("department=2").await), sorted(&[1]));
    assert_eq!(names(&scene.roster(&format!("q={}", &person(4).document.number()[14..])).await), sorted(&[4]));
    assert_eq!(scene.departments().await.len(), 3);

    // A file without some columns leaves what they say; who is in it has not left.
    let partial = format!("Name,ID number\n{},{}\n", person(3).name, person(3).document.number());
    assert_eq!(scene.import(&partial).await, counts(0, 1, 0, 3));
    let view = scene.roster("").await;
    let back = view.lines.iter().find(|line| line.name == person(3).name).unwrap();
    assert_eq!((back.department.as_str(), back.site.as_str(), back.left), ("仓储部", "西厂区", None));
    let imports = scene.actions().await;
    assert_eq!(imports.iter().filter(|action| **action == Action::ImportRoster).count(), 3);
    assert_eq!(imports.iter().filter(|action| **action == Action::AddDepartment).count(), 3);
    scene.server.stop().await;
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn cells(table: &str) -> Vec<Vec<String>> {
    table.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn xlsx(table: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0_u32..).zip(cells(table)) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// A workbook with one more part in it.
fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new_append(std::io::Cursor::new(xlsx(HEADER))).unwrap();
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_file_that_is_none_says_why_and_changes_nothing(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let encrypted: Vec<u8> = ole.iter().copied().chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let whole = xlsx(&table([(1, "", "")]));
    let wide = format!("{}姓名,证件号码\n", "列,".repeat(120));
    let many: String = (0..100_001).map(|row| ["甲,", &row.to_string(), "\n"].concat()).collect::<Vec<_>>().concat();
    for (bytes, problem) in [
        (Vec::new(), FileProblem::Empty),
        (b"\x89PNG\r\n\x1a\n\0".to_vec(), FileProblem::Unknown),
        (ole, FileProblem::OldWorkbook),
        (encrypted, FileProblem::Encrypted),
        (with_part("xl/vbaProject.bin", b"macros"), FileProblem::Macros),
        (with_part("xl/media/image1.png", &vec![0; 70 << 20]), FileProblem::Bomb),
        (whole[..whole.len() / 2].to_vec(), FileProblem::Broken),
        (b"PK\x03\x04 and nothing else".to_vec(), FileProblem::Broken),
        (b"\xff\xfe\x00\xd8,\x00".to_vec(), FileProblem::Encoding),
        (wide.into_bytes(), FileProblem::TooManyColumns),
        (format!("姓名,证件号码\n{many}").into_bytes(), FileProblem::TooManyRows),
        (HEADER.as_bytes().to_vec(), FileProblem::NoRows),
        (b"name,phone\na,b\n".to_vec(), FileProblem::Missing(vec![shenbao::roster::model::Column::Number])),
        ("姓名,姓名,证件号码\n".as_bytes().to_vec(), FileProblem::Twice(shenbao::roster::model::Column::Name)),
        (vec![b'a'; (16 << 20) + 1], FileProblem::TooLarge),
    ] {
        assert_eq!(scene.problem(bytes).await, problem);
    }
    let page = scene.client.get(scene.path("/roster/import")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("文件超过 16 MB"), "the last one is told without being asked for: {page}");

    // Rows: each fault with its cell, and none of the good ones is taken.
    let good = line(&person(1), ",,,");
    let bad = format!("{HEADER}{good},{},1,,,昨天,\n{}", person(2).document.number(), line(&person(1), "生产部,,,"));
    let query = scene.send("名册.csv", bad.into_bytes()).await;
    let UploadView::Faulty(4, faults) = scene.upload(&query).await else { panic!("taken") };
    let faults: Vec<(String, Fault)> = faults.into_iter().map(|line| (line.cell, line.fault)).collect();
    assert!(matches!(&faults[0], (cell, Fault::Name(_)) if cell == "A3"), "{faults:?}");
    assert!(faults.contains(&("F3".to_owned(), Fault::Joined)) && faults.contains(&("B4".to_owned(), Fault::Conflict(2))), "{faults:?}");
    assert_eq!(scene.confirm(&query, false).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!scene.roster("").await.kept && scene.departments().await.is_empty());

    // What is no form at all.
    let answer = scene.client.post(scene.path("/roster/upload")).body("x").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let far = Form::new().part("file", Part::bytes(vec![b'a'; 65 << 20]));
    let answer = scene.client.post(scene.path("/roster/upload")).multipart(far).send().await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == StatusCode::PAYLOAD_TOO_LARGE));
    assert_eq!(scene.actions().await, []);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_preview_that_is_out_of_date_is_not_taken_over(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.import(&table([(1, "", "")])).await;
    let (query, _) = scene.preview("名册.csv", table([(2, "新部门", "")]).into_bytes()).await;
    add(&scene, 3, "0").await;
    let answer = scene.confirm(&query, true).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.unwrap().contains("预览之后名册有变化"));
    assert_eq!(names(&scene.roster("").await), sorted(&[1, 3]));
    assert_eq!(scene.departments().await, []);
    // Another file takes its place, and one that is cancelled is gone.
    let (other, _) = scene.preview("名册.csv", table([(4, "", "")]).into_bytes()).await;
    assert_eq!(scene.confirm(&query, false).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let form = [("action", "cancel"), ("upload", other.strip_prefix("upload=").unwrap())];
    assert_eq!(scene.client.post(scene.path("/roster/import")).form(&form).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    assert_eq!(scene.confirm(&other, false).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from roster_staged").await, [0]);
    // A file waits for an hour; then it is gone with its rows.
    let (late, _) = scene.preview("名册.csv", table([(5, "", "")]).into_bytes()).await;
    execute(&scene.server.state.db, "update roster_upload set created_at = created_at - 3600001").await;
    assert_eq!(scene.confirm(&late, false).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    purge(&scene.server).await;
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from roster_upload").await, [0]);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from roster_staged").await, [0]);
    scene.server.stop().await;
}

async fn add(scene: &Scene, number: u32, department: &str) {
    let person = person(number);
    scene
        .done(&[
            ("action", "add"),
            ("name", &person.name),
            ("kind", "resident-id"),
            ("number", person.document.number()),
            ("phone", person.phone.as_ref().unwrap().national()),
            ("department", department),
        ])
        .await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn lines_are_added_corrected_moved_and_ended_by_hand(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.client.post(scene.path("/departments")).form(&[("action", "add"), ("names", "生产部\n仓储部")]).send().await.unwrap();
    add(&scene, 1, "1").await;
    add(&scene, 2, "0").await;
    let one = person(1);
    let again = [("action", "add"), ("name", "别人"), ("kind", "resident-id"), ("number", one.document.number())];
    let answer = scene.post(&again).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    assert!(page.contains("名册上已经有这个证件号码") && page.contains("value=\"别人\""), "{page}");
    let page = scene.post(&[("action", "add"), ("name", ""), ("kind", "resident-id"), ("number", "1")]).await.text().await.unwrap();
    assert!(page.contains("请输入姓名") && page.contains("居民身份证号码应为 18 位") && page.contains("错误："), "{page}");

    let view = scene.roster("").await;
    let id = view.lines.iter().find(|line| line.name == one.name).unwrap().id.to_string();
    let open = scene.roster(&format!("open={id}")).await.open.unwrap();
    assert_eq!((open.values.number.as_str(), open.values.department.as_str()), (one.document.number(), "1"));
    let change = |number: &'static str| {
        [("action", "change"), ("entry", id.as_str()), ("name", "新名字"), ("kind", "passport"), ("number", number), ("department", "2")]
    };
    scene.done(&change("E12345678")).await;
    let view = scene.roster("department=2").await;
    assert_eq!(names(&view), ["新名字"]);
    let two = person(2).document.number().to_owned();
    let taken = [
        ("action", "change"),
        ("entry", id.as_str()),
        ("name", "新名字"),
        ("kind", "resident-id"),
        ("number", two.as_str()),
        ("department", "2"),
    ];
    assert_eq!(scene.post(&taken).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    scene.done(&[("action", "leave"), ("entry", &id)]).await;
    assert_eq!(names(&scene.roster("list=left").await), ["新名字"]);
    assert_eq!(scene.roster("list=left").await.lines[0].left, Some(scene.today()));
    let unsure = scene.post(&[("action", "remove"), ("entry", &id)]).await;
    assert_eq!(unsure.status(), StatusCode::UNPROCESSABLE_ENTITY);
    scene.done(&[("action", "remove"), ("entry", &id), ("confirmed", "yes")]).await;
    assert_eq!(scene.roster("list=left").await.count, 0);
    for form in [
        &[("action", "leave"), ("entry", id.as_str())][..],
        &[("action", "remove"), ("entry", id.as_str()), ("confirmed", "yes")],
        &change("E12345678"),
        &[("action", "reject"), ("employee", id.as_str())],
        &[("action", "admit"), ("employee", id.as_str())],
    ] {
        assert_eq!(scene.post(form).await.status(), StatusCode::NOT_FOUND, "{form:?}");
    }
    for form in [&[("action", "drop")][..], &[], &[("action", "leave")]] {
        assert_eq!(scene.post(form).await.status(), StatusCode::BAD_REQUEST, "{form:?}");
    }
    for query in ["list=all", "page=0", "department=9", "x=1", "open=1", "q=a&q=b"] {
        let answer = scene.client.get(scene.path(&format!("/roster?{query}"))).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    let actions = scene.actions().await;
    assert!(
        actions.ends_with(&[Action::AddEntry, Action::AddEntry, Action::ChangeEntry, Action::EndEntry, Action::RemoveEntry]),
        "{actions:?}"
    );
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_is_on_no_line_is_counted_apart_until_somebody_decides(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (known, stranger, mistyped, guest) =
        (scene.claim(1, None).await, scene.claim(2, None).await, scene.claim(3, None).await, scene.claim(4, None).await);
    for employee in [known, stranger, mistyped, guest] {
        scene.declare(employee).await;
    }
    assert_eq!(scene.statistics().await.figures.unwrap().declared.count, 4, "without a roster everybody counts");
    let other = Person { name: person(3).name, ..person(33) };
    scene.import(&format!("{HEADER}{}{}{}", line(&person(1), ",,,"), line(&other, ",,,"), line(&person(9), ",,,"))).await;
    let figures = scene.statistics().await.figures.unwrap();
    assert_eq!((figures.declared.count, figures.unconfirmed.map(|apart| apart.count)), (1, Some(3)));
    let (attendance, missing) = figures.attendance.unwrap();
    assert_eq!((attendance.share.expected, attendance.share.declared, missing.count), (3, 1, 2));
    assert_eq!(scene.people().await, sorted(&[1]).into_iter().collect());
    let apart = scene.roster("list=unconfirmed").await;
    assert_eq!(apart.declarers.iter().map(|line| line.name.clone()).collect::<BTreeSet<_>>(), sorted(&[2, 3, 4]).into_iter().collect());

    // Admitted: a line of their own.
    scene.done(&[("action", "admit"), ("employee", &stranger.to_string())]).await;
    // Merged: the line is proposed by its name, or named by its number.
    let asked = scene.roster(&format!("list=unconfirmed&open={mistyped}")).await;
    assert_eq!(asked.alike.len(), 1);
    let wrong = scene.post(&[("action", "merge"), ("employee", &mistyped.to_string()), ("number", person(50).document.number())]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().await.unwrap().contains("名册上没有这个证件号码"));
    scene.done(&[("action", "merge"), ("employee", &mistyped.to_string()), ("entry", &asked.alike[0].id.to_string())]).await;
    let figures = scene.statistics().await.figures.unwrap();
    assert_eq!((figures.declared.count, figures.unconfirmed.map(|apart| apart.count)), (3, Some(1)));
    let (attendance, missing) = figures.attendance.unwrap();
    assert_eq!((attendance.share.expected, attendance.share.declared, missing.count), (4, 3, 1));
    // Rejected: in no figure, and it can be taken back.
    scene.done(&[("action", "reject"), ("employee", &guest.to_string())]).await;
    let figures = scene.statistics().await.figures.unwrap();
    assert_eq!((figures.declared.count, figures.unconfirmed.map(|apart| apart.count)), (3, None));
    assert_eq!(scene.roster("list=rejected").await.declarers.len(), 1);
    scene.done(&[("action", "reopen"), ("employee", &guest.to_string())]).await;
    assert_eq!(scene.statistics().await.figures.unwrap().unconfirmed.map(|apart| apart.count), Some(1));
    // Another process knows, and so does one that reads everything anew.
    let beside = scene.server.beside().await;
    let view: StatisticsView = {
        let form = [("enterprise", scene.enterprise.to_string()), ("query", String::new())];
        let client = beside.enter().await;
        let answer = client.post(beside.link("/api/statistics")).form(&form).send().await.unwrap();
        wire::open(&answer.text().await.unwrap()).unwrap()
    };
    assert_eq!(view.figures.unwrap().declared.count, 3);
    beside.stop().await;

    // Who left and declares nevertheless is to be confirmed, and comes back.
    let line = scene.roster("").await.lines.into_iter().find(|line| line.name == person(1).name).unwrap();
    scene.done(&[("action", "leave"), ("entry", &line.id.to_string())]).await;
    let apart = scene.roster("list=unconfirmed").await;
    assert!(apart.declarers.iter().any(|line| line.employee == known && line.left == Some(scene.today())));
    scene.done(&[("action", "admit"), ("employee", &known.to_string())]).await;
    assert_eq!(scene.roster("list=unconfirmed").await.declarers.len(), 1);
    // A second claim of a document is to be verified, and no line is reported by it.
    let second = scene.claim(9, None).await;
    scene.claim(9, None).await;
    scene.declare(second).await;
    assert_eq!(scene.statistics().await.figures.unwrap().attendance.unwrap().1.count, 0);
    let actions = scene.actions().await;
    for action in [Action::AdmitDeclarer, Action::MergeDeclarer, Action::RejectDeclarer, Action::ReopenDeclarer] {
        assert!(actions.contains(&action), "{action:?}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_has_not_declared_is_listed_by_day_department_site_and_name(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.import(&table([(1, "生产部", "东厂区"), (2, "生产部", "西厂区"), (3, "仓储部", "东厂区"), (4, "", "")])).await;
    let today = scene.today();
    let yesterday = today.minus_days(1);
    let (one, two) = (scene.claim(1, None).await, scene.claim(2, None).await);
    scene.declare_on(one, yesterday).await;
    scene.declare_on(two, yesterday).await;
    scene.declare(one).await;
    let late = line(&person(5), &format!("生产部,东厂区,{today},"));
    let gone = line(&person(6), &format!("生产部,东厂区,,{today}"));
    scene.import(&format!("{HEADER}{late}{gone}")).await;

    let view = scene.absent("").await;
    let share = view.attendance.unwrap().share;
    assert_eq!((share.expected, share.declared, share.missing(), view.count), (5, 1, 4, 4));
    assert_eq!((view.before.expected, view.before.declared), (5, 2), "yesterday's are those who were there yesterday");
    assert_eq!(view.names.split('、').map(str::to_owned).collect::<Vec<_>>(), sorted(&[2, 3, 4, 5]));
    let shares: Vec<(&str, u32, u32)> =
        view.departments.iter().map(|line| (line.label.as_str(), line.share.declared, line.share.expected)).collect();
    assert_eq!(shares, [("生产部", 1, 3), ("仓储部", 0, 1), ("未分部门", 0, 1)]);
    assert_eq!(view.sites.len(), 3);
    let absentee = |view: &AbsentView, number: u32| view.lines.iter().find(|line| line.name == person(number).name).cloned().unwrap();
    let marks = absentee(&view, 2).marks;
    assert_eq!((marks.len(), marks[12], marks[13]), (14, Mark::Declared, Mark::Missing));
    assert_eq!(absentee(&view, 5).marks[12..], [Mark::Off, Mark::Missing]);
    assert!(absentee(&view, 2).person.is_some() && absentee(&view, 3).person.is_none());

    for (query, expected) in [
        ("department=1", &[2, 5][..]),
        ("department=0", &[4]),
        ("site=%E4%B8%9C%E5%8E%82%E5%8C%BA", &[3, 5]),
        ("site=", &[4]),
        ("department=1&site=%E8%A5%BF%E5%8E%82%E5%8C%BA", &[2]),
        (&format!("q={}", shenbao::link::encode(&person(3).name)), &[3]),
        (&format!("day={yesterday}"), &[3, 4, 6]),
        (&format!("day={yesterday}&department=1"), &[6]),
    ] {
        let view = scene.absent(query).await;
        assert_eq!(view.names.split('、').map(str::to_owned).collect::<Vec<_>>(), sorted(expected), "{query}");
        assert_eq!(usize::try_from(view.count).unwrap(), expected.len());
    }
    let file = scene.client.get(scene.path("/absent/names.txt?department=1")).send().await.unwrap();
    assert!(file.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(file.text().await.unwrap().lines().map(str::to_owned).collect::<Vec<_>>(), sorted(&[2, 5]));
    for query in ["day=2999-01-01", "department=7", "x=1"] {
        assert_eq!(
            scene.client.get(scene.path(&format!("/absent/names.txt?{query}"))).send().await.unwrap().status(),
            StatusCode::BAD_REQUEST
        );
    }
    let page = scene.client.get(scene.path("/absent?department=1")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("还没有申报的同事（2 人）") && page.contains("aria-label=\"近 14 天：已报 1 天"), "{page}");
    for query in ["day=2999-01-01", "day=x", "department=7", "list=left", "x=1"] {
        let answer = scene.client.get(scene.path(&format!("/absent?{query}"))).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(!answer.text().await.unwrap().contains(&person(2).name), "no list of something else");
    }
    // A department that is removed leaves its lines behind; a person who is moved takes their line along.
    let moving = [("enterprise", scene.enterprise.to_string()), ("employee", two.to_string()), ("department", "2".to_owned())];
    let moved = scene.client.post(scene.server.link("/api/set-department")).form(&moving).send().await.unwrap();
    assert!(moved.status().is_redirection() || moved.status().is_success());
    assert_eq!(names(&scene.roster("department=2").await), sorted(&[2, 3]));
    scene
        .client
        .post(scene.path("/departments"))
        .form(&[("action", "remove"), ("department", "2"), ("confirmed", "yes")])
        .send()
        .await
        .unwrap();
    assert_eq!(names(&scene.roster("department=0").await), sorted(&[2, 3, 4]));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn without_a_roster_there_is_a_head_count_and_no_names(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let one = scene.claim(1, None).await;
    scene.declare(one).await;
    assert!(scene.statistics().await.figures.unwrap().attendance.is_none() && scene.absent("").await.attendance.is_none());
    for bad in ["0", "-1", "十", "10000001"] {
        let answer = scene.post(&[("action", "head-count"), ("count", bad)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(answer.text().await.unwrap().contains(&format!("value=\"{bad}\"")));
    }
    scene.done(&[("action", "head-count"), ("count", "12")]).await;
    let figures = scene.statistics().await.figures.unwrap();
    let (attendance, missing) = figures.attendance.unwrap();
    assert_eq!((attendance.share.expected, attendance.share.declared, missing.count, attendance.by_name), (12, 1, 11, false));
    let view = scene.absent("").await;
    assert_eq!((view.attendance.unwrap().share.missing(), view.count, view.lines.len()), (11, 0, 0));
    let page = scene.client.get(scene.path("/absent")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("只有人数，没有名单"), "{page}");
    scene.done(&[("action", "head-count"), ("count", " ")]).await;
    assert!(scene.statistics().await.figures.unwrap().attendance.is_none());
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_manager_sees_their_departments_only_and_changes_nothing(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    scene.import(&table([(1, "生产部", "东厂区"), (2, "仓储部", "西厂区"), (3, "", "")])).await;
    // Of a department by their own word, and by their line's: the line's counts.
    let (one, two, outside, inside) =
        (scene.claim(1, Some(2)).await, scene.claim(2, None).await, scene.claim(5, Some(2)).await, scene.claim(6, Some(1)).await);
    for employee in [one, two, outside, inside] {
        scene.declare(employee).await;
    }
    let manager = scene.server.viewer(&person(901)).await;
    let grant = scene.server.lend(scene.enterprise, scene.representative, manager, "statistics people", 3600, None).await;
    scene.server.confine(scene.enterprise, grant, 1).await;
    let cookie = session(&scene.server, manager).await;
    let client = reqwest::Client::builder()
        .default_headers(
            [(header::COOKIE, cookie.parse().unwrap()), ("sec-fetch-site".parse().unwrap(), "same-origin".parse().unwrap())]
                .into_iter()
                .collect(),
        )
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let roster: RosterView = scene.asked(&client, "roster", "").await;
    assert_eq!((names(&roster), roster.may_change), (sorted(&[1]), false));
    assert_eq!(roster.tabs.iter().map(|(_, _, count)| *count).collect::<Vec<_>>(), [1, 0, 1, 0]);
    let apart: RosterView = scene.asked(&client, "roster", "list=unconfirmed").await;
    assert_eq!(apart.declarers.iter().map(|line| line.employee).collect::<Vec<_>>(), [inside]);
    let absent: AbsentView = scene.asked(&client, "absent", "").await;
    let share = absent.attendance.unwrap().share;
    assert_eq!((share.expected, share.declared, absent.departments.len(), absent.sites.len()), (1, 1, 1, 0));
    let statistics: StatisticsView = scene.asked(&client, "statistics", "").await;
    let figures = statistics.figures.unwrap();
    assert_eq!((figures.declared.count, figures.unconfirmed.map(|apart| apart.count)), (1, Some(1)));
    let query = format!("open={}", scene.roster("").await.lines[0].id);
    let opened: RosterView = scene.asked(&client, "roster", &query).await;
    assert!(opened.open.is_none());
    for (query, status) in
        [("department=2", StatusCode::BAD_REQUEST), ("department=0", StatusCode::BAD_REQUEST), ("department=1", StatusCode::OK)]
    {
        for page in ["roster", "absent"] {
            let answer = client.get(scene.path(&format!("/{page}?{query}"))).send().await.unwrap();
            assert_eq!(answer.status(), status, "{page} {query}");
        }
    }
    // Persons: by the line's department, not by what they said.
    for (employee, status) in
        [(one, StatusCode::OK), (inside, StatusCode::OK), (two, StatusCode::NOT_FOUND), (outside, StatusCode::NOT_FOUND)]
    {
        let answer = client.get(scene.path(&format!("/people/{employee}"))).send().await.unwrap();
        assert_eq!(answer.status(), status, "{employee}");
    }
    for (path, form) in [("/roster", vec![("action", "add")]), ("/roster/import", vec![("action", "cancel")]), ("/roster/upload", vec![])] {
        assert_eq!(client.post(scene.path(path)).form(&form).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(client.get(scene.path("/roster/import")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_ended_goes_in_time_and_decisions_go_with_their_employee(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let today = scene.today();
    let (old, recent) = (today.minus_days(91), today.minus_days(80));
    let lines = [line(&person(1), ",,,"), line(&person(2), &format!(",,,{old}")), line(&person(3), &format!(",,,{recent}"))];
    scene.import(&format!("{HEADER}{}", lines.concat())).await;
    let guest = scene.claim(7, None).await;
    scene.declare(guest).await;
    scene.done(&[("action", "reject"), ("employee", &guest.to_string())]).await;
    assert_eq!(purge(&scene.server).await.roster, 1);
    assert_eq!(scene.roster("list=left").await.count, 1);
    assert_eq!(names(&scene.roster("").await), sorted(&[1]));
    let id = i64::from_be_bytes(scene.enterprise.to_bytes());
    let db = &scene.server.state.db;
    assert_eq!(column::<i64>(db, "select count(*) from roster_decision").await, [1]);
    execute(db, &format!("delete from declaration where enterprise_id = {id}")).await;
    execute(db, &format!("delete from device where enterprise_id = {id}")).await;
    execute(db, &format!("delete from consent where enterprise_id = {id}")).await;
    execute(db, &format!("delete from employee where enterprise_id = {id}")).await;
    assert_eq!(column::<i64>(db, "select count(*) from roster_decision").await, [0]);
    // Nothing of a person lies there in the clear, staged or taken over.
    scene.preview("名册.csv", table([(8, "生产部", "秘密厂区")]).into_bytes()).await;
    for (table, sealed) in [("roster_entry", "person"), ("roster_staged", "person"), ("roster_upload", "report")] {
        let rows: Vec<Vec<u8>> = column(db, &format!("select {sealed} from {table} where {sealed} is not null")).await;
        assert!(!rows.is_empty(), "{table}");
        for secret in [person(1).name, person(8).name, "秘密厂区".to_owned(), person(8).document.number().to_owned()] {
            assert!(rows.iter().all(|row| !row.windows(secret.len()).any(|some| some == secret.as_bytes())), "{table}");
        }
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_hundred_thousand_rows_come_in_while_others_declare(#[case] backend: Backend) {
    const ROWS: u32 = 100_000;
    let scene = Scene::new(backend).await;
    let one = scene.claim(1, None).await;
    let mut table = format!("{HEADER}{}", line(&person(1), "生产部,东厂区,,"));
    for number in 1..ROWS {
        let digits =
            format!("999999{:04}{:02}{:02}{:03}", 1950 + number % 50, 1 + number / 50 % 12, 1 + number / 600 % 28, 500 + number / 16_800);
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        let check = char::from(b"10X98765432"[usize::try_from(sum % 11).unwrap()]);
        table += &[&*format!("员工{number},{digits}{check}"), &*format!(",,车间{},,,\n", number % 40)].concat();
    }
    let query = scene.send("名册.csv", table.into_bytes()).await;
    // Whoever declares meanwhile does not wait for the whole file.
    scene.declare(one).await;
    let UploadView::Ready(preview) = scene.upload(&query).await else { panic!("not taken") };
    assert_eq!((preview.counts.new, preview.departments.len()), (ROWS, 41));
    let (answer, ()) = tokio::join!(scene.confirm(&query, false), scene.declare(one));
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let view = scene.absent("").await;
    let share = view.attendance.unwrap().share;
    assert_eq!((share.expected, share.declared, view.count), (ROWS, 1, ROWS - 1));
    assert_eq!((view.lines.len(), view.named), (50, 1_000));
    let last = scene.absent("page=2000").await;
    assert_eq!((last.lines.len(), last.next), (49, None));
    assert_eq!(scene.roster("q=%E5%91%98%E5%B7%A599999").await.count, 1);
    scene.server.stop().await;
}
