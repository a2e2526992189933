//! One message on its way to one receiver: over https, to a public address, soon or not at all; no redirect is followed, and of what
//! comes back only a verdict is kept.

use std::{sync::OnceLock, time::Duration};

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Request, Url, redirect::Policy};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::{
    address::{self, Allowed, NotPublic, PublicNames},
    mail::Mailer,
    model::{Failure, Kind, Settings},
};
use crate::{link, period::Moment};

const CONNECT: Duration = Duration::from_secs(5);
/// From the first byte that is sent to the last that is received.
const PATIENCE: Duration = Duration::from_secs(10);
/// A longer answer is none of a receiver's.
const MOST_BYTES: usize = 64 * 1024;
/// The longest text that each takes, in bytes: 企业微信 says so, the others take more than anyone reads.
const WECOM_BYTES: usize = 2048;
const OTHER_BYTES: usize = 4096;

/// The way out of this process. What it needs is made when something is sent for the first time.
pub struct Outgoing {
    pub allowed: Allowed,
    pub mail: Option<Mailer>,
    public: OnceLock<Client>,
    vouched: OnceLock<Client>,
}

/// What a receiver is sent.
pub struct Message {
    /// The same at each try: a receiver that got it before knows it again.
    pub id: Uuid,
    pub at: Moment,
    pub subject: String,
    pub text: String,
    /// For a program.
    pub object: Value,
}

/// How long the text of a message may be, in bytes.
pub const fn most_bytes(kind: Kind) -> usize {
    match kind {
        Kind::Wecom => WECOM_BYTES,
        _ => OTHER_BYTES,
    }
}

impl Outgoing {
    pub fn new(allowed: Allowed, mail: Option<Mailer>) -> Self {
        Self { allowed, mail, public: OnceLock::new(), vouched: OnceLock::new() }
    }

    pub async fn send(&self, kind: Kind, settings: &Settings, message: &Message) -> Result<(), Failure> {
        if kind.is_mail() {
            let mail = self.mail.as_ref().ok_or(Failure::NoMail)?;
            return mail.send(&settings.address, message).await;
        }
        let url = address::parse(kind, &settings.address, &self.allowed).map_err(|_| Failure::Private)?;
        let client = self.client(&url)?;
        let request = request(client, kind, url, &settings.secret, message)?;
        let answer = self.exchange(client, request).await?;
        if accepts(kind, &answer) { Ok(()) } else { Err(Failure::Refused) }
    }

    fn client(&self, url: &Url) -> Result<&Client, Failure> {
        let vouched = self.allowed.has(url);
        let place = if vouched { &self.vouched } else { &self.public };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = new_client(vouched).map_err(|error| {
            tracing::error!(%error, "no client for receivers can be made");
            Failure::Connection
        })?;
        Ok(place.get_or_init(|| client))
    }

