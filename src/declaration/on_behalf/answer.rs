//! The form for somebody else, and what becomes of it.

use std::sync::Arc;

use leptos::prelude::*;

use super::model::{OnBehalfView, Whose};
use crate::{
    account::{
        caller::Scope,
        model::{Level, NOTICE_VERSION, Person},
        on_behalf, representative,
    },
    audit::{entry::Entry, model::Action},
    census::Sight,
    declaration::{
        desk,
        model::{Checked, DeclareView, Filled, Note, Outcome, PersonView, STEP, SUBMISSION, Step, is_field, judge, to_check},
        own,
        record::OnBehalf,
        store,
        submit::{self, Declarer},
    },
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId, EntryId},
    link,
    questionnaire::model::{Choice, FormValues, Kind, Question, Questionnaire, Section, Text, YES},
    random, roster,
    state::AppState,
    statistics::model::masked,
    ui::locale::language,
};

/// The tick that says that the person agreed.
const AGREED: &str = "agreed-on-behalf";

/// Whoever is declared for.
struct Subject {
    name: String,
    document: String,
    phone: String,
    /// None for somebody of the roster whom nobody has claimed to be.
    employee: Option<EmployeeId>,
    line: Option<(EntryId, Person, Option<DepartmentId>)>,
}

impl Subject {
    /// Of these, whoever is in sight.
    async fn find(state: &AppState, scope: &Scope, enterprise: &Enterprise, whose: Whose) -> Result<Self> {
        match whose {
            Whose::Employee(employee) => {
                let file = state.censuses.person(&Sight::of(scope), employee).await?.ok_or(AppError::NotFound)?;
                Ok(Self { name: file.name, document: file.document, phone: file.phone, employee: Some(employee), line: None })
            }
            Whose::Line(line) => {
                let (person, department) = roster::line(state, scope, line, enterprise.today(&state.clock)).await?;
                // Whoever has claimed to be them meanwhile is who is declared for.
                let employee = on_behalf::known(state, scope, &person).await?;
                Ok(Self {
                    name: person.name.clone(),
                    document: person.document.number().to_owned(),
                    phone: person.phone.as_ref().map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
                    employee,
                    line: Some((line, person, department)),
                })
            }
        }
    }

    async fn has_withdrawn(&self, state: &AppState, scope: &Scope) -> Result<bool, StoreError> {
        match self.employee {
            Some(employee) => on_behalf::has_withdrawn(state, scope, employee).await,
            None => Ok(false),
        }
    }

    fn shown(&self) -> PersonView {
        let national = self.phone.strip_prefix("+86").unwrap_or(&self.phone);
        PersonView {
            name: self.name.clone(),
            document: masked(&self.document, 2, 2),
            phone: (!national.is_empty()).then(|| masked(national, 3, 4)),
            level: Level::Claimed,
        }
    }
}

/// The form, empty or with what was just posted.
pub async fn form(state: &AppState, scope: &Scope, whose: Whose, posted: Option<&Outcome>) -> Result<OnBehalfView> {
    let enterprise = registry::load_now(state, scope.tenant()).await?;
    let subject = Subject::find(state, scope, &enterprise, whose).await?;
    let outcome = posted.cloned().unwrap_or_else(|| Outcome::Form(Filled::default()));
    let (questionnaire, _) = submit::answered(state, scope.tenant(), &enterprise, &outcome.values()).await?;
    let action = match whose {
        Whose::Employee(employee) => link::declare_for(enterprise.id, employee),
        Whose::Line(line) => link::declare_for_line(enterprise.id, line),
    };
    let today = enterprise.today(&state.clock);
    let view = DeclareView {
        enterprise: enterprise.id,
        person: subject.shown(),
        questionnaire: asked(&questionnaire).for_form(language()),
        today,
        submission: outcome.values().one(SUBMISSION).parse().unwrap_or_else(|_| random::uuid()),
        repeatable: false,
        same: false,
        outcome,
        post_to: Some(action.clone()),
    };
    let last = match subject.employee {
        Some(employee) => store::declaration_last(&state.db, scope.tenant(), employee).await?,
        None => None,
    };
    Ok(OnBehalfView {
        enterprise: enterprise.id,
        withdrawn: subject.has_withdrawn(state, scope).await?,
        declared_at: last.filter(|(day, _)| *day == today).map(|(_, at)| own::clock_time(&enterprise, at)),
        stage: view.outcome.stage(false),
        above: desk::above(&view, &view.outcome).to_html(),
        inside: desk::inside(&view, &view.outcome, |_| ()).to_html(),
        back: subject.employee.map_or_else(|| link::roster(enterprise.id), |employee| link::person(enterprise.id, employee)),
        name: subject.name,
        action,
    })
}

