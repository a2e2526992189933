//! What this room answers and does: the queue, an opened alert, and the steps that are taken.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    model::{Cursor, Posted, Problem, Queue, State, level, level_code, severity},
    raise::{self, Lasting, Reason},
    store::{self, AlertRow, NewStep, TallyRow, Wanted, Within, lasting_cell, note_cell},
    strip,
    view::{AlertOf, AlertView, AlertsView, FilterForm, GroupView, LastingChoice, LineView, StepView},
};
use crate::{
    account::{
        caller::{Permission, Scope},
        representative,
    },
    audit::{
        entry::{self, Entry},
        model::Action,
    },
    census::{FiledDeclaration, PersonFile, Sight},
    enterprise::{
        department::{self, model::Department},
        model::Enterprise,
        registry,
    },
    error::{AppError, Result, StoreError},
    id::{DepartmentId, EmployeeId},
    language::Language,
    link,
    message::tell,
    questionnaire::model::{AlertLevel, Questionnaire},
    random,
    rights::model::{NoteProblem, parse_note},
    state::AppState,
    statistics::model::masked,
    ui::tr,
    vault::{TenantKeys, newest_version},
};

/// So many stand on a page.
pub const PAGE: usize = 50;
/// A rule with more open alerts than this stands for all of them.
const MANY: u32 = 20;
/// A person's page lists so many.
const OF_PERSON: i64 = 20;
/// Names, in the address of a person's page, which of their declarations to show.
const DECLARATION: &str = "declaration";

/// What every answer needs to know.
struct Context {
    enterprise: Enterprise,
    /// Those in sight.
    departments: Vec<Department>,
    sight: Sight,
    language: Language,
}

impl Context {
    async fn load(state: &AppState, scope: &Scope, language: Language) -> Result<Self> {
        may_see_people(scope)?;
        let (enterprise, sight) = (registry::load_now(state, scope.tenant()).await?, Sight::of(scope));
        let mut departments = department::list(state, sight.tenant()).await?;
        departments.retain(|department| sight.reaches(Some(department.id)));
        Ok(Self { enterprise, departments, sight, language })
    }

    fn department(&self, wanted: Option<DepartmentId>) -> Option<String> {
        let known = self.departments.iter().find(|known| Some(known.id) == wanted);
        let name = known.map_or_else(|| tr!(statistics.no_department).to_owned(), |known| known.name.clone());
        (!self.departments.is_empty()).then_some(name)
    }

    fn page(&self, queue: &Queue) -> String {
        link::with_query(&link::alerts(self.enterprise.id), queue)
    }
}

fn may_see_people(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::People { Ok(()) } else { Err(AppError::NotFound) }
}

/// How many alerts are open among those whom a viewer may see.
pub async fn open_count(state: &AppState, scope: &Scope) -> Result<u32, StoreError> {
    let (sight, queue) = (Sight::of(scope), Queue::default());
    Ok(total(&store::alert_tally(&state.db, scope.tenant(), &wanted(&queue, &sight, "")).await?))
}

fn total(tally: &[TallyRow]) -> u32 {
    u32::try_from(tally.iter().map(|row| row.count).sum::<i64>()).unwrap_or(u32::MAX)
}

fn wanted<'q>(queue: &'q Queue, sight: &Sight, folded: &'q str) -> Wanted<'q> {
    Wanted {
        state: queue.which.code(),
        severity: queue.level.map_or(0, severity),
        day: queue.day,
        departments: Within::of(sight, queue.department),
        rule: queue.rule.as_deref().unwrap_or_default(),
        folded,
    }
}

