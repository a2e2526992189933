//! Where a form is judged and sent: the same code makes what the server sends, and in the browser what follows without a new page.

use std::{rc::Rc, sync::Arc};

use leptos::{prelude::*, task::spawn_local};

use super::{
    api, browser,
    check_view::check_view,
    form_view::{PROBLEMS, form_view, note_view, problems_view, same_view, section_id},
    model::{DeclareView, FORM, Note, Outcome, STEP, Stage, Step, judge, to_check},
};
use crate::{
    error::{AppError, Result},
    form, link,
    questionnaire::{check::Cause, model::FormValues},
    ui::{ErrorText, error_text, tr},
    wire,
};

/// The id of what waits to be sent (`offline/notice.js`).
const PENDING: &str = "pending";
/// The id of the line that says how far one is.
const CHECK_NOTE: &str = "stage";
/// Seconds after which a busy server is asked again: the first as its `Retry-After` says, then it is left in peace for longer. What is
/// sent is the same form with the same key, so it is stored once.
const AGAIN_AFTER: [i32; 5] = [2, 4, 8, 15, 30];

/// The signals that the page and its desk share.
#[derive(Clone, Copy)]
pub struct Live {
    /// What stands there instead of what was sent.
    pub shown: RwSignal<Option<Shown>>,
    pub failure: RwSignal<Option<ErrorText>>,
    pub sending: RwSignal<bool>,
    /// A draft is on this device, so many minutes old when it was found.
    pub drafted: RwSignal<Option<i32>>,
    /// One for each person and enterprise, and for no other day: yesterday's answers are not today's.
    draft: StoredValue<String>,
}

/// What stands above the form, and in it.
#[derive(Clone)]
pub struct Shown {
    pub stage: Stage,
    pub above: ViewFn,
    pub inside: ViewFn,
}

/// Goes to another page.
pub type Go = Rc<dyn Fn(&str)>;
/// Takes a form as the browser would post it, each time it is sent.
pub type Take = Arc<dyn Fn(String, Go) + Send + Sync>;

impl Live {
    pub fn new(draft: String) -> Self {
        Self {
            shown: RwSignal::new(None),
            failure: RwSignal::new(None),
            sending: RwSignal::new(false),
            drafted: RwSignal::new(None),
            draft: StoredValue::new(draft),
        }
    }

    pub fn draft(self) -> String {
        self.draft.get_value()
    }

    /// It could not be sent; everything stays as it was.
    pub fn refuse(self, why: ErrorText) {
        self.sending.set(false);
        self.failure.set(Some(why));
        browser::to_top();
    }

    /// It waits on this device now: there is nothing left to fill in.
    fn leave_to_be_sent(self) {
        self.sending.set(false);
        self.drafted.set(None);
        let nothing = || ViewFn::from(|| ());
        self.shown.set(Some(Shown { stage: Stage::Filled, above: nothing(), inside: nothing() }));
        browser::focus(PENDING.to_owned());
    }

    pub fn drop_draft(self) {
        browser::drop_draft(&self.draft());
        self.drafted.set(None);
    }
}

/// Between the head and the form: what is wrong, and what can be done at once.
pub fn above(view: &DeclareView, outcome: &Outcome) -> AnyView {
    match outcome {
        Outcome::Form(filled) => {
            let untouched = filled.problems.is_empty() && filled.note.is_none();
            view! {
                {filled.note.map(note_view)}
                {problems_view(view, filled)}
                {untouched.then(|| same_view(view))}
            }
            .into_any()
        }
        Outcome::Check { .. } => {
            view! { <p class="note" id=CHECK_NOTE tabindex="-1" autofocus=cfg!(feature = "ssr")>{tr!(declaration.check_note)}</p> }
                .into_any()
        }
        Outcome::Done(_) => ().into_any(),
    }
}

/// What stands in the form; `edit` is told which section to go back to.
pub fn inside(view: &DeclareView, outcome: &Outcome, edit: impl Fn(String) + Clone + Send + 'static) -> AnyView {
    match outcome {
        Outcome::Form(filled) => form_view(view, filled),
        Outcome::Check { values, warnings } => check_view(view, values, warnings, edit),
        Outcome::Done(_) => ().into_any(),
    }
}

/// Opens a sheet, and shows what stands in it where the server has not done so.
pub fn open(live: Live, sheet: &str, show: bool) -> Result<Take> {
    let view: DeclareView = wire::open(sheet)?;
    let outcome = view.outcome.clone();
    let desk = Desk { live, view: Arc::new(view), again: ArcRwSignal::new(false) };
    if show && !live.shown.is_disposed() {
        desk.put(outcome);
    }
    Ok(Arc::new(move |body, go| desk.take(body, go)))
}

/// By how many thousandths somebody comes later, up to half: those who were sent away together do not come back together. Their forms
/// differ, by a random key at least.
fn lateness(body: &str) -> i32 {
    body.bytes().fold(0, |sum, byte| (sum * 31 + i32::from(byte)) % 500)
}

#[derive(Clone)]
struct Desk {
    live: Live,
    view: Arc<DeclareView>,
    /// The server was busy, and is asked again.
    again: ArcRwSignal<bool>,
}

