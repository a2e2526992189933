//! 预警: what declarations set off, the most severe first.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{ATTENTION, State, URGENT, field, post},
    view::{AlertsView, FilterForm, GroupView, LineView},
};
use crate::{
    id::EnterpriseId,
    link,
    message::messages_page::ToMessages,
    questionnaire::model::AlertLevel,
    statistics::people_page,
    ui::{Frame, load, page_data, query_value, tr},
};

#[component]
pub fn AlertsPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::alerts(enterprise, query));
    load(data, move |alerts| view! { <Whole alerts seen={query_value(field::DONE) == post::SEEN} /> })
}

#[component]
fn Whole(alerts: AlertsView, seen: bool) -> impl IntoView {
    let AlertsView { enterprise, name, count, groups, lines, form, here, first, next, unread } = alerts;
    let new: Vec<String> = lines.iter().filter(|line| line.state == State::New).map(|line| line.id.clone()).collect();
    let narrows = form.narrows;
    let none = (count == 0).then(|| {
        let words = if narrows { tr!(alert.none_such) } else { tr!(alert.none) };
        view! { <p class="note">{words}</p> }
    });
    let pages = (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="actions pages" aria-label=tr!(statistics.pages)>
                {first.map(|link| view! { <a class="button" href=link>{tr!(statistics.first_page)}</a> })}
                {next.map(|link| view! { <a class="button" rel="next" href=link>{tr!(statistics.next_page)}</a> })}
            </nav>
        }
    });
    let by_rule = (!form.rule_words.is_empty()).then(|| form.rule_words.clone());
    view! {
        <Frame title=tr!(alert.title) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            {seen.then(|| view! { <p class="note note-good" role="status">{tr!(alert.done_seen)}</p> })}
            <Filter enterprise form />
            {by_rule.map(|words| view! { <p>{tr!(alert.of_rule)} " " <strong>{words}</strong></p> })}
            <p class="list-count">
                <strong>{tr!(alert.count, count = count)}</strong>
            </p>
            {none}
            {(!groups.is_empty()).then(|| view! { <Groups groups /> })}
            {(!lines.is_empty()).then(|| view! { <Lines lines /> })}
            {(!new.is_empty()).then(|| view! { <SeeAll enterprise new here /> })}
            {pages}
            <p class="statistics-more">
                <ToMessages unread />
            </p>
        </Frame>
    }
    .into_any()
}

/// A plain form: what it asks for stands in the address.
#[component]
fn Filter(enterprise: EnterpriseId, form: FilterForm) -> impl IntoView {
    let FilterForm { state, level, day, department, departments, rule, narrows, .. } = form;
    let states =
        [("", tr!(alert.open)), ("all", tr!(alert.all))].into_iter().chain(State::ALL.map(|state| (state.code(), state_word(state))));
    let levels = [("", tr!(alert.any)), (URGENT, people_page::state_word(Some(AlertLevel::Urgent), false))]
        .into_iter()
        .chain([(ATTENTION, people_page::state_word(Some(AlertLevel::Attention), false))]);
    let owned = |(code, words): (&str, &str)| (code.to_owned(), words.to_owned());
    let departments = (!departments.is_empty()).then(|| {
        let all = std::iter::once((String::new(), tr!(alert.any).to_owned())).chain(departments).collect();
        view! { <Choice name=field::DEPARTMENT label=tr!(statistics.department) options=all chosen=department /> }
    });
    let clear = narrows.then(|| view! { <a class="button-link" href=link::alerts(enterprise)>{tr!(alert.clear)}</a> });
    view! {
        <details class="group range" open=narrows>
            <summary class="cell-label">{tr!(alert.filter)}</summary>
            <form class="range-form" method="get" action=link::alerts(enterprise)>
            <Choice name=field::STATE label=tr!(alert.state) options=states.map(owned).collect() chosen=state />
            <Choice name=field::LEVEL label=tr!(alert.severity) options=levels.map(owned).collect() chosen=level />
            {departments}
            <div class="range-field">
                <label class="field-label" for="day">
                    {tr!(alert.day)}
                </label>
                <input class="input" type="date" id="day" name=field::DAY value=day />
            </div>
            {(!rule.is_empty()).then(|| view! { <input type="hidden" name=field::RULE value=rule /> })}
                <button class="button">{tr!(alert.apply)}</button>
                {clear}
            </form>
        </details>
    }
    .into_any()
}