/// A page of alerts. Where a rule raised many, they stand together, unless they are what is asked for.
pub async fn alerts(state: &AppState, scope: &Scope, query: &str, language: Language) -> Result<AlertsView> {
    let context = Context::load(state, scope, language).await?;
    let queue = Queue::parse(query).ok_or(AppError::BadRequest)?;
    if queue.department.is_some_and(|wish| !is_known(&context, wish)) {
        return Err(AppError::BadRequest);
    }
    let tally = store::alert_tally(&state.db, scope.tenant(), &wanted(&queue, &context.sight, "")).await?;
    let many = if queue.rule.is_some() { BTreeMap::new() } else { many(&tally) };
    let folded = folded(&tally, &many);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = store::alert_list(&state.db, scope.tenant(), &wanted(&queue, &context.sight, &folded), queue.after, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| Cursor { severity: last.severity, raised_at: last.raised_at, id: last.id });
    let keys = keys_for(state, scope, &rows).await?;
    let words = rule_words(state, &keys, language);
    Ok(AlertsView {
        enterprise: context.enterprise.id,
        count: asked_for(&queue, &tally),
        groups: groups(&context, &queue, &many, &words),
        lines: lines(state, &context, &keys, rows).await?,
        form: form(&context, &queue, &words),
        here: queue.to_string(),
        first: queue.after.map(|_| context.page(&queue.from(None))),
        next: next.map(|after| context.page(&queue.from(Some(after)))),
        unread: tell::unread(state, scope.viewer()).await?,
        name: context.enterprise.name,
    })
}

fn is_known(context: &Context, wish: Option<DepartmentId>) -> bool {
    context.sight.reaches(wish) && wish.is_none_or(|wish| context.departments.iter().any(|known| known.id == wish))
}

async fn keys_for(state: &AppState, scope: &Scope, rows: &[AlertRow]) -> Result<std::sync::Arc<TenantKeys>, StoreError> {
    let newest = newest_version(rows.iter().map(|row| &row.reason));
    state.vault.keys_for(&state.db, scope.tenant().id(), newest).await
}

fn asked_for(queue: &Queue, tally: &[TallyRow]) -> u32 {
    let of_rule = |row: &&TallyRow| queue.rule.as_ref().is_none_or(|rule| row.rules_hash.split_whitespace().any(|name| name == rule));
    let count: i64 = tally.iter().filter(of_rule).map(|row| row.count).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The rules that raised many: how many each, and how severe at most.
fn many(tally: &[TallyRow]) -> BTreeMap<String, (u32, i64)> {
    let mut many = BTreeMap::new();
    for row in tally {
        for rule in row.rules_hash.split_whitespace() {
            let (count, severity) = many.entry(rule.to_owned()).or_insert((0_u32, 0));
            *count = count.saturating_add(u32::try_from(row.count).unwrap_or(u32::MAX));
            // Alone it is as severe as it is; with others it may be theirs.
            *severity = if *severity == 0 { row.severity } else { row.severity.min(*severity) };
        }
    }
    many.retain(|_, (count, _)| *count > MANY);
    many
}

/// The sets of rules of which each raised many, each between bars: an alert that has a rule of its own stands by itself.
fn folded(tally: &[TallyRow], many: &BTreeMap<String, (u32, i64)>) -> String {
    let sets = tally.iter().filter(|row| row.rules_hash.split_whitespace().all(|rule| many.contains_key(rule)));
    let sets: BTreeSet<&str> = sets.map(|row| &*row.rules_hash).collect();
    sets.iter().fold("|".to_owned(), |text, set| text + set + "|")
}

/// The words of every questionnaire's rules, by their opaque names.
fn rule_words(state: &AppState, keys: &TenantKeys, language: Language) -> BTreeMap<String, String> {
    let rules = state.catalogue.newest_of_each().flat_map(|it| it.alerts.iter().map(|rule| (&it.code, rule)));
    rules.map(|(code, rule)| (raise::rule_name(keys, code, &rule.code), rule.reason.get(language).to_owned())).collect()
}

fn words_of(words: &BTreeMap<String, String>, rule: &str) -> String {
    words.get(rule).cloned().unwrap_or_else(|| tr!(alert.rule_gone).to_owned())
}

fn groups(context: &Context, queue: &Queue, many: &BTreeMap<String, (u32, i64)>, words: &BTreeMap<String, String>) -> Vec<GroupView> {
    let group = |(rule, (count, severity)): (&String, &(u32, i64))| GroupView {
        words: words_of(words, rule),
        level: level(*severity),
        count: *count,
        link: context.page(&queue.of_rule(rule)),
    };
    let mut groups: Vec<GroupView> = many.iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.level, group.count)));
    groups
}

