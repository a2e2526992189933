//! One alert, opened: who, why, the last fourteen days, what became of it, and what can be done.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    alerts_page::{Level, StateBadge, state_word},
    api,
    model::{Posted, Problem, State, What, field, post},
    view::{AlertOf, AlertView, Declared, LastingChoice, StepView, StripDay, StripView},
};
use crate::{
    link,
    questionnaire::model::AlertLevel,
    rights::{self, rights_page},
    statistics::people_page::state_word as declared_word,
    ui::{
        Frame, Title,
        field::{ErrorSummary, LongText},
        load, page_data, query_value, tr,
    },
};

#[component]
pub fn AlertPage() -> impl IntoView {
    let params = use_params_map();
    let one = move |name: &str| params.read().get(name).unwrap_or_default();
    let data = page_data(move || [one("enterprise"), one("alert")], |[enterprise, alert]| api::alert(enterprise, alert));
    load(data, |alert| view! { <Whole alert done=query_value(field::DONE) /> })
}

#[component]
fn Whole(alert: AlertView, done: String) -> impl IntoView {
    let AlertView { enterprise, name, level, state, raised_at, reasons, over, steps, next, lasting, strip, posted, .. } = alert.clone();
    let refused = posted.is_some();
    let wrong = posted.iter().map(|posted| (post::NOTE.to_owned(), problem_words(posted.problem))).collect();
    let done = match &*done {
        _ if refused || alert.numbers => None,
        post::SET => Some(tr!(alert.done_set)),
        post::LASTING => Some(tr!(alert.done_lasting)),
        _ => None,
    };
    let reasons = reasons.into_iter().map(|(level, words)| {
        let class = if level == AlertLevel::Urgent { "note note-error" } else { "note note-warning" };
        view! { <p class=class><strong>{declared_word(Some(level), false)}</strong> " " {words}</p> }
    });
    let title = format!("{} · {name}", tr!(alert.title));
    view! {
        <Frame title=title.clone() back=link::alerts(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = title) /> })}
            <ErrorSummary problems=wrong />
            {done.map(|words| view! { <p class="note note-good" role="status">{words}</p> })}
            {alert.to_verify.then(|| view! { <p class="note note-warning">{tr!(statistics.person_to_verify)}</p> })}
            <p class="list-count">
                <Level level />
                <StateBadge state />
                <span class="muted">{tr!(alert.raised_at)} " " <time>{raised_at}</time></span>
            </p>
            {reasons.collect_view()}
            {over.then(|| view! { <p class="note">{tr!(alert.over)}</p> })}
            <Person alert />
            {(!next.is_empty()).then(|| view! { <Steps state next posted /> })}
            <h2 class="group-title">{tr!(alert.strip)}</h2>
            <Strip strip />
            <h2 class="group-title">{tr!(alert.history)}</h2>
            <History steps />
            {(!lasting.is_empty()).then(|| view! { <Lasting lasting /> })}
        </Frame>
    }
    .into_any()
}

#[component]
fn Person(alert: AlertView) -> impl IntoView {
    let AlertView { name, document, phone, call, numbers, department, person, declaration, .. } = alert;
    let phone = match call {
        Some(call) => view! { <a href=call>{tr!(alert.call)} " " {phone}</a> }.into_any(),
        None => phone.into_any(),
    };
    let show = (!numbers).then(|| {
        view! {
            <form class="actions" method="post">
                <button class="button" name=post::ACTION value=post::NUMBERS>
                    {tr!(statistics.numbers)}
                </button>
                <p class="group-note">{tr!(statistics.numbers_note)}</p>
            </form>
        }
    });
    view! {
        <dl class="facts">
            <div>
                <dt>{tr!(statistics.name)}</dt>
                <dd>
                    <a href=person>{name}</a>
                </dd>
            </div>
            {department
                .map(|name| {
                    view! {
                        <div>
                            <dt>{tr!(statistics.department)}</dt>
                            <dd>{name}</dd>
                        </div>
                    }
                })}
            <div>
                <dt>{tr!(statistics.document)}</dt>
                <dd translate="no">{document}</dd>
            </div>
            <div>
                <dt>{tr!(statistics.phone)}</dt>
                <dd translate="no">{phone}</dd>
            </div>
            {declaration
                .map(|href| {
                    view! {
                        <div>
                            <dt>{tr!(alert.declaration)}</dt>
                            <dd>
                                <a href=href>{tr!(alert.to_declaration)}</a>
                            </dd>
                        </div>
                    }
                })}
        </dl>
        {show}
    }
    .into_any()
}

