//! What an enterprise's declarations add up to.

use leptos::prelude::*;

#[component]
pub fn StatisticsPage() -> impl IntoView {
    view! { <main></main> }
}
