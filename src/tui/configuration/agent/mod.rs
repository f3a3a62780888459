//! Configuration > Agent: the background process that keeps the vault unlocked for commands.

pub(crate) mod status;
pub(crate) mod unlock;
