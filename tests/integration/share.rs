//! Statistics for whoever has the link: what they tell, and for how long.

use reqwest::{Client, StatusCode, header};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, representative},
    id::EnterpriseId,
    link, random,
};

use crate::{
    declaration::form,
    retention::purge,
    support::{Backend, TestServer, column, person},
};

const DAY: i64 = 24 * 60 * 60;

struct Scene {
    server: TestServer,
    enterprise: EnterpriseId,
    desk: Client,
}

impl Scene {
    async fn of(backend: Backend) -> Self {
        let server = TestServer::start_demo(backend).await;
        let (enterprise, _) = server.enterprise(1).await;
        server.appoint(enterprise, &person(900)).await;
        let desk = server.enter().await;
        Self { server, enterprise, desk }
    }

    async fn declares(&self, number: u32, temperature: &str) {
        let (_, phone) = self.server.employee(self.enterprise, &person(number)).await;
        let key = random::uuid().to_string();
        let mut fields = form("submit", &key);
        fields.retain(|(name, _)| *name != "temperature");
        fields.push(("temperature", temperature));
        let request = self.server.client().post(self.server.link(&link::declare(self.enterprise))).header("cookie", phone);
        assert_eq!(request.form(&fields).send().await.unwrap().status(), StatusCode::SEE_OTHER);
    }