fn form(context: &Context, queue: &Queue, words: &BTreeMap<String, String>) -> FilterForm {
    let text = |id: DepartmentId| id.to_string();
    let none = department::model::NONE.to_owned();
    let mut departments: Vec<_> = context.departments.iter().map(|known| (text(known.id), known.name.clone())).collect();
    if !departments.is_empty() && context.sight.reaches(None) {
        departments.push((none.clone(), tr!(statistics.no_department).to_owned()));
    }
    FilterForm {
        state: queue.which.code().to_owned(),
        level: queue.level.map(level_code).unwrap_or_default().to_owned(),
        day: queue.day.map(|day| day.to_string()).unwrap_or_default(),
        department: queue.department.map(|wish| wish.map_or(none, text)).unwrap_or_default(),
        departments,
        rule_words: queue.rule.as_deref().map(|rule| words_of(words, rule)).unwrap_or_default(),
        rule: queue.rule.clone().unwrap_or_default(),
        narrows: queue.narrows(),
    }
}

async fn lines(state: &AppState, context: &Context, keys: &TenantKeys, rows: Vec<AlertRow>) -> Result<Vec<LineView>, StoreError> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        // Whoever went, or was moved out of sight, just now.
        let Some(who) = state.censuses.who(&context.sight, row.employee_id).await? else { continue };
        let reason = Reason::open(keys, row.id, &row.reason)?;
        lines.push(LineView {
            id: row.id.simple().to_string(),
            link: link::alert(context.enterprise.id, row.id),
            name: who.name,
            to_verify: who.to_verify,
            department: context.department(who.department),
            level: level(row.severity),
            state: row.state,
            raised_at: context.enterprise.local_time(row.raised_at),
            reasons: reason.rules.iter().map(|rule| rule.words.get(context.language).to_owned()).collect(),
        });
    }
    Ok(lines)
}

/// The alerts of one person in sight, the last day first.
pub async fn alerts_of(state: &AppState, scope: &Scope, employee: EmployeeId, language: Language) -> Result<Vec<AlertOf>, StoreError> {
    let rows = store::alert_list_of(&state.db, scope.tenant(), employee, OF_PERSON).await?;
    let keys = keys_for(state, scope, &rows).await?;
    let line = |row: AlertRow| {
        let reason = Reason::open(&keys, row.id, &row.reason)?;
        let words: Vec<&str> = reason.rules.iter().map(|rule| rule.words.get(language)).collect();
        Ok(AlertOf {
            link: link::alert(scope.tenant().id(), row.id),
            day: row.day,
            level: level(row.severity),
            state: row.state,
            reasons: words.join(tr!(alert.and)),
        })
    };
    rows.into_iter().map(line).collect()
}

/// How an alert is to be shown.
#[derive(Clone, Default)]
pub struct Showing {
    /// With document and telephone in full.
    pub numbers: bool,
    pub posted: Option<Posted>,
}

