//! Configuration > Security > Team: the members of the vault, and what to rotate after a member was removed.

pub(crate) mod add;
pub(crate) mod create_or_join;
mod create_or_join_form;
mod encrypting;
pub(crate) mod host;
mod labels;
pub(crate) mod list;
pub(crate) mod member;
pub(crate) mod no_team;
pub(crate) mod remove;
pub(crate) mod rotation;
pub(crate) mod waiting;

pub(crate) use labels::rotation_sentence;
