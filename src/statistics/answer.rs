//! From the census to what the pages show: the questionnaire's words, and a link behind each figure.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    model::{Asked, Filter, Looked, Problem, State, is_bucket, masked},
    query,
    view::{
        Chip, ChipKind, DeclarationView, DepartmentForm, DepartmentView, FigureView, FiguresView, FilterBar, GroupView, HistoryLine,
        Linked, ListView, LocalTime, OtherQuestionnaire, PeopleView, PersonLine, PersonView, QuestionnairesView, RowView, SectionView,
        StatisticsView, Tab,
    },
};
use crate::{
    account::{caller::Scope, standing},
    alert,
    audit::{entry, model::Action},
    census::{Count, DepartmentCount, Figures, FiledDeclaration, Line, People, Sight},
    declaration::model::is_unmeasured,
    delegation::model::May,
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
    period::{Moment, Period},
    questionnaire::{
        catalogue::Catalogue,
        model::{Figure, Kind, Question, Questionnaire, Section, Text},
        reader::Reader,
        wording::{answer_text, bucket_label, buckets_in_order, figure_title, filter_label, row_label},
    },
    state::AppState,
    ui::tr,
};

/// So many rows of a long figure stand there at once.
const FIRST_ROWS: usize = 5;
const FIRST_DEPARTMENTS: usize = 12;
/// Which of a person's declarations to show.
const DECLARATION: &str = "declaration";
/// The query of the list of people who are on no line of the roster.
const UNCONFIRMED: &str = "list=unconfirmed";
/// The query of the list that led to a person.
const LIST: &str = "list";

/// What every answer needs to know.
#[derive(Clone)]
pub(super) struct Context {
    pub enterprise: Enterprise,
    /// The one that is looked at; nothing is known of it but its code where its files are gone.
    pub questionnaire: Arc<Questionnaire>,
    /// All there are of it, the newest first.
    versions: Vec<Arc<Questionnaire>>,
    catalogue: Arc<Catalogue>,
    /// Those in sight; the oldest first.
    pub departments: Vec<Department>,
    pub sight: Sight,
    language: Language,
    pub may: May,
}

impl Context {
    /// With what the query asks for, or why it asks for nothing that there is.
    pub async fn load(
        state: &AppState,
        scope: &Scope,
        query: &str,
        language: Language,
    ) -> Result<(Self, Result<Asked, Problem>), StoreError> {
        let enterprise = registry::load_now(state, scope.tenant()).await?;
        let sight = Sight::of(scope);
        let departments = departments(state, &sight).await?;
        let asked = Asked::parse(query);
        let wish = asked.as_ref().ok().and_then(|asked| asked.filter.questionnaire.as_deref());
        let wished = state.catalogue.versions(wish.unwrap_or(&enterprise.questionnaire));
        let unknown = wish.is_some() && wished.is_empty();
        let versions = if unknown { state.catalogue.versions(&enterprise.questionnaire) } else { wished };
        let gone = || Arc::new(Questionnaire::gone(&enterprise.questionnaire));
        let questionnaire = versions.first().cloned().unwrap_or_else(gone);
        let (catalogue, may) = (state.catalogue.clone(), scope.may());
        let context = Self { enterprise, questionnaire, versions, catalogue, departments, sight, language, may };
        let asked = if unknown { Err(Problem::UnknownQuestionnaire) } else { asked };
        let asked = asked.and_then(|asked| context.check(&asked.filter).map(|()| asked));
        Ok((context, asked))
    }

    fn check(&self, filter: &Filter) -> Result<(), Problem> {
        filter.check_departments(&self.known_departments())?;
        filter.check(&self.versions)
    }

    /// A filter with the questionnaire whose answers it names.
    pub fn looked(&self, filter: &Filter) -> Looked {
        Looked { filter: filter.clone(), looked_at: self.questionnaire.code.clone() }
    }

    /// A question as it was asked last.
    fn question(&self, code: &str) -> Option<&Question> {
        self.versions.iter().find_map(|version| version.question(code))
    }

