//! Standard output of the interface: a frame is written in one piece, and nothing of it is kept.
//!
//! The buffer of [`std::io::Stdout`] lives as long as the process and is never wiped; a secret that was shown, or
//! copied by way of the terminal, would stay in it after the vault was locked.

use std::io::{self, Write};

use rustix::io::{Errno, write};
use zeroize::{Zeroize as _, Zeroizing};

/// Initial capacity in bytes: enough for a usual frame.
const FRAME: usize = 16 << 10;

/// The bytes that were written but not flushed.
#[derive(Debug)]
pub(super) struct TerminalOutput(Zeroizing<Vec<u8>>);

impl Default for TerminalOutput {
    fn default() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(FRAME)))
    }
}

impl Write for TerminalOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = write_out(&self.0);
        // Also after an error, because the rest of a frame is useless later.
        self.0.as_mut_slice().zeroize();
        self.0.clear();
        written
    }
}

fn write_out(mut bytes: &[u8]) -> io::Result<()> {
    // Held only as a lock: a copy to the clipboard must not land inside a frame.
    let _turn = io::stdout().lock();
    while !bytes.is_empty() {
        match write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
