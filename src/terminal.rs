//! What commands say on standard output.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write},
    process,
};

/// Prints a line: `say!("{} added.", count)`. Where whoever reads has gone (`shenbao … | head`), the program ends quietly, as
/// others do.
macro_rules! say {
    ($($words:tt)*) => { $crate::terminal::print(format_args!($($words)*)) };
}
pub(crate) use say;

pub fn print(line: Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}")
        && error.kind() == ErrorKind::BrokenPipe
    {
        process::exit(0);
    }
}
