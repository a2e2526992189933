//! Verification by identity providers: who gets in, and every way in which nobody does.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use reqwest::{Client, Response, StatusCode, header};
use rstest::rstest;
use serde_json::{Map, Value, json};
use shenbao::{
    account::{
        caller::{self, FACE_SECS, Tenant},
        claim,
        model::{Level, Person, Standing},
        oidc::{claims::Verified, identity},
        representative, session,
    },
    census::Sight,
    db::Db,
    enterprise::department,
    error::AppError,
    id::{DepartmentId, EnterpriseId},
    link, random,
};

use crate::{
    declaration::form,
    issuer::{Alg, FACE, Issuer},
    support::{Backend, TestServer, column, execute, person},
    trust::{Attacks, Family},
};

/// A server with one provider, an enterprise whose representative is `person(1)`, and its invitation.
struct Scene {
    issuer: Issuer,
    server: TestServer,
    enterprise: EnterpriseId,
    code: String,
}

impl Scene {
    async fn new(backend: Backend) -> Self {
        let issuer = Issuer::start().await;
        let server = TestServer::start_with_providers(backend, &issuer.toml()).await;
        let (enterprise, code) = server.enterprise(1).await;
        server.appoint(enterprise, &person(1)).await;
        issuer.play().clock = server.state.clock.clone();
        issuer.expect("subject-1", &person(1));
        Self { issuer, server, enterprise, code }
    }

    /// To the provider: the address that the browser is sent to.
    async fn start(&self, client: &Client, path: &str) -> String {
        let answer = client.get(self.server.link(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        location(&answer).to_owned()
    }

    /// From the provider: the address that it sends the browser back to.
    async fn back(&self, client: &Client, location: &str) -> String {
        self::location(&client.get(location).send().await.unwrap()).to_owned()
    }

    /// All the way: the answer to the provider's answer.
    async fn verify(&self, client: &Client, path: &str) -> Response {
        let to = self.start(client, path).await;
        let back = self.back(client, &to).await;
        client.get(back).send().await.unwrap()
    }

    async fn sign_in(&self, client: &Client) -> Response {
        self.verify(client, &link::sign_in_by("face", "")).await
    }

    async fn verify_employee(&self, client: &Client) -> Response {
        self.verify(client, &link::verify_by("face", &self.code)).await
    }

    fn invitation(&self) -> String {
        self.server.link(&link::invitation(&self.code))
    }

    async fn consent(&self, client: &Client, more: &[(&str, &str)]) -> Response {
        let mut form = HashMap::from([("verified", "yes"), ("notice", "yes"), ("health", "yes")]);
        form.extend(more.iter().copied());
        client.post(self.invitation()).form(&form).send().await.unwrap()
    }

    async fn is_signed_in(&self, client: &Client) -> bool {
        client.get(self.server.link("/e")).send().await.unwrap().status() == StatusCode::OK
    }

    /// Employees of the enterprise, as (level of their devices, standing), in the order in which they came.
    async fn employees(&self) -> Vec<(Level, Standing)> {
        let sql = "select device.level, employee.standing from employee
            join device on device.enterprise_id = employee.enterprise_id and device.employee_id = employee.id
            where employee.enterprise_id = $1 order by device.created_at, device.level";
        macro_rules! all {
            ($pool:expr) => {
                sqlx::query_as(sql).bind(self.enterprise).fetch_all($pool).await.unwrap()
            };
        }
        match &self.server.state.db {
            Db::Sqlite(sqlite) => all!(&sqlite.read),
            Db::Postgres(pool) => all!(pool),
        }
    }
}

fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).map(|path| path.to_str().unwrap()).unwrap_or_default()
}

