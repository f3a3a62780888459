//! The built-in provider: what it answers on the wire, row by row.

mod api_calls;
mod consent_page;
mod dialects;
mod rows;
mod token_wire;
pub(crate) mod wire;
