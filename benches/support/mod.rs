//! What the programs beside the tests have in common: the release binary, people to declare, and how they ask it.

pub mod forms;
pub mod http;
pub mod latency;
pub mod seed;
pub mod server;
