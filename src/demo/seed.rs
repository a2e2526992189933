//! Makes the demo's two enterprises and what their people declared in the last seven days.

use anyhow::{Context, ensure};
use chrono::NaiveTime;
use chrono_tz::Tz;

use super::{
    answers::{Who, fill_in},
    people,
};
use crate::{
    account::{
        caller::Tenant,
        claim::{self, Claimed},
        model::{Level, Person},
    },
    alert,
    clock::day_of,
    declaration::{
        record::{Record, Row},
        writer::Submission,
    },
    delegation,
    enterprise::{
        department,
        model::{DEFAULT_QUESTIONNAIRE, Enterprise, Uscc},
        registry::{self, Registration},
    },
    id::DepartmentId,
    period::Moment,
    questionnaire::{check::check, model::Questionnaire},
    random, roster,
    state::AppState,
};

const DAY_SECS: i64 = 24 * 60 * 60;
/// Every this many-th of those who declared today had declared earlier today too.
const CORRECTED: usize = 9;

/// An enterprise of the demo.
struct Plan {
    name: &'static str,
    /// Without check digit; no area has the code 999999.
    uscc: &'static str,
    questionnaire: &'static str,
    people: usize,
    departments: &'static [&'static str],
    /// How many of them declared today; the others did in the six days before.
    today: usize,
    /// How many of them another device claimed to be, too.
    twice: usize,
    /// It has a manager, and somebody asks to be one.
    managed: bool,
    /// So many people stand on its roster beside those who declared; none: it has no roster.
    silent: Option<usize>,
}

const PLANS: [Plan; 2] = [
    Plan {
        name: "岭南样例制造有限公司（演示）",
        uscc: "91999999MADEM0001",
        questionnaire: DEFAULT_QUESTIONNAIRE,
        people: 150,
        departments: &["生产部", "仓储部", "行政部", "销售部"],
        today: 102,
        twice: 2,
        managed: true,
        silent: Some(6),
    },
    Plan {
        name: "珠江样例物流有限公司（演示）",
        uscc: "91999999MADEM0002",
        questionnaire: "respiratory-season",
        people: 20,
        departments: &[],
        today: 14,
        twice: 0,
        managed: false,
        silent: None,
    },
];

/// Fills an empty database: two enterprises of one representative, their employees, their declarations.
pub async fn seed(state: &AppState) -> anyhow::Result<()> {
    ensure!(registry::list(&state.db).await?.is_empty(), "demo data is for an empty database only");
    for plan in &PLANS {
        let registration = Registration {
            uscc: Uscc::complete(plan.uscc).context("17 characters of the alphabet")?,
            name: plan.name.to_owned(),
            timezone: Tz::Asia__Shanghai,
            questionnaire: plan.questionnaire.to_owned(),
            representative: Some(people::representative()),
        };
        let (enterprise, _) = registry::add(&state.db, &state.vault, &state.clock, registration).await?;
        fill(state, plan, &enterprise).await?;
        alert::demo::seed(state, &enterprise).await?;
        if plan.managed {
            delegation::demo::seed(state, enterprise.id, people::managers()).await?;
        }
    }
    Ok(())
}

/// One declaration to come.
struct Planned {
    at: Moment,
    employee: usize,
    /// The answers of an earlier declaration that a later one replaces differ.
    draft: bool,
}

async fn fill(state: &AppState, plan: &Plan, enterprise: &Enterprise) -> anyhow::Result<()> {
    let tenant = Tenant::of_operator(enterprise.id);
    let now = state.clock.now();
    let questionnaire = state.catalogue.newest(plan.questionnaire).context("the demo's questionnaires are built in")?;
    let twice = (0..plan.twice).map(|number| plan.people / 4 + number * plan.people / 3);
    let people: Vec<Person> = (0..plan.people).chain(twice).map(people::employee).collect();
    let names: Vec<String> = plan.departments.iter().map(|name| (*name).to_owned()).collect();
    let departments = department::add_by_operator(state, tenant, &names).await?;
    let people: Vec<_> = people.iter().enumerate().map(|(number, person)| (person, department_of(&departments, number))).collect();
    let employees = claim::claim_all_of(&state.db, &state.vault, now.plus_secs(-7 * DAY_SECS), tenant, &people).await?;
    let mut planned = plan_all(plan, employees.len(), now, midnight(now));
    planned.sort_by_key(|declaration| declaration.at);
    for declaration in planned {
        submit(state, enterprise, &questionnaire, plan.people, &employees, &declaration).await?;
    }
    if let Some(silent) = plan.silent {
        let table = roster(plan, plan.people + silent);
        ensure!(roster::import::import_by_operator(state, tenant, &table).await?, "the demo's roster can be imported");
    }
    Ok(())
}

