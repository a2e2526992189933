//! What I declared, on this phone: every enterprise that it knows me in, newest first.

use leptos::prelude::*;

use super::{
    api,
    check_view::state_word,
    model::{MineLine, MineState, MineView},
};
use crate::{
    account::verify_again::verify_again,
    audit::{
        audit_page::{actor_words, look_words},
        model::Look,
    },
    link,
    questionnaire::model::AlertLevel,
    ui::{Frame, Owners, load, page_data, tr},
};

#[component]
pub fn MinePage() -> impl IntoView {
    let mine = page_data(|| [], |[]| api::my_declarations());
    load(mine, |mine: Vec<MineView>| {
        let owners = mine.iter().map(|mine| mine.owner.clone()).collect();
        view! {
            <Frame title=tr!(declaration.mine) back=link::ENTRY>
                <Owners owners />
                {if mine.is_empty() { nobody() } else { mine.iter().map(enterprise).collect_view().into_any() }}
            </Frame>
        }
    })
}

fn nobody() -> AnyView {
    view! {
        <section class="outcome">
            <h2>{tr!(declaration.mine_nobody)}</h2>
            <p>{tr!(declaration.mine_nobody_do)}</p>
        </section>
    }
    .into_any()
}

fn enterprise(mine: &MineView) -> AnyView {
    let (class, words) =
        if mine.declared_today { ("button", tr!(declaration.again)) } else { ("button button-primary", tr!(declaration.declare_now)) };
    let lines = if mine.lines.is_empty() {
        view! { <p class="cell muted">{tr!(declaration.mine_none)}</p> }.into_any()
    } else {
        view! { <ul>{mine.lines.iter().map(line).collect_view()}</ul> }.into_any()
    };
    let reminded = mine.reminded_at.clone().map(|at| {
        view! { <p class="note note-warning"><a href=link::declare(mine.enterprise)>{tr!(reminder.notice, at = at)}</a></p> }
    });
    view! {
        <h2 class="group-title">{mine.enterprise_name.clone()}</h2>
        {reminded}
        <section class="group">
            {lines}
            <div class="actions">
                <a class=class href=link::declare(mine.enterprise)>{words}</a>
                <a class="button" href=link::rights(mine.enterprise)>{tr!(rights.title)}</a>
            </div>
        </section>
        {verify_again(mine.enterprise, mine.verify_again.clone(), link::MINE)}
        {looks(&mine.looks)}
    }
    .into_any()
}

fn looks(looks: &[Look]) -> AnyView {
    let lines = looks.iter().map(|look| {
        view! {
            <li class="cell">
                <span class="cell-label">{actor_words(look.actor)} " " {look.actor_name.clone()}</span>
                <span class="cell-value">{look_words(look)} " " <time>{look.at.clone()}</time></span>
            </li>
        }
    });
    let lines = if looks.is_empty() {
        view! { <p class="cell muted">{tr!(audit.looks_none)}</p> }.into_any()
    } else {
        view! { <ul>{lines.collect_view()}</ul> }.into_any()
    };
    view! {
        <details class="group">
            <summary>{tr!(audit.looks)}</summary>
            {lines}
            <p class="group-note">{tr!(audit.looks_note)}</p>
        </details>
    }
    .into_any()
}

fn line(line: &MineLine) -> AnyView {
    let replaced = line.replaced.then(|| view! { <span class="badge">{tr!(declaration.replaced)}</span> });
    let state = line.state.map(|MineState { alert, unmeasured, on_behalf }| {
        let class = match alert {
            None if unmeasured => "badge",
            None => "badge badge-good",
            Some(AlertLevel::Attention) => "badge badge-warning",
            Some(AlertLevel::Urgent) => "badge badge-danger",
        };
        let on_behalf = on_behalf.then(|| view! { <span class="badge">{tr!(declaration.on_behalf)}</span> " " });
        view! { {on_behalf} <span class=class>{state_word(alert, unmeasured)}</span> }
    });
    view! {
        <li>
            <a class="cell" href=link::receipt(line.receipt)>
                <span class="cell-label">{line.day.to_string()} " " {line.time.clone()}</span>
                <span class="badges">{replaced} {state}</span>
            </a>
        </li>
    }
    .into_any()
}
