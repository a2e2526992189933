//! From the census to a day's report.

use super::{
    model::{DAY, ReportView, Sheet},
    words::{self, Reported},
};
use crate::{
    account::caller::Scope,
    census::TrendDay,
    error::{AppError, Result},
    form,
    i18n::Locale,
    link,
    period::Day,
    state::AppState,
    statistics::answer::{Context, department_name},
    ui::locale::language_of,
};

/// The days that there are reports of.
#[derive(Debug, Clone, Copy)]
struct Days {
    earliest: Day,
    today: Day,
}

impl Days {
    fn of(state: &AppState, context: &Context) -> Self {
        let today = context.enterprise.today(&state.clock);
        Self { earliest: today.minus_days(u64::from(state.retention_days)), today }
    }

    /// Nothing in an address is ever ignored: a report of another day is a wrong report.
    fn asked(self, query: &str) -> Option<Day> {
        let values = form::read(query.trim_start_matches('?').as_bytes()).ok()?;
        if values.fields().any(|name| name != DAY || values.all(name).len() > 1) {
            return None;
        }
        let day = match values.one(DAY).trim() {
            "" => self.today,
            text => text.parse().ok()?,
        };
        (self.earliest..=self.today).contains(&day).then_some(day)
    }
}

/// The report of the day that `query` asks for, or else of today.
pub async fn report(state: &AppState, scope: &Scope, query: &str, locale: Locale) -> Result<ReportView> {
    let (context, _) = Context::load(state, scope, "", language_of(locale)).await?;
    let days = Days::of(state, &context);
    let asked = days.asked(query);
    let day = asked.unwrap_or(days.today);
    let sheet = if asked.is_some() { sheet(state, &context, day, locale).await? } else { Sheet::default() };
    let (enterprise, page) = (context.enterprise.id, link::report(context.enterprise.id));
    let of = |path: &str, day: Day| if day == days.today { path.to_owned() } else { link::with_query(path, format_args!("{DAY}={day}")) };
    Ok(ReportView {
        enterprise,
        unreadable: asked.is_none(),
        day,
        earliest: days.earliest,
        today: days.today,
        earlier: (day > days.earliest).then(|| of(&page, day.minus_days(1))),
        later: (day < days.today).then(|| of(&page, day.plus_days(1))),
        text: sheet.text(),
        picture: of(&link::report_picture(enterprise), day),
        sheet,
        name: context.enterprise.name,
    })
}

/// The report by itself, for its picture; `NotFound` for a day of which there is none.
pub async fn sheet_of(state: &AppState, scope: &Scope, query: &str, locale: Locale) -> Result<Sheet> {
    let (context, _) = Context::load(state, scope, "", language_of(locale)).await?;
    let day = Days::of(state, &context).asked(query).ok_or(AppError::NotFound)?;
    sheet(state, &context, day, locale).await
}

async fn sheet(state: &AppState, context: &Context, day: Day, locale: Locale) -> Result<Sheet> {
    let trend = state.censuses.trend(&context.sight, (day, day), None).await?;
    let counted: TrendDay = trend.days.into_iter().next().ok_or(AppError::Internal)?;
    let departments = context.sight.departments().map(|_| {
        let names = context.departments.iter().map(|department| department_name(&context.departments, Some(department.id)));
        names.collect::<Vec<_>>()
    });
    let reported = Reported {
        enterprise: &context.enterprise,
        departments,
        counted,
        by_name: trend.by_name,
        as_of: context.enterprise.local_time(state.clock.now()),
    };
    Ok(words::sheet(&reported, locale))
}
