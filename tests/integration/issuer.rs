//! An identity provider of the tests' own. It does what OpenID Connect says, with the people that a test gives it, and lies in
//! exactly the way that a test asks for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Form, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shenbao::{account::model::Person, clock::Clock, random};
use tokio::{net::TcpListener, task::JoinHandle};

pub const CLIENT: &str = "shenbao";
pub const SECRET: &str = "the-client's-secret";
pub const FACE: &str = "urn:test:face";

/// How an ID token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alg {
    Es256,
    /// `alg: none`, without a signature.
    None,
    /// With the secret that both sides know.
    Hs256Secret,
    /// With the public key, which everybody knows, as a shared one.
    Hs256PublicKey,
    /// By a key of the attacker's, under the name of the real one.
    Foreign,
    /// By a key of the attacker's that the token itself brings along.
    Embedded,
}

type Change = Box<dyn Fn(&mut Map<String, Value>) + Send>;

/// What the provider does, until a test says otherwise.
pub struct Play {
    /// Claims of whoever signs in next, beside those that every token has.
    pub who: Map<String, Value>,
    /// Changes an ID token before it is signed.
    pub change: Change,
    pub alg: Alg,
    /// Claims that only userinfo says; none: it has all of them too.
    pub userinfo: Option<Map<String, Value>>,
    pub delay: Duration,
    /// What the answer's `iss` says; none: it is left out.
    pub iss: Option<String>,
    /// Answers with this error instead of a code.
    pub error: Option<&'static str>,
    pub exchanges: usize,
    /// The server's, so that both live through an expiry together.
    pub clock: Clock,
    key: SigningKey,
    kid: String,
    codes: HashMap<String, HashMap<String, String>>,
}

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    play: Arc<Mutex<Play>>,
    serving: Arc<JoinHandle<()>>,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let play = Play {
            who: Map::new(),
            change: Box::new(|_| ()),
            alg: Alg::Es256,
            userinfo: None,
            delay: Duration::ZERO,
            iss: Some(url.clone()),
            error: None,
            exchanges: 0,
            clock: Clock::default(),
            key: new_key(),
            kid: "first".to_owned(),
            codes: HashMap::new(),
        };
        let play = Arc::new(Mutex::new(play));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state((url.clone(), play.clone()));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, play, serving: Arc::new(serving) }
    }

    pub fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap()
    }

    pub fn stop(&self) {
        self.serving.abort();
    }

    /// The operator's file that names this provider, for everyone.
    pub fn toml(&self) -> String {
        self.toml_as("face")
    }

    pub fn toml_as(&self, id: &str) -> String {
        format!(
            r#"
[[provider]]
id = "{id}"
name = {{ zh = "粤信签", en = "Yuexinqian" }}
issuer = "{}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
scopes = ["profile"]
acr = ["{FACE}"]
for = ["employee", "representative"]
natural_person = ["person"]
claims = {{ name = "name", document_number = "id_number", document_kind = "id_type", phone = "phone_number", user_type = "user_type" }}
document_kinds = {{ "10" = "resident-id" }}
"#,
            self.url
        )
    }

    /// Whoever signs in next is this person.
    pub fn expect(&self, subject: &str, person: &Person) {
        let phone = person.phone.as_ref().map(|phone| phone.as_str().to_owned());
        let claims = json!({
            "sub": subject, "name": person.name, "id_number": person.document.number(), "id_type": "10",
            "user_type": "person", "phone_number": phone,
        });
        let Value::Object(mut who) = claims else { unreachable!() };
        who.retain(|_, value| !value.is_null());
        self.play().who = who;
    }

    /// The next token lies like this.
    pub fn lie(&self, change: impl Fn(&mut Map<String, Value>) + Send + 'static) {
        self.play().change = Box::new(change);
    }

    pub fn tell_the_truth(&self) {
        let iss = Some(self.url.clone());
        let mut play = self.play();
        play.change = Box::new(|_| ());
        (play.alg, play.userinfo, play.iss, play.error) = (Alg::Es256, None, iss, None);
    }

    /// New keys instead of the old, as providers do it from time to time.
    pub fn rotate(&self) {
        let mut play = self.play();
        play.key = new_key();
        play.kid = format!("key-{}", random::uuid());
    }
}

