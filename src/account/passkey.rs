//! Passkeys: WebAuthn with user verification, bound to a person.
//!
//! A ceremony has two halves. The server's lies sealed in the database under the hash of a ticket, for five minutes, and is
//! taken out when the browser comes back: so it can be finished once, by any process, and not be replayed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, Url, WebauthnError},
};
use zeroize::Zeroizing;

use super::{
    model::{Ceremony, Enrolment, Person, normal_last_six},
    provider::{IdentityProvider, Vouched},
    store::{self, Tried},
    token::{Token, TokenHash},
};
use crate::{
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    state::{PublicUrl, Visit},
    vault::{Cell, TenantKeys},
};

/// How long someone may look for their phone.
const CEREMONY_SECS: i64 = 5 * 60;
/// What the device's own dialogue calls this site.
const SITE_NAME: &str = "员工健康申报";

/// The relying party that this server is.
pub struct Passkeys {
    webauthn: Webauthn,
}

/// The server's half of a ceremony.
#[derive(Serialize, Deserialize)]
enum Half {
    Enrol { link: [u8; 32], representative: Uuid, state: PasskeyRegistration },
    SignIn(DiscoverableAuthentication),
}

impl Passkeys {
    pub fn new(public_url: &PublicUrl) -> anyhow::Result<Self> {
        let origin = Url::parse(public_url.origin())?;
        let webauthn = WebauthnBuilder::new(public_url.host(), &origin)?.rp_name(SITE_NAME).build()?;
        Ok(Self { webauthn })
    }
}

/// Whether a one-time link still works. It costs no try.
pub async fn link_is_live(visit: &Visit, link: &str) -> Result<()> {
    let link = Token::parse(link).ok_or(AppError::LinkExpired)?;
    let live = store::enrolment_is_live(&visit.state.db, link.hash(), visit.state.clock.now()).await?;
    if live { Ok(()) } else { Err(AppError::LinkExpired) }
}

/// Starts to make a passkey for whom a link invites, if these are the last six of their document.
pub async fn begin_enrolment(visit: &Visit, link: &str, last_six: &str) -> Result<Enrolment> {
    visit.state.limits.ceremony(visit.address)?;
    let link = Token::parse(link).ok_or(AppError::LinkExpired)?.hash();
    let (state, keys) = (&visit.state, system_keys(visit).await?);
    let typed = normal_last_six(last_six);
    let open = |row: &store::RepresentativeRow| Person::open_representative(&keys, row.id, &row.person);
    let is_right = |row: &store::RepresentativeRow| open(row).is_ok_and(|person| person.document.last_six() == typed);
    match store::enrolment_try(&state.db, link, state.clock.now(), is_right).await? {
        Tried::Dead => Err(AppError::LinkExpired),
        Tried::Wrong(tries_left) => Ok(Enrolment::Wrong { tries_left }),
        Tried::Right(row) => {
            let name = open(&row).map_err(StoreError::from)?.name;
            let webauthn = &state.passkeys.webauthn;
            let (options, half) = webauthn.start_passkey_registration(row.id, &name, &name, None).map_err(|error| refused(&error))?;
            let half = Half::Enrol { link: link.0, representative: row.id, state: half };
            Ok(Enrolment::Started(begin(visit, &keys, &half, &registration_options(options)?).await?))
        }
    }
}

/// Keeps the passkey that the browser made, and uses up the link.
pub async fn finish_enrolment(visit: &Visit, ticket: &str, credential: &str) -> Result<Vouched> {
    let keys = system_keys(visit).await?;
    let Half::Enrol { link, representative, state: half } = take(visit, &keys, ticket).await? else {
        return Err(AppError::VerificationFailed);
    };
    let (state, credential) = (&visit.state, registration_from(credential)?);
    let passkey = state.passkeys.webauthn.finish_passkey_registration(&credential, &half).map_err(|error| refused(&error))?;
    let id: &[u8] = passkey.cred_id().as_ref();
    let sealed = seal(&keys, id, &passkey)?;
    if store::passkey_insert(&state.db, TokenHash(link), representative, id, &sealed, state.clock.now()).await? {
        Ok(IdentityProvider::Local.vouches_for(representative))
    } else {
        Err(AppError::LinkExpired)
    }
}

/// Asks for any passkey of this site: the browser shows whose it has.
pub async fn begin_sign_in(visit: &Visit) -> Result<Ceremony> {
    visit.state.limits.ceremony(visit.address)?;
    let keys = system_keys(visit).await?;
    let (options, half) = visit.state.passkeys.webauthn.start_discoverable_authentication().map_err(|error| refused(&error))?;
    begin(visit, &keys, &Half::SignIn(half), &public_key(options)?).await
}

