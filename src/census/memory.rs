//! One enterprise in memory, and what it can be asked.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    ops::{Deref, Range},
    sync::{Arc, Mutex, PoisonError},
};

use hashbrown::HashTable;
use roaring::RoaringBitmap;
use zeroize::{Zeroize, Zeroizing};

use super::{
    decode::{Bucket, Declarations, EmployeeFact},
    index::{Index, Span, in_halves},
    roster::{Decision, EntryFact, Place, Roster},
    sight::Sight,
    texts::Texts,
};
use crate::{
    account::model::DocumentKind,
    id::{DepartmentId, EmployeeId},
    paging::{PAGE, Page},
    period::{Day, Moment},
    questionnaire::model::{AlertLevel, Celsius},
    roster::model::Attendance,
    statistics::model::{Cursor, Looked, State},
};

/// How many periods beside "all" are kept counted.
const KEPT: usize = 6;
/// From so many digits on a search looks at documents and phones.
const DIGITS: usize = 4;

/// Everyone who declares to an enterprise, and everything they declared.
#[derive(Default)]
pub struct Enterprise {
    /// The last change taken in.
    seen: i64,
    persons: Vec<Person>,
    /// Their numbers, by the hash of their ids.
    by_id: HashTable<u32>,
    to_verify: RoaringBitmap,
    pub(super) roster: Roster,
    /// 待确认: on no line of the roster.
    unconfirmed: RoaringBitmap,
    rejected: RoaringBitmap,
    /// By the number of a department, or 0 for none: its people.
    departments: BTreeMap<u32, RoaringBitmap>,
    /// In the order of their changes.
    declared: Vec<Declared>,
    /// The buckets of all declarations, one after the other, each in as many bytes as it needs.
    answers: Vec<u8>,
    /// By day, places in `declared`.
    by_day: BTreeMap<Day, Vec<u32>>,
    buckets: Buckets,
    /// "All" comes first and stays; of the others the one used last stands last.
    indexes: Mutex<Vec<Arc<Index>>>,
    /// How many declarations are taken in at first.
    first: usize,
}

/// Who someone is, and what they are counted by.
pub(super) struct Person {
    pub id: EmployeeId,
    texts: Texts,
    kind: DocumentKind,
    /// The department that they are in by themselves, or 0.
    own: u32,
    /// The one that they are counted in: their line's, where it says one.
    pub department: u32,
    /// One more than the number of their line, or 0.
    pub line: u32,
    /// When they declared last.
    pub last: Option<Day>,
    /// Neither to be verified nor rejected.
    pub counts: bool,
}

/// A declaration as it is counted.
pub struct Declared {
    pub person: u32,
    pub day: Day,
    pub change: i64,
    submitted_at: Moment,
    /// Where its answers begin.
    answers: usize,
    pub temperature: Option<Celsius>,
    pub alert: Option<AlertLevel>,
}

impl Declared {
    /// Whether it says so.
    pub fn is(&self, state: State) -> bool {
        match state {
            State::Abnormal => self.alert.is_some(),
            State::Fever => self.temperature.is_some_and(|measured| measured >= Celsius::FEVER),
        }
    }
}

/// Numbers for buckets, in the order in which they were met.
#[derive(Default)]
struct Buckets {
    numbers: BTreeMap<Bucket, u32>,
    /// By its number, each questionnaire's code.
    codes: HashMap<u32, String>,
}

/// What a filter comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Persons with a declaration in the period.
    pub declared: u32,
    /// Of these, the ones whom the filter leaves.
    pub matched: u32,
    /// Of the ones whom the filter leaves, its part of the state aside, those whose answers raised an alert.
    pub abnormal: u32,
    /// Persons of the other kind: those to be verified, or the verified ones when it is those that are looked at.
    pub apart: u32,
    /// By question of the questionnaire that is looked at, as asked for.
    pub counts: BTreeMap<String, Count>,
    /// How many answered each questionnaire, of those whom the filter leaves, all that it says of questionnaires and answers aside.
    pub questionnaires: BTreeMap<String, u32>,
    /// For how many of those whom the filter leaves, that part of it aside, somebody else declared.
    pub on_behalf: u32,
    pub departments: DepartmentCount,
    /// Persons with a declaration in the period who are on no line of the roster, and in no other figure.
    pub unconfirmed: u32,
    /// What today comes to; none where there is neither a roster nor a head-count.
    pub attendance: Option<Attendance>,
}

/// How many people of each department there are among those whom the filter leaves, its departments aside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DepartmentCount {
    pub of: u32,
    /// Only departments with anyone of these; `None` stands for no department.
    pub people: BTreeMap<Option<DepartmentId>, u32>,
}

/// How one question was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Count {
    /// The persons that are counted: those whom the filter leaves, this question's own part of it aside, and who answered the
    /// questionnaire that is looked at. So each figure is the number of people that its link leads to.
    pub of: u32,
    /// Only buckets with anyone in them.
    pub buckets: BTreeMap<String, u32>,
}

/// One line of a list of people.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    pub employee: EmployeeId,
    pub name: String,
    pub document: String,
    pub phone: String,
    pub department: Option<DepartmentId>,
    /// The code of the one that was answered.
    pub questionnaire: String,
    pub on_behalf: bool,
    pub change: i64,
    pub day: Day,
    pub submitted_at: Moment,
    pub temperature: Option<Celsius>,
    pub alert: Option<AlertLevel>,
}

/// A declaration that a list in full takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    pub change: i64,
    /// A later one of the same person and day counts instead.
    pub replaced: bool,
}

/// A page of the people of a filter.
#[derive(Clone, PartialEq, Eq)]
pub struct People {
    pub declared: u32,
    pub matched: u32,
    /// As in [`Figures::apart`].
    pub apart: u32,
    /// When the newest declaration came that this list knows, where later ones are left out.
    pub as_of: Option<Moment>,
    pub page: Page<Line, Cursor>,
}

/// Names wipe themselves; what was answered is wiped here. The bitmaps are only freed: they number people whom nobody can name.
impl Drop for Enterprise {
    fn drop(&mut self) {
        self.answers.zeroize();
        for declared in &mut self.declared {
            declared.temperature.zeroize();
        }
    }
}

impl Enterprise {
    pub fn new() -> Self {
        let enterprise = Self::default();
        let all = Index::build(&enterprise, Span::live(None));
        enterprise.lock().push(Arc::new(all));
        enterprise
    }

    /// For so many people, and so many declarations that are taken in at first.
    pub fn with_room(people: usize, declarations: usize) -> Self {
        let mut enterprise = Self::new();
        enterprise.persons.reserve_exact(people);
        enterprise.by_id.reserve(people, |_| 0);
        enterprise.declared.reserve_exact(declarations);
        enterprise.first = declarations;
        enterprise
    }

    pub const fn seen(&self) -> i64 {
        self.seen
    }

    pub fn persons(&self) -> usize {
        self.persons.len()
    }

    pub fn buckets(&self) -> usize {
        self.buckets.numbers.len()
    }

    pub fn declared(&self, place: u32) -> &Declared {
        &self.declared[place as usize]
    }

