//! The form, and the page on which to check it. Both are one page: what was typed lives in its HTML, and goes from one to
//! the other by a post, or in the browser without one.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    api, browser,
    check_view::check_view,
    form_view::{FORM, PROBLEMS, form_view, note_view, problems_view, same_view, section_id},
    model::{DeclareView, Note, Outcome, STEP, Step, judge, to_check},
};
use crate::{
    account::claim_page::NotYou,
    error::AppError,
    form, link,
    ui::{ErrorNote, Frame, Title, load, page_data, tr},
};

/// The id of the line that says how far one is.
const STAGE: &str = "stage";
/// In the address: with the answers of last time.
const SAME: &str = "same";

#[component]
pub fn DeclarePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let same = move || query.read().get("same").map(|_| SAME.to_owned()).unwrap_or_default();
    let form = page_data(
        move || [params.read().get("enterprise").unwrap_or_default(), same()],
        |[enterprise, same]| async move { api::declaration_form(enterprise.parse().map_err(|_| AppError::NotFound)?, same == SAME).await },
    );
    load(form, |view| view! { <Declare view /> })
}

/// What changes while the page is open.
#[derive(Clone, Copy)]
struct Desk {
    view: StoredValue<DeclareView>,
    outcome: RwSignal<Outcome>,
    failure: RwSignal<Option<AppError>>,
    sending: RwSignal<bool>,
    /// A draft is on this device.
    drafted: RwSignal<bool>,
}

#[component]
fn Declare(view: DeclareView) -> impl IntoView {
    let desk = Desk {
        outcome: RwSignal::new(view.outcome.clone()),
        failure: RwSignal::new(None),
        sending: RwSignal::new(false),
        drafted: RwSignal::new(false),
        view: StoredValue::new(view.clone()),
    };
    let go = navigation();
    Effect::new(move |_| desk.restore());
    let title = move || {
        // The title is asked for once more while the page is taken down: then there is no outcome left.
        let wrong = desk.outcome.try_with(|outcome| matches!(outcome, Outcome::Form(filled) if !filled.problems.is_empty()));
        if wrong == Some(true) {
            format!("{}{}", tr!(declaration.error_prefix), tr!(declaration.title))
        } else {
            tr!(declaration.title).to_owned()
        }
    };
    view! {
        <Frame title=tr!(declaration.title) back=link::MINE>
            <Title text=title />
            {head(&view)}
            {move || desk.failure.get().map(|error| view! { <ErrorNote error /> })}
            {move || desk.outcome.with(|outcome| desk.above(outcome))}
            <form
                id=FORM
                method="post"
                action=link::declare(view.enterprise)
                novalidate
                on:submit=move |event| desk.submitted(&event, go)
                on:input=move |_| desk.keep_draft()
                on:change=move |event| browser::tidy(&event)
            >
                {move || desk.outcome.with(|outcome| desk.inside(outcome))}
            </form>
            {move || desk.sending.get().then(|| view! { <p class="muted" role="status">{tr!(declaration.sending)}</p> })}
        </Frame>
    }
}

/// Goes to a page without loading it anew.
#[cfg(feature = "hydrate")]
fn navigation() -> impl Fn(&str) + Copy + 'static {
    let navigate = StoredValue::new_local(leptos_router::hooks::use_navigate());
    move |path| navigate.with_value(|navigate| navigate(path, leptos_router::NavigateOptions::default()))
}

/// On the server nothing is clicked; and what belongs to one thread must not be kept there, for a page may end on another.
#[cfg(not(feature = "hydrate"))]
const fn navigation() -> impl Fn(&str) + Copy + 'static {
    |_path| ()
}

/// For whom this is, and whether today is done already.
fn head(view: &DeclareView) -> AnyView {
    let declared = view.declared_at.clone().map(|time| {
        view! { <p class="note note-good">{tr!(declaration.declared_today, time = time)} " " <a class="button-link" href=link::MINE>{tr!(declaration.mine)}</a></p> }
    });
    view! {
        <p class="declare-for">{view.enterprise_name.clone()}</p>
        <NotYou />
        {declared}
    }
    .into_any()
}

impl Desk {
    /// Between the head and the form: what is wrong, and what can be done at once.
    fn above(self, outcome: &Outcome) -> AnyView {
        self.view.with_value(|view| match outcome {
            Outcome::Form(filled) => {
                let untouched = filled.problems.is_empty() && filled.note.is_none();
                view! {
                    {filled.note.map(note_view)}
                    {problems_view(view, filled)}
                    {untouched.then(|| same_view(view))}
                    {move || self.drafted.get().then(|| self.draft())}
                }
                .into_any()
            }
            Outcome::Check { .. } => {
                view! { <p class="note" id=STAGE tabindex="-1" autofocus=cfg!(feature = "ssr")>{tr!(declaration.check_note)}</p> }
                    .into_any()
            }
            Outcome::Done(_) => ().into_any(),
        })
    }

