//! Configuration > Agent: the process that keeps the vault open for commands.

pub mod status;
pub mod unlock;
