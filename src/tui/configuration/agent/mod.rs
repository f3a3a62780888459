//! Configuration > Agent: the process that keeps the vault open for commands.

pub(crate) mod status;
pub(crate) mod unlock;
