//! What a tablet's link opens: it asks once whether this device is the one that is meant.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{api, model::SetUpView};
use crate::{
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn SetUpPage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("link").unwrap_or_default()], |[link]| api::tablet_link(link));
    let here = move || params.with_untracked(|params| link::tablet(&params.get("link").unwrap_or_default()));
    load(data, move |set_up| view! { <Whole set_up here=here() /> })
}

#[component]
fn Whole(set_up: SetUpView, here: String) -> impl IntoView {
    let SetUpView { enterprise_name, name } = set_up;
    view! {
        <Frame title=tr!(tablet.title)>
            <p class="declare-for">{enterprise_name}</p>
            <p class="note"><strong>{name}</strong> " " {tr!(tablet.set_up_what)}</p>
            <form method="post" action=here>
                <div class="actions">
                    <button class="button button-primary">{tr!(tablet.set_up)}</button>
                </div>
            </form>
            <p class="group-note">{tr!(tablet.set_up_note)}</p>
        </Frame>
    }
    .into_any()
}
