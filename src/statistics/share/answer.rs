//! Freezing figures, and showing them to whoever has the link.

use uuid::Uuid;

use super::{
    model::{HOURS, Made, Preview, ShareLine, ShareView, SharedFigure, SharedGroup, SharedView, Snapshot},
    store::{self, ShareRow, snapshot_cell},
    told::{FEWEST, Told, folded, rounded, tell},
};
use crate::{
    account::{
        caller::{self, Scope, Tenant},
        token::{Token, TokenHash},
    },
    audit::{entry::Entry, model::Action},
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    language::Language,
    link,
    questionnaire::model::Text,
    random,
    state::{AppState, Visit},
    statistics::{
        answer::{Context, Counted, CountedFigure, Rows, questionnaires_of},
        model::{Filter, Problem},
    },
    vault::{TenantKeys, newest_version},
};

const HOUR_SECS: i64 = 60 * 60;

/// What would be shared of the period of `query`, and the links that work.
pub async fn page(state: &AppState, scope: &Scope, query: &str, language: Language, made: Option<Made>) -> Result<ShareView> {
    let (context, asked) = Context::load(state, may_share(scope)?, query, language).await?;
    let asked = asked.and_then(|asked| only_a_period(&asked.filter).map(|()| asked));
    let preview = match &asked {
        Ok(asked) => Some(freeze(state, &context, &asked.filter).await?.map_or(Preview::TooFew, Preview::Snapshot)),
        Err(_) => None,
    };
    let enterprise = context.enterprise.id;
    let questionnaires = match &asked {
        Ok(asked) => questionnaires_of(state, &context, &asked.filter, &link::share(enterprise)).await?,
        Err(_) => None,
    };
    let rows = store::share_list(&state.db, scope.tenant(), state.clock.now()).await?;
    let keys = keys_for(state, scope.tenant().id(), &rows).await?;
    let shares = rows.iter().map(|row| line(&keys, &context.enterprise, row)).collect::<Result<_, StoreError>>()?;
    Ok(ShareView {
        enterprise,
        bar: context.bar(link::share(enterprise), asked.as_ref()),
        preview,
        questionnaires,
        shares,
        made,
        name: context.enterprise.name,
    })
}

/// The representative alone shares: nobody lends what was lent.
fn may_share(scope: &Scope) -> Result<&Scope> {
    if scope.may().represent { Ok(scope) } else { Err(AppError::NotFound) }
}

/// Two snapshots that differ by one condition would tell who meets it: only the days can be chosen, and of which questionnaire, for
/// a person's answers are in the figures of one only.
fn only_a_period(filter: &Filter) -> Result<(), Problem> {
    let (period, questionnaire) = (filter.period, filter.questionnaire.clone());
    if *filter == (Filter { period, questionnaire, ..Filter::default() }) { Ok(()) } else { Err(Problem::UnknownAnswer) }
}

/// The figures of a period, as far as they may be told; `None` of too few people.
async fn freeze(state: &AppState, context: &Context, filter: &Filter) -> Result<Option<Snapshot>, StoreError> {
    let Counted { as_of, declared, title, under, groups } = Counted::of(state, context, filter).await?;
    if under < FEWEST {
        return Ok(None);
    }
    let groups =
        groups.into_iter().map(|(heading, figures)| SharedGroup { heading, figures: figures.into_iter().filter_map(shared).collect() });
    // Named where it is not everyone's.
    let questionnaire = (filter.questionnaire.is_some() || under < declared).then_some(title);
    Ok(Some(Snapshot { period: filter.period, as_of, declared: rounded(under), questionnaire, groups: groups.collect() }))
}

/// One figure in both languages, as far as it may be told.
fn shared(CountedFigure { zh, en, rows }: CountedFigure) -> Option<SharedFigure> {
    let counts: Vec<u32> = zh.rows.iter().map(|row| row.count).collect();
    let told = tell(&counts, zh.of)?;
    let labels = zh.rows.into_iter().zip(en.rows).map(|(zh, en)| Text { zh: zh.label, en: en.label });
    let mut told: Vec<(Text, Told)> = labels.zip(told).collect();
    if rows != Rows::Choices {
        told = folded(told, || Text { zh: "其他".to_owned(), en: "Others".to_owned() });
    }
    if rows == Rows::Places {
        // By what is told, not by the true counts: their order says more than they do.
        told.sort_by(|(one, first), (other, second)| second.cmp(first).then_with(|| one.zh.cmp(&other.zh)));
    }
    Some(SharedFigure { title: zh.title.zip(en.title).map(|(zh, en)| Text { zh, en }), several: zh.several, rows: told })
}