/// What can be done: a note that goes with whichever step is taken.
#[component]
fn Steps(state: State, next: Vec<State>, posted: Option<Posted>) -> impl IntoView {
    let (note, problem) = posted.map_or_else(Default::default, |posted| (posted.note, Some(problem_words(posted.problem))));
    let buttons = next.into_iter().enumerate().map(|(place, next)| {
        let class = if place == 0 { "button button-primary" } else { "button" };
        view! {
            <button class=class name=post::TO value=next.code()>
                {step_words(next)}
            </button>
        }
    });
    view! {
        <section class="group fold">
            <h2 class="group-title">{tr!(alert.steps)}</h2>
            <form method="post">
                <input type="hidden" name=post::ACTION value=post::SET />
                <input type="hidden" name=post::FROM value=state.code() />
                <LongText field=post::NOTE.to_owned() name=post::NOTE label=tr!(alert.note) value=note problem rows=2 />
                <div class="actions">{buttons.collect_view()}</div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Strip(strip: StripView) -> impl IntoView {
    let StripView { svg, days } = strip;
    let rows = days.into_iter().map(|StripDay { day, link, temperature, declared }| {
        let temperature = temperature.map_or_else(|| "—".to_owned(), |degrees| format!("{degrees} °C"));
        let words = match declared {
            None => tr!(alert.nothing_declared),
            Some(Declared { level, unmeasured }) => declared_word(level, unmeasured),
        };
        view! {
            <tr>
                <th scope="row">
                    <a href=link>{day.to_string()}</a>
                </th>
                <td>{temperature}</td>
                <td>{words}</td>
            </tr>
        }
    });
    view! {
        <div class="group">
            <div class="cell" inner_html=svg></div>
            <p class="group-note">{tr!(alert.strip_key)}</p>
            <details class="fold">
                <summary>{tr!(alert.as_table)}</summary>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{tr!(alert.day)}</th>
                            <th scope="col">{tr!(statistics.temperature)}</th>
                            <th scope="col">{tr!(statistics.state)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </details>
        </div>
    }
    .into_any()
}

#[component]
fn History(steps: Vec<StepView>) -> impl IntoView {
    let steps = steps.into_iter().map(|StepView { what, who, at, note }| {
        let who = match who {
            None => tr!(alert.by_declaration).to_owned(),
            Some(name) if name.is_empty() => tr!(alert.by_gone).to_owned(),
            Some(name) => name,
        };
        view! {
            <li class="cell">
                <span class="cell-label">{what_words(what)}</span>
                <span class="cell-value">{who} " " <time>{at}</time></span>
                {(!note.is_empty()).then(|| view! { <span class="cell-note">{note}</span> })}
            </li>
        }
    });
    view! { <ol class="group">{steps.collect_view()}</ol> }.into_any()
}

/// Symptoms that a person always has.
#[component]
fn Lasting(lasting: Vec<LastingChoice>) -> impl IntoView {
    let any = lasting.iter().any(|choice| choice.chosen);
    let choices = lasting.into_iter().map(|LastingChoice { code, words, chosen }| {
        view! {
            <label class="choice">
                <input type="checkbox" name=post::RULE value=code checked=chosen />
                <span>{words}</span>
            </label>
        }
    });
    view! {
        <details class="group fold" open=any>
            <summary class="cell-label">{tr!(alert.lasting)}</summary>
            <form method="post">
                <input type="hidden" name=post::ACTION value=post::LASTING />
                <fieldset class="field">
                    <legend class="field-hint">{tr!(alert.lasting_what)}</legend>
                    {choices.collect_view()}
                </fieldset>
                <div class="actions">
                    <button class="button">{tr!(alert.lasting_save)}</button>
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// A person's alerts, on their own page.
#[component]
pub fn AlertsOf(alerts: Vec<AlertOf>) -> impl IntoView {
    let lines = alerts.into_iter().map(|AlertOf { link, day, level, state, reasons }| {
        view! {
            <li>
                <a class="cell" href=link>
                    <span>{day.to_string()}</span>
                    <Level level />
                    <StateBadge state />
                    <span class="cell-note">{reasons}</span>
                </a>
            </li>
        }
    });
    view! {
        <h2 class="group-title">{tr!(alert.title)}</h2>
        <ul class="group">{lines.collect_view()}</ul>
    }
    .into_any()
}

/// What a button does.
fn step_words(next: State) -> &'static str {
    match next {
        State::New => state_word(next),
        State::Seen => tr!(alert.to_seen),
        State::Contacted => tr!(alert.to_contacted),
        State::Isolated => tr!(alert.to_isolated),
        State::InCare => tr!(alert.to_in_care),
        State::Resolved => tr!(alert.to_resolved),
    }
}

fn what_words(what: What) -> &'static str {
    match what {
        What::Raised => tr!(alert.was_raised),
        What::Worsened => tr!(alert.worsened),
        What::Milder => tr!(alert.milder),
        What::Seen => state_word(State::Seen),
        What::Contacted => state_word(State::Contacted),
        What::Isolated => state_word(State::Isolated),
        What::InCare => state_word(State::InCare),
        What::Resolved => state_word(State::Resolved),
    }
}

fn problem_words(problem: Problem) -> String {
    match problem {
        Problem::Note(why) => rights_page::problem_words(rights::model::Problem::Note(why)),
        Problem::Moved => tr!(alert.problem_moved).to_owned(),
        Problem::Other(error) => rights_page::problem_words(rights::model::Problem::Other(error)),
    }
}
