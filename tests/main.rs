//! One binary for all integration tests: linking is most of the time.

mod sandbox;
