//! Nothing personal is readable on the disk.
