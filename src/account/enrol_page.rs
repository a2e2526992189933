//! A one-time link: prove who you are, then make a passkey.

use leptos::prelude::*;

#[component]
pub fn EnrolPage() -> impl IntoView {
    view! { <main></main> }
}