    fn inside(self, outcome: &Outcome) -> AnyView {
        self.view.with_value(|view| match outcome {
            Outcome::Form(filled) => form_view(view, filled),
            Outcome::Check { values, warnings } => check_view(view, values, warnings, move |section| self.edit(&section)),
            Outcome::Done(_) => ().into_any(),
        })
    }

    fn draft(self) -> impl IntoView {
        let clear = move |_| {
            browser::drop_draft(&self.draft_key());
            browser::reset(FORM);
            self.drafted.set(false);
        };
        view! {
            <p class="draft">
                {tr!(declaration.draft)} " "
                <button class="button-link" type="button" on:click=clear>{tr!(declaration.draft_clear)}</button>
            </p>
        }
    }

    /// In the browser: checks at once, and sends only what is to be stored.
    fn submitted(self, event: &SubmitEvent, go: impl Fn(&str) + Copy + 'static) {
        let Some(body) = browser::body(event) else { return };
        event.prevent_default();
        if self.sending.get_untracked() {
            return;
        }
        self.failure.set(None);
        let values = form::read(body.as_bytes()).unwrap_or_else(|values| values);
        let stage =
            self.outcome.with_untracked(|outcome| if matches!(outcome, Outcome::Check { .. }) { Step::Submit } else { Step::Check });
        let (view, today) = (self.view, self.view.with_value(|view| view.today));
        match view.with_value(|view| judge(&view.questionnaire, &values, today)) {
            Err(problems) => self.show(Outcome::form(values, problems)),
            Ok(_) if stage == Step::Submit => self.send(format!("{body}&{STEP}={}", Step::Submit.code()), go),
            Ok(checked) => self.show(view.with_value(|view| to_check(&view.questionnaire, &checked, values, today))),
        }
    }

    fn send(self, body: String, go: impl Fn(&str) + Copy + 'static) {
        let enterprise = self.view.with_value(|view| view.enterprise);
        self.sending.set(true);
        spawn_local(async move {
            let answer = api::declare(enterprise, body).await.and_then(|answer| answer.open());
            if let Ok(Outcome::Done(receipt)) = answer {
                // Nothing on this page changes any more: it is taken down while the receipt is fetched.
                browser::drop_draft(&self.draft_key());
                return go(&link::receipt(receipt));
            }
            self.sending.set(false);
            match answer {
                // The draft brings back what was typed.
                Ok(outcome) if outcome.note() == Some(Note::Changed) => browser::reload(),
                Ok(outcome) => self.show(outcome),
                Err(error) => {
                    self.failure.set(Some(error));
                    browser::to_top();
                }
            }
        });
    }

    fn show(self, outcome: Outcome) {
        let goal = match &outcome {
            Outcome::Form(filled) if !filled.problems.is_empty() => PROBLEMS,
            _ => STAGE,
        };
        self.outcome.set(outcome);
        browser::focus(goal.to_owned());
    }

    fn edit(self, section: &str) {
        let values = self.outcome.with_untracked(|outcome| outcome.values().into_owned());
        self.outcome.set(Outcome::form(values, Vec::new()));
        browser::focus(section_id(section));
    }

    /// One for each person and enterprise, and for no other day: yesterday's answers are not today's.
    fn draft_key(self) -> String {
        self.view.with_value(|view| browser::draft_key(&view.draft))
    }

    fn keep_draft(self) {
        let day = self.view.with_value(|view| view.today.to_string());
        if browser::keep_draft(&self.draft_key(), &day, FORM) && !self.drafted.get_untracked() {
            self.drafted.set(true);
        }
    }

    /// Puts the draft back into fields that nobody has touched yet; not over answers that were sent or asked for. Other people's
    /// drafts go.
    fn restore(self) {
        browser::drop_drafts_but(Some(&self.draft_key()));
        let (day, fresh) = self.view.with_value(|view| {
            let fresh = matches!(&view.outcome, Outcome::Form(filled) if filled.problems.is_empty() && filled.note.is_none()) && !view.same;
            (view.today.to_string(), fresh)
        });
        if fresh && browser::restore_draft(&self.draft_key(), &day, FORM) {
            self.drafted.set(true);
        }
    }
}