type At = State<(String, Arc<Mutex<Play>>)>;

fn new_key() -> SigningKey {
    SigningKey::from_slice(&random::bytes::<32>()).expect("nearly every number is a key")
}

async fn wait(play: &Mutex<Play>) {
    let delay = play.lock().unwrap().delay;
    tokio::time::sleep(delay).await;
}

async fn discovery(State((url, play)): At) -> Json<Value> {
    wait(&play).await;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State((_, play)): At) -> Json<Value> {
    let play = play.lock().unwrap();
    Json(json!({ "keys": [jwk(&play.key, &play.kid)] }))
}

fn jwk(key: &SigningKey, kid: &str) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y) })
}

/// Whoever comes is signed in at once.
async fn authorize(State((_, play)): At, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut play = play.lock().unwrap();
    let code = random::uuid().simple().to_string();
    let iss = play.iss.as_ref().map_or_else(String::new, |iss| format!("&iss={}", shenbao::link::encode(iss)));
    let said = play.error.map_or_else(|| format!("code={code}"), |error| format!("error={error}"));
    let back = format!("{}?{said}&state={}{iss}", asked["redirect_uri"], asked["state"]);
    play.codes.insert(code, asked);
    Redirect::to(&back).into_response()
}

async fn token(State((url, play)): At, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    wait(&play).await;
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let mut play = play.lock().unwrap();
    play.exchanges += 1;
    let basic = BASE64.encode(format!("{CLIENT}:{}", shenbao::link::encode(SECRET)).as_bytes());
    if headers.get(header::AUTHORIZATION).is_none_or(|given| *given != format!("Basic {basic}")) {
        return refuse("invalid_client");
    }
    let Some(asked) = play.codes.remove(&form["code"]) else { return refuse("invalid_grant") };
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(form["code_verifier"].as_bytes()));
    if asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let now = play.clock.now().as_millis() / 1000;
    let mut claims = play.who.clone();
    let own = json!({
        "iss": url, "aud": CLIENT, "nonce": asked["nonce"], "iat": now, "exp": now + 300, "auth_time": now, "acr": FACE,
    });
    claims.extend(own.as_object().unwrap().clone());
    if let Some(apart) = &play.userinfo {
        claims.retain(|name, _| !apart.contains_key(name) || name == "sub");
    }
    (play.change)(&mut claims);
    let id_token = sign(&play, &Value::Object(claims));
    Json(json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 60, "id_token": id_token })).into_response()
}

fn sign(play: &Play, claims: &Value) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let foreign = new_key();
    let head = match play.alg {
        Alg::Es256 | Alg::Foreign => json!({ "alg": "ES256", "kid": play.kid }),
        Alg::None => json!({ "alg": "none" }),
        Alg::Hs256Secret | Alg::Hs256PublicKey => json!({ "alg": "HS256", "kid": play.kid }),
        Alg::Embedded => json!({ "alg": "ES256", "kid": "mine", "jwk": jwk(&foreign, "mine") }),
    };
    let signed = format!("{}.{}", encode(&head), encode(claims));
    let point = play.key.verifying_key().to_sec1_point(false);
    let hmac = |key: &[u8]| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
        mac.update(signed.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let ecdsa = |key: &SigningKey| {
        let signature: Signature = key.sign(signed.as_bytes());
        signature.to_bytes().to_vec()
    };
    let signature = match play.alg {
        Alg::Es256 => ecdsa(&play.key),
        Alg::None => Vec::new(),
        Alg::Hs256Secret => hmac(SECRET.as_bytes()),
        Alg::Hs256PublicKey => hmac(point.as_bytes()),
        Alg::Foreign | Alg::Embedded => ecdsa(&foreign),
    };
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

async fn userinfo(State((_, play)): At, headers: HeaderMap) -> Response {
    wait(&play).await;
    if headers.get(header::AUTHORIZATION).is_none_or(|given| given != "Bearer an-access-token") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let play = play.lock().unwrap();
    Json(Value::Object(play.userinfo.clone().unwrap_or_else(|| play.who.clone()))).into_response()
}
