//! Configuration > Security > Team: who shares the vault, and what is to be changed after somebody was removed.

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
