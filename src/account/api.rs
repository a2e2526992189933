//! What the pages of this room ask of the server.

use leptos::prelude::*;

use super::model::{Account, Ceremony, ClaimForm, Enrolment, Entry, SignInForm};
use crate::{
    error::Result,
    id::EnterpriseId,
    wire::{Packed, Wire},
};

#[cfg(feature = "ssr")]
use super::{answer, caller, model::Intent, own, step_up};
#[cfg(feature = "ssr")]
use crate::{error::AppError, state::Visit};

/// Where the entry leads.
#[server(prefix = "/api", endpoint = "entry", protocol = Wire)]
pub async fn load_entry() -> Result<Packed<Entry>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&answer::entry(&visit).await?))
}

/// Whether a one-time link still works.
#[server(prefix = "/api", endpoint = "enrolment-check", protocol = Wire)]
pub async fn check_link(link: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    super::passkey::link_is_live(&visit, &link).await?;
    Ok(Packed::of(&()))
}

/// A try at a one-time link: its token and the last six of the ID document.
#[server(prefix = "/api", endpoint = "enrolment-start", protocol = Wire)]
pub async fn start_enrolment(link: String, last_six: String) -> Result<Packed<Enrolment>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&super::passkey::begin_enrolment(&visit, &link, &last_six).await?))
}

/// The new passkey. Answers where to go on, signed in.
#[server(prefix = "/api", endpoint = "enrolment-finish", protocol = Wire)]
pub async fn finish_enrolment(ticket: String, credential: String) -> Result<Packed<String>> {
    let visit = Visit::current()?;
    let vouched = super::passkey::finish_enrolment(&visit, &ticket, &credential).await?;
    Ok(Packed::of(&answer::signed_in(&visit, vouched, "").await?))
}

/// The ways to sign in beside a passkey.
#[server(prefix = "/api", endpoint = "sign-in-form", protocol = Wire)]
pub async fn load_sign_in_form() -> Result<Packed<SignInForm>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&answer::sign_in_form(&visit)))
}

/// Asks for a passkey.
#[server(prefix = "/api", endpoint = "sign-in-start", protocol = Wire)]
pub async fn start_sign_in() -> Result<Packed<Ceremony>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&super::passkey::begin_sign_in(&visit).await?))
}

/// The passkey's answer. Answers where to go on, signed in: to `next`, where it is a path of this site.
#[server(prefix = "/api", endpoint = "sign-in-finish", protocol = Wire)]
pub async fn finish_sign_in(ticket: String, credential: String, #[server(default)] next: String) -> Result<Packed<String>> {
    let visit = Visit::current()?;
    let vouched = super::passkey::finish_sign_in(&visit, &ticket, &credential).await?;
    Ok(Packed::of(&answer::signed_in(&visit, vouched, &next).await?))
}

/// One click, where the server runs on invented people; elsewhere there is no such thing.
#[server(prefix = "/api", endpoint = "demo-enter", protocol = Wire)]
pub async fn demo_enter() -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let vouched = super::passkey::demo(&visit).await?;
    let path = answer::signed_in(&visit, vouched, "").await?;
    leptos_axum::redirect(&path);
    Ok(Packed::of(&()))
}

/// Ends this browser's session.
#[server(prefix = "/api", endpoint = "sign-out", protocol = Wire)]
pub async fn sign_out() -> Result<Packed<()>> {
    let visit = Visit::current()?;
    answer::set_cookie(super::session::end(&visit).await?);
    leptos_axum::redirect(crate::link::ENTRY);
    Ok(Packed::of(&()))
}

/// Who is known on this device.
#[server(prefix = "/api", endpoint = "account", protocol = Wire)]
pub async fn load_account() -> Result<Packed<Account>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&answer::account(&visit).await?))
}

/// Makes this device forget who declares to an enterprise.
#[server(prefix = "/api", endpoint = "forget-device", protocol = Wire)]
pub async fn forget_device(enterprise: EnterpriseId) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    answer::forget(&visit, enterprise).await?;
    leptos_axum::redirect(crate::link::ACCOUNT);
    Ok(Packed::of(&()))
}

/// The claim form of an invitation. `other` asks for it although this device is known: someone else holds the phone.
#[server(prefix = "/api", endpoint = "claim-form", protocol = Wire)]
pub async fn load_claim_form(code: String, #[server(default)] other: bool) -> Result<Packed<ClaimForm>> {
    let visit = Visit::current()?;
    Ok(Packed::of(&answer::claim_form(&visit, &code, other).await?))
}

/// Asks the person who is signed in to verify themselves once more, for one thing.
#[server(prefix = "/api", endpoint = "step-up", protocol = Wire)]
pub async fn start_step_up(intent: String) -> Result<Packed<Ceremony>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    let intent = Intent::parse(&intent).ok_or(AppError::BadRequest)?;
    Ok(Packed::of(&step_up::begin(&visit, &viewer, &intent).await?))
}

/// Starts to make a further passkey; the ticket and the credential are those of the step-up.
#[server(prefix = "/api", endpoint = "passkey-start", protocol = Wire)]
pub async fn start_passkey(ticket: String, credential: String) -> Result<Packed<Ceremony>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&own::begin_adding(&visit, viewer, &ticket, &credential).await?))
}

/// Keeps the further passkey.
#[server(prefix = "/api", endpoint = "passkey-finish", protocol = Wire)]
pub async fn finish_passkey(ticket: String, credential: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&own::finish_adding(&visit, &viewer, &ticket, &credential).await?))
}

/// Removes a passkey; the ticket and the credential are those of the step-up.
#[server(prefix = "/api", endpoint = "passkey-remove", protocol = Wire)]
pub async fn remove_passkey(passkey: String, ticket: String, credential: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&own::remove(&visit, viewer, &passkey, &ticket, &credential).await?))
}

/// Gives a passkey a name.
#[server(prefix = "/api", endpoint = "passkey-rename", protocol = Wire)]
pub async fn rename_passkey(passkey: String, name: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    own::rename(&visit, &viewer, &passkey, &name).await?;
    leptos_axum::redirect(crate::link::ACCOUNT);
    Ok(Packed::of(&()))
}

/// Ends one of the caller's sessions, or, if none is named, every one but this.
#[server(prefix = "/api", endpoint = "end-session", protocol = Wire)]
pub async fn end_session(#[server(default)] session: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    own::end(&visit, &viewer, &session).await?;
    leptos_axum::redirect(crate::link::ACCOUNT);
    Ok(Packed::of(&()))
}
