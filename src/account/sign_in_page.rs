//! 登录验证: sign in with a passkey.

use leptos::prelude::*;

#[component]
pub fn SignInPage() -> impl IntoView {
    view! { <main></main> }
}
