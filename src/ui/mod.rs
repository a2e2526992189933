//! Components that know no room: the frame of a page, what stands there while it loads, and what it says when it cannot.

#[cfg(feature = "ssr")]
pub mod chart;
pub mod error_page;
mod error_text;
pub mod field;
pub mod frame;
pub mod load;
pub mod locale;
pub mod query;
pub mod status;
pub mod title;

pub(crate) use self::locale::tr;
pub use self::{
    error_page::ErrorPage,
    error_text::{ErrorNote, ErrorText, error_text, note},
    frame::{Frame, NoFilesInWeChat, Owners},
    load::{Busy, Progress, Waiting, load, load_sent, page_data},
    locale::language,
    query::query_value,
    status::bad_request,
    title::Title,
};
