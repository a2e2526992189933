//! A passkey in software: it does what WebAuthn says, and lies in exactly the way that an attack asks for.

use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{Client, Response, header};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shenbao::{
    account::{
        caller::Tenant,
        model::{Ceremony, Enrolment, MOST_PASSKEYS, Person},
        passkey, representative, session,
        token::Token,
    },
    audit::verify::{self, Verdict},
    db::Db,
    error::AppError,
    id::EnterpriseId,
    random, wire,
};

use super::{Attacks, Family};
use crate::support::{Backend, TestServer, column, execute, person, program};

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 4;
const HAS_KEY: u8 = 0x40;

/// A key of one person's device.
pub struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    user: Vec<u8>,
    counter: AtomicU32,
}

/// What differs from the truth in an answer; none: nothing.
#[derive(Default)]
struct Lie {
    origin: Option<String>,
    rp: Option<&'static str>,
    kind: Option<&'static str>,
    challenge: Option<String>,
    flags: Option<u8>,
    counter: Option<u32>,
    key: Option<SigningKey>,
    id: Option<Vec<u8>>,
    user: Option<Vec<u8>>,
    /// Changes the signature.
    signature: Option<fn(&mut Vec<u8>)>,
}

impl Authenticator {
    fn new() -> Self {
        let key = SigningKey::from_slice(&random::bytes::<32>()).expect("nearly every number is a key");
        Self { key, id: random::bytes::<32>().to_vec(), user: Vec::new(), counter: AtomicU32::new(0) }
    }

    /// A representative's first passkey, made by a one-time link.
    pub async fn enrolled(server: &TestServer, enterprise: EnterpriseId, person: &Person) -> Self {
        let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
        let known = representative::list(&state.db, &state.vault, tenant).await.unwrap();
        let id = known.iter().find(|known| known.person == *person).unwrap().id;
        let link = representative::invite(&state.db, &state.vault, state.clock.now(), tenant, id).await.unwrap().text();
        Self::enrolled_by(server, &link, person.document.last_six()).await
    }

    /// The first passkey of whoever a one-time link is for.
    pub async fn enrolled_by(server: &TestServer, link: &str, last_six: &str) -> Self {
        let client = server.client();
        let Enrolment::Started(ceremony) =
            open(ask(server, &client, "enrolment-start", &[("link", link), ("last_six", last_six)]).await).await
        else {
            panic!("the last six are right")
        };
        let mut made = Self::new();
        let credential = made.register(server, &ceremony);
        let finished = ask(server, &client, "enrolment-finish", &[("ticket", &ceremony.ticket), ("credential", &credential)]).await;
        assert!(finished.status().is_success(), "{}", finished.text().await.unwrap());
        made
    }

    /// As addresses and forms name it.
    pub fn id(&self) -> String {
        BASE64URL_NOPAD.encode(&self.id)
    }

    /// Makes the key that a ceremony asks for.
    fn register(&mut self, server: &TestServer, ceremony: &Ceremony) -> String {
        let options: Value = serde_json::from_str(&ceremony.options).unwrap();
        self.user = BASE64URL_NOPAD.decode(options["user"]["id"].as_str().unwrap().as_bytes()).unwrap();
        let client_data = client_data(&server.url, "webauthn.create", options["challenge"].as_str().unwrap());
        let mut data = self.head("localhost", USER_PRESENT | USER_VERIFIED | HAS_KEY, 0);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(cose(&self.key));
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        let response = json!({ "attestationObject": BASE64URL_NOPAD.encode(&attestation), "clientDataJSON": BASE64URL_NOPAD.encode(client_data.as_bytes()) });
        let id = BASE64URL_NOPAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
    }

    /// Signs what a ceremony asks for.
    pub fn answer(&self, server: &TestServer, ceremony: &Ceremony) -> String {
        self.lie(server, ceremony, Lie::default())
    }

