//! What is shown of questionnaires, and how one comes into force.

use leptos::prelude::use_context;
use uuid::{Builder, Uuid};

use super::model::{ChoiceView, Line, Posted, Problem, field};
use crate::{
    account::caller::{Permission, Scope, Tenant},
    audit::{entry::Entry, model::Action},
    census::Sight,
    enterprise::{
        model::{Enterprise, Previous},
        registry,
        store::{self, Choice},
    },
    error::{AppError, Result, StoreError},
    form,
    language::Language,
    period::{Moment, Period},
    questionnaire::{catalogue::Catalogue, model::Questionnaire},
    state::AppState,
    statistics::model::{Filter, Looked},
    vault::TenantKeys,
};

/// Whoever had a form open when another questionnaire came into force may send it for so long, even beyond midnight.
const GRACE_SECS: i64 = 60 * 60;

/// The page; what was posted and refused stands in it again.
pub async fn page(state: &AppState, scope: &Scope, query: &str, language: Language) -> Result<ChoiceView> {
    let enterprise = registry::load_now(state, may_choose(scope)?).await?;
    let asked = form::read(query.trim_start_matches('?').as_bytes()).map_err(|_| AppError::BadRequest)?;
    let open = match asked.one(field::OPEN) {
        "" => None,
        code => Some(state.catalogue.newest(code).ok_or(AppError::NotFound)?),
    };
    let lines = state.catalogue.newest_of_each().map(|questionnaire| line(questionnaire, language));
    Ok(ChoiceView {
        enterprise: enterprise.id,
        gone: state.catalogue.newest(&enterprise.questionnaire).is_none(),
        declared: declared_today(state, scope, &enterprise).await?,
        lines: lines.collect(),
        open: open.map(|open| without_rules(&open)),
        posted: use_context::<Posted>().unwrap_or_default(),
        in_force: enterprise.questionnaire,
    })
}

fn may_choose(scope: &Scope) -> Result<Tenant> {
    if scope.permission() == Permission::Questionnaire { Ok(scope.tenant()) } else { Err(AppError::NotFound) }
}

async fn declared_today(state: &AppState, scope: &Scope, enterprise: &Enterprise) -> Result<u32, StoreError> {
    let filter = Filter { period: Period::Today, ..Filter::default() };
    let looked = Looked { filter, looked_at: enterprise.questionnaire.clone() };
    let today = enterprise.today(&state.clock);
    Ok(state.censuses.figures(&Sight::of(scope), looked, today, Vec::new()).await?.declared)
}

fn line(questionnaire: &Questionnaire, language: Language) -> Line {
    Line {
        code: questionnaire.code.clone(),
        version: questionnaire.version,
        title: questionnaire.title.get(language).to_owned(),
        sections: questionnaire.sections.iter().map(|section| section.title.get(language).to_owned()).collect(),
        questions: u32::try_from(questionnaire.questions().count()).unwrap_or(u32::MAX),
    }
}

fn without_rules(questionnaire: &Questionnaire) -> Questionnaire {
    Questionnaire { implausible: Vec::new(), alerts: Vec::new(), statistics: Vec::new(), ..questionnaire.clone() }
}

/// Puts a questionnaire in force in the place of the one that was in force when the page was made.
pub async fn choose(state: &AppState, scope: &Scope, before: &str, after: &str, confirmed: bool) -> Result<Result<(), Problem>> {
    let tenant = may_choose(scope)?;
    if !confirmed {
        return Ok(Err(Problem::Unconfirmed));
    }
    state.catalogue.newest(after).ok_or(AppError::NotFound)?;
    let enterprise = registry::load_now(state, tenant).await?;
    if enterprise.questionnaire == after {
        return Ok(Ok(()));
    }
    if enterprise.questionnaire != before {
        return Ok(Err(Problem::Moved));
    }
    let (keys, now) = (state.vault.keys(&state.db, tenant.id()).await?, state.clock.now());
    let choice = Choice { id: name(&keys, now, before, after), before: before.to_owned(), after: after.to_owned() };
    let entry = Entry::by_viewer(keys, scope, now, Action::ChooseQuestionnaire).on(choice.id);
    let done = store::questionnaire_set(&state.db, tenant, &choice, &entry).await?;
    registry::load_now(state, tenant).await?;
    Ok(if done { Ok(()) } else { Err(Problem::Moved) })
}

/// Binds the entry of the audit to what it is about.
fn name(keys: &TenantKeys, at: Moment, before: &str, after: &str) -> Uuid {
    let hash = keys.index("questionnaire-choice", &format!("{} {before} {after}", at.as_millis()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// What the questionnaires of a choice are called: the one before, and the one since.
pub async fn titles(state: &AppState, tenant: Tenant, choice: Uuid, language: Language) -> Result<Option<[String; 2]>, StoreError> {
    let found = store::questionnaire_choice(&state.db, tenant, choice).await?;
    Ok(found.map(|(before, after)| [before, after].map(|code| title(&state.catalogue, &code, language))))
}

fn title(catalogue: &Catalogue, code: &str, language: Language) -> String {
    catalogue.newest(code).map_or_else(|| code.to_owned(), |known| known.title.get(language).to_owned())
}

/// Whether a form of this questionnaire, which is not in force any more, is still taken: the day is not over, or it was replaced less
/// than an hour ago. Afterwards what is asked today is asked of everyone.
pub fn still_taken(state: &AppState, enterprise: &Enterprise, code: &str) -> bool {
    let Some(Previous { questionnaire, until }) = &enterprise.previous else { return false };
    let now = state.clock.now();
    let same_day = enterprise.local_day(*until) == enterprise.today(&state.clock).to_string();
    questionnaire == code && (same_day || now <= until.plus_secs(GRACE_SECS))
}
