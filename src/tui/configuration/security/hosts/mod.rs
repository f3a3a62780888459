//! Configuration > Security > Hosts: machines that open the vault without the passphrase.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod remove;
