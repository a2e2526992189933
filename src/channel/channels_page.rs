//! 通知渠道: where reminders and alerts go, the form that adds such a place, and what could not be delivered. Plain posts.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    model::{
        ADDRESS_BYTES, ChannelLine, ChannelValues, ChannelsView, DeadLine, Failure, Kind, MOST, NAME_CHARS, Pause, Posted, Problem,
        SECRET_BYTES, Told, What, field,
    },
};
use crate::{
    id::EnterpriseId,
    link,
    ui::{
        Frame, Title, error_text,
        field::{ErrorSummary, Problem as Wrong, Text, Tick},
        load, page_data, query_value, tr,
    },
};

#[component]
pub fn ChannelsPage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("enterprise").unwrap_or_default()], |[enterprise]| api::channels(enterprise));
    let done = query_value(field::DONE);
    load(data, move |channels| view! { <Whole channels done=done.clone() /> })
}

#[component]
fn Whole(channels: ChannelsView, done: String) -> impl IntoView {
    let ChannelsView { enterprise, mail, channels, dead, dead_count, posted } = channels;
    let refused = !posted.problems.is_empty();
    let wrong = posted.problems.iter().map(|problem| (problem.field().to_owned(), problem_words(*problem).to_owned())).collect();
    let done = if refused { None } else { done_words(&done) };
    let dismissed = channels.iter().any(|channel| channel.paused == Some(Pause::Dismissed));
    let none = channels.is_empty().then(|| view! { <p class="note">{tr!(channel.none)}</p> });
    let full = channels.len() >= usize::from(MOST);
    let lines = channels.into_iter().map(|channel| one(enterprise, channel)).collect_view();
    view! {
        <Frame title=tr!(channel.title) back=link::reminders(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(channel.title)) /> })}
            <ErrorSummary problems=wrong />
            {done.map(|words| view! { <p class="note note-good" role="status">{words}</p> })}
            <p class="group-note">{tr!(channel.what)}</p>
            {dismissed.then(|| view! { <p class="note note-warning">{tr!(channel.dismissed)}</p> })}
            {none}
            {lines}
            {dead_letters(enterprise, dead, dead_count)}
            {if full {
                view! { <p class="note">{tr!(channel.enough)}</p> }.into_any()
            } else {
                view! { <Add enterprise mail posted /> }.into_any()
            }}
        </Frame>
    }
    .into_any()
}

fn done_words(done: &str) -> Option<&'static str> {
    Some(match done {
        field::ADD => tr!(channel.done_add),
        field::TELL => tr!(channel.done_tell),
        field::TEST => tr!(channel.done_test),
        field::PAUSE => tr!(channel.done_pause),
        field::RESUME => tr!(channel.done_resume),
        field::REMOVE => tr!(channel.done_remove),
        field::RETRY => tr!(channel.done_retry),
        field::DROP => tr!(channel.done_drop),
        _ => return None,
    })
}

/// What receives.
pub fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Mail => tr!(channel.mail),
        Kind::Personal => tr!(channel.personal),
        Kind::Wecom => tr!(channel.wecom),
        Kind::Dingtalk => tr!(channel.dingtalk),
        Kind::Feishu => tr!(channel.feishu),
        Kind::Webhook => tr!(channel.webhook),
    }
}

fn failure_words(failure: Failure) -> &'static str {
    match failure {
        Failure::Timeout => tr!(channel.failed_timeout),
        Failure::Connection => tr!(channel.failed_connection),
        Failure::Private => tr!(channel.failed_private),
        Failure::Redirect => tr!(channel.failed_redirect),
        Failure::Status => tr!(channel.failed_status),
        Failure::Refused => tr!(channel.failed_refused),
        Failure::NoMail => tr!(channel.failed_no_mail),
        Failure::Recipient => tr!(channel.failed_recipient),
        Failure::Late => tr!(channel.failed_late),
        Failure::Untold => tr!(channel.failed_untold),
        Failure::Unreadable => tr!(channel.failed_unreadable),
    }
}

