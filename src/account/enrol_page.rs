//! A one-time link: prove who you are, then make a passkey. The link's token stands in the fragment, which no browser sends
//! and no log sees; so this page needs JavaScript, as passkeys do.

use leptos::{prelude::*, task::spawn_local};

use super::{
    api,
    model::Enrolment,
    passkey_browser::{self, Kind},
    sign_in_page::{Ceremonial, CeremonyNote, Stop, ceremony_state, is_waiting, leave_for},
};
use crate::{
    error::AppError,
    ui::{Frame, tr},
};

#[component]
pub fn EnrolPage() -> impl IntoView {
    let state = ceremony_state();
    let last_six = RwSignal::new(String::new());
    let tries_left = RwSignal::new(None::<i64>);
    // A link that is dead says so before anything is typed, and asks for nothing.
    Effect::new(move || {
        spawn_local(async move {
            if let Err(error) = api::check_link(token()).await {
                state.set(Ceremonial::Stopped(Stop::There(error)));
            }
        });
    });
    let enrol = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if is_waiting(state.get_untracked()) {
            return;
        }
        state.set(Ceremonial::Busy);
        tries_left.set(None);
        spawn_local(async move {
            match ceremony(last_six.get_untracked()).await {
                Ok(Ok(path)) => leave_for(&path),
                Ok(Err(left)) => {
                    tries_left.set(Some(left));
                    state.set(if left > 0 { Ceremonial::Ready } else { Ceremonial::Stopped(Stop::There(AppError::LinkExpired)) });
                }
                Err(stop) => state.set(Ceremonial::Stopped(stop)),
            }
        });
    };
    let dead = move || state.get() == Ceremonial::Stopped(Stop::There(AppError::LinkExpired));
    let wrong = move || tries_left.get().filter(|left| *left > 0);
    view! {
        <Frame title=tr!(account.enrol)>
            <p hidden=dead>{tr!(account.enrol_what)}</p>
            <form on:submit=enrol novalidate hidden=dead>
                <section class="group">
                    <div class="field" class:field-invalid=move || wrong().is_some()>
                        <label class="field-label" for="last-six">
                            {tr!(account.last_six)}
                        </label>
                        <p class="field-hint" id="last-six-hint">
                            {tr!(account.last_six_hint)}
                        </p>
                        {move || {
                            wrong()
                                .map(|left| {
                                    view! { <p class="field-error" id="last-six-error" role="alert">{tr!(account.last_six_wrong, left = left)}</p> }
                                })
                        }}
                        <input
                            class="input"
                            id="last-six"
                            autocomplete="off"
                            autocapitalize="characters"
                            spellcheck="false"
                            maxlength="12"
                            aria-describedby="last-six-hint last-six-error"
                            bind:value=last_six
                        />
                    </div>
                    <div class="actions">
                        <button class="button button-primary" disabled=move || is_waiting(state.get())>
                            {tr!(account.make_passkey)}
                        </button>
                    </div>
                </section>
            </form>
            <CeremonyNote state />
            <p class="muted" hidden=dead>{tr!(account.enrol_privacy)}</p>
        </Frame>
    }
    .into_any()
}

/// Where to go on, or how many tries are left.
async fn ceremony(last_six: String) -> Result<Result<String, i64>, Stop> {
    match api::start_enrolment(token(), last_six).await?.open()? {
        Enrolment::Wrong { tries_left } => Ok(Err(tries_left)),
        Enrolment::Started(ceremony) => {
            let credential = passkey_browser::run(Kind::Create, ceremony.options).await?;
            Ok(Ok(api::finish_enrolment(ceremony.ticket, credential).await?.open()?))
        }
    }
}

fn token() -> String {
    window().location().hash().unwrap_or_default().trim_start_matches('#').to_owned()
}
