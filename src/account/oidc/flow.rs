//! One verification by a provider, from sending a browser there to taking it back.
//!
//! What must be known on the way back (nonce, PKCE verifier, purpose) lies sealed in the database, under the hash of a secret
//! that only this browser's cookie holds and the hash of the state that only the provider hands back. It is taken out with the
//! answer: so it serves once, within ten minutes, in the browser in which it began.

use std::sync::Arc;

use axum::http::HeaderValue;
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    AccessToken, AuthType, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, IdTokenVerifier, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreResponseType,
        CoreTokenResponse,
    },
    http::{Request, header},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Provider,
    claims::{self, Claims, Verified},
    discovery::{Away, Metadata},
    http::Http,
    store,
};
use crate::{
    account::{
        cookie,
        token::{Token, TokenHash},
    },
    error::{AppError, Result, StoreError},
    id::{EmployeeId, EnterpriseId},
    link,
    period::Moment,
    state::Visit,
    vault::{Cell, TenantKeys, newest_version},
};

/// How long someone may take at their provider.
pub const FLOW_SECS: i64 = 10 * 60;
/// Clocks differ by so much at most.
const SKEW_SECS: i64 = 60;

/// Signatures that only their provider can make: never none, and no secret that two share.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a verification is for. It is fixed when the browser leaves, and nothing on the way can change it. Another use of a fresh
/// verification is one more variant here and one more arm in [`super::route`].
#[derive(Clone, Serialize, Deserialize)]
pub enum Purpose {
    /// A representative signs in and goes on to a local path, or home.
    SignIn { next: String },
    /// An employee holds this invitation.
    Invitation { code: String },
    /// Whom this device remembers for an enterprise is verified once more, and goes on to a local path.
    Again { enterprise: EnterpriseId, employee: EmployeeId, next: String },
    /// Somebody asks to become a manager.
    Join { enterprise: EnterpriseId, token: String },
    /// Whoever is signed in verifies themselves once more, for one thing, and goes back to a local path. The session is named by its
    /// hash: what it proves is of no use in another.
    StepUp { viewer: Uuid, session: [u8; 32], intent: String, next: String },
}

impl Purpose {
    /// Where to try again.
    pub fn origin(&self) -> String {
        match self {
            Self::SignIn { next } if next.is_empty() => link::SIGN_IN.to_owned(),
            Self::SignIn { next } => link::sign_in(next),
            Self::Invitation { code } => link::invitation(code),
            Self::Join { enterprise, token } => link::join(*enterprise, token),
            Self::Again { next, .. } | Self::StepUp { next, .. } => next.clone(),
        }
    }
}

/// A browser on its way to the provider.
pub struct Begun {
    pub location: String,
    pub cookie: HeaderValue,
}

/// What the provider's answer carries, as it stands in the address.
#[derive(Default, Deserialize)]
pub struct Returned {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
}

/// A verification that came to nothing; its purpose, where it is known.
pub struct Failed {
    pub error: AppError,
    pub purpose: Option<Purpose>,
}

impl<E: Into<AppError>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), purpose: None }
    }
}

impl From<Away> for AppError {
    fn from(Away: Away) -> Self {
        Self::ProviderUnavailable
    }
}

/// What is known until the provider answers.
#[derive(Serialize, Deserialize)]
struct Asked {
    provider: String,
    purpose: Purpose,
    nonce: String,
    verifier: String,
    began_at: Moment,
}