fn problem_words(problem: Problem) -> &'static str {
    match problem {
        Problem::Kind => tr!(channel.bad_kind),
        Problem::Name => tr!(channel.bad_name),
        Problem::Mail => tr!(channel.bad_mail),
        Problem::Url => tr!(channel.bad_url),
        Problem::Https => tr!(channel.bad_https),
        Problem::Host => tr!(channel.bad_host),
        Problem::Private => tr!(channel.bad_private),
        Problem::Secret => tr!(channel.bad_secret),
        Problem::Nothing => tr!(channel.bad_nothing),
        Problem::Enough => tr!(channel.enough),
        Problem::Twice => tr!(channel.bad_twice),
        Problem::NoMail => tr!(channel.no_mail),
        Problem::Other(error) => error_text(error).happened,
    }
}

/// One channel, with its buttons.
fn one(enterprise: EnterpriseId, channel: ChannelLine) -> AnyView {
    let ChannelLine { id, kind, name, address, signed, told, paused, waiting, sent_at, failure } = channel;
    let state = match paused {
        None => view! { <span class="badge badge-good">{tr!(channel.open)}</span> }.into_any(),
        Some(_) => view! { <span class="badge badge-warning">{tr!(channel.paused)}</span> }.into_any(),
    };
    let address = (!address.is_empty()).then_some(address);
    let signed = signed.then(|| tr!(channel.signed));
    let place: Vec<String> = [Some(kind_words(kind).to_owned()), address, signed.map(str::to_owned)].into_iter().flatten().collect();
    let traffic = match sent_at {
        Some(at) => tr!(channel.sent_at, at = at),
        None => tr!(channel.sent_never).to_owned(),
    };
    let waits = (waiting > 0).then(|| tr!(channel.waiting, count = waiting));
    let failure = failure.map(|failure| view! { <p class="note note-warning">{tr!(channel.trying)} " " {failure_words(failure)}</p> });
    let here = link::channels(enterprise);
    let button = |action: &'static str, words: &'static str, class: &'static str| {
        view! {
            <button class=class name=field::ACTION value=action aria-label=format!("{words} {name}")>
                {words}
            </button>
        }
    };
    let switch = if paused.is_some() {
        button(field::RESUME, tr!(channel.resume), "button")
    } else {
        button(field::PAUSE, tr!(channel.pause), "button")
    };
    let test = paused.is_none().then(|| button(field::TEST, tr!(channel.test), "button"));
    let remove = button(field::REMOVE, tr!(channel.remove), "button button-danger");
    let channel_input = id.clone();
    view! {
        <section class="group channel">
            <h2 class="group-title">{name.clone()}</h2>
            <div class="cell">
                <span class="cell-label">{place.join(" · ")}</span>
                <span class="badges">{state}</span>
                <span class="cell-note muted">{told_words(kind, told)}</span>
                <span class="cell-note muted">{traffic} {waits.map(|waits| format!(" · {waits}"))}</span>
            </div>
            {failure}
            <form class="actions" method="post" action=here.clone()>
                <input type="hidden" name=field::CHANNEL value=channel_input />
                {test}
                {switch}
                {remove}
            </form>
            {(kind != Kind::Personal).then(|| view! { <Tell here id told /> })}
        </section>
    }
    .into_any()
}

