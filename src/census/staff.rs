//! What the roster of an enterprise can be asked: its lines, who is on none, and who was waited for on a day and did not declare.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    memory::{Seen, Wanted, department, number},
    roster::{Days, Entry},
};
use crate::{
    id::{DepartmentId, EmployeeId, EntryId},
    paging::PAGE,
    period::Day,
    roster::model::{Asked, Attendance, List, MOST_NAMES, Mark, STRIP, Share},
};

/// So many lines are proposed for somebody who is on none.
const ALIKE: usize = 8;

/// A list of the roster.
#[derive(Default)]
pub struct Staff {
    pub kept: bool,
    pub head_count: Option<u32>,
    /// Lines of each list, without any filter.
    pub totals: Vec<(List, u32)>,
    /// What the filter leaves of the list that was asked for.
    pub count: u32,
    /// Of a list of people who are on no line: those that the one who was asked about may be.
    pub workers: Vec<Worker>,
    pub declarers: Vec<Declarer>,
    pub more: bool,
}

/// A line.
pub struct Worker {
    pub id: EntryId,
    pub name: String,
    pub document: String,
    pub phone: String,
    pub department: Option<DepartmentId>,
    pub site: String,
    pub joined: Option<Day>,
    pub left: Option<Day>,
    /// Who claimed to be them, and is not to be verified.
    pub employee: Option<EmployeeId>,
}

/// Somebody who declares and is on no line.
pub struct Declarer {
    pub employee: EmployeeId,
    pub name: String,
    pub document: String,
    pub phone: String,
    pub department: Option<DepartmentId>,
    pub last: Option<Day>,
    /// Their line has ended.
    pub left: Option<Day>,
}

/// Who did not declare on a day.
#[derive(Default)]
pub struct Absent {
    /// None where there is neither a roster nor a head-count.
    pub attendance: Option<Attendance>,
    pub before: Share,
    pub departments: BTreeMap<Option<DepartmentId>, Days>,
    pub sites: BTreeMap<String, Days>,
    /// Whom the filter leaves.
    pub count: u32,
    /// Their names: all, or the first of them.
    pub names: Vec<String>,
    /// The oldest first.
    pub days: Vec<Day>,
    pub absentees: Vec<Absentee>,
    pub more: bool,
}

pub struct Absentee {
    pub id: EntryId,
    pub name: String,
    pub phone: String,
    pub department: Option<DepartmentId>,
    pub site: String,
    pub employee: Option<EmployeeId>,
    pub marks: Vec<Mark>,
}

/// Everyone who did not declare on a day.
#[derive(Default)]
pub struct Missing {
    /// None where there is neither a roster nor a head-count.
    pub attendance: Option<Attendance>,
    pub departments: BTreeMap<Option<DepartmentId>, u32>,
    /// By name; nobody where there is no roster.
    pub people: Vec<MissingPerson>,
}

pub struct MissingPerson {
    pub id: EntryId,
    pub name: String,
    pub employee: Option<EmployeeId>,
}

/// Which of an address's filters a line has to pass.
struct Sieve {
    department: Option<u32>,
    site: Option<String>,
    wanted: Option<Wanted>,
}

impl Sieve {
    fn new(asked: &Asked) -> Self {
        Self { department: asked.department.map(number), site: asked.site.clone(), wanted: asked.search.as_deref().map(Wanted::new) }
    }

    fn passes(&self, department: u32, site: &str, name: &str, document: &str, phone: &str) -> bool {
        self.department.is_none_or(|wanted| wanted == department)
            && self.site.as_deref().is_none_or(|wanted| wanted == site)
            && self.wanted.as_ref().is_none_or(|wanted| wanted.is(name, document, phone))
    }
}