/// Sends this browser to a provider.
pub async fn begin(visit: &Visit, provider: &Provider, purpose: Purpose) -> Result<Begun> {
    let (state, now) = (&visit.state, visit.state.clock.now());
    state.limits.flow(visit.address)?;
    let published = provider.discovery.there(now).await?;
    let (secret, csrf, nonce, verifier) = (Token::new(), Token::new(), Token::new(), Token::new());
    let asked = Asked { provider: provider.id.clone(), purpose, nonce: nonce.text(), verifier: verifier.text(), began_at: now };
    put(visit, &secret, Some(csrf.hash()), &asked).await?;
    let client = client(provider, &published, &redirect_uri(visit)?);
    let request = client.authorize_url(
        AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
        move || CsrfToken::new(csrf.text()),
        move || Nonce::new(nonce.text()),
    );
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.text()));
    let request = request.set_pkce_challenge(challenge).set_max_age(std::time::Duration::ZERO).add_prompt(CoreAuthPrompt::Login);
    let request = request.add_scopes(provider.scopes.iter().cloned().map(Scope::new));
    let request =
        provider.acr.iter().cloned().fold(request, |request, acr| request.add_auth_context_value(AuthenticationContextClass::new(acr)));
    Ok(Begun { location: request.url().0.to_string(), cookie: cookie::keep_flow(&state.public_url, &secret) })
}

/// Takes this browser back: what it left for, and whom the provider has verified.
pub async fn finish(visit: &Visit, returned: &Returned) -> Result<(Purpose, Verified), Failed> {
    let asked = take(visit, returned).await?;
    let Some(provider) = visit.state.providers.get(&asked.provider) else { return Err(AppError::VerificationExpired.into()) };
    match verify(visit, provider, &asked, returned).await {
        Ok(verified) => Ok((asked.purpose, verified)),
        Err(error) => Err(Failed { error, purpose: Some(asked.purpose) }),
    }
}

/// The flow that this browser began with this state. An answer that fits none leaves every flow as it is.
async fn take(visit: &Visit, returned: &Returned) -> Result<Asked> {
    let secret = cookie::flow(visit).ok_or(AppError::VerificationExpired)?.hash();
    let state = returned.state.as_deref().and_then(Token::parse).ok_or(AppError::VerificationExpired)?.hash();
    let sealed = store::flow_take(&visit.state.db, secret, state, visit.state.clock.now()).await?;
    open(visit, &secret, &sealed.ok_or(AppError::VerificationExpired)?).await
}

async fn verify(visit: &Visit, provider: &Provider, asked: &Asked, returned: &Returned) -> Result<Verified> {
    let now = visit.state.clock.now();
    let mut published = provider.discovery.known(now).await?;
    let code = check_answer(provider, &published, returned)?;
    let tokens = exchange(provider, &published, &redirect_uri(visit)?, code, asked.verifier.clone()).await?;
    let id_token = tokens.id_token().ok_or_else(|| refused(provider, "no ID token"))?;
    let mut checked = check(provider, &published, asked, id_token, now);
    if is_unknown_key(&checked) {
        published = provider.discovery.newer(&published, now).await?;
        checked = check(provider, &published, asked, id_token, now);
    }
    let (subject, mut claims) = checked.map_err(|error| refusal(provider, &error))?;
    if claims::are_incomplete(provider, &claims)
        && let Some(endpoint) = published.userinfo_endpoint()
    {
        let more = userinfo(&provider.discovery.http, endpoint.url().as_str(), tokens.access_token()).await?;
        complete(provider, &subject, &mut claims, more)?;
    }
    claims::read(provider, &subject, &claims)
}

/// The code of an answer that comes from this provider and is no refusal.
fn check_answer(provider: &Provider, published: &Metadata, returned: &Returned) -> Result<AuthorizationCode> {
    let must_name_itself = published.additional_metadata().authorization_response_iss_parameter_supported;
    match returned.iss.as_deref() {
        Some(iss) if iss == provider.issuer.as_str() => {}
        None if !must_name_itself => {}
        _ => return Err(refused(provider, "the answer names another issuer, or none")),
    }
    match (returned.error.as_deref(), &returned.code) {
        (Some("access_denied"), _) => Err(AppError::VerificationCancelled),
        (Some("temporarily_unavailable" | "server_error"), _) => Err(AppError::ProviderUnavailable),
        (Some("unmet_authentication_requirements"), _) => Err(AppError::FaceRequired),
        (Some(_), _) => Err(refused(provider, "the answer is an error")),
        (None, Some(code)) => Ok(AuthorizationCode::new(code.clone())),
        (None, None) => Err(refused(provider, "the answer has no code")),
    }
}