    /// What a declaration is counted by: first its questionnaire.
    pub fn buckets_of(&self, place: u32) -> impl Iterator<Item = u32> {
        let first = self.declared(place).answers;
        let end = self.declared.get(place as usize + 1).map_or(self.answers.len(), |next| next.answers);
        let mut bytes = &self.answers[first..end];
        std::iter::from_fn(move || read_number(&mut bytes))
    }

    fn number_of(&self, employee: EmployeeId) -> Option<u32> {
        self.by_id.find(hash(employee), |&number| self.persons[number as usize].id == employee).copied()
    }

    /// Places of the declarations of these days: by day, and within a day in the order of their changes.
    pub fn places_by_day(&self, days: Option<(Day, Day)>) -> impl Iterator<Item = u32> {
        let within = move |day: &Day| days.is_none_or(|(first, last)| (first..=last).contains(day));
        self.by_day.iter().filter(move |(day, _)| within(day)).flat_map(|(_, places)| places.iter().copied())
    }

    /// Takes in someone new, or what is new about someone.
    pub fn take_employee(&mut self, fact: EmployeeFact) {
        let (id, to_verify, person) = (fact.id, fact.to_verify, Person::new(fact));
        let number = self.number_of(id).unwrap_or_else(|| u32::try_from(self.persons.len()).unwrap_or(u32::MAX));
        if let Some(known) = self.persons.get_mut(number as usize) {
            let (department, last) = (known.department, known.last);
            *known = Person { department, last, ..person };
        } else {
            self.departments.entry(person.department).or_default().insert(number);
            make_room(&mut self.persons, 1);
            self.persons.push(person);
            let persons = &self.persons;
            self.by_id.insert_unique(hash(id), number, |&number| hash(persons[number as usize].id));
        }
        set(&mut self.to_verify, number, to_verify);
        self.link(number);
    }

    /// Takes in lines of the roster, and what was decided about people who are on none.
    pub fn take_roster(&mut self, entries: &[EntryFact], decisions: &[(EmployeeId, Decision)]) {
        for fact in entries {
            self.roster.take(fact);
        }
        for &(employee, decision) in decisions {
            self.roster.decide(employee, decision);
        }
        if !entries.is_empty() {
            self.roster.forget_departments();
            for number in 0..u32::try_from(self.persons.len()).unwrap_or(u32::MAX) {
                self.link(number);
            }
            return;
        }
        for (employee, _) in decisions {
            if let Some(number) = self.number_of(*employee) {
                self.link(number);
            }
        }
    }

    /// Finds out which line somebody is, and what follows from it.
    fn link(&mut self, number: u32) {
        let Some(person) = self.persons.get_mut(number as usize) else { return };
        if !self.roster.is_kept() && person.department == person.own {
            person.counts = !self.to_verify.contains(number);
            return;
        }
        let line = self.roster.line_of(person.id, person.kind, person.document());
        let place = self.roster.place_of(person.id, line, person.last);
        let department = self.roster.department_of(line, person.own);
        let before = std::mem::replace(&mut person.department, department);
        let to_verify = self.to_verify.contains(number);
        person.line = line.map_or(0, |line| line + 1);
        person.counts = !to_verify && place != Place::Rejected;
        if let Some(line) = line.filter(|_| !to_verify) {
            self.roster.lend_department(line, person.own);
        }
        set(&mut self.unconfirmed, number, place == Place::Unconfirmed);
        set(&mut self.rejected, number, place == Place::Rejected);
        if before != department {
            if let Some(people) = self.departments.get_mut(&before) {
                people.remove(number);
            }
            self.departments.entry(department).or_default().insert(number);
        }
    }

    /// Takes in declarations, in the order of their changes. Those of someone unknown are left out: their rows were deleted.
    pub fn take_declarations(&mut self, chunks: &[Declarations]) {
        let first_new = self.declared.len();
        for chunk in chunks {
            self.take_chunk(chunk);
        }
        let fresh = u32::try_from(first_new).unwrap_or(u32::MAX)..u32::try_from(self.declared.len()).unwrap_or(u32::MAX);
        self.bring_indexes_up_to_date(fresh);
    }

    /// Takes in declarations of a first load, which are not counted yet.
    pub fn take_first(&mut self, chunk: &Declarations) {
        self.take_chunk(chunk);
    }

    /// Counts all that was taken in by a first load.
    pub fn count(&mut self) {
        let all = Index::build(self, Span::live(None));
        *self.lock() = vec![Arc::new(all)];
    }

    fn take_chunk(&mut self, chunk: &Declarations) {
        let numbers: Vec<u32> = chunk.buckets.iter().map(|bucket| self.buckets.number(bucket)).collect();
        let mut rest = &*chunk.answers;
        make_room(&mut self.declared, chunk.facts.len());
        for fact in &chunk.facts {
            let (answers, others) = rest.split_at(fact.answers);
            rest = others;
            let Some(person) = self.number_of(fact.employee) else { continue };
            let place = u32::try_from(self.declared.len()).unwrap_or(u32::MAX);
            self.declared.push(Declared {
                person,
                day: fact.day,
                change: fact.change,
                submitted_at: fact.submitted_at,
                answers: self.answers.len(),
                temperature: fact.temperature,
                alert: fact.alert,
            });
            make_room(&mut self.answers, MOST_BYTES * answers.len());
            for &local in answers {
                write_number(&mut self.answers, numbers[local as usize]);
            }
            let of_day = self.by_day.entry(fact.day).or_default();
            make_room(of_day, 1);
            of_day.push(place);
            self.note_day(person, fact.day);
        }
        self.make_room_for_answers();
    }

    /// After the first of many declarations: about as much room as all will need.
    fn make_room_for_answers(&mut self) {
        let (taken, left) = (self.declared.len(), self.first.saturating_sub(self.declared.len()));
        if taken > 0 && left > 0 && self.answers.capacity() < self.first {
            self.answers.reserve_exact(self.answers.len().div_ceil(taken) * left);
        }
    }

    /// Who declares although their line has ended is to be confirmed.
    fn note_day(&mut self, number: u32, day: Day) {
        let Some(person) = self.persons.get_mut(number as usize) else { return };
        if person.last.is_none_or(|last| last < day) {
            person.last = Some(day);
            if let Some(line) = person.line.checked_sub(1)
                && self.roster.entries[line as usize].left.is_some()
            {
                self.link(number);
            }
        }
    }

    /// A few new declarations are taken in one by one; many are counted anew, which is quicker.
    fn bring_indexes_up_to_date(&mut self, fresh: Range<u32>) {
        let mut indexes = std::mem::take(&mut *self.lock());
        if fresh.len() > self.persons.len() / 8 {
            indexes.truncate(1);
            for index in &mut indexes {
                *index = Arc::new(Index::build(self, index.span));
            }
        } else {
            for index in &mut indexes {
                let index = Arc::make_mut(index);
                for place in fresh.clone() {
                    index.take(self, place);
                }
            }
        }
        *self.lock() = indexes;
    }

    /// Everything up to this change is in.
    pub const fn set_seen(&mut self, change: i64) {
        self.seen = change;
    }

