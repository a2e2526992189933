//! Passes made and checked; and whom employees can call.

use std::sync::Arc;

use chrono::{Datelike, Timelike, Weekday};
use data_encoding::BASE64;
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::{
    model::{Contact, GateView, NAME_CHARS, PHONE_CHARS, Posted, Problem, Verdict, masked},
    store::{self, KeyRow, contact_cell, secret_cell},
    token::{NameTag, Pass, PublicKey, Stands, Unverified},
};
use crate::{
    account::{
        caller::{self, Permission, Scope, Tenant},
        employees::{self, AtGate},
        model::Standing,
    },
    audit::{entry::Entry, model::Action},
    db::Db,
    declaration::pass,
    enterprise::{image, model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::{EmployeeId, EnterpriseId},
    link,
    period::{Day, Moment},
    random,
    roster::vouch::{Vouched, vouched},
    state::{AppState, Visit},
    ui::tr,
    vault::{TenantKeys, newest_version},
};

// ---- the key ----------------------------------------------------------------------------

/// An enterprise's key, made on first use. Where two processes make one at once, the first counts for both.
async fn key(state: &AppState, tenant: Tenant) -> Result<KeyRow, StoreError> {
    if let Some(row) = store::key_find(&state.db, tenant).await? {
        return Ok(row);
    }
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let row = new_key(&keys);
    store::key_insert(&state.db, tenant, &row, state.clock.now()).await?;
    store::key_find(&state.db, tenant).await?.ok_or(StoreError::Row { table: "gate_key", column: "public_key" })
}

fn new_key(keys: &TenantKeys) -> KeyRow {
    let secret = Zeroizing::new(random::bytes::<32>());
    let public_key = SigningKey::from_bytes(&secret).verifying_key().to_bytes().to_vec();
    KeyRow { secret: keys.seal(secret_cell(&public_key), &*secret), public_key }
}

/// The operator has another key take the place of an enterprise's. What was signed before is no pass any more.
pub async fn replace_key(db: &Db, tenant: Tenant, keys: Arc<TenantKeys>, now: Moment) -> Result<(), StoreError> {
    let row = new_key(&keys);
    store::key_replace(db, tenant, &row, &Entry::by_operator(keys, now, Action::ReplaceGateKey)).await
}

async fn signing_key(state: &AppState, tenant: Tenant) -> Result<SigningKey, StoreError> {
    let row = key(state, tenant).await?;
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([&row.secret])).await?;
    let secret = keys.open(secret_cell(&row.public_key), &row.secret)?;
    let secret = secret.as_slice().try_into().map_err(|_| StoreError::Row { table: "gate_key", column: "secret" })?;
    Ok(SigningKey::from_bytes(secret))
}

/// By what an enterprise's passes are checked; none where none was ever made.
pub async fn public_key(state: &AppState, enterprise: EnterpriseId) -> Result<Option<PublicKey>, StoreError> {
    let Some(known) = store::public_key_find(&state.db, enterprise).await? else { return Ok(None) };
    let known = known.try_into().map_err(|_| StoreError::Row { table: "gate_key", column: "public_key" })?;
    Ok(Some(known))
}

// ---- a pass -----------------------------------------------------------------------------

/// What a declaration makes of a pass.
pub struct Said<'a> {
    pub change: i64,
    pub day: Day,
    pub verdict: Verdict,
    pub name: &'a str,
}

/// A pass that is signed now: what its QR code leads to.
pub async fn sign(state: &AppState, tenant: Tenant, said: &Said<'_>) -> Result<String> {
    let key = signing_key(state, tenant).await?;
    let name = NameTag::new(random::bytes(), &masked(said.name));
    let Said { change, day, verdict, .. } = *said;
    let pass = Pass { enterprise: tenant.id(), change, day, verdict, signed_at: state.clock.now(), name: name.hash() };
    let token = pass.signed(&key).ok_or_else(|| {
        tracing::error!("a declaration has a number or a day that a pass has no room for");
        AppError::Internal
    })?;
    Ok(state.public_url.link(&link::pass(&token, &name.text())))
}

/// What a guard is told of somebody of whose declaration this came. Whom the enterprise's roster does not vouch for is asked about, whatever
/// they said: whoever is on no line of it, left or was rejected; and whoever is to be verified, for the line may be another's. Which of
/// it is the reason is nobody's to know, for anyone can read a pass: so it is no question of who else claimed a document where there is
/// no roster that somebody may be missing from.
pub async fn vouch(state: &AppState, tenant: Tenant, employee: EmployeeId, verdict: Verdict, day: Day) -> Result<Verdict, StoreError> {
    let Some(known) = employees::at_gate(state, tenant, employee).await? else { return Ok(verdict) };
    Ok(verdict_on(verdict, known.standing, vouched(state, tenant, employee, &known.name, day).await?))
}

const fn verdict_on(verdict: Verdict, standing: Standing, vouched: Vouched) -> Verdict {
    match (verdict, standing, vouched) {
        (Verdict::Pass, Standing::ToVerify, Vouched::Yes { .. }) | (Verdict::Pass, _, Vouched::No) => Verdict::Ask,
        _ => verdict,
    }
}

/// What a token says, if the enterprise that it names has signed it.
pub async fn signed(state: &AppState, token: &str) -> Result<Option<Pass>, StoreError> {
    let Some(read) = Unverified::parse(token) else { return Ok(None) };
    let Some(enterprise) = read.enterprise() else { return Ok(None) };
    Ok(public_key(state, enterprise).await?.and_then(|key| read.verify(&key)))
}