async fn exchange(
    provider: &Provider,
    published: &Metadata,
    redirect_uri: &RedirectUrl,
    code: AuthorizationCode,
    verifier: String,
) -> Result<CoreTokenResponse> {
    let client = client(provider, published, redirect_uri);
    let request = client.exchange_code(code).map_err(|_| refused(provider, "it publishes no token endpoint"))?;
    let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
    request.request_async(&provider.discovery.http).await.map_err(|error| match error {
        RequestTokenError::ServerResponse(said) => {
            tracing::warn!(
                provider = provider.id,
                error = said.error().as_ref(),
                "a provider refused a code, or us: check client_id and secret"
            );
            AppError::VerificationRefused
        }
        // What lies beneath may quote the answer.
        RequestTokenError::Parse(_, body) if body.trim_ascii_start().starts_with(b"{") => refused(provider, "its tokens cannot be read"),
        _ => {
            tracing::warn!(provider = provider.id, "a provider gave no tokens that could be read");
            AppError::ProviderUnavailable
        }
    })
}

/// The subject and every claim of an ID token that stands up to all checks.
fn check(
    provider: &Provider,
    published: &Metadata,
    asked: &Asked,
    id_token: &CoreIdToken,
    now: Moment,
) -> Result<(String, Claims), ClaimsVerificationError> {
    let client_id = ClientId::new(provider.client_id.clone());
    let (earliest, latest) = (asked.began_at.plus_secs(-SKEW_SECS).utc(), now.plus_secs(SKEW_SECS).utc());
    let recent = move |time: DateTime<Utc>| if (earliest..=latest).contains(&time) { Ok(()) } else { Err("not from this flow".to_owned()) };
    // Without the client's secret the verifier could not accept a shared key if it wanted to.
    let verifier: CoreIdTokenVerifier<'_> =
        IdTokenVerifier::new_public_client(client_id.clone(), provider.issuer.clone(), published.jwks().clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || now.utc())
            .set_issue_time_verifier_fn(recent)
            .set_auth_time_verifier_fn(move |time| time.ok_or_else(|| "absent".to_owned()).and_then(recent))
            .set_auth_context_verifier_fn(|acr| match acr {
                Some(acr) if provider.acr.contains(&**acr) => Ok(()),
                _ => Err("absent, or not one that is accepted".to_owned()),
            });
    let claims = id_token.claims(&verifier, &Nonce::new(asked.nonce.clone()))?;
    if claims.authorized_party().is_some_and(|party| *party != client_id) {
        return Err(ClaimsVerificationError::InvalidAudience("authorized for another".to_owned()));
    }
    let subject = claims.subject().to_string();
    let all = payload(id_token).ok_or_else(|| ClaimsVerificationError::Other("no payload".to_owned()))?;
    Ok((subject, all))
}

/// What a token that was checked says, by the provider's own names.
fn payload(id_token: &CoreIdToken) -> Option<Claims> {
    let text = id_token.to_string();
    let bytes = BASE64URL_NOPAD.decode(text.split('.').nth(1)?.as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn is_unknown_key<T>(checked: &Result<T, ClaimsVerificationError>) -> bool {
    matches!(checked, Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)))
}

async fn userinfo(http: &Http, endpoint: &str, token: &AccessToken) -> Result<Claims> {
    let request = Request::get(endpoint).header(header::ACCEPT, "application/json");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.secret()));
    let request = request.body(Vec::new()).map_err(|_| AppError::ProviderUnavailable)?;
    let answer = http.send(request).await.map_err(|error| {
        tracing::warn!(%error, "a provider's userinfo does not answer");
        AppError::ProviderUnavailable
    })?;
    let body = Some(answer.body()).filter(|_| answer.status().is_success());
    body.and_then(|body| serde_json::from_slice(body).ok()).ok_or_else(|| {
        tracing::warn!(status = answer.status().as_u16(), "a provider's userinfo is no JSON");
        AppError::ProviderUnavailable
    })
}

