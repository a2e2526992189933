//! The form, generated from its questionnaire.
//!
//! Its inputs keep their own values: nothing here writes into an input after the server sent it, so that what was typed before
//! WASM woke up stays. A conditional question is hidden by the sheet `declaration.css`, without JavaScript: choices that open
//! condition 3 carry `shows-3`, questions that need it `shown-by-3`.

use leptos::prelude::*;

use super::model::{DeclareView, Filled, Note, PERSON, PERSON_BLOCK, QUESTIONNAIRE, STEP, SUBMISSION, Step, VERSION};
use crate::{
    link,
    period::Day,
    questionnaire::{
        check::Problem,
        model::{Choice, Condition, FormValues, Kind, Language, NO, Question, Questionnaire, Section, YES, not_measured_field},
        place, wording,
    },
    text::escaped,
    ui::{language, tr},
};

/// The id of the summary of its problems.
pub const PROBLEMS: &str = "problems";

/// What a field needs to know of the form around it.
struct Sheet<'a> {
    questionnaire: &'a Questionnaire,
    values: &'a FormValues,
    problems: &'a [Problem],
    conditions: Vec<&'a Condition>,
    today: Day,
    language: Language,
}

/// Everything between the first note and the button.
pub fn form_view(view: &DeclareView, filled: &Filled) -> AnyView {
    let sheet = Sheet {
        questionnaire: &view.questionnaire,
        values: &filled.values,
        problems: &filled.problems,
        conditions: conditions(&view.questionnaire),
        today: view.today,
        language: language(),
    };
    let (person, sections) = (sheet.person(view), view.questionnaire.sections.iter());
    let quick = view.is_quick();
    let fields = if quick {
        sheet.repeat(person, sections)
    } else {
        let sections = sections.map(|section| sheet.section(section)).collect_view();
        view! { {person} {sections} }.into_any()
    };
    let (note, step, words) = if quick {
        (tr!(declaration.truthful), Step::Quick, tr!(declaration.submit))
    } else {
        (tr!(declaration.privacy), Step::Check, tr!(declaration.to_check))
    };
    view! {
        <input type="hidden" name=QUESTIONNAIRE value=view.questionnaire.code.clone() />
        <input type="hidden" name=VERSION value=view.questionnaire.version.to_string() />
        <input type="hidden" name=SUBMISSION value=view.submission.to_string() />
        {fields}
        <p class="group-note">{note}</p>
        <div class="actions">
            <button class="button button-primary" type="submit" name=STEP value=step.code()>
                {words}
            </button>
        </div>
    }
    .into_any()
}

/// All problems at once, each a link to its field.
pub fn problems_view(view: &DeclareView, filled: &Filled) -> AnyView {
    if filled.problems.is_empty() {
        return ().into_any();
    }
    let line = |problem: &Problem| {
        let words = problem_text(&view.questionnaire, problem, language());
        // Not the router's: the browser itself moves the focus to the field.
        view! { <li><a rel="external" href=format!("#{}", problem.question)>{words}</a></li> }
    };
    view! {
        <div class="error-summary" id=PROBLEMS role="alert" tabindex="-1" autofocus=cfg!(feature = "ssr")>
            <h2>{tr!(declaration.problems)}</h2>
            <ul>{filled.problems.iter().map(line).collect_view()}</ul>
        </div>
    }
    .into_any()
}

/// Why the form came back.
pub fn note_view(note: Note) -> AnyView {
    let words = match note {
        Note::Busy => tr!(declaration.note_busy),
        Note::Often => tr!(declaration.note_often),
        Note::Changed => tr!(declaration.note_changed),
        Note::NewDay => tr!(declaration.note_new_day),
        Note::OtherPerson => tr!(declaration.note_other_person),
        Note::Unknown => tr!(declaration.note_unknown),
        Note::Encoding => tr!(error.encoding),
    };
    view! { <p class="note note-error" role="alert">{words}</p> }.into_any()
}

