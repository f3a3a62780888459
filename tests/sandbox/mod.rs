//! The built-in provider: its responses on the wire, row by row.

mod api_calls;
mod consent_page;
mod dialects;
mod doubts;
mod page_troubles;
mod record_reader;
mod records;
mod rows;
mod token_wire;
pub(crate) mod wire;
