//! A verification by an identity provider that came to nothing: what happened, what to do, and where to try again. The address
//! holds nothing of what the provider said.

use leptos::prelude::*;

use crate::{
    error::AppError,
    link,
    ui::{ErrorPage, query_value},
};

#[component]
pub fn StoppedPage() -> impl IntoView {
    let why = AppError::from_code(&query_value("why")).filter(|why| !matches!(why, AppError::Loading(_)));
    let again = Some(query_value("again")).filter(|path| link::is_local(path)).unwrap_or_default();
    match why {
        Some(error) => view! { <ErrorPage error again told=true /> }.into_any(),
        None => view! { <ErrorPage error=AppError::NotFound /> }.into_any(),
    }
}
