//! Where somebody goes on to stays on this site, whatever an address says.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::{Client, Response, Url, header};
use shenbao::{account::model::Intent, id::EnterpriseId, link, random};

use super::{Attacks, Family, passkeys::Authenticator};
use crate::{
    issuer::Issuer,
    support::{Backend, TestServer, column, person},
};

/// Thirty ways to write an address of elsewhere, and some that a browser would read as one.
const ELSEWHERE: [&str; 32] = [
    "https://evil.example",
    "http://evil.example/e",
    "HTTPS://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "\u{0}//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,evil",
    "//user@evil.example",
    "//evil.example:80/e",
    "//[::1]/e",
    "/\u{2028}/evil.example",
    "/%09/evil.example\r\nlocation: https://evil.example",
    "//evil%2eexample",
    "/./\\evil.example",
    "/..//evil.example",
    "evil.example",
    "?next=//evil.example",
];

/// Whether a browser on this site would leave it.
fn leaves(server: &TestServer, location: &str) -> bool {
    let own = Url::parse(&server.url).unwrap();
    own.join(location).map_or(true, |goes| goes.origin() != own.origin()) || location.contains(['\r', '\n'])
}

/// Where an answer sends a browser; nothing where it does not.
fn sent_to(answer: &Response) -> String {
    answer.headers().get(header::LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned()).unwrap_or_default()
}

/// A server with one provider, its representative's passkey, and the provider's account of the same person.
struct Scene {
    issuer: Issuer,
    server: TestServer,
    enterprise: EnterpriseId,
    key: Authenticator,
}

impl Scene {
    async fn new() -> Self {
        let issuer = Issuer::start().await;
        let server = TestServer::start_with_providers(Backend::Sqlite, &issuer.toml()).await;
        let (enterprise, _) = server.enterprise(1).await;
        server.appoint(enterprise, &person(1)).await;
        issuer.play().clock = server.state.clock.clone();
        issuer.expect("subject-1", &person(1));
        let key = Authenticator::enrolled(&server, enterprise, &person(1)).await;
        Self { issuer, server, enterprise, key }
    }

    /// A path, and on and on as a browser goes: where it ends up on this site, or the address elsewhere.
    async fn follow(&self, client: &Client, path: &str) -> String {
        let mut to = self.server.link(path);
        for _ in 0..4 {
            let next = sent_to(&client.get(&to).send().await.unwrap());
            if next.starts_with(&self.issuer.url) || next.starts_with(&self.server.link("/auth/callback?")) {
                to = next;
            } else {
                return next;
            }
        }
        panic!("{path} leads round in circles");
    }

    /// The links and forms of a page that lead away.
    async fn away(&self, client: &Client, path: &str) -> Vec<String> {
        let page = client.get(self.server.link(path)).send().await.unwrap().text().await.unwrap();
        let links = ["href=\"", "action=\""].into_iter().flat_map(|start| page.split(start).skip(1));
        let links = links.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
        links.filter(|address| leaves(&self.server, address)).collect()
    }
}

#[tokio::test]
async fn every_way_on_stays_on_this_site() {
    let scene = Scene::new().await;
    let Scene { server, key, .. } = &scene;
    let mut attacks = Attacks::of(Family::Next);
    for next in ELSEWHERE {
        let client = server.client();
        let language = sent_to(&client.get(server.link(&link::language("en", next))).send().await.unwrap());
        attacks.tried(leaves(server, &language), format_args!("language, {next:?}: {language}"));

        let provider = scene.follow(&client, &link::sign_in_by("face", next)).await;
        attacks.tried(provider.is_empty() || leaves(server, &provider), format_args!("provider, {next:?}: {provider}"));

        let passkey = key.sign_in_to(server, next).await.unwrap();
        attacks.tried(leaves(server, &passkey), format_args!("passkey, {next:?}: {passkey}"));

        let fresh = server.client();
        for page in [link::sign_in(next), format!("/auth/stopped?why=face-required&again={}", link::encode(next))] {
            let away = scene.away(&fresh, &page).await;
            attacks.tried(!away.is_empty(), format_args!("{page}: {away:?}"));
        }
    }
    // A path of ours is where they go.
    let path = format!("/e?x={}", random::uuid().simple());
    assert_eq!(key.sign_in_to(server, &path).await.unwrap(), path);
    assert_eq!(scene.follow(&server.client(), &link::sign_in_by("face", &path)).await, path);
    attacks.done();
    scene.server.stop().await;
}

/// A step-up goes back to where it was asked for, a request to be a manager to its form, and whoever moved an employee to where they
/// came from.
#[tokio::test]
async fn every_way_back_stays_on_this_site() {
    let scene = Scene::new().await;
    let (server, enterprise) = (&scene.server, scene.enterprise);
    let client = server.client();
    assert_eq!(scene.follow(&client, &link::sign_in_by("face", "")).await, link::statistics(enterprise));
    let (employee, _) = server.employee(enterprise, &person(2)).await;
    let representative = column::<uuid::Uuid>(&server.state.db, "select viewer_id from session").await[0];
    let asked = server.ask_to_manage(enterprise, representative, &person(3)).await;
    let join = link::join(enterprise, &asked.token);
    let set_department = async |accept: &str, next: &str| {
        let form = [("enterprise", enterprise.to_string()), ("employee", employee.to_string()), ("department", "0".to_owned())];
        let form: Vec<(&str, String)> = form.into_iter().chain([("next", next.to_owned())]).collect();
        let request = client.post(server.link("/api/set-department")).header(header::ACCEPT, accept).form(&form);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{}", answer.status());
        sent_to(&answer)
    };
    let add_passkey = Intent::AddPasskey.to_string();
    let mut attacks = Attacks::of(Family::Next);
    for next in ELSEWHERE {
        let step_up = scene.follow(&client, &link::step_up_by("face", &add_passkey, next)).await;
        attacks.tried(leaves(server, &step_up), format_args!("step-up, {next:?}: {step_up}"));

        for form in [next.to_owned(), format!("{join}{next}"), format!("{next}{join}")] {
            let back = scene.follow(&server.client(), &link::join_by("face", &form)).await;
            attacks.tried(leaves(server, &back), format_args!("join, {form:?}: {back}"));
        }
        for accept in ["text/html", "application/json"] {
            let back = set_department(accept, next).await;
            attacks.tried(back.is_empty() || leaves(server, &back), format_args!("set-department as {accept}, {next:?}: {back}"));
        }
    }
    let back = scene.follow(&client, &link::step_up_by("face", &add_passkey, "/account?x=1")).await;
    assert!(back.starts_with("/account?x=1&"), "{back}");
    assert_eq!(scene.follow(&server.client(), &link::join_by("face", &join)).await, join);
    assert_eq!(set_department("text/html", "/e?x=1").await, "/e?x=1");
    attacks.done();
    scene.server.stop().await;
}

/// What is read from an address as a place to go on to is checked where it is read; a new such place is tried here too.
#[test]
fn every_place_that_takes_a_way_on_is_known() {
    fn mentions(folder: &Path, found: &mut BTreeSet<String>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                mentions(&path, found);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("link::is_local(")) {
                found.insert(path.to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    mentions(Path::new("src"), &mut found);
    let tried = [
        "src/account/answer.rs",
        "src/account/oidc/route.rs",
        "src/account/stopped_page.rs",
        "src/enterprise/department/api.rs",
        "src/serve.rs",
    ];
    assert_eq!(found, tried.map(str::to_owned).into());
}
