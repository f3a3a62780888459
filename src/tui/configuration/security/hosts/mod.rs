//! Configuration > Security > Hosts: machines that open the vault without the passphrase.

pub mod add;
pub mod list;
pub mod remove;
