//! The filter of tables and of `list`: what is typed into it, and which rows meet it.

pub(crate) mod fuzzy;
pub(crate) mod query;
pub(crate) mod search_index;
