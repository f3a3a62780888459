//! Configuration > Security > Team: the members of the vault, and what to rotate after a member was removed.

pub(crate) mod add;
mod encrypting;
pub(crate) mod entrance;
pub(crate) mod entry;
mod entry_form;
pub(crate) mod host;
mod labels;
pub(crate) mod list;
pub(crate) mod member;
pub(crate) mod remove;
pub(crate) mod rotation;
pub(crate) mod waiting;

pub(crate) use labels::rotation_sentence;