    /// A bucket's words in the last version that knows it.
    fn bucket_words(&self, question: &str, bucket: &str) -> Option<String> {
        let questions = self.versions.iter().filter_map(|version| version.question(question));
        questions.into_iter().find_map(|question| bucket_label(question, bucket, self.language))
    }

    /// Whether a questionnaire asks for a temperature.
    fn measures(&self, code: &str) -> bool {
        self.catalogue.newest(code).is_some_and(|known| known.measures())
    }

    /// What a questionnaire is called; its code where its files are gone.
    fn title_of(&self, code: &str) -> String {
        self.catalogue.newest(code).map_or_else(|| code.to_owned(), |known| known.title.get(self.language).to_owned())
    }

    /// What can be filtered by: a department that is out of sight is as unknown as one that there is not.
    pub fn known_departments(&self) -> BTreeSet<Option<DepartmentId>> {
        let all = self.departments.iter().map(|department| Some(department.id)).chain([None]);
        all.filter(|department| self.sight.reaches(*department)).collect()
    }

    pub fn local(&self, moment: Moment) -> LocalTime {
        local_time(&self.enterprise, moment)
    }

    /// The people of a filter; nothing for a viewer who may not see them.
    fn people(&self, filter: &Filter) -> String {
        if self.may.people { link::with_query(&link::people(self.enterprise.id), filter) } else { String::new() }
    }

    /// A figure that leads to a page of the roster; to nothing for a viewer who may not see people.
    fn roster(&self, count: u32, path: &str, query: &str) -> Linked {
        Linked { count, people: if self.may.people { link::with_query(path, query) } else { String::new() } }
    }

    fn chip_label(&self, question: &str, bucket: &str) -> String {
        let mut versions = self.versions.iter();
        let label = versions.find_map(|version| filter_label(version, version.question(question)?, bucket, self.language));
        label.unwrap_or_else(|| bucket.to_owned())
    }

    pub fn bar(&self, path: String, asked: Result<&Asked, &Problem>) -> FilterBar {
        let none = Asked::default();
        let filter = &asked.unwrap_or(&none).filter;
        let here = |filter: &Filter| link::with_query(&path, filter);
        let tab = |period| Tab { period, link: here(&filter.during(period)) };
        FilterBar {
            here: here(filter),
            period: filter.period,
            tabs: [Period::All, Period::Today, Period::LastSevenDays].map(tab).to_vec(),
            chips: self.chips(filter, &here),
            clear: path.clone(),
            kept_beside_period: filter.during(Period::All).pairs(),
            kept_beside_search: filter.without_search().pairs(),
            search: filter.search.clone().unwrap_or_default(),
            problem: asked.err().cloned(),
            path,
        }
    }

    fn chips(&self, filter: &Filter, here: &impl Fn(&Filter) -> String) -> Vec<Chip> {
        let mut chips = Vec::new();
        let mut chip = |kind, without: &Filter| chips.push(Chip { kind, without: here(without) });
        if let Period::Range(first, last) = filter.period {
            chip(ChipKind::Days(first, last), &filter.during(Period::All));
        }
        if let Some(questionnaire) = &filter.questionnaire {
            chip(ChipKind::Questionnaire(self.title_of(questionnaire)), &filter.under(None));
        }
        if filter.on_behalf {
            chip(ChipKind::OnBehalf, &filter.with_on_behalf(false));
        }
        if filter.to_verify {
            chip(ChipKind::ToVerify, &filter.with_standing(false));
        }
        if let Some(state) = filter.state {
            chip(ChipKind::State(state), &filter.in_state(None));
        }
        for department in &filter.departments {
            let name = department_name(&self.departments, *department);
            chip(ChipKind::Answer(name), &filter.department_toggled(*department));
        }
        for (question, buckets) in &filter.answers {
            for bucket in buckets {
                chip(ChipKind::Answer(self.chip_label(question, bucket)), &filter.toggled(question, bucket));
            }
        }
        if let Some(search) = &filter.search {
            chip(ChipKind::Search(search.clone()), &filter.without_search());
        }
        chips
    }
}