/// One alert with its person; written down before it is shown.
pub async fn alert(state: &AppState, scope: &Scope, alert: &str, language: Language, showing: Showing) -> Result<AlertView> {
    let context = Context::load(state, scope, language).await?;
    let row = find(state, scope, &context.sight, alert).await?;
    state.limits.look(scope.viewer().id())?;
    let file = state.censuses.person(&context.sight, row.employee_id).await?.ok_or(AppError::NotFound)?;
    let keys = keys_for(state, scope, std::slice::from_ref(&row)).await?;
    let reason = Reason::open(&keys, row.id, &row.reason).map_err(StoreError::from)?;
    let lasting = raise::lasting(state, scope.tenant(), &keys, row.employee_id).await?;
    let action = if showing.numbers { Action::ViewNumbers } else { Action::ViewDetails };
    entry::look(state, scope, action, row.employee_id).await?;
    let enterprise = &context.enterprise;
    let person = link::person(enterprise.id, row.employee_id);
    let number = file.phone.strip_prefix("+86").unwrap_or(&file.phone);
    Ok(AlertView {
        enterprise: enterprise.id,
        document: if showing.numbers { file.document.clone() } else { masked(&file.document, 2, 2) },
        phone: if showing.numbers { number.to_owned() } else { masked(number, 3, 4) },
        call: (showing.numbers && !file.phone.is_empty()).then(|| format!("tel:{}", file.phone)),
        numbers: showing.numbers,
        to_verify: file.to_verify,
        department: context.department(file.department),
        declaration: declaration_link(&person, &file, row.change),
        level: level(row.severity),
        state: row.state,
        day: row.day,
        raised_at: enterprise.local_time(row.raised_at),
        reasons: reason.rules.iter().map(|rule| (rule.level, rule.words.get(language).to_owned())).collect(),
        over: is_over(&file, &row),
        steps: steps(state, scope, enterprise, row.id).await?,
        next: row.state.next().collect(),
        lasting: lasting_choices(state, enterprise, &reason, &lasting, language),
        strip: strip::strip(&state.catalogue, &file, &person, row.day, enterprise.today(&state.clock)),
        posted: showing.posted,
        person,
        name: file.name,
    })
}

/// Refuses an alert that there is not, or not in sight.
pub async fn check(state: &AppState, scope: &Scope, alert: &str) -> Result<()> {
    may_see_people(scope)?;
    find(state, scope, &Sight::of(scope), alert).await.map(drop)
}

async fn find(state: &AppState, scope: &Scope, sight: &Sight, alert: &str) -> Result<AlertRow> {
    let id = Uuid::try_parse(alert).map_err(|_| AppError::NotFound)?;
    store::alert_find(&state.db, scope.tenant(), id, &Within::of(sight, None)).await?.ok_or(AppError::NotFound)
}

fn declaration_link(person: &str, file: &PersonFile, change: i64) -> Option<String> {
    let there = file.declarations.iter().any(|filed| filed.change == change);
    there.then(|| link::with_query(person, format_args!("{DECLARATION}={change}")))
}

/// Whether what was declared last on an alert's day raises nothing any more.
fn is_over(file: &PersonFile, row: &AlertRow) -> bool {
    let last = file.declarations.iter().find(|filed: &&FiledDeclaration| filed.day == row.day && !filed.replaced);
    last.is_some_and(|last| last.change > row.change && last.record.alerts.is_empty())
}

async fn steps(state: &AppState, scope: &Scope, enterprise: &Enterprise, alert: Uuid) -> Result<Vec<StepView>, StoreError> {
    let rows = store::step_list(&state.db, scope.tenant(), alert).await?;
    let keys = state.vault.keys_for(&state.db, enterprise.id, newest_version(rows.iter().flat_map(|row| &row.note))).await?;
    let mut names: BTreeMap<Uuid, String> = BTreeMap::new();
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(viewer) = row.viewer_id.filter(|viewer| !names.contains_key(viewer)) {
            names.insert(viewer, representative::name(state, viewer).await?.unwrap_or_default());
        }
        let note = row.note.as_deref().map(|note| keys.open(note_cell(row.id.as_bytes()), note)).transpose()?;
        steps.push(StepView {
            what: row.what,
            who: row.viewer_id.and_then(|viewer| names.get(&viewer).cloned()),
            at: enterprise.local_time(row.at),
            note: note.map(|note| String::from_utf8_lossy(&note).into_owned()).unwrap_or_default(),
        });
    }
    Ok(steps)
}

