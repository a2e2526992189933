//! Questions, answers and problems in the words that people read.
