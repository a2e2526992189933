//! One person's declaration, with its history.

use leptos::prelude::*;

#[component]
pub fn PersonPage() -> impl IntoView {
    view! { <main></main> }
}
