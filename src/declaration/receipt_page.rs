//! What was received, and what happens next. It can be opened again, from this device only.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    check_view::{answer_facts, fact, facts_class, level_word, residence_fact, state_word},
    model::{AlertView, ReceiptView},
};
use crate::{
    error::AppError,
    gate::pass_view::Pass,
    link,
    questionnaire::model::AlertLevel,
    ui::{Frame, language, load, page_data, tr},
};

#[component]
pub fn ReceiptPage() -> impl IntoView {
    let params = use_params_map();
    let receipt = page_data(
        move || [params.read().get("receipt").unwrap_or_default()],
        |[receipt]| async move { api::show_receipt(receipt.parse().map_err(|_| AppError::NotFound)?).await },
    );
    load(receipt, |receipt| view! { <Receipt receipt /> })
}

#[component]
fn Receipt(receipt: ReceiptView) -> impl IntoView {
    let tablet = receipt.next_person.map(|secs| view! { <NextPerson secs /> });
    let back = if tablet.is_some() { link::TABLET } else { link::MINE };
    let own = tablet.is_none();
    view! {
        <Frame title=tr!(declaration.receipt) back>
            {receipt.owner.clone().map(|owner| view! { <span hidden data-owner=owner></span> })}
            {tablet}
            {receipt.pass.clone().map(|pass| view! { <Pass pass receipt=receipt.receipt /> })}
            {if receipt.replaced { replaced() } else { state(&receipt) }}
            {facts(&receipt)}
            {(!receipt.replaced).then(|| next(&receipt))}
            {answers(&receipt)}
            {own.then(|| view! {
                <div class="actions">
                    {(!receipt.replaced).then(|| view! { <a class="button" href=link::MINE>{tr!(declaration.mine)}</a> })}
                    <a class="button" href=link::declare(receipt.receipt.enterprise)>{tr!(declaration.again)}</a>
                </div>
            })}
        </Frame>
    }
}

/// At a tablet: it is not left to the next person to make this one's receipt go. The page is loaded anew, so that nothing stays behind.
#[component]
fn NextPerson(secs: u64) -> impl IntoView {
    Effect::new(move |_| {
        let gone = on_this_page();
        set_timeout(
            move || {
                if gone() {
                    let _ = window().location().set_href(link::TABLET);
                }
            },
            std::time::Duration::from_secs(secs),
        );
    });
    view! {
        <div class="actions">
            <a class="button button-primary" href=link::TABLET rel="external">{tr!(tablet.next)}</a>
            <p class="group-note">{tr!(tablet.next_note, secs = secs)}</p>
        </div>
    }
}

/// Says later whether this page is still there.
fn on_this_page() -> impl Fn() -> bool {
    let here = StoredValue::new(());
    move || !here.is_disposed()
}

/// Nobody may take it for the one that counts.
fn replaced() -> AnyView {
    view! {
        <section class="outcome" role="status">
            <h2>{tr!(declaration.receipt_replaced)}</h2>
            <a class="button" href=link::MINE>{tr!(declaration.mine)}</a>
        </section>
    }
    .into_any()
}

fn worst(receipt: &ReceiptView) -> Option<AlertLevel> {
    receipt.alerts.iter().map(|alert| alert.level).max()
}

/// The state in a word, and in a colour; and what to do, where that cannot wait.
fn state(receipt: &ReceiptView) -> AnyView {
    let worst = worst(receipt);
    let class = match worst {
        None if receipt.unmeasured() => "outcome",
        None => "outcome outcome-good",
        Some(AlertLevel::Attention) => "outcome outcome-warning",
        Some(AlertLevel::Urgent) => "outcome outcome-error",
    };
    let at_once =
        (worst == Some(AlertLevel::Urgent)).then(|| view! { <p class="at-once">{tr!(declaration.urgent_do)} " " {emergency()}</p> });
    let reason = |alert: &AlertView| view! { <li>{alert.reason.get(language()).to_owned()}</li> };
    let reasons = worst.map(|_| view! { <ul class="reasons">{receipt.alerts.iter().map(reason).collect_view()}</ul> });
    view! {
        <section class=class role="status">
            <p>{tr!(declaration.received)}</p>
            <h2>{state_word(worst, receipt.unmeasured())}</h2>
            {at_once}
            {reasons}
        </section>
    }
    .into_any()
}

fn facts(receipt: &ReceiptView) -> AnyView {
    view! {
        <dl class="facts">
            {fact(tr!(declaration.enterprise).to_owned(), receipt.enterprise_name.clone())}
            {fact(tr!(declaration.number).to_owned(), receipt.receipt.to_string())}
            {fact(tr!(declaration.time).to_owned(), receipt.at.clone())}
            {receipt.on_behalf.clone().map(|name| fact(tr!(declaration.on_behalf).to_owned(), name))}
            {fact(tr!(declaration.level).to_owned(), level_word(receipt.level).to_owned())}
        </dl>
        {receipt.next_person.is_none().then(|| view! { <p class="group-note">{tr!(declaration.keep)}</p> })}
    }
    .into_any()
}

fn emergency() -> AnyView {
    view! { <a class="button-link" rel="external" href="tel:120">"120"</a> }.into_any()
}

/// What the enterprise does with it, and what to do if unwell.
fn next(receipt: &ReceiptView) -> AnyView {
    let measure = receipt.unmeasured().then(|| {
        let again = link::with_query(&link::declare(receipt.receipt.enterprise), "same=1");
        view! { <li>{tr!(declaration.next_measure)} " " <a class="button-link" href=again>{tr!(declaration.next_measure_link)}</a></li> }
    });
    let worst = worst(receipt);
    let urgent = worst == Some(AlertLevel::Urgent);
    let calm = worst.is_some().then(|| {
        view! {
            {(!urgent).then(|| view! { <li>{tr!(declaration.next_calm)}</li> })}
            <li>{call(receipt)}</li>
        }
    });
    view! {
        <h2 class="group-title">{tr!(declaration.next)}</h2>
        <ul class="group next">
            {calm}
            {(!urgent).then(|| view! { <li>{tr!(declaration.next_seen)}</li> })}
            {measure}
            <li>{tr!(declaration.next_change)}</li>
            {(!urgent).then(|| view! { <li>{tr!(declaration.next_unwell)} " " {emergency()}</li> })}
        </ul>
    }
    .into_any()
}

/// Whom to call in the enterprise; where it has named nobody, whom to ask.
fn call(receipt: &ReceiptView) -> AnyView {
    let Some(contact) = &receipt.contact else { return tr!(declaration.next_ask).into_any() };
    view! {
        {tr!(declaration.next_call)} " " {contact.name.clone()} " "
        <a class="button-link" rel="external" href=contact.dialled()>{contact.phone.clone()}</a>
    }
    .into_any()
}

fn answers(receipt: &ReceiptView) -> AnyView {
    let section = |section: &crate::questionnaire::model::Section| {
        view! {
            <h3 class="group-title">{section.title.get(language()).to_owned()}</h3>
            <dl class=facts_class(section)>{answer_facts(section, &receipt.answers)}</dl>
        }
    };
    view! {
        <details class="answers">
            <summary>{tr!(declaration.answers)}</summary>
            {receipt.other_version.then(|| view! { <p class="note note-warning">{tr!(declaration.other_version)}</p> })}
            <dl class="facts">{residence_fact(&receipt.residence)}</dl>
            {receipt.sections.iter().map(section).collect_view()}
        </details>
    }
    .into_any()
}
