//! What an enterprise's declarations add up to, in the order of its questionnaire.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    filter_bar::{AsOf, Chips, PeriodChoice, ProblemNote, Questionnaires},
    view::{FigureView, FiguresView, GroupView, Linked, LocalTime, RowView, StatisticsView},
};
use crate::{
    id::EnterpriseId,
    link,
    message::messages_page::ToMessages,
    roster::model::Attendance,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn StatisticsPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::statistics(enterprise, query));
    let refresh = move || data.refetch();
    load(data, move |statistics| view! { <Whole statistics refresh /> })
}

#[component]
fn Whole(statistics: StatisticsView, refresh: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let StatisticsView { enterprise, name, uscc, requests, alerts, may, unread, bar, figures } = statistics;
    let requests = (requests > 0).then(|| {
        view! { <p class="note note-warning"><a href=link::requests(enterprise)>{tr!(rights.requests_link, count = requests)}</a></p> }
    });
    let export = (may.export && figures.is_some()).then(|| {
        view! { <a href=link::with_query(&link::export(enterprise), bar.query())>{tr!(export.title)}</a> }
    });
    let (chips, clear, here) = (bar.chips.clone(), bar.clear.clone(), bar.here.clone());
    let shown = match (bar.problem.clone(), figures) {
        (None, Some(figures)) => view! { <Shown figures here refresh /> }.into_any(),
        (problem, _) => problem.map(|problem| view! { <ProblemNote problem clear=clear.clone() /> }).into_any(),
    };
    view! {
        <Frame title=name back=link::ENTERPRISES wide=true signed_in=true>
            <div class="statistics-head">
                <p class="statistics-code">
                    <span class="muted">{tr!(statistics.uscc)}</span>
                    " "
                    <span translate="no">{uscc}</span>
                </p>
                {may.invite
                    .then(|| {
                        view! {
                            <div class="actions statistics-invite">
                                <a class="button button-primary" href=link::invite(enterprise)>
                                    {tr!(statistics.invite)}
                                </a>
                            </div>
                        }
                    })}
            </div>
            {alerts.map(|count| view! { <Alerts enterprise count /> })}
            {requests}
            <PeriodChoice bar />
            <Chips chips clear />
            {shown}
            <p class="statistics-more">
                <ToMessages unread />
                " "
                <a href=link::trend(enterprise)>{tr!(trend.title)}</a>
                " "
                <a href=link::report(enterprise)>{tr!(report.title)}</a>
                " "
                {export}
                {may.people
                    .then(|| {
                        view! {
                            " "
                            <a href=link::roster(enterprise)>{tr!(roster.title)}</a>
                        }
                    })}
                {may.represent
                    .then(|| {
                        view! {
                            " "
                            <a href=link::reminders(enterprise)>{tr!(reminder.title)}</a>
                            " "
                            <a href=link::share(enterprise)>{tr!(share.title)}</a>
                            " "
                            <a href=link::managers(enterprise)>{tr!(delegation.title)}</a>
                            " "
                            <a href=link::departments(enterprise)>{tr!(department.title)}</a>
                            " "
                            <a href=link::questionnaire(enterprise)>{tr!(choice.title)}</a>
                            " "
                            <a href=link::requests(enterprise)>{tr!(rights.requests_title)}</a>
                            " "
                            <a href=link::audit(enterprise)>{tr!(audit.title)}</a>
                        }
                    })}
            </p>
        </Frame>
    }
}

/// How many alerts are open, and the way to them.
#[component]
fn Alerts(enterprise: EnterpriseId, count: u32) -> impl IntoView {
    let class = if count > 0 { "badge badge-danger" } else { "badge badge-good" };
    view! {
        <div class="group">
            <a class="cell" href=link::alerts(enterprise)>
                <span class="cell-label">{tr!(alert.title)}</span>
                <span class=class>{tr!(alert.open_link, count = count)}</span>
            </a>
        </div>
    }
}