/// What a guard is shown of a pass that was really signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Checked {
    pub enterprise: String,
    /// On the enterprise's clock: `09:41:07`.
    pub now: String,
    pub found: Found,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    Good(Shown),
    /// Since then, on the enterprise's clock.
    Expired(String),
    /// It is that day's.
    OtherDay(Day),
    Early,
    /// Its owner has declared anew since, or is not known any more.
    Replaced,
}

/// Whose it is. Only of one that is good: a picture of one that was says nothing any more.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    pub verdict: Verdict,
    /// Masked.
    pub name: String,
    /// Nobody but its owner has said that it is their name.
    pub self_reported: bool,
    pub department: Option<String>,
    pub day: Day,
    pub until: String,
}

/// Checks a pass; `NotFound` for what no enterprise has signed.
pub async fn check(visit: &Visit, token: &str) -> Result<Checked> {
    let state = &visit.state;
    state.limits.gate(visit.address)?;
    let (guard, pass) = caller::shown(visit, token).await?;
    let (enterprise, now) = (registry::load(state, guard.tenant()).await?, state.clock.now());
    let found = match pass.stands(now, enterprise.today(&state.clock)) {
        Stands::Expired => Found::Expired(clock(&enterprise, pass.until())),
        Stands::OtherDay => Found::OtherDay(pass.day),
        Stands::Early => Found::Early,
        Stands::Good => match pass::owner(state, &guard, &pass).await? {
            None => Found::Replaced,
            Some(employee) => match employees::at_gate(state, guard.tenant(), employee).await? {
                None => Found::Replaced,
                Some(known) => {
                    let vouched = vouched(state, guard.tenant(), employee, &known.name, pass.day).await?;
                    Found::Good(shown(&pass, known, vouched, clock(&enterprise, pass.until())))
                }
            },
        },
    };
    Ok(Checked { now: clock(&enterprise, now), enterprise: enterprise.name, found })
}

/// It is asked anew who vouches for its owner: that may have changed since it was signed.
fn shown(pass: &Pass, known: AtGate, vouched: Vouched, until: String) -> Shown {
    let AtGate { name, department, standing, is_verified } = known;
    Shown {
        verdict: verdict_on(pass.verdict, standing, vouched),
        self_reported: !is_verified && vouched != Vouched::Yes { by_name: true },
        name: masked(&name),
        department,
        day: pass.day,
        until,
    }
}

/// `09:41:07`, on an enterprise's clock.
fn clock(enterprise: &Enterprise, moment: Moment) -> String {
    moment.utc().with_timezone(&enterprise.zone()).format("%H:%M:%S").to_string()
}

/// Seconds since midnight, on an enterprise's clock.
pub fn seconds_of_day(state: &AppState, enterprise: &Enterprise) -> u32 {
    state.clock.now().utc().with_timezone(&enterprise.zone()).num_seconds_from_midnight()
}

pub fn weekday(day: Day) -> &'static str {
    match day.date().weekday() {
        Weekday::Mon => tr!(report.monday),
        Weekday::Tue => tr!(report.tuesday),
        Weekday::Wed => tr!(report.wednesday),
        Weekday::Thu => tr!(report.thursday),
        Weekday::Fri => tr!(report.friday),
        Weekday::Sat => tr!(report.saturday),
        Weekday::Sun => tr!(report.sunday),
    }
}

// ---- whom employees can call --------------------------------------------------------------

pub async fn contact(state: &AppState, tenant: Tenant) -> Result<Option<Contact>, StoreError> {
    let Some(sealed) = store::contact_find(&state.db, tenant).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([&sealed])).await?;
    let plain = keys.open(contact_cell(), &sealed)?;
    let contact = serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "gate_contact", column: "contact" })?;
    Ok(Some(contact))
}

fn may_look(scope: &Scope) -> Result<Tenant> {
    if scope.permission() == Permission::Invite { Ok(scope.tenant()) } else { Err(AppError::NotFound) }
}

/// The representative's page; what was posted and refused stands in it again. A manager who shares the code shares the guards' link, too.
pub async fn page(state: &AppState, scope: &Scope, posted: Posted) -> Result<GateView> {
    let tenant = may_look(scope)?;
    let enterprise = registry::load(state, tenant).await?;
    key(state, tenant).await?;
    let link = state.public_url.link(&link::guard(tenant.id()));
    let png = image::qr_png(&link).map_err(|error| {
        tracing::error!(%error, "the QR code of the guards' page could not be made");
        AppError::Internal
    })?;
    Ok(GateView {
        enterprise: enterprise.id,
        name: enterprise.name,
        qr: format!("data:image/png;base64,{}", BASE64.encode(&png)),
        link,
        contact: contact(state, tenant).await?,
        may_change: !scope.is_lent(),
        posted,
    })
}

/// Says whom employees can call; empty fields: nobody any more.
pub async fn set_contact(state: &AppState, scope: &Scope, typed: &Contact) -> Result<Result<(), Vec<Problem>>> {
    let tenant = may_look(scope)?;
    if scope.is_lent() {
        return Err(AppError::NotFound);
    }
    let contact = match Contact::parse(&typed.name, &typed.phone) {
        Ok(contact) => contact,
        Err(problems) => return Ok(Err(problems)),
    };
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let plain = contact.map(|contact| Zeroizing::new(serde_json::to_vec(&contact).expect("two texts are JSON")));
    let sealed = plain.map(|plain| keys.seal(contact_cell(), &plain));
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::SetContact);
    store::contact_set(&state.db, tenant, sealed.as_deref(), &entry).await?;
    Ok(Ok(()))
}

/// What comes back with a form.
pub fn typed(name: &str, phone: &str) -> Contact {
    let kept = |text: &str, most: usize| text.chars().take(5 * most).collect();
    Contact { name: kept(name, NAME_CHARS), phone: kept(phone, PHONE_CHARS) }
}
