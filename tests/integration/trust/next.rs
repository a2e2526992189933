//! Where somebody goes on to stays on this site, whatever an address says.

use reqwest::{Url, header};
use serde_json::json;
use shenbao::{link, random};

use super::{Attacks, Family, passkeys::Authenticator};
use crate::{
    issuer::Issuer,
    support::{Backend, TestServer, person},
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

#[tokio::test]
async fn every_way_on_stays_on_this_site() {
    let issuer = Issuer::start().await;
    let server = TestServer::start_with_providers(Backend::Sqlite, &issuer.toml()).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    issuer.play().clock = server.state.clock.clone();
    issuer.expect("subject-1", &person(1));
    let key = Authenticator::enrolled(&server, enterprise, &person(1)).await;

    let mut attacks = Attacks::of(Family::Next);
    for next in ELSEWHERE {
        let client = server.client();
        let get = async |address: String| {
            let answer = client.get(address).send().await.unwrap();
            answer.headers().get(header::LOCATION).map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned()).unwrap_or_default()
        };
        let language = get(server.link(&link::language("en", next))).await;
        attacks.tried(leaves(&server, &language), format_args!("language, {next:?}: {language}"));

        let back = get(get(server.link(&link::sign_in_by("face", next))).await).await;
        let provider = get(back).await;
        attacks.tried(provider.is_empty() || leaves(&server, &provider), format_args!("provider, {next:?}: {provider}"));

        let passkey = key.sign_in_to(&server, next).await.unwrap();
        attacks.tried(leaves(&server, &passkey), format_args!("passkey, {next:?}: {passkey}"));

        let stopped = server.link(&format!("/auth/stopped?why=face-required&again={}", link::encode(next)));
        let page = client.get(stopped).send().await.unwrap().text().await.unwrap();
        let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
        let away: Vec<String> = links.filter(|address| leaves(&server, address)).collect();
        attacks.tried(!away.is_empty(), format_args!("stopped, {next:?}: {away:?}"));
    }
    // A path of ours is where they go.
    let path = format!("/e?x={}", random::uuid().simple());
    assert_eq!(json!(key.sign_in_to(&server, &path).await.unwrap()), json!(path));
    attacks.done();
    server.stop().await;
}
