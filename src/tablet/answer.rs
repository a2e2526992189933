//! Tablets made, set up and ended; and who sits at one.

use axum::http::{HeaderName, HeaderValue, header};
use data_encoding::BASE64;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use uuid::Uuid;

use super::{
    model::{LINK_HOURS, Made, SetUpView, TabletLine, TabletsView, parse_name},
    store::{self, TabletRow},
};
use crate::{
    account::{
        caller::{self, Scope, Tenant},
        model::{ClaimForm, Posted},
        sitting,
        token::{Token, TokenHash},
    },
    audit::{
        entry::Entry,
        model::{Action, ActorKind},
    },
    enterprise::{image, model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    link, random,
    state::{AppState, Visit},
};

const HOUR_SECS: i64 = 60 * 60;
/// A receipt stands so long before the next person's form does, in seconds.
pub const RECEIPT_SECS: u64 = 30;

pub async fn tablets(state: &AppState, scope: &Scope, made: Option<Made>) -> Result<TabletsView> {
    let enterprise = registry::load(state, scope.tenant()).await?;
    let rows = store::tablet_list(&state.db, scope.tenant(), state.clock.now()).await?;
    let tablets = rows.into_iter().map(|row| line(&enterprise, row)).collect();
    Ok(TabletsView { enterprise: enterprise.id, tablets, made, name: enterprise.name })
}

fn line(enterprise: &Enterprise, row: TabletRow) -> TabletLine {
    TabletLine {
        id: row.id.simple().to_string(),
        name: row.name,
        set_up_at: row.set_up_at.map(|at| enterprise.local_time(at)),
        link_until: enterprise.local_time(row.link_until),
    }
}

/// Makes a link by which a device becomes a tablet.
pub async fn make(state: &AppState, scope: &Scope, name: &str) -> Result<Made> {
    let Some(name) = parse_name(name) else { return Ok(Made::Name(name.chars().take(200).collect())) };
    let enterprise = registry::load(state, scope.tenant()).await?;
    let (token, id, now) = (Token::new(), random::uuid(), state.clock.now());
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, now, Action::AddTablet).on(id);
    let until = now.plus_secs(LINK_HOURS * HOUR_SECS);
    if !store::tablet_insert(&state.db, scope.tenant(), (id, &name), token.hash(), until, &entry).await? {
        return Ok(Made::Enough);
    }
    let link = state.public_url.link(&link::tablet_link(scope.tenant().id(), &token.text()));
    let png = image::qr_png(&link).map_err(|error| {
        tracing::error!(%error, "the QR code of a tablet's link could not be made");
        AppError::Internal
    })?;
    let qr = format!("data:image/png;base64,{}", BASE64.encode(&png));
    Ok(Made::Link { link, qr, until: enterprise.local_time(until) })
}

pub async fn end(state: &AppState, scope: &Scope, tablet: &str) -> Result<()> {
    let id = Uuid::try_parse(tablet).map_err(|_| AppError::NotFound)?;
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::EndTablet).on(id);
    if store::tablet_end(&state.db, scope.tenant(), id, &entry).await? { Ok(()) } else { Err(AppError::NotFound) }
}

/// The two parts of a link, as far as its text goes.
pub fn parse_link(text: &str) -> Option<(EnterpriseId, TokenHash)> {
    let (enterprise, token) = link::enterprise_and_token(text)?;
    Some((enterprise, Token::parse(token)?.hash()))
}

/// Whether a link can still set up a device.
pub async fn link_works(state: &AppState, enterprise: EnterpriseId, link: TokenHash) -> Result<bool, StoreError> {
    Ok(store::tablet_of_link(&state.db, enterprise, link, state.clock.now()).await?.is_some())
}

/// Whether a device that holds this secret is one of the enterprise's tablets.
pub async fn is_tablet(state: &AppState, enterprise: EnterpriseId, secret: TokenHash) -> Result<bool, StoreError> {
    Ok(store::tablet_of_secret(&state.db, enterprise, secret).await?.is_some())
}

pub async fn set_up_view(visit: &Visit, link: &str) -> Result<SetUpView> {
    let state = &visit.state;
    let (enterprise, link) = parse_link(link).ok_or(AppError::LinkExpired)?;
    let tenant = caller::setting_up(visit, enterprise, link).await?.tenant();
    let row = store::tablet_of_link(&state.db, enterprise, link, state.clock.now()).await?.ok_or(AppError::LinkExpired)?;
    Ok(SetUpView { enterprise_name: registry::load(state, tenant).await?.name, name: row.name })
}

/// Makes this device the tablet of a link; gives whose it is now and its secret. It is written down as the server's doing: a link says
/// nothing of who holds it.
pub async fn set_up(visit: &Visit, link: &str) -> Result<(Tenant, Token)> {
    let state = &visit.state;
    let (enterprise, link) = parse_link(link).ok_or(AppError::LinkExpired)?;
    let tenant = caller::setting_up(visit, enterprise, link).await?.tenant();
    let row = store::tablet_of_link(&state.db, enterprise, link, state.clock.now()).await?.ok_or(AppError::LinkExpired)?;
    let (secret, keys) = (Token::new(), state.vault.keys(&state.db, enterprise).await?);
    let entry = Entry::by_itself(keys, ActorKind::Server, state.clock.now(), Action::SetUpTablet).on(row.id);
    let set_up = store::tablet_set_up(&state.db, tenant, link, secret.hash(), &entry).await?;
    if set_up { Ok((tenant, secret)) } else { Err(AppError::LinkExpired) }
}

/// The blank form: whoever sat here is gone, and so is what the browser kept of them.
pub async fn form(visit: &Visit) -> Result<ClaimForm> {
    match (caller::tablet(visit).await, use_context::<Posted>()) {
        (Ok(tablet), _) => {
            sitting::end(visit, tablet.tenant()).await?;
            said(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"storage\""));
            sitting::form(visit, &tablet).await
        }
        (Err(error), Some(posted)) if !posted.is_blank() => {
            let posted = Posted { error: posted.error.or(Some(error)), ..posted };
            Ok(ClaimForm { posted, tablet: true, ..ClaimForm::default() })
        }
        (Err(error), _) => Err(error),
    }
}

/// A page at a tablet gives way to the next person's form by itself.
pub fn give_way_after(secs: u64) {
    if let Ok(value) = HeaderValue::try_from(format!("{secs};url={}", link::TABLET)) {
        said(header::REFRESH, value);
    }
}

fn said(name: HeaderName, value: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(name, value);
    }
}
