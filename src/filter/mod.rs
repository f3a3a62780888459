//! The filter of tables and of `list`: parses its text, and finds the matching rows.

pub(crate) mod fuzzy;
pub(crate) mod query;
pub(crate) mod search_index;