#[component]
fn Shown(figures: FiguresView, here: String, refresh: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let FiguresView { as_of, declared, matched, abnormal, to_verify, unconfirmed, attendance, on_behalf, questionnaires, groups } = figures;
    let nobody = declared.count == 0;
    let no_match = matched.as_ref().is_some_and(|matched| matched.count == 0);
    let total = declared.count;
    // With a filter the people of the filter are the figure, and all of them only its measure.
    let all = matched.is_some().then(|| view! { <span class="muted">{tr!(statistics.in_all, count = total)}</span> });
    let title = if matched.is_some() { tr!(statistics.matched) } else { tr!(statistics.total) };
    let shown = matched.unwrap_or(declared);
    let abnormal = abnormal.map(|abnormal| {
        let class = if abnormal.count > 0 { "badge badge-warning" } else { "badge badge-good" };
        view! {
            <a class="cell" href=linked(abnormal.people).filter(|_| abnormal.count > 0)>
                <span class="cell-label">{tr!(statistics.abnormal)}</span>
                <span class=class>{tr!(statistics.people_count, count = abnormal.count)}</span>
            </a>
        }
    });
    let apart = to_verify.map(|apart| {
        view! {
            <a class="cell" href=linked(apart.people)>
                <span class="cell-label">{tr!(statistics.to_verify)}</span>
                <span class="cell-value">{tr!(statistics.people_count, count = apart.count)}</span>
                <span class="cell-note">{tr!(statistics.to_verify_note)}</span>
            </a>
        }
    });
    let unconfirmed = unconfirmed.map(|apart| {
        view! {
            <a class="cell" href=linked(apart.people)>
                <span class="cell-label">{tr!(statistics.unconfirmed)}</span>
                <span class="cell-value">{tr!(statistics.people_count, count = apart.count)}</span>
                <span class="cell-note">{tr!(statistics.unconfirmed_note)}</span>
            </a>
        }
    });
    let attendance = attendance.map(|(attendance, missing)| view! { <Today attendance missing /> });
    let rest = if nobody {
        view! { <p class="note">{tr!(statistics.nobody)}</p> }.into_any()
    } else if no_match {
        view! { <p class="note">{tr!(statistics.no_match)}</p> }.into_any()
    } else {
        view! { <Groups groups as_of=as_of.clone() /> }.into_any()
    };
    view! {
        <section class="group total">
            <h2 class="group-title">{title}</h2>
            <div class="total-line">
                <p><span class="figure-count">{tr!(statistics.people_count, count = shown.count)}</span> " " {all}</p>
                {linked(shown.people)
                    .map(|people| {
                        view! {
                            <a class="total-link" href=people>
                                {tr!(statistics.go_and_see)}
                            </a>
                        }
                    })}
            </div>
            <p class="total-time muted">
                {tr!(statistics.as_of)} " " <AsOf at=as_of /> " "
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
            {abnormal}
            {on_behalf
                .map(|part| {
                    view! {
                        <a class="cell" href=linked(part.people)>
                            <span class="cell-label">{tr!(statistics.on_behalf)}</span>
                            <span class="cell-value">{tr!(statistics.people_count, count = part.count)}</span>
                        </a>
                    }
                })}
            {apart}
            {unconfirmed}
        </section>
        {attendance}
        {questionnaires.map(|questionnaires| view! { <Questionnaires questionnaires /> })}
        {rest}
    }
}

/// 应报, 已报 and 未报 of today, whatever the period above says.
#[component]
fn Today(attendance: Attendance, missing: Linked) -> impl IntoView {
    let Attendance { share, by_name, day } = attendance;
    let short = share.declared > share.expected;
    let figures = view! {
        <dl class="absent-figures">
            <div>
                <dt>{tr!(statistics.expected)}</dt>
                <dd>{share.expected}</dd>
            </div>
            <div>
                <dt>{tr!(statistics.reported)}</dt>
                <dd>{share.declared}</dd>
            </div>
            <div class="absent-missing">
                <dt>{tr!(statistics.missing)}</dt>
                <dd>{missing.count}</dd>
            </div>
        </dl>
    };
    let link = linked(missing.people).filter(|_| by_name);
    view! {
        <section class="group absent-total">
            <h2 class="group-title">{tr!(statistics.attendance)} " " <span class="muted">{day.to_string()}</span></h2>
            {figures}
            {(!by_name).then(|| view! { <p class="group-note">{tr!(statistics.head_count_note)}</p> })}
            {(!by_name && short).then(|| view! { <p class="group-note">{tr!(statistics.head_count_short)}</p> })}
            {link
                .map(|link| {
                    view! {
                        <a class="cell" href=link>
                            <span class="cell-label">{tr!(statistics.see_absent)}</span>
                        </a>
                    }
                })}
        </section>
    }
}

