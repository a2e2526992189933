//! The pass at the gate: what makes one, what a guard sees of it, and whom employees can call.

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Client, Response, StatusCode};
use rstest::rstest;
use shenbao::{
    account::caller::Tenant,
    enterprise::department,
    gate::{
        answer::{self, Said},
        model::Verdict,
        token::{LIFE_SECS, Unverified},
    },
    id::{EmployeeId, EnterpriseId, EntryId, ReceiptId},
    link, random,
};

use crate::{
    declaration::{form, receipt_of},
    support::{Backend, TestServer, column, execute, person},
};

const DAY: i64 = 24 * 60 * 60;

struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    desk: Client,
    employee: EmployeeId,
    phone: String,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        let (employee, phone) = server.employee(enterprise, &person(1)).await;
        Self { server, enterprise, desk, employee, phone }
    }

    async fn get(&self, path: &str) -> Response {
        self.server.client().get(self.server.link(path)).header("cookie", &self.phone).send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.get(path).await.status()
    }

    /// The employee declares, with these answers instead of the usual ones.
    async fn send(&self, step: &str, instead: &[(&str, &str)]) -> Response {
        let key = random::uuid().to_string();
        let mut fields = form(step, &key);
        fields.retain(|(field, _)| !instead.iter().any(|(name, _)| name.trim_end_matches(".not-measured") == *field));
        fields.extend(instead);
        let form = self.server.client().post(self.server.link(&link::declare(self.enterprise))).header("cookie", &self.phone);
        form.form(&fields).send().await.unwrap()
    }

    async fn declare(&self, instead: &[(&str, &str)]) -> ReceiptId {
        receipt_of(&self.send("submit", instead).await)
    }

    /// What the QR code of a receipt leads to.
    async fn signed(&self, receipt: ReceiptId) -> String {
        let (state, name) = (&self.server.state, person(1).name);
        let day = state.clock.today(chrono_tz::Asia::Shanghai);
        let said = Said { change: receipt.change, day, verdict: Verdict::Pass, name: &name };
        answer::sign(state, Tenant::of_operator(self.enterprise), &said).await.unwrap()
    }

    /// The path of it, as a browser asks for it.
    async fn pass(&self, receipt: ReceiptId) -> String {
        let link = self.signed(receipt).await;
        link.split_once('#').unwrap().0.strip_prefix(self.server.state.public_url.origin()).unwrap().to_owned()
    }

    /// What anybody sees who opens it.
    async fn scan(&self, path: &str) -> (StatusCode, String) {
        let answer = self.server.client().get(self.server.link(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// The representative changes the roster.
    async fn roster(&self, form: &[(&str, &str)]) {
        let path = format!("/e/{}/roster", self.enterprise);
        assert_eq!(self.desk.post(self.server.link(&path)).form(form).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    }

    async fn set_contact(&self, name: &str, phone: &str) -> Response {
        self.desk.post(self.server.link(&link::gate(self.enterprise))).form(&[("name", name), ("phone", phone)]).send().await.unwrap()
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_latest_declaration_of_today_is_a_pass(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let mut before: Option<ReceiptId> = None;
    for (instead, word) in [
        (&[][..], "可以通行"),
        (&[("symptoms", "cold")][..], "请先确认"),
        (&[("temperature.not-measured", "yes")][..], "请先确认"),
        (&[("symptoms", "breathing"), ("temperature", "39.0")][..], "请勿进入"),
    ] {
        let receipt = scene.declare(instead).await;
        let page = scene.page(&link::receipt(receipt)).await;
        assert!(page.contains(word) && page.contains(&person(1).name) && page.contains("pass-clock"), "{word}: {page}");
        assert!(page.contains("这个浏览器里时间不会走动") && !page.contains("会自动更新"), "nothing has woken it up: {page}");
        let picture = scene.get(&link::pass_picture(receipt)).await;
        assert_eq!(picture.status(), StatusCode::OK);
        assert_eq!(picture.headers()["content-type"], "image/png");
        assert_eq!(picture.headers()["cache-control"], "private, no-store");
        if let Some(before) = before.replace(receipt) {
            assert!(!scene.page(&link::receipt(before)).await.contains("pass-clock"), "it was replaced");
            assert_eq!(scene.status(&link::pass_picture(before)).await, StatusCode::NOT_FOUND);
        }
    }
    scene.server.state.clock.advance_secs(DAY);
    let receipt = before.unwrap();
    assert!(!scene.page(&link::receipt(receipt)).await.contains("pass-clock"), "it is yesterday's");
    assert_eq!(scene.status(&link::pass_picture(receipt)).await, StatusCode::NOT_FOUND);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_withdrew_a_consent_has_no_pass(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let receipt = scene.declare(&[]).await;
    assert!(execute(&scene.server.state.db, "update employee set agreed = 0").await > 0);
    scene.server.state.clock.advance_secs(10);
    assert_eq!(scene.status(&link::pass_picture(receipt)).await, StatusCode::NOT_FOUND);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_guard_sees_whose_it_is_and_no_more(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let tenant = Tenant::of_operator(scene.enterprise);
    department::add_by_operator(&scene.server.state, tenant, &["生产部".to_owned()]).await.unwrap();
    assert!(execute(&scene.server.state.db, "update employee set department_id = (select min(id) from department)").await > 0);
    let receipt = scene.declare(&[]).await;
    let path = scene.pass(receipt).await;
    let (status, page) = scene.scan(&path).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    for shown in ["可以通行", "虚*", "生产部", "第1号虚构工厂", "src=\"/scanned.js?v="] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for hidden in [&*person(1).name, person(1).document.number(), "36.5", "广州市天河区", &scene.employee.to_string(), "import(", "preload"]
    {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whom_the_roster_does_not_vouch_for_is_asked_about(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let receipt = scene.declare(&[]).await;
    let (state, tenant, path) = (&scene.server.state, Tenant::of_operator(scene.enterprise), scene.pass(receipt).await);
    let (second, _) = scene.server.employee(scene.enterprise, &person(1)).await;
    let told = async |employee: EmployeeId, said: Verdict| {
        answer::vouch(state, tenant, employee, said, state.clock.today(chrono_tz::Asia::Shanghai)).await.unwrap()
    };
    let shown = async |verdict: Verdict, self_reported: bool, why: &str| {
        let (status, page) = scene.scan(&path).await;
        let word = if verdict == Verdict::Pass { "可以通行" } else { "请先确认" };
        assert!(status == StatusCode::OK && page.contains(word), "{why}: {page}");
        assert_eq!(page.contains("自报的姓名"), self_reported, "{why}: {page}");
        assert_eq!(told(scene.employee, Verdict::Pass).await, verdict, "{why}, in the code");
        let own = scene.page(&link::receipt(receipt)).await;
        assert!(own.contains(word), "{why}: their own page says what a guard is told");
        assert_eq!(own.contains("门岗会先问您几句话"), verdict == Verdict::Ask, "{why}: and what comes");
    };
    shown(Verdict::Pass, true, "there is no roster").await;
    assert_eq!(told(second, Verdict::Pass).await, Verdict::Pass, "nobody is told that somebody else gave this document");

    let (one, two) = (person(1), person(2));
    let add = async |name: &str, number: &str| {
        scene.roster(&[("action", "add"), ("name", name), ("kind", "resident-id"), ("number", number)]).await;
    };
    add(&two.name, two.document.number()).await;
    shown(Verdict::Ask, true, "they are on no line").await;
    assert_eq!(told(scene.employee, Verdict::Stop).await, Verdict::Stop, "what is worse stays");
    add("别人", one.document.number()).await;
    shown(Verdict::Pass, true, "they are on a line, with another name").await;
    let entry = column::<EntryId>(&state.db, "select id from roster_entry order by change desc limit 1").await[0].to_string();
    let change =
        [("action", "change"), ("entry", &*entry), ("name", &*one.name), ("kind", "resident-id"), ("number", one.document.number())];
    scene.roster(&change).await;
    shown(Verdict::Pass, false, "they are on a line").await;
    assert_eq!(told(second, Verdict::Pass).await, Verdict::Ask, "whose line it is, is to be verified");

    scene.roster(&[("action", "leave"), ("entry", &entry)]).await;
    shown(Verdict::Ask, true, "they have left").await;
    let employee = scene.employee.to_string();
    scene.roster(&[("action", "admit"), ("employee", &employee)]).await;
    shown(Verdict::Pass, false, "they came back").await;
    scene.roster(&[("action", "reject"), ("employee", &employee)]).await;
    shown(Verdict::Ask, true, "they were rejected").await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_operator_replaces_the_key_and_what_the_old_one_signed_is_void(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let receipt = scene.declare(&[]).await;
    let old = scene.pass(receipt).await;
    assert_eq!(scene.scan(&old).await.0, StatusCode::OK);
    let (enterprise, storage) = (scene.enterprise.to_string(), &scene.server.settings.storage);
    let arguments = ["key", "gate", "--enterprise", &*enterprise, "--database-url", &*storage.database_url];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shenbao"));
    let done = command.args(arguments).arg("--key-file").arg(&storage.key_file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let (status, page) = scene.scan(&old).await;
    assert!(status == StatusCode::NOT_FOUND && page.contains("不是有效的通行码"), "{page}");
    let new = scene.pass(receipt).await;
    assert_eq!(scene.scan(&new).await.0, StatusCode::OK);
    let key = answer::public_key(&scene.server.state, scene.enterprise).await.unwrap().unwrap();
    assert!(scene.page(&link::guard(scene.enterprise)).await.contains(&BASE64URL_NOPAD.encode(&key)));
    let db = &scene.server.state.db;
    assert_eq!(column::<i64>(db, "select count(*) from audit where action = 'replace-gate-key' and actor = 'operator'").await, [1]);
    assert_eq!(column::<i64>(db, "select count(*) from gate_key").await, [1]);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_pass_that_does_not_count_tells_nothing(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let receipt = scene.declare(&[]).await;
    let void = async |path: &str, status: StatusCode, word: &str| {
        let (found, page) = scene.scan(path).await;
        assert_eq!(found, status, "{word}: {page}");
        assert!(page.contains(word) && !page.contains("虚*") && !page.contains("可以通行"), "{word}: {page}");
    };
    let path = scene.pass(receipt).await;
    let last = if path.ends_with('A') { "B" } else { "A" };
    void(&format!("{}{last}", &path[..path.len() - 1]), StatusCode::NOT_FOUND, "不是有效的通行码").await;
    void("/g/x", StatusCode::NOT_FOUND, "不是有效的通行码").await;
    void(&format!("/g/{}", "A".repeat(128)), StatusCode::NOT_FOUND, "不是有效的通行码").await;
    // Signed by another enterprise's key, in the name of this one.
    let (other, _) = scene.server.enterprise(2).await;
    let said =
        Said {
            change: receipt.change, day: scene.server.state.clock.today(chrono_tz::Asia::Shanghai), verdict: Verdict::Pass, name: "丁"
        };
    let theirs = answer::sign(&scene.server.state, Tenant::of_operator(other), &said).await.unwrap();
    let theirs = theirs.split("/g/").nth(1).unwrap().split('#').next().unwrap().to_owned();
    let mut bytes = BASE64URL_NOPAD.decode(theirs.as_bytes()).unwrap();
    bytes[1..9].copy_from_slice(&scene.enterprise.to_bytes());
    void(&format!("/g/{}", BASE64URL_NOPAD.encode(&bytes)), StatusCode::NOT_FOUND, "不是有效的通行码").await;
    // Theirs is signed, and about a declaration that they have not got.
    void(&format!("/g/{theirs}"), StatusCode::GONE, "已有新的申报").await;
    scene.declare(&[("temperature", "36.6")]).await;
    void(&path, StatusCode::GONE, "已有新的申报").await;
    scene.server.state.clock.advance_secs(LIFE_SECS + 1);
    let (status, page) = scene.scan(&path).await;
    assert_eq!(status, StatusCode::GONE);
    assert!(page.contains("已过期") || page.contains("不是今天的"), "midnight may have passed: {page}");
    scene.server.state.clock.advance_secs(DAY);
    void(&path, StatusCode::GONE, "不是今天的").await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_that_make_a_key_at_once_have_one(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let other = scene.server.beside().await;
    let tenant = Tenant::of_operator(scene.enterprise);
    let day = scene.server.state.clock.today(chrono_tz::Asia::Shanghai);
    let sign = async |server: &TestServer| {
        answer::sign(&server.state, tenant, &Said { change: 1, day, verdict: Verdict::Ask, name: "丁" }).await.unwrap()
    };
    let (one, two) = tokio::join!(sign(&scene.server), sign(&other));
    assert_eq!(column::<i64>(&other.state.db, "select count(*) from gate_key").await, [1]);
    let key = answer::public_key(&other.state, scene.enterprise).await.unwrap().unwrap();
    for link in [one, two] {
        let token = link.split("/g/").nth(1).unwrap().split('#').next().unwrap();
        let pass = Unverified::parse(token).unwrap().verify(&key).unwrap();
        assert_eq!((pass.change, pass.verdict), (1, Verdict::Ask));
    }
    // The private half is sealed: its bytes stand nowhere.
    let secret = column::<Vec<u8>>(&other.state.db, "select secret from gate_key").await.remove(0);
    assert!(secret.len() > 64 && secret[0] == 2, "{secret:?}");
    other.stop().await;
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whom_to_call_stands_on_the_receipt_of_who_declared_something(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let ill = [("symptoms", "cold")];
    let page = async |instead: &[(&str, &str)]| {
        let receipt = scene.declare(instead).await;
        scene.page(&link::receipt(receipt)).await
    };
    assert!(page(&ill).await.contains("企业还没有填写联系人"));
    assert_eq!(scene.set_contact("李主任", "020-1234 5678").await.status(), StatusCode::SEE_OTHER);
    let shown = page(&ill).await;
    assert!(shown.contains("李主任") && shown.contains("href=\"tel:02012345678\"") && shown.contains("先别着急"), "{shown}");
    assert!(!page(&[]).await.contains("李主任"), "nobody who is well needs to call");
    let db = &scene.server.state.db;
    let sealed = column::<Vec<u8>>(db, "select contact from gate_contact").await.remove(0);
    assert!(!sealed.windows(5).any(|bytes| bytes == b"12345"), "it is sealed");
    for (name, phone, problem) in [("", "020", "请输入称呼"), ("李", "一二三", "请输入电话号码")] {
        let answer = scene.set_contact(name, phone).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains(problem));
    }
    assert_eq!(scene.set_contact(" ", "").await.status(), StatusCode::SEE_OTHER);
    assert!(page(&ill).await.contains("企业还没有填写联系人"));
    assert_eq!(column::<i64>(db, "select count(*) from audit where action = 'set-contact'").await, [2]);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_guards_page_has_the_key_in_it_and_may_use_the_camera(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    assert_eq!(scene.scan(&link::guard(scene.enterprise)).await.0, StatusCode::NOT_FOUND, "no key was ever made");
    let page = scene.desk.get(scene.server.link(&link::gate(scene.enterprise))).send().await.unwrap();
    assert!(page.text().await.unwrap().contains(&link::guard(scene.enterprise)));
    let answer = scene.get(&link::guard(scene.enterprise)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["permissions-policy"].to_str().unwrap().contains("camera=(self)"));
    let page = answer.text().await.unwrap();
    let key = answer::public_key(&scene.server.state, scene.enterprise).await.unwrap().unwrap();
    assert!(
        page.contains(&BASE64URL_NOPAD.encode(&key)) && page.contains("src=\"/gate.js?v=") && !page.contains("pkg/shenbao.js"),
        "{page}"
    );
    let site = scene.server.state.public_url.link(link::ENTRY);
    assert!(page.contains(&format!("必须以 {site} 开头")), "by what a guard tells the server's own answer: {page}");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_repeat_is_stored_at_once_unless_something_is_unlikely(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    scene.declare(&[]).await;
    let page = scene.page(&link::with_query(&link::declare(scene.enterprise), "same=1")).await;
    assert!(page.contains("value=\"quick\"") && page.contains("<details class=\"answers\">"), "{page}");
    assert!(!scene.page(&link::declare(scene.enterprise)).await.contains("value=\"quick\""));
    let unlikely = scene.send("quick", &[("temperature", "38.0")]).await;
    assert_eq!(unlikely.status(), StatusCode::OK);
    assert!(unlikely.text().await.unwrap().contains("确认无误的，可以直接提交"), "a fever without a symptom");
    let wrong = scene.send("quick", &[("temperature", "热")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(column::<i64>(&scene.server.state.db, "select count(*) from declaration").await, [1]);
    receipt_of(&scene.send("quick", &[("temperature", "36.4")]).await);
    scene.server.stop().await;
}
