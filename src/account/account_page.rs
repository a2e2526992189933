//! Who is signed in here, and how to leave.

use leptos::prelude::*;

#[component]
pub fn AccountPage() -> impl IntoView {
    view! { <main></main> }
}