    /// Roughly, in bytes.
    pub fn size(&self) -> usize {
        let text: usize = self.persons.iter().map(|person| person.texts.size()).sum();
        let places: usize = self.by_day.values().map(|places| places.capacity() * size_of::<u32>()).sum();
        let indexes: usize = self.lock().iter().map(|index| index.size()).sum();
        let departments: usize = self.departments.values().map(|people| people.serialized_size() + size_of::<RoaringBitmap>()).sum();
        text + places
            + indexes
            + self.roster.size()
            + departments
            + self.persons.capacity() * size_of::<Person>()
            + self.by_id.capacity() * (size_of::<u32>() + 1)
            + self.declared.capacity() * size_of::<Declared>()
            + self.answers.capacity()
            + self.buckets() * 64
    }

    /// What of it a sight reaches: the only way to ask it anything.
    pub fn seen_by(&self, sight: &Sight) -> Seen<'_> {
        let of = |departments: &[DepartmentId]| {
            let people = departments.iter().filter_map(|department| self.departments.get(&number(Some(*department))));
            people.fold(RoaringBitmap::new(), |sum, people| sum | people)
        };
        let departments = sight.departments().map(|departments| departments.iter().map(|department| number(Some(*department))).collect());
        Seen { enterprise: self, people: sight.departments().map(of), departments }
    }

    pub(super) fn person(&self, number: u32) -> &Person {
        &self.persons[number as usize]
    }

    pub(super) fn all_persons(&self) -> &[Person] {
        &self.persons
    }

    /// Who declared on a day, each as often as they did.
    pub(super) fn persons_of(&self, day: Day) -> impl Iterator<Item = u32> {
        self.by_day.get(&day).into_iter().flatten().map(|&place| self.declared(place).person)
    }

    /// The days on which anyone declared, the oldest first.
    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        self.by_day.keys().copied()
    }

    /// What was declared on a day, in the order of its changes.
    pub(super) fn declared_on(&self, day: Day) -> impl DoubleEndedIterator<Item = &Declared> {
        self.by_day.get(&day).into_iter().flatten().map(|&place| self.declared(place))
    }

    pub(super) fn is_to_verify(&self, person: u32) -> bool {
        self.to_verify.contains(person)
    }

    pub(super) const fn unconfirmed(&self) -> &RoaringBitmap {
        &self.unconfirmed
    }

    pub(super) const fn rejected(&self) -> &RoaringBitmap {
        &self.rejected
    }

    /// The counted span, from those that are kept, or counted now.
    fn index(&self, span: Span) -> Arc<Index> {
        if let Some(index) = self.kept(span) {
            return index;
        }
        let index = Arc::new(Index::build(self, span));
        let mut indexes = self.lock();
        if indexes.len() > KEPT {
            indexes.remove(1);
        }
        indexes.push(index.clone());
        index
    }

    fn kept(&self, span: Span) -> Option<Arc<Index>> {
        let mut indexes = self.lock();
        let place = indexes.iter().position(|index| index.span == span)?;
        if place > 0 {
            indexes[place..].rotate_left(1);
            return indexes.last().cloned();
        }
        indexes.first().cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Index>>> {
        self.indexes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An enterprise as far as someone may see it.
pub struct Seen<'a> {
    pub(super) enterprise: &'a Enterprise,
    /// None: everyone.
    people: Option<RoaringBitmap>,
    /// The same as numbers of departments; none: all.
    pub(super) departments: Option<Vec<u32>>,
}

impl Seen<'_> {
    /// Counts the people of a filter, and how they answered these questions.
    pub fn figures(&self, filter: &Looked, today: Day, questions: &[String]) -> Figures {
        let index = self.enterprise.index(Span::live(filter.period.days(today)));
        let found = Matches::new(self, &index, filter);
        let under = self.enterprise.buckets.under(&filter.looked_at).and_then(|number| index.bucket(number));
        let count = |question: &String| (question.clone(), self.count(&index, &found, &filter.looked_at, question, under));
        let counts = questions.iter().map(count);
        Figures {
            declared: len(&found.everyone),
            matched: len(&found.all()),
            abnormal: u32::try_from(found.all_but(Part::State).intersection_len(index.state(State::Abnormal))).unwrap_or(u32::MAX),
            apart: found.apart,
            counts: counts.collect(),
            questionnaires: self.count_questionnaires(&index, &found),
            on_behalf: self.count_on_behalf(&index, &found),
            departments: self.count_departments(&found),
            unconfirmed: found.unconfirmed,
            attendance: self.attendance(today),
        }
    }

    fn count(&self, index: &Index, found: &Matches<'_>, code: &str, question: &str, under: Option<&RoaringBitmap>) -> Count {
        let Some(under) = under else { return Count::default() };
        let people = found.all_but(Part::Question(question)) & under;
        let buckets = self.enterprise.buckets.of(code, question).filter_map(|(bucket, number)| {
            let count = u32::try_from(index.bucket(number)?.intersection_len(&people)).unwrap_or(u32::MAX);
            (count > 0).then(|| (bucket.to_owned(), count))
        });
        Count { of: len(&people), buckets: buckets.collect() }
    }

    fn count_questionnaires(&self, index: &Index, found: &Matches<'_>) -> BTreeMap<String, u32> {
        let people = found.whatever_was_answered();
        let count = |(number, code): (&u32, &String)| {
            let count = u32::try_from(index.bucket(*number)?.intersection_len(&people)).unwrap_or(u32::MAX);
            (count > 0).then(|| (code.clone(), count))
        };
        self.enterprise.buckets.codes.iter().filter_map(count).collect()
    }

    fn count_on_behalf(&self, index: &Index, found: &Matches<'_>) -> u32 {
        let Some(bitmap) = self.enterprise.buckets.on_behalf().and_then(|number| index.bucket(number)) else { return 0 };
        u32::try_from(found.all_but(Part::OnBehalf).intersection_len(bitmap)).unwrap_or(u32::MAX)
    }

    fn count_departments(&self, found: &Matches<'_>) -> DepartmentCount {
        let people = found.all_but(Part::Departments);
        DepartmentCount { of: len(&people), people: self.by_department(&people) }
    }

    /// How many people each department has, whether they declared or not.
    pub fn departments(&self) -> BTreeMap<Option<DepartmentId>, u32> {
        let all = || (0..u32::try_from(self.enterprise.persons()).unwrap_or(u32::MAX)).collect();
        self.by_department(&self.people.clone().unwrap_or_else(all))
    }

    fn by_department(&self, people: &RoaringBitmap) -> BTreeMap<Option<DepartmentId>, u32> {
        let count = |(&number, of): (&u32, &RoaringBitmap)| {
            let count = u32::try_from(of.intersection_len(people)).unwrap_or(u32::MAX);
            (count > 0).then(|| (department(number), count))
        };
        self.enterprise.departments.iter().filter_map(count).collect()
    }

    /// Of these, the people who are in sight.
    pub(super) fn among<'b>(&self, people: &'b RoaringBitmap) -> Cow<'b, RoaringBitmap> {
        self.people.as_ref().map_or(Cow::Borrowed(people), |seen| Cow::Owned(people & seen))
    }

    /// The people of a filter, whoever declared last first.
    pub fn people(&self, filter: &Looked, today: Day, after: Option<Cursor>) -> People {
        let enterprise = self.enterprise;
        let until = after.map_or(i64::MAX, |after| if after.as_of >= enterprise.seen { i64::MAX } else { after.as_of });
        let index = enterprise.index(Span { days: filter.period.days(today), until });
        let found = Matches::new(self, &index, filter);
        let matched = found.all();
        let before = after.map_or(i64::MAX, |after| after.last);
        let mut lines: Vec<(i64, u32)> = matched
            .iter()
            .filter_map(|person| index.place(person))
            .map(|place| (enterprise.declared(place).change, place))
            .filter(|(change, _)| *change < before)
            .collect();
        let more = lines.len() > PAGE;
        if more {
            lines.select_nth_unstable_by(PAGE, |one, other| other.cmp(one));
            lines.truncate(PAGE);
        }
        lines.sort_unstable_by(|one, other| other.cmp(one));
        let as_of = after.map_or(enterprise.seen, |after| after.as_of.min(enterprise.seen));
        let next = lines.last().filter(|_| more).map(|&(last, _)| Cursor { as_of, last });
        People {
            declared: len(&found.everyone),
            matched: len(&matched),
            apart: found.apart,
            as_of: (until < enterprise.seen).then(|| self.last_submission(until)),
            page: Page { items: lines.into_iter().map(|(_, place)| enterprise.line(place)).collect(), next },
        }
    }

    /// The declarations of the people of a filter, the last made first: of each person the one that counts, or, with `every`, all that
    /// they made in the period.
    pub fn listed(&self, filter: &Looked, today: Day, every: bool) -> Vec<Listed> {
        let enterprise = self.enterprise;
        let span = Span::live(filter.period.days(today));
        let index = enterprise.index(span);
        let matched = Matches::new(self, &index, filter).all();
        let mut places: Vec<u32> = if every {
            enterprise.places_by_day(span.days).filter(|place| matched.contains(enterprise.declared(*place).person)).collect()
        } else {
            matched.iter().filter_map(|person| index.place(person)).collect()
        };
        places.sort_unstable_by_key(|place| Reverse(*place));
        let mut counted = HashSet::new();
        let listed = places.into_iter().map(|place| {
            let Declared { person, day, change, .. } = *enterprise.declared(place);
            Listed { change, replaced: every && !counted.insert((person, day)) }
        });
        listed.collect()
    }

    /// How many [`Self::listed`] gives, with the one that counts of each person, and with every one.
    pub fn count_listed(&self, filter: &Looked, today: Day) -> (u32, u32) {
        let span = Span::live(filter.period.days(today));
        let index = self.enterprise.index(span);
        let matched = Matches::new(self, &index, filter).all();
        let every = self.enterprise.places_by_day(span.days).filter(|place| matched.contains(self.enterprise.declared(*place).person));
        (len(&matched), u32::try_from(every.count()).unwrap_or(u32::MAX))
    }

    /// What a list shows of these declarations, by their changes; whoever is out of sight, or gone, is left out.
    pub fn lines_listed(&self, changes: &[i64]) -> HashMap<i64, Line> {
        let declared = &self.enterprise.declared;
        let line = |change: &i64| {
            let place = declared.binary_search_by_key(change, |declared| declared.change).ok()?;
            let in_sight = self.people.as_ref().is_none_or(|seen| seen.contains(declared[place].person));
            in_sight.then(|| Some((*change, self.enterprise.line(u32::try_from(place).ok()?))))?
        };
        changes.iter().filter_map(line).collect()
    }

    /// When the newest declaration up to a change came, of whoever is in sight.
    fn last_submission(&self, until: i64) -> Moment {
        let declared = &self.enterprise.declared;
        let end = declared.partition_point(|declared| declared.change <= until);
        let in_sight = |declared: &&Declared| self.people.as_ref().is_none_or(|seen| seen.contains(declared.person));
        declared[..end].iter().rev().find(in_sight).map_or(Moment::from_millis(0), |declared| declared.submitted_at)
    }
}

