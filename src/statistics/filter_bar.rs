//! The filter on top of a page: the days, what else is in force, and how to take it away. Links and plain forms only.

use leptos::prelude::*;

use super::{
    model::{Problem, State},
    view::{Chip, ChipKind, FilterBar, LocalTime, OtherQuestionnaire, QuestionnairesView},
};
use crate::{
    period::Period,
    ui::{bad_request, tr},
};

/// 全部, 今天, 近 7 天, or two dates.
#[component]
pub fn PeriodChoice(bar: FilterBar) -> impl IntoView {
    let current = bar.period;
    let tabs = bar.tabs.into_iter().map(|tab| {
        let here = (tab.period == current && bar.problem.is_none()).then_some("page");
        view! { <a href=tab.link aria-current=here data-noscroll="">{period_name(tab.period)}</a> }
    });
    let typed = match (&bar.problem, current) {
        (Some(Problem::Dates { from, to }), _) => Some((from.clone(), to.clone())),
        (_, Period::Range(first, last)) => Some((first.to_string(), last.to_string())),
        _ => None,
    };
    let (open, chosen) = (typed.is_some(), matches!(current, Period::Range(..)) && bar.problem.is_none());
    let (from, to) = typed.unwrap_or_default();
    let wrong = matches!(bar.problem, Some(Problem::Dates { .. }));
    view! {
        <nav class="tabs" aria-label=tr!(statistics.period)>
            {tabs.collect_view()}
        </nav>
        <details class="group range" class:range-chosen=chosen open=open>
            <summary>{tr!(statistics.own_range)}</summary>
            <form class="range-form" method="get" action=bar.path>
                {hidden(bar.kept_beside_period)}
                <DateField name="from" label=tr!(statistics.first_day) value=from wrong />
                <DateField name="to" label=tr!(statistics.last_day) value=to wrong />
                {wrong.then(|| view! { <p class="field-error range-error" role="alert">{tr!(statistics.problem_dates)}</p> })}
                <button class="button">{tr!(statistics.show)}</button>
            </form>
        </details>
    }
}

#[component]
fn DateField(name: &'static str, label: &'static str, value: String, wrong: bool) -> impl IntoView {
    view! {
        <label class="range-field">
            <span class="field-label">{label}</span>
            <input class="input" type="date" name=name value=value aria-invalid=wrong.then_some("true") />
        </label>
    }
}

/// The days that are counted.
pub fn period_name(period: Period) -> String {
    match period {
        Period::All => tr!(statistics.all_days).to_owned(),
        Period::Today => tr!(statistics.today).to_owned(),
        Period::LastSevenDays => tr!(statistics.seven_days).to_owned(),
        Period::Range(first, last) => format!("{first} – {last}"),
    }
}

/// Fields that a form carries along.
pub fn hidden(pairs: Vec<(String, String)>) -> impl IntoView {
    pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
}

/// What is in force, each part with its way out.
#[component]
pub fn Chips(chips: Vec<Chip>, clear: String) -> impl IntoView {
    (!chips.is_empty()).then(|| {
        let several = chips.len() > 1;
        view! {
            <nav class="chips" aria-label=tr!(statistics.in_force)>
                {chips.into_iter().map(|chip| view! { <OneChip chip /> }).collect_view()}
                {several.then(|| view! { <a class="button-link chips-clear" href=clear data-noscroll="">{tr!(statistics.clear)}</a> })}
            </nav>
        }
    })
}

#[component]
fn OneChip(chip: Chip) -> impl IntoView {
    let text = match chip.kind {
        ChipKind::Answer(answer) => answer,
        ChipKind::Search(search) => tr!(statistics.chip_search, search = search),
        ChipKind::ToVerify => tr!(statistics.to_verify).to_owned(),
        ChipKind::State(State::Abnormal) => tr!(statistics.abnormal).to_owned(),
        ChipKind::State(State::Fever) => tr!(statistics.fever).to_owned(),
        ChipKind::OnBehalf => tr!(declaration.on_behalf).to_owned(),
        ChipKind::Questionnaire(title) => tr!(statistics.chip_questionnaire, title = title),
        ChipKind::Days(first, last) => period_name(Period::Range(first, last)),
    };
    view! {
        <a class="chip" href=chip.without data-noscroll="">
            <span>{text}</span>
            <span class="visually-hidden">{tr!(statistics.take_away)}</span>
            <span class="chip-cross" aria-hidden="true">"×"</span>
        </a>
    }
}

/// Which questionnaire the figures are of, and the ways to others.
#[component]
pub fn Questionnaires(questionnaires: QuestionnairesView) -> impl IntoView {
    let QuestionnairesView { title, count, in_force, gone, others } = questionnaires;
    let of = if in_force {
        tr!(statistics.under, title = title, count = count)
    } else {
        tr!(statistics.under_other, title = title, count = count)
    };
    let others = others.into_iter().map(|OtherQuestionnaire { title, count, link }| match link {
        Some(link) => view! { <a class="cell" href=link data-noscroll=""><span class="cell-label">{tr!(statistics.others_under, title = title, count = count)}</span></a> }.into_any(),
        None => view! { <p class="group-note">{tr!(statistics.others_gone, title = title, count = count)}</p> }.into_any(),
    });
    view! {
        <section class="group questionnaires">
            <p class="group-note">{of}</p>
            {gone.then(|| view! { <p class="group-note" role="alert">{tr!(statistics.questionnaire_gone)}</p> })}
            {others.collect_view()}
        </section>
    }
}

/// Why there are no figures.
#[component]
pub fn ProblemNote(problem: Problem, clear: String) -> impl IntoView {
    let text = match problem {
        Problem::Unreadable => Some(tr!(statistics.problem_unreadable)),
        // Said beside the dates.
        Problem::Dates { .. } => None,
        Problem::SearchTooLong => Some(tr!(statistics.problem_search)),
        Problem::UnknownAnswer => Some(tr!(statistics.problem_answer)),
        Problem::UnknownQuestionnaire => Some(tr!(statistics.problem_questionnaire)),
        Problem::UnknownDepartment => Some(tr!(statistics.problem_department)),
    };
    bad_request();
    view! {
        {text.map(|text| view! { <p class="note note-error" role="alert">{text}</p> })}
        <p><a class="button-link" href=clear>{tr!(statistics.without_filter)}</a></p>
    }
}

/// `09:41`, with the date for whoever wants it.
#[component]
pub fn AsOf(at: LocalTime) -> impl IntoView {
    let datetime = format!("{}T{}", at.date, at.time);
    view! {
        <time datetime=datetime title=at.date>
            {at.time}
        </time>
    }
}
