//! The people behind a figure: cards on a phone, a table on a desktop, of one and the same markup.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    filter_bar::{AsOf, Chips, PeriodChoice, ProblemNote, hidden},
    view::{FilterBar, Linked, ListView, LocalTime, PeopleView, PersonLine},
};
use crate::{
    link,
    questionnaire::model::AlertLevel,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn PeoplePage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::people(enterprise, query));
    let refresh = move || data.refetch();
    load(data, move |people| view! { <Whole people refresh /> })
}

#[component]
fn Whole(people: PeopleView, refresh: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let PeopleView { enterprise, name, bar, export, list } = people;
    let export = (export && list.is_some()).then(|| {
        view! {
            <p class="statistics-more">
                <a href=link::with_query(&link::export(enterprise), bar.query())>{tr!(export.title)}</a>
            </p>
        }
    });
    let (chips, clear) = (bar.chips.clone(), bar.clear.clone());
    let shown = match (bar.problem.clone(), list) {
        (None, Some(list)) => view! { <List list here=bar.here.clone() refresh /> }.into_any(),
        (problem, _) => problem.map(|problem| view! { <ProblemNote problem clear=clear.clone() /> }).into_any(),
    };
    view! {
        <Frame title=tr!(statistics.people) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            <Search bar=bar.clone() />
            <PeriodChoice bar />
            <Chips chips clear />
            {shown}
            {export}
        </Frame>
    }
}

#[component]
fn Search(bar: FilterBar) -> impl IntoView {
    view! {
        <form class="search" role="search" method="get" action=bar.path>
            {hidden(bar.kept_beside_search)}
            <label class="visually-hidden" for="q">
                {tr!(statistics.search_label)}
            </label>
            <input
                id="q"
                class="input"
                type="search"
                name="q"
                value=bar.search
                placeholder=tr!(statistics.search_hint)
                autocomplete="off"
                maxlength="50"
            />
            <button class="button">{tr!(statistics.search)}</button>
        </form>
    }
}

#[component]
fn List(list: ListView, here: String, refresh: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let ListView { as_of, declared, matched, apart, to_verify, by_department, lines, first, next } = list;
    let empty = matched == 0;
    let none = if declared == 0 { tr!(statistics.nobody) } else { tr!(statistics.no_match) };
    let pages = first.is_some() || next.is_some();
    view! {
        <p class="list-count">
            <strong>{tr!(statistics.count_of, count = matched, of = declared)}</strong>
            " "
            <span class="muted">{tr!(statistics.as_of)} " " <AsOf at=as_of /></span>
            " "
            <a
                class="button-link"
                href=here
                on:click=move |event| {
                    event.prevent_default();
                    refresh();
                }
            >
                {tr!(statistics.refresh)}
            </a>
        </p>
        {apart.map(|apart| view! { <Apart apart to_verify /> })}
        {if empty {
            view! { <p class="note">{none}</p> }.into_any()
        } else {
            view! { <Table lines by_department /> }.into_any()
        }}
        {pages
            .then(|| {
                view! {
                    <nav class="actions pages" aria-label=tr!(statistics.pages)>
                        {first.map(|link| view! { <a class="button" href=link>{tr!(statistics.first_page)}</a> })}
                        {next.map(|link| view! { <a class="button" rel="next" href=link>{tr!(statistics.next_page)}</a> })}
                    </nav>
                }
            })}
    }
}

/// The way to those who wait to be verified, or back.
#[component]
fn Apart(apart: Linked, to_verify: bool) -> impl IntoView {
    let label = if to_verify { tr!(statistics.verified) } else { tr!(statistics.to_verify) };
    view! {
        <div class="group">
            <a class="cell" href=apart.people>
                <span class="cell-label">{label}</span>
                <span class="cell-value">{tr!(statistics.people_count, count = apart.count)}</span>
                {(!to_verify).then(|| view! { <span class="cell-note">{tr!(statistics.to_verify_note)}</span> })}
            </a>
        </div>
    }
}

#[component]
pub fn Table(lines: Vec<PersonLine>, by_department: bool) -> impl IntoView {
    let lines = lines.into_iter().map(|line| view! { <Line line by_department /> }).collect_view();
    view! {
        // A table laid out as cards is none to a screen reader unless it is told.
        <table class="people table" class:people-departments=by_department role="table">
            <caption class="visually-hidden">{tr!(statistics.people)}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">{tr!(statistics.name)}</th>
                    <th scope="col" role="columnheader">{tr!(statistics.document)}</th>
                    <th scope="col" role="columnheader">{tr!(statistics.phone)}</th>
                    {by_department.then(|| view! { <th scope="col" role="columnheader">{tr!(statistics.department)}</th> })}
                    <th scope="col" role="columnheader">{tr!(statistics.state)}</th>
                    <th scope="col" role="columnheader">{tr!(statistics.temperature)}</th>
                    <th scope="col" role="columnheader">{tr!(statistics.time)}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{lines}</tbody>
        </table>
    }
}

#[component]
fn Line(line: PersonLine, by_department: bool) -> impl IntoView {
    let PersonLine { link, name, document, phone, department, alert, on_behalf, unmeasured, temperature, submitted_at } = line;
    let temperature = temperature.map_or_else(|| tr!(statistics.not_measured).to_owned(), |degrees| format!("{degrees} °C"));
    view! {
        <tr role="row">
            <th scope="row" role="rowheader" class="people-name">
                <a href=link>{name}</a>
            </th>
            <td role="cell" class="people-document" translate="no">
                {document}
            </td>
            <td role="cell" class="people-phone" translate="no">
                {phone}
            </td>
            {by_department.then(|| view! { <td role="cell" class="people-department">{department}</td> })}
            <td role="cell" class="people-state">
                <State alert unmeasured />
                {on_behalf.then(|| view! { " " <span class="badge">{tr!(declaration.on_behalf)}</span> })}
            </td>
            <td role="cell" class="people-temperature">{temperature}</td>
            <td role="cell" class="people-time">
                <DateAndTime at=submitted_at />
            </td>
        </tr>
    }
}

/// Word and colour say the same. Nobody is well as long as nobody has measured.
#[component]
pub fn State(alert: Option<AlertLevel>, unmeasured: bool) -> impl IntoView {
    let class = match alert {
        None if unmeasured => "badge",
        None => "badge badge-good",
        Some(AlertLevel::Attention) => "badge badge-warning",
        Some(AlertLevel::Urgent) => "badge badge-danger",
    };
    view! { <span class=class>{state_word(alert, unmeasured)}</span> }
}

pub fn state_word(alert: Option<AlertLevel>, unmeasured: bool) -> &'static str {
    match alert {
        None if unmeasured => tr!(statistics.state_unmeasured),
        None => tr!(statistics.state_good),
        Some(AlertLevel::Attention) => tr!(statistics.state_attention),
        Some(AlertLevel::Urgent) => tr!(statistics.state_urgent),
    }
}

/// `2026-11-25 09:41`.
#[component]
pub fn DateAndTime(at: LocalTime) -> impl IntoView {
    let datetime = format!("{}T{}", at.date, at.time);
    view! { <time datetime=datetime>{format!("{} {}", at.date, at.time)}</time> }
}
