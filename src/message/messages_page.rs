//! 消息: what the person who is signed in is told.

use leptos::prelude::*;

use super::{
    api, browser,
    model::{ALL, Kind, MessageLine, MessagesView, READ},
};
use crate::{
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn MessagesPage() -> impl IntoView {
    let messages = page_data(|| [], |[]| api::messages());
    let heard = RwSignal::new(None);
    browser::follow(heard);
    // The first is what the page shows already.
    Effect::new(move |before: Option<Option<u32>>| {
        let now = heard.get();
        if before.flatten().is_some_and(|before| Some(before) != now) {
            messages.refetch();
        }
        now
    });
    load(messages, |messages| view! { <Whole messages /> })
}

#[component]
fn Whole(messages: MessagesView) -> impl IntoView {
    let MessagesView { unread, lines } = messages;
    let (empty, shown) = (lines.is_empty(), lines.into_iter().map(line).collect_view());
    let shown = if empty {
        view! { <p class="note">{tr!(message.none)}</p> }.into_any()
    } else {
        view! { <ul class="group">{shown}</ul> }.into_any()
    };
    let all = (unread > 0).then(|| {
        view! {
            <form class="actions" method="post">
                <button class="button" name=READ value=ALL>
                    {tr!(message.read_all)}
                </button>
            </form>
        }
    });
    view! {
        <Frame title=tr!(message.title) back=link::ENTERPRISES signed_in=true>
            <p class="muted" role="status">
                {match unread {
                    0 if empty => String::new(),
                    0 => tr!(message.all_read).to_owned(),
                    unread => tr!(message.unread_count, count = unread),
                }}
            </p>
            {shown}
            {all}
        </Frame>
    }
    .into_any()
}

/// A message that was not read is a button: it counts as read, and leads to where something can be done.
fn line(message: MessageLine) -> AnyView {
    let MessageLine { name, kind, enterprise, enterprise_name, count, at, unread } = message;
    let words = match kind {
        Kind::ManagerRequested => tr!(message.manager_requested, enterprise = enterprise_name),
        Kind::ManagerRevoked => tr!(message.manager_revoked, enterprise = enterprise_name),
        Kind::ManagerExpired => tr!(message.manager_expired, enterprise = enterprise_name),
        Kind::PasskeyAdded => tr!(message.passkey_added).to_owned(),
        Kind::Alert => tr!(message.alert, enterprise = enterprise_name, count = count),
        Kind::Reminder => tr!(message.reminder, enterprise = enterprise_name, count = count),
    };
    let inner = view! {
        <span class="cell-label">
            {words} " " {unread.then(|| view! { <span class="badge badge-warning">{tr!(message.unread)}</span> })}
        </span>
        <span class="cell-note muted">
            <time>{at}</time>
        </span>
    };
    let inner = match kind.link(enterprise) {
        _ if unread => view! {
            <form method="post" action=link::MESSAGES>
                <button class="cell" name=READ value=name>
                    {inner}
                </button>
            </form>
        }
        .into_any(),
        Some(href) => view! { <a class="cell" href=href>{inner}</a> }.into_any(),
        None => view! { <div class="cell">{inner}</div> }.into_any(),
    };
    view! { <li>{inner}</li> }.into_any()
}

/// The way to the messages, with how many are unread: as it was when the page was made, and as it becomes.
#[component]
pub fn ToMessages(unread: u32) -> impl IntoView {
    let heard = RwSignal::new(None);
    browser::follow(heard);
    let count = move || {
        let unread = heard.get().unwrap_or(unread);
        (unread > 0).then(|| view! { " " <span class="badge badge-warning">{tr!(message.unread_count, count = unread)}</span> })
    };
    view! {
        <a class="button-link" href=link::MESSAGES>
            {tr!(message.title)}
            <span aria-live="polite">{count}</span>
        </a>
    }
}
