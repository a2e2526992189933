//! 登录验证: sign in by an identity provider, or with a passkey.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    api,
    model::{ProviderChoice, SignInForm},
    passkey_browser::{self, Kind, NoPasskey},
};
use crate::{
    error::AppError,
    link,
    ui::{
        ErrorNote, Frame, load,
        locale::{language, page_facts},
        page_data, query_value, tr,
    },
};

/// What a ceremony is doing, for the button and the note under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremonial {
    /// The page has not woken up.
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
    let form = page_data(|| [], |[]| api::load_sign_in_form());
    let next = query_value("next");
    let state = ceremony_state();
    load(form, move |form| view! { <SignIn form next=next.clone() state /> })
}

#[component]
fn SignIn(form: SignInForm, next: String, state: RwSignal<Ceremonial>) -> impl IntoView {
    let by_provider = (!form.providers.is_empty()).then(|| view! { <ByProvider providers=form.providers next=next.clone() /> }.into_any());
    let beside = by_provider.is_some();
    let sign_in = move |_| {
        let next = next.clone();
        state.set(Ceremonial::Busy);
        spawn_local(async move {
            match ceremony(next).await {
                Ok(path) => leave_for(&path),
                Err(stop) => state.set(Ceremonial::Stopped(stop)),
            }
        });
    };
    let passkey = view! {
        <p class="group-note">{tr!(account.sign_in_how)}</p>
        <div class="actions">
            <button type="button" data-wakes class="button button-primary" disabled prop:disabled=move || is_waiting(state.get()) on:click=sign_in>
                {tr!(app.go_sign_in)}
            </button>
        </div>
    };
    // Where there is another way, that a browser has no passkeys is nobody's error until they ask for it.
    let passkey = if beside {
        view! {
            <details class="group">
                <summary>{tr!(account.passkey_title)}</summary>
                {passkey}
                <CeremonyNote state />
            </details>
        }
        .into_any()
    } else {
        view! {
            <section class="group">
                <p class="cell">{tr!(account.sign_in_why)}</p>
                {passkey}
            </section>
            <CeremonyNote state />
        }
        .into_any()
    };
    view! {
        <Frame title=tr!(account.sign_in) back=link::ENTRY>
            <DemoEntry />
            {by_provider}
            {passkey}
            <p class="muted">{tr!(account.sign_in_enterprise)}</p>
        </Frame>
    }
    .into_any()
}

/// A link for each provider: it leaves this site, and a page may post to itself only.
#[component]
fn ByProvider(providers: Vec<ProviderChoice>, next: String) -> impl IntoView {
    let links = providers.into_iter().map(|provider| {
        view! {
            <a class="button button-primary" rel="external" href=link::sign_in_by(&provider.id, &next)>
                {tr!(account.sign_in_by, name = provider.name.get(language()))}
            </a>
        }
    });
    view! {
        <section class="group">
            <p class="cell">{tr!(account.sign_in_why)}</p>
            <p class="group-note">{tr!(account.sign_in_by_how)}</p>
            <div class="actions">{links.collect_view()}</div>
        </section>
    }
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
