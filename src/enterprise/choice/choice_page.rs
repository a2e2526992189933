//! 问卷: those that there are, which one is in force, and each as its form asks it, with nothing to fill in.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{ChoiceView, Line, Posted, Problem, field},
};
use crate::{
    id::EnterpriseId,
    link,
    questionnaire::{
        model::{Kind, Question, Questionnaire, Section},
        wording,
    },
    ui::{ErrorNote, Frame, Title, language, load, page_data, tr},
};

#[component]
pub fn ChoicePage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::questionnaires(enterprise, query));
    load(data, |choice| view! { <Whole choice /> })
}

#[component]
fn Whole(choice: ChoiceView) -> impl IntoView {
    let ChoiceView { enterprise, in_force, gone, declared, lines, open, posted } = choice;
    let refused = posted.problem.is_some();
    let moved = posted.problem == Some(Problem::Moved);
    let lines = lines.into_iter().map(|line| {
        let shown = open.clone().filter(|open| open.code == line.code);
        let in_force = in_force.clone();
        view! { <li><OneLine line shown in_force enterprise declared posted /></li> }
    });
    let lines = lines.collect_view();
    view! {
        <Frame title=tr!(choice.title) back=link::statistics(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(choice.title)) /> })}
            {posted.error.map(|error| view! { <ErrorNote error /> })}
            {moved.then(|| view! { <p class="note note-error" role="alert">{tr!(choice.moved)}</p> })}
            {gone.then(|| view! { <p class="note note-error" role="alert">{tr!(choice.gone, code = in_force.clone())}</p> })}
            <p class="group-note">{tr!(choice.what)}</p>
            <ul class="questionnaires">{lines}</ul>
        </Frame>
    }
    .into_any()
}

#[component]
fn OneLine(
    line: Line,
    shown: Option<Questionnaire>,
    in_force: String,
    enterprise: EnterpriseId,
    declared: u32,
    posted: Posted,
) -> impl IntoView {
    let Line { code, version, title, sections, questions } = line;
    let is_in_force = code == in_force;
    let named = tr!(choice.look_named, title = title.clone());
    let look = link::with_query(&link::questionnaire(enterprise), format_args!("{}={code}", field::OPEN));
    let is_open = shown.is_some();
    let form = (is_open && !is_in_force).then(|| view! { <Choose code title=title.clone() in_force enterprise declared posted /> });
    view! {
        <section class="group">
            <h2 class="cell">
                <span class="cell-label">{title}</span>
                {is_in_force.then(|| view! { <span class="badge badge-good">{tr!(choice.in_force)}</span> })}
            </h2>
            <p class="group-note">
                {sections.join(tr!(choice.separator))} " · " {tr!(choice.questions, count = questions)} " · "
                {tr!(choice.version, version = version)}
            </p>
            {(!is_open)
                .then(|| {
                    view! {
                        <p class="actions">
                            <a class="button" href=look aria-label=named data-noscroll="">
                                {tr!(choice.look)}
                            </a>
                        </p>
                    }
                })}
            {form}
            {shown.map(|shown| view! { <Preview shown /> })}
        </section>
    }
    .into_any()
}

/// What changes, and the tick that says so.
#[component]
fn Choose(code: String, title: String, in_force: String, enterprise: EnterpriseId, declared: u32, posted: Posted) -> impl IntoView {
    let unconfirmed = (posted.problem == Some(Problem::Unconfirmed)).then(|| tr!(choice.unconfirmed));
    let action = link::with_query(&link::questionnaire(enterprise), format_args!("{}={code}", field::OPEN));
    view! {
        <form method="post" action=action novalidate>
            <input type="hidden" name=field::CODE value=code />
            <input type="hidden" name=field::BEFORE value=in_force />
            <div class="field" class:field-invalid=unconfirmed.is_some()>
                <p class="field-hint" id="changes">
                    {tr!(choice.changes, count = declared)}
                </p>
                {unconfirmed.map(|words| view! { <p class="field-error" id="confirmed-error" role="alert">{words}</p> })}
                <label class="choice">
                    <input
                        type="checkbox"
                        name=field::CONFIRMED
                        value="yes"
                        aria-describedby=if unconfirmed.is_some() { "changes confirmed-error" } else { "changes" }
                        aria-invalid=unconfirmed.map(|_| "true")
                    />
                    <span>{tr!(choice.confirm, title = title)}</span>
                </label>
            </div>
            <div class="actions">
                <button class="button button-primary">{tr!(choice.choose)}</button>
                // Not the router's: after a refusal the page stands at this very address.
                <a class="button" rel="external" href=link::questionnaire(enterprise)>
                    {tr!(choice.close)}
                </a>
            </div>
        </form>
    }
    .into_any()
}

/// All questions with all answers that can be chosen, as text.
#[component]
fn Preview(shown: Questionnaire) -> impl IntoView {
    let sections = shown.sections.iter().map(|section| {
        let questions = section.questions.iter().map(|question| preview(&shown, question)).collect_view();
        view! {
            <h3 class="figure-title">{section_title(section)}</h3>
            <ol class="preview">{questions}</ol>
        }
    });
    sections.collect_view().into_any()
}

fn section_title(section: &Section) -> String {
    section.title.get(language()).to_owned()
}

fn preview(shown: &Questionnaire, question: &Question) -> AnyView {
    let language = language();
    let optional = question.optional.then(|| view! { " " <span class="muted">{tr!(declaration.optional)}</span> });
    let condition = question.show_if.as_ref().and_then(|condition| {
        let earlier = shown.question(&condition.question)?;
        let answers: Vec<String> = condition.is.iter().filter_map(|bucket| wording::bucket_label(earlier, bucket, language)).collect();
        Some(tr!(choice.only_if, question = earlier.text.get(language).to_owned(), answers = answers.join(tr!(choice.separator))))
    });
    let hint = question.hint.as_ref().map(|hint| hint.get(language).to_owned());
    view! {
        <li>
            <strong>{question.text.get(language).to_owned()}</strong>
            {optional}
            {condition.map(|condition| view! { <p class="muted">{condition}</p> })}
            {hint.map(|hint| view! { <p class="muted">{hint}</p> })}
            <p class="muted">{answers(question)}</p>
        </li>
    }
    .into_any()
}

/// What can be answered.
fn answers(question: &Question) -> String {
    let language = language();
    let choices = || question.choices().iter().map(|choice| choice.text.get(language)).collect::<Vec<_>>().join(tr!(choice.separator));
    match question.kind {
        Kind::YesNo => [wording::yes_no_text(true, language), wording::yes_no_text(false, language)].join(tr!(choice.separator)),
        Kind::OneOf(_) => choices(),
        Kind::SomeOf(_) => tr!(choice.some_of, answers = choices()),
        Kind::Date { .. } => tr!(choice.date).to_owned(),
        Kind::Place => tr!(choice.place).to_owned(),
        Kind::Temperature { .. } => [tr!(choice.temperature), wording::not_measured_text(language)].join(tr!(choice.separator)),
        Kind::ShortText | Kind::LongText => tr!(choice.text).to_owned(),
    }
}