    fn lie(&self, server: &TestServer, ceremony: &Ceremony, lie: Lie) -> String {
        let options: Value = serde_json::from_str(&ceremony.options).unwrap();
        let challenge = lie.challenge.unwrap_or_else(|| options["challenge"].as_str().unwrap().to_owned());
        let client_data = client_data(&lie.origin.unwrap_or_else(|| server.url.clone()), lie.kind.unwrap_or("webauthn.get"), &challenge);
        let counter = lie.counter.unwrap_or_else(|| self.counter.fetch_add(1, Ordering::Relaxed) + 1);
        let data = self.head(lie.rp.unwrap_or("localhost"), lie.flags.unwrap_or(USER_PRESENT | USER_VERIFIED), counter);
        let signed = [&data[..], &Sha256::digest(client_data.as_bytes())].concat();
        let signature: Signature = lie.key.as_ref().unwrap_or(&self.key).sign(&signed);
        let mut signature = der(&signature);
        if let Some(change) = lie.signature {
            change(&mut signature);
        }
        let id = BASE64URL_NOPAD.encode(lie.id.as_ref().unwrap_or(&self.id));
        let response = json!({
            "authenticatorData": BASE64URL_NOPAD.encode(&data),
            "clientDataJSON": BASE64URL_NOPAD.encode(client_data.as_bytes()),
            "signature": BASE64URL_NOPAD.encode(&signature),
            "userHandle": BASE64URL_NOPAD.encode(lie.user.as_ref().unwrap_or(&self.user)),
        });
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
    }

    #[expect(clippy::unused_self, reason = "it is the authenticator who says it")]
    fn head(&self, rp: &str, flags: u8, counter: u32) -> Vec<u8> {
        [&Sha256::digest(rp.as_bytes())[..], &[flags], &counter.to_be_bytes()].concat()
    }

    /// Signs in; where it leads, or `None` for a refusal.
    pub async fn sign_in_to(&self, server: &TestServer, next: &str) -> Option<String> {
        let client = server.client();
        let ceremony = sign_in_start(server, &client).await;
        let answer = self.answer(server, &ceremony);
        let form = [("ticket", &*ceremony.ticket), ("credential", &answer), ("next", next)];
        let finished = ask(server, &client, "sign-in-finish", &form).await;
        if finished.status().is_success() { Some(open(finished).await) } else { None }
    }

    /// A browser that is signed in with it.
    pub async fn browser(&self, server: &TestServer) -> Client {
        let client = server.client();
        let ceremony = sign_in_start(server, &client).await;
        let answer = self.answer(server, &ceremony);
        let finished = ask(server, &client, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await;
        assert!(finished.status().is_success(), "{}", finished.text().await.unwrap());
        client
    }
}

fn client_data(origin: &str, kind: &str, challenge: &str) -> String {
    json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string()
}

/// A key on P-256 for ES256, as COSE writes it (RFC 9053).
fn cose(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
}

/// A signature as WebAuthn writes it: two numbers in DER.
fn der(signature: &Signature) -> Vec<u8> {
    let bytes = signature.to_bytes();
    let number = |bytes: &[u8]| {
        let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = digits.first().is_none_or(|first| *first > 0x7f).then_some(0);
        let digits: Vec<u8> = sign.into_iter().chain(digits).collect();
        [&[2, u8::try_from(digits.len()).unwrap()], &digits[..]].concat()
    };
    let both = [number(&bytes[..32]), number(&bytes[32..])].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()], &both[..]].concat()
}

pub async fn ask(server: &TestServer, client: &Client, endpoint: &str, form: &[(&str, &str)]) -> Response {
    client.post(server.link(&format!("/api/{endpoint}"))).form(form).send().await.unwrap()
}

