//! What a person meets around runs: cancelling, leaving, locking, comparing, copying.
