//! What is counted, and who is behind it.