/// The departments in sight, the oldest first.
async fn departments(state: &AppState, sight: &Sight) -> Result<Vec<Department>, StoreError> {
    let mut departments = department::list(state, sight.tenant()).await?;
    departments.retain(|department| sight.reaches(Some(department.id)));
    Ok(departments)
}

pub(super) fn department_name(departments: &[Department], wanted: Option<DepartmentId>) -> String {
    let known = departments.iter().find(|known| Some(known.id) == wanted);
    known.map_or_else(|| tr!(statistics.no_department).to_owned(), |known| known.name.clone())
}

pub async fn statistics(state: &AppState, scope: &Scope, query: &str, language: Language, requests: u32) -> Result<StatisticsView> {
    let (context, asked) = Context::load(state, scope, query, language).await?;
    // Whoever may not see people must not find one by name and then ask figures about them.
    if !context.may.people && asked.as_ref().is_ok_and(|asked| asked.filter.search.is_some()) {
        return Err(AppError::NotFound);
    }
    let figures = match &asked {
        Ok(asked) => Some(figures(state, &context, &asked.filter).await?),
        Err(_) => None,
    };
    let Enterprise { id, name, uscc, .. } = &context.enterprise;
    Ok(StatisticsView {
        enterprise: *id,
        name: name.clone(),
        uscc: uscc.as_str().to_owned(),
        requests,
        alerts: if context.may.people { Some(alert::answer::open_count(state, scope).await?) } else { None },
        may: context.may,
        unread: tell::unread(state, scope.viewer()).await?,
        bar: context.bar(link::statistics(*id), asked.as_ref()),
        figures,
    })
}

async fn counted(state: &AppState, context: &Context, filter: &Filter) -> Result<Figures, StoreError> {
    let figures = context.versions.iter().flat_map(|version| &version.statistics).flat_map(|group| &group.figures);
    let questions: BTreeSet<String> = figures.map(|figure| figure.question.clone()).collect();
    let today = context.enterprise.today(&state.clock);
    state.censuses.figures(&context.sight, context.looked(filter), today, questions.into_iter().collect()).await
}

async fn figures(state: &AppState, context: &Context, filter: &Filter) -> Result<FiguresView, StoreError> {
    let now = state.clock.now();
    let figures = counted(state, context, filter).await?;
    let everyone = Filter { period: filter.period, to_verify: filter.to_verify, ..Filter::default() };
    let linked = |count, filter: &Filter| Linked { count, people: context.people(filter) };
    Ok(FiguresView {
        as_of: context.local(now),
        declared: linked(figures.declared, &everyone),
        matched: filter.narrows().then(|| linked(figures.matched, filter)),
        abnormal: (filter.state.is_none() && figures.matched > 0)
            .then(|| linked(figures.abnormal, &filter.in_state(Some(State::Abnormal)))),
        to_verify: (!filter.to_verify && figures.apart > 0).then(|| linked(figures.apart, &everyone.with_standing(true))),
        unconfirmed: (figures.unconfirmed > 0)
            .then(|| context.roster(figures.unconfirmed, &link::roster(context.enterprise.id), UNCONFIRMED)),
        attendance: figures
            .attendance
            .map(|attendance| (attendance, context.roster(attendance.share.missing(), &link::absent(context.enterprise.id), ""))),
        on_behalf: (figures.on_behalf > 0).then(|| linked(figures.on_behalf, &filter.with_on_behalf(true))),
        questionnaires: questionnaires(context, filter, &figures.questionnaires, &link::statistics(context.enterprise.id)),
        groups: groups(context, filter, &figures),
    })
}

/// What the questionnaire counts of a filter, in both languages: of the same people at the same time.
pub(super) struct Counted {
    pub as_of: LocalTime,
    pub declared: u32,
    /// The questionnaire that is looked at, and how many answered it.
    pub title: Text,
    pub under: u32,
    /// Each heading with its figures.
    pub groups: Vec<(Text, Vec<CountedFigure>)>,
}

/// One figure in both languages.
pub(super) struct CountedFigure {
    pub zh: FigureView,
    pub en: FigureView,
    pub rows: Rows,
}

