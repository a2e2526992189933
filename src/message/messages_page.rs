//! 消息: what the person who is signed in is told.

use leptos::prelude::*;

use super::{
    api,
    model::{Kind, MessageLine},
};
use crate::{
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn MessagesPage() -> impl IntoView {
    let messages = page_data(|| [], |[]| api::messages());
    load(messages, |messages: Vec<MessageLine>| {
        let shown = if messages.is_empty() {
            view! { <p class="note">{tr!(message.none)}</p> }.into_any()
        } else {
            view! { <ul class="group">{messages.into_iter().map(line).collect_view()}</ul> }.into_any()
        };
        view! {
            <Frame title=tr!(message.title) back=link::ENTERPRISES signed_in=true>
                {shown}
            </Frame>
        }
    })
}

fn line(message: MessageLine) -> AnyView {
    let MessageLine { kind, enterprise, enterprise_name, at, unread } = message;
    let words = match kind {
        Kind::ManagerRequested => tr!(message.manager_requested, enterprise = enterprise_name),
        Kind::ManagerRevoked => tr!(message.manager_revoked, enterprise = enterprise_name),
        Kind::ManagerExpired => tr!(message.manager_expired, enterprise = enterprise_name),
        Kind::PasskeyAdded => tr!(message.passkey_added).to_owned(),
    };
    let inner = view! {
        <span class="cell-label">
            {words} " " {unread.then(|| view! { <span class="badge badge-warning">{tr!(message.unread)}</span> })}
        </span>
        <span class="cell-note muted">
            <time>{at}</time>
        </span>
    };
    let inner = match kind {
        Kind::ManagerRequested => view! { <a class="cell" href=link::managers(enterprise)>{inner}</a> }.into_any(),
        Kind::PasskeyAdded => view! { <a class="cell" href=link::ACCOUNT>{inner}</a> }.into_any(),
        Kind::ManagerRevoked | Kind::ManagerExpired => view! { <div class="cell">{inner}</div> }.into_any(),
    };
    view! { <li>{inner}</li> }.into_any()
}

/// The way to the messages, with how many are unread.
#[component]
pub fn ToMessages(unread: u32) -> impl IntoView {
    let count = (unread > 0).then(|| view! { " " <span class="badge badge-warning">{tr!(message.unread_count, count = unread)}</span> });
    view! {
        <a class="button-link" href=link::MESSAGES>
            {tr!(message.title)}
            {count}
        </a>
    }
}
