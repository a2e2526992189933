//! What a person who signs in is told: that somebody asks to be a manager, that their own leave is over.
//!
//! A message is written in the transaction of what it tells of ([`tell_in!`](tell::tell_in)), says nothing about a person, and leads to
//! where something can be done. It counts as read once its page was shown.

pub mod api;
pub mod messages_page;
pub mod model;

#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod tell;