fn problem_text(questionnaire: &Questionnaire, problem: &Problem, language: Language) -> String {
    let own = PERSON_BLOCK.question(&problem.question).is_some();
    wording::problem_text(if own { &PERSON_BLOCK } else { questionnaire }, problem, language)
}

/// Where a section begins: what its 修改 leads back to.
pub fn section_id(section: &str) -> String {
    format!("section-{section}")
}

fn conditions(questionnaire: &Questionnaire) -> Vec<&Condition> {
    let mut conditions: Vec<&Condition> = Vec::new();
    for condition in questionnaire.questions().filter_map(|question| question.show_if.as_ref()) {
        if !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    conditions
}

impl Sheet<'_> {
    fn person(&self, view: &DeclareView) -> AnyView {
        // What it says is for the person themselves.
        let note = view.post_to.is_none().then(|| view! { <p class="group-note">{tr!(declaration.person_note)}</p> });
        let residence = PERSON_BLOCK.questions().map(|question| self.field(question, false)).collect_view();
        view! {
            <section id=section_id(PERSON)>
                <h2 class="group-title">{tr!(declaration.person)}</h2>
                <div class="group">
                    <dl class="facts">{super::check_view::person_facts(&view.person)}</dl>
                    {residence}
                </div>
                {note}
            </section>
        }
        .into_any()
    }

    /// What is asked each time, and the rest folded up, unless something in it is wrong: then all of it fits on one screen.
    fn repeat<'s>(&self, person: AnyView, sections: impl Iterator<Item = &'s Section> + Clone) -> AnyView {
        let is_asked = |section: &&Section| section.questions.iter().any(|question| question.always_ask);
        let asked = sections.clone().filter(is_asked);
        let is_there = |problem: &Problem| asked.clone().flat_map(|section| &section.questions).any(|known| known.code == problem.question);
        let open = !self.problems.iter().all(is_there);
        let [asked, rest] = [true, false].map(|wanted| {
            let sections = sections.clone().filter(|section| is_asked(section) == wanted);
            sections.map(|section| self.section(section)).collect_view()
        });
        view! {
            {asked}
            <details class="answers" open=open>
                <summary>{tr!(declaration.unchanged)}</summary>
                {person}
                {rest}
            </details>
        }
        .into_any()
    }

    /// A section whose one question says the same as its title shows it once.
    fn section(&self, section: &Section) -> AnyView {
        let alone = section.asks_itself();
        let title = (!alone).then(|| view! { <h2 class="group-title">{section.title.get(self.language).to_owned()}</h2> });
        let fields = section.questions.iter().map(|question| self.field(question, alone)).collect_view();
        view! {
            <section id=section_id(&section.code)>
                {title}
                <div class="group">{fields}</div>
            </section>
        }
        .into_any()
    }

    fn field(&self, question: &Question, alone: bool) -> AnyView {
        match &question.kind {
            Kind::YesNo => {
                let word = |yes| wording::yes_no_text(yes, self.language).to_owned();
                let choices = [(YES, word(true)), (NO, word(false))];
                let rows =
                    choices.into_iter().enumerate().map(|(at, (code, words))| self.choice(question, "radio", at, code, words, false));
                self.group(question, rows.collect_view().into_any(), alone)
            }
            Kind::OneOf(choices) => self.group(question, self.choices(question, "radio", choices), alone),
            Kind::SomeOf(choices) => self.group(question, self.choices(question, "checkbox", choices), alone),
            Kind::Temperature { .. } => self.temperature(question),
            Kind::Place => self.single(question, self.place(question)),
            Kind::LongText => self.single(question, self.long_text(question)),
            Kind::Date { past_only, .. } => self.single(question, self.date(question, *past_only)),
            Kind::ShortText => self.single(question, self.input(question, "text", self.values.one(&question.code).to_owned(), None)),
        }
    }

    /// A question with one field: its label names it.
    fn single(&self, question: &Question, field: AnyView) -> AnyView {
        view! {
            <div class=self.class(question)>
                <label class="field-label" for=question.code.clone()>{self.words(question)}</label>
                {self.notes(question)}
                {field}
            </div>
        }
        .into_any()
    }

    /// A question with several choices: they stand in a group that it names.
    fn group(&self, question: &Question, choices: AnyView, alone: bool) -> AnyView {
        let heading = if alone { "field-label field-title" } else { "field-label" };
        view! {
            <fieldset class=self.class(question) aria-describedby=self.described_by(question)>
                <legend class=heading>{self.words(question)}</legend>
                {self.notes(question)}
                <div class="choices">{choices}</div>
            </fieldset>
        }
        .into_any()
    }

    fn choices(&self, question: &Question, kind: &'static str, choices: &[Choice]) -> AnyView {
        let row = |(at, choice): (usize, &Choice)| {
            let or = choice.exclusive.then(|| view! { <p class="choice-or">{tr!(declaration.or)}</p> });
            let words = choice.text.get(self.language).to_owned();
            let exclusive = choice.exclusive && kind == "checkbox";
            view! {
                {or}
                {self.choice(question, kind, at, &choice.code, words, exclusive)}
            }
        };
        choices.iter().enumerate().map(row).collect_view().into_any()
    }

    fn choice(&self, question: &Question, kind: &'static str, at: usize, code: &str, words: String, exclusive: bool) -> AnyView {
        // The first carries the question's own id: a problem's link leads to it.
        let id = if at == 0 { question.code.clone() } else { format!("{}-{code}", question.code) };
        view! {
            <label class="choice">
                <input
                    type=kind
                    id=id
                    class=self.opens(question, code)
                    name=question.code.clone()
                    value=code.to_owned()
                    checked=self.values.has(&question.code, code)
                    data-exclusive=exclusive.then_some("")
                    aria-invalid=self.problem(question).map(|_| "true")
                />
                <span>{words}</span>
            </label>
        }
        .into_any()
    }

    fn temperature(&self, question: &Question) -> AnyView {
        let field = not_measured_field(&question.code);
        let input = self.input(question, "text", self.values.one(&question.code).to_owned(), Some("decimal"));
        let not_measured = self.values.has(&field, YES);
        let field = view! {
            <div class="reading">
                {input}
                <span aria-hidden="true">"°C"</span>
            </div>
            <label class="choice">
                <input type="checkbox" name=field value=YES checked=not_measured data-clears=question.code.clone() />
                <span>{wording::not_measured_text(self.language)}</span>
            </label>
        };
        self.single(question, field.into_any())
    }

    fn input(&self, question: &Question, kind: &'static str, value: String, mode: Option<&'static str>) -> AnyView {
        view! {
            <input
                class="input"
                type=kind
                id=question.code.clone()
                name=question.code.clone()
                value=value
                inputmode=mode
                autocomplete="off"
                aria-describedby=self.described_by(question)
                aria-invalid=self.problem(question).map(|_| "true")
            />
        }
        .into_any()
    }

    /// The browser's own date field; what it could not show (`2020.2.30`) stays in a text field.
    fn date(&self, question: &Question, past_only: bool) -> AnyView {
        let typed = self.values.one(&question.code);
        let day: Option<Day> = typed.parse().ok();
        if day.is_none() && !typed.is_empty() {
            return self.input(question, "text", typed.to_owned(), None);
        }
        view! {
            <input
                class="input"
                type="date"
                id=question.code.clone()
                name=question.code.clone()
                value=day.map(|day| day.to_string())
                max=past_only.then(|| self.today.to_string())
                placeholder="2020-02-03"
                autocomplete="off"
                aria-describedby=self.described_by(question)
                aria-invalid=self.problem(question).map(|_| "true")
            />
        }
        .into_any()
    }

    fn place(&self, question: &Question) -> AnyView {
        let options = place::options_html_selected(self.language, self.values.one(&question.code), self.questionnaire.province.as_deref());
        view! {
            <select
                class="select"
                id=question.code.clone()
                name=question.code.clone()
                autocomplete="off"
                aria-describedby=self.described_by(question)
                aria-invalid=self.problem(question).map(|_| "true")
                inner_html=options.into_owned()
            ></select>
        }
        .into_any()
    }

    fn long_text(&self, question: &Question) -> AnyView {
        view! {
            <textarea
                class="textarea"
                id=question.code.clone()
                name=question.code.clone()
                rows="5"
                aria-describedby=self.described_by(question)
                aria-invalid=self.problem(question).map(|_| "true")
                inner_html=escaped(self.values.one(&question.code))
            ></textarea>
        }
        .into_any()
    }

    fn words(&self, question: &Question) -> AnyView {
        let optional = question.optional.then(|| view! { <span class="optional">{tr!(declaration.optional)}</span> });
        view! {
            {question.text.get(self.language).to_owned()}
            {optional}
        }
        .into_any()
    }

    /// How to answer, why we ask, and what is wrong.
    fn notes(&self, question: &Question) -> AnyView {
        let part = |name: &str| format!("{}-{name}", question.code);
        let hint =
            question.hint.as_ref().map(|hint| view! { <p class="field-hint" id=part("hint")>{hint.get(self.language).to_owned()}</p> });
        let why = question.why.as_ref().map(|why| view! { <p class="field-why" id=part("why")>{why.get(self.language).to_owned()}</p> });
        let error = self.problem(question).map(|problem| {
            let words = problem_text(self.questionnaire, problem, self.language);
            view! { <p class="field-error" id=part("error")>{words}</p> }
        });
        view! {
            {hint}
            {why}
            {error}
        }
        .into_any()
    }

    fn described_by(&self, question: &Question) -> Option<String> {
        let parts =
            [question.hint.is_some().then_some("hint"), question.why.is_some().then_some("why"), self.problem(question).map(|_| "error")];
        let ids: Vec<String> = parts.into_iter().flatten().map(|part| format!("{}-{part}", question.code)).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn problem(&self, question: &Question) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.question == question.code)
    }

    fn class(&self, question: &Question) -> String {
        let mut class = String::from(if self.problem(question).is_some() { "field field-invalid" } else { "field" });
        let mut asked = question;
        // A question is hidden with those that it hangs on. A condition's question stands earlier, so this ends.
        while let Some(condition) = &asked.show_if {
            if let Some(at) = self.conditions.iter().position(|known| *known == condition) {
                class.push_str(" shown-by-");
                class.push_str(&(at + 1).to_string());
            }
            match self.questionnaire.question(&condition.question) {
                Some(earlier) if earlier.code != asked.code => asked = earlier,
                _ => break,
            }
        }
        class
    }

    fn opens(&self, question: &Question, code: &str) -> Option<String> {
        let opened = |condition: &Condition| condition.question == question.code && condition.is.iter().any(|is| is == code);
        let open = self.conditions.iter().enumerate().filter(|(_, condition)| opened(condition));
        let classes: Vec<String> = open.map(|(at, _)| format!("shows-{}", at + 1)).collect();
        (!classes.is_empty()).then(|| classes.join(" "))
    }
}

/// The way to take the last answers, and what they were taken for.
pub fn same_view(view: &DeclareView) -> AnyView {
    if view.same {
        view! { <p class="note note-good">{tr!(declaration.same_taken)}</p> }.into_any()
    } else if view.repeatable {
        let same = link::with_query(&link::declare(view.enterprise), "same=1");
        view! {
            // Not the router's: the server fills the form in.
            <a class="button" rel="external" href=same>{tr!(declaration.same)}</a>
        }
        .into_any()
    } else {
        ().into_any()
    }
}