/// Finds out whose passkey it was, and whether they were verified.
pub async fn finish_sign_in(visit: &Visit, ticket: &str, credential: &str) -> Result<Vouched> {
    let keys = system_keys(visit).await?;
    let Half::SignIn(half) = take(visit, &keys, ticket).await? else { return Err(AppError::VerificationFailed) };
    let credential = serde_json::from_str(credential).map_err(|_| AppError::BadRequest)?;
    let (state, webauthn) = (&visit.state, &visit.state.passkeys.webauthn);
    let (representative, id) = webauthn.identify_discoverable_authentication(&credential).map_err(|error| refused(&error))?;
    let sealed = store::passkey_find(&state.db, representative, id).await?.ok_or(AppError::VerificationFailed)?;
    let mut passkey: Passkey = open(&keys, id, &sealed)?;
    // It refuses a counter that went backwards: two devices would hold the same key.
    let result = webauthn
        .finish_discoverable_authentication_v2(&credential, half, DiscoverableKey::from(&passkey))
        .map_err(|error| refused(&error))?;
    if !result.user_verified() {
        return Err(AppError::VerificationFailed);
    }
    passkey.update_credential(&result);
    store::passkey_used(&state.db, id, &seal(&keys, id, &passkey)?, state.clock.now()).await?;
    Ok(IdentityProvider::Local.vouches_for(representative))
}

/// The only representative of a server that runs on invented people.
pub async fn demo(visit: &Visit) -> Result<Vouched> {
    if !visit.state.demo {
        return Err(AppError::NotFound);
    }
    let first = store::representative_first(&visit.state.db).await?.ok_or(AppError::NotFound)?;
    Ok(IdentityProvider::Demo.vouches_for(first))
}

async fn system_keys(visit: &Visit) -> Result<std::sync::Arc<TenantKeys>> {
    Ok(visit.state.vault.keys(&visit.state.db, EnterpriseId::SYSTEM).await?)
}

async fn begin(visit: &Visit, keys: &TenantKeys, half: &Half, options: &Value) -> Result<Ceremony> {
    let (ticket, now) = (Token::new(), visit.state.clock.now());
    let hash = ticket.hash();
    let plain = Zeroizing::new(serde_json::to_vec(half).map_err(|_| AppError::Internal)?);
    let sealed = keys.seal(ceremony_cell(&hash), &plain);
    store::ceremony_insert(&visit.state.db, hash, &sealed, now, now.plus_secs(CEREMONY_SECS)).await?;
    Ok(Ceremony { ticket: ticket.text(), options: options.to_string() })
}

async fn take(visit: &Visit, keys: &TenantKeys, ticket: &str) -> Result<Half> {
    let hash = Token::parse(ticket).ok_or(AppError::VerificationFailed)?.hash();
    let sealed = store::ceremony_take(&visit.state.db, hash, visit.state.clock.now()).await?.ok_or(AppError::VerificationFailed)?;
    let plain = keys.open(ceremony_cell(&hash), &sealed).map_err(StoreError::from)?;
    serde_json::from_slice(&plain).map_err(|_| AppError::VerificationFailed)
}

/// A key that its device keeps, so that nobody has to type who they are.
fn registration_options(options: impl Serialize) -> Result<Value> {
    let mut options = public_key(options)?;
    let selection = &mut options["authenticatorSelection"];
    if !selection.is_object() {
        *selection = json!({});
    }
    selection["residentKey"] = json!("required");
    selection["requireResidentKey"] = json!(true);
    selection["userVerification"] = json!("required");
    Ok(options)
}

fn public_key(options: impl Serialize) -> Result<Value> {
    let mut options = serde_json::to_value(options).map_err(|_| AppError::Internal)?;
    Ok(options["publicKey"].take())
}

/// Transports are hints that we do not keep, and new ones must not break an enrolment.
fn registration_from(credential: &str) -> Result<webauthn_rs::prelude::RegisterPublicKeyCredential> {
    let mut credential: Value = serde_json::from_str(credential).map_err(|_| AppError::BadRequest)?;
    if let Some(response) = credential.get_mut("response").and_then(Value::as_object_mut) {
        response.remove("transports");
    }
    serde_json::from_value(credential).map_err(|_| AppError::BadRequest)
}

fn seal(keys: &TenantKeys, credential_id: &[u8], passkey: &Passkey) -> Result<Vec<u8>> {
    let plain = Zeroizing::new(serde_json::to_vec(passkey).map_err(|_| AppError::Internal)?);
    Ok(keys.seal(passkey_cell(credential_id), &plain))
}

fn open(keys: &TenantKeys, credential_id: &[u8], sealed: &[u8]) -> Result<Passkey> {
    let plain = keys.open(passkey_cell(credential_id), sealed).map_err(StoreError::from)?;
    Ok(serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "passkey", column: "passkey" })?)
}

const fn ceremony_cell(hash: &TokenHash) -> Cell<'_> {
    Cell { table: "ceremony", column: "state", row: &hash.0 }
}

const fn passkey_cell(credential_id: &[u8]) -> Cell<'_> {
    Cell { table: "passkey", column: "passkey", row: credential_id }
}

fn refused(error: &WebauthnError) -> AppError {
    tracing::info!(%error, "a passkey was refused");
    AppError::VerificationFailed
}
