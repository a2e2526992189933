//! 提醒: when those who have not declared are reminded, a reminder now, and what was sent. Plain posts.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    model::{Outcome, PlanValues, Problem, ReminderLine, RemindersView, State, field},
};
use crate::{
    channel::channels_page::kind_words,
    id::EnterpriseId,
    link,
    ui::{
        Frame, Title, error_text,
        field::{ErrorSummary, LongText, Problem as Wrong, Tick},
        load, page_data, query_value, tr,
    },
};

#[component]
pub fn RemindersPage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("enterprise").unwrap_or_default()], |[enterprise]| api::reminders(enterprise));
    let (done, confirm) = (query_value(field::DONE), !query_value(field::CONFIRM).is_empty());
    load(data, move |reminders| view! { <Whole reminders done=done.clone() confirm /> })
}

#[component]
fn Whole(reminders: RemindersView, done: String, confirm: bool) -> impl IntoView {
    let RemindersView { enterprise, new, values, missing, by_name, unknown_year, channels, history, problems, .. } = reminders;
    let refused = !problems.is_empty();
    let wrong = problems.iter().map(|problem| (problem.field().to_owned(), problem_words(*problem).to_owned())).collect();
    let done = match &*done {
        _ if refused => None,
        field::SAVE => Some(tr!(reminder.done_save)),
        field::NOW => Some(tr!(reminder.done_now)),
        "nobody" => Some(tr!(reminder.done_nobody)),
        "unknown" => Some(tr!(reminder.no_roster)),
        _ => None,
    };
    let year = unknown_year.map(|year| view! { <p class="note note-warning">{tr!(reminder.unknown_year, year = year)}</p> });
    let told = if channels > 0 { tr!(reminder.channels_count, count = channels) } else { tr!(reminder.channels_none).to_owned() };
    view! {
        <Frame title=tr!(reminder.title) back=link::absent(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(reminder.title)) /> })}
            <ErrorSummary problems=wrong />
            {done.map(|words| view! { <p class="note note-good" role="status">{words}</p> })}
            <p class="group-note">{tr!(reminder.what)}</p>
            <Now enterprise missing by_name confirm />
            <ul class="group">
                <li>
                    <a class="cell" href=link::channels(enterprise)>
                        <span class="cell-label">{tr!(channel.title)}</span>
                        <span class="cell-value">{told}</span>
                    </a>
                </li>
            </ul>
            {year}
            <PlanForm enterprise values problems new />
            {sent(history)}
        </Frame>
    }
    .into_any()
}

fn problem_words(problem: Problem) -> &'static str {
    match problem {
        Problem::Time => tr!(reminder.bad_time),
        Problem::NoTime => tr!(reminder.no_time),
        Problem::Days => tr!(reminder.bad_days),
        Problem::Words => tr!(reminder.bad_words),
        Problem::TooSoon => tr!(reminder.too_soon),
        Problem::Other(error) => error_text(error).happened,
    }
}

/// How many are missing now; and the button to remind them, once it was asked for.
#[component]
fn Now(enterprise: EnterpriseId, missing: Option<(u32, u32)>, by_name: bool, confirm: bool) -> impl IntoView {
    let Some((expected, missing)) = missing else {
        return view! {
            <section class="group" id=field::NOW>
                <p class="group-note">{tr!(reminder.no_roster)} " " <a href=link::roster(enterprise)>{tr!(roster.title)}</a></p>
            </section>
        }
        .into_any();
    };
    let figures = tr!(reminder.missing_now, expected = expected, missing = missing);
    let button = match () {
        () if missing == 0 => ().into_any(),
        () if confirm => view! {
            <form class="actions" method="post" action=link::reminders(enterprise)>
                <p class="group-note">{tr!(reminder.confirm, count = missing)}</p>
                <button class="button button-primary" name=field::ACTION value=field::NOW>
                    {tr!(reminder.confirm_now, count = missing)}
                </button>
                <a class="button" rel="external" href=link::reminders(enterprise)>
                    {tr!(reminder.not_now)}
                </a>
            </form>
        }
        .into_any(),
        () => {
            let ask = link::with_query(&link::reminders(enterprise), format_args!("{}=yes", field::CONFIRM));
            view! {
                <div class="actions">
                    <a class="button" rel="external" href=ask>
                        {tr!(reminder.now)}
                    </a>
                </div>
            }
            .into_any()
        }
    };
    let nameless = (!by_name).then(|| view! { <p class="group-note">{tr!(reminder.head_count_only)}</p> });
    view! {
        <section class="group" id=field::NOW>
            <p class="cell">
                <span class="cell-label">{tr!(reminder.today)}</span>
                <span class="cell-value">{figures}</span>
            </p>
            {nameless}
            {button}
        </section>
    }
    .into_any()
}