#[component]
fn Choice(name: &'static str, label: &'static str, options: Vec<(String, String)>, chosen: String) -> impl IntoView {
    let options = options.into_iter().map(|(code, words)| {
        let selected = code == chosen;
        view! {
            <option value=code selected=selected>
                {words}
            </option>
        }
    });
    view! {
        <div class="range-field">
            <label class="field-label" for=name>
                {label}
            </label>
            <select class="select" id=name name=name>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// Rules that raised many, each with the way to all of its alerts.
#[component]
fn Groups(groups: Vec<GroupView>) -> impl IntoView {
    let groups = groups.into_iter().map(|GroupView { words, level, count, link }| {
        view! {
            <li>
                <a class="cell" href=link>
                    <Level level />
                    <span class="cell-label">{words}</span>
                    <span class="cell-value">{tr!(alert.count, count = count)}</span>
                </a>
            </li>
        }
    });
    view! {
        <details class="group" open>
            <summary class="cell-label">{tr!(alert.grouped)}</summary>
            <ul>{groups.collect_view()}</ul>
        </details>
    }
    .into_any()
}

#[component]
fn Lines(lines: Vec<LineView>) -> impl IntoView {
    let lines = lines.into_iter().map(|line| {
        let LineView { link, name, to_verify, department, level, state, raised_at, reasons, .. } = line;
        let reasons = reasons.join(tr!(alert.and));
        let department = department.map(|name| format!("{name} · "));
        view! {
            <li>
                <a class="cell" href=link>
                    <span class="cell-label">
                        <strong>{name}</strong>
                    </span>
                    {to_verify.then(|| view! { <span class="badge badge-warning">{tr!(statistics.to_verify)}</span> })}
                    <Level level />
                    <StateBadge state />
                    <span class="cell-note">{reasons}</span>
                    <span class="cell-note">{department} <time>{raised_at}</time></span>
                </a>
            </li>
        }
    });
    view! { <ul class="group">{lines.collect_view()}</ul> }.into_any()
}

#[component]
fn SeeAll(enterprise: EnterpriseId, new: Vec<String>, here: String) -> impl IntoView {
    let count = new.len();
    let ids = new.into_iter().map(|id| view! { <input type="hidden" name=post::ALERT value=id /> });
    view! {
        <form class="actions" method="post" action=link::alerts(enterprise)>
            <input type="hidden" name=post::HERE value=here />
            {ids.collect_view()}
            <button class="button">{tr!(alert.see_all, count = count)}</button>
        </form>
    }
    .into_any()
}

/// Word and colour say the same.
#[component]
pub fn Level(level: AlertLevel) -> impl IntoView {
    view! { <people_page::State alert=Some(level) unmeasured=false /> }
}

#[component]
pub fn StateBadge(state: State) -> impl IntoView {
    let class = match state {
        State::New => "badge badge-warning",
        State::Resolved => "badge badge-good",
        _ => "badge",
    };
    view! { <span class=class>{state_word(state)}</span> }
}

pub fn state_word(state: State) -> &'static str {
    match state {
        State::New => tr!(alert.new),
        State::Seen => tr!(alert.seen),
        State::Contacted => tr!(alert.contacted),
        State::Isolated => tr!(alert.isolated),
        State::InCare => tr!(alert.in_care),
        State::Resolved => tr!(alert.resolved),
    }
}
