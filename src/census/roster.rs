//! The roster of one enterprise in memory: who is waited for, which employee each line is, and who is on no line.
//!
//! A line and an employee belong together by their document, or because somebody said so. Who is on no line, or declares although
//! their line has ended, is 待确认 and counted apart; so is, without a place to be counted, whoever was rejected. Where there are no
//! lines at all, nobody is apart.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    ops::Deref,
};

use super::texts::Texts;
use crate::{
    account::model::DocumentKind,
    id::{DepartmentId, EmployeeId, EntryId},
    period::Day,
    roster::model::Share,
};

/// A line, unsealed.
#[derive(Clone)]
pub struct EntryFact {
    pub id: EntryId,
    pub texts: Texts,
    pub kind: DocumentKind,
    pub site: String,
    pub department: Option<DepartmentId>,
    pub joined: Option<Day>,
    pub left: Option<Day>,
}

/// What was decided about an employee who is on no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Merged(EntryId),
    Rejected,
    Open,
}

/// What an employee is to the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a line, or there is no roster.
    Counted,
    Unconfirmed,
    Rejected,
}

/// One line, and what it is counted by.
pub struct Entry {
    pub id: EntryId,
    texts: Texts,
    kind: DocumentKind,
    /// What the roster says, or 0.
    own: u32,
    /// The same; where it says none, that of the employee who is this line.
    pub department: u32,
    /// A place among the sites.
    pub site: u32,
    pub joined: Option<Day>,
    pub left: Option<Day>,
}

impl Deref for Entry {
    type Target = Texts;

    fn deref(&self) -> &Texts {
        &self.texts
    }
}

impl Entry {
    /// Whether somebody waits for them on that day.
    pub fn is_waited_for(&self, day: Day) -> bool {
        self.joined.is_none_or(|joined| joined <= day) && self.left.is_none_or(|left| day < left)
    }

    pub fn has_left(&self, today: Day) -> bool {
        self.left.is_some_and(|left| left <= today)
    }
}

#[derive(Default)]
pub struct Roster {
    pub entries: Vec<Entry>,
    by_id: HashMap<EntryId, u32>,
    /// By a hash of the document: what is found is compared.
    by_document: HashMap<u64, u32>,
    /// Lines whose hash another has.
    collided: Vec<u32>,
    hasher: RandomState,
    decisions: HashMap<EmployeeId, Decision>,
    /// The first is none.
    pub sites: Vec<String>,
    by_site: HashMap<String, u32>,
    /// Where there is no roster.
    pub head_count: Option<u32>,
}

impl Roster {
    pub fn is_kept(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Takes in a new line, or what is new about one. Every employee has to be linked anew afterwards.
    pub fn take(&mut self, fact: &EntryFact) {
        let site = self.site(&fact.site);
        let entry = Entry::new(fact, site);
        let number = self.by_id.get(&fact.id).copied();
        if let Some(number) = number {
            let known = &self.entries[number as usize];
            let (old, same) = (self.hash(known.kind, known.document()), known.kind == entry.kind && known.document() == entry.document());
            if !same && self.by_document.get(&old) == Some(&number) {
                self.by_document.remove(&old);
            }
            self.entries[number as usize] = entry;
            if !same {
                self.index(number);
            }
        } else {
            let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
            self.by_id.insert(fact.id, number);
            self.entries.push(entry);
            self.index(number);
        }
    }

    fn index(&mut self, number: u32) {
        let entry = &self.entries[number as usize];
        let hash = self.hash(entry.kind, entry.document());
        match self.by_document.get(&hash) {
            Some(_) => self.collided.push(number),
            None => drop(self.by_document.insert(hash, number)),
        }
    }

    fn site(&mut self, name: &str) -> u32 {
        if self.sites.is_empty() {
            self.sites.push(String::new());
        }
        if name.is_empty() {
            return 0;
        }
        if let Some(known) = self.by_site.get(name) {
            return *known;
        }
        let number = u32::try_from(self.sites.len()).unwrap_or(0);
        self.sites.push(name.to_owned());
        self.by_site.insert(name.to_owned(), number);
        number
    }

    pub fn decide(&mut self, employee: EmployeeId, decision: Decision) {
        self.decisions.insert(employee, decision);
    }

    /// The line of an employee.
    pub fn line_of(&self, employee: EmployeeId, kind: DocumentKind, document: &str) -> Option<u32> {
        let same = |number: &u32| {
            let entry = &self.entries[*number as usize];
            entry.kind == kind && entry.document() == document
        };
        let found = self.by_document.get(&self.hash(kind, document)).copied().filter(same);
        let found = found.or_else(|| self.collided.iter().copied().find(same));
        found.or_else(|| match self.decisions.get(&employee) {
            Some(Decision::Merged(entry)) => self.by_id.get(entry).copied(),
            _ => None,
        })
    }

    /// What an employee is who declared last on that day.
    pub fn place_of(&self, employee: EmployeeId, line: Option<u32>, last: Option<Day>) -> Place {
        if !self.is_kept() {
            return Place::Counted;
        }
        if self.decisions.get(&employee) == Some(&Decision::Rejected) {
            return Place::Rejected;
        }
        let ended = |line: u32| self.entries[line as usize].left.zip(last).is_some_and(|(left, last)| left <= last);
        match line {
            Some(line) if !ended(line) => Place::Counted,
            _ => Place::Unconfirmed,
        }
    }

    /// The department of a line, or the other where it says none.
    pub fn department_of(&self, line: Option<u32>, other: u32) -> u32 {
        let own = line.map_or(0, |line| self.entries[line as usize].own);
        if own > 0 { own } else { other }
    }

    /// Lines that say no department are of the department of whoever is that line; until that is known, of none.
    pub fn forget_departments(&mut self) {
        for entry in &mut self.entries {
            entry.department = entry.own;
        }
    }

    pub fn lend_department(&mut self, line: u32, department: u32) {
        let entry = &mut self.entries[line as usize];
        if entry.own == 0 {
            entry.department = department;
        }
    }

    fn hash(&self, kind: DocumentKind, document: &str) -> u64 {
        self.hasher.hash_one((kind as u8, document))
    }

    /// Roughly, in bytes.
    pub fn size(&self) -> usize {
        let text: usize = self.entries.iter().map(|entry| entry.texts.size()).sum();
        text + self.entries.capacity() * size_of::<Entry>()
            + self.by_id.capacity() * (size_of::<EntryId>() + size_of::<u32>() + 1)
            + self.by_document.capacity() * (size_of::<u64>() + size_of::<u64>() + 1)
            + self.decisions.capacity() * size_of::<(EmployeeId, Decision)>()
    }
}

impl Entry {
    fn new(fact: &EntryFact, site: u32) -> Self {
        let own = super::memory::number(fact.department);
        Self { id: fact.id, texts: fact.texts.clone(), kind: fact.kind, own, department: own, site, joined: fact.joined, left: fact.left }
    }
}

/// How many of a department, or a site, were waited for and declared: on the day, and on the day before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    pub day: Share,
    pub before: Share,
}
