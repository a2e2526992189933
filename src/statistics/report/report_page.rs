//! 日报: one day on a sheet, to copy, to send as a picture, to print.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{DAY, ReportView, Sheet},
};
use crate::{
    enterprise::invite_page::WordsToSend,
    link,
    ui::{Frame, bad_request, load, locale::page_facts, page_data, tr},
};

#[component]
pub fn ReportPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::report(enterprise, query));
    load(data, |report| view! { <Whole report /> })
}

#[component]
fn Whole(report: ReportView) -> impl IntoView {
    let (enterprise, name) = (report.enterprise, report.name.clone());
    let days = days(&report);
    let ReportView { unreadable, sheet, text, picture, .. } = report;
    let shown = if unreadable {
        bad_request();
        view! {
            <p class="note note-error" role="alert">{tr!(report.bad)}</p>
            <p><a class="button-link" href=link::report(enterprise)>{tr!(absent.reset)}</a></p>
        }
        .into_any()
    } else {
        view! {
            {sheet_view(sheet)}
            <div class="screen-only">
                <div class="actions">
                    <Print />
                    // In WeChat the picture below is held.
                    {(!page_facts().in_wechat).then(|| view! {
                        <a class="button" href=picture.clone() rel="external" download="report.png">
                            {tr!(report.picture)}
                        </a>
                    })}
                </div>
                <p class="group-note">{tr!(report.exact)}</p>
                <h2 class="group-title">{tr!(report.text)}</h2>
                <WordsToSend words=text />
                <h2 class="group-title">{tr!(report.picture_shown)}</h2>
                <img class="report-picture" src=picture alt=tr!(report.picture_alt) width="1080" loading="lazy" />
            </div>
        }
        .into_any()
    };
    view! {
        <Frame title=tr!(report.title) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            {days}
            {shown}
        </Frame>
    }
    .into_any()
}

/// The day, the one before, and the one after.
fn days(report: &ReportView) -> AnyView {
    let ReportView { enterprise, day, earliest, today, earlier, later, .. } = report.clone();
    let to = |link: Option<String>, words: &'static str| {
        link.map(|link| view! { <a class="button-link" href=link data-noscroll="">{words}</a> })
    };
    view! {
        <div class="absent-day">
            <form method="get" action=link::report(enterprise)>
                <label class="visually-hidden" for="day">{tr!(absent.day)}</label>
                <input id="day" class="input" type="date" name=DAY value=day.to_string() min=earliest.to_string() max=today.to_string() />
                <button class="button">{tr!(absent.show)}</button>
            </form>
            <nav class="absent-days" aria-label=tr!(absent.day)>
                {to(earlier, tr!(absent.earlier))}
                {to(later, tr!(absent.later))}
            </nav>
        </div>
    }
    .into_any()
}

fn sheet_view(sheet: Sheet) -> AnyView {
    let Sheet { head, figures, statement, zero, notes, .. } = sheet;
    let line = |(name, value): (String, String)| {
        view! {
            <div class="cell">
                <dt class="cell-label">{name}</dt>
                <dd class="cell-value">{value}</dd>
            </div>
        }
    };
    let class = if zero { "note note-good" } else { "note note-warning" };
    view! {
        <p class=class><strong>{statement}</strong></p>
        <dl class="group">{head.into_iter().map(line).collect_view()}</dl>
        <dl class="group">{figures.into_iter().map(line).collect_view()}</dl>
        {notes.into_iter().map(|note| view! { <p class="group-note">{note}</p> }).collect_view()}
    }
    .into_any()
}

/// Only where a script can open the browser's own dialog; elsewhere the browser's menu does.
#[component]
fn Print() -> impl IntoView {
    let awake = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    move || awake.get().then(|| view! { <button class="button" type="button" on:click=move |_| print()>{tr!(report.print)}</button> })
}

#[cfg(feature = "hydrate")]
fn print() {
    // Where the browser has no dialog nothing happens, and its menu still prints.
    let _ = window().print();
}

#[cfg(not(feature = "hydrate"))]
fn print() {}