/// Who matches each part of a filter.
struct Matches<'a> {
    /// With a declaration in the period, of the standing looked at, found by the search: before any answer is looked at.
    searched: RoaringBitmap,
    everyone: RoaringBitmap,
    /// As in [`Figures::apart`].
    apart: u32,
    /// As in [`Figures::unconfirmed`].
    unconfirmed: u32,
    parts: Vec<(Part<'a>, RoaringBitmap)>,
}

/// One part of a filter, beside period, standing and search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part<'a> {
    Questionnaire,
    OnBehalf,
    Question(&'a str),
    Departments,
    State,
}

impl<'a> Matches<'a> {
    fn new(seen: &Seen<'_>, index: &Index, filter: &'a Looked) -> Self {
        let (enterprise, declared) = (seen.enterprise, seen.among(&index.declared));
        let to_verify = &(&*declared & &enterprise.to_verify) - &enterprise.rejected;
        let known = &(&*declared - &enterprise.to_verify) - &enterprise.rejected;
        let unconfirmed = u32::try_from(known.intersection_len(&enterprise.unconfirmed)).unwrap_or(u32::MAX);
        let counted = if unconfirmed > 0 { &known - &enterprise.unconfirmed } else { known };
        let (everyone, others) = if filter.to_verify { (to_verify, counted) } else { (counted, to_verify) };
        let answers = filter.answers.iter().map(|(question, buckets)| {
            let number = |bucket: &String| enterprise.buckets.answer(&filter.looked_at, question, bucket);
            let any = buckets.iter().filter_map(number).filter_map(|number| index.bucket(number));
            (Part::Question(question), any.fold(RoaringBitmap::new(), |sum, bitmap| sum | bitmap))
        });
        let departments = (!filter.departments.is_empty()).then(|| {
            let any = filter.departments.iter().filter_map(|department| enterprise.departments.get(&number(*department)));
            (Part::Departments, any.fold(RoaringBitmap::new(), |sum, people| sum | people))
        });
        let state = filter.state.map(|state| (Part::State, index.state(state).clone()));
        let questionnaire = filter.questionnaire.as_ref().map(|code| {
            let under = enterprise.buckets.under(code).and_then(|number| index.bucket(number));
            (Part::Questionnaire, under.cloned().unwrap_or_default())
        });
        let on_behalf = filter.on_behalf.then(|| {
            let bitmap = enterprise.buckets.on_behalf().and_then(|number| index.bucket(number));
            (Part::OnBehalf, bitmap.cloned().unwrap_or_default())
        });
        let parts = answers.chain(departments).chain(questionnaire).chain(on_behalf).chain(state).collect();
        let searched = match &filter.search {
            Some(search) => enterprise.search(&everyone, search),
            None => everyone.clone(),
        };
        Self { searched, everyone, apart: len(&others), unconfirmed, parts }
    }

    fn all(&self) -> RoaringBitmap {
        self.where_part(|_| true)
    }

    fn all_but(&self, left_out: Part<'_>) -> RoaringBitmap {
        self.where_part(|part| part != left_out)
    }

    fn whatever_was_answered(&self) -> RoaringBitmap {
        self.where_part(|part| matches!(part, Part::Departments | Part::OnBehalf | Part::State))
    }

