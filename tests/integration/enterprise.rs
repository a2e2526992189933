//! Enterprises, invitations, images.

use reqwest::{Client, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, model::Person, representative},
    audit::verify::{self, Verdict},
    census::Sight,
    demo,
    enterprise::{
        import::{self, Defaults, ImportError, Report},
        model::{Grace, Invitation, InvitationCode, Uscc},
        registry::{self, AddError, Registration},
    },
    id::EnterpriseId,
    statistics::model::Looked,
};

use crate::{
    matrix::session,
    support::{Backend, TestServer, column, execute, person, program},
};

const DAY_SECS: i64 = 24 * 60 * 60;

fn registration(uscc: &str, name: &str) -> Registration {
    Registration {
        uscc: Uscc::parse(uscc).unwrap(),
        name: name.to_owned(),
        timezone: "Asia/Shanghai".parse().unwrap(),
        questionnaire: "guangdong-2020".to_owned(),
        representative: None,
    }
}

/// The invitation as the page shows it to whoever is signed in.
async fn shown(server: &TestServer, client: &Client, enterprise: EnterpriseId) -> Invitation {
    let answer = client.post(server.link("/api/invitation")).form(&[("enterprise", enterprise.to_string())]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    shenbao::wire::open(&answer.text().await.unwrap()).unwrap()
}

async fn replace(server: &TestServer, client: &Client, enterprise: EnterpriseId, grace: Grace) {
    let form = [("enterprise", enterprise.to_string()), ("grace", grace.code().to_owned()), ("confirmed", "true".to_owned())];
    let answer = client.post(server.link("/api/replace-invitation")).form(&form).send().await.unwrap();
    assert!(answer.status().is_success() || answer.status().is_redirection(), "{}", answer.status());
}

fn code_of(invitation: &Invitation) -> String {
    invitation.link.rsplit('/').next().unwrap().to_owned()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enterprise_is_registered_once_and_found_by_its_code(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let state = &server.state;
    let (enterprise, code) =
        registry::add(&state.db, &state.vault, &state.clock, registration("91350100M000100Y43", "甲公司")).await.unwrap();
    let again = registry::add(&state.db, &state.vault, &state.clock, registration("91350100M000100Y43", "乙公司")).await;
    assert!(matches!(again, Err(AddError::Exists(uscc)) if uscc == enterprise.uscc));
    assert_eq!(registry::list(&state.db).await.unwrap(), std::slice::from_ref(&enterprise));
    let tenant = Tenant::of_operator(enterprise.id);
    assert_eq!(registry::load(state, tenant).await.unwrap(), enterprise);
    assert!(registry::load(state, Tenant::of_operator(EnterpriseId::from_bits(7))).await.is_err());

    assert_eq!(registry::current_code(&state.db, &state.vault, &state.clock, tenant).await.unwrap(), code);
    assert_eq!(registry::find_by_code(state, code.as_str()).await.unwrap(), Some(enterprise.id));
    assert_eq!(registry::find_by_code(state, &code.as_str().to_uppercase()).await.unwrap(), Some(enterprise.id));
    let guessed = InvitationCode::new(enterprise.id, [0; 10]);
    let of_nobody = InvitationCode::new(EnterpriseId::from_bits(7), [0; 10]);
    let long = "0".repeat(10_000);
    for bad in [guessed.as_str(), of_nobody.as_str(), "", "二维码", "../../etc/passwd", "' or 1=1 --", &long, &enterprise.id.to_string()]
    {
        assert_eq!(registry::find_by_code(state, bad).await.unwrap(), None, "{bad}");
    }
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_code_works_until_its_grace_is_over(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let state = &server.state;
    let (id, first) = server.enterprise(1).await;
    server.appoint(id, &person(1)).await;
    let client = server.enter().await;
    assert_eq!(code_of(&shown(&server, &client, id).await), first);
    assert_eq!(shown(&server, &client, id).await.older_until, None);

    replace(&server, &client, id, Grace::Day).await;
    let now_shown = shown(&server, &client, id).await;
    let second = code_of(&now_shown);
    assert_ne!(second, first);
    assert!(now_shown.older_until.is_some());
    for code in [&first, &second] {
        assert_eq!(registry::find_by_code(state, code).await.unwrap(), Some(id));
    }
    state.clock.advance_secs(DAY_SECS + 1);
    assert_eq!(registry::find_by_code(state, &first).await.unwrap(), None);
    assert_eq!(registry::find_by_code(state, &second).await.unwrap(), Some(id));

    let client = server.enter().await;
    replace(&server, &client, id, Grace::Week).await;
    replace(&server, &client, id, Grace::Now).await;
    assert_eq!(registry::find_by_code(state, &second).await.unwrap(), None, "ending now ends every older code");
    let last = shown(&server, &client, id).await;
    assert_eq!((last.older_until.clone(), registry::find_by_code(state, &code_of(&last)).await.unwrap()), (None, Some(id)));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replacing_at_once_leaves_one_current_code(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (id, _) = server.enterprise(1).await;
    server.appoint(id, &person(1)).await;
    let client = server.enter().await;
    let (one, other) = (replace(&server, &client, id, Grace::Now), replace(&server, &client, id, Grace::Now));
    tokio::join!(one, other);
    let invitation = shown(&server, &client, id).await;
    assert_eq!(invitation.older_until, None);
    assert_eq!(registry::find_by_code(&server.state, &code_of(&invitation)).await.unwrap(), Some(id));
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_needs_its_tick_and_a_known_grace(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (id, first) = server.enterprise(1).await;
    server.appoint(id, &person(1)).await;
    let client = server.enter().await;
    let id_text = id.to_string();
    for form in [
        vec![("enterprise", &*id_text), ("grace", "24h")],
        vec![("enterprise", &*id_text), ("grace", "forever"), ("confirmed", "true")],
        vec![("enterprise", "x"), ("grace", "24h"), ("confirmed", "true")],
        vec![],
    ] {
        let answer = client.post(server.link("/api/replace-invitation")).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{form:?}");
    }
    assert_eq!(code_of(&shown(&server, &client, id).await), first);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_are_for_those_who_may_invite(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (own, _) = server.enterprise(1).await;
    let (foreign, _) = server.enterprise(2).await;
    server.appoint(own, &person(1)).await;
    server.appoint(foreign, &person(2)).await;
    let client = server.enter().await;
    for (picture, width, height) in
        [("qr.png", None, None), ("poster.png", Some(1240), Some(1754)), ("poster.png?lang=en", Some(1240), None)]
    {
        let answer = client.get(server.link(&format!("/e/{own}/invite/{picture}"))).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{picture}");
        let headers = answer.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "image/png");
        assert_eq!(headers[header::CACHE_CONTROL], "private, no-store");
        assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("filename*=UTF-8''%E5%91%98"), "员工健康申报…");
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert!(number(16) >= 240 && width.is_none_or(|width| width == number(16)) && height.is_none_or(|height| height == number(20)));
    }
    let missing = EnterpriseId::from_bits(7);
    for picture in ["qr.png", "poster.png"] {
        let mut answers = Vec::new();
        for enterprise in [foreign.to_string(), missing.to_string(), "nonsense".to_owned()] {
            let answer = client.get(server.link(&format!("/e/{enterprise}/invite/{picture}"))).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            answers.push(without_address(&answer.text().await.unwrap(), &enterprise));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "nothing tells a foreign enterprise from a missing one");
        let stranger = server.client().get(server.link(&format!("/e/{own}/invite/{picture}"))).send().await.unwrap();
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    }
    server.stop().await;
}

/// A page without what differs by design: the address that it was asked for, and its nonce.
fn without_address(page: &str, enterprise: &str) -> String {
    page.replace(enterprise, "…").split("nonce=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_show_what_there_is_without_javascript(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (one, code) = server.enterprise(1).await;
    let representative = server.appoint(one, &person(1)).await;
    let client = server.enter().await;
    let page = async |path: String| {
        let answer = client.get(server.link(&path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, list) = page("/e".into()).await;
    assert_eq!(status, StatusCode::OK);
    for words in ["第1号虚构工厂", "去看看", "邀请员工申报", &format!("/e/{one}/invite")] {
        assert!(list.contains(words), "{words}");
    }
    let (status, invite) = page(format!("/e/{one}/invite")).await;
    assert_eq!(status, StatusCode::OK);
    for words in [&*code, "qr.png", "poster.png", "长按", "24 小时后停用", "第1号虚构工厂"] {
        assert!(invite.contains(words), "{words}");
    }
    representative::dismiss(&server.state.db, &server.state.vault, server.state.clock.now(), Tenant::of_operator(one), representative)
        .await
        .unwrap();
    let (status, list) = page("/e".into()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(list.contains("您名下还没有企业") && !list.contains("第1号虚构工厂"));
    assert_eq!(page(format!("/e/{one}/invite")).await.0, StatusCode::NOT_FOUND);
    server.stop().await;
}

const GOOD: &str = "统一社会信用代码,企业名称,法定代表人,证件号码\n\
    91350100M000100Y43,甲公司,张三,11010519491231002X\n\
    91110000600037341L,乙公司,张三,11010519491231002X\n";

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_imported_whole_or_not_at_all(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let state = &server.state;
    let defaults = Defaults { timezone: "Asia/Shanghai".parse().unwrap(), questionnaire: "guangdong-2020".to_owned() };
    let import = async |table: &str| {
        import::plan(&state.db, &state.vault, table.as_bytes(), false)
            .await?
            .carry_out(&state.db, &state.vault, &state.clock, &defaults)
            .await
    };
    let mistakes = |result: Result<Report, ImportError>| match result {
        Err(ImportError::Mistakes(mistakes)) => mistakes.iter().map(|mistake| mistake.row).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };

    let half = GOOD.replace("91110000600037341L", "91110000600037341M");
    assert_eq!(mistakes(import(&half).await), [3]);
    assert_eq!(registry::list(&state.db).await.unwrap(), [], "one mistake and nothing is imported");

    assert_eq!(import(GOOD).await.unwrap(), Report { added: 2, ..Report::default() });
    assert_eq!(import(GOOD).await.unwrap(), Report { unchanged: 2, ..Report::default() });
    let enterprises = registry::list(&state.db).await.unwrap();
    let mut people = Vec::new();
    for enterprise in &enterprises {
        people.extend(representative::list(&state.db, &state.vault, Tenant::of_operator(enterprise.id)).await.unwrap());
    }
    assert_eq!(people.len(), 2);
    assert_eq!(people[0].id, people[1].id, "one person, known by the document");
    assert_eq!(people[0].person.name, "张三");

    assert_eq!(mistakes(import(&GOOD.replace("乙公司", "丙公司")).await), [3], "a known enterprise under another name");
    let other = GOOD.replace("11010519491231002X", "810000199408230021");
    assert_eq!(mistakes(import(&other).await), [2, 3], "known enterprises with another representative");
    assert_eq!(registry::list(&state.db).await.unwrap().len(), 2);

    // The ID of someone who is known as 张三, beside another name: in a row that is known, and in a new one.
    let mistyped = GOOD.replace("乙公司,张三", "乙公司,李四") + "91440300MA59999996,丙公司,李四,11010519491231002X\n";
    let mistyped = mistyped.replace("91440300MA59999996", Uscc::complete("91440300MA5999999").unwrap().as_str());
    let mistyped = mistyped.replace("甲公司,张三", "甲公司,李四");
    let Err(ImportError::Mistakes(found)) = import(&mistyped).await else { panic!("imported") };
    assert_eq!(found.iter().map(|mistake| mistake.row).collect::<Vec<_>>(), [2, 3, 4]);
    for mistake in &found {
        let said = mistake.to_string();
        assert!(said.contains("known by another name"), "{said}");
        assert!(!["张三", "李四", "11010519491231002X"].iter().any(|personal| said.contains(personal)), "{said}");
    }
    assert_eq!(registry::list(&state.db).await.unwrap().len(), 2, "all or nothing");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_in_the_table_any_more_loses_the_enterprise_where_that_is_asked_for(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (state, table) = (&server.state, server.folder.path().join("table.csv"));
    let import = |text: &str, options: &[&str]| {
        std::fs::write(&table, text).unwrap();
        program(&server.settings, &[&["enterprise", "import", table.to_str().unwrap()], options].concat())
    };
    assert!(import(GOOD, &[]).0);
    let of = async |uscc: &str| registry::find_by_uscc(&state.db, &Uscc::parse(uscc).unwrap()).await.unwrap().unwrap().id;
    let (first, second) = (of("91350100M000100Y43").await, of("91110000600037341L").await);
    let representatives = async |enterprise| {
        let known = representative::list(&state.db, &state.vault, Tenant::of_operator(enterprise)).await.unwrap();
        known.into_iter().map(|known| known.id).collect::<Vec<_>>()
    };
    let old = representatives(first).await[0];
    // A second representative, by hand, and a manager whom the first has authorised.
    let further = server.appoint(first, &person(2)).await;
    let manager = server.viewer(&person(3)).await;
    server.lend(first, old, manager, "statistics", 3600, None).await;
    // The manager's account is of this enterprise alone, and waits for its first passkey; figures of both enterprises are shared.
    let bits = i64::from_be_bytes(first.to_bytes());
    execute(&state.db, &format!("update viewer set enterprise_id = {bits} where id in (select viewer_id from manager_grant)")).await;
    let waiting = representative::invite(&state.db, &state.vault, state.clock.now(), Tenant::of_operator(first), manager).await.unwrap();
    let is_live = async || {
        let request = server.client().post(server.link("/api/enrolment-check")).form(&[("link", waiting.text())]);
        request.send().await.unwrap().status() == StatusCode::OK
    };
    let shares = [server.share(first).await.1, server.share(second).await.1];
    let shared = async |at: usize| server.client().get(server.link(&format!("/s/{}", shares[at]))).send().await.unwrap().status();
    assert!(is_live().await);
    let sees = async |who, enterprise: EnterpriseId| {
        let page = server.client().get(server.link(&format!("/e/{enterprise}"))).header("cookie", session(&server, who).await);
        page.send().await.unwrap().status() == StatusCode::OK
    };
    let written = async |action: &str| {
        let id = i64::from_be_bytes(first.to_bytes());
        let sql = format!("select count(*) from audit where enterprise_id = {id} and action = '{action}'");
        column::<i64>(&state.db, &sql).await[0]
    };
    assert!(sees(old, first).await && sees(further, first).await && sees(manager, first).await);
    let before = (written("appoint-representative").await, written("dismiss-representative").await);

    // Without being asked for it nobody loses anything, and the operator reads that somebody stays.
    let (done, said) = import(GOOD, &[]);
    assert!(done && said.contains("1 representative(s)") && said.contains("--replace"), "{said}");
    let newer = GOOD.replace("甲公司,张三,11010519491231002X", "甲公司,李四,810000199408230021");
    let (done, said) = import(&newer, &[]);
    assert!(!done && said.contains("row 2") && said.contains("--replace"), "{said}");
    // What would be done is said before; and one mistake is enough for nothing.
    let (done, said) = import(&newer, &["--replace", "--dry-run"]);
    let change = "row 2: 91350100M000100Y43: adds 李四, removes 张三 and ";
    assert!(done && said.contains(change) && said.contains("1 known already, 1 to replace: nothing was done"), "{said}");
    assert!(!import(&newer.replace("乙公司", "丙公司"), &["--replace"]).0);
    assert_eq!(representatives(first).await, [old, further]);
    assert!(sees(old, first).await && sees(further, first).await && sees(manager, first).await);
    assert_eq!((written("appoint-representative").await, written("dismiss-representative").await), before);

    let (done, said) = import(&newer, &["--replace"]);
    assert!(done && said.contains(change) && said.contains("2 representative(s) removed"), "{said}");
    let now = representatives(first).await;
    assert!(now.len() == 1 && now[0] != old && sees(now[0], first).await);
    assert!(!sees(old, first).await && !sees(further, first).await && !sees(manager, first).await);
    assert!(sees(old, second).await, "the other enterprise is as it was");
    assert_eq!((written("appoint-representative").await, written("dismiss-representative").await), (before.0 + 1, before.1 + 2));
    assert_eq!((written("revoke-manager").await, written("end-share").await), (1, 1));
    assert!(!is_live().await);
    assert_eq!([shared(0).await, shared(1).await], [StatusCode::GONE, StatusCode::OK]);
    assert_eq!(column::<String>(&state.db, "select ending from manager_grant").await, ["dismissed"]);
    let keys = state.vault.keys(&state.db, first).await.unwrap();
    let verdict = verify::verify(&state.db, Tenant::of_operator(first), &keys).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    let (done, said) = import(&newer, &["--replace"]);
    assert!(done && said.contains("2 known already") && said.contains("0 representative(s) removed"), "{said}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_document_hands_no_enterprise_to_another_person(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (one, _) = server.enterprise(1).await;
    let (other, _) = server.enterprise(2).await;
    let known = server.appoint(one, &person(1)).await;
    let state = &server.state;
    let mistyped = Person { name: "张三".to_owned(), ..person(1) };
    let refused = representative::appoint(&state.db, &state.vault, state.clock.now(), Tenant::of_operator(other), &mistyped).await;
    let said = refused.expect_err("refused").to_string();
    assert!(said.contains("another name") && !said.contains("张三") && !said.contains(&person(1).name), "{said}");
    assert!(representative::list(&state.db, &state.vault, Tenant::of_operator(other)).await.unwrap().is_empty());
    assert_eq!(server.appoint(other, &person(1)).await, known, "under their own name they represent both");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_made_once_and_looks_like_the_seeds_screen(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    demo::seed(&server.state).await.unwrap();
    assert!(demo::seed(&server.state).await.is_err(), "never into a database that holds something");
    let enterprises = registry::list(&server.state.db).await.unwrap();
    assert_eq!(enterprises.len(), 2);
    assert!(enterprises.iter().all(|enterprise| enterprise.uscc.as_str().starts_with("91999999")));
    let client = server.enter().await;
    let page = client.get(server.link("/e")).send().await.unwrap().text().await.unwrap();
    assert!(enterprises.iter().all(|enterprise| page.contains(&enterprise.name)), "one representative has both");

    let mut seen = Vec::new();
    for enterprise in &enterprises {
        let asked = ["travel", "symptoms"].map(str::to_owned).to_vec();
        let (tenant, today) = (Tenant::of_operator(enterprise.id), enterprise.today(&server.state.clock));
        let looked = Looked { looked_at: "guangdong-2020".to_owned(), ..Looked::default() };
        let figures = server.state.censuses.figures(&Sight::new(tenant, None), looked, today, asked).await.unwrap();
        let count = |question: &str, bucket: &str| figures.counts[question].buckets.get(bucket).copied().unwrap_or(0);
        seen.push((figures.declared, count("travel", "yes"), count("symptoms", "none")));
    }
    assert!(seen.contains(&(150, 23, 102)), "the seed's screen: 150 people, 23 travelled, 102 without symptoms, not {seen:?}");
    server.stop().await;
}