#[component]
fn Groups(groups: Vec<GroupView>, as_of: LocalTime) -> impl IntoView {
    let groups = groups.into_iter().map(|group| {
        let figures = group.figures.into_iter().map(|figure| view! { <OneFigure figure as_of=as_of.clone() /> });
        view! {
            <section class="statistics-group">
                <h2 class="group-title">{group.heading}</h2>
                {figures.collect_view()}
            </section>
        }
    });
    view! { <div class="statistics-groups">{groups.collect_view()}</div> }
}

/// The rows of one question: numbers first, a bar beneath each.
#[component]
pub fn OneFigure(figure: FigureView, as_of: LocalTime) -> impl IntoView {
    let FigureView { title, of, several, filtered, first, rows } = figure;
    let mut first_rows = rows;
    let more = first_rows.split_off(first_rows.len().min(usize::try_from(first).unwrap_or(usize::MAX)));
    let hidden = u32::try_from(more.len()).unwrap_or(u32::MAX);
    let empty = first_rows.is_empty();
    view! {
        <div class="group figure">
            {title.map(|title| view! { <h3 class="figure-title">{title}</h3> })}
            <p class="figure-note muted">
                {tr!(statistics.of_people, of = of)} " " <AsOf at=as_of /> {several.then(|| tr!(statistics.several))}
                {filtered.then(|| tr!(statistics.filtered))}
            </p>
            {empty.then(|| view! { <p class="figure-note muted">{tr!(statistics.no_answers)}</p> })}
            <Rows rows=first_rows of />
            {(hidden > 0)
                .then(|| {
                    view! {
                        <details class="figure-more">
                            <summary>{tr!(statistics.more, count = hidden)}</summary>
                            <Rows rows=more of />
                        </details>
                    }
                })}
        </div>
    }
}

#[component]
fn Rows(rows: Vec<RowView>, of: u32) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <OneRow row of /> }).collect_view();
    view! { <ul class="rows">{rows}</ul> }
}

#[component]
fn OneRow(row: RowView, of: u32) -> impl IntoView {
    let RowView { label, count, people, toggle, chosen } = row;
    let word = if chosen { tr!(statistics.filter_off) } else { tr!(statistics.filter_on) };
    // A name that begins with the word that is seen: people who speak to their device say what they see.
    let named =
        if chosen { tr!(statistics.filter_chosen, answer = label.clone()) } else { tr!(statistics.filter_by, answer = label.clone()) };
    view! {
        <li class="row" class:row-chosen=chosen class:row-zero={count == 0}>
            <a class="row-people" href=linked(people)>
                <span class="row-label">{label}</span>
                " "
                <span class="visually-hidden">{tr!(statistics.row_of, of = of)}</span>
                <span class="row-count">{count}</span>
                <svg class="row-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="row-bar-ground" width="100" height="4" />
                    <rect class="row-bar-share" width=percent(count, of) height="4" />
                </svg>
            </a>
            <a class="row-filter" href=linked(toggle) aria-label=named data-noscroll="">
                {word}
            </a>
        </li>
    }
}

/// What leads to people leads nowhere for a viewer who may not see them: without an address it is no link, but text.
fn linked(people: String) -> Option<String> {
    (!people.is_empty()).then_some(people)
}

/// With one decimal, for the width of a bar.
fn percent(count: u32, of: u32) -> String {
    let tenths = u64::from(count) * 1000 / u64::from(of.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(percent(102, 150), "68.0");
        assert_eq!(percent(1, 3), "33.3");
        assert_eq!(percent(0, 0), "0.0");
        assert_eq!(percent(u32::MAX, u32::MAX), "100.0");
    }
}
