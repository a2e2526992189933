//! What the page of exports shows, and the fresh verification that opens it.

use super::{
    file,
    view::{Counts, ExportView},
};
use crate::{
    account::{caller::Scope, model::Intent, own, step_up},
    error::{AppError, Result},
    id::EnterpriseId,
    language::Language,
    link,
    state::Visit,
    statistics::{
        answer::{Context, questionnaires_of},
        model::{Asked, Filter},
    },
};

/// How many rows there are under the filter of `query`, and whether they may be taken now.
pub async fn export(visit: &Visit, scope: &Scope, query: &str, language: Language) -> Result<ExportView> {
    let (context, asked) = Context::load(&visit.state, scope, query, language).await?;
    let counts = match &asked {
        Ok(asked) => Some(counts(visit, &context, &asked.filter).await?),
        Err(_) => None,
    };
    let enterprise = context.enterprise.id;
    let questionnaires = match &asked {
        Ok(asked) => questionnaires_of(&visit.state, &context, &asked.filter, &link::export(enterprise)).await?,
        Err(_) => None,
    };
    Ok(ExportView {
        enterprise,
        bar: context.bar(link::export(enterprise), asked.as_ref()),
        people: scope.may().people,
        counts,
        questionnaires,
        verified: step_up::may_export(visit, scope).await?,
        by_passkey: step_up::by_passkey(visit, scope.viewer()).await?,
        providers: own::providers(visit, scope.viewer()).await?,
        workbooks: file::can_write_workbooks(),
        name: context.enterprise.name,
    })
}

async fn counts(visit: &Visit, context: &Context, filter: &Filter) -> Result<Counts> {
    let today = context.enterprise.today(&visit.state.clock);
    let (people, declarations) = visit.state.censuses.count_listed(&context.sight, context.looked(filter), today).await?;
    Ok(Counts { people, declarations })
}

/// Opens exports for this session.
pub async fn allow(visit: &Visit, scope: &Scope, ticket: &str, credential: &str) -> Result<()> {
    let intent = Intent::Export(scope.tenant().id().to_string());
    let proof = step_up::finish(visit, scope.viewer().clone(), &intent, ticket, credential).await?;
    step_up::allow_export(visit, scope, &proof).await
}

/// The page under a filter; whatever is none does not come into an address of ours.
pub fn page(enterprise: EnterpriseId, query: &str) -> Result<String> {
    let asked = Asked::parse(query).map_err(|_| AppError::BadRequest)?;
    Ok(link::with_query(&link::export(enterprise), asked.filter))
}
