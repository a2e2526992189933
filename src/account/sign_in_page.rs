//! 登录验证: sign in with a passkey.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use leptos_router::hooks::use_query_map;

use super::{
    api,
    passkey_browser::{self, Kind, NoPasskey},
};
use crate::{
    error::AppError,
    ui::{ErrorNote, Frame, locale::page_facts, tr},
};

/// What a ceremony is doing, for the button and the note under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremonial {
    /// The page has not woken up, or the browser cannot.
    Asleep,
    Ready,
    Busy,
    Stopped(Stop),
}

/// Why a ceremony stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Here(NoPasskey),
    There(AppError),
}

impl From<NoPasskey> for Stop {
    fn from(why: NoPasskey) -> Self {
        Self::Here(why)
    }
}

impl From<AppError> for Stop {
    fn from(why: AppError) -> Self {
        Self::There(why)
    }
}

#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let state = ceremony_state();
    let sign_in = move |_| {
        let next = query.get_untracked().get("next").unwrap_or_default();
        state.set(Ceremonial::Busy);
        spawn_local(async move {
            match ceremony(next).await {
                Ok(path) => leave_for(&path),
                Err(stop) => state.set(Ceremonial::Stopped(stop)),
            }
        });
    };
    view! {
        <Frame title=tr!(account.sign_in) back=crate::link::ENTRY>
            <DemoEntry />
            <section class="group">
                <p class="cell">{tr!(account.sign_in_why)}</p>
                <p class="group-note">{tr!(account.sign_in_how)}</p>
                <div class="actions">
                    <button type="button" class="button button-primary" disabled=move || is_waiting(state.get()) on:click=sign_in>
                        {tr!(app.go_sign_in)}
                    </button>
                </div>
            </section>
            <CeremonyNote state />
            <p class="muted">{tr!(account.sign_in_enterprise)}</p>
        </Frame>
    }
    .into_any()
}

async fn ceremony(next: String) -> Result<String, Stop> {
    let ceremony = api::start_sign_in().await?.open()?;
    let credential = passkey_browser::run(Kind::Get, ceremony.options).await?;
    Ok(api::finish_sign_in(ceremony.ticket, credential, next).await?.open()?)
}

/// Asleep until the page wakes up in a browser that has passkeys.
pub fn ceremony_state() -> RwSignal<Ceremonial> {
    let state = RwSignal::new(Ceremonial::Asleep);
    Effect::new(move || {
        let supported = passkey_browser::is_supported();
        state.set(if supported { Ceremonial::Ready } else { Ceremonial::Stopped(Stop::Here(NoPasskey::Unsupported)) });
    });
    state
}

pub fn is_waiting(state: Ceremonial) -> bool {
    matches!(state, Ceremonial::Asleep | Ceremonial::Busy | Ceremonial::Stopped(Stop::Here(NoPasskey::Unsupported)))
}

/// What became of a ceremony, and what to do; without JavaScript, what to do instead.
#[component]
pub fn CeremonyNote(state: RwSignal<Ceremonial>) -> impl IntoView {
    let note = move |text: &'static str| view! { <p class="note note-error" role="alert">{text}</p> }.into_any();
    view! {
        <noscript>
            <p class="note note-error">{tr!(account.passkey_unsupported)}</p>
        </noscript>
        {move || match state.get() {
            Ceremonial::Stopped(Stop::There(error)) => view! { <ErrorNote error /> }.into_any(),
            Ceremonial::Stopped(Stop::Here(NoPasskey::Unsupported)) => note(tr!(account.passkey_unsupported)),
            Ceremonial::Stopped(Stop::Here(NoPasskey::Cancelled)) => note(tr!(account.passkey_cancelled)),
            Ceremonial::Stopped(Stop::Here(NoPasskey::Failed)) => note(tr!(account.passkey_failed)),
            Ceremonial::Busy => view! { <p class="note" role="status">{tr!(account.passkey_busy)}</p> }.into_any(),
            Ceremonial::Asleep | Ceremonial::Ready => ().into_any(),
        }}
    }
}

/// Loads the page anew: who is signed in has changed.
pub fn leave_for(path: &str) {
    let _ = window().location().assign(path);
}

/// One click as the representative, on a server that runs on invented people.
#[component]
pub fn DemoEntry() -> impl IntoView {
    page_facts().demo.then(|| {
        view! {
            <form class="demo-entry" method="post" action=api::DemoEnter::PATH>
                <button class="button button-primary">{tr!(account.demo_enter)}</button>
            </form>
        }
    })
}
