//! 我的信息和权利: what an enterprise holds on an employee, and what they may do with it. Plain forms: nothing on it needs to wake up.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{ConsentView, DeviceLine, Form, NoteProblem, OwnRequest, Posted, Problem, RequestKind, RequestState, RightsView},
};
use crate::{
    account::{
        account_page::level_words,
        model::{ConsentKind, NAME_CHARS},
        verify_again::verify_again,
    },
    error::AppError,
    id::EnterpriseId,
    link,
    text::escaped,
    ui::{
        Frame, Title, error_text,
        field::{ErrorSummary, LongText, Text},
        load,
        locale::page_facts,
        page_data, query_value, tr,
    },
};

/// In the address: with the copy as text.
const AS_TEXT: &str = "text";

#[component]
pub fn RightsPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let text = move || {
        let asked = location.search.get().trim_start_matches('?').split('&').any(|pair| pair == "as=text");
        if asked { AS_TEXT.to_owned() } else { String::new() }
    };
    let data = page_data(move || [enterprise(), text()], |[enterprise, text]| api::rights(enterprise, text == AS_TEXT));
    let done = Form::of(&query_value("done"));
    load(data, move |rights| view! { <Whole rights done /> })
}

#[component]
fn Whole(rights: RightsView, done: Option<Form>) -> impl IntoView {
    let enterprise = rights.enterprise;
    let done = done.filter(|_| rights.posted.is_none()).map(|form| view! { <p class="note" role="status">{done_words(form)}</p> });
    let title = tr!(rights.title);
    let (wrong, note) = rights.posted.as_ref().map(problem_places).unwrap_or_default();
    let refused = rights.posted.is_some();
    view! {
        <Frame title back=link::MINE>
            {refused.then(|| view! { <Title text=tr!(error.title, title = title) /> })}
            {done}
            <ErrorSummary problems=wrong />
            {note.map(|words| view! { <p class="note note-error" role="alert">{words}</p> })}
            <p class="group-note">{tr!(rights.what, enterprise = rights.enterprise_name)}</p>
            {person(&rights)}
            {verify_again(enterprise, rights.verify_again.clone(), &link::rights(enterprise))}
            {devices(enterprise, &rights.devices)}
            {consents(&rights)}
            {copy(enterprise, rights.copy.clone())}
            {asking(&rights)}
            {requests(&rights.requests)}
        </Frame>
    }
    .into_any()
}

fn done_words(form: Form) -> &'static str {
    match form {
        Form::WithdrawNotice | Form::WithdrawHealth => tr!(rights.done_withdrawn),
        Form::Correct => tr!(rights.done_corrected),
        Form::AskCorrection | Form::AskDeletion => tr!(rights.done_asked),
        Form::EndDevice | Form::EndDevices => tr!(rights.done_device),
    }
}

/// What is wrong with a field of a form that came back, or else with the form.
fn problem_places(posted: &Posted) -> (Vec<(String, String)>, Option<String>) {
    let words = problem_words(posted.problem);
    match field_of(posted.problem, posted.form) {
        Some(field) => (vec![(field.to_owned(), words)], None),
        None => (Vec::new(), Some(words)),
    }
}

/// The field that a problem belongs to: each request's text has the name of its form.
const fn field_of(problem: Problem, form: Form) -> Option<&'static str> {
    match problem {
        Problem::Name => Some("name"),
        Problem::Phone => Some("phone"),
        Problem::Note(_) => Some(form.code()),
        Problem::Often | Problem::Other(_) => None,
    }
}

/// What is wrong, and what to do.
pub fn problem_words(problem: Problem) -> String {
    match problem {
        Problem::Name => tr!(rights.problem_name).to_owned(),
        Problem::Phone => tr!(rights.problem_phone).to_owned(),
        Problem::Note(NoteProblem::Empty) => tr!(rights.problem_empty).to_owned(),
        Problem::Note(NoteProblem::TooLong) => tr!(rights.problem_long).to_owned(),
        Problem::Note(NoteProblem::Unreadable) => tr!(rights.problem_unreadable).to_owned(),
        Problem::Often => tr!(rights.problem_often).to_owned(),
        Problem::Other(error) => other(error),
    }
}

fn other(error: AppError) -> String {
    let text = error_text(error);
    format!("{} {}", text.happened, text.to_do)
}

