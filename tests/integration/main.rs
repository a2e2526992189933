//! Everything from outside: over HTTP, and through the rooms' public functions, on both databases.

mod support;

mod account;
mod architecture;
mod declaration;
mod enterprise;
mod matrix;
mod operator;
mod questionnaire;
mod statistics;
mod trouble;
mod vault;
mod web;
