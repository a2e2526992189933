//! Everything from outside: over HTTP, and through the rooms' public functions, on both databases.

mod support;

mod account;
mod alert;
mod architecture;
mod audit;
mod channel;
mod choice;
mod declaration;
mod delegation;
mod department;
mod enterprise;
mod export;
mod issuer;
mod keys;
mod matrix;
mod observe;
mod oidc;
mod on_behalf;
mod operator;
mod processes;
mod properties;
mod questionnaire;
mod reminder;
mod retention;
mod rights;
mod roster;
mod schema;
mod share;
mod statistics;
mod tablet;
mod trend;
mod trouble;
mod trust;
mod vault;
mod web;
