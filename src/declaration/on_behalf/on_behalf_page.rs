//! The form for somebody else. It is the server's, and stays as it was sent.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{api, model::OnBehalfView};
use crate::{
    declaration::model::{FORM, Stage},
    ui::{Frame, Title, load, page_data, tr},
};

#[component]
pub fn OnBehalfPage() -> impl IntoView {
    let params = use_params_map();
    let one = move |name: &str| params.read().get(name).unwrap_or_default();
    let form = page_data(
        move || [one("enterprise"), one("employee"), one("line")],
        |[enterprise, employee, line]| async move {
            if line.is_empty() { api::declare_for(enterprise, employee).await } else { api::declare_for_line(enterprise, line).await }
        },
    );
    load(form, |form| view! { <Whole form /> })
}

#[component]
fn Whole(form: OnBehalfView) -> impl IntoView {
    let OnBehalfView { name, action, back, withdrawn, declared_at, stage, above, inside, .. } = form;
    let refused = stage == Stage::Refused || withdrawn;
    view! {
        <Frame title=tr!(declaration.declare_for) back signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(declaration.declare_for)) /> })}
            {withdrawn.then(|| view! { <p class="note note-error" role="alert">{tr!(declaration.for_withdrawn)}</p> })}
            <p class="note">{tr!(declaration.for_whom, name = name)}</p>
            {declared_at.map(|time| view! { <p class="note note-warning">{tr!(declaration.for_declared, time = time)}</p> })}
            <div class="as-sent" inner_html=above></div>
            <form id=FORM method="post" action=action novalidate>
                <div class="as-sent" inner_html=inside></div>
            </form>
        </Frame>
    }
    .into_any()
}