#[component]
fn PlanForm(enterprise: EnterpriseId, values: PlanValues, problems: Vec<Problem>, new: bool) -> impl IntoView {
    let PlanValues { times, days, weekdays, words, active } = values;
    let problem = |of: &'static str| problems.iter().find(|problem| problem.field() == of).map(|problem| problem_words(*problem));
    let (bad_time, bad_days) = (problem(field::TIMES[0]), problem(field::DAYS));
    let times = field::TIMES.into_iter().enumerate().map(|(place, name)| {
        view! {
            <input
                class="input"
                type="time"
                id=name
                name=name
                value=times.get(place).cloned().unwrap_or_default()
                aria-label=tr!(reminder.time_number, number = place + 1)
                aria-invalid=bad_time.map(|_| "true")
            />
        }
    });
    let chosen = if days.is_empty() { field::WORKING.to_owned() } else { days };
    let kinds = [(field::WORKING, tr!(reminder.working)), (field::EVERY, tr!(reminder.every)), (field::CHOSEN, tr!(reminder.chosen))];
    let kinds = kinds.map(|(code, words)| {
        view! {
            <label class="choice">
                <input type="radio" name=field::DAYS value=code checked=code == chosen />
                <span>{words}</span>
            </label>
        }
    });
    let names = [
        tr!(reminder.monday),
        tr!(reminder.tuesday),
        tr!(reminder.wednesday),
        tr!(reminder.thursday),
        tr!(reminder.friday),
        tr!(reminder.saturday),
        tr!(reminder.sunday),
    ];
    let weekdays = (0_u8..).zip(names).map(|(weekday, name)| {
        view! {
            <label class="choice">
                <input type="checkbox" name=field::WEEKDAY value=weekday.to_string() checked=weekdays.contains(&weekday) />
                <span>{name}</span>
            </label>
        }
    });
    let words_problem = problem(field::WORDS).map(str::to_owned);
    view! {
        <form class="group" method="post" action=link::reminders(enterprise) novalidate>
            <h2 class="group-title">{tr!(reminder.plan)}</h2>
            {new.then(|| view! { <p class="group-note">{tr!(reminder.plan_none)}</p> })}
            <fieldset class="field" class:field-invalid=bad_time.is_some()>
                <legend class="field-label">{tr!(reminder.times)}</legend>
                <p class="field-hint">{tr!(reminder.times_hint)}</p>
                <Wrong field=field::TIMES[0] problem=bad_time />
                <div class="reminder-times">{times.collect_view()}</div>
            </fieldset>
            <fieldset class="field" id=field::DAYS class:field-invalid=bad_days.is_some()>
                <legend class="field-label">{tr!(reminder.days)}</legend>
                <Wrong field=field::DAYS problem=bad_days />
                <div class="choices">{kinds}</div>
                <div class="choices reminder-weekdays" role="group" aria-label=tr!(reminder.weekdays)>{weekdays.collect_view()}</div>
            </fieldset>
            <LongText
                field=field::WORDS.to_owned()
                name=field::WORDS
                label=tr!(reminder.words)
                value=words
                problem=words_problem
                rows=3
            />
            <Tick field=field::ACTIVE words=tr!(reminder.active) ticked=active problem=None />
            <div class="actions">
                <button class="button button-primary" name=field::ACTION value=field::SAVE>
                    {tr!(reminder.save)}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// What was sent, the last first.
fn sent(history: Vec<ReminderLine>) -> AnyView {
    if history.is_empty() {
        return view! { <p class="note">{tr!(reminder.history_none)}</p> }.into_any();
    }
    let lines = history.into_iter().map(|line| {
        let ReminderLine { day, time, at, state, outcome } = line;
        let when = time.map_or_else(|| tr!(reminder.by_hand, at = at), |time| format!("{day} {time}"));
        let (what, more) = match state {
            State::Sent => (tr!(reminder.sent, count = outcome.missing, expected = outcome.expected), reached(&outcome)),
            State::Nobody => (tr!(reminder.nobody).to_owned(), String::new()),
            State::Unknown => (tr!(reminder.unknown).to_owned(), String::new()),
            State::Skipped => (tr!(reminder.skipped).to_owned(), String::new()),
        };
        view! {
            <li class="cell">
                <span class="cell-label">{when}</span>
                <span class="cell-value">{what}</span>
                {(!more.is_empty()).then(|| view! { <span class="cell-note muted">{more}</span> })}
            </li>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(reminder.history)}</h2>
            <ul>{lines.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// By what they were told.
fn reached(outcome: &Outcome) -> String {
    let own = (outcome.notices > 0).then(|| tr!(reminder.by_notice, count = outcome.notices));
    let mails = (outcome.mails > 0).then(|| tr!(reminder.by_mail, count = outcome.mails));
    let channels = outcome.channels.iter().map(|(kind, name)| format!("{name} ({})", kind_words(*kind)));
    own.into_iter().chain(mails).chain(channels).collect::<Vec<_>>().join(" · ")
}
