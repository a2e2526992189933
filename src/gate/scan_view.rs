//! What a guard sees of a pass that a camera opened.

use leptos::prelude::*;

use super::{
    answer::{Checked, Found, Shown, weekday},
    pass_view::{shape, verdict_word},
};
use crate::{
    asset::{PASS_SHEET, SCANNED_SCRIPT},
    ui::{Frame, tr},
};

/// A pass that an enterprise has signed, good or not any more.
pub fn scan_view(checked: Checked) -> AnyView {
    let Checked { enterprise, now, found } = checked;
    let found = match found {
        Found::Good(shown) => good(shown),
        Found::Expired(at) => void(tr!(gate.expired), &tr!(gate.expired_do, at = at)),
        Found::OtherDay(day) => void(tr!(gate.other_day), &tr!(gate.other_day_do, day = day)),
        Found::Early => void(tr!(gate.early), tr!(gate.early_do)),
        Found::Replaced => void(tr!(gate.replaced), tr!(gate.replaced_do)),
    };
    view! {
        <Frame title=tr!(gate.checked)>
            {head()}
            <p class="declare-for">{enterprise}</p>
            {found}
            <p class="group-note">{tr!(gate.checked_at, time = now)}</p>
        </Frame>
    }
    .into_any()
}

/// What no enterprise has signed.
pub fn forged_view() -> AnyView {
    view! {
        <Frame title=tr!(gate.checked)>
            {head()}
            {void(tr!(gate.forged), tr!(gate.forged_do))}
        </Frame>
    }
    .into_any()
}

/// The name that stands behind the `#` is for whoever checks without a line: no history keeps it.
fn head() -> AnyView {
    view! {
        <link rel="stylesheet" href=PASS_SHEET.href() />
        <script src=SCANNED_SCRIPT.href()></script>
    }
    .into_any()
}

fn good(shown: Shown) -> AnyView {
    let Shown { verdict, name, self_reported, department, day, until } = shown;
    view! {
        <section class=format!("pass pass-{}", verdict.code()) role="status">
            <p class="pass-verdict">{shape(verdict)} <strong>{verdict_word(verdict)}</strong></p>
            <p class="pass-name">{name}</p>
            {self_reported.then(|| view! { <p>{tr!(gate.self_reported)}</p> })}
            {department.map(|department| view! { <p>{department}</p> })}
            <p>{day.to_string()} " " {weekday(day)}</p>
            <p>{tr!(gate.good_until, time = until)}</p>
            <p class="muted">{tr!(gate.compare)}</p>
        </section>
    }
    .into_any()
}

/// Neither its owner nor what it said is shown.
fn void(happened: &'static str, to_do: &str) -> AnyView {
    view! {
        <section class="pass pass-void" role="alert">
            <p class="pass-verdict"><strong>{happened}</strong></p>
            <p>{to_do.to_owned()}</p>
        </section>
    }
    .into_any()
}