/// What a figure's rows are, and how they are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// Every choice of the form, chosen or not.
    Choices,
    /// What was answered, in an order that says nothing of how often: days, the latest first.
    Days,
    /// The places that were answered, the most frequent first.
    Places,
}

impl Counted {
    pub async fn of(state: &AppState, context: &Context, filter: &Filter) -> Result<Self, StoreError> {
        let [zh, en] = [Language::Zh, Language::En].map(|language| Context { language, ..context.clone() });
        let figures = counted(state, &zh, filter).await?;
        let one = |shown: &Figure| {
            let count = figures.counts.get(&shown.question)?;
            let question = zh.questionnaire.question(&shown.question)?;
            let rows = match question.kind {
                Kind::Place => Rows::Places,
                Kind::Date { .. } => Rows::Days,
                // A choice that is offered no more is a row only where somebody chose it.
                _ if count.buckets.keys().any(|bucket| !is_bucket(question, bucket)) => Rows::Days,
                _ => Rows::Choices,
            };
            Some(CountedFigure { zh: figure(&zh, filter, shown, count)?, en: figure(&en, filter, shown, count)?, rows })
        };
        let groups = zh.questionnaire.statistics.iter();
        let groups = groups.map(|group| (group.heading.clone(), group.figures.iter().filter_map(one).collect())).collect();
        let under = figures.questionnaires.get(&zh.questionnaire.code).copied().unwrap_or(0);
        let title = zh.questionnaire.title.clone();
        Ok(Self { as_of: zh.local(state.clock.now()), declared: figures.declared, title, under, groups })
    }
}

fn groups(context: &Context, filter: &Filter, figures: &Figures) -> Vec<GroupView> {
    let groups = context.questionnaire.statistics.iter().map(|group| GroupView {
        heading: group.heading.get(context.language).to_owned(),
        figures: group.figures.iter().filter_map(|one| figure(context, filter, one, figures.counts.get(&one.question)?)).collect(),
    });
    let mut groups: Vec<GroupView> = groups.collect();
    let earlier = earlier(context, filter, figures);
    if !earlier.is_empty() {
        groups.push(GroupView { heading: tr!(statistics.earlier_versions).to_owned(), figures: earlier });
    }
    if !context.departments.is_empty() {
        let figures = vec![departments_figure(context, filter, &figures.departments)];
        groups.push(GroupView { heading: tr!(statistics.department).to_owned(), figures });
    }
    groups
}

/// Questions that the newest version asks no more, and that somebody has answered.
fn earlier(context: &Context, filter: &Filter, figures: &Figures) -> Vec<FigureView> {
    let mut known: BTreeSet<&str> = context.questionnaire.questions().map(|question| &*question.code).collect();
    let older = context.versions.iter().skip(1).flat_map(|version| &version.statistics).flat_map(|group| &group.figures);
    let figures = older.filter(|figure| known.insert(&figure.question)).filter_map(|one| {
        let count = figures.counts.get(&one.question).filter(|count| !count.buckets.is_empty())?;
        let title = context.question(&one.question)?.text.get(context.language).to_owned();
        Some(FigureView { title: Some(title), ..figure(context, filter, one, count)? })
    });
    figures.collect()
}

/// The same of a page that shows no figures.
pub(super) async fn questionnaires_of(
    state: &AppState,
    context: &Context,
    filter: &Filter,
    path: &str,
) -> Result<Option<QuestionnairesView>, StoreError> {
    let today = context.enterprise.today(&state.clock);
    let figures = state.censuses.figures(&context.sight, context.looked(filter), today, Vec::new()).await?;
    Ok(questionnaires(context, filter, &figures.questionnaires, path))
}

