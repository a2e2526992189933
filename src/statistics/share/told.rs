//! Which counts may be told to anyone, so that nobody learns how one of a few people answered.
//!
//! The rules (the project's own, in the manner of statistical offices): a figure is told of 30 people or more. A count of 1 to 10 is
//! hidden, and so is one that leaves 1 to 10 of all. Where the answers add up to all, one hidden count could be found by subtraction:
//! then the smallest of the others is hidden, too, and so on until no hidden count is bound to one value. What is told is told to the
//! nearest five; 0 is told as it is. Where rows are what people answered (places, days), all that are hidden are one row, and rows stand in the
//! order of what is told: the order of the true counts would say more than they may.

use serde::{Deserialize, Serialize};

/// Of fewer people nothing is told.
pub const FEWEST: u32 = 30;
/// Counts from 1 to this are hidden.
pub const FEW: u32 = 10;
/// To the nearest of these.
const STEP: u32 = 5;
/// A told count differs by at most so much from the true one.
const BLUR: u32 = STEP / 2;

/// A count as it is told; what is hidden comes before what is told, and more behind less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Told {
    Hidden,
    /// About so many; 0 is none.
    About(u32),
}

/// To the nearest five.
pub const fn rounded(count: u32) -> u32 {
    (count.saturating_add(BLUR) / STEP) * STEP
}

const fn is_few(count: u32) -> bool {
    1 <= count && count <= FEW
}

/// How the counts of one question are told, of `all` people. `None` if nothing is told of so few.
pub fn tell(counts: &[u32], all: u32) -> Option<Vec<Told>> {
    if all < FEWEST {
        return None;
    }
    let mut hidden: Vec<bool> = counts.iter().map(|count| is_few(*count) || is_few(all.saturating_sub(*count))).collect();
    // What adds up to all can be subtracted; where one person may be in several rows nothing follows from the others.
    if counts.iter().map(|count| u64::from(*count)).sum::<u64>() == u64::from(all) {
        while let Some(next) = next_to_hide(counts, &hidden, all) {
            hidden[next] = true;
        }
    }
    Some(counts.iter().zip(hidden).map(|(count, hidden)| if hidden { Told::Hidden } else { Told::About(rounded(*count)) }).collect())
}

/// One row, named by `others`, in the place of all that are hidden: where rows are what people answered, a row by itself says that
/// there is somebody, and how many such rows there are says even more.
pub fn folded<L>(rows: Vec<(L, Told)>, others: impl FnOnce() -> L) -> Vec<(L, Told)> {
    let any = rows.iter().any(|(_, told)| *told == Told::Hidden);
    let mut folded: Vec<(L, Told)> = rows.into_iter().filter(|(_, told)| *told != Told::Hidden).collect();
    folded.extend(any.then(|| (others(), Told::Hidden)));
    folded
}

/// The smallest that is still told, where what is hidden can be found out or stands alone.
fn next_to_hide(counts: &[u32], hidden: &[bool], all: u32) -> Option<usize> {
    let told = |place: &usize| !hidden[*place] && counts[*place] > 0;
    let alone = hidden.iter().filter(|hidden| **hidden).count() == 1;
    let smallest = (0..counts.len()).filter(told).min_by_key(|place| counts[*place])?;
    (alone || is_bound(counts, hidden, all)).then_some(smallest)
}

