//! Days side by side: how many declared, and how they were.

use super::memory::{Seen, number};
use crate::{id::DepartmentId, period::Day, questionnaire::model::AlertLevel, roster::model::Share, statistics::model::State};

/// What one day comes to: of each person the last declaration of that day, of whoever counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendDay {
    pub day: Day,
    /// Against the roster or the head-count; none where there is neither, and before anyone ever declared.
    pub share: Option<Share>,
    /// Persons.
    pub declared: u32,
    /// Of these, the ones whose answers raised an alert of either level.
    pub abnormal: u32,
    /// Of these, the ones whose answers raised an urgent one.
    pub urgent: u32,
    /// Of those who declared, the ones with [`Celsius::FEVER`] or more.
    pub fever: u32,
    /// Persons who are on no line of the roster, and in no other figure.
    pub unconfirmed: u32,
    /// Persons who wait to be verified, and in no other figure.
    pub to_verify: u32,
    /// Of the last two, those whose answers raised an alert, or who had [`Celsius::FEVER`] or more.
    pub apart_abnormal: u32,
}

/// Some days, and what they are measured by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trend {
    /// The oldest first.
    pub days: Vec<TrendDay>,
    /// There is a roster, and not only a head-count.
    pub by_name: bool,
}

impl Seen<'_> {
    /// The days from `first` to `last`, of everyone in sight, or only of those of one department.
    #[expect(clippy::option_option, reason = "no wish, no department, or one")]
    pub fn trend(&self, first: Day, last: Day, department: Option<Option<DepartmentId>>) -> Trend {
        let department = department.map(number);
        let begun = self.begun();
        let mut met = vec![None; self.enterprise.persons()];
        let mut days = Vec::new();
        let mut day = first;
        while day <= last {
            let mut counted = self.trend_day(day, department, &mut met);
            counted.share = begun.filter(|begun| *begun <= day).and_then(|_| self.share_of(day, department, counted.declared));
            days.push(counted);
            if day == last {
                break;
            }
            day = day.plus_days(1);
        }
        Trend { days, by_name: self.enterprise.roster.is_kept() }
    }

    /// `met` holds for each person the day that was counted last.
    fn trend_day(&self, day: Day, department: Option<u32>, met: &mut [Option<Day>]) -> TrendDay {
        let enterprise = self.enterprise;
        let mut counted =
            TrendDay { day, share: None, declared: 0, abnormal: 0, urgent: 0, fever: 0, unconfirmed: 0, to_verify: 0, apart_abnormal: 0 };
        // The last of a day counts: from the end, whoever was met is passed by.
        for declared in enterprise.declared_on(day).rev() {
            let number = declared.person;
            if met[number as usize].replace(day) == Some(day) {
                continue;
            }
            let person = enterprise.person(number);
            let asked = department.is_none_or(|department| department == person.department);
            if !asked || enterprise.rejected().contains(number) || !self.sees(person.department) {
                continue;
            }
            let (to_verify, unconfirmed) = (enterprise.is_to_verify(number), enterprise.unconfirmed().contains(number));
            if to_verify || unconfirmed {
                counted.to_verify += u32::from(to_verify);
                counted.unconfirmed += u32::from(!to_verify);
                counted.apart_abnormal += u32::from(declared.is(State::Abnormal) || declared.is(State::Fever));
                continue;
            }
            counted.declared += 1;
            counted.abnormal += u32::from(declared.is(State::Abnormal));
            counted.urgent += u32::from(declared.alert == Some(AlertLevel::Urgent));
            counted.fever += u32::from(declared.is(State::Fever));
        }
        counted
    }

    /// A head-count is that of the whole enterprise: there is none of a department.
    fn share_of(&self, day: Day, department: Option<u32>, declared: u32) -> Option<Share> {
        let roster = &self.enterprise.roster;
        if roster.is_kept() {
            return Some(self.share(day, department));
        }
        let expected = roster.head_count.filter(|_| self.departments.is_none() && department.is_none())?;
        Some(Share { expected, declared })
    }

    /// The first day on which anyone in sight declared.
    fn begun(&self) -> Option<Day> {
        self.enterprise
            .days()
            .find(|day| self.enterprise.declared_on(*day).any(|one| self.sees(self.enterprise.person(one.person).department)))
    }
}
