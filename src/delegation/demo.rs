//! A manager and somebody who asks to be one, for the demo: made through the doors that real people go through.

use axum::http::{Request, header};

use super::{
    answer, join,
    model::{Asking, Terms},
    store,
};
use crate::{
    account::{
        caller::{self, Permission},
        model::{Intent, Level},
        own, passkey, session, step_up,
    },
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    state::{AppState, Visit},
};

/// What the demo's representative chose for their manager.
const CHOSEN: &str = "people=yes&invite=yes&days=90";
const HOURS: i64 = 7 * 24;

/// Lets the first of them in as a manager, and leaves the second waiting.
pub async fn seed(state: &AppState, enterprise: EnterpriseId, asking: [Asking; 2]) -> Result<()> {
    let nobody = Visit::new(state.clone(), &Request::new(()).into_parts().0);
    let cookie = session::start(&nobody, &passkey::demo(&nobody).await?).await?;
    let signed_in = Request::builder().header(header::COOKIE, cookie).body(()).map_err(|_| AppError::Internal)?;
    let visit = Visit::new(state.clone(), &signed_in.into_parts().0);
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    let (token, _) = answer::invite_for(state, &scope, HOURS).await?.ok_or(AppError::Internal)?;
    let joining = caller::joining(&visit, enterprise, &token.text()).await?;
    let [manager, waiting] = asking;
    join::request(state, &joining, &manager, Level::Claimed, None).await?;
    for request in store::request_list(&state.db, &scope).await? {
        let values = form::read(CHOSEN.as_bytes()).map_err(|_| AppError::Internal)?;
        let terms = Terms::read(enterprise, request.id, &values, &[]).map_err(|_| AppError::Internal)?;
        let ticket = step_up::begin(&visit, scope.viewer(), &Intent::GrantManager(terms.to_string())).await?.ticket;
        answer::grant(&visit, &scope, request.id, CHOSEN, &ticket, "").await?;
    }
    join::request(state, &joining, &waiting, Level::Claimed, None).await?;
    // The verification gave the session another token.
    own::end(&visit, scope.viewer(), "").await?;
    Ok(())
}