fn fact(label: &'static str, value: String) -> AnyView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// What was typed into a form that came back, or else what is known.
fn typed(rights: &RightsView, form: Form, of: impl Fn(&Posted) -> &String, known: &str) -> String {
    rights.posted.as_ref().filter(|posted| posted.form == form).map_or_else(|| known.to_owned(), |posted| of(posted).clone())
}

fn came_back(rights: &RightsView, form: Form) -> bool {
    rights.posted.as_ref().is_some_and(|posted| posted.form == form)
}

fn person(rights: &RightsView) -> AnyView {
    let problem = rights.posted.as_ref().map(|posted| posted.problem);
    let of_name = (problem == Some(Problem::Name)).then_some(tr!(rights.problem_name));
    let of_phone = (problem == Some(Problem::Phone)).then_some(tr!(rights.problem_phone));
    let name = (!rights.verified).then(|| {
        view! {
            <Text
                field="name"
                label=tr!(account.name)
                value=typed(rights, Form::Correct, |posted| &posted.name, &rights.name)
                problem=of_name
                autocomplete="name"
                kind="text"
                length=NAME_CHARS
            />
        }
        .into_any()
    });
    let name = name.unwrap_or_else(|| view! { <input type="hidden" name="name" value=rights.name.clone() /> }.into_any());
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(rights.person)}</h2>
            <dl class="facts">
                {fact(tr!(account.name), rights.name.clone())}
                {fact(tr!(account.number), rights.document.clone())}
                {fact(tr!(account.phone), rights.phone.clone())}
                {rights.department.clone().map(|name| fact(tr!(account.department), name))}
                {fact(tr!(account.level), level_words(rights.level).to_owned())}
            </dl>
            <details class="fold" open=came_back(rights, Form::Correct)>
                <summary>{tr!(rights.correct)}</summary>
                <form method="post" action=link::rights(rights.enterprise)>
                    <input type="hidden" name="form" value=Form::Correct.code() />
                    {name}
                    <Text
                        field="phone"
                        label=tr!(account.phone)
                        hint=tr!(account.phone_hint)
                        value=typed(rights, Form::Correct, |posted| &posted.phone, &rights.phone)
                        problem=of_phone
                        autocomplete="tel"
                        kind="tel"
                        length=30
                    />
                    <p class="group-note">{if rights.verified { tr!(rights.correct_verified) } else { tr!(rights.correct_note) }}</p>
                    <div class="actions">
                        <button class="button">{tr!(rights.save)}</button>
                    </div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// What stands for them: a phone that they lost they can end.
fn devices(enterprise: EnterpriseId, devices: &[DeviceLine]) -> AnyView {
    let others = devices.iter().any(|device| !device.here).then(|| {
        view! {
            <form class="actions" method="post" action=link::rights(enterprise)>
                <input type="hidden" name="form" value=Form::EndDevices.code() />
                <button class="button button-danger">{tr!(rights.end_devices)}</button>
            </form>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(rights.devices)}</h2>
            <p class="group-note">{tr!(rights.devices_what)}</p>
            <ul>{devices.iter().map(|device| device_view(enterprise, device)).collect_view()}</ul>
            {others}
        </section>
    }
    .into_any()
}

fn device_view(enterprise: EnterpriseId, device: &DeviceLine) -> AnyView {
    let end = (!device.here).then(|| {
        view! {
            <form method="post" action=link::rights(enterprise)>
                <input type="hidden" name="form" value=Form::EndDevice.code() />
                <input type="hidden" name="device" value=device.id.clone() />
                <button class="button">{tr!(rights.end_device)}</button>
            </form>
        }
    });
    view! {
        <li class="cell">
            <span class="cell-label">
                {tr!(rights.device_made)} " " <time>{device.made_at.clone()}</time> " "
                {device.here.then(|| view! { <span class="badge badge-good">{tr!(account.session_here)}</span> })}
            </span>
            {end}
            <span class="cell-note muted">{level_words(device.level)}</span>
        </li>
    }
    .into_any()
}

fn consents(rights: &RightsView) -> AnyView {
    let enterprise = rights.enterprise;
    let stands = rights.consents.iter().all(|consent| consent.withdrawn_at.is_none());
    let again = (!stands).then(|| {
        view! {
            <p class="note note-warning">{tr!(rights.withdrawn_note)}</p>
            <div class="actions">
                <a class="button button-primary" href=link::declare(enterprise)>
                    {tr!(rights.consent_again)}
                </a>
            </div>
        }
    });
    let earlier = (!rights.earlier.is_empty()).then(|| {
        let all = rights.earlier.iter().map(|consent| consent_view(enterprise, consent, false)).collect_view();
        view! {
            <details class="fold">
                <summary>{tr!(rights.earlier)}</summary>
                {all}
            </details>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(rights.consents)}</h2>
            {rights.consents.iter().map(|consent| consent_view(enterprise, consent, true)).collect_view()}
            {again}
            {earlier}
        </section>
    }
    .into_any()
}

fn consent_view(enterprise: EnterpriseId, consent: &ConsentView, current: bool) -> AnyView {
    let (kind, form) = match consent.kind {
        ConsentKind::Notice => (tr!(rights.consent_notice), Form::WithdrawNotice),
        ConsentKind::HealthAndWhereabouts => (tr!(rights.consent_health), Form::WithdrawHealth),
    };
    let withdrawn =
        consent.withdrawn_at.clone().map(|at| view! { <span class="badge badge-warning">{tr!(rights.withdrawn_at)} " " {at}</span> });
    let withdraw = (current && consent.withdrawn_at.is_none()).then(|| {
        view! {
            <p>{tr!(rights.withdraw_what)}</p>
            <form method="post" action=link::rights(enterprise)>
                <input type="hidden" name="form" value=form.code() />
                <button class="button button-danger">{tr!(rights.withdraw)}</button>
            </form>
        }
    });
    view! {
        <details class="fold">
            <summary>
                <span class="cell-label">{kind}</span>
                {withdrawn}
                <span class="cell-note muted">
                    {tr!(rights.version, version = consent.version)} " · " {tr!(rights.given_at)} " " <time>{consent.given_at.clone()}</time>
                </span>
            </summary>
            <div class="prose notice">
                <p class="muted">{tr!(rights.text_of)}</p>
                {consent.text.iter().map(|line| view! { <p>{line.clone()}</p> }).collect_view()}
                {withdraw}
            </div>
        </details>
    }
    .into_any()
}

fn copy(enterprise: EnterpriseId, text: Option<String>) -> AnyView {
    let as_text = link::with_query(&link::rights(enterprise), "as=text#copy");
    let shown = text.map(|text| {
        view! {
            <div class="field">
                <label class="field-label" for="copy">
                    {tr!(rights.copy_text)}
                </label>
                <p class="field-hint">{tr!(rights.copy_text_how)}</p>
                <textarea class="textarea" id="copy" readonly rows="12" inner_html=escaped(&text)></textarea>
            </div>
        }
        .into_any()
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(rights.copy)}</h2>
            <p class="group-note">{tr!(rights.copy_what)}</p>
            {shown}
            <div class="actions">
                // WeChat's browser keeps no files: there it is text to be copied.
                {(!page_facts().in_wechat).then(|| view! {
                    <a class="button" rel="external" href=link::own_copy(enterprise)>
                        {tr!(rights.copy_file)}
                    </a>
                })}
                <a class="button" rel="external" href=as_text>
                    {tr!(rights.copy_as_text)}
                </a>
            </div>
        </section>
    }
    .into_any()
}

fn asking(rights: &RightsView) -> AnyView {
    let problem = |form: Form| {
        let posted = rights.posted.as_ref().filter(|posted| posted.form == form)?;
        field_of(posted.problem, form).map(|_| problem_words(posted.problem))
    };
    let form = |form: Form, title: &'static str, what: &'static str, label: &'static str, button: &'static str| {
        let (id, class) = (form.code(), if form == Form::AskDeletion { "button button-danger" } else { "button" });
        view! {
            <details class="group fold" open=came_back(rights, form)>
                <summary>{title}</summary>
                <p class="group-note">{what}</p>
                <form method="post" action=link::rights(rights.enterprise)>
                    <input type="hidden" name="form" value=id />
                    <LongText
                        field=id.to_owned()
                        name="note"
                        label
                        value=typed(rights, form, |posted| &posted.note, "")
                        problem=problem(form)
                        rows=4
                    />
                    <div class="actions">
                        <button class=class>{button}</button>
                    </div>
                </form>
            </details>
        }
        .into_any()
    };
    view! {
        {form(Form::AskCorrection, tr!(rights.ask_correction), tr!(rights.ask_correction_what), tr!(rights.note), tr!(rights.ask))}
        {form(Form::AskDeletion, tr!(rights.ask_deletion), tr!(rights.ask_deletion_what), tr!(rights.note_optional), tr!(rights.ask_deletion))}
    }
    .into_any()
}

fn requests(requests: &[OwnRequest]) -> AnyView {
    if requests.is_empty() {
        return ().into_any();
    }
    let line = |request: &OwnRequest| view! { <li class="cell">{request_view(request, false)}</li> };
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(rights.requests)}</h2>
            <ul>{requests.iter().map(line).collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// What was asked, how it stands, and what was answered.
pub fn request_view(request: &OwnRequest, overdue: bool) -> AnyView {
    let kind = match request.kind {
        RequestKind::Correction => tr!(rights.ask_correction),
        RequestKind::Deletion => tr!(rights.ask_deletion),
    };
    let (class, state) = match request.state {
        RequestState::New if overdue => ("badge badge-danger", tr!(rights.overdue)),
        RequestState::New => ("badge", tr!(rights.new)),
        RequestState::Done => ("badge badge-good", tr!(rights.done)),
        RequestState::Refused => ("badge badge-warning", tr!(rights.refused)),
    };
    let note = (!request.note.is_empty()).then(|| view! { <span class="cell-note request-text">{request.note.clone()}</span> });
    let due = (request.state == RequestState::New).then(|| view! { " · " {tr!(rights.due)} " " <time>{request.due.clone()}</time> });
    let settled = request.settled_at.clone().map(|at| view! { " · " {tr!(rights.settled_at)} " " <time>{at}</time> });
    let reason = request.reason.clone().map(|reason| {
        view! { <span class="cell-note request-text">{tr!(rights.reason)} " " {reason}</span> }
    });
    view! {
        <span class="cell-label">{kind}</span>
        <span class=class>{state}</span>
        {note}
        {reason}
        <span class="cell-note muted">{tr!(rights.asked_at)} " " <time>{request.at.clone()}</time> {due} {settled}</span>
    }
    .into_any()
}
