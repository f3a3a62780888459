//! Configuration > Security > Hosts: machines that open the vault with their own keys instead of the passphrase.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod remove;