/// The questionnaire, and before it the tick.
fn asked(questionnaire: &Arc<Questionnaire>) -> Arc<Questionnaire> {
    let text = |zh: &str, en: &str| Text { zh: zh.to_owned(), en: en.to_owned() };
    let agreed = Text {
        zh: format!("本人知悉告知书（第 {NOTICE_VERSION} 版），同意由我代为申报，并同意处理健康和行踪信息"),
        en: format!(
            "The person knows the notice (version {NOTICE_VERSION}), agrees that I declare for them, and to the use of their health and \
             whereabouts"
        ),
    };
    let question = Question {
        code: AGREED.to_owned(),
        kind: Kind::SomeOf(vec![Choice { code: YES.to_owned(), text: agreed, label: None, exclusive: false }]),
        text: text("本人同意", "The person agreed"),
        hint: Some(text(
            "当面或打电话问过本人以后再勾选；系统会记下是谁确认的。",
            "Ask them in person or by telephone first; who ticks this is recorded.",
        )),
        why: None,
        optional: false,
        always_ask: true,
        show_if: None,
    };
    let mut asked = Questionnaire::clone(questionnaire);
    asked.sections.insert(0, Section { code: AGREED.to_owned(), title: text("代报", "On behalf"), questions: vec![question] });
    Arc::new(asked)
}

/// What became of a form that was sent.
pub enum Sent {
    Back(Outcome),
    /// Stored: whose it is, and its number.
    Done(EmployeeId, i64),
}

/// Takes a form, as the person's own is taken.
pub async fn submit(state: &AppState, scope: &Scope, whose: Whose, mut values: FormValues) -> Result<Sent> {
    let enterprise = registry::load(state, scope.tenant()).await?;
    let subject = Subject::find(state, scope, &enterprise, whose).await?;
    let today = enterprise.today(&state.clock);
    let (questionnaire, known) = submit::answered(state, scope.tenant(), &enterprise, &values).await?;
    let asked = asked(&questionnaire);
    if !known {
        values = submit::carried_over(&state.catalogue, &questionnaire, &values);
        return Ok(Sent::Back(Outcome::noted(submit::only_fields(&asked, &values), Note::Changed)));
    }
    if !values.fields().all(|field| is_field(&asked, field)) {
        return Ok(Sent::Back(Outcome::noted(submit::only_fields(&asked, &values), Note::Unknown)));
    }
    let step = Step::of(values.one(STEP));
    if step == Step::Edit || subject.has_withdrawn(state, scope).await? {
        return Ok(Sent::Back(Outcome::form(values, Vec::new())));
    }
    match judge(&asked, &values, today) {
        Err(problems) => Ok(Sent::Back(Outcome::form(values, problems))),
        Ok(checked) if step != Step::Submit => Ok(Sent::Back(to_check(&asked, &checked, values, today))),
        Ok(checked) => match store(state, scope, subject, &questionnaire, checked, &values).await {
            Ok(Some((employee, change))) => Ok(Sent::Done(employee, change)),
            Ok(None) => Ok(Sent::Back(Outcome::form(values, Vec::new()))),
            Err(AppError::Busy) => Ok(Sent::Back(Outcome::noted(values, Note::Busy))),
            Err(AppError::TooManyRequests) => Ok(Sent::Back(Outcome::noted(values, Note::Often))),
            Err(error) => Err(error),
        },
    }
}

/// `None` where the person withdrew a consent just now.
async fn store(
    state: &AppState,
    scope: &Scope,
    subject: Subject,
    questionnaire: &Questionnaire,
    mut checked: Checked,
    values: &FormValues,
) -> Result<Option<(EmployeeId, i64)>> {
    let employee = match (subject.employee, subject.line) {
        (Some(employee), _) => employee,
        (None, Some((line, person, department))) => on_behalf::employee_of(state, scope, line, &person, department).await?,
        (None, None) => return Err(AppError::NotFound),
    };
    if !on_behalf::agree(state, scope, employee).await? {
        return Ok(None);
    }
    checked.answers.remove(AGREED);
    let viewer = scope.viewer().id();
    let name = representative::name(state, viewer).await?.unwrap_or_default();
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let declarer = Declarer {
        tenant: scope.tenant(),
        employee,
        level: Level::Claimed,
        on_behalf: Some(OnBehalf { viewer, name, notice: NOTICE_VERSION }),
        entry: Some(Entry::by_viewer(keys, scope, state.clock.now(), Action::DeclareOnBehalf).on(employee.0)),
    };
    let today = registry::load(state, scope.tenant()).await?.today(&state.clock);
    let receipt = submit::store(state, &declarer, questionnaire, checked, values, today).await?;
    Ok(Some((employee, receipt.change)))
}