/// How many answered which questionnaire; nothing where nobody answered another than the one that is looked at.
fn questionnaires(context: &Context, filter: &Filter, counts: &BTreeMap<String, u32>, path: &str) -> Option<QuestionnairesView> {
    let (in_force, looked_at) = (&context.enterprise.questionnaire, &context.questionnaire.code);
    let gone = context.versions.is_empty();
    let other = |(code, count): (&String, &u32)| OtherQuestionnaire {
        title: context.title_of(code),
        count: *count,
        link: (context.catalogue.newest(code).is_some())
            .then(|| link::with_query(path, filter.under((code != in_force).then_some(code.as_str())))),
    };
    let others: Vec<_> = counts.iter().filter(|(code, _)| *code != looked_at).map(other).collect();
    (gone || filter.questionnaire.is_some() || !others.is_empty()).then(|| QuestionnairesView {
        title: context.title_of(looked_at),
        count: counts.get(looked_at).copied().unwrap_or(0),
        in_force: looked_at == in_force,
        gone,
        others,
    })
}

/// Every department in sight, and those who have none where there are any.
fn departments_figure(context: &Context, filter: &Filter, count: &DepartmentCount) -> FigureView {
    let of = |department| count.people.get(&department).copied().unwrap_or(0);
    let chosen = |department| filter.departments.contains(&department);
    let without = (of(None) > 0 || chosen(None)).then_some(None);
    let row = |department: Option<DepartmentId>| RowView {
        label: department_name(&context.departments, department),
        count: of(department),
        people: context.people(&filter.of_department(department)),
        toggle: link::with_query(&link::statistics(context.enterprise.id), filter.department_toggled(department)),
        chosen: chosen(department),
    };
    FigureView {
        title: None,
        of: count.of,
        several: false,
        filtered: !filter.departments.is_empty(),
        first: u32::try_from(FIRST_DEPARTMENTS).unwrap_or(u32::MAX),
        rows: context.departments.iter().map(|department| Some(department.id)).chain(without).map(row).collect(),
    }
}

fn figure(context: &Context, filter: &Filter, figure: &Figure, count: &Count) -> Option<FigureView> {
    let question = context.question(&figure.question)?;
    let buckets = buckets(question, figure, filter, &count.buckets);
    let open_ended = matches!(question.kind, Kind::Place | Kind::Date { .. });
    let first = if open_ended { FIRST_ROWS } else { buckets.len() };
    let row = |bucket: String| {
        let words = row_label(question, figure, &bucket, context.language).or_else(|| context.bucket_words(&question.code, &bucket));
        // What no version knows any more cannot be asked for either.
        let known = words.is_some();
        let toggle = link::with_query(&link::statistics(context.enterprise.id), filter.toggled(&question.code, &bucket));
        RowView {
            count: count.buckets.get(&bucket).copied().unwrap_or(0),
            people: if known { context.people(&filter.narrowed(&question.code, &bucket)) } else { String::new() },
            toggle: if known { toggle } else { String::new() },
            chosen: filter.has(&question.code, &bucket),
            label: words.unwrap_or(bucket),
        }
    };
    Some(FigureView {
        title: figure_title(figure, context.language).map(str::to_owned),
        of: count.of,
        several: matches!(question.kind, Kind::SomeOf(_)),
        filtered: filter.answers.contains_key(&question.code),
        first: u32::try_from(first).unwrap_or(u32::MAX),
        rows: buckets.into_iter().map(row).collect(),
    })
}

/// The rows of a figure: every choice in the order of the form, the latest day first, the most frequent place first.
fn buckets(question: &Question, figure: &Figure, filter: &Filter, counts: &BTreeMap<String, u32>) -> Vec<String> {
    // What an earlier version offered is not dropped.
    let earlier = || counts.keys().filter(|bucket| !is_bucket(question, bucket)).cloned();
    if !figure.only.is_empty() {
        return figure.only.iter().cloned().chain(earlier()).collect();
    }
    let mut met: Vec<String> = counts.keys().cloned().collect();
    let chosen = filter.answers.get(&question.code).into_iter().flatten();
    met.extend(chosen.filter(|bucket| !counts.contains_key(*bucket)).cloned());
    match &question.kind {
        Kind::Date { .. } => met.sort_unstable_by(|one, other| other.cmp(one)),
        Kind::Place => met.sort_by_key(|bucket| std::cmp::Reverse(counts.get(bucket).copied().unwrap_or(0))),
        _ => return buckets_in_order(question).into_iter().chain(earlier()).collect(),
    }
    met
}

