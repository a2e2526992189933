//! Lists in pages of 50, by cursor: what came between two pages neither repeats nor hides a line.

use serde::{Deserialize, Serialize};

/// How many lines stand on a page.
pub const PAGE: usize = 50;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}
