//! Declaring: from the form to the disk.
