//! What the page of this room asks of the server.

use leptos::prelude::*;

use super::model::MessageLine;
#[cfg(feature = "ssr")]
use crate::{account::caller, state::Visit};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// The caller's messages, newest first; they count as read from now on.
#[server(prefix = "/api", endpoint = "messages", protocol = Wire)]
pub async fn messages() -> Result<Packed<Vec<MessageLine>>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&super::tell::show(&visit.state, &viewer).await?))
}
