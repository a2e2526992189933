//! 门岗: the link that is handed to guards, and whom employees can call.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    model::{Contact, GateView, NAME_CHARS, PHONE_CHARS, Posted, Problem, field},
};
use crate::{
    enterprise::invite_page::WordsToSend,
    id::EnterpriseId,
    link,
    ui::{ErrorNote, Frame, Title, field::Text, load, page_data, tr},
};

#[component]
pub fn GatePage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("enterprise").unwrap_or_default()], |[enterprise]| api::gate(enterprise));
    load(data, |gate| view! { <Whole gate /> })
}

#[component]
fn Whole(gate: GateView) -> impl IntoView {
    let GateView { enterprise, name, link, qr, contact, may_change, posted } = gate;
    let refused = !posted.problems.is_empty();
    let contact = if may_change {
        view! { <ContactForm enterprise contact posted /> }.into_any()
    } else {
        contact.map(|Contact { name, phone }| view! { <p class="group-note">{name} " " {phone}</p> }).into_any()
    };
    view! {
        <Frame title=tr!(gate.title) back=link::invite(enterprise) wide=true signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(gate.title)) /> })}
            <p class="statistics-code">{name}</p>
            <h2 class="group-title">{tr!(gate.contact)}</h2>
            <p class="group-note">{tr!(gate.contact_what)}</p>
            {contact}
            <h2 class="group-title">{tr!(gate.guard)}</h2>
            <p class="group-note">{tr!(gate.guard_what)}</p>
            <section class="group invite-code">
                <img class="invite-qr" src=qr alt=tr!(gate.guard_qr) width="280" height="280" />
            </section>
            <WordsToSend words=link />
        </Frame>
    }
    .into_any()
}

#[component]
fn ContactForm(enterprise: EnterpriseId, contact: Option<Contact>, posted: Posted) -> impl IntoView {
    let Posted { typed, problems } = posted;
    let Contact { name, phone } = if problems.is_empty() { contact.unwrap_or_default() } else { typed };
    let error = problems.iter().find_map(|problem| if let Problem::Other(error) = problem { Some(*error) } else { None });
    let wrong = |which: Problem, words: &'static str| problems.contains(&which).then_some(words);
    view! {
        {error.map(|error| view! { <ErrorNote error /> })}
        <form class="group" method="post" action=link::gate(enterprise) novalidate>
            <Text
                field=field::NAME
                label=tr!(gate.contact_name)
                hint=tr!(gate.contact_name_hint)
                value=name
                problem=wrong(Problem::Name, tr!(gate.problem_name))
                autocomplete="off"
                kind="text"
                length=NAME_CHARS
            />
            <Text
                field=field::PHONE
                label=tr!(gate.contact_phone)
                hint=tr!(gate.contact_phone_hint)
                value=phone
                problem=wrong(Problem::Phone, tr!(gate.problem_phone))
                autocomplete="off"
                kind="tel"
                length=PHONE_CHARS
            />
            <div class="actions">
                <button class="button button-primary">{tr!(gate.save)}</button>
            </div>
        </form>
    }
    .into_any()
}
