//! Ten thousand cookies that no server of ours gave out.

use futures::{StreamExt, stream};
use reqwest::header;
use rstest::rstest;
use shenbao::{account::token::Token, id::EnterpriseId, random};

use super::{Attacks, Family};
use crate::support::{Backend, TestServer, person};

const TRIES: usize = 10_000;
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The real cookies, of which the forged ones are made.
struct Real {
    session: String,
    device: String,
    enterprise: EnterpriseId,
    other: EnterpriseId,
}

impl Real {
    /// The `number`th forgery, and whether it stands for a viewer.
    fn forged(&self, number: usize) -> (String, bool) {
        let (enterprise, other, fresh) = (self.enterprise, self.other, Token::new().text());
        let (session, device) = (value(&self.session), value(&self.device));
        let cut = |text: &str| text[..=number / 14 % (text.len() - 1)].to_owned();
        match number % 14 {
            0 => (format!("shenbao={}", altered(session, number)), true),
            1 => (format!("shenbao-device-{enterprise}={}", altered(device, number)), false),
            2 => (format!("shenbao={fresh}"), true),
            3 => (format!("shenbao-device-{enterprise}={fresh}"), false),
            4 => (format!("shenbao={}", cut(session)), true),
            5 => (format!("shenbao-device-{enterprise}={}", cut(device)), false),
            6 => (format!("shenbao={device}"), true),
            7 => (format!("shenbao-device-{enterprise}={session}"), false),
            8 => (format!("shenbao={session}{}", char::from(LETTERS[number / 14 % LETTERS.len()])), true),
            9 => (format!("shenbao-device-{other}={device}; shenbao-device-{enterprise}={fresh}"), false),
            10 => (format!("shenbao={}", data_encoding::BASE64URL_NOPAD.encode(&Token::parse(session).unwrap().hash().0)), true),
            11 => (format!("shenbao={}", data_encoding::HEXLOWER.encode(&random::bytes::<32>())), true),
            12 => (format!("shenbao={}", session.to_lowercase()), true),
            _ => (format!("shenbao-device-{}={device}", enterprise.to_string().to_uppercase() + "0"), false),
        }
    }
}

fn value(cookie: &str) -> &str {
    cookie.split_once('=').unwrap().1
}

/// One letter is another one; the last one may hold bits that mean nothing, so it stays.
fn altered(token: &str, number: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let at = number / 14 % (bytes.len() - 1);
    let now = LETTERS.iter().position(|letter| *letter == bytes[at]).unwrap();
    bytes[at] = LETTERS[(now + 1 + number / 14 / bytes.len() % 62) % LETTERS.len()];
    String::from_utf8(bytes).unwrap()
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn no_cookie_but_ours_is_anybody(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let (other, _) = server.enterprise(2).await;
    server.appoint(enterprise, &person(900)).await;
    let entered = server.client().post(server.link("/api/demo-enter")).send().await.unwrap();
    let session = entered.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let real = Real { session, device: server.claim(enterprise, &person(1)).await, enterprise, other };

    let client = server.client();
    let ask = |cookie: String, viewer: bool| {
        let (path, form) = if viewer {
            ("/api/statistics", vec![("enterprise", enterprise.to_string()), ("query", String::new())])
        } else {
            ("/api/declaration-form", vec![("enterprise", enterprise.to_string()), ("same", "false".to_owned())])
        };
        let request = client.post(server.link(path)).header(header::COOKIE, cookie).form(&form);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    for (cookie, viewer) in [(&real.session, true), (&real.device, false)] {
        assert_eq!(ask(cookie.clone(), viewer).await, 200, "the real one is let in");
    }
    let tries = stream::iter(0..TRIES).map(|number| {
        let (cookie, viewer) = real.forged(number);
        let answer = ask(cookie.clone(), viewer);
        async move { (cookie, answer.await) }
    });
    let mut tries = tries.buffer_unordered(16);
    let mut attacks = Attacks::of(Family::Cookie);
    while let Some((cookie, status)) = tries.next().await {
        attacks.tried(status != 401, format_args!("{cookie}: {status}"));
    }
    drop(tries);
    attacks.done();
    server.stop().await;
}