fn query(address: &str) -> HashMap<String, String> {
    reqwest::Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

fn cookies(answer: &Response) -> Vec<&str> {
    answer.headers().get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

/// The page on which a verification stopped.
async fn stopped(scene: &Scene, client: &Client, answer: Response, why: &str) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let to = location(&answer).to_owned();
    assert!(to.starts_with(&format!("/auth/stopped?why={why}&")), "{why}: {to}");
    assert!(!cookies(&answer).iter().any(|cookie| cookie.starts_with("shenbao=") || cookie.starts_with("shenbao-verified=")), "{why}");
    client.get(scene.server.link(&to)).send().await.unwrap().text().await.unwrap()
}

// ---- representatives ---------------------------------------------------------------------

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_representative_signs_in_by_face(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let client = scene.server.client();
    let page = client.get(scene.server.link("/sign-in?next=%2Fe")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("用粤信签刷脸登录") && page.contains("/auth/start?provider=face&amp;next=%2Fe"), "{page}");

    let answer = client.get(scene.server.link(&link::sign_in_by("face", ""))).send().await.unwrap();
    let cookie = cookies(&answer)[0].to_owned();
    assert!(cookie.starts_with("shenbao-flow=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"), "{cookie}");
    let to = location(&answer).to_owned();
    let asked = query(&to);
    assert!(to.starts_with(&format!("{}/authorize?", scene.issuer.url)), "{to}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "shenbao"),
        ("code_challenge_method", "S256"),
        ("max_age", "0"),
        ("prompt", "login"),
        ("acr_values", FACE),
        ("scope", "openid profile"),
        ("redirect_uri", &scene.server.link("/auth/callback")),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    assert!(asked["state"].len() == 43 && asked["nonce"].len() == 43 && asked["code_challenge"].len() == 43);
    assert_ne!(asked["state"], asked["nonce"]);

    let back = scene.back(&client, &to).await;
    let answer = client.get(&back).send().await.unwrap();
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, link::statistics(scene.enterprise).as_str()));
    assert!(cookies(&answer).iter().any(|cookie| cookie.starts_with("shenbao-flow=; ") && cookie.ends_with("Max-Age=0")));
    let account = client.get(scene.server.link("/account")).send().await.unwrap().text().await.unwrap();
    assert!(account.contains(&person(1).name) && account.contains("实名核验"), "{account}");

    // The answer serves once, also in the browser that it was for.
    let again = client.get(&back).send().await.unwrap();
    stopped(&scene, &client, again, "verification-expired").await;
    assert!(scene.is_signed_in(&client).await, "and what was signed in stays so");

    // Where they wanted to go, as long as it is here.
    for (next, goes) in [("/e?x=1", "/e?x=1"), ("//elsewhere.example", ""), ("https://elsewhere.example", "")] {
        let answer = scene.verify(&scene.server.client(), &link::sign_in_by("face", next)).await;
        assert_eq!(location(&answer), if goes.is_empty() { link::statistics(scene.enterprise) } else { goes.to_owned() }, "{next}");
    }
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_representative_is_who_the_operator_named_and_one_account_of_the_provider(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let client = scene.server.client();

    scene.issuer.expect("subject-9", &person(9));
    let answer = scene.sign_in(&client).await;
    let page = stopped(&scene, &client, answer, "no-enterprise").await;
    assert!(page.contains("您名下还没有企业"), "{page}");

    scene.issuer.expect("subject-1", &Person { name: "冒名者".into(), ..person(1) });
    let answer = scene.sign_in(&client).await;
    let page = stopped(&scene, &client, answer, "name-differs").await;
    assert!(page.contains("姓名与登记的不一致") && !page.contains(&person(1).name), "{page}");

    scene.issuer.expect("subject-1", &person(1));
    assert_eq!(location(&scene.sign_in(&client).await), link::statistics(scene.enterprise));
    let other = scene.server.client();
    scene.issuer.expect("subject-2", &person(1));
    let answer = scene.sign_in(&other).await;
    let page = stopped(&scene, &other, answer, "identity-taken").await;
    assert!(page.contains("这个证件已由另一个账号验证"), "{page}");
    // The account of one representative is no other's either.
    scene.server.appoint(scene.enterprise, &person(2)).await;
    scene.issuer.expect("subject-1", &person(2));
    let answer = scene.sign_in(&other).await;
    stopped(&scene, &other, answer, "identity-taken").await;
    assert!(!scene.is_signed_in(&other).await);

    // The operator looked, and lets the new account take the old one's place.
    let tenant = Tenant::of_operator(scene.enterprise);
    let known = representative::list(&scene.server.state.db, &scene.server.state.vault, tenant).await.unwrap();
    let first = known.iter().find(|known| known.person == person(1)).unwrap().id;
    let state = &scene.server.state;
    assert_eq!(identity::release(&state.db, &state.vault, state.clock.now(), tenant, first).await.unwrap(), 1);
    scene.issuer.expect("subject-2", &person(1));
    assert_eq!(scene.sign_in(&other).await.status(), StatusCode::SEE_OTHER);
    assert!(scene.is_signed_in(&other).await);

    // Whoever represents nothing any more reads why.
    representative::dismiss(&scene.server.state.db, &scene.server.state.vault, scene.server.state.clock.now(), tenant, first)
        .await
        .unwrap();
    let answer = scene.sign_in(&other).await;
    assert_eq!(location(&answer), link::ENTERPRISES);
    let page = other.get(scene.server.link("/e")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("您名下还没有企业"), "{page}");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_known_document_that_is_refused_is_written_down_and_an_unknown_one_is_not(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let state = &scene.server.state;
    let tenant = Tenant::of_operator(scene.enterprise);
    let known = representative::list(&state.db, &state.vault, tenant).await.unwrap()[0].id;
    let refusals = async || {
        let sql = "select object_id from audit where enterprise_id = 0 and action = 'refuse-verification' and actor = 'server'";
        column::<uuid::Uuid>(&state.db, sql).await
    };
    assert_eq!(location(&scene.sign_in(&scene.server.client()).await), link::statistics(scene.enterprise));
    // A stranger; the same document with another name; another account with it.
    for (subject, who, why, written) in [
        ("subject-5", person(5), "no-enterprise", 0),
        ("subject-1", Person { name: "别的名字".to_owned(), ..person(1) }, "name-differs", 1),
        ("subject-2", person(1), "identity-taken", 2),
    ] {
        scene.issuer.expect(subject, &who);
        let client = scene.server.client();
        let answer = scene.sign_in(&client).await;
        stopped(&scene, &client, answer, why).await;
        assert_eq!(refusals().await, vec![known; written], "{why}");
    }
    scene.server.stop().await;
}

// ---- employees ---------------------------------------------------------------------------

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn an_employee_is_verified_consents_and_declares(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (one, two) = (scene.server.client(), scene.server.client());
    // Somebody said they were the same person, before.
    let claimed = scene.server.claim(scene.enterprise, &person(7)).await;
    let earlier = caller::employee(&scene.server.visit(&claimed), scene.enterprise).await.unwrap();
    assert_eq!(earlier.standing(), Standing::Matched);

    let page = one.get(scene.invitation()).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("用粤信签刷脸验证") && page.contains(&format!("/auth/start?provider=face&amp;invitation={}", scene.code)),
        "{page}"
    );
    assert!(page.contains("或者自己填写") && page.contains("name=\"number\""), "{page}");

    scene.issuer.expect("subject-7", &Person { phone: None, ..person(7) });
    let answer = scene.verify_employee(&one).await;
    assert_eq!(location(&answer), link::invitation(&scene.code));
    let page = one.get(scene.invitation()).send().await.unwrap().text().await.unwrap();
    let number = person(7).document.number().to_owned();
    assert!(page.contains(&person(7).name) && page.contains(&person(7).document.masked()) && page.contains("由粤信签核验"), "{page}");
    assert!(!page.contains(&number) && page.contains("name=\"phone\"") && !page.contains("name=\"number\""), "{page}");
    assert!(!page.contains(" checked"), "nothing is ticked beforehand");

    // Nobody else's browser, and no other invitation, has it.
    let foreign = scene.consent(&two, &[("phone", "13900000007")]).await;
    assert_eq!(foreign.status(), StatusCode::GONE);
    let (_, elsewhere) = scene.server.enterprise(2).await;
    let page = one.get(scene.server.link(&link::invitation(&elsewhere))).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains(&person(7).name), "{page}");

    // Both consents and the phone.
    let answer = one.post(scene.invitation()).form(&[("verified", "yes"), ("phone", "12")]).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    for words in ["请阅读告知书，并勾选同意", "请勾选同意使用健康信息和行程信息", "请输入 11 位手机号码", &person(7).document.masked()]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let answer = scene.consent(&one, &[("phone", "13900000007")]).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, link::declare(scene.enterprise).as_str()));
    let cookie =
        cookies(&answer).iter().find(|cookie| cookie.starts_with("shenbao-device-")).unwrap().split(';').next().unwrap().to_owned();
    let known = caller::employee(&scene.server.visit(&cookie), scene.enterprise).await.unwrap();
    assert_eq!((known.level(), known.standing()), (Level::Face, Standing::Matched));
    let kept = claim::person(&scene.server.state, &known).await.unwrap();
    assert!(kept.name == person(7).name && kept.document == person(7).document && kept.phone.unwrap().national() == "13900000007");
    let declare = one.get(scene.server.link(&link::declare(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(declare.contains("实名核验"), "{declare}");

    // The earlier claim is to be verified now; what it said is as it was.
    let earlier = caller::employee(&scene.server.visit(&claimed), scene.enterprise).await.unwrap();
    assert_eq!(earlier.standing(), Standing::ToVerify);
    assert!(claim::person(&scene.server.state, &earlier).await.unwrap() == person(7));
    assert_eq!(scene.employees().await, [(Level::Claimed, Standing::ToVerify), (Level::Face, Standing::Matched)]);

    // On another phone they are the same employee.
    scene.issuer.expect("subject-7", &person(7));
    scene.verify_employee(&two).await;
    let page = two.get(scene.invitation()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains(&person(7).phone.unwrap().masked()) && !page.contains("name=\"phone\""), "{page}");
    let answer = scene.consent(&two, &[]).await;
    let second =
        cookies(&answer).iter().find(|cookie| cookie.starts_with("shenbao-device-")).unwrap().split(';').next().unwrap().to_owned();
    let second = caller::employee(&scene.server.visit(&second), scene.enterprise).await.unwrap();
    assert_eq!(second.id(), known.id());
    let added =
        column::<uuid::Uuid>(&scene.server.state.db, "select actor_id from audit where action = 'add-device' and actor = 'employee'");
    assert_eq!(added.await, [known.id().0], "the second, and not the first");

    // Another account with the same document is nobody.
    let three = scene.server.client();
    scene.issuer.expect("subject-8", &person(7));
    scene.verify_employee(&three).await;
    let answer = scene.consent(&three, &[]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("这个证件已由另一个账号验证"));

    // Whoever claims it from now on is to be verified.
    let claimed = scene.server.claim(scene.enterprise, &person(7)).await;
    let later = caller::employee(&scene.server.visit(&claimed), scene.enterprise).await.unwrap();
    assert_eq!((later.level(), later.standing()), (Level::Claimed, Standing::ToVerify));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_face_counts_for_two_hours_on_a_device_and_then_until_it_is_seen_again(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (state, client) = (&scene.server.state, scene.server.client());
    let count = async |sql: &str| column::<i64>(&state.db, sql).await[0];
    let page = async |path: &str| client.get(scene.server.link(path)).send().await.unwrap().text().await.unwrap();
    let device = |answer: &Response| {
        let cookie = cookies(answer).into_iter().find(|cookie| cookie.starts_with("shenbao-device-"));
        cookie.map(|cookie| cookie.split(';').next().unwrap().to_owned())
    };
    let known = async |cookie: &str| caller::employee(&scene.server.visit(cookie), scene.enterprise).await;
    let (mine, rights, declare) = (link::MINE, link::rights(scene.enterprise), link::declare(scene.enterprise));
    // The level that a declaration is kept with, as its receipt says.
    let declared = async || {
        let key = random::uuid().to_string();
        let answer = client.post(scene.server.link(&declare)).form(&form("submit", &key)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let receipt = page(location(&answer)).await;
        ["实名核验", "自报"].into_iter().filter(|level| receipt.contains(level)).collect::<Vec<_>>()
    };
    scene.issuer.expect("subject-7", &person(7));
    scene.verify_employee(&client).await;
    let first = device(&scene.consent(&client, &[]).await).unwrap();

    state.clock.advance_secs(FACE_SECS - 60);
    let employee = known(&first).await.unwrap();
    assert!(employee.level() == Level::Face && !employee.has_lapsed());
    assert_eq!(declared().await, ["实名核验"]);
    assert!(!page(mine).await.contains("重新验证"));

    state.clock.advance_secs(60);
    let later = known(&first).await.unwrap();
    assert_eq!((later.id(), later.level(), later.is_verified()), (employee.id(), Level::Claimed, true));
    assert_eq!(declared().await, ["自报"], "nobody is kept from declaring");
    let again = link::verify_again_by("face", scene.enterprise, &rights);
    for (path, to) in [(mine, &link::verify_again_by("face", scene.enterprise, mine)), (&*rights, &again)] {
        let page = page(path).await;
        assert!(page.contains("用粤信签重新验证") && page.contains(&to.replace('&', "&amp;")), "{page}");
    }
    // The name was verified all the same: it is not theirs to change.
    let form = [("form", "correct"), ("name", "别的名字"), ("phone", "13900000007")];
    let corrected = client.post(scene.server.link(&rights)).form(&form).send().await.unwrap();
    assert_eq!(corrected.status(), StatusCode::SEE_OTHER);
    assert_eq!(claim::person(state, &later).await.unwrap().name, person(7).name);

    let mut attacks = Attacks::of(Family::WeakVerification);
    // Somebody else, another account with the same document, and a browser that is no device of theirs.
    for (subject, who) in [("subject-8", person(8)), ("subject-9", person(7))] {
        scene.issuer.expect(subject, &who);
        let answer = scene.verify(&client, &again).await;
        attacks.tried(!location(&answer).contains("why=verification-refused") || device(&answer).is_some(), subject);
    }
    scene.issuer.expect("subject-7", &person(7));
    let stranger = scene.server.client();
    let answer = stranger.get(scene.server.link(&again)).send().await.unwrap();
    attacks.tried(!location(&answer).contains("why=invitation-required"), "a browser that nobody knows");
    // One that another device has taken over meanwhile.
    let shared = scene.server.client();
    let other = scene.server.claim(scene.enterprise, &person(9)).await;
    let to = shared.get(scene.server.link(&again)).header("cookie", &first).send().await.unwrap();
    let flow = cookies(&to).into_iter().find(|cookie| cookie.starts_with("shenbao-flow")).unwrap().split(';').next().unwrap().to_owned();
    let back = scene.back(&shared, location(&to)).await;
    let answer = scene.server.client().get(back).header("cookie", format!("{other}; {flow}")).send().await.unwrap();
    attacks.tried(!location(&answer).contains("why=verification-expired"), "whoever holds the telephone now");
    attacks.tried(known(&other).await.unwrap().level() == Level::Face, "the other's device");
    attacks.tried(known(&first).await.unwrap().level() == Level::Face, "after all of these");
    attacks.done();
    assert_eq!(count("select count(*) from audit where action = 'verify-device'").await, 0);

    let consents = count("select count(*) from consent").await;
    let answer = scene.verify(&client, &again).await;
    assert_eq!(location(&answer), rights);
    let second = device(&answer).expect("a new secret");
    let verified = known(&second).await.unwrap();
    assert_eq!((verified.id(), verified.level()), (employee.id(), Level::Face));
    assert!(known(&first).await.is_err(), "the old secret is nobody's");
    assert_eq!(count("select count(*) from audit where action = 'verify-device' and actor = 'employee'").await, 1);
    assert_eq!(count("select count(*) from consent").await, consents, "nothing was agreed to by that");
    assert_eq!(count("select count(*) from device where ended_at is not null").await, 0);
    assert_eq!(declared().await, ["实名核验"]);
    assert!(!page(&rights).await.contains("重新验证"));
    // The next two hours begin with it.
    state.clock.advance_secs(FACE_SECS);
    assert_eq!(known(&second).await.unwrap().level(), Level::Claimed);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_verified_employee_chooses_their_department_too(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (state, tenant) = (&scene.server.state, Tenant::of_operator(scene.enterprise));
    department::add_by_operator(state, tenant, &["生产部".to_owned(), "仓储部".to_owned()]).await.unwrap();
    let client = scene.server.client();
    scene.issuer.expect("subject-7", &person(7));
    scene.verify_employee(&client).await;
    let page = client.get(scene.invitation()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"department\"") && page.contains("仓储部"), "{page}");
    let refused = scene.consent(&client, &[]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("请选择所在部门"));
    assert_eq!(scene.consent(&client, &[("department", "2")]).await.status(), StatusCode::SEE_OTHER);
    let counted = state.censuses.departments(&Sight::new(tenant, None)).await.unwrap();
    assert_eq!(counted, BTreeMap::from([(Some(DepartmentId(2)), 1)]));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn two_taps_and_two_providers_are_one_employee(#[case] backend: Backend) {
    let (first, second) = (Issuer::start().await, Issuer::start().await);
    let providers = format!("{}{}", first.toml(), second.toml_as("other"));
    let server = TestServer::start_with_providers(backend, &providers).await;
    let (enterprise, code) = server.enterprise(1).await;
    let scene = Scene { issuer: first, server, enterprise, code };
    let one = scene.server.client();
    scene.issuer.expect("subject-7", &person(7));
    scene.verify_employee(&one).await;
    let verified = scene.verify_employee(&one).await;
    let cookie =
        cookies(&verified).iter().find(|cookie| cookie.starts_with("shenbao-verified=")).unwrap().split(';').next().unwrap().to_owned();
    let tap = || {
        let form = [("verified", "yes"), ("notice", "yes"), ("health", "yes")];
        let post = scene.server.client().post(scene.invitation()).header("cookie", &cookie).form(&form);
        async move { post.send().await.unwrap() }
    };
    let taps = tokio::join!(tap(), tap(), tap());
    for answer in [taps.0, taps.1, taps.2] {
        assert_eq!(location(&answer), link::declare(scene.enterprise));
    }
    assert_eq!(scene.employees().await, vec![(Level::Face, Standing::Matched); 3]);

    // The other provider knows the same person by another subject, and a stranger by the same number.
    let two = scene.server.client();
    second.expect("elsewhere-7", &person(7));
    scene.verify(&two, &link::verify_by("other", &scene.code)).await;
    let answer = scene.consent(&two, &[]).await;
    assert_eq!(location(&answer), link::declare(scene.enterprise));
    let employees = count(&scene, "select count(*) from employee").await;
    assert_eq!((employees, count(&scene, "select count(*) from identity").await), (1, 2));
    second.expect("elsewhere-8", &Person { name: "另一个人".into(), ..person(7) });
    let three = scene.server.client();
    scene.verify(&three, &link::verify_by("other", &scene.code)).await;
    assert_eq!(scene.consent(&three, &[]).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(count(&scene, "select count(*) from employee").await, 1);
    scene.server.stop().await;
}

async fn count(scene: &Scene, sql: &'static str) -> i64 {
    match &scene.server.state.db {
        Db::Sqlite(sqlite) => sqlx::query_scalar(sql).fetch_one(&sqlite.read).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

// ---- who does not get in -----------------------------------------------------------------

#[tokio::test]
async fn an_enterprise_account_is_nobody() {
    let scene = Scene::new(Backend::Sqlite).await;
    for user_type in [json!("enterprise"), json!("PERSON"), json!("person,enterprise"), json!(2)] {
        scene.issuer.expect("subject-1", &person(1));
        scene.issuer.play().who.insert("user_type".into(), user_type);
        for path in [link::sign_in_by("face", ""), link::verify_by("face", &scene.code)] {
            let client = scene.server.client();
            let answer = scene.verify(&client, &path).await;
            let page = stopped(&scene, &client, answer, "enterprise-account").await;
            assert!(page.contains("目前暂不支持企业账号登录查询，请退出并刷脸登录后再进行查询"), "{page}");
            assert!(!scene.is_signed_in(&client).await);
        }
    }
    for claim in ["user_type", "name", "id_number", "id_type"] {
        for value in [Value::Null, json!(""), json!(["x"]), json!(true)] {
            scene.issuer.expect("subject-1", &person(1));
            scene.issuer.play().who.insert(claim.into(), value.clone());
            let client = scene.server.client();
            let answer = scene.sign_in(&client).await;
            // The standard says what a name is; another type makes the whole token unreadable.
            let unreadable = claim == "name" && (value.is_array() || value.is_boolean());
            stopped(&scene, &client, answer, if unreadable { "verification-refused" } else { "identity-incomplete" }).await;
        }
    }
    assert_eq!(count(&scene, "select count(*) from session").await, 0);
    scene.server.stop().await;
}

type Lie = fn(&mut Map<String, Value>);

/// Every lie of a token, and what is said to it.
const LIES: [(&str, Lie, &str); 24] = [
    ("another nonce", |claims| set(claims, "nonce", json!("x")), "verification-refused"),
    ("no nonce", |claims| drop(claims.remove("nonce")), "verification-refused"),
    ("another issuer", |claims| set(claims, "iss", json!("http://localhost:1")), "verification-refused"),
    ("no issuer", |claims| drop(claims.remove("iss")), "verification-refused"),
    ("another audience", |claims| set(claims, "aud", json!("someone-else")), "verification-refused"),
    ("one audience too many", |claims| set(claims, "aud", json!(["shenbao", "someone-else"])), "verification-refused"),
    ("no audience", |claims| set(claims, "aud", json!([])), "verification-refused"),
    ("authorized for another", |claims| set(claims, "azp", json!("someone-else")), "verification-refused"),
    ("over", |claims| shift(claims, "exp", -400), "verification-refused"),
    ("issued before the flow", |claims| shift(claims, "iat", -120), "verification-refused"),
    ("issued in the future", |claims| shift(claims, "iat", 120), "verification-refused"),
    ("signed in before the flow", |claims| shift(claims, "auth_time", -120), "face-required"),
    ("signed in long ago", |claims| set(claims, "auth_time", json!(1)), "face-required"),
    ("signed in in the future", |claims| shift(claims, "auth_time", 120), "face-required"),
    ("no auth_time", |claims| drop(claims.remove("auth_time")), "face-required"),
    ("auth_time is null", |claims| set(claims, "auth_time", Value::Null), "face-required"),
    ("a lower acr", |claims| set(claims, "acr", json!("urn:test:password")), "face-required"),
    ("an acr that begins alike", |claims| set(claims, "acr", json!("urn:test:face2")), "face-required"),
    ("two acr in one", |claims| set(claims, "acr", json!("urn:test:face urn:test:password")), "face-required"),
    ("an empty acr", |claims| set(claims, "acr", json!("")), "face-required"),
    ("no acr", |claims| drop(claims.remove("acr")), "face-required"),
    ("no subject", |claims| drop(claims.remove("sub")), "verification-refused"),
    ("no expiry", |claims| drop(claims.remove("exp")), "verification-refused"),
    ("no issue time", |claims| drop(claims.remove("iat")), "verification-refused"),
];

fn set(claims: &mut Map<String, Value>, name: &str, value: Value) {
    claims.insert(name.to_owned(), value);
}

fn shift(claims: &mut Map<String, Value>, name: &str, secs: i64) {
    let time = claims["iat"].as_i64().unwrap() + secs;
    set(claims, name, json!(time));
}

#[tokio::test]
async fn no_token_that_lies_lets_anyone_in() {
    let scene = Scene::new(Backend::Sqlite).await;
    let (mut tokens, mut verifications) = (Attacks::of(Family::Token), Attacks::of(Family::WeakVerification));
    for (lie, change, why) in LIES {
        scene.issuer.lie(change);
        for path in [link::sign_in_by("face", ""), link::verify_by("face", &scene.code)] {
            let client = scene.server.client();
            let answer = scene.verify(&client, &path).await;
            let let_in = !location(&answer).starts_with("/auth/stopped?") || scene.is_signed_in(&client).await;
            let family = if why == "face-required" { &mut verifications } else { &mut tokens };
            family.tried(let_in, lie);
            stopped(&scene, &client, answer, why).await;
        }
    }
    scene.issuer.tell_the_truth();
    for alg in [Alg::None, Alg::Hs256Secret, Alg::Hs256PublicKey, Alg::Foreign, Alg::Embedded] {
        scene.issuer.play().alg = alg;
        let client = scene.server.client();
        let answer = scene.sign_in(&client).await;
        stopped(&scene, &client, answer, "verification-refused").await;
        tokens.tried(scene.is_signed_in(&client).await, format_args!("{alg:?}"));
    }
    tokens.done();
    verifications.done();
    assert_eq!(count(&scene, "select count(*) from session").await + count(&scene, "select count(*) from employee").await, 0);
    scene.issuer.tell_the_truth();
    assert_eq!(location(&scene.sign_in(&scene.server.client()).await), link::statistics(scene.enterprise), "the truth does");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_flow_serves_once_in_its_own_browser_with_its_own_state(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let (own, other) = (scene.server.client(), scene.server.client());
    let start = link::sign_in_by("face", "");

    // Without the cookie, with another browser's, and with another state or none: nobody, and the flow stays.
    let back = scene.back(&own, &scene.start(&own, &start).await).await;
    scene.start(&other, &start).await;
    let none = scene.server.client();
    let mut attacks = Attacks::of(Family::Flow);
    for (what, client) in [("no cookie", &none), ("another browser's cookie", &other)] {
        let answer = client.get(&back).send().await.unwrap();
        stopped(&scene, client, answer, "verification-expired").await;
        attacks.tried(scene.is_signed_in(client).await, what);
    }
    let given = query(&back);
    let callback = |pairs: &[(&str, &str)]| {
        let mut address = reqwest::Url::parse(&scene.server.link(link::AUTH_CALLBACK)).unwrap();
        address.query_pairs_mut().extend_pairs(pairs);
        address
    };
    let other_state = "A".repeat(43);
    for pairs in [
        &[("code", &*given["code"]), ("iss", &given["iss"])][..],
        &[("code", &given["code"]), ("iss", &given["iss"]), ("state", "")],
        &[("code", &given["code"]), ("iss", &given["iss"]), ("state", "x")],
        &[("code", &given["code"]), ("iss", &given["iss"]), ("state", &other_state)],
        &[("code", &given["code"]), ("iss", &given["iss"]), ("state", &given["state"]), ("state", &given["state"])],
        &[],
    ] {
        let answer = own.get(callback(pairs)).send().await.unwrap();
        stopped(&scene, &own, answer, "verification-expired").await;
        attacks.tried(scene.is_signed_in(&own).await, format_args!("{pairs:?}"));
    }
    assert_eq!(scene.issuer.play().exchanges, 0, "no code was spent on it");
    assert_eq!(location(&own.get(&back).send().await.unwrap()), link::statistics(scene.enterprise));
    let flow = scene.server.client();
    scene.start(&flow, &start).await;
    for (what, client) in [("replayed in another browser", &scene.server.client()), ("replayed in another flow", &flow)] {
        let answer = client.get(&back).send().await.unwrap();
        stopped(&scene, client, answer, "verification-expired").await;
        attacks.tried(scene.is_signed_in(client).await, what);
    }

    // A code of an earlier flow in a new one: the verifier does not fit.
    let client = scene.server.client();
    let before = query(&scene.back(&client, &scene.start(&client, &start).await).await);
    let now = query(&scene.back(&client, &scene.start(&client, &start).await).await);
    let answer = client.get(callback(&[("code", &before["code"]), ("state", &now["state"]), ("iss", &now["iss"])])).send().await.unwrap();
    stopped(&scene, &client, answer, "verification-refused").await;
    // It used the flow up.
    let answer = client.get(callback(&[("code", &now["code"]), ("state", &now["state"]), ("iss", &now["iss"])])).send().await.unwrap();
    stopped(&scene, &client, answer, "verification-expired").await;
    attacks.tried(scene.is_signed_in(&client).await, "a code of an earlier flow");

    // An answer that names another issuer, or none.
    for iss in [Some("http://localhost:1"), None] {
        scene.issuer.play().iss = iss.map(str::to_owned);
        let client = scene.server.client();
        let answer = scene.sign_in(&client).await;
        stopped(&scene, &client, answer, "verification-refused").await;
        attacks.tried(scene.is_signed_in(&client).await, format_args!("an answer of {iss:?}"));
    }
    scene.issuer.tell_the_truth();

    // Twice at the same time: once.
    let client = scene.server.client();
    let back = scene.back(&client, &scene.start(&client, &start).await).await;
    let twice = tokio::join!(client.get(&back).send(), client.get(&back).send());
    let paths = [twice.0.unwrap(), twice.1.unwrap()].map(|answer| location(&answer).to_owned());
    assert_eq!(paths.iter().filter(|path| **path == link::statistics(scene.enterprise)).count(), 1, "{paths:?}");

    // Ten minutes later it is over.
    let client = scene.server.client();
    let back = scene.back(&client, &scene.start(&client, &start).await).await;
    scene.server.state.clock.advance_secs(601);
    let answer = client.get(&back).send().await.unwrap();
    stopped(&scene, &client, answer, "verification-expired").await;
    attacks.tried(scene.is_signed_in(&client).await, "after ten minutes");
    attacks.done();
    scene.server.stop().await;
}

#[tokio::test]
async fn what_the_provider_refuses_is_said_in_our_words() {
    let scene = Scene::new(Backend::Sqlite).await;
    for (error, why) in [
        ("access_denied", "verification-cancelled"),
        ("login_required", "verification-refused"),
        ("temporarily_unavailable", "provider-unavailable"),
        ("unmet_authentication_requirements", "face-required"),
    ] {
        scene.issuer.play().error = Some(error);
        let client = scene.server.client();
        let answer = scene.verify(&client, &link::sign_in_by("face", "/e?x")).await;
        let page = stopped(&scene, &client, answer, why).await;
        assert!(page.contains("重新验证") && page.contains("href=\"/sign-in?next=%2Fe%3Fx\"") && !page.contains(error), "{page}");
        let answer = scene.verify_employee(&client).await;
        let page = stopped(&scene, &client, answer, why).await;
        assert!(page.contains(&format!("href=\"/i/{}\"", scene.code)), "{page}");
    }
    // The page leads to this site only, and says nothing but what stands in our list.
    for (address, status) in [
        ("/auth/stopped?why=face-required&again=https://elsewhere.example", 200),
        ("/auth/stopped?why=face-required&again=//elsewhere.example", 200),
        ("/auth/stopped?why=%3Cb%3E&again=", 404),
        ("/auth/stopped", 404),
    ] {
        let page = scene.server.client().get(scene.server.link(address)).send().await.unwrap();
        assert_eq!(page.status().as_u16(), status, "{address}");
        let page = page.text().await.unwrap();
        assert!(!page.contains("href=\"https://elsewhere") && !page.contains("href=\"//elsewhere") && !page.contains("<b>"), "{page}");
    }
    // No such provider, not for them, no such invitation.
    for (path, status) in [("/auth/start", 404), ("/auth/start?provider=other", 404), ("/auth/start?provider=face&invitation=x", 303)] {
        let answer = scene.server.client().get(scene.server.link(path)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(location(&answer).is_empty() || location(&answer).starts_with("/auth/stopped?why=invitation-expired"), "{path}");
    }
    scene.server.stop().await;
}

// ---- a provider's bad days ---------------------------------------------------------------

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_one() {
    let scene = Scene::new(Backend::Sqlite).await;
    for _ in 0..3 {
        assert_eq!(location(&scene.sign_in(&scene.server.client()).await), link::statistics(scene.enterprise));
        scene.issuer.rotate();
    }
    // Between leaving and coming back.
    let client = scene.server.client();
    let to = scene.start(&client, &link::sign_in_by("face", "")).await;
    scene.issuer.rotate();
    let back = scene.back(&client, &to).await;
    assert_eq!(location(&client.get(back).send().await.unwrap()), link::statistics(scene.enterprise));
    scene.server.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_slow_or_gone_gives_a_clear_page_and_no_weaker_way() {
    let scene = Scene::new(Backend::Sqlite).await;
    let client = scene.server.client();
    let gone = async |client: &Client, answer: Response| {
        let page = stopped(&scene, client, answer, "provider-unavailable").await;
        assert!(page.contains("身份验证平台没有应答") && page.contains("请过几分钟再试") && page.contains("重新验证"), "{page}");
        assert!(!page.contains("demo-enter") && !page.contains("去登录"), "{page}");
    };

    // Slow at the exchange.
    let to = scene.start(&client, &link::sign_in_by("face", "")).await;
    let back = scene.back(&client, &to).await;
    scene.issuer.play().delay = Duration::from_secs(20);
    let began = std::time::Instant::now();
    gone(&client, client.get(&back).send().await.unwrap()).await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());

    // Slow at the start: it is not waited for twice, and many who come together wait together.
    scene.server.state.clock.advance_secs(3600);
    let start = scene.server.link(&link::sign_in_by("face", ""));
    let began = std::time::Instant::now();
    let many = futures::future::join_all((0..20).map(|_| client.get(&start).send())).await;
    for answer in many {
        gone(&client, answer.unwrap()).await;
    }
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    scene.issuer.play().delay = Duration::ZERO;
    scene.server.state.clock.advance_secs(3);
    assert_eq!(location(&scene.sign_in(&client).await), link::statistics(scene.enterprise), "and it recovers by itself");

    // Gone.
    scene.issuer.stop();
    scene.server.state.clock.advance_secs(60);
    let other = scene.server.client();
    gone(&other, other.get(&start).send().await.unwrap()).await;
    assert!(!scene.is_signed_in(&other).await);
    scene.server.stop().await;
}

#[tokio::test]
async fn userinfo_completes_what_the_token_left_out_but_never_about_someone_else() {
    let scene = Scene::new(Backend::Sqlite).await;
    let apart = |subject: &str| {
        let all = json!({ "sub": subject, "name": person(1).name, "id_number": person(1).document.number(), "id_type": 10 });
        all.as_object().unwrap().clone()
    };
    scene.issuer.play().userinfo = Some(apart("subject-1"));
    assert_eq!(location(&scene.sign_in(&scene.server.client()).await), link::statistics(scene.enterprise));
    for claims in [apart("subject-2"), apart(""), Map::from_iter([("name".to_owned(), json!(person(1).name))])] {
        scene.issuer.play().userinfo = Some(claims);
        let client = scene.server.client();
        let answer = scene.sign_in(&client).await;
        stopped(&scene, &client, answer, "verification-refused").await;
    }
    // What was signed counts where both say something.
    let mut lie = apart("subject-1");
    lie.remove("id_type");
    scene.issuer.play().userinfo = Some(lie);
    scene.issuer.lie(|claims| set(claims, "name", json!("冒名者")));
    let client = scene.server.client();
    let answer = scene.sign_in(&client).await;
    stopped(&scene, &client, answer, "name-differs").await;
    scene.server.stop().await;
}

#[tokio::test]
async fn nothing_of_who_was_verified_lies_open_on_the_disk() {
    let scene = Scene::new(Backend::Sqlite).await;
    let client = scene.server.client();
    scene.sign_in(&client).await;
    scene.issuer.expect("subject-of-seven", &person(7));
    // One who left and did not come back, one who did not consent, one who did.
    scene.start(&scene.server.client(), &link::verify_by("face", &scene.code)).await;
    scene.verify_employee(&scene.server.client()).await;
    scene.verify_employee(&client).await;
    assert_eq!(scene.consent(&client, &[]).await.status(), StatusCode::SEE_OTHER);
    let (issuer, code, one, seven) = (scene.issuer.url.clone(), scene.code.clone(), person(1), person(7));
    let mut files = 0;
    for entry in std::fs::read_dir(scene.server.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("shenbao.db") {
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).unwrap();
        let phone = seven.phone.as_ref().unwrap().national();
        for secret in [&*one.name, one.document.number(), &seven.name, seven.document.number(), phone, "subject-", &issuer, &code] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} lies open in {}", path.display());
        }
    }
    assert!(files >= 2, "the database and its log were read");
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_sign_in_under_way_ends_with_its_account_at_the_provider(#[case] backend: Backend) {
    let scene = Scene::new(backend).await;
    let visit = scene.server.visit("");
    let verified = Verified {
        provider: "face".to_owned(),
        issuer: "https://issuer.example".to_owned(),
        subject: "subject-1".to_owned(),
        person: person(1),
    };
    assert!(session::start(&visit, &identity::vouch(&visit, &verified).await.unwrap()).await.is_ok());
    let vouched = identity::vouch(&visit, &verified).await.unwrap();
    assert_eq!(execute(&scene.server.state.db, "delete from viewer_identity").await, 1);
    assert_eq!(session::start(&visit, &vouched).await.err(), Some(AppError::VerificationFailed));
    assert_eq!(count(&scene, "select count(*) from session").await, 1);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_provider_counts_for_its_own_audience_only(#[case] backend: Backend) {
    let (employees, managers) = (Issuer::start().await, Issuer::start().await);
    let both = "for = [\"employee\", \"representative\"]";
    let providers = format!(
        "{}{}",
        employees.toml().replace(both, "for = [\"employee\"]"),
        managers.toml_as("other").replace(both, "for = [\"representative\"]")
    );
    let server = TestServer::start_with_providers(backend, &providers).await;
    let (enterprise, code) = server.enterprise(1).await;
    let representative = server.appoint(enterprise, &person(1)).await;
    let asked = server.ask_to_manage(enterprise, representative, &person(3)).await;
    let join = link::join(enterprise, &asked.token);
    let scene = Scene { issuer: employees, server, enterprise, code };
    managers.play().clock = scene.server.state.clock.clone();
    scene.issuer.play().clock = scene.server.state.clock.clone();
    let mut attacks = Attacks::of(Family::WeakVerification);

    // Verified as somebody who asks to manage, and then an employee; and the other way round.
    managers.expect("subject-7", &person(7));
    let one = scene.server.client();
    assert_eq!(location(&scene.verify(&one, &link::join_by("other", &join)).await), join);
    let shown = async |client: &Client, path: &str| {
        client.get(scene.server.link(path)).send().await.unwrap().text().await.unwrap().contains(&person(7).name)
    };
    assert!(shown(&one, &join).await);
    attacks.tried(shown(&one, &link::invitation(&scene.code)).await, "shown to an employee");
    let consented = scene.consent(&one, &[]).await;
    attacks.tried(location(&consented) == link::declare(enterprise), "an employee by a provider for those who look");
    assert_eq!(count(&scene, "select count(*) from employee").await, 0);

    scene.issuer.expect("subject-7", &person(7));
    let two = scene.server.client();
    scene.verify_employee(&two).await;
    assert!(shown(&two, &link::invitation(&scene.code)).await);
    attacks.tried(shown(&two, &join).await, "shown to who asks to manage");
    let answer =
        two.post(scene.server.link(&join)).form(&[("verified", "yes"), ("consent", "yes"), ("reason", "行政")]).send().await.unwrap();
    attacks.tried(answer.status() == StatusCode::SEE_OTHER, "a manager by a provider for employees");
    attacks.done();
    assert_eq!(location(&scene.consent(&two, &[]).await), link::declare(enterprise), "who is an employee becomes one");
    managers.stop();
    scene.server.stop().await;
}
