//! What declarations add up to, and the people behind each figure. The filter lives in the URL: a drill-down only changes
//! the query.

pub mod people_page;
pub mod person_page;
pub mod statistics_page;
