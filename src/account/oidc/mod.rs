//! Identity providers: somebody else (粤信签, a provincial identity platform, any OpenID Connect provider) has looked at a face
//! and says who it belongs to.
//!
//! [`config`] reads which providers there are. [`flow`] sends a browser there and takes it back, once, with everything checked
//! that can be; [`discovery`] knows a provider's addresses and keys, and [`http`] is the only way to it. [`claims`] turns what a
//! provider says into a person, or into a refusal: an enterprise account is nobody. Whom that person is to us is [`identity`]'s
//! to say: a representative whom the operator named, or an employee on an invitation. [`route`] ties them to two addresses.
//!
//! A person is an issuer and a subject. Both are kept as keyed hashes only.

pub mod claims;
pub mod config;
mod discovery;
pub mod flow;
mod http;
pub mod identity;
pub mod route;
mod store;

pub use self::store::Flows;
pub use self::{
    config::{Audience, Provider, Providers},
    http::choose_cryptography,
};
