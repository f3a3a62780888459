//! Storage backends of a team: the interface, and an implementation for each kind of store.
//!
//! Without the features `team-postgres` and `team-objects`, parts of the shared code are unused.

#[cfg_attr(
    not(all(feature = "team-postgres", feature = "team-objects")),
    allow(dead_code, reason = "an engine is left out")
)]
pub mod address;
mod contract;
#[cfg(any(feature = "team-postgres", feature = "team-objects"))]
mod driver;
#[cfg(any(feature = "team-postgres", feature = "team-objects"))]
#[cfg_attr(not(feature = "team-objects"), allow(dead_code, reason = "an engine is left out"))]
mod ini;
#[cfg(feature = "team-objects")]
mod objects;
#[cfg_attr(
    not(all(feature = "team-postgres", feature = "team-objects")),
    allow(dead_code, reason = "an engine is left out")
)]
pub mod platform;
#[cfg(feature = "team-postgres")]
mod postgres;
pub mod self_test;
#[cfg(any(feature = "team-postgres", feature = "team-objects"))]
#[cfg_attr(not(feature = "team-postgres"), allow(dead_code, reason = "an engine is left out"))]
mod tls;

use std::sync::Arc;

pub use contract::{
    Backend, BackendError, Expected, ListedObject, MAX_OBJECT, Object, ObjectPath, Version, Write, Written,
};

use address::{Address, Bucket, Database};
use platform::Platform;

use crate::problem::Problem;

/// Opens the backend at an address. Reads the settings and credentials of the environment, but does not connect yet.
///
/// # Errors
/// `Kind::Usage` for invalid settings or missing credentials; `Kind::Refused` for a backend that is not compiled into
/// this build.
pub fn open(address: &Address, platform: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    match address {
        Address::Postgres(database) => postgres(database, platform),
        Address::S3(bucket) => s3(bucket, platform),
        Address::Azure(container) => azure(container, platform),
    }
}

#[cfg(feature = "team-postgres")]
fn postgres(database: &Database, platform: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    Ok(Arc::new(postgres::Postgres::open(database, platform)?))
}

#[cfg(not(feature = "team-postgres"))]
fn postgres(_: &Database, _: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    Err(left_out("PostgreSQL"))
}

#[cfg(feature = "team-objects")]
fn s3(bucket: &Bucket, platform: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    Ok(Arc::new(objects::s3(bucket, platform)?))
}

#[cfg(feature = "team-objects")]
fn azure(container: &Bucket, platform: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    Ok(Arc::new(objects::azure(container, platform)?))
}

#[cfg(not(feature = "team-objects"))]
use self::{bucket as azure, bucket as s3};

#[cfg(not(feature = "team-objects"))]
fn bucket(_: &Bucket, _: &Platform) -> Result<Arc<dyn Backend>, Problem> {
    Err(left_out("buckets as team"))
}

#[cfg(any(test, not(all(feature = "team-postgres", feature = "team-objects"))))]
fn left_out(engine: &str) -> Problem {
    Problem::new(crate::problem::Kind::Refused, format!("This build has no support for {engine} vaults."))
        .why("It was made without that feature, to be smaller.")
        .try_this("Install the full package.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_left_out_is_refused_in_words() {
        let problem = left_out("PostgreSQL");
        assert_eq!(problem.kind, crate::problem::Kind::Refused);
        assert_eq!(problem.what, "This build has no support for PostgreSQL vaults.");
        assert_eq!(problem.try_this, "Install the full package.");
    }

    #[cfg(not(any(feature = "team-postgres", feature = "team-objects")))]
    #[test]
    fn each_address_names_the_engine_that_is_left_out() {
        let platform = Platform::of_process();
        for (address, engine) in
            [("postgres://db/vault", "PostgreSQL"), ("s3://vault/prod", "buckets"), ("az://vault?account=a", "buckets")]
        {
            let problem = open(&Address::parse(address).unwrap(), &platform).unwrap_err();
            assert!(problem.what.contains(&format!("no support for {engine}")), "{problem}");
        }
    }
}
