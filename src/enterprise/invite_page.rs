//! 邀请员工申报: the QR code, the link, the words to send, the poster; and a new code when the old one went astray.

use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_router::hooks::use_params_map;

use super::{
    api::{self, ReplaceInvitation},
    model::{Grace, Invitation},
};
use crate::{
    error::AppError,
    language::Language,
    link,
    ui::{ErrorNote, Frame, language, load, locale::page_facts, page_data, tr},
};

#[component]
pub fn InvitePage() -> impl IntoView {
    let params = use_params_map();
    let replace = ServerAction::<ReplaceInvitation>::new();
    let invitation = page_data(
        move || [params.read().get("enterprise").unwrap_or_default(), replace.version().get().to_string()],
        |[enterprise, _]| async move { api::show_invitation(enterprise.parse().map_err(|_| AppError::NotFound)?).await },
    );
    load(invitation, move |invitation: Invitation| {
        view! {
            <Frame title=tr!(enterprise.invite) back=link::statistics(invitation.enterprise.id) signed_in=true>
                <Code invitation=invitation.clone() />
                <Words invitation=invitation.clone() />
                <PosterLink invitation=invitation.clone() />
                <p class="group-note">
                    <a href=link::gate(invitation.enterprise.id)>{tr!(gate.title)}</a>
                    " "
                    {tr!(gate.what)}
                </p>
                {invitation
                    .may_replace
                    .then(|| {
                        view! {
                            <p class="group-note">
                                <a href=link::tablets(invitation.enterprise.id)>{tr!(tablet.title)}</a>
                                " "
                                {tr!(tablet.what)}
                            </p>
                        }
                    })}
                {invitation.may_replace.then(|| view! { <Replace invitation replace /> })}
            </Frame>
        }
    })
}

/// The picture that employees scan.
#[component]
fn Code(invitation: Invitation) -> impl IntoView {
    let picture = link::with_query(&link::qr(invitation.enterprise.id), format_args!("v={}", invitation.version));
    let name = invitation.enterprise.name.clone();
    view! {
        <section class="group invite-code">
            <h2 class="invite-name">{name.clone()}</h2>
            <img class="invite-qr" src=picture width="280" height="280" alt=tr!(enterprise.qr_alt, name = name) />
            <p class="muted">{tr!(enterprise.qr_hold)}</p>
            {invitation.older_until.map(|time| view! { <p class="note note-warning">{tr!(enterprise.older_until, time = time)}</p> })}
        </section>
        <p class="group-note">{tr!(enterprise.only_by_code)}</p>
    }
}

/// The words to send, with the link in them.
#[component]
fn Words(invitation: Invitation) -> impl IntoView {
    let link = invitation.link;
    let words = tr!(enterprise.words, name = invitation.enterprise.name, link = link.clone());
    view! {
        <h2 class="group-title">{tr!(enterprise.words_title)}</h2>
        <WordsToSend words />
        <h2 class="group-title">{tr!(enterprise.link_title)}</h2>
        <section class="group">
            <p class="invite-words invite-link">{link}</p>
        </section>
    }
}

/// Words to be sent on, and the ways to do so.
#[component]
pub fn WordsToSend(words: String) -> impl IntoView {
    view! {
        <section class="group">
            <p id="invite-words" class="invite-words" tabindex="0">{words.clone()}</p>
            <SendWords words />
        </section>
    }
}

/// How copying went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copied {
    NotYet,
    Yes,
    /// There is no share sheet: WeChat's browser has none.
    InsteadOfSharing,
    /// The words are marked, and the person copies them.
    ByHand,
}

/// What a browser can do with the words; without JavaScript one tap marks them.
#[component]
fn SendWords(words: String) -> impl IntoView {
    let awake = RwSignal::new(false);
    let copied = RwSignal::new(Copied::NotYet);
    Effect::new(move |_| awake.set(true));
    let words = StoredValue::new(words);
    let copy = move |done: Copied| {
        spawn_local(async move {
            copied.set(if browser::copy(&words.get_value()).await { done } else { Copied::ByHand });
            if copied.get_untracked() == Copied::ByHand {
                browser::mark("invite-words");
            }
        });
    };
    // The system's own share sheet, where the browser has one.
    let share = move |_| {
        if browser::can_share() {
            browser::share(&words.get_value());
        } else {
            copy(Copied::InsteadOfSharing);
        }
    };
    let buttons = move || {
        awake.get().then(|| {
            // WeChat's browser shares nothing: there the words are copied, or the picture is held.
            let in_wechat = page_facts().in_wechat;
            let share = (!in_wechat).then(|| {
                view! {
                    <button class="button button-primary" type="button" on:click=share>
                        {tr!(enterprise.share)}
                    </button>
                }
            });
            view! {
                {share}
                <button class="button" class:button-primary=in_wechat type="button" on:click=move |_| copy(Copied::Yes)>
                    {tr!(enterprise.copy)}
                </button>
            }
        })
    };
    view! {
        <div class="actions">{buttons}</div>
        <p class="invite-copied" role="status">
            {move || match copied.get() {
                Copied::NotYet => None,
                Copied::Yes => Some(tr!(enterprise.copied)),
                Copied::InsteadOfSharing => Some(tr!(enterprise.copied_to_share)),
                Copied::ByHand => Some(tr!(enterprise.copy_by_hand)),
            }}
        </p>
    }
}

