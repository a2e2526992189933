//! The passkeys of the person who is signed in: made, named and removed on the account's page.

use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

use super::{
    api::{self, RenamePasskey},
    model::{Intent, MOST_PASSKEYS, PASSKEY_NAME_CHARS, PasskeyLine, ProviderChoice, TICKET},
    passkey_browser::{self, Kind},
    sign_in_page::{Ceremonial, CeremonyNote, Stop, ceremony_state, is_waiting, leave_for},
};
use crate::{
    link,
    ui::{
        locale::{language, page_facts},
        query_value, tr,
    },
};

#[component]
pub fn Passkeys(passkeys: Vec<PasskeyLine>, providers: Vec<ProviderChoice>) -> impl IntoView {
    let state = ceremony_state();
    let (count, only) = (passkeys.len(), passkeys.len() == 1);
    // Who entered by one click, or by an identity provider, has none to verify themselves with; in the demo that is enough.
    let may_add = count < MOST_PASSKEYS && (count > 0 || page_facts().demo);
    let rows = passkeys.into_iter().map(|passkey| view! { <OnePasskey passkey only state /> });
    // A provider has verified the person just now, and sent them back with the proof.
    let ticket = query_value(TICKET);
    let may_add = may_add || count < MOST_PASSKEYS && !ticket.is_empty();
    let providers = if count < MOST_PASSKEYS && ticket.is_empty() { providers } else { Vec::new() };
    let by_provider = providers.into_iter().map(|provider| {
        view! {
            <a class="button" rel="external" href=link::step_up_by(&provider.id, &Intent::AddPasskey.to_string(), link::ACCOUNT)>
                {tr!(account.passkey_add_by, name = provider.name.get(language()))}
            </a>
        }
    });
    let by_provider = by_provider.collect_view();
    let add = move |_| run(state, add(ticket.clone()));
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.passkeys)}</h2>
            {(count == 0).then(|| view! { <p class="cell muted">{tr!(account.passkeys_none)}</p> })}
            <ul>{rows.collect_view()}</ul>
            <p class="group-note">{tr!(account.passkeys_note)}</p>
            <div class="actions" hidden=!may_add>
                <button type="button" data-wakes class="button" disabled prop:disabled=move || is_waiting(state.get()) on:click=add>
                    {tr!(account.passkey_add)}
                </button>
            </div>
            <div class="actions">{by_provider}</div>
            <CeremonyNote state />
        </section>
    }
    .into_any()
}

#[component]
fn OnePasskey(passkey: PasskeyLine, only: bool, state: RwSignal<Ceremonial>) -> impl IntoView {
    let PasskeyLine { id, name, made_at, used_at } = passkey;
    let shown = if name.is_empty() { tr!(account.passkey).to_owned() } else { name.clone() };
    let (field, removed) = (format!("name-{id}"), id.clone());
    let label = field.clone();
    let remove = move |_| run(state, remove(removed.clone()));
    let used = used_at.map(|at| view! { " · " {tr!(account.passkey_used)} " " <time>{at}</time> });
    view! {
        <li class="cell">
            <details class="own-passkey">
                <summary>
                    <span class="cell-label">{shown}</span>
                    <span class="cell-note muted">{tr!(account.passkey_made)} " " <time>{made_at}</time> {used}</span>
                </summary>
                <form method="post" action=RenamePasskey::PATH>
                    <input type="hidden" name="passkey" value=id />
                    <label class="field-label" for=label>
                        {tr!(account.passkey_name)}
                    </label>
                    <input class="input" id=field name="name" value=name maxlength=PASSKEY_NAME_CHARS required autocomplete="off" />
                    <div class="actions">
                        <button class="button">{tr!(account.passkey_rename)}</button>
                        <button type="button" class="button button-danger" hidden=only disabled=move || is_waiting(state.get()) on:click=remove>
                            {tr!(account.passkey_remove)}
                        </button>
                    </div>
                </form>
                <p class="group-note">{if only { tr!(account.passkey_only) } else { tr!(account.passkey_remove_note) }}</p>
            </details>
        </li>
    }
    .into_any()
}

/// Loads the page anew when it is done.
fn run(state: RwSignal<Ceremonial>, ceremony: impl Future<Output = Result<(), Stop>> + 'static) {
    state.set(Ceremonial::Busy);
    spawn_local(async move {
        match ceremony.await {
            Ok(()) => leave_for(link::ACCOUNT),
            Err(stop) => state.set(Ceremonial::Stopped(stop)),
        }
    });
}

async fn add(verified: String) -> Result<(), Stop> {
    let (ticket, credential) = if verified.is_empty() { step_up(Intent::AddPasskey.to_string()).await? } else { (verified, String::new()) };
    let ceremony = api::start_passkey(ticket, credential).await?.open()?;
    let credential = passkey_browser::run(Kind::Create, ceremony.options).await?;
    Ok(api::finish_passkey(ceremony.ticket, credential).await?.open()?)
}

async fn remove(id: String) -> Result<(), Stop> {
    let (ticket, credential) = step_up(Intent::RemovePasskey(id.clone()).to_string()).await?;
    Ok(api::remove_passkey(id, ticket, credential).await?.open()?)
}

/// Verifies the person once more, for one thing: a ticket and the passkey's answer.
pub async fn step_up(intent: String) -> Result<(String, String), Stop> {
    let ceremony = api::start_step_up(intent).await?.open()?;
    // Invented people have nothing to show.
    let asked = !ceremony.options.is_empty();
    let credential = if asked { passkey_browser::run(Kind::Get, ceremony.options).await? } else { String::new() };
    Ok((ceremony.ticket, credential))
}
