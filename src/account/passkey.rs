//! Passkeys: WebAuthn with user verification, bound to a person.
//!
//! A ceremony has two halves. The server's lies sealed in the database under the hash of a ticket, for five minutes, and is
//! taken out when the browser comes back: so it can be finished once, by any process, and not be replayed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        AuthenticationResult, Credential, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyAuthentication, PasskeyRegistration,
        PublicKeyCredential, Url, WebauthnError,
    },
};
use zeroize::Zeroizing;

use super::{
    caller::Viewer,
    model::{Ceremony, Enrolment, Person, normal_last_six},
    provider::{Means, Vouched},
    refusal,
    step_up::StepUp,
    store::{self, PasskeyRow, Tried},
    token::{Token, TokenHash},
};
use crate::{
    audit::{entry::Entry, model::Action},
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    state::{PublicUrl, Visit},
    vault::{Cell, TenantKeys, newest_version},
};

/// How long someone may look for their phone.
const CEREMONY_SECS: i64 = 5 * 60;
/// So often somebody else may write a passkey's row between a look at it and the write.
const USES_AT_ONCE: usize = 5;
/// What the device's own dialogue calls this site.
const SITE_NAME: &str = "员工健康申报";

/// The relying party that this server is.
pub struct Passkeys {
    webauthn: Webauthn,
}

/// The server's half of a ceremony.
#[derive(Serialize, Deserialize)]
pub(super) enum Half {
    Enrol {
        link: [u8; 32],
        representative: Uuid,
        state: PasskeyRegistration,
    },
    SignIn(DiscoverableAuthentication),
    /// No state where the server runs on invented people: there is nothing to prove.
    StepUp {
        representative: Uuid,
        intent: [u8; 32],
        state: Option<PasskeyAuthentication>,
    },
    Add {
        representative: Uuid,
        state: PasskeyRegistration,
    },
    /// A provider has verified the person of this session once more.
    Verified {
        viewer: Uuid,
        session: [u8; 32],
        intent: [u8; 32],
    },
}

impl Passkeys {
    pub fn new(public_url: &PublicUrl) -> anyhow::Result<Self> {
        let origin = Url::parse(public_url.origin())?;
        let webauthn = WebauthnBuilder::new(public_url.host(), &origin)?.rp_name(SITE_NAME).build()?;
        Ok(Self { webauthn })
    }

