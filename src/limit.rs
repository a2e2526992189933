//! How often someone may try. Offices share one address, so limits by address are wide, and those by session, invitation and
//! document are tight.

/// All limits of this process.
#[derive(Default)]
pub struct Limits {}
