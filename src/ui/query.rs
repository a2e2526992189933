//! One value of the address's query.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::form;

/// What the query says for a name, as it was written there. The router's own map decodes twice: a path with a query of its own,
/// as it stands in `next`, would come out as another path.
pub fn query_value(name: &str) -> String {
    let search = use_location().search.get_untracked();
    let values = form::read(search.trim_start_matches('?').as_bytes()).unwrap_or_else(|garbled| garbled);
    values.all(name).first().cloned().unwrap_or_default()
}