    /// Asks for one of these.
    pub(super) fn authenticate(&self, own: &[Passkey]) -> Result<(Value, PasskeyAuthentication)> {
        let (options, state) = self.webauthn.start_passkey_authentication(own).map_err(|error| refused(&error))?;
        Ok((public_key(options)?, state))
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
    let (state, now) = (&visit.state, visit.state.clock.now());
    let invited = store::enrolment_person(&state.db, link, now).await?.ok_or(AppError::LinkExpired)?;
    let keys = system_keys_for(visit, &invited.person).await?;
    let typed = normal_last_six(last_six);
    let open = |row: &store::ViewerRow| Person::open_viewer(&keys, row.id, &row.person).map_err(StoreError::from);
    let is_right = |row: &store::ViewerRow| Ok(open(row)?.document.last_six() == typed);
    match store::enrolment_try(&state.db, link, now, is_right).await? {
        Tried::Dead => Err(AppError::LinkExpired),
        Tried::Wrong(person, tries_left) => {
            refusal::noted(visit, person, AppError::VerificationFailed).await;
            Ok(Enrolment::Wrong { tries_left })
        }
        Tried::Right(row) => {
            let name = open(&row)?.name;
            let webauthn = &state.passkeys.webauthn;
            let (options, half) = webauthn.start_passkey_registration(row.id, &name, &name, None).map_err(|error| refused(&error))?;
            let half = Half::Enrol { link: link.0, representative: row.id, state: half };
            Ok(Enrolment::Started(keep(visit, &keys, &half, registration_options(options)?.to_string()).await?))
        }
    }
}

/// Keeps the passkey that the browser made, and uses up the link.
pub async fn finish_enrolment(visit: &Visit, ticket: &str, credential: &str) -> Result<Vouched> {
    let Half::Enrol { link, representative, state: half } = take(visit, ticket).await? else {
        return Err(AppError::VerificationFailed);
    };
    let keys = system_keys(visit).await?;
    let (state, credential) = (&visit.state, registration_from(credential)?);
    let passkey = state.passkeys.webauthn.finish_passkey_registration(&credential, &half).map_err(|error| refused(&error))?;
    let id: &[u8] = passkey.cred_id().as_ref();
    let sealed = seal(&keys, id, &passkey)?;
    let entry = Entry::by_sign_in(keys.clone(), representative, state.clock.now(), Action::AddPasskey);
    if store::passkey_insert(&state.db, TokenHash(link), representative, id, &sealed, &entry).await? {
        Ok(Means::Passkey(id.to_vec()).vouches_for(representative))
    } else {
        Err(AppError::LinkExpired)
    }
}

/// Asks for any passkey of this site: the browser shows whose it has.
pub async fn begin_sign_in(visit: &Visit) -> Result<Ceremony> {
    visit.state.limits.ceremony(visit.address)?;
    let keys = system_keys(visit).await?;
    let (options, half) = visit.state.passkeys.webauthn.start_discoverable_authentication().map_err(|error| refused(&error))?;
    keep(visit, &keys, &Half::SignIn(half), public_key(options)?.to_string()).await
}

/// Finds out whose passkey it was, and whether they were verified. A refusal of someone who is known is written down.
pub async fn finish_sign_in(visit: &Visit, ticket: &str, credential: &str) -> Result<Vouched> {
    let Half::SignIn(half) = take(visit, ticket).await? else { return Err(AppError::VerificationFailed) };
    let credential = serde_json::from_str(credential).map_err(|_| AppError::BadRequest)?;
    let webauthn = &visit.state.passkeys.webauthn;
    let (representative, id) = webauthn.identify_discoverable_authentication(&credential).map_err(|error| refused(&error))?;
    match check_sign_in(visit, representative, id, &credential, half).await {
        Ok(()) => Ok(Means::Passkey(id.to_vec()).vouches_for(representative)),
        Err(error) if store::viewer_person(&visit.state.db, representative).await?.is_none() => Err(error),
        Err(error) => Err(refusal::noted(visit, representative, error).await),
    }
}

async fn check_sign_in(
    visit: &Visit,
    representative: Uuid,
    id: &[u8],
    credential: &PublicKeyCredential,
    half: DiscoverableAuthentication,
) -> Result<()> {
    let (state, webauthn) = (&visit.state, &visit.state.passkeys.webauthn);
    let sealed = store::passkey_find(&state.db, representative, id).await?.ok_or(AppError::VerificationFailed)?;
    let passkey = open(&*system_keys_for(visit, &sealed).await?, id, &sealed)?;
    // It refuses a counter that went backwards: two devices would hold the same key.
    let result = webauthn
        .finish_discoverable_authentication_v2(credential, half, DiscoverableKey::from(&passkey))
        .map_err(|error| refused(&error))?;
    if !result.user_verified() {
        return Err(AppError::VerificationFailed);
    }
    note_use(visit, representative, &result).await
}

/// Checks the answer of one of the viewer's own passkeys, and notes its use; or writes down that it was refused.
pub(super) async fn check(visit: &Visit, viewer: &Viewer, answer: &str, half: &PasskeyAuthentication) -> Result<()> {
    match check_own(visit, viewer, answer, half).await {
        Ok(()) => Ok(()),
        Err(error) => Err(refusal::noted(visit, viewer.id(), error).await),
    }
}

async fn check_own(visit: &Visit, viewer: &Viewer, answer: &str, half: &PasskeyAuthentication) -> Result<()> {
    let answer = serde_json::from_str(answer).map_err(|_| AppError::BadRequest)?;
    let result = visit.state.passkeys.webauthn.finish_passkey_authentication(&answer, half).map_err(|error| refused(&error))?;
    if !result.user_verified() {
        return Err(AppError::VerificationFailed);
    }
    note_use(visit, viewer.id(), &result).await
}

/// Notes the use of a passkey, with its new counter. What the answer was checked against may be old by now: the passkey may have been
/// used since, and then the counter must lie beyond that use, too; or it may have been removed.
async fn note_use(visit: &Visit, representative: Uuid, result: &AuthenticationResult) -> Result<()> {
    let (db, id): (_, &[u8]) = (&visit.state.db, result.cred_id().as_ref());
    for _ in 0..USES_AT_ONCE {
        let before = store::passkey_find(db, representative, id).await?.ok_or(AppError::VerificationFailed)?;
        let keys = system_keys_for(visit, &before).await?;
        let mut passkey = open(&keys, id, &before)?;
        if !goes_on(&passkey, result) {
            tracing::info!("a passkey was refused: its counter was reached by another use");
            return Err(AppError::VerificationFailed);
        }
        passkey.update_credential(result);
        if store::passkey_used(db, id, &before, &seal(&keys, id, &passkey)?, visit.state.clock.now()).await? {
            return Ok(());
        }
    }
    Err(AppError::Busy)
}

/// A device that counts has counted on; one whose counter stands at 0 does not count.
fn goes_on(passkey: &Passkey, result: &AuthenticationResult) -> bool {
    let counter = Credential::from(passkey.clone()).counter;
    result.counter() > counter || result.counter() == 0 && counter == 0
}

/// Starts to make a further passkey for someone who just verified themselves for that; a device that holds one already says so.
pub(super) async fn begin_adding(visit: &Visit, step_up: &StepUp, name: &str, own: impl Iterator<Item = Vec<u8>>) -> Result<Ceremony> {
    let (keys, representative) = (system_keys(visit).await?, step_up.viewer().id());
    let webauthn = &visit.state.passkeys.webauthn;
    let (options, state) =
        webauthn.start_passkey_registration(representative, name, name, Some(own.collect())).map_err(|error| refused(&error))?;
    keep(visit, &keys, &Half::Add { representative, state }, registration_options(options)?.to_string()).await
}

/// Keeps it.
pub(super) async fn finish_adding(visit: &Visit, viewer: &Viewer, ticket: &str, answer: &str, entry: &Entry) -> Result<()> {
    let keys = system_keys(visit).await?;
    let Half::Add { representative, state: half } = take(visit, ticket).await? else { return Err(AppError::VerificationFailed) };
    if representative != viewer.id() {
        return Err(AppError::VerificationFailed);
    }
    let (state, answer) = (&visit.state, registration_from(answer)?);
    let passkey = state.passkeys.webauthn.finish_passkey_registration(&answer, &half).map_err(|error| refused(&error))?;
    let id: &[u8] = passkey.cred_id().as_ref();
    let added = store::passkey_add(&state.db, viewer, id, &seal(&keys, id, &passkey)?, entry).await?;
    if added { Ok(()) } else { Err(AppError::VerificationFailed) }
}

/// The only representative of a server that runs on invented people.
pub async fn demo(visit: &Visit) -> Result<Vouched> {
    if !visit.state.demo {
        return Err(AppError::NotFound);
    }
    let first = store::viewer_first(&visit.state.db).await?.ok_or(AppError::NotFound)?;
    Ok(Means::Nothing.vouches_for(first))
}

pub(super) async fn system_keys(visit: &Visit) -> Result<std::sync::Arc<TenantKeys>> {
    Ok(visit.state.vault.keys(&visit.state.db, EnterpriseId::SYSTEM).await?)
}

/// A person's passkeys, and the keys that open them.
pub(super) async fn own(visit: &Visit, viewer: &Viewer) -> Result<(Vec<PasskeyRow>, std::sync::Arc<TenantKeys>)> {
    let (state, rows) = (&visit.state, store::passkey_list(&visit.state.db, viewer.id()).await?);
    let version = newest_version(rows.iter().flat_map(|row| std::iter::once(&row.passkey).chain(&row.name)));
    let keys = state.vault.keys_for(&state.db, EnterpriseId::SYSTEM, version).await?;
    Ok((rows, keys))
}

/// Also for what was sealed under a key that came since.
async fn system_keys_for(visit: &Visit, sealed: &Vec<u8>) -> Result<std::sync::Arc<TenantKeys>> {
    Ok(visit.state.vault.keys_for(&visit.state.db, EnterpriseId::SYSTEM, newest_version([sealed])).await?)
}

/// Keeps the server's half of a ceremony.
pub(super) async fn keep(visit: &Visit, keys: &TenantKeys, half: &Half, options: String) -> Result<Ceremony> {
    let (ticket, now) = (Token::new(), visit.state.clock.now());
    let hash = ticket.hash();
    let plain = Zeroizing::new(serde_json::to_vec(half).map_err(|_| AppError::Internal)?);
    let sealed = keys.seal(ceremony_cell(&hash.0), &plain);
    store::ceremony_insert(&visit.state.db, hash, &sealed, now, now.plus_secs(CEREMONY_SECS)).await?;
    Ok(Ceremony { ticket: ticket.text(), options })
}

/// Takes it out again, once.
pub(super) async fn take(visit: &Visit, ticket: &str) -> Result<Half> {
    let hash = Token::parse(ticket).ok_or(AppError::VerificationFailed)?.hash();
    let sealed = store::ceremony_take(&visit.state.db, hash, visit.state.clock.now()).await?.ok_or(AppError::VerificationFailed)?;
    let keys = system_keys_for(visit, &sealed).await?;
    let plain = keys.open(ceremony_cell(&hash.0), &sealed).map_err(StoreError::from)?;
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

pub(super) fn open(keys: &TenantKeys, credential_id: &[u8], sealed: &[u8]) -> Result<Passkey> {
    let plain = keys.open(passkey_cell(credential_id), sealed).map_err(StoreError::from)?;
    Ok(serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "passkey", column: "passkey" })?)
}

pub(super) const fn ceremony_cell(hash: &[u8]) -> Cell<'_> {
    Cell { table: "ceremony", column: "state", row: hash }
}

pub(super) const fn passkey_cell(credential_id: &[u8]) -> Cell<'_> {
    Cell { table: "passkey", column: "passkey", row: credential_id }
}

fn refused(error: &WebauthnError) -> AppError {
    tracing::info!(%error, "a passkey was refused");
    AppError::VerificationFailed
}