/// Whether what is told leaves only one value for a hidden count.
fn is_bound(counts: &[u32], hidden: &[bool], all: u32) -> bool {
    let hidden_ones = u64::try_from(hidden.iter().filter(|hidden| **hidden).count()).unwrap_or(u64::MAX);
    if hidden_ones == 0 {
        return false;
    }
    let (least_all, most_all) = span(all);
    let told = counts.iter().zip(hidden).filter(|(count, hidden)| !**hidden && **count > 0);
    let (least_told, most_told) = told.map(|(count, _)| span(*count)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    // Each hidden count is at least 1: what is none is told. One of them takes what the others leave at least, and at most.
    let others = hidden_ones - 1;
    let most = most_all.saturating_sub(least_told).saturating_sub(others);
    let least = if others == 0 { least_all.saturating_sub(most_told).max(1) } else { 1 };
    most <= least
}

/// Between which counts lies the one that is told: nothing below 11 is told but none.
fn span(count: u32) -> (u64, u64) {
    let told = u64::from(rounded(count));
    (told.saturating_sub(BLUR.into()).max(u64::from(FEW) + 1), told + u64::from(BLUR))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_are_hidden_and_the_rest_is_told_to_the_nearest_five() {
        assert_eq!([0, 2, 3, 7, 8, 12, 13, 100].map(rounded), [0, 0, 5, 5, 10, 10, 15, 100]);
        assert_eq!(tell(&[20, 9], 29), None);
        assert_eq!(tell(&[15, 15], 30), Some(vec![Told::About(15), Told::About(15)]));
        // Yes and no: the few, and who is left.
        assert_eq!(tell(&[3, 97], 100), Some(vec![Told::Hidden, Told::Hidden]));
        assert_eq!(tell(&[0, 100], 100), Some(vec![Told::About(0), Told::About(100)]));
        // The few and the smallest of the others.
        assert_eq!(tell(&[60, 30, 8, 0], 98), Some(vec![Told::About(60), Told::Hidden, Told::Hidden, Told::About(0)]));
        // Where one may be in several rows, each stands for itself.
        assert_eq!(tell(&[60, 30, 8], 70), Some(vec![Told::Hidden, Told::About(30), Told::Hidden]));
        assert_eq!(tell(&[40, 30, 8], 70), Some(vec![Told::About(40), Told::About(30), Told::Hidden]));
    }

    #[test]
    fn what_is_hidden_is_one_row_by_itself() {
        let rows = vec![("汕头", Told::About(75)), ("揭阳", Told::Hidden), ("沈阳", Told::About(15)), ("哈尔滨", Told::Hidden)];
        assert_eq!(folded(rows, || "其他"), [("汕头", Told::About(75)), ("沈阳", Told::About(15)), ("其他", Told::Hidden)]);
        assert_eq!(folded(vec![("汕头", Told::About(75))], || "其他"), [("汕头", Told::About(75))]);
        assert!(Told::About(75) > Told::About(15) && Told::About(0) > Told::Hidden);
    }

    /// Every assignment of the hidden counts that fits what is told, for one of them: its values.
    fn values(told: &[Told], all: u32, wanted: usize, adds_up: bool) -> (u64, u64) {
        let (least_all, most_all) = (u64::from(rounded(all)).saturating_sub(2).max(30), u64::from(rounded(all)) + 2);
        if !adds_up {
            return (1, most_all);
        }
        let bounds = |told: &Told| match told {
            Told::About(0) => (0, 0),
            Told::About(about) => (u64::from(*about).saturating_sub(2).max(11), u64::from(*about) + 2),
            Told::Hidden => (1, most_all),
        };
        let others = told.iter().enumerate().filter(|(place, _)| *place != wanted).map(|(_, told)| bounds(told));
        let (least, most) = others.fold((0, 0), |sum: (u64, u64), one| (sum.0 + one.0, sum.1.saturating_add(one.1)));
        (least_all.saturating_sub(most).max(1), most_all.saturating_sub(least))
    }

    /// Counts as questionnaires have them: a few large ones, many small ones, some of nobody.
    fn counts() -> impl Strategy<Value = Vec<u32>> {
        let one = prop_oneof![3 => Just(0_u32), 4 => 1..=12_u32, 3 => 10..=60_u32, 1 => 50..=2_000_u32];
        prop::collection::vec(one, 1..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

        /// What anyone can work out from a shared figure.
        #[test]
        fn no_count_of_one_to_ten_can_be_derived(counts in counts(), more in 0..400_u32, several in any::<bool>()) {
            let sum: u32 = counts.iter().sum();
            // One person may be in several rows, or in none.
            let all = if several { counts.iter().copied().max().unwrap_or(0) + more } else { sum };
            let Some(told) = tell(&counts, all) else {
                prop_assert!(all < FEWEST);
                return Ok(());
            };
            let adds_up = sum == all;
            for (place, (count, one)) in counts.iter().zip(&told).enumerate() {
                if let Told::About(about) = one {
                    prop_assert!(!is_few(*count) && !is_few(all - count), "{count} of {all} is told");
                    prop_assert!(about.abs_diff(*count) <= 2 && about % 5 == 0);
                }
                if is_few(*count) {
                    let (least, most) = values(&told, all, place, adds_up);
                    prop_assert!(least < most, "{counts:?} of {all}: {told:?} says that the {place}th is {least}");
                    prop_assert!((least..=most).contains(&u64::from(*count)), "the attacker's arithmetic is right");
                }
            }
            // Nor how many all the hidden ones are together, where those are few: one of them alone, or all who are left.
            if adds_up {
                let hidden: Vec<u32> = counts.iter().zip(&told).filter(|(_, told)| **told == Told::Hidden).map(|(count, _)| *count).collect();
                prop_assert!(hidden.len() != 1, "{counts:?}: {told:?}");
            }
        }
    }
}
