//! Who waits to be written: one line for each enterprise, served in turns.
//!
//! A flood to one enterprise makes that enterprise's line long, and nobody else's: a batch takes one of each line, and again, until it is
//! full. When no place is left, whoever came last in the longest line is sent away to come again; so an enterprise with few who wait
//! always gets in.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::id::EnterpriseId;

/// A bounded queue with one line for each enterprise.
pub struct Queue<T> {
    places: usize,
    lines: Mutex<Lines<T>>,
    arrived: Notify,
}

struct Lines<T> {
    waiting: HashMap<EnterpriseId, VecDeque<T>>,
    /// Enterprises with somebody who waits and none who is being served, whoever's turn is next first.
    turns: VecDeque<EnterpriseId>,
    /// Enterprises of which a batch is under way.
    served: HashSet<EnterpriseId>,
    length: usize,
    is_closed: bool,
}

/// What was taken at once. Until it is released, nobody else takes of the same enterprises: they would only wait for the same rows.
pub struct Batch<'q, T> {
    pub items: Vec<T>,
    pub turn: Turn<'q, T>,
}

/// The turn of the enterprises of a batch; over when it is dropped.
pub struct Turn<'q, T> {
    of: Vec<EnterpriseId>,
    queue: &'q Queue<T>,
}

impl<T> Queue<T> {
    pub fn new(places: usize) -> Self {
        let lines = Lines { waiting: HashMap::new(), turns: VecDeque::new(), served: HashSet::new(), length: 0, is_closed: false };
        Self { places, lines: Mutex::new(lines), arrived: Notify::new() }
    }

    /// Lets an item wait. Gives back whoever has to come again: this one, or another that waited in a longer line.
    pub fn push(&self, enterprise: EnterpriseId, item: T) -> Option<T> {
        let refused = self.lines().push(self.places, enterprise, item);
        self.arrived.notify_one();
        refused
    }

