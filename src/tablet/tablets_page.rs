//! 公用设备: an enterprise's tablets, and the link that makes one more.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    model::{LINK_HOURS, MOST_TABLETS, Made, NAME_CHARS, TabletLine, TabletsView, field},
};
use crate::{
    enterprise::invite_page::WordsToSend,
    link,
    ui::{Frame, field::Text, load, page_data, tr},
};

#[component]
pub fn TabletsPage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("enterprise").unwrap_or_default()], |[enterprise]| api::tablets(enterprise));
    load(data, |tablets| view! { <Whole tablets /> })
}

#[component]
fn Whole(tablets: TabletsView) -> impl IntoView {
    let TabletsView { enterprise, name, tablets, made } = tablets;
    let typed = match &made {
        Some(Made::Name(typed)) => Some(typed.clone()),
        _ => None,
    };
    let problem = typed.is_some().then(|| tr!(tablet.problem_name));
    let path = link::tablets(enterprise);
    let list = (!tablets.is_empty()).then(|| {
        let lines = tablets.into_iter().map(|tablet| line(tablet, path.clone())).collect_view();
        view! { <ul class="group">{lines}</ul> }
    });
    view! {
        <Frame title=tr!(tablet.title) back=link::invite(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            {made.and_then(just_made)}
            <p class="group-note">{tr!(tablet.what)}</p>
            {list}
            <form class="group" method="post" action=path novalidate>
                <Text
                    field=field::NAME
                    label=tr!(tablet.name)
                    hint=tr!(tablet.name_hint)
                    value=typed.unwrap_or_default()
                    problem=problem
                    autocomplete="off"
                    kind="text"
                    length=NAME_CHARS
                />
                <div class="actions">
                    <button class="button button-primary">{tr!(tablet.make)}</button>
                </div>
            </form>
        </Frame>
    }
    .into_any()
}

fn just_made(made: Made) -> Option<AnyView> {
    match made {
        Made::Link { link, qr, until } => Some(
            view! {
                <p class="note note-good" role="status">
                    <strong>{tr!(tablet.made)}</strong>
                    " "
                    {tr!(tablet.made_once, hours = LINK_HOURS, until = until)}
                </p>
                <section class="group invite-code">
                    <img class="invite-qr" src=qr alt=tr!(tablet.qr) width="280" height="280" />
                </section>
                <WordsToSend words=link />
            }
            .into_any(),
        ),
        Made::Enough => Some(view! { <p class="note note-error" role="alert">{tr!(tablet.enough, count = MOST_TABLETS)}</p> }.into_any()),
        Made::Name(_) => None,
    }
}

fn line(tablet: TabletLine, path: String) -> AnyView {
    let TabletLine { id, name, set_up_at, link_until } = tablet;
    let state = match set_up_at {
        Some(at) => tr!(tablet.set_up_at, at = at),
        None => tr!(tablet.waiting, until = link_until),
    };
    view! {
        <li class="cell cell-ends">
            <span class="cell-label">{name.clone()}</span>
            <span class="cell-note muted">{state}</span>
            <form method="post" action=path>
                <input type="hidden" name=field::TABLET value=id />
                <button class="button button-danger" aria-label=tr!(tablet.end_named, name = name)>{tr!(tablet.end)}</button>
            </form>
        </li>
    }
    .into_any()
}
