//! Who is known on this device, and how to leave. The forms are plain ones: the page that follows knows nothing of before.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{self, ForgetDevice, SignOut},
    model::{Account, Level, Remembered, SignedIn},
};
use crate::{
    declaration::browser,
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let account = page_data(|| [], |[]| api::load_account());
    load(account, |account| view! { <Known account /> })
}

#[component]
fn Known(account: Account) -> impl IntoView {
    let Account { viewer, devices } = account;
    let remembered = !devices.is_empty();
    let title = if viewer.is_none() && remembered { tr!(account.device) } else { tr!(account.account) };
    let viewer = match viewer {
        Some(viewer) => view! { <Viewer viewer /> }.into_any(),
        None if remembered => ().into_any(),
        None => view! { <NobodySignedIn /> }.into_any(),
    };
    view! {
        <Frame title back=link::ENTRY>
            {remembered.then(|| view! { <Devices devices /> })}
            {viewer}
        </Frame>
    }
    .into_any()
}

#[component]
fn Viewer(viewer: SignedIn) -> impl IntoView {
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.representative)}</h2>
            <dl class="facts">
                <div>
                    <dt>{tr!(account.name)}</dt>
                    <dd>{viewer.name}</dd>
                </div>
                <div>
                    <dt>{tr!(account.level)}</dt>
                    <dd>{level_words(viewer.level)}</dd>
                </div>
            </dl>
            <div class="actions">
                <a class="button" href=link::ENTRY>
                    {tr!(account.to_enterprises)}
                </a>
                <form method="post" action=SignOut::PATH>
                    <button class="button button-danger">{tr!(account.sign_out)}</button>
                </form>
            </div>
        </section>
    }
}

#[component]
fn NobodySignedIn() -> impl IntoView {
    view! {
        <section class="group">
            <p class="cell">{tr!(account.nobody)}</p>
            <div class="actions">
                <a class="button button-primary" href=link::SIGN_IN>
                    {tr!(app.go_sign_in)}
                </a>
            </div>
        </section>
    }
}

/// What this phone remembers: on a shared one, whoever holds it can make it forget.
#[component]
fn Devices(devices: Vec<Remembered>) -> impl IntoView {
    let rows = devices.into_iter().map(|device| {
        view! {
            <a class="cell" href=link::declare(device.enterprise)>
                <span class="cell-label">{device.enterprise_name}</span>
            </a>
            <div class="actions">
                <form method="post" action=ForgetDevice::PATH on:submit=|_| browser::drop_drafts_but(None)>
                    <input type="hidden" name="enterprise" value=device.enterprise.to_string() />
                    <button class="button button-danger">{tr!(account.forget)}</button>
                </form>
            </div>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.devices)}</h2>
            {rows.collect_view()}
            <p class="group-note">{tr!(account.forget_note)}</p>
        </section>
    }
}

/// How well we know who someone is, in words. A passkey is never called 实名.
pub fn level_words(level: Level) -> &'static str {
    match level {
        Level::Claimed => tr!(account.level_claimed),
        Level::Passkey => tr!(account.level_passkey),
        Level::Face => tr!(account.level_face),
    }
}