    /// The next batch, of at most so many, as soon as there is one; `None` when the queue was closed and is empty.
    pub async fn take(&self, most: usize) -> Option<Batch<'_, T>> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut lines = self.lines();
                let (items, of) = lines.take(most);
                if !items.is_empty() {
                    // Others that wait to take may find more.
                    self.arrived.notify_one();
                    return Some(Batch { items, turn: Turn { of, queue: self } });
                }
                if lines.is_closed && lines.length == 0 {
                    self.arrived.notify_one();
                    return None;
                }
            }
            arrived.await;
        }
    }

    /// Nothing more comes in; what waits is still given out.
    pub fn close(&self) {
        self.lines().is_closed = true;
        self.arrived.notify_one();
    }

    /// Drops all who wait.
    pub fn clear(&self) {
        let mut lines = self.lines();
        let waiting = std::mem::take(&mut lines.waiting);
        lines.turns.clear();
        lines.length = 0;
        drop(lines);
        drop(waiting);
    }

    pub fn is_closed(&self) -> bool {
        self.lines().is_closed
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lines().length
    }

    fn lines(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Lines<T> {
    fn push(&mut self, places: usize, enterprise: EnterpriseId, item: T) -> Option<T> {
        if self.is_closed {
            return Some(item);
        }
        let mut refused = None;
        if self.length >= places {
            let own = self.waiting.get(&enterprise).map_or(0, VecDeque::len);
            let longest = self.waiting.iter().max_by_key(|(_, line)| line.len()).map(|(enterprise, line)| (*enterprise, line.len()));
            // As long as the longest, or one shorter: to change places would help nobody.
            let Some((longest, _)) = longest.filter(|(_, length)| *length > own + 1) else { return Some(item) };
            refused = self.waiting.get_mut(&longest).and_then(VecDeque::pop_back);
            self.length -= usize::from(refused.is_some());
        }
        let line = self.waiting.entry(enterprise).or_default();
        if line.is_empty() && !self.served.contains(&enterprise) {
            self.turns.push_back(enterprise);
        }
        line.push_back(item);
        self.length += 1;
        refused
    }

    /// One of each line in turn, and again; and the enterprises of these.
    fn take(&mut self, most: usize) -> (Vec<T>, Vec<EnterpriseId>) {
        let (mut items, mut of) = (Vec::new(), Vec::new());
        let mut round: VecDeque<EnterpriseId> = VecDeque::new();
        while items.len() < most {
            // Whoever has been served once this time comes after all who have not.
            let (enterprise, is_first) = match self.turns.pop_front() {
                Some(enterprise) => (enterprise, true),
                None => match round.pop_front() {
                    Some(enterprise) => (enterprise, false),
                    None => break,
                },
            };
            let Some(line) = self.waiting.get_mut(&enterprise) else { continue };
            items.extend(line.pop_front());
            if is_first {
                of.push(enterprise);
                self.served.insert(enterprise);
            }
            if line.is_empty() {
                self.waiting.remove(&enterprise);
            } else {
                round.push_back(enterprise);
            }
        }
        self.length -= items.len();
        (items, of)
    }

    /// These are through: whoever waits of them has a turn again, behind the others.
    fn release(&mut self, of: &[EnterpriseId]) {
        for enterprise in of {
            self.served.remove(enterprise);
            if self.waiting.contains_key(enterprise) {
                self.turns.push_back(*enterprise);
            }
        }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.queue.lines().release(&self.of);
        self.queue.arrived.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOODED: EnterpriseId = EnterpriseId::from_bits(1);
    const OTHER: EnterpriseId = EnterpriseId::from_bits(2);

    fn queue(places: usize, waiting: &[(EnterpriseId, u32)]) -> Queue<u32> {
        let queue = Queue::new(places);
        for &(enterprise, item) in waiting {
            assert_eq!(queue.push(enterprise, item), None);
        }
        queue
    }

    #[tokio::test]
    async fn a_batch_takes_of_each_line_in_turn() {
        let queue = queue(100, &[(FLOODED, 1), (FLOODED, 2), (FLOODED, 3), (FLOODED, 4), (OTHER, 10), (OTHER, 11)]);
        assert_eq!(queue.take(5).await.unwrap().items, [1, 10, 2, 11, 3]);
        assert_eq!(queue.take(5).await.unwrap().items, [4]);
    }

    #[tokio::test]
    async fn of_an_enterprise_that_is_being_served_nobody_else_takes() {
        let queue = queue(100, &[(FLOODED, 1), (FLOODED, 2), (OTHER, 10)]);
        let first = queue.take(1).await.unwrap();
        assert_eq!(first.items, [1]);
        let second = queue.take(5).await.unwrap();
        assert_eq!(second.items, [10]);
        drop(first);
        assert_eq!(queue.take(5).await.unwrap().items, [2]);
        drop(second);
    }

    #[test]
    fn when_no_place_is_left_the_longest_line_gives_one_up() {
        let queue = queue(4, &[(FLOODED, 1), (FLOODED, 2), (FLOODED, 3), (FLOODED, 4)]);
        assert_eq!(queue.push(FLOODED, 5), Some(5), "the flood itself gets no place");
        assert_eq!(queue.push(OTHER, 10), Some(4));
        assert_eq!(queue.push(OTHER, 11), Some(3));
        assert_eq!(queue.push(OTHER, 12), Some(12), "now both are as long");
        assert_eq!(queue.len(), 4);
    }

    #[tokio::test]
    async fn what_waited_before_the_end_is_given_out_and_nothing_comes_behind_it() {
        let queue = queue(4, &[(FLOODED, 1)]);
        queue.close();
        assert_eq!(queue.push(OTHER, 2), Some(2));
        assert_eq!(queue.take(9).await.unwrap().items, [1]);
        assert!(queue.take(9).await.is_none());
    }

    #[tokio::test]
    async fn who_waits_to_take_is_woken() {
        let queue = std::sync::Arc::new(Queue::new(4));
        let taking = tokio::spawn({
            let queue = queue.clone();
            async move { queue.take(9).await.map(|batch| batch.items.clone()) }
        });
        tokio::task::yield_now().await;
        queue.push(FLOODED, 1);
        assert_eq!(taking.await.unwrap(), Some(vec![1]));
    }

    proptest! {
        /// Whatever comes and goes: each item is given out once or refused once, in the order of its line, and no enterprise that holds
        /// less than its share of the places is refused.
        #[test]
        fn everything_is_given_out_or_refused_once(
            steps in prop::collection::vec((0_u64..6, 0_usize..4), 1..200),
            places in 1_usize..12,
        ) {
            let queue = Queue::new(places);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (mut given, mut refused) = (Vec::new(), Vec::new());
            for (number, &(enterprise, taken)) in steps.iter().enumerate() {
                let held = queue.lines().waiting.get(&EnterpriseId::from_bits(enterprise)).map_or(0, VecDeque::len);
                let lines = queue.lines().waiting.len().max(1);
                let back = queue.push(EnterpriseId::from_bits(enterprise), (enterprise, number));
                if back == Some((enterprise, number)) {
                    prop_assert!((held + 1) * lines >= places, "{held} of {places} places among {lines}");
                }
                refused.extend(back);
                prop_assert!(queue.len() <= places);
                if taken > 0 && queue.len() > 0 {
                    given.extend(runtime.block_on(queue.take(taken)).unwrap().items.iter().copied());
                }
            }
            queue.close();
            while let Some(batch) = runtime.block_on(queue.take(3)) {
                given.extend(batch.items.iter().copied());
            }
            for enterprise in 0..6 {
                let order: Vec<usize> = given.iter().filter(|(of, _)| *of == enterprise).map(|(_, number)| *number).collect();
                prop_assert!(order.is_sorted());
            }
            let mut all: Vec<usize> = given.iter().chain(&refused).map(|(_, number)| *number).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..steps.len()).collect::<Vec<_>>());
        }
    }
}