    fn where_part(&self, wanted: impl Fn(Part<'_>) -> bool) -> RoaringBitmap {
        let parts = self.parts.iter().filter(|(part, _)| wanted(*part));
        parts.fold(self.searched.clone(), |people, (_, bitmap)| people & bitmap)
    }
}

impl Enterprise {
    fn line(&self, place: u32) -> Line {
        let declared = self.declared(place);
        let person = &self.persons[declared.person as usize];
        Line {
            employee: person.id,
            name: person.name().to_owned(),
            document: person.document().to_owned(),
            phone: person.phone().to_owned(),
            department: department(person.department),
            questionnaire: self.code_of(place).to_owned(),
            on_behalf: self.buckets.on_behalf().is_some_and(|number| self.buckets_of(place).any(|bucket| bucket == number)),
            change: declared.change,
            day: declared.day,
            submitted_at: declared.submitted_at,
            temperature: declared.temperature,
            alert: declared.alert,
        }
    }

    /// The questionnaire that was answered.
    fn code_of(&self, place: u32) -> &str {
        self.buckets_of(place).next().and_then(|number| self.buckets.codes.get(&number)).map_or("", String::as_str)
    }

    fn search(&self, people: &RoaringBitmap, search: &str) -> RoaringBitmap {
        let wanted = Wanted::new(search);
        let number = |person: usize| u32::try_from(person).unwrap_or(u32::MAX);
        let among = |persons: Range<usize>| -> RoaringBitmap {
            let people = people.range(number(persons.start)..number(persons.end));
            people.filter(|&person| wanted.matches(&self.persons[person as usize])).collect()
        };
        in_halves(self.persons.len(), among, |first, second| first | second)
    }
}

/// A search, made ready.
pub(super) struct Wanted {
    name: Zeroizing<String>,
    /// Digits, and the X that a document may end in; empty when the search is something else.
    number: Zeroizing<String>,
}

impl Wanted {
    pub fn new(search: &str) -> Self {
        let name = plain(search);
        let digits: String = name.chars().filter(|c| !matches!(c, '-' | '+')).collect::<String>().to_uppercase();
        let numeric = digits.chars().filter(char::is_ascii_digit).count() >= DIGITS - 1
            && digits.len() >= DIGITS
            && digits.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        Self { name: Zeroizing::new(name), number: Zeroizing::new(if numeric { digits } else { String::new() }) }
    }

    fn matches(&self, person: &Person) -> bool {
        self.is(person.name(), person.document(), person.phone())
    }

    pub fn is(&self, name: &str, document: &str, phone: &str) -> bool {
        name.contains(self.name.as_str())
            || (!is_plain(name) && plain(name).contains(self.name.as_str()))
            || (!self.number.is_empty() && (document.ends_with(self.number.as_str()) || phone.contains(self.number.as_str())))
    }
}

/// Whether [`plain`] would leave it as it is, as far as that can be told byte by byte: Chinese characters (U+4000 to U+9FFF) and whatever
/// ASCII has but capitals and spaces. Nearly all names are, and of a million nobody waits for copies.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x21..=0x40 | 0x5b..=0x7e | 0x80..=0xbf | 0xe4..=0xe9))
}

/// Lower case, half-width, and without the spaces that people put into names and numbers or leave out.
fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).flat_map(char::to_lowercase).collect()
}

impl Person {
    fn new(fact: EmployeeFact) -> Self {
        Self {
            id: fact.id,
            texts: fact.texts,
            kind: fact.kind,
            own: number(fact.department),
            department: number(fact.department),
            line: 0,
            last: None,
            counts: true,
        }
    }
}

impl Deref for Person {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        &self.texts
    }
}

/// Ids are the server's own and random: spread, they need no more.
fn hash(employee: EmployeeId) -> u64 {
    let (high, low) = employee.0.as_u64_pair();
    (high.rotate_left(32) ^ low).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The most bytes that a number takes.
const MOST_BYTES: usize = 5;

/// Seven bits a byte, the lowest first; the eighth says that more follow. Nearly all buckets take one or two.
fn write_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

/// Room for so many more. It grows by an eighth at a time, where a list of millions by itself would double.
fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(list.len() / 8).max(4));
    }
}

impl Buckets {
    fn number(&mut self, bucket: &Bucket) -> u32 {
        if let Some(number) = self.numbers.get(bucket) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(bucket.clone(), number);
        if let Bucket::Under(code) = bucket {
            self.codes.insert(number, code.clone());
        }
        number
    }

    fn on_behalf(&self) -> Option<u32> {
        self.numbers.get(&Bucket::OnBehalf).copied()
    }

    fn under(&self, code: &str) -> Option<u32> {
        self.numbers.get(&Bucket::Under(code.to_owned())).copied()
    }

    fn answer(&self, code: &str, question: &str, bucket: &str) -> Option<u32> {
        self.numbers.get(&answer(code, question, bucket)).copied()
    }

    /// The answers to a question that were met.
    fn of<'b>(&'b self, code: &'b str, question: &'b str) -> impl Iterator<Item = (&'b str, u32)> {
        let behind = self.numbers.range(answer(code, question, "")..);
        behind.map_while(move |(bucket, number)| match bucket {
            Bucket::Answer { questionnaire, question: of, bucket } if questionnaire == code && of == question => Some((&**bucket, *number)),
            _ => None,
        })
    }
}

fn answer(code: &str, question: &str, bucket: &str) -> Bucket {
    Bucket::Answer { questionnaire: code.to_owned(), question: question.to_owned(), bucket: bucket.to_owned() }
}

/// As it is kept: 0 for none. Departments are counted from 1, and far fewer than 2^32 are ever made.
pub(super) fn number(department: Option<DepartmentId>) -> u32 {
    department.map_or(0, |department| u32::try_from(department.0).unwrap_or(u32::MAX))
}

pub(super) fn department(number: u32) -> Option<DepartmentId> {
    (number > 0).then_some(DepartmentId(number.into()))
}

fn set(people: &mut RoaringBitmap, person: u32, there: bool) {
    if there {
        people.insert(person)
    } else {
        people.remove(person)
    };
}

