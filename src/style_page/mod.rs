//! `/style`: every component in the states that it can be in, for whoever builds. No release has it. The theme is the browser's, the size
//! of text is switched at the foot; its own words are for developers and in one language, and its people are invented.

mod kit;
mod rooms;

use leptos::prelude::*;

use crate::ui::Frame;

#[component]
pub fn StylePage() -> impl IntoView {
    view! {
        <Frame title="Components" back="/" wide=true signed_in=true>
            {kit::kit()}
            {rooms::rooms()}
        </Frame>
    }
}

fn part(title: &'static str, shown: AnyView) -> AnyView {
    view! {
        <h2 class="group-title">{title}</h2>
        {shown}
    }
    .into_any()
}
