//! What the demo's representative has done about the demo's alerts: older ones are settled, today's are under way.

use axum::http::{Request, header};

use super::{
    answer,
    model::{Queue, State},
    store::{self, Wanted, Within},
};
use crate::{
    account::{
        caller::{self, Permission},
        passkey, session,
    },
    census::Sight,
    enterprise::model::Enterprise,
    error::{AppError, Result},
    state::{AppState, Visit},
};

const CALLED: &str = "已电话联系，本人在宿舍休息。";
const DOCTOR: &str = "已陪同到发热门诊就诊。";
const WELL: &str = "体温恢复正常，解除。";

/// Takes some steps on each alert, by turns.
pub async fn seed(state: &AppState, enterprise: &Enterprise) -> Result<()> {
    let nobody = Visit::new(state.clone(), &Request::new(()).into_parts().0);
    let cookie = session::start(&nobody, &passkey::demo(&nobody).await?).await?;
    let signed_in = Request::builder().header(header::COOKIE, cookie).body(()).map_err(|_| AppError::Internal)?;
    let visit = Visit::new(state.clone(), &signed_in.into_parts().0);
    let scope = caller::scope(&visit, enterprise.id, Permission::People).await?;
    let (queue, today) = (Queue::default(), enterprise.today(&state.clock));
    let within = Within::of(&Sight::of(&scope), None);
    let wanted = Wanted { state: queue.which.code(), severity: 0, day: None, departments: within, rule: "", folded: "" };
    let rows = store::alert_list(&state.db, scope.tenant(), &wanted, None, i64::from(u16::MAX)).await?;
    for (number, row) in rows.iter().enumerate() {
        let steps: &[(State, &str)] = match (row.day == today, number % 4) {
            (false, 0) => &[(State::Seen, ""), (State::Contacted, CALLED)],
            (false, _) => &[(State::Seen, ""), (State::Contacted, CALLED), (State::Resolved, WELL)],
            (true, 1) => &[(State::Seen, "")],
            (true, 2) => &[(State::Seen, ""), (State::Contacted, CALLED), (State::InCare, DOCTOR)],
            (true, _) => &[],
        };
        let mut from = State::New;
        for (to, note) in steps {
            let _ = answer::set(state, &scope, &row.id.simple().to_string(), [from, *to], note).await?;
            from = *to;
        }
    }
    session::end(&visit).await?;
    Ok(())
}
