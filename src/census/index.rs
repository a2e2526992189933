//! Who counts in a period, and which answers they gave: one bitmap of persons per answer.

use std::ops::Range;

use roaring::RoaringBitmap;

use super::memory::{Declared, Enterprise};
use crate::{period::Day, statistics::model::State};

/// Persons whom a bitmap keeps together: from one such number to the next.
const CONTAINER: usize = 1 << 16;
/// From twice so many persons on two threads go through them.
const MANY: usize = 2 * CONTAINER;

/// Goes through so many persons, by their numbers: all at once, or, where there are many, those before a number and those from it on at
/// the same time, and puts what came of it together.
pub fn in_halves<T: Send>(persons: usize, go: impl Fn(Range<usize>) -> T + Sync, put_together: impl FnOnce(T, T) -> T) -> T {
    let middle = persons / 2 / CONTAINER * CONTAINER;
    if middle < MANY {
        return go(0..persons);
    }
    std::thread::scope(|scope| {
        let second = scope.spawn(|| go(middle..persons));
        let first = go(0..middle);
        put_together(first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The days of a period, and the last change that is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First and last, both included; `None` means all.
    pub days: Option<(Day, Day)>,
    /// `i64::MAX` follows every change.
    pub until: i64,
}

impl Span {
    pub const fn live(days: Option<(Day, Day)>) -> Self {
        Self { days, until: i64::MAX }
    }

    fn holds(self, declared: &Declared) -> bool {
        declared.change <= self.until && self.days.is_none_or(|(first, last)| (first..=last).contains(&declared.day))
    }
}

/// The latest declaration of each person in a span: the latest day, and on that day the highest change.
#[derive(Clone)]
pub struct Index {
    pub span: Span,
    /// By person: one more than the place of their declaration, or 0.
    latest: Vec<u32>,
    /// The persons who have declared.
    pub declared: RoaringBitmap,
    /// Of these, by [`State`], the ones whose latest declaration says so.
    states: [RoaringBitmap; State::ALL.len()],
    /// By bucket: the persons whose latest declaration falls into it.
    buckets: Vec<RoaringBitmap>,
}

impl Index {
    /// Reads every declaration of the span once.
    pub fn build(enterprise: &Enterprise, span: Span) -> Self {
        let mut latest = vec![0_u32; enterprise.persons()];
        for place in enterprise.places_by_day(span.days) {
            let declared = enterprise.declared(place);
            if declared.change <= span.until {
                latest[declared.person as usize] = place + 1;
            }
        }
        let mut index = in_halves(latest.len(), |persons| Self::of(enterprise, span, persons.start, &latest[persons]), Self::with);
        index.latest = latest;
        index
    }

    /// Counts the persons from a number on, by one more than the places of their declarations.
    fn of(enterprise: &Enterprise, span: Span, first: usize, latest: &[u32]) -> Self {
        let mut index = Self {
            span,
            latest: Vec::new(),
            declared: RoaringBitmap::new(),
            states: Default::default(),
            buckets: vec![RoaringBitmap::new(); enterprise.buckets()],
        };
        for (person, place) in (u32::try_from(first).unwrap_or(u32::MAX)..).zip(latest) {
            if let Some(place) = place.checked_sub(1) {
                index.add(person, enterprise.declared(place), enterprise.buckets_of(place));
            }
        }
        index
    }

    /// The same with other persons, who were counted beside it.
    fn with(mut self, others: Self) -> Self {
        self.declared |= others.declared;
        self.states.iter_mut().zip(others.states).for_each(|(state, other)| *state |= other);
        self.buckets.iter_mut().zip(others.buckets).for_each(|(bucket, other)| *bucket |= other);
        self
    }

    /// Takes in one more declaration, whatever its day.
    pub fn take(&mut self, enterprise: &Enterprise, place: u32) {
        let new = enterprise.declared(place);
        if !self.span.holds(new) {
            return;
        }
        let person = new.person as usize;
        if self.latest.len() <= person {
            self.latest.resize(person + 1, 0);
        }
        if let Some(old) = self.latest[person].checked_sub(1) {
            let earlier = enterprise.declared(old);
            if (earlier.day, earlier.change) > (new.day, new.change) {
                return;
            }
            for bucket in enterprise.buckets_of(old) {
                self.buckets[bucket as usize].remove(new.person);
            }
        }
        self.latest[person] = place + 1;
        self.buckets.resize_with(self.buckets.len().max(enterprise.buckets()), RoaringBitmap::new);
        self.declared.insert(new.person);
        for (state, people) in State::ALL.into_iter().zip(&mut self.states) {
            if new.is(state) {
                people.insert(new.person);
            } else {
                people.remove(new.person);
            }
        }
        for bucket in enterprise.buckets_of(place) {
            self.buckets[bucket as usize].insert(new.person);
        }
    }

    fn add(&mut self, person: u32, declared: &Declared, buckets: impl Iterator<Item = u32>) {
        // Persons come in order, so that they can be appended; a second time is the same person again.
        let _ = self.declared.try_push(person);
        for (state, people) in State::ALL.into_iter().zip(&mut self.states) {
            if declared.is(state) {
                let _ = people.try_push(person);
            }
        }
        for bucket in buckets {
            let _ = self.buckets[bucket as usize].try_push(person);
        }
    }

    /// The place of a person's declaration that counts.
    pub fn place(&self, person: u32) -> Option<u32> {
        self.latest.get(person as usize)?.checked_sub(1)
    }

    /// The persons who declared so.
    pub fn state(&self, state: State) -> &RoaringBitmap {
        match state {
            State::Abnormal => &self.states[0],
            State::Fever => &self.states[1],
        }
    }

    /// The persons in a bucket; `None` when there was never anyone.
    pub fn bucket(&self, bucket: u32) -> Option<&RoaringBitmap> {
        self.buckets.get(bucket as usize)
    }

    /// Roughly, in bytes.
    pub fn size(&self) -> usize {
        let bitmaps: usize = self.buckets.iter().map(|bitmap| bitmap.serialized_size() + size_of::<RoaringBitmap>()).sum();
        let states: usize = self.states.iter().map(RoaringBitmap::serialized_size).sum();
        bitmaps + states + self.declared.serialized_size() + self.latest.capacity() * size_of::<u32>()
    }
}
