//! All answers once more, before they are sent; and answers as a receipt lists them.

use leptos::prelude::*;

use super::{
    form_view::section_id,
    model::{DeclareView, PERSON, PERSON_BLOCK, PersonView, RESIDENCE, STEP, Step, Warning, judge},
};
use crate::{
    account::model::Level,
    link,
    questionnaire::{
        model::{AlertLevel, Answers, FormValues, Section},
        wording,
    },
    ui::{language, tr},
};

/// The page 请核对. `edit` is told which section to go back to; without JavaScript its button posts the form for that.
pub fn check_view(
    view: &DeclareView,
    values: &FormValues,
    warnings: &[Warning],
    edit: impl Fn(String) + Clone + Send + 'static,
) -> AnyView {
    let Ok(checked) = judge(&view.questionnaire, values, view.today) else { return ().into_any() };
    let hidden = values.pairs().filter(|(field, _)| *field != STEP).map(|(field, value)| {
        view! { <input type="hidden" name=field.to_owned() value=value.to_owned() /> }
    });
    let sections = view.questionnaire.sections.iter().map(|section| {
        let heading = heading(view, &section.code, section.title.get(language()), edit.clone());
        view! {
            {heading}
            <dl class=facts_class(section)>{answer_facts(section, &checked.answers)}</dl>
        }
    });
    view! {
        {hidden.collect_view()}
        {warnings_view(view, warnings)}
        {heading(view, PERSON, tr!(declaration.person), edit.clone())}
        <dl class="facts">
            {person_facts(&view.person)}
            {residence_fact(&checked.residence)}
        </dl>
        {sections.collect_view()}
        <p class="group-note">{tr!(declaration.truthful)}</p>
        <div class="actions">
            <button class="button button-primary" type="submit" name=STEP value=Step::Submit.code()>
                {tr!(declaration.submit)}
            </button>
        </div>
    }
    .into_any()
}

fn heading(view: &DeclareView, section: &str, title: &str, edit: impl Fn(String) + Clone + Send + 'static) -> AnyView {
    let page = view.post_to.clone().unwrap_or_else(|| link::declare(view.enterprise));
    let back = format!("{page}#{}", section_id(section));
    let (code, of) = (section.to_owned(), title.to_owned());
    let click = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        edit(code.clone());
    };
    view! {
        <div class="check-heading">
            <h2 class="group-title" id=section_id(section)>{title.to_owned()}</h2>
            <button class="button-link" type="submit" name=STEP value=Step::Edit.code() formaction=back on:click=click>
                {tr!(declaration.edit)}
                <span class="visually-hidden">{of}</span>
            </button>
        </div>
    }
    .into_any()
}

/// Each leads to its section, beside whose title stands the way to change it.
fn warnings_view(view: &DeclareView, warnings: &[Warning]) -> AnyView {
    if warnings.is_empty() {
        return ().into_any();
    }
    let line = |warning: &Warning| {
        let asks = |section: &&Section| section.questions.iter().any(|question| question.code == warning.question);
        let section = view.questionnaire.sections.iter().find(asks).map(|section| format!("#{}", section_id(&section.code)));
        view! { <li><a rel="external" href=section>{warning.text.get(language()).to_owned()}</a></li> }
    };
    view! {
        <div class="note note-warning" role="alert">
            <h2>{tr!(declaration.warnings)}</h2>
            <ul class="warnings">{warnings.iter().map(line).collect_view()}</ul>
            <p>{tr!(declaration.warnings_pass)}</p>
        </div>
    }
    .into_any()
}

/// Name, document, phone, and how well we know them.
pub fn person_facts(person: &PersonView) -> AnyView {
    let phone = person.phone.clone().map(|phone| fact(tr!(declaration.phone).to_owned(), phone));
    view! {
        <div>
            <dt>{tr!(declaration.name)}</dt>
            <dd>{person.name.clone()} " " <span class="badge">{level_word(person.level)}</span></dd>
        </div>
        {fact(tr!(declaration.document).to_owned(), person.document.clone())}
        {phone}
    }
    .into_any()
}

pub fn residence_fact(residence: &str) -> AnyView {
    let asked = PERSON_BLOCK.question(RESIDENCE).map_or("", |question| question.text.get(language()));
    fact(asked.to_owned(), residence.to_owned())
}

/// Where a section's title asks its only question, the question is not repeated.
pub fn facts_class(section: &Section) -> &'static str {
    if section.asks_itself() { "facts facts-alone" } else { "facts" }
}

/// The answers of one section. A question that was left out says so; one that was not asked is not listed.
pub fn answer_facts(section: &Section, answers: &Answers) -> AnyView {
    let asked = section.questions.iter().filter(|question| question.show_if.is_none() || answers.contains_key(&question.code));
    let line = |question: &crate::questionnaire::model::Question| {
        let given = answers.get(&question.code).map(|answer| wording::answer_text(question, answer, language()));
        let given = given.filter(|given| !given.is_empty()).unwrap_or_else(|| tr!(declaration.not_given).to_owned());
        fact(question.text.get(language()).to_owned(), given)
    };
    asked.map(line).collect_view().into_any()
}

pub fn fact(what: String, value: String) -> AnyView {
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// How a declaration is judged, in a word. Nobody is well as long as nobody has measured.
pub fn state_word(worst: Option<AlertLevel>, unmeasured: bool) -> &'static str {
    match worst {
        None if unmeasured => tr!(declaration.state_unmeasured),
        None => tr!(declaration.state_good),
        Some(AlertLevel::Attention) => tr!(declaration.state_attention),
        Some(AlertLevel::Urgent) => tr!(declaration.state_urgent),
    }
}

pub fn level_word(level: Level) -> &'static str {
    match level {
        Level::Claimed => tr!(declaration.level_claimed),
        Level::Passkey => tr!(declaration.level_passkey),
        Level::Face => tr!(declaration.level_face),
        Level::Tablet => tr!(declaration.level_tablet),
    }
}
