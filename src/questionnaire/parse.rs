//! Reads a questionnaire's TOML file, and explains each mistake with its line.
