//! The entry: what this is, and where to go.

use leptos::prelude::*;

use super::{api, model::Entry, onward::Onward, sign_in_page::DemoEntry};
use crate::{
    link,
    ui::{Frame, Owners, load, page_data, tr},
};

#[component]
pub fn EntryPage() -> impl IntoView {
    let entry = page_data(|| [], |[]| api::load_entry());
    load(entry, |entry| match entry.onward.clone() {
        Some(to) => view! { <Onward to /> }.into_any(),
        None => view! { <Welcome entry /> }.into_any(),
    })
}

#[component]
fn Welcome(entry: Entry) -> impl IntoView {
    view! {
        <Frame title=tr!(app.name)>
            <Owners owners=entry.owners.clone() />
            <p>{tr!(account.entry_what)}</p>
            <DemoEntry />
            <section class="group">
                <h2 class="group-title">{tr!(account.representative)}</h2>
                <p class="group-note">{tr!(account.entry_representative)}</p>
                <div class="actions">
                    <a class="button button-primary" href=link::SIGN_IN>
                        {tr!(app.go_sign_in)}
                    </a>
                </div>
            </section>
            <section class="group">
                <h2 class="group-title">{tr!(account.employee)}</h2>
                <p class="group-note">{tr!(account.entry_employee)}</p>
                {(!entry.owners.is_empty()).then(|| view! { <OwnDeclarations /> })}
            </section>
            <section class="group">
                <h2 class="group-title">{tr!(account.questions)}</h2>
                <Answered question=tr!(account.question_enterprise) answer=tr!(account.answer_enterprise) />
                <Answered question=tr!(account.question_manager) answer=tr!(account.answer_manager) />
                <Answered question=tr!(account.question_privacy) answer=tr!(account.answer_privacy) />
            </section>
        </Frame>
    }
    .into_any()
}

/// For a device that has declared before.
#[component]
fn OwnDeclarations() -> impl IntoView {
    view! {
        <a class="cell" href=link::MINE>
            <span class="cell-label">{tr!(account.own_history)}</span>
        </a>
        <a class="cell" href=link::ACCOUNT>
            <span class="cell-label">{tr!(account.not_you)}</span>
        </a>
    }
}

#[component]
fn Answered(question: &'static str, answer: &'static str) -> impl IntoView {
    view! {
        <details class="answered">
            <summary>{question}</summary>
            <p>{answer}</p>
        </details>
    }
}
