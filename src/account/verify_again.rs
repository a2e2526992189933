//! What an employee is offered whose verification on this device was too long ago: it keeps nobody from declaring.

use leptos::prelude::*;

use super::model::ProviderChoice;
use crate::{
    id::EnterpriseId,
    link,
    ui::{locale::language, tr},
};

/// A link for each provider, and why; nothing where there is none. It leads back to `next`.
pub fn verify_again(enterprise: EnterpriseId, providers: Vec<ProviderChoice>, next: &str) -> AnyView {
    if providers.is_empty() {
        return ().into_any();
    }
    let links = providers.into_iter().map(|provider| {
        view! {
            <a class="button" rel="external" href=link::verify_again_by(&provider.id, enterprise, next)>
                {tr!(account.verify_again_by, name = provider.name.get(language()))}
            </a>
        }
    });
    view! {
        <section class="group">
            <p class="group-note">{tr!(account.verify_again)}</p>
            <div class="actions">{links.collect_view()}</div>
        </section>
    }
    .into_any()
}