fn line(keys: &TenantKeys, enterprise: &Enterprise, row: &ShareRow) -> Result<ShareLine, StoreError> {
    Ok(ShareLine {
        id: row.id.simple().to_string(),
        period: opened(keys, row)?.period,
        made_at: enterprise.local_time(row.created_at),
        until: enterprise.local_time(row.expires_at),
        views: u32::try_from(row.views).unwrap_or(u32::MAX),
    })
}

fn opened(keys: &TenantKeys, row: &ShareRow) -> Result<Snapshot, StoreError> {
    let plain = keys.open(snapshot_cell(row.id.as_bytes()), &row.snapshot)?;
    serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "share", column: "snapshot" })
}

async fn keys_for(state: &AppState, enterprise: EnterpriseId, rows: &[ShareRow]) -> Result<std::sync::Arc<TenantKeys>, StoreError> {
    state.vault.keys_for(&state.db, enterprise, newest_version(rows.iter().map(|row| &row.snapshot))).await
}

/// Freezes the figures of a period, and makes the link to them, for one of [`HOURS`].
pub async fn make(state: &AppState, scope: &Scope, query: &str, hours: &str) -> Result<Made> {
    let (context, asked) = Context::load(state, may_share(scope)?, query, Language::Zh).await?;
    let filter = asked.map_err(|_| AppError::BadRequest)?.filter;
    only_a_period(&filter).map_err(|_| AppError::BadRequest)?;
    let hours = HOURS.into_iter().find(|known| known.to_string() == hours).ok_or(AppError::BadRequest)?;
    let Some(snapshot) = freeze(state, &context, &filter).await? else { return Ok(Made::TooFew) };
    let (token, id, now) = (Token::new(), random::uuid(), state.clock.now());
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let plain = serde_json::to_vec(&snapshot).map_err(|_| AppError::Internal)?;
    let (sealed, expires_at) = (keys.seal(snapshot_cell(id.as_bytes()), &plain), now.plus_secs(hours * HOUR_SECS));
    let entry = Entry::by_viewer(keys, scope, now, Action::ShareStatistics).on(id);
    if !store::share_insert(&state.db, scope.tenant(), id, token.hash(), &sealed, expires_at, &entry).await? {
        return Ok(Made::Enough);
    }
    let link = state.public_url.link(&link::shared(scope.tenant().id(), &token.text()));
    let until = context.enterprise.local_time(expires_at);
    Ok(Made::Link { link, until, snapshot })
}

/// Takes a link back.
pub async fn end(state: &AppState, scope: &Scope, share: &str) -> Result<()> {
    let id = Uuid::try_parse(share).map_err(|_| AppError::NotFound)?;
    let keys = state.vault.keys(&state.db, may_share(scope)?.tenant().id()).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::EndShare).on(id);
    if store::share_end(&state.db, scope.tenant(), id, &entry).await? { Ok(()) } else { Err(AppError::NotFound) }
}

/// Whether a link works.
pub async fn works(state: &AppState, enterprise: EnterpriseId, token: TokenHash) -> Result<bool, StoreError> {
    Ok(store::share_find(&state.db, enterprise, token, state.clock.now()).await?.is_some())
}

/// What a link tells, to whoever has it; `LinkExpired` for one that works no more, was taken back or never was.
pub async fn shared_view(visit: &Visit, token: &str, count: bool) -> Result<SharedView> {
    let state = &visit.state;
    let (enterprise, token) = link::enterprise_and_token(token).ok_or(AppError::LinkExpired)?;
    let token = Token::parse(token).ok_or(AppError::LinkExpired)?.hash();
    let tenant = caller::shared(visit, enterprise, token).await?.tenant();
    let row = store::share_find(&state.db, enterprise, token, state.clock.now()).await?.ok_or(AppError::LinkExpired)?;
    let enterprise = registry::load(state, tenant).await?;
    let keys = keys_for(state, enterprise.id, std::slice::from_ref(&row)).await?;
    if count && state.limits.shared(visit.address).is_ok() {
        seen(state, tenant, row.id);
    }
    Ok(SharedView { snapshot: opened(&keys, &row)?, until: enterprise.local_time(row.expires_at), name: enterprise.name })
}

/// Nobody waits for it, and nobody is refused because it cannot be written down.
fn seen(state: &AppState, tenant: Tenant, id: Uuid) {
    let db = state.db.clone();
    tokio::spawn(async move {
        if let Err(error) = store::share_seen(&db, tenant, id).await {
            tracing::info!(%error, "a look at shared statistics was not counted");
        }
    });
}
