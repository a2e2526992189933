//! Enrolling, signing in, claiming: who is let in.
