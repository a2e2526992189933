//! The questionnaires that there are, and the command that checks one.
