//! Who may reach what: actors × every route and server function.