fn len(people: &RoaringBitmap) -> u32 {
    u32::try_from(people.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{account::caller::Tenant, census::decode::DeclarationFact, id::EnterpriseId, period::Period, statistics::model::Filter};

    /// Both ask the same questions by name.
    const QUESTIONNAIRES: [&str; 2] = ["one", "other"];
    const QUESTIONS: [&str; 2] = ["city", "symptoms"];
    const BUCKETS: u32 = 4;
    const TODAY: u64 = 10;

    fn day(number: u64) -> Day {
        Day::from_ymd(2020, 2, 28).unwrap().minus_days(28 - number)
    }

    fn id(person: u32) -> EmployeeId {
        EmployeeId(Uuid::from_u128(u128::from(person)))
    }

    /// Everyone's sight, or one that is confined to these departments.
    fn sight(departments: Option<&[DepartmentId]>) -> Sight {
        Sight::new(Tenant::of_operator(EnterpriseId::from_bits(1)), departments)
    }

    impl Enterprise {
        fn figures(&self, filter: &Filter, today: Day, questions: &[String]) -> Figures {
            self.seen_by(&sight(None)).figures(&looked(filter), today, questions)
        }

        fn people(&self, filter: &Filter, today: Day, after: Option<Cursor>) -> People {
            self.seen_by(&sight(None)).people(&looked(filter), today, after)
        }
    }

    /// The first is in force.
    fn looked(filter: &Filter) -> Looked {
        let looked_at = filter.questionnaire.as_deref().unwrap_or(QUESTIONNAIRES[0]).to_owned();
        Looked { filter: filter.clone(), looked_at }
    }

    /// Departments 1 to 3, or none.
    fn of(person: u32) -> Option<DepartmentId> {
        department(person % 4)
    }

    fn employee(person: u32, to_verify: bool) -> EmployeeFact {
        let (document, phone) = (format!("99999919900101{person:03}X"), format!("+861380000{person:04}"));
        EmployeeFact {
            id: id(person),
            texts: Texts::new(&format!("员工{person} Li Ming"), &document, &phone),
            kind: DocumentKind::ResidentId,
            to_verify,
            department: of(person),
        }
    }

    /// Someone declares: who, on which day, by which questionnaire, from which city, with which symptoms.
    #[derive(Debug, Clone)]
    struct Event {
        person: u32,
        day: u64,
        questionnaire: &'static str,
        city: u32,
        symptoms: BTreeSet<u32>,
    }

    impl Event {
        /// Of the symptoms two raise alerts.
        fn alert(&self) -> Option<AlertLevel> {
            let of = |symptom: &u32| [AlertLevel::Attention, AlertLevel::Urgent].get(*symptom as usize).copied();
            self.symptoms.iter().filter_map(of).max()
        }

        /// Half of the cities are hot.
        fn temperature(&self) -> Celsius {
            Celsius(if self.city < BUCKETS / 2 { 372 } else { 373 })
        }

        fn holds(&self, question: &str, bucket: u32) -> bool {
            if question == QUESTIONS[0] { self.city == bucket } else { self.symptoms.contains(&bucket) }
        }

        fn is_under(&self, filter: &Filter) -> bool {
            self.questionnaire == looked(filter).looked_at
        }

        /// Places in the list of a chunk.
        fn buckets(&self) -> Vec<u32> {
            let first = if self.questionnaire == QUESTIONNAIRES[0] { 0 } else { 1 + 2 * BUCKETS };
            let symptoms = self.symptoms.iter().map(|symptom| first + 1 + BUCKETS + symptom);
            [first, first + 1 + self.city].into_iter().chain(symptoms).collect()
        }
    }

    fn chunk(first_change: i64, events: &[Event]) -> Declarations {
        let of = |code: &'static str| {
            let answers =
                QUESTIONS.iter().flat_map(move |question| (0..BUCKETS).map(move |bucket| answer(code, question, &bucket.to_string())));
            std::iter::once(Bucket::Under(code.to_owned())).chain(answers)
        };
        let buckets = QUESTIONNAIRES.into_iter().flat_map(of);
        let facts = (first_change..).zip(events).map(|(change, event)| DeclarationFact {
            employee: id(event.person),
            change,
            day: day(event.day),
            submitted_at: Moment::from_millis(change * 1000),
            answers: event.buckets().len(),
            temperature: Some(event.temperature()),
            alert: event.alert(),
        });
        let answers = events.iter().flat_map(Event::buckets).collect();
        Declarations { facts: facts.collect(), answers, buckets: buckets.collect() }
    }

    /// Persons below 20; those whose number divides by 7 are to be verified.
    fn enterprise(chunks: &[Vec<Event>]) -> Enterprise {
        let mut enterprise = Enterprise::new();
        for person in 0..20 {
            enterprise.take_employee(employee(person, person % 7 == 0));
        }
        let mut change = 1;
        for events in chunks {
            enterprise.take_declarations(&[chunk(change, events)]);
            change += i64::try_from(events.len()).unwrap();
            enterprise.set_seen(change - 1);
            // So that a kept period has to follow the next chunk.
            enterprise.figures(&Filter { period: Period::LastSevenDays, ..Filter::default() }, day(TODAY), &[]);
        }
        enterprise
    }

    /// The declaration that counts for each person, found the slow way.
    fn latest(events: &[Event], days: Option<(Day, Day)>) -> BTreeMap<u32, &Event> {
        let mut latest: BTreeMap<u32, &Event> = BTreeMap::new();
        for event in events.iter().filter(|event| days.is_none_or(|(first, last)| (first..=last).contains(&day(event.day)))) {
            if latest.get(&event.person).is_none_or(|earlier| earlier.day <= event.day) {
                latest.insert(event.person, event);
            }
        }
        latest
    }

    fn recount(events: &[Event], filter: &Filter) -> Figures {
        let latest = latest(events, filter.period.days(day(TODAY)));
        let of_standing = |to_verify: bool| latest.values().filter(move |event| (event.person % 7 == 0) == to_verify).collect::<Vec<_>>();
        let everyone = of_standing(filter.to_verify);
        let of_department = |event: &Event| filter.departments.is_empty() || filter.departments.contains(&of(event.person));
        let answers = |event: &Event, left_out: Option<&str>| {
            let mut asked = filter.answers.iter().filter(|(question, _)| Some(question.as_str()) != left_out);
            let holds = |question: &str, bucket: &str| event.is_under(filter) && event.holds(question, bucket.parse().unwrap());
            (filter.questionnaire.is_none() || event.is_under(filter))
                && asked.all(|(question, buckets)| buckets.iter().any(|bucket| holds(question, bucket)))
        };
        let of_state = |event: &Event| match filter.state {
            None => true,
            Some(State::Abnormal) => event.alert().is_some(),
            Some(State::Fever) => event.temperature() >= Celsius::FEVER,
        };
        let holds = |event: &Event, left_out: Option<&str>| of_department(event) && of_state(event) && answers(event, left_out);
        let count = |wanted: &dyn Fn(&Event) -> bool| u32::try_from(everyone.iter().filter(|event| wanted(event)).count()).unwrap();
        let counts = QUESTIONS.map(|question| {
            let buckets = (0..BUCKETS).map(|bucket| {
                let people = count(&|event| holds(event, Some(question)) && event.is_under(filter) && event.holds(question, bucket));
                (bucket.to_string(), people)
            });
            let of = count(&|event| holds(event, Some(question)) && event.is_under(filter));
            (question.to_owned(), Count { of, buckets: buckets.filter(|(_, people)| *people > 0).collect() })
        });
        Figures {
            declared: count(&|_| true),
            matched: count(&|event| holds(event, None)),
            abnormal: count(&|event| of_department(event) && answers(event, None) && event.alert().is_some()),
            apart: u32::try_from(of_standing(!filter.to_verify).len()).unwrap(),
            counts: BTreeMap::from(counts),
            questionnaires: QUESTIONNAIRES
                .iter()
                .map(|code| ((*code).to_owned(), count(&|event| of_department(event) && of_state(event) && event.questionnaire == *code)))
                .filter(|(_, people)| *people > 0)
                .collect(),
            on_behalf: 0,
            departments: DepartmentCount {
                of: count(&|event| of_state(event) && answers(event, None)),
                people: (0..4)
                    .map(|number| {
                        (
                            department(number),
                            count(&|event| of_state(event) && answers(event, None) && of(event.person) == department(number)),
                        )
                    })
                    .filter(|(_, people)| *people > 0)
                    .collect(),
            },
            unconfirmed: 0,
            attendance: None,
        }
    }

    fn event() -> impl Strategy<Value = Event> {
        let symptoms = prop::collection::btree_set(0..BUCKETS, 0..3);
        (0..20_u32, 0..14_u64, prop::sample::select(&QUESTIONNAIRES), 0..BUCKETS, symptoms)
            .prop_map(|(person, day, questionnaire, city, symptoms)| Event { person, day, questionnaire, city, symptoms })
    }

    fn chunks() -> impl Strategy<Value = Vec<Vec<Event>>> {
        prop::collection::vec(prop::collection::vec(event(), 0..12), 0..6)
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let period = prop_oneof![
            Just(Period::All),
            Just(Period::Today),
            Just(Period::LastSevenDays),
            (0..14_u64, 0..14_u64).prop_map(|(one, other)| Period::range(day(one), day(other))),
        ];
        let question = prop::sample::select(QUESTIONS.map(str::to_owned).to_vec());
        let buckets = prop::collection::btree_set((0..BUCKETS).prop_map(|bucket| bucket.to_string()), 1..3);
        let answers = prop::collection::btree_map(question, buckets, 0..3);
        let departments = prop::collection::btree_set((0..5_u32).prop_map(department), 0..3);
        let standing = (any::<bool>(), prop::option::of(prop::sample::select(&State::ALL[..])));
        let questionnaire = prop::option::of(prop::sample::select(&QUESTIONNAIRES).prop_map(str::to_owned));
        (period, questionnaire, answers, departments, standing).prop_map(
            |(period, questionnaire, answers, departments, (to_verify, state))| Filter {
                period,
                questionnaire,
                answers,
                departments,
                search: None,
                to_verify,
                state,
                on_behalf: false,
            },
        )
    }

    /// An enterprise of so many people, in whichever departments, of which some declared, some moved, and some declared again.
    #[derive(Debug, Clone)]
    struct Story {
        first: Vec<u32>,
        declared: Vec<Event>,
        moved: Vec<(u32, u32)>,
        later: Vec<Event>,
    }

    impl Story {
        /// With everyone, or only with those who are of one of these departments in the end.
        fn told(&self, only: Option<&[DepartmentId]>) -> Enterprise {
            let mut enterprise = Enterprise::new();
            let last = |person: u32| {
                let moved = self.moved.iter().rev().find(|(who, _)| *who == person).map(|(_, to)| *to);
                department(moved.unwrap_or(self.first[person as usize]))
            };
            let there = |person: u32| only.is_none_or(|only| last(person).is_some_and(|of| only.contains(&of)));
            let take = |enterprise: &mut Enterprise, person: u32, to: u32| {
                if there(person) {
                    enterprise.take_employee(EmployeeFact { department: department(to), ..employee(person, person.is_multiple_of(7)) });
                }
            };
            for (person, to) in (0_u32..).zip(&self.first) {
                take(&mut enterprise, person, *to);
            }
            enterprise.take_declarations(&[chunk(1, &self.declared)]);
            enterprise.set_seen(1000);
            enterprise.figures(&Filter { period: Period::LastSevenDays, ..Filter::default() }, day(TODAY), &[]);
            for (person, to) in &self.moved {
                take(&mut enterprise, *person, *to);
            }
            enterprise.take_declarations(&[chunk(1001, &self.later)]);
            enterprise.set_seen(2000);
            enterprise
        }
    }

    const STAFF: u32 = 130;

    fn story() -> impl Strategy<Value = Story> {
        let event = || (event(), 0..STAFF).prop_map(|(event, person)| Event { person, ..event });
        (
            prop::collection::vec(0..4_u32, STAFF as usize),
            prop::collection::vec(event(), 0..200),
            prop::collection::vec((0..STAFF, 0..4_u32), 0..20),
            prop::collection::vec(event(), 0..20),
        )
            .prop_map(|(first, declared, moved, later)| Story { first, declared, moved, later })
    }

    fn searching() -> impl Strategy<Value = Filter> {
        let search = prop_oneof![
            3 => Just(None),
            1 => (0..STAFF).prop_map(|person| Some(format!("员工{person}"))),
            1 => (0..STAFF).prop_map(|person| Some(format!("{person:03}X"))),
            1 => (0..STAFF).prop_map(|person| Some(format!("0000{person:04}"))),
            1 => Just(Some("1380000".to_owned())),
        ];
        (filter(), search).prop_map(|(filter, search)| Filter { search, ..filter })
    }

    fn questions() -> Vec<String> {
        QUESTIONS.map(str::to_owned).to_vec()
    }

    proptest! {
        #[test]
        fn what_counts_as_plain_is_left_as_it_is(text in "[ -~一-龥Ａ-Ｚ０-９　éÉЖ]{0,6}") {
            prop_assert!(!is_plain(&text) || plain(&text) == text);
        }
    }

    proptest! {
        #[test]
        fn counting_equals_a_plain_recount(chunks in chunks(), filters in prop::collection::vec(filter(), 1..6)) {
            let enterprise = enterprise(&chunks);
            let events = chunks.concat();
            for filter in &filters {
                prop_assert_eq!(enterprise.figures(filter, day(TODAY), &questions()), recount(&events, filter), "{:?}", filter);
            }
        }

        /// So each mark of a chart is the number of people behind its link.
        #[test]
        fn a_day_of_a_trend_is_what_the_statistics_of_that_day_say(chunks in chunks(), department in prop::option::of((0..4_u32).prop_map(department))) {
            let (enterprise, events) = (enterprise(&chunks), chunks.concat());
            let trend = enterprise.seen_by(&sight(None)).trend(day(0), day(13), department);
            prop_assert_eq!(trend.days.len(), 14);
            for counted in trend.days {
                let period = Period::range(counted.day, counted.day);
                let filter = Filter { period, departments: department.into_iter().collect(), ..Filter::default() };
                let figures = enterprise.figures(&filter, day(TODAY), &[]);
                prop_assert_eq!((counted.declared, counted.abnormal), (figures.matched, figures.abnormal), "{}", counted.day);
                if department.is_none() {
                    prop_assert_eq!(counted.to_verify, figures.apart);
                }
                let latest = latest(&events, Some((counted.day, counted.day)));
                let count = |wanted: &dyn Fn(&Event) -> bool| {
                    let asked = |event: &Event| !event.person.is_multiple_of(7) && department.is_none_or(|wanted| of(event.person) == wanted);
                    u32::try_from(latest.values().filter(|event| asked(event) && wanted(event)).count()).unwrap()
                };
                prop_assert_eq!(counted.fever, count(&|event| event.city >= BUCKETS / 2));
                prop_assert_eq!(counted.fever, enterprise.figures(&filter.in_state(Some(State::Fever)), day(TODAY), &[]).matched);
                prop_assert_eq!(counted.urgent, count(&|event| event.alert() == Some(AlertLevel::Urgent)));
            }
        }

        #[test]
        fn coming_in_bit_by_bit_counts_like_all_at_once(chunks in chunks(), filter in filter()) {
            let whole = enterprise(&[chunks.concat()]);
            let bits: Vec<Vec<Event>> = chunks.concat().into_iter().map(|event| vec![event]).collect();
            let figures = |enterprise: &Enterprise| enterprise.figures(&filter, day(TODAY), &questions());
            prop_assert_eq!(figures(&enterprise(&bits)), figures(&whole));
        }

        #[test]
        fn each_row_is_the_number_of_people_behind_its_link(chunks in chunks(), filter in filter()) {
            let enterprise = enterprise(&chunks);
            for (question, count) in enterprise.figures(&filter, day(TODAY), &questions()).counts {
                for (bucket, people) in count.buckets {
                    let list = enterprise.people(&filter.narrowed(&question, &bucket), day(TODAY), None);
                    prop_assert_eq!(list.matched, people);
                }
            }
            for (code, people) in enterprise.figures(&filter, day(TODAY), &[]).questionnaires {
                let list = enterprise.people(&filter.under(Some(&code)), day(TODAY), None);
                prop_assert_eq!(list.matched, people);
            }
        }

        #[test]
        fn pages_neither_repeat_nor_hide_a_line(first in prop::collection::vec(event(), 60..120), later in prop::collection::vec(event(), 0..40)) {
            // More persons than a page holds: each event is another person's, and the later ones are some of them again.
            let spread = |events: Vec<Event>| -> Vec<Event> {
                (0_u32..).zip(events).map(|(person, event)| Event { person, ..event }).collect()
            };
            let (first, later) = (spread(first), spread(later));
            let mut enterprise = Enterprise::new();
            for person in 0..120 {
                enterprise.take_employee(employee(person, false));
            }
            enterprise.take_declarations(&[chunk(1, &first)]);
            enterprise.set_seen(i64::try_from(first.len()).unwrap());
            let filter = Filter::default();
            let mut page = enterprise.people(&filter, day(TODAY), None).page;
            enterprise.take_declarations(&[chunk(1000, &later)]);
            enterprise.set_seen(999 + i64::try_from(later.len()).unwrap());
            let mut seen: Vec<EmployeeId> = page.items.iter().map(|line| line.employee).collect();
            while let Some(after) = page.next {
                page = enterprise.people(&filter, day(TODAY), Some(after)).page;
                seen.extend(page.items.iter().map(|line| line.employee));
            }
            let expected: Vec<EmployeeId> = (0..u32::try_from(first.len()).unwrap()).rev().map(id).collect();
            prop_assert_eq!(seen, expected);
        }

        /// The whole promise of a confined sight: each answer is that of an enterprise that has nobody else.
        #[test]
        fn a_confined_sight_is_that_of_a_smaller_enterprise(
            story in story(),
            departments in prop::collection::vec((1..5_i64).prop_map(DepartmentId), 0..3),
            filter in searching(),
            as_of in 900..2000_i64,
        ) {
            let (whole, part) = (story.told(None), story.told(Some(&departments)));
            let (confined, alone) = (whole.seen_by(&sight(Some(&departments))), part.seen_by(&sight(None)));
            let filter = looked(&filter);
            prop_assert_eq!(confined.figures(&filter, day(TODAY), &questions()), alone.figures(&filter, day(TODAY), &questions()));
            prop_assert_eq!(confined.departments(), alone.departments());
            prop_assert_eq!(confined.trend(day(0), day(13), None), alone.trend(day(0), day(13), None));
            for begin in [None, Some(Cursor { as_of, last: i64::MAX })] {
                let mut after = begin;
                loop {
                    let (one, other) = (confined.people(&filter, day(TODAY), after), alone.people(&filter, day(TODAY), after));
                    prop_assert!(one == other, "{:?}: {} and {} of {} and {}", after, one.matched, other.matched, one.declared, other.declared);
                    let sees = sight(Some(&departments));
                    prop_assert!(one.page.items.iter().all(|line| sees.reaches(line.department)));
                    after = one.page.next;
                    if after.is_none() {
                        break;
                    }
                }
            }
        }

        #[test]
        fn any_search_is_answered(search: String) {
            let enterprise = enterprise(&[vec![]]);
            enterprise.people(&Filter { search: Some(search), ..Filter::default() }, day(TODAY), None);
        }
    }

    fn one(person: u32, day: u64, city: u32) -> Event {
        Event { person, day, questionnaire: QUESTIONNAIRES[0], city, symptoms: BTreeSet::new() }
    }

    fn cities(enterprise: &Enterprise, period: Period) -> Vec<(String, u32)> {
        let figures = enterprise.figures(&Filter { period, ..Filter::default() }, day(TODAY), &questions());
        figures.counts[QUESTIONS[0]].buckets.clone().into_iter().collect()
    }

    #[test]
    fn the_last_of_a_day_counts_and_the_last_day_of_a_period() {
        let enterprise = enterprise(&[vec![one(1, 10, 0), one(1, 10, 1), one(2, 10, 0), one(2, 4, 2), one(3, 3, 3)]]);
        let city = |name: u32| (name.to_string(), 1);
        assert_eq!(cities(&enterprise, Period::All), [city(0), city(1), city(3)], "a later entry for an earlier day does not count");
        assert_eq!(cities(&enterprise, Period::Today), [city(0), city(1)]);
        assert_eq!(cities(&enterprise, Period::LastSevenDays), [city(0), city(1)], "seven days are the 4th to the 10th");
        assert_eq!(cities(&enterprise, Period::Range(day(3), day(4))), [city(2), city(3)]);
        assert_eq!(cities(&enterprise, Period::Range(day(5), day(9))), []);
    }

    #[test]
    fn who_was_verified_moves_into_the_figures() {
        let mut enterprise = enterprise(&[vec![one(7, 10, 0), one(8, 10, 0)]]);
        assert_eq!(enterprise.figures(&Filter::default(), day(TODAY), &[]).declared, 1);
        enterprise.take_employee(employee(7, false));
        let figures = enterprise.figures(&Filter::default(), day(TODAY), &[]);
        assert_eq!((figures.declared, figures.apart), (2, 0));
    }

    #[test]
    fn a_search_finds_names_last_digits_and_phones() {
        let enterprise = enterprise(&[(1..20).map(|person| one(person, 10, 0)).collect()]);
        let found = |search: &str| {
            let filter = Filter { search: Some(search.to_owned()), ..Filter::default() };
            enterprise.people(&filter, day(TODAY), None).matched
        };
        assert_eq!(found("员工12"), 1);
        assert_eq!(found("li ming"), 17, "two of nineteen are to be verified");
        assert_eq!(found("LiMing"), 17);
        assert_eq!(found("012x"), 1);
        assert_eq!(found("０１２Ｘ"), 1);
        assert_eq!(found("12x"), 0, "three digits are too few to look at documents");
        assert_eq!(found("138 0000 0012"), 1);
        assert_eq!(found("+86 138-0000-0012"), 1);
        assert_eq!(found("nobody"), 0);
    }
}