impl Desk {
    /// Checks at once, and sends only what is to be stored.
    fn take(&self, body: String, go: Go) {
        let values = form::read(body.as_bytes()).unwrap_or_else(|values| values);
        let checked_already = self.live.shown.with_untracked(|shown| shown.as_ref().is_some_and(|shown| shown.stage == Stage::Check));
        let (questionnaire, today) = (&self.view.questionnaire, self.view.today);
        match judge(questionnaire, &values, today) {
            Err(problems) if problems.iter().any(|problem| problem.cause == Cause::FutureDate) => {
                self.ask(body, Outcome::form(values, problems));
            }
            Err(problems) => self.show(Outcome::form(values, problems)),
            Ok(_) if checked_already => self.send(format!("{body}&{STEP}={}", Step::Submit.code()), go),
            Ok(checked) if self.view.is_quick() && questionnaire.implausible(&checked.answers, today).is_empty() => {
                self.send(format!("{body}&{STEP}={}", Step::Quick.code()), go);
            }
            Ok(checked) => self.show(to_check(questionnaire, &checked, values, today)),
        }
    }

    fn send(&self, body: String, go: Go) {
        let (desk, live, draft) = (self.clone(), self.live, self.live.draft());
        live.sending.set(true);
        spawn_local(async move {
            let answer = desk.declare(body.clone()).await;
            desk.again.set(false);
            let owner = browser::owner(&draft);
            // Without an answer it may be stored or not: the same form is sent again, with the same key.
            let kept = matches!(answer, Err(AppError::Offline)) && browser::keep_pending(owner, &body).await;
            let done = matches!(answer, Ok(Outcome::Done(_)));
            if done || kept {
                browser::drop_draft(&draft);
            }
            if done {
                browser::drop_pending(owner);
            }
            if live.shown.is_disposed() {
                return;
            }
            match answer {
                // Nothing on this page changes any more: it is taken down while the receipt is fetched.
                Ok(Outcome::Done(receipt)) => go(&link::receipt(receipt)),
                // The draft brings back what was typed into a fresh form.
                Ok(outcome) if outcome.note() == Some(Note::Changed) => browser::reload(),
                Ok(outcome) => desk.take_back(outcome),
                Err(_) if kept => live.leave_to_be_sent(),
                Err(error) => live.refuse(error_text(error)),
            }
        });
    }

    /// What is the future to a page that stands open since yesterday may be today.
    fn ask(&self, body: String, otherwise: Outcome) {
        let desk = self.clone();
        spawn_local(async move {
            let answer = api::declare(desk.view.enterprise, body).await.and_then(|answer| answer.open());
            if !desk.live.shown.is_disposed() {
                desk.take_back(answer.unwrap_or(otherwise));
            }
        });
    }

    /// On another day, or for another person, the server makes the whole page anew.
    fn take_back(&self, outcome: Outcome) {
        if matches!(outcome.note(), Some(Note::NewDay | Note::OtherPerson)) {
            browser::post(FORM);
        } else {
            self.show(outcome);
        }
    }

    /// Sends a form, and again while the server is busy and somebody waits for it.
    async fn declare(&self, body: String) -> Result<Outcome> {
        let mut pauses = AGAIN_AFTER.into_iter();
        loop {
            let asked = browser::within(browser::PATIENCE, api::declare(self.view.enterprise, body.clone())).await;
            let answer = asked.unwrap_or(Err(AppError::Offline)).and_then(|answer| answer.open());
            let busy = matches!(answer, Err(AppError::Busy)) && !self.live.shown.is_disposed();
            let Some(seconds) = pauses.next().filter(|_| busy) else { return answer };
            self.again.set(true);
            browser::pause(seconds * (1000 + lateness(&body))).await;
            // Whoever left may have said something else since.
            if self.live.shown.is_disposed() {
                return answer;
            }
        }
    }

    fn show(&self, outcome: Outcome) {
        let goal = match &outcome {
            Outcome::Form(filled) if !filled.problems.is_empty() => PROBLEMS,
            _ => CHECK_NOTE,
        };
        self.put(outcome);
        browser::focus(goal.to_owned());
    }

    fn edit(&self, values: FormValues, section: &str) {
        if self.live.sending.get_untracked() {
            return;
        }
        self.put(Outcome::form(values, Vec::new()));
        browser::focus(section_id(section));
    }

    fn put(&self, outcome: Outcome) {
        let live = self.live;
        let stage = outcome.stage(self.view.same);
        let (view, desk, outcome) = (self.view.clone(), self.clone(), Arc::new(outcome));
        let shown = outcome.clone();
        live.sending.set(false);
        live.shown.set(Some(Shown {
            stage,
            above: (move || above(&view, &shown)).into(),
            inside: (move || {
                let (editor, values, again) = (desk.clone(), outcome.values().into_owned(), desk.again.clone());
                view! {
                    {inside(&desk.view, &outcome, move |section| editor.edit(values.clone(), &section))}
                    {move || again.get().then(|| view! { <p class="note" role="status">{tr!(declaration.sending_again)}</p> })}
                }
                .into_any()
            })
            .into(),
        }));
    }
}