impl Seen<'_> {
    /// What a day's declarations come to. A head-count is that of the whole enterprise: whoever is confined to departments is told none.
    pub fn attendance(&self, day: Day) -> Option<Attendance> {
        let roster = &self.enterprise.roster;
        if roster.is_kept() {
            return Some(Attendance { day, share: self.share(day, None), by_name: true });
        }
        let expected = roster.head_count.filter(|_| self.departments.is_none())?;
        Some(Attendance { day, share: Share { expected, declared: self.counted(day) }, by_name: false })
    }

    /// How many people declared who count, where there is no roster.
    fn counted(&self, day: Day) -> u32 {
        let people: HashSet<u32> = self.enterprise.persons_of(day).filter(|person| self.enterprise.person(*person).counts).collect();
        u32::try_from(people.len()).unwrap_or(u32::MAX)
    }

    /// Of the lines of everyone, or of one department.
    pub(super) fn share(&self, day: Day, department: Option<u32>) -> Share {
        let declared = self.declared(day);
        let mut share = Share::default();
        for (entry, declared) in self.lines().zip(&declared).filter_map(|(entry, declared)| Some((entry?, declared))) {
            if entry.is_waited_for(day) && department.is_none_or(|department| department == entry.department) {
                share.expected += 1;
                share.declared += u32::from(*declared);
            }
        }
        share
    }

    /// By line: whether somebody who counts declared for it on that day.
    fn declared(&self, day: Day) -> Vec<bool> {
        let mut declared = vec![false; self.enterprise.roster.entries.len()];
        for person in self.enterprise.persons_of(day) {
            let person = self.enterprise.person(person);
            if let Some(line) = person.line.checked_sub(1).filter(|_| person.counts) {
                declared[line as usize] = true;
            }
        }
        declared
    }

    /// Every line in its order; nothing in the place of one that is out of sight.
    fn lines(&self) -> impl Iterator<Item = Option<&Entry>> {
        self.enterprise.roster.entries.iter().map(|entry| Some(entry).filter(|entry| self.sees(entry.department)))
    }

    pub(super) fn sees(&self, department: u32) -> bool {
        self.departments.as_ref().is_none_or(|departments| department > 0 && departments.contains(&department))
    }

    fn site(&self, entry: &Entry) -> &str {
        self.enterprise.roster.sites.get(entry.site as usize).map_or("", String::as_str)
    }

    /// The employees whom these lines stand for.
    fn employees(&self, lines: &[u32]) -> HashMap<u32, EmployeeId> {
        let wanted: HashSet<u32> = lines.iter().map(|line| line + 1).collect();
        let people = self.enterprise.all_persons().iter().filter(|person| person.counts && wanted.contains(&person.line));
        people.map(|person| (person.line - 1, person.id)).collect()
    }

    pub fn staff(&self, asked: &Asked, today: Day) -> Staff {
        let roster = &self.enterprise.roster;
        let (mut current, mut left) = (0, 0);
        for entry in self.lines().flatten() {
            if entry.has_left(today) { left += 1 } else { current += 1 }
        }
        let totals = vec![
            (List::Current, current),
            (List::Left, left),
            (List::Unconfirmed, self.outsiders(List::Unconfirmed).count().try_into().unwrap_or(u32::MAX)),
            (List::Rejected, self.outsiders(List::Rejected).count().try_into().unwrap_or(u32::MAX)),
        ];
        let head_count = roster.head_count.filter(|_| self.departments.is_none());
        let staff = Staff { kept: roster.is_kept(), head_count, totals, ..Staff::default() };
        match asked.list {
            List::Current | List::Left => self.workers(asked, today, staff),
            List::Unconfirmed | List::Rejected => self.declarers(asked, staff),
        }
    }

    fn workers(&self, asked: &Asked, today: Day, staff: Staff) -> Staff {
        let sieve = Sieve::new(asked);
        let found = (0_u32..).zip(self.lines()).filter_map(|(number, entry)| {
            let entry = entry.filter(|entry| entry.has_left(today) == (asked.list == List::Left))?;
            sieve.passes(entry.department, self.site(entry), entry.name(), entry.document(), entry.phone()).then_some(number)
        });
        let (count, page, more) = paged(found.collect(), asked.page, |number| self.name_of(*number));
        let employees = self.employees(&page);
        Staff {
            count,
            workers: page.into_iter().map(|number| self.worker(number, employees.get(&number).copied())).collect(),
            more,
            ..staff
        }
    }

    fn name_of(&self, line: u32) -> (&str, EntryId) {
        let entry = &self.enterprise.roster.entries[line as usize];
        (entry.name(), entry.id)
    }

    /// People who have declared, stand by themselves, and are on no line, or were rejected.
    fn outsiders(&self, list: List) -> impl Iterator<Item = u32> {
        let kept = self.enterprise.roster.is_kept();
        let people = if list == List::Rejected { self.enterprise.rejected() } else { self.enterprise.unconfirmed() };
        let seen = self.among(people).into_owned();
        seen.into_iter().filter(move |&person| {
            let known = self.enterprise.person(person);
            kept && known.last.is_some() && (list == List::Rejected || !self.enterprise.is_to_verify(person))
        })
    }

    fn declarers(&self, asked: &Asked, staff: Staff) -> Staff {
        let sieve = Sieve::new(asked);
        let found = self.outsiders(asked.list).filter(|&person| {
            let person = self.enterprise.person(person);
            sieve.passes(person.department, asked.site.as_deref().unwrap_or(""), person.name(), person.document(), person.phone())
        });
        let (count, page, more) = paged(found.collect(), asked.page, |number| {
            let person = self.enterprise.person(*number);
            (std::cmp::Reverse(person.last), person.id)
        });
        let declarer = |number: u32| {
            let person = self.enterprise.person(number);
            let line = person.line.checked_sub(1).and_then(|line| self.enterprise.roster.entries.get(line as usize));
            Declarer {
                employee: person.id,
                name: person.name().to_owned(),
                document: person.document().to_owned(),
                phone: person.phone().to_owned(),
                department: department(person.department),
                last: person.last,
                left: line.and_then(|line| line.left),
            }
        };
        let workers = asked.open.map_or_else(Vec::new, |open| self.alike(EmployeeId(open)));
        Staff { count, declarers: page.into_iter().map(declarer).collect(), workers, more, ..staff }
    }

    /// Lines that may be an employee whose number was mistyped: nobody has claimed them, and name or telephone are the same.
    fn alike(&self, employee: EmployeeId) -> Vec<Worker> {
        let Some(known) = self.enterprise.all_persons().iter().find(|person| person.id == employee && self.sees(person.department)) else {
            return Vec::new();
        };
        let alike = |entry: &Entry| entry.name() == known.name() || !known.phone().is_empty() && entry.phone() == known.phone();
        let found = (0_u32..).zip(self.lines()).filter_map(|(number, entry)| entry.filter(|entry| alike(entry)).map(|_| number));
        let found: Vec<u32> = found.take(2 * ALIKE).collect();
        let employees = self.employees(&found);
        let free = found.into_iter().filter(|number| !employees.contains_key(number)).take(ALIKE);
        free.map(|number| self.worker(number, None)).collect()
    }

    fn worker(&self, number: u32, employee: Option<EmployeeId>) -> Worker {
        let entry = &self.enterprise.roster.entries[number as usize];
        Worker {
            id: entry.id,
            name: entry.name().to_owned(),
            document: entry.document().to_owned(),
            phone: entry.phone().to_owned(),
            department: department(entry.department),
            site: self.site(entry).to_owned(),
            joined: entry.joined,
            left: entry.left,
            employee,
        }
    }

    /// The names of everyone whom [`Self::absent`] counts, in their order.
    pub fn absent_names(&self, asked: &Asked, day: Day) -> Vec<String> {
        let (declared, sieve) = (self.declared(day), Sieve::new(asked));
        let missing = (0_u32..).zip(self.lines()).filter_map(|(number, entry)| {
            let entry = entry.filter(|entry| entry.is_waited_for(day) && !declared[number as usize])?;
            sieve.passes(entry.department, self.site(entry), entry.name(), entry.document(), entry.phone()).then_some(number)
        });
        let mut names: Vec<(&str, EntryId)> = missing.map(|number| self.name_of(number)).collect();
        names.sort_unstable();
        names.into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    pub fn absent(&self, asked: &Asked, day: Day) -> Absent {
        let roster = &self.enterprise.roster;
        if !roster.is_kept() {
            return Absent { attendance: self.attendance(day), ..Absent::default() };
        }
        let yesterday = day.minus_days(1);
        let (declared, before) = (self.declared(day), self.declared(yesterday));
        let (mut whole, mut departments, mut sites) = (Days::default(), BTreeMap::<u32, Days>::new(), BTreeMap::<u32, Days>::new());
        let (sieve, mut missing) = (Sieve::new(asked), Vec::new());
        for (number, entry) in (0_u32..).zip(self.lines()) {
            let Some(entry) = entry else { continue };
            let (now, then) = (entry.is_waited_for(day), entry.is_waited_for(yesterday));
            if !now && !then {
                continue;
            }
            let (is_here, was_here) = (declared[number as usize], before[number as usize]);
            let of_site = sites.entry(entry.site).or_default();
            for days in [&mut whole, departments.entry(entry.department).or_default(), of_site] {
                days.day.expected += u32::from(now);
                days.day.declared += u32::from(now && is_here);
                days.before.expected += u32::from(then);
                days.before.declared += u32::from(then && was_here);
            }
            if now && !is_here && sieve.passes(entry.department, self.site(entry), entry.name(), entry.document(), entry.phone()) {
                missing.push(number);
            }
        }
        let mut names: Vec<(&str, EntryId)> = missing.iter().map(|number| self.name_of(*number)).collect();
        names.sort_unstable();
        let names = names.into_iter().take(MOST_NAMES).map(|(name, _)| name.to_owned()).collect();
        let (count, page, more) = paged(missing, asked.page, |number| self.name_of(*number));
        let days: Vec<Day> = (0..STRIP).rev().map(|ago| day.minus_days(u64::try_from(ago).unwrap_or(0))).collect();
        let site = |number: u32| roster.sites.get(number as usize).cloned().unwrap_or_default();
        Absent {
            attendance: Some(Attendance { day, share: whole.day, by_name: true }),
            before: whole.before,
            departments: departments.into_iter().map(|(number, days)| (department(number), days)).collect(),
            sites: sites.into_iter().map(|(number, days)| (site(number), days)).collect(),
            count,
            names,
            absentees: self.absentees(&page, &days),
            days,
            more,
        }
    }

    /// Those whom [`Seen::absent`] counts, all of them and without what a page shows.
    pub fn missing(&self, day: Day) -> Missing {
        let declared = self.declared(day);
        let mut departments = BTreeMap::<u32, u32>::new();
        let mut lines = Vec::new();
        for (number, entry) in (0_u32..).zip(self.lines()) {
            if let Some(entry) = entry.filter(|entry| entry.is_waited_for(day) && !declared[number as usize]) {
                *departments.entry(entry.department).or_default() += 1;
                lines.push(number);
            }
        }
        lines.sort_unstable_by_key(|number| self.name_of(*number));
        let employees = self.employees(&lines);
        let person = |number: &u32| {
            let entry = &self.enterprise.roster.entries[*number as usize];
            MissingPerson { id: entry.id, name: entry.name().to_owned(), employee: employees.get(number).copied() }
        };
        Missing {
            attendance: self.attendance(day),
            departments: departments.into_iter().map(|(number, count)| (department(number), count)).collect(),
            people: lines.iter().map(person).collect(),
        }
    }

    /// With what each of these lines did on these days.
    fn absentees(&self, lines: &[u32], days: &[Day]) -> Vec<Absentee> {
        let roster = &self.enterprise.roster;
        let places: HashMap<u32, usize> = lines.iter().enumerate().map(|(place, line)| (*line, place)).collect();
        let mut marks: Vec<Vec<Mark>> = lines
            .iter()
            .map(|line| {
                let entry = &roster.entries[*line as usize];
                days.iter().map(|day| if entry.is_waited_for(*day) { Mark::Missing } else { Mark::Off }).collect()
            })
            .collect();
        // Who stands for one of them; everyone else of a day is passed by.
        let people: HashMap<u32, usize> = (0_u32..)
            .zip(self.enterprise.all_persons())
            .filter(|(_, person)| person.counts)
            .filter_map(|(number, person)| Some((number, *places.get(&person.line.checked_sub(1)?)?)))
            .collect();
        for (at, day) in days.iter().enumerate().filter(|_| !people.is_empty()) {
            for person in self.enterprise.persons_of(*day) {
                if let Some(place) = people.get(&person) {
                    marks[*place][at] = Mark::Declared;
                }
            }
        }
        let employees = self.employees(lines);
        let absentee = |(number, marks): (&u32, Vec<Mark>)| {
            let entry = &roster.entries[*number as usize];
            Absentee {
                id: entry.id,
                name: entry.name().to_owned(),
                phone: entry.phone().to_owned(),
                department: department(entry.department),
                site: self.site(entry).to_owned(),
                employee: employees.get(number).copied(),
                marks,
            }
        };
        lines.iter().zip(marks).map(absentee).collect()
    }
}

