//! Enrolling, signing in, claiming: who is let in.

use std::collections::HashMap;

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use serde_json::Value;
use shenbao::{
    account::{
        caller::{self, Permission, Tenant},
        claim, data,
        model::{Ceremony, Enrolment, NOTICE_VERSION, Person, Standing},
        representative, session,
    },
    enterprise::registry,
    error::{AppError, StoreError},
    id::EnterpriseId,
    link, random,
    rights::{
        self,
        model::{Problem, RequestKind},
    },
    wire,
};

use crate::{
    support::{Backend, TestServer, column, execute, person, submission},
    trust::passkeys::Authenticator,
};

// ---- claiming --------------------------------------------------------------------------

/// The claim form as a careful person fills it in.
fn filled(person: &Person) -> HashMap<&'static str, String> {
    HashMap::from([
        ("notice", "yes".to_owned()),
        ("health", "yes".to_owned()),
        ("name", person.name.clone()),
        ("kind", person.document.kind.code().to_owned()),
        ("number", person.document.number().to_owned()),
        ("phone", person.phone.as_ref().unwrap().national().to_owned()),
    ])
}

async fn post(client: &Client, server: &TestServer, code: &str, form: &HashMap<&str, String>) -> Response {
    client.post(server.link(&format!("/i/{code}"))).form(form).send().await.unwrap()
}

fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).map(|path| path.to_str().unwrap()).unwrap_or_default()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_claim_leads_to_the_declaration_and_the_phone_is_remembered(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let client = server.client();
    let invitation = client.get(server.link(&format!("/i/{code}"))).send().await.unwrap();
    assert_eq!(invitation.status(), StatusCode::OK);
    let page = invitation.text().await.unwrap();
    for words in ["第1号虚构工厂", "告知书", "登录验证", "去登录"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains(" checked"), "nothing is ticked beforehand");

    let answer = post(&client, &server, &code, &filled(&person(1))).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, format!("/declare/{enterprise}").as_str()));
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with(&format!("shenbao-device-{enterprise}=")), "{cookie}");
    for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=34560000"] {
        assert!(cookie.contains(flag), "{cookie}");
    }

    let known = caller::employee(&server.visit(cookie.split(';').next().unwrap()), enterprise).await.unwrap();
    assert_eq!(known.standing(), Standing::Matched);
    assert_eq!(claim::person(&server.state, &known).await.unwrap(), person(1));

    let again = client.get(server.link(&format!("/i/{code}"))).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::FOUND);
    assert_eq!(location(&again), format!("/declare/{enterprise}?invitation={code}"));
    let declare = client.get(server.link(location(&again))).send().await.unwrap().text().await.unwrap();
    assert!(declare.contains(&format!("href=\"/i/{code}?other=1\"")), "{declare}");
    let other = client.get(server.link(&format!("/i/{code}?other=1"))).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK, "someone else may hold the phone");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_mistake_in_a_claim_has_its_sentence_and_keeps_what_was_typed(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (_, code) = server.enterprise(1).await;
    let client = server.client();
    for (field, typed, sentence) in [
        ("notice", "", "请阅读告知书，并勾选同意"),
        ("health", "", "请勾选同意使用健康信息和行程信息"),
        ("health", "maybe", "请勾选同意使用健康信息和行程信息"),
        ("name", " ", "请输入姓名"),
        ("name", "12345", "请输入证件上的姓名"),
        ("name", "张\u{3164}三", "姓名里有看不见的"),
        ("name", "\u{202e}三张", "姓名里有看不见的"),
        ("name", "张\u{fffd}三", "姓名里有看不见的"),
        ("kind", "fishing-licence", "请选择证件类型"),
        ("kind", "passport", "号码与所选的证件类型不符"),
        ("number", "", "请输入证件号码"),
        ("number", "1101051949", "请输入 18 位的身份证号码"),
        ("number", "11010519491231002A", "最后一位是数字或 X"),
        ("number", "110105194902310021", "应当是出生日期"),
        ("number", "110105194912310021", "有一位不对"),
        ("phone", "", "请输入手机号码"),
        ("phone", "12345", "请输入 11 位手机号码"),
        ("phone", "+12", "境外号码请以 + 和国家代码开头"),
    ] {
        let mut form = filled(&person(1));
        form.insert("name", "张三<丰".into());
        form.insert(field, typed.into());
        let answer = post(&client, &server, &code, &form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{field}={typed}");
        assert!(answer.headers().get(header::SET_COOKIE).is_none());
        let page = answer.text().await.unwrap();
        assert!(page.contains(sentence), "{field}={typed}: {sentence}");
        assert!(page.contains("<title>错误："), "{field}={typed}");
        assert!(page.contains(&format!("href=\"#{field}\"")) || field == "kind" && page.contains("href=\"#number\""), "{field}");
        if field != "name" {
            assert!(page.contains("value=\"张三&lt;丰\""), "{field}={typed}: the name is kept");
        }
        if field != "number" {
            assert!(page.contains(person(1).document.number()), "{field}={typed}: the number is kept");
        }
    }
    let empty = post(&client, &server, &code, &HashMap::new()).await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_is_no_claim_form_is_refused_with_a_page(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (_, code) = server.enterprise(1).await;
    let client = server.client();
    let path = server.link(&format!("/i/{code}"));
    let json = client.post(&path).json(&filled(&person(1))).send().await.unwrap();
    assert_eq!(json.status(), StatusCode::BAD_REQUEST);
    assert!(json.text().await.unwrap().contains("提交的内容不完整"));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let huge = client.post(&path).header(form.0, form.1).body("name=".to_owned() + &"a".repeat(70_000)).send().await.unwrap();
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let long = client.post(&path).header(form.0, form.1).body("name=".to_owned() + &"a".repeat(60_000)).send().await.unwrap();
    assert_eq!(long.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let broken = client.post(&path).header(form.0, form.1).body("name=%ff%fe&number=%00&phone=%e2%28&kind").send().await.unwrap();
    assert!(broken.status().is_client_error(), "{}", broken.status());
    for code in ["nonsense", "0000000000000000000000", "%00", "..%2f"] {
        let path = server.link(&format!("/i/{code}"));
        let seen = client.get(&path).send().await.unwrap();
        assert_eq!(seen.status(), StatusCode::GONE, "{code}");
        assert!(seen.text().await.unwrap().contains("这个申报码已经停用"));
        let posted = client.post(&path).form(&filled(&person(1))).send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::GONE, "{code}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_second_device_with_the_same_document_is_answered_alike_and_changes_nothing(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let (one, two) = (server.client(), server.client());
    let first = post(&one, &server, &code, &filled(&person(1))).await;
    let stranger = Person { name: "冒名者".into(), ..person(1) };
    let second = post(&two, &server, &code, &filled(&stranger)).await;
    assert_eq!((first.status(), location(&first)), (second.status(), location(&second)));
    let cookie = |answer: &Response| answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let known = caller::employee(&server.visit(&cookie(&first)), enterprise).await.unwrap();
    let claimed = caller::employee(&server.visit(&cookie(&second)), enterprise).await.unwrap();
    assert_ne!(known.id(), claimed.id());
    assert_eq!((known.standing(), claimed.standing()), (Standing::Matched, Standing::ToVerify));
    assert_eq!(claim::person(&server.state, &known).await.unwrap().name, person(1).name, "the first keeps what it said");

    // What either sees of their own tells nothing of the other.
    for client in [&one, &two] {
        let declare = client.get(server.link(location(&first))).send().await.unwrap().text().await.unwrap();
        let form = crate::declaration::form("check", "");
        let check = client.post(server.link(location(&first))).form(&form).send().await.unwrap().text().await.unwrap();
        let form = crate::declaration::form("submit", "");
        let receipt = client.post(server.link(location(&first))).form(&form).send().await.unwrap();
        let receipt = client.get(server.link(location(&receipt))).send().await.unwrap().text().await.unwrap();
        for (page, own) in [(declare, "自报"), (check, "自报"), (receipt, "已收到您的申报")] {
            assert!(page.contains(own), "{page}");
            for word in ["待核对", "待确认", "to-verify", "ToVerify", "tanding"] {
                assert!(!page.contains(word), "{word}: {page}");
            }
        }
    }
    server.stop().await;
}

/// How many employees, devices and consents an enterprise has.
async fn counts(server: &TestServer, enterprise: EnterpriseId) -> [i64; 3] {
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["employee", "device", "consent"]) {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} where enterprise_id = $1"));
        *count = match &server.state.db {
            shenbao::db::Db::Sqlite(sqlite) => sqlx::query_scalar(sql).bind(enterprise).fetch_one(&sqlite.read).await.unwrap(),
            shenbao::db::Db::Postgres(pool) => sqlx::query_scalar(sql).bind(enterprise).fetch_one(pool).await.unwrap(),
        };
    }
    counts
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_same_phone_that_claims_again_is_the_same_employee(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let client = server.client();
    let cookie = |answer: &Response| answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let first = cookie(&post(&client, &server, &code, &filled(&person(1))).await);
    server.state.clock.advance_secs(24 * 3600);
    let again = post(&client, &server, &format!("{code}?other=1"), &filled(&person(1))).await;
    assert_eq!((again.status(), location(&again)), (StatusCode::SEE_OTHER, format!("/declare/{enterprise}").as_str()));
    assert_eq!(cookie(&again), first, "the same device");
    assert_eq!(counts(&server, enterprise).await, [1, 1, 4], "one employee, who consented twice");

    // Someone else on this phone is someone else.
    let other = cookie(&post(&client, &server, &code, &filled(&person(2))).await);
    assert_ne!(other, first);
    assert_eq!(counts(&server, enterprise).await, [2, 2, 6]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_claim_form_that_is_sent_twice_is_one_claim(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let page = server.client().get(server.link(&format!("/i/{code}"))).send().await.unwrap().text().await.unwrap();
    let key = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut form = filled(&person(1));
    form.insert("form", key.clone());
    // No answer has reached the phone yet: none of these carries a cookie.
    let clients: Vec<Client> = (0..4).map(|_| server.client()).collect();
    let answers = futures::future::join_all(clients.iter().map(|client| post(client, &server, &code, &form))).await;
    let mut employees = Vec::new();
    for answer in &answers {
        assert_eq!((answer.status(), location(answer)), (StatusCode::SEE_OTHER, format!("/declare/{enterprise}").as_str()));
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let known = caller::employee(&server.visit(cookie), enterprise).await.unwrap();
        assert_eq!(known.standing(), Standing::Matched);
        employees.push(known.id());
    }
    assert!(employees.iter().all(|employee| *employee == employees[0]), "{employees:?}");
    assert_eq!(counts(&server, enterprise).await, [1, 4, 2]);

    // The same form with someone else in it, or long afterwards, or after a device was made to forget, is another claim.
    let mut other = filled(&person(2));
    other.insert("form", key);
    assert_eq!(post(&server.client(), &server, &code, &other).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(counts(&server, enterprise).await[0], 2);
    let forgotten = clients[0].post(server.link("/api/forget-device")).form(&[("enterprise", enterprise.to_string())]).send();
    assert!(forgotten.await.unwrap().status().is_success());
    assert_eq!(post(&server.client(), &server, &code, &form).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(counts(&server, enterprise).await[0], 3, "whoever holds the phone now reads nothing of before");
    server.state.clock.advance_secs(11 * 60);
    assert_eq!(post(&server.client(), &server, &code, &other).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(counts(&server, enterprise).await[0], 4);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn devices_that_come_and_go_are_written_down_for_the_representative(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let clients = [server.client(), server.client()];
    let mut form = filled(&person(7));
    form.insert("form", random::uuid().to_string());
    let actions = async |action: &str| {
        let sql = format!("select count(*) from audit where actor = 'employee' and action = '{action}'");
        column::<i64>(&server.state.db, &sql).await[0]
    };
    for (client, added) in clients.iter().zip([0, 1]) {
        assert_eq!(post(client, &server, &code, &form).await.status(), StatusCode::SEE_OTHER);
        assert_eq!((actions("claim").await, actions("add-device").await), (1, added));
    }
    let forget = async |client: &Client| {
        client.post(server.link("/api/forget-device")).form(&[("enterprise", enterprise.to_string())]).send().await.unwrap().status()
    };
    assert!(forget(&clients[0]).await.is_success());
    assert_eq!(forget(&clients[0]).await, StatusCode::UNAUTHORIZED, "it is nobody's any more");
    assert_eq!(forget(&server.client()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(actions("forget-device").await, 1);
    let page = server.enter().await.get(server.link(&link::audit(enterprise))).send().await.unwrap().text().await.unwrap();
    for words in ["登记又一台设备", "让设备忘记本人", &person(7).name] {
        assert!(page.contains(words), "{words}: {page}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_is_deleted_between_two_steps_of_a_request_is_asked_to_scan_again(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let (id, cookie) = server.employee(enterprise, &person(7)).await;
    let state = &server.state;
    // The request has found whose device it is, and then they are deleted.
    let employee = caller::employee(&server.visit(&cookie), enterprise).await.unwrap();
    let kept = claim::person(state, &employee).await.unwrap();
    let written = async || column::<i64>(&state.db, "select count(*) from audit").await[0];
    let before = written().await;
    for table in ["device", "consent", "employee"] {
        execute(&state.db, &format!("delete from {table}")).await;
    }
    let gone = |what: &str, result: Result<(), StoreError>| {
        assert!(matches!(result, Err(StoreError::Gone)), "{what}: {result:?}");
    };
    gone("who they are", claim::person(state, &employee).await.map(drop));
    gone("a consent", data::consent(state, &employee).await);
    gone("a correction", data::correct(state, &employee, kept.name.clone(), kept.phone.clone().unwrap()).await);
    let asked = rights::answer::ask(state, &employee, RequestKind::Deletion, "").await;
    assert!(matches!(asked, Err(Problem::Other(AppError::InvitationRequired))), "{asked:?}");
    let declared = state.writer.submit(submission(state, enterprise, id, "虚构路一号").await).await;
    gone("a declaration", declared.map(drop));
    assert_eq!(AppError::from(StoreError::Gone), AppError::InvitationRequired);
    assert_eq!(written().await, before, "nothing was done, and nothing is written down");
    // Whatever is asked now: that page, and nothing broken.
    let page = server.client().get(server.link(&link::declare(enterprise))).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_claim_in_another_encoding_says_so_and_keeps_what_could_be_read(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    for name in [&b"%D5%C5%C8%FD"[..], b"\xd5\xc5\xc8\xfd"] {
        let number = person(1).document.number().to_owned();
        let mut body = format!("notice=yes&health=yes&kind=resident-id&number={number}&phone=13900000001&name=").into_bytes();
        body.extend_from_slice(name);
        let post = server.client().post(server.link(&format!("/i/{code}"))).header("content-type", "application/x-www-form-urlencoded");
        let answer = post.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let page = answer.text().await.unwrap();
        for words in ["编码无法识别", "13900000001", &number, "<title>错误："] {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
    assert_eq!(counts(&server, enterprise).await, [0, 0, 0]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_claim_on_a_code_that_ended_meanwhile_keeps_what_was_typed(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let tenant = Tenant::of_operator(enterprise);
    let (state, expired) = (&server.state, "0000000000000000000000".to_owned());
    let ended = registry::current_code(&state.db, &state.vault, &state.clock, tenant).await.unwrap().as_str().to_owned();
    let sql = "update invitation set valid_until = 1 where enterprise_id = $1";
    match &state.db {
        shenbao::db::Db::Sqlite(sqlite) => drop(sqlx::query(sql).bind(enterprise).execute(&sqlite.write).await.unwrap()),
        shenbao::db::Db::Postgres(pool) => drop(sqlx::query(sql).bind(enterprise).execute(pool).await.unwrap()),
    }
    for code in [ended, expired] {
        let answer = post(&server.client(), &server, &code, &filled(&person(1))).await;
        assert_eq!(answer.status(), StatusCode::GONE);
        let page = answer.text().await.unwrap();
        let name = format!("value=\"{}\"", person(1).name);
        for kept in ["这个申报码已经停用", &name, person(1).document.number(), "13900000001", " checked"] {
            assert!(page.contains(kept), "{kept}: {page}");
        }
        assert!(!page.contains("第1号虚构工厂"), "a code that does not work names nobody");
        let seen = server.client().get(server.link(&format!("/i/{code}"))).send().await.unwrap();
        assert_eq!(seen.status(), StatusCode::GONE);
        assert!(!seen.text().await.unwrap().contains("<form"));
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_notice_promises_what_is_done_and_consents_name_its_version(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, code) = server.enterprise(1).await;
    let page = server.client().get(server.link(&format!("/i/{code}"))).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("由平台运营方规定期限") && !page.contains("到期删除"), "{page}");
    for words in [
        "导出名单和申报，每次导出都有记录",
        "用链接分享",
        "本设备保存一个密钥",
        "身份验证平台",
        "必要性和对您的影响",
        "记录保存三年",
        "群机器人",
        "您出示给门岗时",
        "没有网络时的申报加密保存、最多三天",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    server.claim(enterprise, &person(1)).await;
    let sql = "select distinct version from consent";
    let versions: Vec<i64> = match &server.state.db {
        shenbao::db::Db::Sqlite(sqlite) => sqlx::query_scalar(sql).fetch_all(&sqlite.read).await.unwrap(),
        shenbao::db::Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    };
    assert_eq!(versions, [NOTICE_VERSION]);
    assert_eq!(NOTICE_VERSION, 7, "raise it with every change of the words above");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn claims_in_bulk_take_consecutive_changes_and_know_each_other(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let people: Vec<Person> = [1, 2, 1].map(person).into();
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    let claimed = claim::claim_all(&state.db, &state.vault, state.clock.now(), tenant, &people).await.unwrap();
    let standings: Vec<Standing> = claimed.iter().map(|claimed| claimed.standing).collect();
    assert_eq!(standings, [Standing::Matched, Standing::Matched, Standing::ToVerify]);
    assert!(claim::claim_all(&state.db, &state.vault, state.clock.now(), tenant, &[]).await.unwrap().is_empty());
    let nowhere = Tenant::of_operator(EnterpriseId::from_bits(99));
    assert!(claim::claim(&state.db, &state.vault, state.clock.now(), nowhere, &person(1)).await.is_err());
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_forged_or_forgotten_device_is_nobody(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (one, _) = server.enterprise(1).await;
    let (two, _) = server.enterprise(2).await;
    let cookie = server.claim(one, &person(1)).await;
    let secret = cookie.split_once('=').unwrap().1;
    assert!(caller::employee(&server.visit(&cookie), one).await.is_ok());
    assert_eq!(caller::employees(&server.visit(&format!("lang=en; {cookie}; shenbao-device-x={secret}"))).await.unwrap().len(), 1);
    for forged in [
        String::new(),
        format!("shenbao-device-{two}={secret}"),
        format!("shenbao-device-{one}={}", "A".repeat(43)),
        format!("shenbao-device-{one}={secret}A"),
        format!("shenbao-device-{one}="),
        format!("shenbao={secret}"),
    ] {
        for enterprise in [one, two] {
            let asked = caller::employee(&server.visit(&forged), enterprise).await;
            assert_eq!(asked.err(), Some(AppError::InvitationRequired), "{forged}");
        }
        assert_eq!(caller::viewer(&server.visit(&forged)).await.err(), Some(AppError::SignInRequired), "{forged}");
    }
    let client = server.client();
    let forgotten = client
        .post(server.link("/api/forget-device"))
        .header(header::COOKIE, &cookie)
        .form(&[("enterprise", one.to_string())])
        .send()
        .await
        .unwrap();
    assert!(forgotten.status().is_success());
    assert!(forgotten.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(caller::employee(&server.visit(&cookie), one).await.err(), Some(AppError::InvitationRequired));
    server.stop().await;
}

#[tokio::test]
async fn whoever_must_sign_in_first_comes_back_to_where_they_were() {
    let server = TestServer::start_demo(Backend::Sqlite).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    for (path, next) in [
        (format!("/e/{enterprise}?symptoms=cold&period=7d"), format!("%2Fe%2F{enterprise}%3Fsymptoms%3Dcold%26period%3D7d")),
        (format!("/e/{enterprise}/people?q=%E9%BB%84"), format!("%2Fe%2F{enterprise}%2Fpeople%3Fq%3D%25E9%25BB%2584")),
        ("/e".to_owned(), "%2Fe".to_owned()),
    ] {
        let answer = server.client().get(server.link(&path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let page = answer.text().await.unwrap();
        assert!(page.contains(&format!("href=\"/sign-in?next={next}\"")), "{path}: {page}");
    }
    let client = server.enter().await;
    assert_eq!(client.get(server.link(&format!("/e/{enterprise}?symptoms=cold"))).send().await.unwrap().status(), StatusCode::OK);
    server.stop().await;
}

// ---- sessions and scopes ---------------------------------------------------------------

/// The session cookie that a demo entry gives, and the answer that gave it.
async fn session_cookie(server: &TestServer) -> String {
    let answer = server.client().post(server.link("/api/demo-enter")).send().await.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("shenbao=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_session_ends_when_idle_and_after_eight_hours_and_by_leaving(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let clock = &server.state.clock;
    let ended = Some(AppError::SignInRequired);

    let cookie = session_cookie(&server).await;
    clock.advance_secs(session::IDLE_SECS - 1);
    assert!(caller::viewer(&server.visit(&cookie)).await.is_ok());
    clock.advance_secs(session::IDLE_SECS - 1);
    assert!(caller::viewer(&server.visit(&cookie)).await.is_ok(), "a request keeps it awake");
    clock.advance_secs(session::IDLE_SECS);
    assert_eq!(caller::viewer(&server.visit(&cookie)).await.err(), ended, "idle");

    let cookie = session_cookie(&server).await;
    for _ in 0..(session::ABSOLUTE_SECS / 600 - 1) {
        clock.advance_secs(600);
        assert!(caller::viewer(&server.visit(&cookie)).await.is_ok());
    }
    clock.advance_secs(600);
    assert_eq!(caller::viewer(&server.visit(&cookie)).await.err(), ended, "eight hours");

    let cookie = session_cookie(&server).await;
    let left = server.client().post(server.link("/api/sign-out")).header(header::COOKIE, &cookie).send().await.unwrap();
    assert!(left.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(caller::viewer(&server.visit(&cookie)).await.err(), ended, "left");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn each_sign_in_has_a_new_token_and_ends_the_one_before(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let before = session_cookie(&server).await;
    let again = server.client().post(server.link("/api/demo-enter")).header(header::COOKIE, &before).send().await.unwrap();
    let after = again.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    assert_ne!(before, after);
    assert!(caller::viewer(&server.visit(&before)).await.is_err());
    assert!(caller::viewer(&server.visit(after)).await.is_ok());
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_enterprise_of_others_and_one_that_is_missing_are_the_same_to_a_viewer(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (own, _) = server.enterprise(1).await;
    let (foreign, _) = server.enterprise(2).await;
    let representative = server.appoint(own, &person(1)).await;
    let cookie = session_cookie(&server).await;
    server.appoint(foreign, &person(2)).await;
    let visit = server.visit(&cookie);
    assert_eq!(caller::scope(&visit, own, Permission::People).await.unwrap().tenant().id(), own);
    for enterprise in [foreign, EnterpriseId::from_bits(99), EnterpriseId::SYSTEM] {
        assert_eq!(caller::scope(&visit, enterprise, Permission::People).await.err(), Some(AppError::NotFound));
    }
    let viewer = caller::viewer(&visit).await.unwrap();
    let places = caller::places(&visit, &viewer).await.unwrap();
    assert_eq!(places.iter().map(|place| place.tenant).collect::<Vec<_>>(), [Tenant::of_operator(own)]);

    representative::dismiss(&server.state.db, &server.state.vault, server.state.clock.now(), Tenant::of_operator(own), representative)
        .await
        .unwrap();
    assert_eq!(caller::scope(&visit, own, Permission::People).await.err(), Some(AppError::NotFound), "from the next request on");
    assert!(caller::scope(&server.visit(""), own, Permission::People).await.is_err());
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_entry_leads_a_representative_of_one_to_its_statistics_and_of_others_to_the_list(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (one, _) = server.enterprise(1).await;
    let (two, _) = server.enterprise(2).await;
    let representative = server.appoint(one, &person(1)).await;
    let client = server.client();
    let stranger = client.get(server.link("/")).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::OK);
    let page = stranger.text().await.unwrap();
    assert!(page.contains("去登录") && page.contains("以演示法定代表人进入") && page.contains("用企业账号登录"), "{page}");

    let client = server.enter().await;
    let entry = || async { client.get(server.link("/")).send().await.unwrap() };
    assert_eq!((entry().await.status(), location(&entry().await)), (StatusCode::FOUND, format!("/e/{one}").as_str()));
    server.appoint(two, &person(1)).await;
    assert_eq!(location(&entry().await), "/e");
    for enterprise in [one, two] {
        representative::dismiss(
            &server.state.db,
            &server.state.vault,
            server.state.clock.now(),
            Tenant::of_operator(enterprise),
            representative,
        )
        .await
        .unwrap();
    }
    assert_eq!(location(&entry().await), "/e", "none: the list explains");
    let account = client.get(server.link("/account")).send().await.unwrap().text().await.unwrap();
    assert!(account.contains(&person(1).name) && account.contains("退出登录") && !account.contains("实名"), "{account}");
    let (document, phone) = (person(1).document, person(1).phone.unwrap());
    assert!(account.contains(&document.masked()) && account.contains(&phone.masked()), "{account}");
    assert!(!account.contains(document.number()) && !account.contains(phone.national()), "{account}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn one_click_entry_exists_in_demo_mode_only(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let answer = server.client().post(server.link("/api/demo-enter")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    for path in ["/", "/sign-in"] {
        assert!(!server.client().get(server.link(path)).send().await.unwrap().text().await.unwrap().contains("demo-enter"), "{path}");
    }
    server.stop().await;
}

// ---- enrolment ---------------------------------------------------------------------------

/// What a server function answers: its status, and the answer as it travels.
async fn call(server: &TestServer, endpoint: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = server.client().post(server.link(&format!("/api/{endpoint}"))).form(form).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// An error as it travels.
fn refusal(status: StatusCode, code: &str) -> (StatusCode, String) {
    (status, format!("\"{code}\""))
}

fn started(answer: &str) -> Ceremony {
    match wire::open(answer) {
        Ok(Enrolment::Started(ceremony)) => ceremony,
        _ => panic!("not started: {answer}"),
    }
}

/// A link for the first person, and their last six.
async fn invite(server: &TestServer) -> (String, String) {
    let (enterprise, _) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(1)).await;
    let token = representative::invite(
        &server.state.db,
        &server.state.vault,
        server.state.clock.now(),
        Tenant::of_operator(enterprise),
        representative,
    )
    .await
    .unwrap();
    (token.text(), person(1).document.last_six().to_owned())
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn the_right_last_six_start_a_passkey_that_stays_on_the_device(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (link, last_six) = invite(&server).await;
    assert_eq!(call(&server, "enrolment-check", &[("link", &link)]).await.0, StatusCode::OK);
    let typed = format!(" {} ", last_six.to_lowercase());
    let (status, answer) = call(&server, "enrolment-start", &[("link", &link), ("last_six", &typed)]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let ceremony = started(&answer);
    let options: Value = serde_json::from_str(&ceremony.options).unwrap();
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["requireResidentKey"], true);
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["displayName"], person(1).name.as_str());

    let ticket = &ceremony.ticket;
    let garbage = call(&server, "enrolment-finish", &[("ticket", ticket), ("credential", "{}")]).await;
    assert_eq!(garbage, refusal(StatusCode::BAD_REQUEST, "bad-request"));
    let again = call(&server, "enrolment-finish", &[("ticket", ticket), ("credential", "{}")]).await;
    assert_eq!(again, refusal(StatusCode::UNAUTHORIZED, "verification-failed"), "a ticket is good once");
    assert_eq!(call(&server, "enrolment-check", &[("link", &link)]).await.0, StatusCode::OK, "a try that broke off may be repeated");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn five_wrong_tries_end_a_link(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (link, last_six) = invite(&server).await;
    let refusals = async || {
        let sql = "select object_id from audit where enterprise_id = 0 and action = 'refuse-verification' and actor = 'server'";
        column::<uuid::Uuid>(&server.state.db, sql).await
    };
    for tries_left in (0..5).rev() {
        let (status, answer) = call(&server, "enrolment-start", &[("link", &link), ("last_six", "000000")]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(matches!(wire::open(&answer), Ok(Enrolment::Wrong { tries_left: left }) if left == tries_left), "{answer}");
    }
    let dead = refusal(StatusCode::GONE, "link-expired");
    let known = column::<uuid::Uuid>(&server.state.db, "select viewer_id from enrolment").await[0];
    assert_eq!(refusals().await, [known; 5], "each is written down");
    assert_eq!(call(&server, "enrolment-start", &[("link", &link), ("last_six", &last_six)]).await, dead, "the right ones too");
    assert_eq!(refusals().await.len(), 5, "and a dead link is nobody's");
    assert_eq!(call(&server, "enrolment-check", &[("link", &link)]).await, dead);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_link_lasts_an_hour_and_one_that_never_was_is_answered_alike(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (link, last_six) = invite(&server).await;
    let dead = refusal(StatusCode::GONE, "link-expired");
    for never in ["", "x", &"A".repeat(43), &"A".repeat(5000)] {
        assert_eq!(call(&server, "enrolment-start", &[("link", never), ("last_six", &last_six)]).await, dead);
    }
    server.state.clock.advance_secs(representative::LINK_SECS - 1);
    assert_eq!(call(&server, "enrolment-check", &[("link", &link)]).await.0, StatusCode::OK);
    server.state.clock.advance_secs(1);
    assert_eq!(call(&server, "enrolment-start", &[("link", &link), ("last_six", &last_six)]).await, dead);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_sign_in_that_is_late_repeated_or_made_up_is_refused(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let refused = refusal(StatusCode::UNAUTHORIZED, "verification-failed");
    let (status, answer) = call(&server, "sign-in-start", &[]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let ceremony: Ceremony = wire::open(&answer).unwrap();
    let options: Value = serde_json::from_str(&ceremony.options).unwrap();
    assert_eq!((&options["userVerification"], &options["rpId"]), (&Value::from("required"), &Value::from("localhost")));
    assert!(options["challenge"].as_str().unwrap().len() >= 43);
    let made_up = r#"{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"authenticatorData":"AAAA","clientDataJSON":"AAAA",
        "signature":"AAAA","userHandle":"AAAAAAAAAAAAAAAAAAAAAA"}}"#;
    let ticket = &ceremony.ticket;
    assert_eq!(call(&server, "sign-in-finish", &[("ticket", ticket), ("credential", made_up)]).await, refused);
    assert_eq!(call(&server, "sign-in-finish", &[("ticket", ticket), ("credential", made_up)]).await, refused, "a ticket is good once");
    assert_eq!(call(&server, "sign-in-finish", &[("ticket", "x"), ("credential", made_up)]).await, refused);
    let missing = call(&server, "sign-in-finish", &[("ticket", ticket)]).await;
    assert_eq!(missing, refusal(StatusCode::BAD_REQUEST, "bad-request"));

    let (_, late) = call(&server, "sign-in-start", &[]).await;
    server.state.clock.advance_secs(5 * 60);
    let ticket = &wire::open::<Ceremony>(&late).unwrap().ticket;
    assert_eq!(call(&server, "sign-in-finish", &[("ticket", ticket), ("credential", "{}")]).await, refused, "after five minutes");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn somebody_ends_their_own_sessions_and_nobody_elses(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let (one, two, three) = (server.enter().await, server.enter().await, server.enter().await);
    let account = async |client: &reqwest::Client| {
        let page = client.get(server.link("/account")).header("user-agent", "Chrome Windows").send().await.unwrap();
        page.text().await.unwrap()
    };
    let ids = |page: &str| -> Vec<String> {
        page.split("name=\"session\" value=\"").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
    };
    let others = ids(&account(&one).await);
    assert_eq!(others.len(), 2, "this one cannot be ended here: it signs out");
    let end = async |client: &reqwest::Client, session: &str| {
        let form = client.post(server.link("/api/end-session")).header("accept", "application/json").form(&[("session", session)]);
        form.send().await.unwrap().status()
    };
    for bad in ["00", "zz", &"0".repeat(64), &others[0][..62]] {
        assert_eq!(end(&one, bad).await, 404, "{bad}");
    }
    assert_eq!(ids(&account(&one).await).len(), 2);
    assert!(end(&one, &others[0]).await.is_success());
    assert_eq!(end(&one, &others[0]).await, 404, "it has ended");
    assert_eq!(ids(&account(&one).await).len(), 1);
    let live = if account(&two).await.contains("name=\"session\"") { &two } else { &three };
    // All others at once.
    assert!(end(live, "").await.is_success());
    assert!(!account(live).await.contains("name=\"session\""));
    for client in [&one, &two, &three].into_iter().filter(|client| !std::ptr::eq(*client, live)) {
        let page = client.get(server.link(&format!("/e/{enterprise}"))).send().await.unwrap();
        assert_eq!(page.status(), 401);
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_step_up_is_bound_to_its_person_and_its_intent_and_good_once(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let client = server.enter().await;
    let ask = async |endpoint: &str, form: &[(&str, &str)]| {
        let request = client.post(server.link(&format!("/api/{endpoint}"))).header("accept", "application/json").form(form);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let ticket = async |intent: &str| {
        let (status, text) = ask("step-up", &[("intent", intent)]).await;
        assert!(status.is_success(), "{text}");
        wire::open::<Ceremony>(&text).unwrap().ticket
    };
    assert_eq!(ask("step-up", &[("intent", "anything")]).await.0, 400);
    let (add, remove) = ("\"add-passkey\"", "{\"remove-passkey\":\"AAAA\"}");
    let with = |ticket: String| async move { ask("passkey-start", &[("ticket", &ticket), ("credential", "")]).await };
    let good = ticket(add).await;
    assert!(with(good.clone()).await.0.is_success());
    assert_eq!(with(good).await.0, 401, "used");
    assert_eq!(with(ticket(remove).await).await.0, 401, "for something else");
    assert_eq!(with("x".to_owned()).await.0, 401);
    let late = ticket(add).await;
    server.state.clock.advance_secs(301);
    assert_eq!(with(late).await.0, 401, "too late");
    // Removing one thing is not removing another.
    let form = [("passkey", "BBBB"), ("ticket", &*ticket(remove).await), ("credential", "")];
    assert_eq!(ask("passkey-remove", &form).await.0, 401);
    let form = [("passkey", "AAAA"), ("ticket", &*ticket(remove).await), ("credential", "")];
    assert_eq!(ask("passkey-remove", &form).await.0, 404, "allowed, and not there");
    // Another person with the same ticket.
    let stranger = server.appoint(enterprise, &person(2)).await;
    let cookie = crate::matrix::session(&server, stranger).await;
    let foreign = ticket(add).await;
    let request = server.client().post(server.link("/api/passkey-start")).header("accept", "application/json").header("cookie", cookie);
    assert_eq!(request.form(&[("ticket", &*foreign), ("credential", "")]).send().await.unwrap().status(), 401);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_was_done_with_a_sign_in_is_told_to_its_person_alone(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let other = server.appoint(enterprise, &person(2)).await;
    let entries = |page: &str| -> Vec<String> {
        assert!(page.contains("登录与安全记录"), "{page}");
        let list = page.split("<ol").nth(1).expect("the list").split("</ol>").next().unwrap_or_default();
        list.split("<span class=\"cell-label\">").skip(1).filter_map(|rest| Some(rest.split('<').next()?.to_owned())).collect()
    };
    let passkey = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let own = passkey.browser(&server).await;
    // Somebody tries to enrol as the other.
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    let link = representative::invite(&state.db, &state.vault, state.clock.now(), tenant, other).await.unwrap().text();
    assert_eq!(call(&server, "enrolment-start", &[("link", &link), ("last_six", "000000")]).await.0, StatusCode::OK);

    let page = own.get(server.link(link::ACCOUNT)).send().await.unwrap().text().await.unwrap();
    assert_eq!(entries(&page), ["登录", "登录", "添加通行密钥"], "the newest first: {page}");
    let cookie = crate::matrix::session(&server, other).await;
    let account = server.client().get(server.link(link::ACCOUNT)).header("cookie", &cookie);
    let page = account.send().await.unwrap().text().await.unwrap();
    assert_eq!(entries(&page), ["拒绝登录或验证"], "{page}");

    // No more than fifty.
    for _ in 0..50 {
        let cookie = crate::matrix::session(&server, other).await;
        let out = server.client().post(server.link("/api/sign-out")).header("accept", "application/json").header("cookie", cookie);
        assert!(out.send().await.unwrap().status().is_success());
    }
    let account = server.client().get(server.link(link::ACCOUNT)).header("cookie", &cookie);
    assert_eq!(entries(&account.send().await.unwrap().text().await.unwrap()), vec!["退出登录"; 50]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_link_is_tried_with_the_keys_that_came_since_and_what_does_not_open_costs_no_try(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (link, last_six) = invite(&server).await;
    // This one has the keys of before.
    let beside = server.beside().await;
    let enterprise = shenbao::enterprise::registry::list(&server.state.db).await.unwrap()[0].id;
    representative::list(&beside.state.db, &beside.state.vault, Tenant::of_operator(enterprise)).await.unwrap();
    crate::keys::rotate_at_once(&server).await;
    let answer = async |server: &TestServer| call(server, "enrolment-start", &[("link", &link), ("last_six", &last_six)]).await;
    let (status, text) = answer(&beside).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    started(&text);

    let tries = async || column::<i64>(&server.state.db, "select tries_left from enrolment").await[0];
    let before = tries().await;
    let spoil = match backend {
        Backend::Sqlite => "update viewer set person = cast(person || x'00' as blob)",
        Backend::Postgres => "update viewer set person = person || '\\x00'::bytea",
    };
    assert_eq!(execute(&server.state.db, spoil).await, 1);
    let (status, text) = answer(&beside).await;
    assert!(status.is_server_error(), "{text}");
    assert_eq!(tries().await, before);
    beside.stop().await;
    server.stop().await;
}
