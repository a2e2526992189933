//! The enterprises of a representative, and those that a manager was let look at.

use leptos::prelude::*;

use super::{
    api,
    model::{EnterpriseLine, OwnEnterprises},
};
use crate::{
    link,
    message::messages_page::ToMessages,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn EnterprisesPage() -> impl IntoView {
    let enterprises = page_data(|| [], |[]| api::enterprises());
    load(enterprises, |enterprises: OwnEnterprises| {
        let OwnEnterprises { lines, unread } = enterprises;
        view! {
            <Frame title=tr!(enterprise.list_title) wide=true signed_in=true>
                <p>
                    <ToMessages unread />
                </p>
                {if lines.is_empty() { none().into_any() } else { list(lines).into_any() }}
            </Frame>
        }
    })
}

/// Signed in, and nobody's representative or manager: what to do about it.
fn none() -> impl IntoView {
    view! {
        <section class="outcome outcome-warning">
            <h2>{tr!(enterprise.none)}</h2>
            <p>{tr!(enterprise.none_why)}</p>
            <p>{tr!(enterprise.none_do)}</p>
            <a class="button" href=link::ACCOUNT>{tr!(account.account)}</a>
        </section>
    }
}

fn list(enterprises: Vec<EnterpriseLine>) -> impl IntoView {
    view! {
        <ul class="cards enterprises">
            {enterprises.into_iter().map(|enterprise| view! { <li>{line(enterprise)}</li> }).collect_view()}
        </ul>
    }
}

fn line(line: EnterpriseLine) -> impl IntoView {
    let EnterpriseLine { enterprise, may } = line;
    let invite = may.invite.then(|| view! { <a class="button" href=link::invite(enterprise.id)>{tr!(enterprise.invite)}</a> });
    let manager = (!may.represent).then(|| view! { " " <span class="badge badge-good">{tr!(delegation.manager)}</span> });
    let heading = format!("enterprise-{}", enterprise.id);
    let labelled_by = heading.clone();
    view! {
        <section class="card" aria-labelledby=labelled_by>
            <h2 class="enterprise-name" id=heading>{enterprise.name} {manager}</h2>
            <p class="muted">{tr!(enterprise.uscc)} " " <span class="enterprise-uscc">{enterprise.uscc.to_string()}</span></p>
            <div class="actions">
                // As a document: one of a very large enterprise says how far it is.
                <a class="button button-primary" rel="external" href=link::statistics(enterprise.id)>{tr!(enterprise.see)}</a>
                {invite}
            </div>
        </section>
    }
}