    async fn exchange(&self, client: &Client, request: Request) -> Result<Vec<u8>, Failure> {
        let mut answer = client.execute(request).await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(Failure::Redirect);
        }
        if !status.is_success() {
            return Err(Failure::Status);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(Failure::Refused);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A connection serves once: what was a public address may be none an hour later.
fn new_client(vouched: bool) -> Result<Client, reqwest::Error> {
    let builder =
        Client::builder().redirect(Policy::none()).no_proxy().pool_max_idle_per_host(0).connect_timeout(CONNECT).timeout(PATIENCE);
    if vouched { builder.build() } else { builder.https_only(true).dns_resolver(PublicNames).build() }
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut beneath = std::iter::successors(std::error::Error::source(error), |error| error.source());
    if beneath.any(<dyn std::error::Error>::is::<NotPublic>) {
        Failure::Private
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Connection
    }
}

fn request(client: &Client, kind: Kind, mut url: Url, secret: &str, message: &Message) -> Result<Request, Failure> {
    let body = match kind {
        Kind::Dingtalk => {
            if !secret.is_empty() {
                let (at, sign) = dingtalk_sign(secret, message.at);
                let query = format!("timestamp={at}&sign={}", link::encode(&sign));
                let query = url.query().filter(|known| !known.is_empty()).map_or_else(|| query.clone(), |known| format!("{known}&{query}"));
                url.set_query(Some(&query));
            }
            json!({ "msgtype": "text", "text": { "content": message.text } })
        }
        Kind::Feishu => {
            // A text may call everyone by a tag.
            let mut body = json!({ "msg_type": "text", "content": { "text": message.text.replace('<', "＜") } });
            if !secret.is_empty() {
                let (at, sign) = feishu_sign(secret, message.at);
                body["timestamp"] = at.into();
                body["sign"] = sign.into();
            }
            body
        }
        Kind::Webhook => message.object.clone(),
        Kind::Wecom | Kind::Mail | Kind::Personal => json!({ "msgtype": "text", "text": { "content": message.text } }),
    };
    let bytes = body.to_string();
    let mut request = client.post(url).header("content-type", "application/json; charset=utf-8");
    if kind == Kind::Webhook {
        let at = message.at.as_millis() / 1000;
        request = request
            .header("x-shenbao-id", message.id.simple().to_string())
            .header("x-shenbao-timestamp", at)
            .header("x-shenbao-signature", webhook_sign(secret, at, &bytes));
    }
    request.body(bytes).build().map_err(|_| Failure::Connection)
}

fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// 加签: the milliseconds, and what signs for them.
fn dingtalk_sign(secret: &str, now: Moment) -> (i64, String) {
    let at = now.as_millis();
    (at, BASE64.encode(&hmac(secret.as_bytes(), format!("{at}\n{secret}").as_bytes())))
}

/// 签名校验: the seconds, and what signs for them. The text is the key, and what is signed is empty.
fn feishu_sign(secret: &str, now: Moment) -> (String, String) {
    let at = (now.as_millis() / 1000).to_string();
    let sign = BASE64.encode(&hmac(format!("{at}\n{secret}").as_bytes(), b""));
    (at, sign)
}

fn webhook_sign(secret: &str, at: i64, body: &str) -> String {
    let sign = hmac(secret.as_bytes(), format!("{at}.{body}").as_bytes());
    format!("sha256={}", data_encoding::HEXLOWER.encode(&sign))
}

/// Robots answer 200 to everything, and say in the body what they think of it.
fn accepts(kind: Kind, answer: &[u8]) -> bool {
    let field = match kind {
        Kind::Wecom | Kind::Dingtalk => "errcode",
        Kind::Feishu => "code",
        Kind::Webhook | Kind::Mail | Kind::Personal => return true,
    };
    serde_json::from_slice::<Value>(answer).is_ok_and(|answer| answer[field] == 0)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::language::Language;

    const DINGTALK: &str = "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=";
    const FEISHU: &str = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=";
    const WEBHOOK: &str = "sha256=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";

    /// Computed by the programs that the providers' manuals give.
    #[test]
    fn robots_are_signed_for_as_their_providers_say() {
        let now = Moment::from_millis(1_577_262_236_757);
        assert_eq!(dingtalk_sign("this is secret", now), (1_577_262_236_757, DINGTALK.to_owned()));
        assert_eq!(feishu_sign("demo", Moment::from_millis(1_599_360_473_000)), ("1599360473".to_owned(), FEISHU.to_owned()));
        assert_eq!(webhook_sign("0123456789abcdef", 1_700_000_000, "{}"), WEBHOOK);
    }

    #[test]
    fn only_a_robot_that_says_so_has_taken_it() {
        assert!(accepts(Kind::Wecom, br#"{"errcode":0,"errmsg":"ok"}"#));
        assert!(accepts(Kind::Feishu, br#"{"code":0,"msg":"success"}"#));
        for bad in
            [&b""[..], b"ok", b"{}", br#"{"errcode":"0"}"#, br#"{"errcode":93000}"#, b"[0]", b"\xff", br#"{"code":19021,"errcode":1}"#]
        {
            assert!(!accepts(Kind::Wecom, bad) && !accepts(Kind::Dingtalk, bad) && !accepts(Kind::Feishu, bad), "{bad:?}");
        }
    }

    /// What a name stands for is looked at when the connection is made, whatever it stood for when it was typed.
    #[tokio::test]
    async fn nothing_is_sent_to_this_machine_by_a_name_of_it() {
        crate::account::oidc::choose_cryptography();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let message =
            Message { id: Uuid::nil(), at: Moment::from_millis(0), subject: String::new(), text: String::new(), object: json!({}) };
        for (address, failure) in [
            (format!("https://localhost:{port}/"), Failure::Private),
            (format!("https://127.0.0.1:{port}/"), Failure::Private),
            (format!("http://localhost:{port}/"), Failure::Private),
        ] {
            let settings = Settings { name: String::new(), address, secret: "0123456789abcdef".to_owned(), language: Language::Zh };
            let sent = Outgoing::new(Allowed::default(), None).send(Kind::Webhook, &settings, &message).await;
            assert_eq!(sent, Err(failure), "{}", settings.address);
        }
        assert!(listener.accept().now_or_never().is_none(), "nobody came");
    }
}
