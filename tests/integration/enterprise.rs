//! Enterprises, invitations, images.
