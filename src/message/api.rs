//! What the page of this room asks of the server.

use leptos::prelude::*;

use super::model::MessagesView;
#[cfg(feature = "ssr")]
use crate::{account::caller, state::Visit};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// The caller's messages, newest first.
#[server(prefix = "/api", endpoint = "messages", protocol = Wire)]
pub async fn messages() -> Result<Packed<MessagesView>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&super::tell::show(&visit.state, &viewer).await?))
}

/// How many messages the caller has not read. To ask is no use of the session: a page that only stands open ends with it.
#[server(prefix = "/api", endpoint = "unread", protocol = Wire)]
pub async fn unread() -> Result<Packed<u32>> {
    let visit = Visit::current()?;
    let viewer = caller::onlooker(&visit).await?;
    Ok(Packed::of(&super::tell::unread(&visit.state, &viewer).await?))
}
