//! Calls of a provider's API with a credential: single requests, pages of records, lookups, and their authentication.

mod body;
pub mod call;
mod denial;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod lookup;
mod next_page;
pub mod page;
mod refusal;
mod signature;