#[component]
fn PosterLink(invitation: Invitation) -> impl IntoView {
    let language = match language() {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let poster = link::with_query(&link::poster(invitation.enterprise.id), format_args!("lang={language}&v={}", invitation.version));
    view! {
        <h2 class="group-title">{tr!(enterprise.poster_title)}</h2>
        <section class="group">
            <a class="cell" rel="external" href=poster>
                <span class="cell-label">{tr!(enterprise.poster)}</span>
                <span class="cell-note">{tr!(enterprise.poster_hint)}</span>
            </a>
        </section>
    }
}

/// A new code. Behind a fold and a tick, because the posters on the walls stop working.
#[component]
fn Replace(invitation: Invitation, replace: ServerAction<ReplaceInvitation>) -> impl IntoView {
    let value = replace.value();
    let (tick, missing) = (NodeRef::<leptos::html::Input>::new(), RwSignal::new(false));
    // In our words; the browser's own stand in its language, and in a bubble.
    let confirmed = move |event: leptos::ev::MouseEvent| {
        missing.set(tick.get_untracked().is_some_and(|tick| !tick.checked()));
        if missing.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <h2 class="group-title">{tr!(enterprise.replace_title)}</h2>
        {move || match value.get() {
            Some(Ok(())) => view! { <p class="note note-good" role="status">{tr!(enterprise.replaced)}</p> }.into_any(),
            Some(Err(error)) => view! { <ErrorNote error /> }.into_any(),
            None => ().into_any(),
        }}
        <details class="group invite-replace" open=matches!(value.get_untracked(), Some(Err(_)))>
            <summary>
                <span class="cell-label">{tr!(enterprise.replace_open)}</span>
                <span class="cell-note">{tr!(enterprise.replace_why)}</span>
            </summary>
            <ActionForm action=replace>
                <input type="hidden" name="enterprise" value=invitation.enterprise.id.to_string() />
                <fieldset class="field">
                    <legend class="field-label">{tr!(enterprise.grace)}</legend>
                    <div class="choices">{Grace::ALL.map(grace_choice).collect_view()}</div>
                </fieldset>
                <div class="field" class:field-invalid=move || missing.get()>
                    {move || missing.get().then(|| view! { <p class="field-error" id="confirmed-error" role="alert">{tr!(enterprise.replace_unconfirmed)}</p> })}
                    <label class="choice">
                        <input
                            type="checkbox"
                            name="confirmed"
                            value="true"
                            required
                            aria-describedby=move || missing.get().then_some("confirmed-error")
                            aria-invalid=move || missing.get().then_some("true")
                            node_ref=tick
                        />
                        <span>{tr!(enterprise.replace_confirm)}</span>
                    </label>
                </div>
                <div class="actions">
                    <button class="button button-danger" type="submit" on:click=confirmed>{tr!(enterprise.replace)}</button>
                </div>
            </ActionForm>
        </details>
    }
}

fn grace_choice(grace: Grace) -> impl IntoView {
    let words = match grace {
        Grace::Now => tr!(enterprise.grace_now),
        Grace::Day => tr!(enterprise.grace_day),
        Grace::Week => tr!(enterprise.grace_week),
    };
    view! {
        <label class="choice">
            <input type="radio" name="grace" value=grace.code() checked=grace == Grace::default() />
            <span>{words}</span>
        </label>
    }
}

/// What only a browser can do.
#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::Reflect;
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsValue;
    use wasm_bindgen_futures::JsFuture;

    /// Old browsers, WeChat's, and pages that are not https lack parts of `navigator`.
    fn has(part: &str) -> bool {
        Reflect::get(&window().navigator(), &JsValue::from_str(part)).is_ok_and(|found| !found.is_undefined())
    }

    pub fn can_share() -> bool {
        has("share")
    }

    pub fn share(words: &str) {
        let data = web_sys::ShareData::new();
        data.set_text(words);
        // Whether it was shared is between the person and the other app.
        let _ = window().navigator().share_with_data(&data);
    }

    pub async fn copy(words: &str) -> bool {
        has("clipboard") && JsFuture::from(window().navigator().clipboard().write_text(words)).await.is_ok()
    }

    /// Puts the focus on the words: one tap marks them all.
    pub fn mark(id: &str) {
        use wasm_bindgen::JsCast;
        if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    }
}

/// On the server these are never called: effects and clicks happen in browsers.
#[cfg(not(feature = "hydrate"))]
mod browser {
    pub fn can_share() -> bool {
        false
    }

    pub fn share(_words: &str) {}

    #[expect(clippy::unused_async, reason = "the browser's waits")]
    pub async fn copy(_words: &str) -> bool {
        false
    }

    pub fn mark(_id: &str) {}
}
