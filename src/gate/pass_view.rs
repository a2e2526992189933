//! A pass on its owner's receipt: a shape, a word and a colour for what a guard is told, a clock that goes on, and the QR code.
//! Where nothing wakes the page up the clock stands still, and the page says so.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{prelude::*, task::spawn_local};

use super::{
    model::{PassView, Verdict, clock_time},
    pass_browser as browser,
};
use crate::{asset::PASS_SHEET, id::ReceiptId, link, ui::tr};

/// So often the page asks for a new QR code, in seconds: each is good for ten minutes.
const RENEWED_SECS: u32 = 4 * 60;
/// So long a QR code is good, in seconds (`gate::token`).
const LIFE_SECS: u32 = 10 * 60;
/// So soon it asks again where none came.
const AGAIN_SECS: u32 = 5;
/// So long one may be on its way before another is asked for.
const PATIENCE_SECS: u32 = 20;
/// The device's own clock gets ahead by so much at once: it slept, or somebody put that clock forward.
const SLEPT_MILLIS: f64 = 30_000.0;
const DAY_SECS: u32 = 24 * 60 * 60;

#[component]
pub fn Pass(pass: PassView, receipt: ReceiptId) -> impl IntoView {
    let PassView { verdict, name, department, day, weekday, clock } = pass;
    let picture = link::pass_picture(receipt);
    let (began, path) = (browser::began(&picture), picture.clone());
    let (shown, code) = (RwSignal::new(clock), RwSignal::new(Code::Still));
    Effect::new(move |_| {
        code.set(Code::Good);
        tick(clock, began, shown, code, path.clone());
    });
    let is_over = move || code.get() == Code::Over;
    // The page stays where there is no line: the pass on it is better than none.
    let again = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        spawn_local(async move {
            if !browser::make_anew().await {
                let _ = code.try_update(|code| *code = (*code).max(Code::NoLine));
            }
        });
    };
    view! {
        <link rel="stylesheet" href=PASS_SHEET.href() />
        <section
            class=format!("pass pass-{}", verdict.code())
            class:pass-expired=move || code.get() == Code::Expired
            class:pass-over=is_over
            aria-label=tr!(gate.pass)
        >
            <p class="pass-verdict" hidden=is_over>{shape(verdict)} <strong>{verdict_word(verdict)}</strong></p>
            {(verdict == Verdict::Ask).then(|| view! { <p hidden=is_over>{tr!(gate.pass_ask)}</p> })}
            <p class="pass-name">{name}</p>
            {department.map(|department| view! { <p>{department}</p> })}
            <p>{day.to_string()} " " {weekday}</p>
            <p class="pass-clock" role="timer" hidden=is_over>{move || clock_time(shown.get())}</p>
            <img class="pass-qr" src=picture alt=tr!(gate.pass_qr) width="260" height="260" hidden=is_over />
            <p class="muted">
                <noscript>
                    <span>{tr!(gate.pass_still)}</span>
                </noscript>
                <span role="status">{move || code_words(code.get())}</span>
                " "
                <a rel="external" href=link::receipt(receipt) hidden=is_over on:click=again>{tr!(gate.pass_again)}</a>
            </p>
        </section>
    }
    .into_any()
}

/// How it stands with the QR code, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Code {
    /// Nothing has woken the page up.
    Still,
    Good,
    /// A new one was asked for, and there is no line.
    NoLine,
    Expired,
    /// Its day is.
    Over,
}

fn code_words(code: Code) -> Option<&'static str> {
    match code {
        Code::Still => None,
        Code::Good => Some(tr!(gate.pass_note)),
        Code::NoLine => Some(tr!(gate.pass_no_line)),
        Code::Expired => Some(tr!(gate.pass_expired)),
        Code::Over => Some(tr!(gate.pass_over)),
    }
}

/// Lets the clock go on from what the server's showed, by the time that goes by, whatever this device's own clock says; and has a new QR
/// code take the old one's place when it is here. At midnight the pass is over, and says so until what the server makes of the page takes its
/// place; so it does after a sleep, in which no time goes by for a page.
fn tick(from: u32, began: f64, shown: RwSignal<u32>, code: RwSignal<Code>, picture: String) {
    let (next, is_stale) = (Rc::new(Cell::new(RENEWED_SECS)), Rc::new(Cell::new(false)));
    let signed = Rc::new(Cell::new(0));
    let ahead = Cell::new(browser::ahead());
    let ticking = set_interval_with_handle(
        move || {
            let passed = browser::seconds_since(began);
            if shown.try_set(from + passed).is_some() {
                return;
            }
            let is_over = from + passed >= DAY_SECS;
            let is_expired = passed - signed.get() >= LIFE_SECS;
            let at_best = if is_over {
                Code::Over
            } else if is_expired {
                Code::Expired
            } else {
                Code::Still
            };
            if code.get_untracked() < at_best {
                code.set(at_best);
            }
            let now_ahead = browser::ahead();
            let has_slept = now_ahead - ahead.replace(now_ahead) > SLEPT_MILLIS;
            if has_slept || (is_over && !is_stale.get()) {
                is_stale.set(true);
                next.set(passed);
            }
            if passed < next.get() || browser::is_hidden() {
                return;
            }
            next.set(passed + PATIENCE_SECS);
            let (next, is_stale, signed) = (next.clone(), is_stale.clone(), signed.clone());
            let new = link::with_query(&picture, format_args!("again={passed}"));
            spawn_local(async move {
                let came = if is_stale.get() { browser::make_anew().await } else { browser::renew(&new).await };
                if is_stale.get() && came {
                    // Another page is on its way.
                    return;
                }
                if came {
                    signed.set(passed);
                    let _ = code.try_set(Code::Good);
                }
                next.set(if came { passed + RENEWED_SECS } else { browser::seconds_since(began) + AGAIN_SECS });
            });
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

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::gate::token;

    #[test]
    fn a_page_calls_a_code_expired_when_a_guard_does() {
        assert_eq!(i64::from(LIFE_SECS), token::LIFE_SECS);
        const { assert!(RENEWED_SECS + PATIENCE_SECS < LIFE_SECS, "a new one is here before") };
    }
}
