//! What a tablet shows between two people: the blank form of who one is.

use leptos::prelude::*;

use super::api;
use crate::{
    account::claim_page::Claim,
    ui::{load, page_data},
};

#[component]
pub fn SitPage() -> impl IntoView {
    let form = page_data(move || [], |[]: [String; 0]| api::tablet_form());
    load(form, |form| view! { <Claim form code=String::new() /> })
}
