//! A pass on its owner's receipt: a shape, a word and a colour for what a guard is told, a clock that goes on, and the QR code.

use std::time::Duration;

use leptos::prelude::*;

use super::model::{PassView, Verdict, clock_time};
use crate::{id::ReceiptId, link, ui::tr};

/// So often the page asks for a new QR code, in seconds: each is good for ten minutes.
const RENEWED_SECS: u32 = 4 * 60;
const DAY_SECS: u32 = 24 * 60 * 60;

#[component]
pub fn Pass(pass: PassView, receipt: ReceiptId) -> impl IntoView {
    let PassView { verdict, name, department, day, weekday, clock } = pass;
    let (shown, renewals) = (RwSignal::new(clock), RwSignal::new(0));
    Effect::new(move |_| tick(clock, shown, renewals));
    let picture = move || {
        let path = link::pass_picture(receipt);
        match renewals.get() {
            0 => path,
            again => link::with_query(&path, format_args!("again={again}")),
        }
    };
    view! {
        <link rel="stylesheet" href="/pass.css" />
        <section class=format!("pass pass-{}", verdict.code()) aria-label=tr!(gate.pass)>
            <p class="pass-verdict">{shape(verdict)} <strong>{verdict_word(verdict)}</strong></p>
            <p class="pass-name">{name}</p>
            {department.map(|department| view! { <p>{department}</p> })}
            <p>{day.to_string()} " " {weekday}</p>
            <p class="pass-clock" role="timer">{move || clock_time(shown.get())}</p>
            <img class="pass-qr" src=picture alt=tr!(gate.pass_qr) width="260" height="260" />
            <p class="muted">{tr!(gate.pass_note)} " " <a rel="external" href=link::receipt(receipt)>{tr!(gate.pass_again)}</a></p>
        </section>
    }
    .into_any()
}

/// Lets the clock go on from what the server's showed, whatever this device's own says. At midnight the pass is over, and what the server
/// makes of the page then takes its place.
fn tick(from: u32, shown: RwSignal<u32>, renewals: RwSignal<u32>) {
    let began = browser::millis();
    let ticking = set_interval_with_handle(
        move || {
            let passed = browser::seconds(browser::millis() - began);
            let now = from + passed;
            if now >= DAY_SECS {
                return browser::reload();
            }
            if shown.try_set(now).is_none() && renewals.get_untracked() != passed / RENEWED_SECS {
                renewals.set(passed / RENEWED_SECS);
            }
        },
        Duration::from_secs(1),
    );
    if let Ok(ticking) = ticking {
        on_cleanup(move || ticking.clear());
    }
}

/// A sign that is no colour: a tick in a circle, a mark in a triangle, a bar in an octagon.
pub fn shape(verdict: Verdict) -> AnyView {
    let path = match verdict {
        Verdict::Pass => "M24 4a20 20 0 1 0 0 40a20 20 0 1 0 0-40zM14 24l7 8 13-15",
        Verdict::Ask => "M24 4l21 38h-42zM24 18v11M24 34v3",
        Verdict::Stop => "M16 4h16l12 12v16l-12 12h-16l-12-12v-16zM14 24h20",
    };
    view! {
        <svg class="pass-shape" viewBox="0 0 48 48" aria-hidden="true">
            <path d=path fill="none" stroke="currentColor" stroke-width="4" stroke-linejoin="round" stroke-linecap="round" />
        </svg>
    }
    .into_any()
}

pub fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => tr!(gate.verdict_pass),
        Verdict::Ask => tr!(gate.verdict_ask),
        Verdict::Stop => tr!(gate.verdict_stop),
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::window;

    pub fn millis() -> f64 {
        js_sys::Date::now()
    }

    /// A clock that was put back has not gone on.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    pub fn seconds(millis: f64) -> u32 {
        (millis / 1000.0) as u32
    }

    pub fn reload() {
        let _ = window().location().reload();
    }
}

/// On the server no clock ticks.
#[cfg(not(feature = "hydrate"))]
mod browser {
    pub const fn millis() -> f64 {
        0.0
    }

    pub const fn seconds(_millis: f64) -> u32 {
        0
    }

    pub const fn reload() {}
}
