//! Calls of a provider's API with a credential: one request, its pages, its lookups, and what proves the caller.

mod body;
pub mod call;
mod denial;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod lookup;
mod next_page;
pub mod page;
mod refusal;
mod signature;