/// What may be said to last: of this alert what does not call for help at once, and what was said before.
fn lasting_choices(
    state: &AppState,
    enterprise: &Enterprise,
    reason: &Reason,
    lasting: &Lasting,
    language: Language,
) -> Vec<LastingChoice> {
    if reason.questionnaire != enterprise.questionnaire {
        return Vec::new();
    }
    let chosen = |code: &String| lasting.questionnaire == reason.questionnaire && lasting.rules.contains(code);
    let held = reason.rules.iter().filter(|rule| rule.level == AlertLevel::Attention).map(|rule| &rule.code);
    let before = lasting.rules.iter().filter(|code| chosen(code));
    let codes: BTreeSet<&String> = held.chain(before).collect();
    let newest = state.catalogue.newest(&enterprise.questionnaire);
    let words = |code: &String| {
        let of = |it: &std::sync::Arc<Questionnaire>| {
            it.alerts.iter().find(|rule| rule.code == *code).map(|rule| rule.reason.get(language).to_owned())
        };
        newest.as_ref().and_then(of)
    };
    let choice = |code: &String| Some(LastingChoice { words: words(code)?, chosen: chosen(code), code: code.clone() });
    codes.into_iter().filter_map(choice).collect()
}

/// Sets an alert from one state to another, with a note.
pub async fn set(state: &AppState, scope: &Scope, alert: &str, [from, to]: [State; 2], note: &str) -> Result<Result<(), Problem>> {
    may_see_people(scope)?;
    let sight = Sight::of(scope);
    let row = find(state, scope, &sight, alert).await?;
    let note = match parse_note(note) {
        Ok(note) => Some(note),
        Err(NoteProblem::Empty) => None,
        Err(why) => return Ok(Err(Problem::Note(why))),
    };
    if !from.may_become(to) {
        return Ok(Err(Problem::Moved));
    }
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let step = step(scope, &keys, note.as_deref());
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::HandleAlert).on(row.employee_id.0);
    let moved = store::alert_move(&state.db, scope.tenant(), row.id, [from, to], &Within::of(&sight, None), &step, &entry).await?;
    Ok(if moved { Ok(()) } else { Err(Problem::Moved) })
}

fn step(scope: &Scope, keys: &TenantKeys, note: Option<&str>) -> NewStep {
    let id = random::uuid();
    NewStep { id, viewer: Some(scope.viewer().id()), note: note.map(|note| keys.seal(note_cell(id.as_bytes()), note.as_bytes())) }
}

/// Says of those of these that are new that they were seen.
pub async fn see_all(state: &AppState, scope: &Scope, alerts: &[String]) -> Result<usize> {
    may_see_people(scope)?;
    if alerts.len() > PAGE {
        return Err(AppError::BadRequest);
    }
    let sight = Sight::of(scope);
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let mut found = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let row = find(state, scope, &sight, alert).await?;
        found.push((row.id, row.employee_id, step(scope, &keys, None)));
    }
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::HandleAlert);
    Ok(store::alert_see_all(&state.db, scope.tenant(), &found, &Within::of(&sight, None), &entry).await?)
}

/// Says which symptoms an alert's person always has. What is not among the choices is refused.
pub async fn set_lasting(state: &AppState, scope: &Scope, alert: &str, rules: &[String]) -> Result<()> {
    may_see_people(scope)?;
    let sight = Sight::of(scope);
    let row = find(state, scope, &sight, alert).await?;
    let enterprise = registry::load_now(state, scope.tenant()).await?;
    let keys = keys_for(state, scope, std::slice::from_ref(&row)).await?;
    let reason = Reason::open(&keys, row.id, &row.reason).map_err(StoreError::from)?;
    let known = raise::lasting(state, scope.tenant(), &keys, row.employee_id).await?;
    let choices = lasting_choices(state, &enterprise, &reason, &known, Language::default());
    if !rules.iter().all(|rule| choices.iter().any(|choice| choice.code == *rule)) {
        return Err(AppError::BadRequest);
    }
    let lasting = Lasting { questionnaire: reason.questionnaire, rules: rules.to_vec() };
    let sealed = (!rules.is_empty()).then(|| lasting.seal(&keys, row.employee_id));
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::SetLasting).on(row.employee_id.0);
    Ok(store::lasting_set(&state.db, scope.tenant(), row.employee_id, sealed.as_deref(), &entry).await?)
}

impl Lasting {
    fn seal(&self, keys: &TenantKeys, employee: EmployeeId) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).expect("rules are texts"));
        keys.seal(lasting_cell(employee.0.as_bytes()), &plain)
    }
}