    async fn make(&self, query: &str, hours: &str) -> (StatusCode, String) {
        let path = link::with_query(&link::share(self.enterprise), query);
        let answer = self.desk.post(self.server.link(&path)).form(&[("hours", hours)]).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// The path of a link that was made now.
    async fn made(&self, hours: &str) -> String {
        let (status, page) = self.make("", hours).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        format!("/s/{}", &page.split("/s/").nth(1).expect("the link is shown")[..55])
    }

    async fn read(&self, path: &str) -> (StatusCode, String) {
        let answer = self.server.client().get(self.server.link(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn end(&self, enterprise: EnterpriseId, share: &str) -> StatusCode {
        let request = self.desk.post(self.server.link("/api/end-share")).header("accept", "application/json");
        request.form(&[("enterprise", &*enterprise.to_string()), ("share", share)]).send().await.unwrap().status()
    }

    async fn page(&self) -> String {
        self.desk.get(self.server.link(&link::share(self.enterprise))).send().await.unwrap().text().await.unwrap()
    }
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_link_tells_frozen_figures_of_many_and_nothing_of_a_few(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    for number in 0..29 {
        scene.declares(number, "36.5").await;
    }
    let (status, page) = scene.make("", "24").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("申报的人不到 30 位"), "{page}");
    for number in 29..39 {
        scene.declares(number, "36.5").await;
    }
    for number in 39..42 {
        scene.declares(number, "38.6").await;
    }
    for (query, hours) in [("", "1"), ("", "9999"), ("", ""), ("travel=yes", "24"), ("q=%E5%BC%A0", "24"), ("standing=to-verify", "24")] {
        assert_eq!(scene.make(query, hours).await.0, StatusCode::BAD_REQUEST, "{query} {hours}");
    }
    let path = scene.made("24").await;
    let (status, page) = scene.read(&path).await;
    assert_eq!(status, StatusCode::OK);
    for words in ["约 40 人", "人数少，不显示", "noindex"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for hidden in [&*person(1).name, &*person(40).name, person(1).document.number(), "42人", ">42<", ">39<", ">3<", "/people"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    // Another declaration changes nothing; a new link would.
    for number in 50..58 {
        scene.declares(number, "36.5").await;
    }
    assert!(scene.read(&path).await.1.contains("约 40 人"));
    let answer = scene.server.client().get(scene.server.link(&path)).send().await.unwrap();
    assert_eq!(answer.headers()["x-robots-tag"], "noindex");
    let picture = scene.server.client().get(scene.server.link(&format!("{path}/picture.png"))).send().await.unwrap();
    assert_eq!(
        (picture.status(), &picture.headers()[header::CONTENT_TYPE]),
        (StatusCode::OK, &header::HeaderValue::from_static("image/png"))
    );
    assert_eq!(picture.headers()["x-robots-tag"], "noindex");
    assert_eq!(&picture.bytes().await.unwrap()[1..4], b"PNG");
    // Nothing of a link is kept but its hash, and nothing of a snapshot in the open.
    let tokens: Vec<Vec<u8>> = column(&scene.server.state.db, "select token_hash from share").await;
    assert!(tokens.iter().all(|hash| hash.len() == 32 && !path.contains(&*String::from_utf8_lossy(hash))));
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_link_works_until_it_ends_or_is_taken_back(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (state, db) = (&scene.server.state, &scene.server.state.db);
    for number in 0..30 {
        scene.declares(number, "36.5").await;
    }
    let (day, week) = (scene.made("24").await, scene.made("168").await);
    let views = async || column::<i64>(db, "select cast(sum(views) as bigint) from share").await[0];
    for path in [&day, &day, &week] {
        assert_eq!(scene.read(path).await.0, StatusCode::OK);
    }
    let counted = async {
        while views().await < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), counted).await.expect("each look is counted");
    assert!(scene.page().await.contains("查看 2 次"));
    let wrong = format!("{}x", &day[..day.len() - 1]);
    for path in [&wrong, "/s/0", "/s/%E5%BC%A0", &*format!("{day}0")] {
        assert_eq!(scene.read(path).await.0, StatusCode::GONE, "{path}");
        assert_eq!(scene.read(&format!("{path}/picture.png")).await.0, StatusCode::GONE, "{path}");
    }
    state.clock.advance_secs(DAY);
    let desk = scene.server.enter().await;
    let scene = Scene { desk, ..scene };
    assert_eq!([scene.read(&day).await.0, scene.read(&week).await.0], [StatusCode::GONE, StatusCode::OK]);
    let page = scene.page().await;
    let share = page.split("name=\"share\" value=\"").nth(1).expect("one works")[..32].to_owned();
    assert_eq!(page.matches("name=\"share\" value=\"").count(), 1, "and one only");
    let (elsewhere, _) = scene.server.enterprise(2).await;
    assert_eq!(scene.end(elsewhere, &share).await, StatusCode::NOT_FOUND);
    assert_eq!(scene.read(&week).await.0, StatusCode::OK);
    assert_eq!(scene.end(scene.enterprise, &share).await, StatusCode::OK);
    assert_eq!(scene.end(scene.enterprise, &share).await, StatusCode::NOT_FOUND, "twice");
    assert_eq!(scene.read(&week).await.0, StatusCode::GONE);
    let log = scene.desk.get(scene.server.link(&link::audit(scene.enterprise))).send().await.unwrap().text().await.unwrap();
    assert!(log.contains("分享统计") && log.contains("收回分享的统计"), "{log}");

    for _ in 0..20 {
        scene.made("24").await;
    }
    let (status, page) = scene.make("", "24").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("最多 20 个"), "{page}");
    scene.server.state.clock.advance_secs(9 * DAY);
    assert_eq!(purge(&scene.server).await.shares, 22);
    scene.server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn links_end_with_whoever_represented_their_enterprise(#[case] backend: Backend) {
    let scene = Scene::of(backend).await;
    let (server, tenant) = (&scene.server, Tenant::of_operator(scene.enterprise));
    let (elsewhere, _) = server.enterprise(2).await;
    let representative = server.appoint(scene.enterprise, &person(900)).await;
    let [own, other] = [server.share(scene.enterprise).await.1, server.share(elsewhere).await.1].map(|token| format!("/s/{token}"));
    assert_eq!([scene.read(&own).await.0, scene.read(&other).await.0], [StatusCode::OK; 2]);
    let state = &server.state;
    assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, representative).await.unwrap());
    assert_eq!([scene.read(&own).await.0, scene.read(&other).await.0], [StatusCode::GONE, StatusCode::OK]);
    let written = "select count(*) from audit where action = 'end-share' and actor = 'operator'";
    assert_eq!(column::<i64>(&state.db, written).await, [1]);
    scene.server.stop().await;
}
