//! Who is known on this device, and how to leave. The forms are plain ones: the page that follows knows nothing of before.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    api::{self, EndSession, ForgetDevice, SignOut},
    claim_page::kind_words,
    model::{Account, Level, OwnEntry, Remembered, SessionLine, SignedIn},
    own_passkeys::Passkeys,
};
use crate::{
    audit::audit_page::own_words,
    declaration::browser,
    link,
    ui::{Frame, Owners, load, page_data, tr},
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
    let known: Vec<String> = devices.iter().map(|device| device.enterprise.to_string()).collect();
    let owners = devices.iter().map(|device| device.owner.clone()).collect();
    Effect::new(move || browser::drop_drafts_if_forgotten(&known));
    let title = if viewer.is_none() && remembered { tr!(account.device) } else { tr!(account.account) };
    let viewer = match viewer {
        Some(viewer) => view! { <Viewer viewer /> }.into_any(),
        None if remembered => ().into_any(),
        None => view! { <NobodySignedIn /> }.into_any(),
    };
    view! {
        <Frame title back=link::ENTRY>
            <Owners owners />
            {remembered.then(|| view! { <Devices devices /> })}
            {viewer}
        </Frame>
    }
    .into_any()
}

#[component]
fn Viewer(viewer: SignedIn) -> impl IntoView {
    let SignedIn { name, kind, document, phone, level, sessions, passkeys, providers, entries } = viewer;
    let phone = phone.map(|phone| {
        view! {
            <div>
                <dt>{tr!(account.phone)}</dt>
                <dd>{phone}</dd>
            </div>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.about_you)}</h2>
            <dl class="facts">
                <div>
                    <dt>{tr!(account.name)}</dt>
                    <dd>{name}</dd>
                </div>
                <div>
                    <dt>{kind_words(kind)}</dt>
                    <dd>{document}</dd>
                </div>
                {phone}
                <div>
                    <dt>{tr!(account.level)}</dt>
                    <dd>{level_words(level)}</dd>
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
        <Sessions sessions />
        <Passkeys passkeys providers />
        <Entries entries />
    }
}

/// Where the person is signed in: what they do not know they can end.
#[component]
fn Sessions(sessions: Vec<SessionLine>) -> impl IntoView {
    let others = sessions.iter().any(|session| !session.here);
    let rows = sessions.into_iter().map(|session| {
        let SessionLine { id, agent, level, seen_at, here } = session;
        let agent = if agent.is_empty() { tr!(account.session_unknown).to_owned() } else { agent };
        let end = (!here).then(|| {
            view! {
                <form method="post" action=EndSession::PATH>
                    <input type="hidden" name="session" value=id />
                    <button class="button">{tr!(account.session_end)}</button>
                </form>
            }
        });
        view! {
            <li class="cell">
                <span class="cell-label">
                    <span translate="no">{agent}</span>
                    " "
                    {here.then(|| view! { <span class="badge badge-good">{tr!(account.session_here)}</span> })}
                </span>
                {end}
                <span class="cell-note muted">{level_words(level)} " · " {tr!(account.session_seen)} " " <time>{seen_at}</time></span>
            </li>
        }
    });
    let end_others = others.then(|| {
        view! {
            <div class="actions">
                <form method="post" action=EndSession::PATH>
                    <button class="button button-danger">{tr!(account.session_end_others)}</button>
                </form>
            </div>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.sessions)}</h2>
            <ul>{rows.collect_view()}</ul>
            {end_others}
        </section>
    }
    .into_any()
}

/// What was done with this sign-in: what the person does not know was not theirs.
#[component]
fn Entries(entries: Vec<OwnEntry>) -> impl IntoView {
    let rows = entries.into_iter().map(|OwnEntry { at, action }| {
        view! {
            <li class="cell">
                <span class="cell-label">{own_words(action)}</span>
                <span class="cell-note muted">
                    <time>{at}</time>
                </span>
            </li>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.entries)}</h2>
            <ol>{rows.collect_view()}</ol>
            <p class="group-note">{tr!(account.entries_note)}</p>
        </section>
    }
    .into_any()
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
        let enterprise = device.enterprise.to_string();
        view! {
            <a class="cell" href=link::declare(device.enterprise)>
                <span class="cell-label">{device.enterprise_name}</span>
            </a>
            <div class="actions">
                <form method="post" action=ForgetDevice::PATH on:submit=move |_| browser::forgetting(&enterprise)>
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
        Level::Tablet => tr!(declaration.level_tablet),
    }
}