pub async fn people(state: &AppState, scope: &Scope, query: &str, language: Language) -> Result<PeopleView> {
    let (context, asked) = Context::load(state, scope, query, language).await?;
    let list = match &asked {
        Ok(asked) => Some(list(state, &context, asked).await?),
        Err(_) => None,
    };
    let Enterprise { id, name, .. } = &context.enterprise;
    let bar = context.bar(link::people(*id), asked.as_ref());
    Ok(PeopleView { enterprise: *id, name: name.clone(), bar, export: context.may.export, list })
}

async fn list(state: &AppState, context: &Context, asked: &Asked) -> Result<ListView, StoreError> {
    let now = state.clock.now();
    let filter = &asked.filter;
    let today = context.enterprise.today(&state.clock);
    let people = state.censuses.people(&context.sight, context.looked(filter), today, asked.after).await?;
    let other = Filter { period: filter.period, to_verify: !filter.to_verify, ..Filter::default() };
    let People { declared, matched, apart, as_of, page } = people;
    let next = page.next.map(|after| Asked { filter: filter.clone(), after: Some(after) });
    Ok(ListView {
        as_of: context.local(as_of.unwrap_or(now)),
        declared,
        matched,
        apart: (filter.to_verify || apart > 0).then(|| Linked { count: apart, people: context.people(&other) }),
        to_verify: filter.to_verify,
        by_department: !context.departments.is_empty(),
        lines: page.items.into_iter().map(|line| person_line(context, asked, line)).collect(),
        first: asked.after.map(|_| context.people(filter)),
        next: next.map(|asked| link::with_query(&link::people(context.enterprise.id), asked)),
    })
}

fn person_line(context: &Context, asked: &Asked, line: Line) -> PersonLine {
    PersonLine {
        link: link::with_query(&link::person(context.enterprise.id, line.employee), led_from(&asked.to_string())),
        name: line.name,
        document: masked(&line.document, 2, 2),
        phone: masked_phone(&line.phone),
        department: department_name(&context.departments, line.department),
        alert: line.alert,
        on_behalf: line.on_behalf,
        unmeasured: line.temperature.is_none() && context.measures(&line.questionnaire),
        temperature: line.temperature.map(|celsius| celsius.to_string()),
        submitted_at: context.local(line.submitted_at),
    }
}

/// A mainland number without its country, as people know it.
fn masked_phone(phone: &str) -> String {
    masked(national(phone), 3, 4)
}

pub(super) fn national(phone: &str) -> &str {
    phone.strip_prefix("+86").unwrap_or(phone)
}

fn local_time(enterprise: &Enterprise, moment: Moment) -> LocalTime {
    let text = enterprise.local_time(moment);
    let (date, time) = text.split_once(' ').unwrap_or((&text, ""));
    LocalTime { date: date.to_owned(), time: time.to_owned() }
}