/// One page of what was found, in the order of its key; how much that is, and whether there is more behind it.
fn paged<K: Ord>(mut found: Vec<u32>, page: u32, key: impl Fn(&u32) -> K) -> (u32, Vec<u32>, bool) {
    let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let first = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(PAGE).min(found.len());
    let last = (first + PAGE).min(found.len());
    // Only what stands before the end of the page has to be in order.
    if last > 0 && last < found.len() {
        found.select_nth_unstable_by(last, |one, other| key(one).cmp(&key(other)));
        found.truncate(last);
    }
    found.sort_unstable_by_key(|one| key(one));
    let more = usize::try_from(count).unwrap_or(usize::MAX) > last;
    (count, found.split_off(first.min(found.len())), more)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        account::{caller::Tenant, model::DocumentKind},
        census::{
            decode::{DeclarationFact, Declarations, EmployeeFact},
            memory::Enterprise,
            roster::{Decision, EntryFact},
            sight::Sight,
            texts::Texts,
        },
        id::EnterpriseId,
        period::Moment,
        statistics::model::Looked,
    };

    const DAY: u64 = 20;

    fn day(number: u64) -> Day {
        Day::EPOCH.plus_days(number)
    }

    fn texts(document: u32) -> Texts {
        Texts::new(&format!("员工{document}"), &format!("E{document:08}"), "")
    }

    /// A line of the roster: whose document, in which department and at which site, from when to when.
    #[derive(Debug, Clone)]
    struct Line {
        document: u32,
        department: u32,
        site: u32,
        joined: Option<u64>,
        left: Option<u64>,
    }

    /// Somebody who claims a document, and the days on which they declare.
    #[derive(Debug, Clone)]
    struct Claim {
        document: u32,
        department: u32,
        to_verify: bool,
        days: BTreeSet<u64>,
        /// Into which line they are merged, or, beyond them, rejected; most are neither.
        decision: Option<usize>,
    }

    fn line() -> impl Strategy<Value = Line> {
        let days = || prop::option::weighted(0.3, DAY - 3..DAY + 3);
        (0..40_u32, 0..4_u32, 0..3_u32, days(), days()).prop_map(|(document, department, site, joined, left)| Line {
            document,
            department,
            site,
            joined,
            left,
        })
    }

    fn claim() -> impl Strategy<Value = Claim> {
        let days = prop::collection::btree_set(DAY - 2..=DAY, 0..3);
        (0..50_u32, 0..4_u32, any::<bool>(), days, prop::option::weighted(0.3, 0..40_usize))
            .prop_map(|(document, department, to_verify, days, decision)| Claim { document, department, to_verify, days, decision })
    }

    fn entry(place: usize, line: &Line) -> EntryFact {
        EntryFact {
            id: EntryId(Uuid::from_u128(place as u128 + 1)),
            texts: texts(line.document),
            kind: DocumentKind::Passport,
            site: if line.site == 0 { String::new() } else { format!("厂区{}", line.site) },
            department: department(line.department),
            joined: line.joined.map(day),
            left: line.left.map(day),
        }
    }

    fn employee(place: usize, claim: &Claim) -> EmployeeFact {
        EmployeeFact {
            id: EmployeeId(Uuid::from_u128(place as u128 + 1000)),
            texts: texts(claim.document),
            kind: DocumentKind::Passport,
            to_verify: claim.to_verify,
            department: department(claim.department),
        }
    }

    /// Lines first or people first: the census finds the same. Of a document there is one line.
    fn enterprise(lines: &[Line], claims: &[Claim], lines_first: bool) -> Enterprise {
        let mut enterprise = Enterprise::new();
        let entries: Vec<EntryFact> = lines.iter().enumerate().map(|(place, line)| entry(place, line)).collect();
        let decisions = claims.iter().enumerate().filter_map(|(place, claim)| {
            let decision = claim.decision?;
            let decision = entries.get(decision).map_or(Decision::Rejected, |entry| Decision::Merged(entry.id));
            Some((employee(place, claim).id, decision))
        });
        let decisions: Vec<_> = decisions.collect();
        if lines_first {
            enterprise.take_roster(&entries, &decisions);
        }
        for (place, claim) in claims.iter().enumerate() {
            enterprise.take_employee(employee(place, claim));
        }
        let declared = claims
            .iter()
            .enumerate()
            .flat_map(|(place, claim)| claim.days.iter().map(move |number| (employee(place, claim).id, day(*number))));
        let facts = (1..).zip(declared).map(|(change, (employee, day))| DeclarationFact {
            employee,
            change,
            day,
            submitted_at: Moment::from_millis(change),
            answers: 0,
            temperature: None,
            alert: None,
        });
        enterprise.take_declarations(&[Declarations { facts: facts.collect(), ..Declarations::default() }]);
        if !lines_first {
            enterprise.take_roster(&entries, &decisions);
        }
        enterprise
    }

    fn distinct(lines: Vec<Line>) -> Vec<Line> {
        let mut met = BTreeSet::new();
        lines.into_iter().filter(|line| met.insert(line.document)).collect()
    }

    fn sight(departments: Option<&[DepartmentId]>) -> Sight {
        Sight::new(Tenant::of_operator(EnterpriseId::from_bits(1)), departments)
    }

    proptest! {
        #[test]
        fn figures_add_up(
            lines in prop::collection::vec(line(), 1..40).prop_map(distinct),
            claims in prop::collection::vec(claim(), 0..40),
            order: bool,
        ) {
            let enterprise = enterprise(&lines, &claims, order);
            let seen = enterprise.seen_by(&sight(None));
            let absent = seen.absent(&Asked::default(), day(DAY));
            let share = absent.attendance.unwrap().share;
            // 已报 + 未报 = 应报, and the list of 未报 is as long as its figure.
            prop_assert_eq!(share.declared + share.missing(), share.expected);
            prop_assert_eq!(absent.count, share.missing());
            prop_assert_eq!(seen.absent_names(&Asked::default(), day(DAY)), absent.names.clone());
            prop_assert_eq!(share, seen.attendance(day(DAY)).unwrap().share);
            // Whoever is reminded is missing, and the other way round.
            let missing = seen.missing(day(DAY));
            prop_assert_eq!(missing.people.len(), usize::try_from(absent.count).unwrap());
            prop_assert_eq!(missing.departments.values().sum::<u32>(), absent.count);
            let shown: Vec<_> = absent.absentees.iter().map(|absentee| (absentee.id, absentee.employee)).collect();
            let first: Vec<_> = missing.people.iter().map(|person| (person.id, person.employee)).take(shown.len()).collect();
            prop_assert_eq!(first, shown);
            let waited = lines.iter().filter(|line| line.joined.is_none_or(|joined| joined <= DAY) && line.left.is_none_or(|left| DAY < left));
            prop_assert_eq!(usize::try_from(share.expected).unwrap(), waited.count());
            // Departments and sites are parts of it, on both days.
            for parts in [absent.departments.values().copied().collect::<Vec<_>>(), absent.sites.values().copied().collect()] {
                let sum = |of: fn(&Days) -> u32| parts.iter().map(of).sum::<u32>();
                prop_assert_eq!((sum(|days| days.day.expected), sum(|days| days.day.declared)), (share.expected, share.declared));
                prop_assert_eq!(sum(|days| days.before.declared), absent.before.declared);
                prop_assert_eq!(sum(|days| days.before.expected), absent.before.expected);
            }
            prop_assert_eq!(absent.before, seen.share(day(DAY - 1), None));
            // A trend says the same of both days, from the first declaration on.
            let trend = seen.trend(day(DAY - 1), day(DAY), None);
            for (counted, said) in trend.days.iter().zip([absent.before, share]) {
                prop_assert!(counted.share.is_none_or(|share| share == said));
                prop_assert!(counted.share.is_some() || counted.declared + counted.unconfirmed == 0);
            }
            // Every person with a declaration is counted, to be verified, to be confirmed, or rejected: in one place.
            let figures = seen.figures(&Looked::default(), day(DAY), &[]);
            let rejected = seen.outsiders(List::Rejected).count();
            let all = claims.iter().filter(|claim| !claim.days.is_empty()).count();
            let apart = figures.declared + figures.apart + figures.unconfirmed;
            prop_assert_eq!(usize::try_from(apart).unwrap() + rejected, all);
            prop_assert_eq!(usize::try_from(figures.unconfirmed).unwrap(), seen.outsiders(List::Unconfirmed).count());
        }

        #[test]
        fn the_order_in_which_things_come_does_not_matter(
            lines in prop::collection::vec(line(), 0..40).prop_map(distinct),
            claims in prop::collection::vec(claim(), 0..40),
        ) {
            let of = |order| {
                let enterprise = enterprise(&lines, &claims, order);
                let seen = enterprise.seen_by(&sight(None));
                let absent = seen.absent(&Asked::default(), day(DAY));
                let marks: Vec<_> = absent.absentees.iter().map(|absentee| (absentee.id, absentee.marks.clone())).collect();
                (seen.attendance(day(DAY)), absent.names, marks, seen.figures(&Looked::default(), day(DAY), &[]).declared)
            };
            prop_assert_eq!(of(true), of(false));
        }

        /// What a confined sight is told of departments is what everyone's is told of these.
        #[test]
        fn a_confined_sight_sees_the_lines_of_its_departments(
            lines in prop::collection::vec(line(), 1..40).prop_map(distinct),
            claims in prop::collection::vec(claim(), 0..40),
            departments in prop::collection::btree_set(1..4_i64, 1..3),
        ) {
            let departments: Vec<DepartmentId> = departments.into_iter().map(DepartmentId).collect();
            let enterprise = enterprise(&lines, &claims, true);
            let (whole, part) = (sight(None), sight(Some(&departments)));
            let (whole, part) = (enterprise.seen_by(&whole).absent(&Asked::default(), day(DAY)), enterprise.seen_by(&part).absent(&Asked::default(), day(DAY)));
            let of_these: BTreeMap<_, _> =
                whole.departments.into_iter().filter(|(department, _)| department.is_some_and(|it| departments.contains(&it))).collect();
            prop_assert_eq!(&part.departments, &of_these);
            prop_assert_eq!(part.attendance.unwrap().share.expected, of_these.values().map(|days| days.day.expected).sum::<u32>());
            prop_assert!(part.absentees.iter().all(|absentee| absentee.department.is_some_and(|it| departments.contains(&it))));
        }

        #[test]
        fn pages_hold_everyone_once(numbers in prop::collection::btree_set(0..500_u32, 0..180)) {
            let mut all: Vec<u32> = numbers.into_iter().collect();
            all.reverse();
            let (mut found, mut page) = (Vec::new(), 0);
            loop {
                let (count, lines, more) = paged(all.clone(), page, |number| *number);
                prop_assert_eq!(usize::try_from(count).unwrap(), all.len());
                found.extend(lines);
                if !more {
                    break;
                }
                page += 1;
            }
            all.sort_unstable();
            prop_assert_eq!(found, all);
        }
    }
}
