//! The contract of a team's storage backends: one test suite that runs on each engine.
//!
//! The in-memory engine and a small in-process bucket are always tested. Real engines are tested if an environment
//! variable configures one (`.ci/backends` starts them). Each test that used a real engine is recorded in a file, so
//! that a missing variable is noticed.

mod addresses;
mod azure;
mod bucket;
mod bucket_words;
mod database;
mod database_words;
mod engine;
mod faults;
mod faulty;
mod memory;
mod proxy;
mod real;
mod s3;
mod self_test;
mod suite;

pub(crate) use azure::Azure;
pub(crate) use bucket::{Manner, Small};
pub(crate) use database::Postgres;
pub(crate) use engine::Engine;
pub(crate) use faulty::{Fault, Faults};
pub(crate) use memory::Memory;
pub(crate) use proxy::Proxy;
pub(crate) use real::this_test;
pub(crate) use s3::S3;

mod in_memory {
    super::suite::held_by!(super::Memory);
}

mod in_a_small_bucket {
    super::suite::held_by!(super::bucket::Small);
}

mod in_postgresql {
    super::suite::held_by!(super::database::Postgres);
}

mod in_s3 {
    super::suite::held_by!(super::s3::S3);
}

mod in_azure {
    super::suite::held_by!(super::azure::Azure);
}