/// One person. Document and telephone in full only where that was asked for by itself (`numbers`): it is written down by itself, too.
/// `may_move`: whoever asks may put the employee into another department.
pub async fn person(
    state: &AppState,
    scope: &Scope,
    employee: EmployeeId,
    query: &str,
    may_move: bool,
    language: Language,
    numbers: bool,
) -> Result<PersonView> {
    let Wanted { declaration: wanted, list } = Wanted::parse(query)?;
    let enterprise = registry::load(state, scope.tenant()).await?;
    let sight = Sight::of(scope);
    let file = state.censuses.person(&sight, employee).await?.ok_or(AppError::NotFound)?;
    let shown = match wanted {
        None => file.declarations.first(),
        Some(change) => Some(file.declarations.iter().find(|filed| filed.change == change).ok_or(AppError::NotFound)?),
    };
    let action = if numbers { Action::ViewNumbers } else { Action::ViewDetails };
    entry::look(state, scope, action, employee).await?;
    let here = link::with_query(&link::person(enterprise.id, employee), led_from(&list));
    let departments = departments(state, &sight).await?;
    let department = (!departments.is_empty()).then(|| DepartmentView {
        name: department_name(&departments, file.department),
        form: may_move.then(|| DepartmentForm {
            enterprise: enterprise.id,
            employee,
            current: file.department,
            departments: departments.clone(),
            here: here.clone(),
        }),
    });
    let may_confirm = may_move && file.to_verify && standing::may_confirm(state, scope, employee).await?;
    let join = if list.is_empty() { '?' } else { '&' };
    let history = file.declarations.iter().map(|filed| HistoryLine {
        day: filed.day,
        submitted_at: local_time(&enterprise, filed.submitted_at),
        replaced: filed.replaced,
        shown: shown.is_some_and(|shown| shown.change == filed.change),
        link: format!("{here}{join}{DECLARATION}={}", filed.change),
    });
    Ok(PersonView {
        back: link::with_query(&link::people(enterprise.id), &list),
        history: history.collect(),
        alerts: alert::answer::alerts_of(state, scope, employee, language).await?,
        declaration: shown.map(|filed| declaration(&state.catalogue, &enterprise, filed, language)),
        document: if numbers { file.document } else { masked(&file.document, 2, 2) },
        phone: if numbers { national(&file.phone).to_owned() } else { masked_phone(&file.phone) },
        numbers: (!numbers).then(|| link::with_query(&link::person(enterprise.id, employee), query.trim_start_matches('?'))),
        declare: link::declare_for(enterprise.id, employee),
        to_verify: file.to_verify,
        confirm: may_confirm.then_some((enterprise.id, employee)),
        department,
        name: file.name,
    })
}

/// What the address of a person's page asks for.
#[derive(Default)]
struct Wanted {
    declaration: Option<i64>,
    /// The query of the list to go back to.
    list: String,
}

impl Wanted {
    fn parse(query: &str) -> Result<Self> {
        let mut wanted = Self::default();
        for (key, value) in query::read(query).map_err(|_| AppError::BadRequest)? {
            match &*key {
                DECLARATION => wanted.declaration = Some(value.parse().map_err(|_| AppError::NotFound)?),
                LIST => wanted.list = Asked::parse(&value).map_err(|_| AppError::BadRequest)?.to_string(),
                _ => return Err(AppError::BadRequest),
            }
        }
        Ok(wanted)
    }
}

/// For the way back; nothing where the list was not filtered.
fn led_from(list: &str) -> String {
    if list.is_empty() { String::new() } else { format!("{LIST}={}", link::encode(list)) }
}

/// A declaration in the words of the version that it answered, or else in those of the newest, which the page then says.
fn declaration(catalogue: &Catalogue, enterprise: &Enterprise, filed: &FiledDeclaration, language: Language) -> DeclarationView {
    let reader = Reader::new(catalogue, &filed.questionnaire, i64::from(filed.version));
    let record = &filed.record;
    let alert = |code: &String| {
        let (level, reason) = reader.alert(code);
        (level, reason.get(language).to_owned())
    };
    DeclarationView {
        submitted_at: local_time(enterprise, filed.submitted_at),
        replaced: filed.replaced,
        level: record.level,
        on_behalf: record.on_behalf.as_ref().map(|on_behalf| on_behalf.name.clone()),
        residence: record.residence.clone(),
        alerts: record.alerts.iter().map(alert).collect(),
        unmeasured: is_unmeasured(&record.answers),
        sections: sections(&reader.sections(&record.answers), filed, language),
        other_version: !reader.exact,
    }
}

fn sections(sections: &[Section], filed: &FiledDeclaration, language: Language) -> Vec<SectionView> {
    let line = |question: &Question| {
        let answer = filed.record.answers.get(&question.code)?;
        Some((question.text.get(language).to_owned(), answer_text(question, answer, language)))
    };
    let mut ordered: Vec<&Section> = sections.iter().collect();
    ordered.sort_by_key(|section| !section.questions.iter().any(|question| question.always_ask));
    let sections = ordered.into_iter().map(|section| SectionView {
        title: section.title.get(language).to_owned(),
        answers: section.questions.iter().filter_map(line).collect(),
    });
    sections.filter(|section| !section.answers.is_empty()).collect()
}
