//! The ways to verify oneself once more, for exactly one thing: as every page offers them that asks for it.

use leptos::{prelude::*, task::spawn_local};

use super::{
    model::ProviderChoice,
    own_passkeys::step_up,
    sign_in_page::{Ceremonial, Stop, is_waiting, leave_for},
};
use crate::{
    link,
    ui::{locale::language, tr},
};

/// How whoever is signed in can be verified: by a passkey of theirs, and by these providers.
#[derive(Clone)]
pub struct Ways {
    pub by_passkey: bool,
    pub providers: Vec<ProviderChoice>,
}

/// What the buttons say, and how they look.
#[derive(Clone, Copy)]
pub struct Buttons {
    pub class: &'static str,
    pub by_passkey: &'static str,
    /// With the provider's name.
    pub by_provider: fn(&str) -> String,
}

/// A link for each provider, who sends back to `next` with a ticket, and a button for the passkey. What the passkey's ticket and answer are
/// good for is `act`'s to do; it gives where to go on. Where there is no way, it says so.
pub fn ways_to_verify<Acted>(
    ways: Ways,
    intent: String,
    next: &str,
    buttons: Buttons,
    state: RwSignal<Ceremonial>,
    act: impl Fn(String, String) -> Acted + Clone + Send + 'static,
) -> AnyView
where
    Acted: Future<Output = Result<String, Stop>> + 'static,
{
    let Ways { by_passkey, providers } = ways;
    let neither = (!by_passkey && providers.is_empty()).then(|| view! { <p class="note note-error">{tr!(delegation.verify_none)}</p> });
    let links = providers.into_iter().map(|provider| {
        view! {
            <a class=buttons.class rel="external" href=link::step_up_by(&provider.id, &intent, next)>
                {(buttons.by_provider)(provider.name.get(language()))}
            </a>
        }
    });
    let links = links.collect_view();
    let verify = move |_| {
        let (intent, act) = (intent.clone(), act.clone());
        state.set(Ceremonial::Busy);
        spawn_local(async move {
            let acted = match step_up(intent).await {
                Ok((ticket, credential)) => act(ticket, credential).await,
                Err(stop) => Err(stop),
            };
            match acted {
                Ok(path) => leave_for(&path),
                Err(stop) => state.set(Ceremonial::Stopped(stop)),
            }
        });
    };
    let passkey = by_passkey.then(|| {
        view! {
            <button type="button" data-wakes class=buttons.class disabled prop:disabled=move || is_waiting(state.get()) on:click=verify>
                {buttons.by_passkey}
            </button>
        }
    });
    view! {
        {neither}
        <div class="actions">{links} {passkey}</div>
    }
    .into_any()
}