/// Adds what userinfo says of the same subject; what was signed counts where both say something.
fn complete(provider: &Provider, subject: &str, claims: &mut Claims, more: Claims) -> Result<()> {
    if more.get("sub").and_then(serde_json::Value::as_str) != Some(subject) {
        return Err(refused(provider, "userinfo is about someone else"));
    }
    for (name, value) in more {
        claims.entry(name).or_insert(value);
    }
    Ok(())
}

fn client(
    provider: &Provider,
    published: &Metadata,
    redirect_uri: &RedirectUrl,
) -> CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
> {
    let secret = ClientSecret::new(provider.client_secret.to_string());
    let methods = published.token_endpoint_auth_methods_supported().map_or(&[][..], Vec::as_slice);
    let only_post =
        !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) && methods.contains(&CoreClientAuthMethod::ClientSecretPost);
    CoreClient::from_provider_metadata(published.clone(), ClientId::new(provider.client_id.clone()), Some(secret))
        .set_auth_type(if only_post { AuthType::RequestBody } else { AuthType::BasicAuth })
        .set_redirect_uri(redirect_uri.clone())
}

fn redirect_uri(visit: &Visit) -> Result<RedirectUrl> {
    RedirectUrl::new(visit.state.public_url.link(link::AUTH_CALLBACK)).map_err(|_| AppError::Internal)
}

/// What the person can do about a token that was refused; the log says which check it was, and nothing of what the token holds.
fn refusal(provider: &Provider, error: &ClaimsVerificationError) -> AppError {
    match error {
        ClaimsVerificationError::InvalidAuthContext(_) | ClaimsVerificationError::InvalidAuthTime(_) => {
            tracing::info!(provider = provider.id, "a sign-in was not by face, or not just now");
            AppError::FaceRequired
        }
        ClaimsVerificationError::Expired(_) => refused(provider, "its token is too old, or not from this flow"),
        ClaimsVerificationError::InvalidAudience(_) => refused(provider, "its token is for someone else"),
        ClaimsVerificationError::InvalidIssuer(_) => refused(provider, "its token names another issuer"),
        ClaimsVerificationError::InvalidNonce(_) => refused(provider, "its token has another nonce"),
        ClaimsVerificationError::SignatureVerification(_) => refused(provider, "its token's signature is not one of its own"),
        _ => refused(provider, "its token cannot be used"),
    }
}

fn refused(provider: &Provider, why: &'static str) -> AppError {
    tracing::warn!(provider = provider.id, why, "a provider's answer was refused");
    AppError::VerificationRefused
}

// ---- what lies in the database meanwhile ------------------------------------------------

/// Keeps something for this browser, for as long as a flow lasts.
pub(super) async fn put(visit: &Visit, secret: &Token, state: Option<TokenHash>, content: &impl Serialize) -> Result<()> {
    let (keys, hash, now) = (system_keys(visit).await?, secret.hash(), visit.state.clock.now());
    let plain = Zeroizing::new(serde_json::to_vec(content).map_err(|_| AppError::Internal)?);
    let sealed = keys.seal(cell(&hash.0), &plain);
    Ok(store::flow_insert(&visit.state.db, hash, state, &sealed, now, now.plus_secs(FLOW_SECS)).await?)
}

pub(super) async fn open<T: for<'de> Deserialize<'de>>(visit: &Visit, secret: &TokenHash, sealed: &[u8]) -> Result<T> {
    let version = newest_version([&sealed.to_vec()]);
    let keys = visit.state.vault.keys_for(&visit.state.db, EnterpriseId::SYSTEM, version).await?;
    let plain = keys.open(cell(&secret.0), sealed).map_err(StoreError::from)?;
    Ok(serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "flow", column: "content" })?)
}

async fn system_keys(visit: &Visit) -> Result<Arc<TenantKeys>> {
    Ok(visit.state.vault.keys(&visit.state.db, EnterpriseId::SYSTEM).await?)
}

pub(super) const fn cell(secret: &[u8]) -> Cell<'_> {
    Cell { table: "flow", column: "content", row: secret }
}