/// A file as an enterprise would import it.
fn roster(plan: &Plan, people: usize) -> String {
    const SITES: [&str; 2] = ["岭南厂区", "珠江仓库"];
    let line = |number: usize| {
        let person = people::employee(number);
        let phone = person.phone.as_ref().map_or("", |phone| phone.national());
        let department = department_place(plan.departments.len(), number).map_or("", |place| plan.departments[place]);
        format!("{},{},{phone},{department},{}\n", person.name, person.document.number(), SITES[usize::from(number % 5 == 3)])
    };
    format!("姓名,证件号码,手机,部门,厂区\n{}", (0..people).map(line).collect::<String>())
}

/// Most are of the first; of ten, one is of each of the last two.
fn department_of(departments: &[DepartmentId], number: usize) -> Option<DepartmentId> {
    department_place(departments.len(), number).map(|place| departments[place])
}

fn department_place(departments: usize, number: usize) -> Option<usize> {
    const OF_TEN: [usize; 10] = [0, 0, 1, 0, 2, 0, 1, 0, 3, 0];
    Some(OF_TEN[number * 7 % 10]).filter(|place| *place < departments)
}

/// The start of today in Shanghai.
fn midnight(now: Moment) -> Moment {
    let local = now.utc().with_timezone(&Tz::Asia__Shanghai).naive_local().date().and_time(NaiveTime::MIN);
    local.and_local_timezone(Tz::Asia__Shanghai).earliest().map_or(now, |start| Moment::from(start.to_utc()))
}

/// Today's are spread between midnight and now; those of other days over the working day.
fn plan_all(plan: &Plan, employees: usize, now: Moment, midnight: Moment) -> Vec<Planned> {
    let gone = (now.as_millis() - midnight.as_millis()).max(1);
    let count = |number: usize| i64::try_from(number).unwrap_or_default();
    let today = |part: i64, of: i64| Moment::from_millis(midnight.as_millis() + gone * part / of);
    let earlier = |days: i64, number: usize| midnight.plus_secs(-days * DAY_SECS + 7 * 3600 + count(number * 97 % 36_000));
    let mut planned = Vec::new();
    for employee in 0..employees {
        // Spread over the numbers, so that today's people are not those with the first answers.
        let turn = employee * 67 % plan.people;
        if employee >= plan.people || turn < plan.today {
            if turn.is_multiple_of(CORRECTED) {
                planned.push(Planned { at: today(count(turn), count(2 * plan.people)), employee, draft: true });
            }
            planned.push(Planned { at: today(count(plan.people + turn), count(2 * plan.people)), employee, draft: false });
        } else {
            planned.push(Planned { at: earlier(1 + count(turn % 6), turn), employee, draft: false });
        }
        if turn < plan.today && turn % 4 == 1 {
            planned.push(Planned { at: earlier(1 + count(turn % 3), turn + 5), employee, draft: true });
        }
    }
    planned
}

async fn submit(
    state: &AppState,
    enterprise: &Enterprise,
    questionnaire: &Questionnaire,
    people: usize,
    employees: &[Claimed],
    planned: &Planned,
) -> anyhow::Result<()> {
    let day = day_of(planned.at, enterprise.zone());
    // Drafts come from the other end of the list: whoever corrects theirs says something else.
    let number = planned.employee % people;
    let number = if planned.draft { people - 1 - number } else { number };
    let values = fill_in(questionnaire, Who { number, of: people }, day);
    let answers = check(questionnaire, &values, day).map_err(|problems| anyhow::anyhow!("the demo's answers: {problems:?}"))?;
    let alerts = questionnaire.alerts(&answers, day).into_iter().map(|rule| rule.code.clone()).collect();
    let keys = state.vault.keys(&state.db, enterprise.id).await?;
    let employee = employees[planned.employee].employee;
    let alert = alert::raise::of(state, Tenant::of_operator(enterprise.id), &keys, (employee, day), questionnaire, &answers).await?;
    let record = Record { answers, residence: super::people::residence(planned.employee), level: Level::Claimed, alerts, on_behalf: None };
    let key = random::uuid();
    let version = i64::from(questionnaire.version);
    let row = Row { submission: key, employee, day, questionnaire: &questionnaire.code, version };
    let submission = Submission {
        enterprise: enterprise.id,
        employee,
        day,
        submitted_at: planned.at,
        key,
        questionnaire: questionnaire.code.clone(),
        version: questionnaire.version,
        record: record.seal(&keys, row),
        alert,
        unless_since: None,
        entry: None,
    };
    state.writer.submit(submission).await?;
    Ok(())
}
