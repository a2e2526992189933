//! Waiting for the server: what stands there meanwhile, and what stands there when it fails.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{ErrorPage, locale::tr};
use crate::error::Result;

/// Shows a resource: a waiting line until it is here, its view, or the error's own page. While it is fetched again, what was
/// there stays.
pub fn load<T, V>(resource: Resource<Result<T>>, show: impl Fn(T) -> V + Clone + Send + Sync + 'static) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Transition fallback=|| view! { <Waiting /> }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => show(value).into_any(),
                        Err(error) => view! { <ErrorPage error /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Something is on its way. It shows itself after 400 ms only.
#[component]
pub fn Waiting() -> impl IntoView {
    view! { <p class="waiting" role="status">{tr!(app.waiting)}</p> }
}
