//! The people behind a figure.

use leptos::prelude::*;

#[component]
pub fn PeoplePage() -> impl IntoView {
    view! { <main></main> }
}
