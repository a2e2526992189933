//! What whoever has a link to shared statistics sees: no names, no links into anything.

use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    figures_view::{Figures, words},
    model::SharedView,
};
use crate::{
    enterprise::invite_page::WordsToSend,
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn SharedPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.read().get("shared").unwrap_or_default();
    let shown = move || params.with_untracked(|params| params.get("shared").unwrap_or_default());
    let data = page_data(move || [token()], |[token]| api::load_shared(token));
    load(data, move |shared| view! { <Whole shared token=shown() /> })
}

#[component]
fn Whole(shared: SharedView, token: String) -> impl IntoView {
    let SharedView { name, until, snapshot } = shared;
    let text = words(&name, &snapshot);
    view! {
        <Meta name="robots" content="noindex" />
        <Frame title=tr!(share.shared_title) wide=true>
            <p class="statistics-code">{name}</p>
            <p class="group-note">{tr!(share.frozen, until = until)}</p>
            <Figures snapshot />
            <section class="group">
                <a class="cell" rel="external" href=link::shared_picture(&token)>
                    <span class="cell-label">{tr!(share.picture)}</span>
                    <span class="cell-note">{tr!(share.picture_hint)}</span>
                </a>
            </section>
            <h2 class="group-title">{tr!(share.as_text)}</h2>
            <WordsToSend words=text />
        </Frame>
    }
    .into_any()
}