fn told_words(kind: Kind, told: Told) -> String {
    if kind == Kind::Personal {
        return tr!(channel.told_personal).to_owned();
    }
    let words = [
        told.reminders.then(|| tr!(channel.told_reminders)),
        told.names.then(|| tr!(channel.told_names)),
        told.alerts.then(|| tr!(channel.told_alerts)),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What a channel is told, to be changed.
#[component]
fn Tell(here: String, id: String, told: Told) -> impl IntoView {
    let tick = |name: &'static str, words: &'static str, ticked: bool| {
        view! {
            <label class="choice">
                <input type="checkbox" name=name value="yes" checked=ticked />
                <span>{words}</span>
            </label>
        }
    };
    view! {
        <details class="fold">
            <summary>{tr!(channel.tell)}</summary>
            <form method="post" action=here>
                <input type="hidden" name=field::CHANNEL value=id />
                <fieldset class="field">
                    <legend class="field-label">{tr!(channel.told)}</legend>
                    {tick(field::REMINDERS, tr!(channel.told_reminders), told.reminders)}
                    {tick(field::NAMES, tr!(channel.told_names), told.names)}
                    <p class="field-hint">{tr!(channel.names_warning)}</p>
                    {tick(field::ALERTS, tr!(channel.told_alerts), told.alerts)}
                </fieldset>
                <div class="actions">
                    <button class="button" name=field::ACTION value=field::TELL>
                        {tr!(channel.save)}
                    </button>
                </div>
            </form>
        </details>
    }
}

/// What was given up, to be tried again or forgotten.
fn dead_letters(enterprise: EnterpriseId, dead: Vec<DeadLine>, count: u32) -> AnyView {
    if dead.is_empty() {
        return ().into_any();
    }
    let lines = dead.into_iter().map(|dead| {
        let DeadLine { channel, id, name, what, count, at, failure } = dead;
        let what = match what {
            What::Reminder => tr!(channel.dead_reminder).to_owned(),
            What::Personal => tr!(channel.dead_personal).to_owned(),
            What::Alert => tr!(channel.dead_alerts, count = count),
            What::Test => tr!(channel.dead_test).to_owned(),
        };
        view! {
            <li class="cell">
                <span class="cell-label">{what}</span>
                <span class="cell-value">{name}</span>
                <span class="cell-note muted">
                    <time>{at}</time>
                    {failure.map(|failure| format!(" · {}", failure_words(failure)))}
                </span>
                <form class="actions" method="post" action=link::channels(enterprise)>
                    <input type="hidden" name=field::CHANNEL value=channel />
                    <input type="hidden" name=field::LETTER value=id />
                    <button class="button" name=field::ACTION value=field::RETRY>
                        {tr!(channel.retry)}
                    </button>
                    <button class="button button-danger" name=field::ACTION value=field::DROP>
                        {tr!(channel.drop)}
                    </button>
                </form>
            </li>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(channel.dead, count = count)}</h2>
            <p class="group-note">{tr!(channel.dead_what)}</p>
            <ul>{lines.collect_view()}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Add(enterprise: EnterpriseId, mail: bool, posted: Posted) -> impl IntoView {
    let Posted { values, problems } = posted;
    let ChannelValues { kind: chosen, name, address, told, .. } = values;
    let problem = |of: &'static str| {
        let found = problems.iter().find(|problem| problem.field() == of && !matches!(problem, Problem::Other(_)));
        found.map(|problem| problem_words(*problem))
    };
    let kinds = Kind::ALL.into_iter().map(|kind| {
        view! {
            <label class="choice">
                <input type="radio" name=field::KIND value=kind.code() checked=kind.code() == chosen />
                <span>{kind_words(kind)}</span>
            </label>
        }
    });
    let no_mail = (!mail).then(|| view! { <p class="field-hint">{tr!(channel.no_mail)}</p> });
    let kind_problem = problem(field::KIND);
    view! {
        <form class="group" method="post" action=link::channels(enterprise) novalidate>
            <h2 class="group-title">{tr!(channel.add)}</h2>
            <fieldset class="field" id=field::KIND class:field-invalid=kind_problem.is_some()>
                <legend class="field-label">{tr!(channel.kind)}</legend>
                <Wrong field=field::KIND problem=kind_problem />
                <div class="choices">{kinds.collect_view()}</div>
                {no_mail}
            </fieldset>
            <Text
                field=field::NAME
                label=tr!(channel.name)
                hint=tr!(channel.name_hint)
                value=name
                problem=problem(field::NAME)
                autocomplete="off"
                kind="text"
                length=NAME_CHARS
            />
            <Text
                field=field::ADDRESS
                label=tr!(channel.address)
                hint=tr!(channel.address_hint)
                value=address
                problem=problem(field::ADDRESS)
                autocomplete="off"
                kind="text"
                length=ADDRESS_BYTES
            />
            <Text
                field=field::SECRET
                label=tr!(channel.secret)
                hint=tr!(channel.secret_hint)
                value=String::new()
                problem=problem(field::SECRET)
                autocomplete="off"
                kind="password"
                length=SECRET_BYTES
            />
            <fieldset>
                <legend class="group-title">{tr!(channel.told)}</legend>
                <Tick field=field::REMINDERS words=tr!(channel.told_reminders) ticked=told.reminders problem=problem(field::REMINDERS) />
                <Tick field=field::NAMES words=tr!(channel.told_names) ticked=told.names problem=None />
                <p class="group-note">{tr!(channel.names_warning)}</p>
                <Tick field=field::ALERTS words=tr!(channel.told_alerts) ticked=told.alerts problem=None />
            </fieldset>
            <div class="actions">
                <button class="button button-primary" name=field::ACTION value=field::ADD>
                    {tr!(channel.add)}
                </button>
            </div>
        </form>
    }
    .into_any()
}
