//! Lists in pages of 50, by cursor: what came between two pages neither repeats nor hides a line.

/// How many lines stand on a page.
pub const PAGE: usize = 50;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<C>,
}