pub async fn open<T: serde::de::DeserializeOwned>(answer: Response) -> T {
    let text = answer.text().await.unwrap();
    wire::open(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

async fn sign_in_start(server: &TestServer, client: &Client) -> Ceremony {
    open(ask(server, client, "sign-in-start", &[]).await).await
}

fn signs_in(answer: &Response) -> bool {
    let cookies = answer.headers().get_all(header::SET_COOKIE);
    answer.status().is_success() || cookies.iter().any(|cookie| cookie.as_bytes().starts_with(b"shenbao="))
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn no_passkey_but_ones_own_signs_anyone_in(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    server.appoint(enterprise, &person(2)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let other = Authenticator::enrolled(&server, enterprise, &person(2)).await;
    let port = server.settings.addr.port();
    let stranger = Authenticator::new();
    let origin = |origin: String| Lie { origin: Some(origin), ..Lie::default() };
    let lies = [
        ("another site", origin("https://evil.example".into())),
        ("another port", origin("http://localhost:1".into())),
        ("no port", origin("http://localhost".into())),
        ("the address instead of the name", origin(format!("http://127.0.0.1:{port}"))),
        ("another scheme", origin(format!("https://localhost:{port}"))),
        ("a name that begins alike", origin(format!("http://localhost.evil.example:{port}"))),
        ("a name that ends alike", origin(format!("http://evil.localhost:{port}"))),
        ("no origin", origin(String::new())),
        ("a null origin", origin("null".into())),
        ("another relying party", Lie { rp: Some("evil.example"), ..Lie::default() }),
        ("a registration", Lie { kind: Some("webauthn.create"), ..Lie::default() }),
        ("a payment", Lie { kind: Some("payment.get"), ..Lie::default() }),
        ("a challenge of one's own", Lie { challenge: Some(BASE64URL_NOPAD.encode(&random::bytes::<32>())), ..Lie::default() }),
        ("an empty challenge", Lie { challenge: Some(String::new()), ..Lie::default() }),
        ("nobody was verified", Lie { flags: Some(USER_PRESENT), ..Lie::default() }),
        ("nobody was there", Lie { flags: Some(USER_VERIFIED), ..Lie::default() }),
        ("neither", Lie { flags: Some(0), ..Lie::default() }),
        ("signed by another key", Lie { key: Some(stranger.key.clone()), ..Lie::default() }),
        ("signed by another's key", Lie { key: Some(other.key.clone()), ..Lie::default() }),
        ("a key that is not known", Lie { id: Some(stranger.id.clone()), ..Lie::default() }),
        ("another's key", Lie { id: Some(other.id.clone()), ..Lie::default() }),
        ("another person", Lie { user: Some(other.user.clone()), ..Lie::default() }),
        ("nobody", Lie { user: Some(Vec::new()), ..Lie::default() }),
        ("a person who is not known", Lie { user: Some(random::bytes::<16>().to_vec()), ..Lie::default() }),
        ("another's key and person", Lie { id: Some(other.id.clone()), user: Some(other.user.clone()), ..Lie::default() }),
        ("a changed signature", Lie { signature: Some(|signature| *signature.last_mut().unwrap() ^= 1), ..Lie::default() }),
        ("half a signature", Lie { signature: Some(|signature| signature.truncate(20)), ..Lie::default() }),
        ("no signature", Lie { signature: Some(Vec::clear), ..Lie::default() }),
    ];
    let mut attacks = Attacks::of(Family::Passkey);
    assert!(own.sign_in_to(&server, "").await.is_some() && other.sign_in_to(&server, "").await.is_some(), "the truth signs in");
    for (what, lie) in lies {
        let client = server.client();
        let ceremony = sign_in_start(&server, &client).await;
        let answer = own.lie(&server, &ceremony, lie);
        let finished = ask(&server, &client, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await;
        attacks.tried(signs_in(&finished), what);
    }

    // The counter goes back, or stands still: there is a second device with the same key.
    own.counter.store(100, Ordering::Relaxed);
    assert!(own.sign_in_to(&server, "").await.is_some());
    for counter in [101, 100, 2, 1, 0] {
        let client = server.client();
        let ceremony = sign_in_start(&server, &client).await;
        let answer = own.lie(&server, &ceremony, Lie { counter: Some(counter), ..Lie::default() });
        let finished = ask(&server, &client, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await;
        attacks.tried(signs_in(&finished), format_args!("the counter {counter} after 101"));
    }

    // Once more: with the same ticket, and with a new one; with none, and with one for something else; too late.
    let client = server.client();
    let ceremony = sign_in_start(&server, &client).await;
    let answer = own.answer(&server, &ceremony);
    let finish =
        async |ticket: &str| ask(&server, &server.client(), "sign-in-finish", &[("ticket", ticket), ("credential", &answer)]).await;
    assert!(signs_in(&finish(&ceremony.ticket).await));
    let new = sign_in_start(&server, &client).await.ticket;
    for (what, ticket) in
        [("replayed", &*ceremony.ticket), ("replayed for a new ticket", &new), ("no ticket", ""), ("any ticket", &Token::new().text())]
    {
        attacks.tried(signs_in(&finish(ticket).await), what);
    }
    let signed_in = own.browser(&server).await;
    let step_up: Ceremony = open(ask(&server, &signed_in, "step-up", &[("intent", "\"add-passkey\"")]).await).await;
    let answer = own.answer(&server, &step_up);
    let finished = ask(&server, &server.client(), "sign-in-finish", &[("ticket", &step_up.ticket), ("credential", &answer)]).await;
    attacks.tried(signs_in(&finished), "the answer to a step-up");
    let ceremony = sign_in_start(&server, &client).await;
    let answer = own.answer(&server, &ceremony);
    server.state.clock.advance_secs(301);
    let finished = ask(&server, &client, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await;
    attacks.tried(signs_in(&finished), "after five minutes");
    attacks.done();
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_counter_counts_on_from_the_last_use_and_not_from_the_last_question(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let client = own.browser(&server).await;
    let begin = async || -> Ceremony { open(ask(&server, &client, "step-up", &[("intent", "\"add-passkey\"")]).await).await };
    let counted = |ceremony: &Ceremony, counter| own.lie(&server, ceremony, Lie { counter: Some(counter), ..Lie::default() });
    let start = async |ceremony: &Ceremony, counter| {
        let form = [("ticket", &*ceremony.ticket), ("credential", &counted(ceremony, counter))];
        ask(&server, &client, "passkey-start", &form).await.status()
    };
    let mut attacks = Attacks::of(Family::Passkey);
    // Each was asked for while the counter stood at 1.
    let asked = [begin().await, begin().await, begin().await, begin().await];
    assert_eq!(start(&asked[0], 10).await, 200);
    for (ceremony, counter) in asked[1..3].iter().zip([10, 5]) {
        attacks.tried(start(ceremony, counter).await != 401, format_args!("a step-up with the counter {counter} after 10"));
    }
    assert_eq!(start(&asked[3], 11).await, 200, "the one that counts on is let through");

    // Of several at the same time, all with the same counter, one gets in.
    let mut ceremonies = Vec::new();
    for _ in 0..4 {
        let browser = server.client();
        let ceremony = sign_in_start(&server, &browser).await;
        ceremonies.push((browser, counted(&ceremony, 12), ceremony.ticket));
    }
    let finish = async |(browser, answer, ticket): &(Client, String, String)| {
        ask(&server, browser, "sign-in-finish", &[("ticket", ticket), ("credential", answer)]).await.status()
    };
    let [one, two, three, four] = &ceremonies[..] else { unreachable!("four were begun") };
    let (one, two, three, four) = tokio::join!(finish(one), finish(two), finish(three), finish(four));
    let let_in = [one, two, three, four].into_iter().filter(|status| *status == 200).count();
    assert!(let_in > 0, "the first is let in");
    attacks.tried(let_in > 1, format_args!("{let_in} sign-ins with the same counter"));
    attacks.done();

    // A device that does not count is let in by each answer.
    let still = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    for _ in 0..2 {
        let browser = server.client();
        let ceremony = sign_in_start(&server, &browser).await;
        let answer = still.lie(&server, &ceremony, Lie { counter: Some(0), ..Lie::default() });
        let finished = ask(&server, &browser, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await;
        assert!(signs_in(&finished));
    }
    server.stop().await;
}

/// A further passkey of whoever is signed in in this browser.
async fn add(server: &TestServer, client: &Client, own: &Authenticator) -> Authenticator {
    let step_up: Ceremony = open(ask(server, client, "step-up", &[("intent", "\"add-passkey\"")]).await).await;
    let proof = own.answer(server, &step_up);
    let started: Ceremony = open(ask(server, client, "passkey-start", &[("ticket", &step_up.ticket), ("credential", &proof)]).await).await;
    let mut made = Authenticator::new();
    let credential = made.register(server, &started);
    let finished = ask(server, client, "passkey-finish", &[("ticket", &started.ticket), ("credential", &credential)]).await;
    assert!(finished.status().is_success(), "{}", finished.text().await.unwrap());
    made
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn links_make_no_more_passkeys_than_anyone_may_have(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let id = server.appoint(enterprise, &person(1)).await;
    for _ in 0..MOST_PASSKEYS {
        Authenticator::enrolled(&server, enterprise, &person(1)).await;
    }
    let (state, tenant, client) = (&server.state, Tenant::of_operator(enterprise), server.client());
    let link = representative::invite(&state.db, &state.vault, state.clock.now(), tenant, id).await.unwrap().text();
    let document = person(1).document;
    let form = [("link", &*link), ("last_six", document.last_six())];
    let Enrolment::Started(ceremony) = open(ask(&server, &client, "enrolment-start", &form).await).await else {
        panic!("the last six are right")
    };
    let credential = Authenticator::new().register(&server, &ceremony);
    let finished = ask(&server, &client, "enrolment-finish", &[("ticket", &ceremony.ticket), ("credential", &credential)]).await;
    assert!(!finished.status().is_success());
    assert_eq!(column::<i64>(&state.db, "select count(*) from passkey").await, [i64::try_from(MOST_PASSKEYS).unwrap()]);
    // Whoever does it at their own account has no entry as somebody's representative.
    let kinds = column::<String>(&state.db, "select distinct actor from audit where enterprise_id = 0").await;
    assert_eq!(kinds, ["viewer"]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn nobody_ends_renames_or_removes_what_is_anothers(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let victim = server.appoint(enterprise, &person(2)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let other = Authenticator::enrolled(&server, enterprise, &person(2)).await;
    let (client, others) = (own.browser(&server).await, other.browser(&server).await);
    // A second one of theirs, so that it could go.
    let second = add(&server, &others, &other).await;
    let id = |key: &Authenticator| BASE64URL_NOPAD.encode(&key.id);
    let rename = async |client: &Client, key: &Authenticator, name: &str| {
        ask(&server, client, "passkey-rename", &[("passkey", &id(key)), ("name", name)]).await.status().as_u16()
    };
    let count = async |sql: &str| column::<i64>(&server.state.db, sql).await[0];
    assert_eq!(rename(&others, &second, "自己的").await, 200);
    assert_eq!(count("select count(*) from audit where enterprise_id = 0 and action = 'rename-passkey' and actor = 'viewer'").await, 1);
    let state = async || {
        let db = &server.state.db;
        let passkeys = column::<Vec<u8>>(db, "select passkey from passkey order by credential_id").await;
        let names = column::<Option<Vec<u8>>>(db, "select name from passkey order by credential_id").await;
        let written = count("select count(*) from audit where action in ('rename-passkey', 'remove-passkey', 'end-session')").await;
        (passkeys, names, written)
    };
    let whose = "select viewer_id from session order by viewer_id, token_hash";
    let sessions = column::<uuid::Uuid>(&server.state.db, whose).await;

    let mut attacks = Attacks::of(Family::Matrix);
    let before = state().await;
    attacks.tried(rename(&client, &second, "别人的").await != 404, "another's passkey renamed");
    for key in [&other, &second] {
        let intent = format!("{{\"remove-passkey\":\"{}\"}}", id(key));
        let step: Ceremony = open(ask(&server, &client, "step-up", &[("intent", &intent)]).await).await;
        let proof = own.answer(&server, &step);
        // The verification is good, and notes the use of one's own.
        let form = [("passkey", &*id(key)), ("ticket", &step.ticket), ("credential", &proof)];
        attacks.tried(ask(&server, &client, "passkey-remove", &form).await.status() != 404, "another's passkey removed");
    }
    let hashes = column::<Vec<u8>>(&server.state.db, "select token_hash from session order by viewer_id, token_hash").await;
    for (hash, _) in hashes.iter().zip(&sessions).filter(|(_, whose)| **whose == victim) {
        let session = data_encoding::HEXLOWER.encode(hash);
        let answer = ask(&server, &client, "end-session", &[("session", &session)]).await;
        attacks.tried(answer.status() != 404, "another's session ended");
    }
    let theirs = others.get(server.link("/account")).send().await.unwrap().text().await.unwrap();
    attacks.tried(!theirs.contains(&person(2).name), "another's session");
    attacks.tried(column::<uuid::Uuid>(&server.state.db, whose).await != sessions, "a session of others");
    let after = state().await;
    attacks.tried(after.0.len() != before.0.len() || after.1 != before.1, "a passkey of others");
    attacks.done();
    assert_eq!(after.2, before.2, "nothing is written down");
    assert!(second.sign_in_to(&server, "").await.is_some() && other.sign_in_to(&server, "").await.is_some());
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_is_known_and_refused_is_written_down_and_a_stranger_is_not(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let id = server.appoint(enterprise, &person(1)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let refusals = async || {
        let sql = "select object_id from audit where enterprise_id = 0 and action = 'refuse-verification' and actor = 'server' and actor_id is null";
        column::<uuid::Uuid>(&server.state.db, sql).await
    };
    let try_in = async |lie: Lie| {
        let client = server.client();
        let ceremony = sign_in_start(&server, &client).await;
        let answer = own.lie(&server, &ceremony, lie);
        ask(&server, &client, "sign-in-finish", &[("ticket", &ceremony.ticket), ("credential", &answer)]).await.status().as_u16()
    };
    assert_eq!(try_in(Lie::default()).await, 200);
    assert!(refusals().await.is_empty(), "who gets in was not refused");
    // Strangers: nobody is known by these.
    for user in [Vec::new(), random::bytes::<16>().to_vec()] {
        assert_ne!(try_in(Lie { user: Some(user), ..Lie::default() }).await, 200);
    }
    let finished = ask(&server, &server.client(), "sign-in-finish", &[("ticket", &Token::new().text()), ("credential", "{}")]).await;
    assert_eq!(finished.status(), 401);
    assert!(refusals().await.is_empty(), "{:?}", refusals().await);
    // They are known: nobody was verified, the counter stands still, another key, one that is not theirs (any more).
    let stranger = Authenticator::new();
    let lies = [
        Lie { flags: Some(USER_PRESENT), ..Lie::default() },
        Lie { counter: Some(1), ..Lie::default() },
        Lie { key: Some(stranger.key.clone()), ..Lie::default() },
        Lie { id: Some(stranger.id.clone()), ..Lie::default() },
    ];
    for (number, lie) in (1..).zip(lies) {
        assert_eq!(try_in(lie).await, 401);
        assert_eq!(refusals().await, vec![id; number]);
    }
    // Once more, of whoever is signed in.
    let client = own.browser(&server).await;
    let step: Ceremony = open(ask(&server, &client, "step-up", &[("intent", "\"add-passkey\"")]).await).await;
    let answer = own.lie(&server, &step, Lie { flags: Some(USER_PRESENT), ..Lie::default() });
    let started = ask(&server, &client, "passkey-start", &[("ticket", &step.ticket), ("credential", &answer)]).await;
    assert_eq!(started.status(), 401);
    assert_eq!(refusals().await, [id; 5]);
    let keys = server.state.vault.keys(&server.state.db, EnterpriseId::SYSTEM).await.unwrap();
    let verdict = verify::verify(&server.state.db, Tenant::of_operator(EnterpriseId::SYSTEM), &keys).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn who_has_a_passkey_is_told_of_one_that_a_link_adds(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    server.appoint(enterprise, &person(2)).await;
    let invite = || {
        let uscc = column::<String>(&server.state.db, "select uscc from enterprise");
        async {
            program(
                &server.settings,
                &["representative", "invite", "--enterprise", &uscc.await[0], "--document", person(1).document.number()],
            )
        }
    };
    let token = |said: &str| said.split("/enrol#").nth(1).expect("a link")[..43].to_owned();
    let (done, said) = invite().await;
    assert!(done && !said.contains("passkey"), "{said}");
    let own = Authenticator::enrolled_by(&server, &token(&said), person(1).document.last_six()).await;
    let told = async || column::<String>(&server.state.db, "select kind from message").await;
    assert!(told().await.is_empty(), "the first is nothing to be warned of");

    let (done, said) = invite().await;
    assert!(done && said.contains("1 passkey"), "{said}");
    Authenticator::enrolled_by(&server, &token(&said), person(1).document.last_six()).await;
    assert_eq!(told().await, ["passkey-added"], "they, and nobody else");
    let client = own.browser(&server).await;
    let page = client.get(server.link("/messages")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("登记了一台新设备") && page.contains("href=\"/account\""), "{page}");
    // One that they add themselves is their own doing.
    add(&server, &client, &own).await;
    assert_eq!(told().await.len(), 1);
    let links =
        column::<i64>(&server.state.db, "select count(*) from audit where action = 'invite-representative' and object_id is not null")
            .await;
    assert_eq!(links, [2]);
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_step_up_is_for_one_thing_by_the_same_person_once(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    let id = server.appoint(enterprise, &person(1)).await;
    server.appoint(enterprise, &person(2)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let other = Authenticator::enrolled(&server, enterprise, &person(2)).await;
    let (client, others) = (own.browser(&server).await, other.browser(&server).await);
    let second = add(&server, &client, &own).await;
    let removal = |key: &Authenticator| format!("{{\"remove-passkey\":\"{}\"}}", BASE64URL_NOPAD.encode(&key.id));
    let begin =
        async |client: &Client, intent: &str| -> Ceremony { open(ask(&server, client, "step-up", &[("intent", intent)]).await).await };
    let start = async |client: &Client, ticket: &str, proof: &str| {
        ask(&server, client, "passkey-start", &[("ticket", ticket), ("credential", proof)]).await.status().is_success()
    };
    let remove = async |client: &Client, key: &Authenticator, ticket: &str, proof: &str| {
        let id = BASE64URL_NOPAD.encode(&key.id);
        ask(&server, client, "passkey-remove", &[("passkey", &id), ("ticket", ticket), ("credential", proof)]).await.status().is_success()
    };
    let mut attacks = Attacks::of(Family::StepUp);

    // The session goes on under a new token; the one before is nobody's.
    let hashes = async || column::<Vec<u8>>(&server.state.db, "select token_hash from session order by viewer_id, token_hash").await;
    let old = crate::matrix::session(&server, id).await;
    let post = async |cookie: &str, endpoint: &str, form: &[(&str, &str)]| {
        server.client().post(server.link(&format!("/api/{endpoint}"))).header(header::COOKIE, cookie).form(form).send().await.unwrap()
    };
    let is_signed_in = async |cookie: &str| {
        let page = server.client().get(server.link("/account")).header(header::COOKIE, cookie).send().await.unwrap();
        page.text().await.unwrap().contains(&person(1).name)
    };
    let before = hashes().await;
    let step: Ceremony = open(post(&old, "step-up", &[("intent", "\"add-passkey\"")]).await).await;
    assert!(is_signed_in(&old).await);
    let answer = post(&old, "passkey-start", &[("ticket", &step.ticket), ("credential", &own.answer(&server, &step))]).await;
    assert!(answer.status().is_success());
    let renewed = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    attacks.tried(is_signed_in(&old).await, "with the token before");
    assert!(is_signed_in(&renewed).await);
    assert_eq!(hashes().await.len(), before.len(), "it is the same session");

    let step = begin(&client, "\"add-passkey\"").await;
    attacks.tried(remove(&client, &second, &step.ticket, &own.answer(&server, &step)).await, "for another action");
    let step = begin(&client, &removal(&own)).await;
    attacks.tried(remove(&client, &second, &step.ticket, &own.answer(&server, &step)).await, "for another passkey");
    let step = begin(&client, &removal(&second)).await;
    attacks.tried(start(&client, &step.ticket, &own.answer(&server, &step)).await, "a removal's for an addition");
    let step = begin(&client, "\"add-passkey\"").await;
    attacks.tried(start(&client, &step.ticket, &other.answer(&server, &step)).await, "by another person");
    let step = begin(&others, "\"add-passkey\"").await;
    attacks.tried(start(&client, &step.ticket, &other.answer(&server, &step)).await, "of another session's person");
    let step = begin(&client, "\"add-passkey\"").await;
    attacks.tried(start(&others, &step.ticket, &own.answer(&server, &step)).await, "in another session");
    let step = begin(&client, "\"add-passkey\"").await;
    attacks.tried(start(&server.client(), &step.ticket, &own.answer(&server, &step)).await, "in no session");
    let step = begin(&client, "\"add-passkey\"").await;
    let unverified = own.lie(&server, &step, Lie { flags: Some(USER_PRESENT), ..Lie::default() });
    attacks.tried(start(&client, &step.ticket, &unverified).await, "nobody was verified");
    for answer in ["", "{}", "null"] {
        let step = begin(&client, "\"add-passkey\"").await;
        attacks.tried(start(&client, &step.ticket, answer).await, format_args!("with {answer:?} for an answer"));
    }
    let step = begin(&client, "\"add-passkey\"").await;
    let proof = own.answer(&server, &step);
    assert!(start(&client, &step.ticket, &proof).await, "the truth is let through");
    attacks.tried(start(&client, &step.ticket, &proof).await, "once more");
    let again = begin(&client, "\"add-passkey\"").await;
    attacks.tried(start(&client, &again.ticket, &proof).await, "once more, for a new ticket");
    let ceremony = sign_in_start(&server, &client).await;
    attacks.tried(start(&client, &ceremony.ticket, &own.answer(&server, &ceremony)).await, "the answer to a sign-in");
    let step = begin(&others, &removal(&own)).await;
    attacks.tried(remove(&others, &own, &step.ticket, &other.answer(&server, &step)).await, "another's passkey, by oneself");
    let step = begin(&client, "\"add-passkey\"").await;
    let proof = own.answer(&server, &step);
    server.state.clock.advance_secs(301);
    attacks.tried(start(&client, &step.ticket, &proof).await, "after five minutes");
    attacks.done();

    // A passkey that was removed is nobody's, not even for what it was asked before.
    let mut attacks = Attacks::of(Family::Passkey);
    let client = own.browser(&server).await;
    let (pending, asked) = (sign_in_start(&server, &client).await, begin(&client, "\"add-passkey\"").await);
    let step = begin(&client, &removal(&second)).await;
    assert!(remove(&client, &second, &step.ticket, &own.answer(&server, &step)).await);
    attacks.tried(second.sign_in_to(&server, "").await.is_some(), "revoked");
    let answer = second.answer(&server, &pending);
    let finished = ask(&server, &server.client(), "sign-in-finish", &[("ticket", &pending.ticket), ("credential", &answer)]).await;
    attacks.tried(signs_in(&finished), "revoked after it was asked");
    attacks.tried(start(&client, &asked.ticket, &second.answer(&server, &asked)).await, "revoked, for a step-up");
    attacks.done();
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_sign_in_under_way_ends_with_its_passkey(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(1)).await;
    let own = Authenticator::enrolled(&server, enterprise, &person(1)).await;
    let count = async |sql: &str| column::<i64>(&server.state.db, sql).await[0];
    let sessions = async || count("select count(*) from session").await;
    let visit = server.visit("");
    let vouched = async || {
        let ceremony = sign_in_start(&server, &server.client()).await;
        let answer = own.answer(&server, &ceremony);
        passkey::finish_sign_in(&visit, &ceremony.ticket, &answer).await.unwrap()
    };
    let before = sessions().await;
    assert!(session::start(&visit, &vouched().await).await.is_ok());
    assert_eq!(sessions().await, before + 1);

    let mut attacks = Attacks::of(Family::Passkey);
    let vouched = vouched().await;
    assert_eq!(execute(&server.state.db, "delete from passkey").await, 1);
    let begun = session::start(&visit, &vouched).await;
    attacks.tried(begun.is_ok() || sessions().await != before + 1, "a passkey that was removed between its answer and the session");
    attacks.done();
    assert_eq!(begun.err(), Some(AppError::VerificationFailed));
    assert_eq!(count("select count(*) from audit where enterprise_id = 0 and action = 'refuse-verification'").await, 1);
    server.stop().await;
}

/// Whoever makes a link for somebody, or takes one back, holds the person's row first: two who took them the other way round would wait for
/// each other. SQLite has one writer, and nothing to order.
#[tokio::test]
async fn a_passkey_that_waits_for_its_persons_row_holds_no_link_meanwhile() {
    let server = TestServer::start(Backend::Postgres).await;
    let Db::Postgres(pool) = &server.state.db else { panic!("it was asked for") };
    let (enterprise, _) = server.enterprise(1).await;
    let known = server.appoint(enterprise, &person(1)).await;
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    let link = representative::invite(&state.db, &state.vault, state.clock.now(), tenant, known).await.unwrap().text();
    let document = person(1).document;
    let form = [("link", &*link), ("last_six", document.last_six())];
    let Enrolment::Started(ceremony) = open(ask(&server, &server.client(), "enrolment-start", &form).await).await else {
        panic!("the last six are right")
    };
    let credential = Authenticator::new().register(&server, &ceremony);
    let mut held = pool.begin().await.unwrap();
    sqlx::query("update viewer set created_at = created_at").execute(&mut *held).await.unwrap();
    let form = [("ticket", &*ceremony.ticket), ("credential", &*credential)];
    let finishing = tokio::spawn(server.client().post(server.link("/api/enrolment-finish")).form(&form).send());
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while column::<i64>(&state.db, waiting).await[0] == 0 {
        assert!(!finishing.is_finished(), "it waits for the person's row");
        tokio::task::yield_now().await;
    }
    let free = column::<i64>(&state.db, "select count(*) from (select 1 from enrolment for update skip locked) as free").await[0];
    held.commit().await.unwrap();
    assert_eq!(free, 1);
    assert!(finishing.await.unwrap().unwrap().status().is_success());
    server.stop().await;
}
