//! What was done, by whom, to whom: written down before anyone sees what it is about, and never changed.
//!
//! An [`Entry`](entry::Entry) is written in the transaction of the change that it tells of ([`record_in!`](entry::record_in)), or by
//! itself before a view leaves ([`entry::record`]). The entries of an enterprise are numbered without a gap and chained by a keyed
//! hash, and the head of the chain is sealed by another: so [`verify`] finds any entry that was edited, deleted, moved or cut
//! off by someone who has the database and not the key file. The oldest go as a whole when their time is over ([`retention`]): then a
//! sealed mark says where the others begin.
//!
//! The representative reads their enterprise's entries ([`audit_page`]); an employee sees who looked at their own details. What people do
//! with their own sign-in belongs to no enterprise (`EnterpriseId::SYSTEM`): each reads their own of it on the account's page.

pub mod api;
pub mod audit_page;
pub mod model;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod command;
#[cfg(feature = "ssr")]
pub mod entry;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod verify;
