//! Addresses and settings of the environment: where each value comes from, and what is refused with which message.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use credenza::problem::{Kind, Problem};
use credenza::secret::Secret;
use credenza::store::team::backend;
use credenza::store::team::backend::address::Address;
use credenza::store::team::backend::platform::Platform;

fn refused(address: &str) -> Problem {
    let problem = Address::parse(address).unwrap_err();
    assert_eq!(problem.kind, Kind::Usage, "{address}");
    assert!(!problem.try_this.is_empty(), "{address}");
    problem
}

fn open(home: &Path, address: &str, variables: &[(&str, &str)]) -> Result<String, Problem> {
    let platform = Platform::new(home, variables.iter().copied());
    backend::open(&Address::parse(address)?, &platform).map(|backend| backend.place())
}

#[test]
fn no_key_of_a_store_is_ever_shown() {
    let empty = home(&[]);
    for (address, variables, kept) in [
        ("s3://vault/prod", [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "aHVudGVyMg")], "id:aHVudGVyMg"),
        ("az://vault/prod", [("AZURE_STORAGE_ACCOUNT", "acme"), ("AZURE_STORAGE_KEY", "aHVudGVyMg==")], "aHVudGVyMg=="),
        ("postgres://ana@localhost/vault", [("PGPASSFILE", "/nowhere"), ("PGPASSWORD", "aHVudGVyMg")], "aHVudGVyMg"),
    ] {
        let platform = Platform::new(empty.path(), variables).with_password(Secret::new(kept.to_owned()));
        let backend = backend::open(&Address::parse(address).unwrap(), &platform).unwrap();
        let shown = format!("{backend:?} {platform:?} {}", backend.place());
        assert!(!shown.contains("aHVudGVyMg") && shown.contains("vault"), "{shown}");
    }
}

#[test]
fn a_password_that_is_kept_signs_in_at_a_bucket_without_the_platform() {
    let empty = home(&[]);
    let open = |address: &str, kept: &str| {
        let platform = Platform::new(empty.path(), []).with_password(Secret::new(kept.to_owned()));
        backend::open(&Address::parse(address).unwrap(), &platform).map(|backend| backend.place())
    };
    for kept in ["ID:secret", "ID:secret/with:more+\n"] {
        open("s3://vault/prod", kept).unwrap();
    }
    open("az://vault/prod?account=acme", "aHVudGVyMg==").unwrap();
    open("az://vault/prod?account=acme", "?sv=2024&sig=abc").unwrap();
    for malformed in ["hunter2", "hunter2:", ":hunter2", ""] {
        let problem = open("s3://vault/prod", malformed).unwrap_err();
        assert_eq!(problem.kind, Kind::Usage);
        assert!(problem.step.is_some() && !problem.to_string().contains("hunter2"), "{problem}");
    }
}

fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = crate::scratch::folder();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

#[test]
fn an_address_is_shown_as_it_was_written_without_settings() {
    for (written, shown) in [
        ("postgres://vault@db.acme.example/credenza", "postgres://vault@db.acme.example/credenza"),
        ("postgresql://db.acme.example:5433/credenza?sslrootcert=/ca.pem", "postgres://db.acme.example:5433/credenza"),
        ("postgres://[::1]/credenza?schema=team_a", "postgres://[::1]/credenza?schema=team_a"),
        ("postgres:///?service=acme", "postgres:///?service=acme"),
        (" s3://acme-vault/prod/ ", "s3://acme-vault/prod"),
        ("s3://acme-vault?region=eu-north-1", "s3://acme-vault"),
        ("az://vault/a/b?account=acme", "az://vault/a/b"),
    ] {
        assert_eq!(Address::parse(written).unwrap().to_string(), shown, "{written}");
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    for address in [
        "postgres://ana:hunter2@db.acme.example/credenza",
        "postgres://db/credenza?password=hunter2",
        "s3://a:hunter2@bucket",
    ] {
        let problem = refused(address);
        assert_eq!(problem.what, "The address contains a password.");
        assert!(!problem.to_string().contains("hunter2") && problem.try_this.contains("~/.pgpass"), "{problem}");
    }
}

#[test]
fn bad_addresses_say_what_is_wrong_and_what_was_meant() {
    for (address, why) in [
        ("", "It begins with no scheme that is supported."),
        ("db.acme.example/credenza", "It begins with no scheme that is supported."),
        ("postgers://db/credenza", "It begins with no scheme that is supported. Did you mean \"postgres\"?"),
        ("postgres://db.acme.example", "It names no database."),
        ("postgres://db:http/credenza", "Invalid port number."),
        (
            "postgres://db/credenza?sslmode=require",
            "sslmode=require does not verify who the server is; only verify-full does.",
        ),
        ("postgres://db/credenza?shcema=a", "\"shcema\" is no setting of this kind of store. Did you mean \"schema\"?"),
        ("postgres://db/credenza?port=x", "\"x\" is no port."),
        (
            "s3://Acme/prod",
            "\"Acme\" is not a valid bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens.",
        ),
        ("s3://acme-vault:9000/prod", "A bucket has no user and no port in its address."),
        ("s3://acme-vault/prod#x", "It contains the character #, which begins a fragment."),
        ("s3://acme-vault/prod?account=x", "\"account\" is no setting of this kind of store."),
    ] {
        assert_eq!(refused(address).why, why, "{address}");
    }
    assert!(refused("s3://acme-vault/a%20b").why.contains("prefix"));
    assert!(refused("postgres://db/credenza?schema=a-b").why.contains("schema"));
}

#[test]
fn an_endpoint_outside_of_this_machine_needs_tls() {
    assert_eq!(
        refused("s3://vault/a?endpoint=http://minio.acme.example").why,
        "Without TLS, anyone on the network path could change the data."
    );
    assert!(refused("s3://vault/a?endpoint=https://a:hunter2@minio").what.contains("a user or a password"));
    assert!(Address::parse("s3://vault/a?endpoint=http://127.0.0.1:9000").is_ok());
    assert!(Address::parse("az://vault/a?account=b&endpoint=https://minio.acme.example").is_ok());
}

#[test]
fn a_service_has_what_the_address_leaves_out() {
    let service = "[acme]\nhost=localhost\nport=5433\nuser=vault\ndbname=credenza\npassword=hunter2\n";
    let folder = home(&[(".pg_service.conf", service)]);
    assert_eq!(
        open(folder.path(), "postgres:///?service=acme", &[]).unwrap(),
        "postgres://vault@localhost:5433/credenza"
    );
    let problem = open(folder.path(), "postgres:///?service=acne", &[]).unwrap_err();
    assert!(problem.why.ends_with("Did you mean \"acme\"?"), "{problem}");
    let elsewhere = home(&[]);
    let problem = open(elsewhere.path(), "postgres:///?service=acme", &[]).unwrap_err();
    assert!(problem.why.starts_with("There is no file "), "{problem}");
}

#[test]
fn a_password_file_that_others_can_read_is_refused() {
    let folder = home(&[(".pgpass", "*:*:*:*:hunter2\n")]);
    let file = folder.path().join(".pgpass");
    assert!(open(folder.path(), "postgres://ana@localhost/credenza", &[]).is_ok());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let problem = open(folder.path(), "postgres://ana@localhost/credenza", &[]).unwrap_err();
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.try_this.starts_with("chmod 600"), "{problem}");
}

#[test]
fn credentials_of_a_bucket_come_from_the_environment_or_a_profile() {
    let keys = "[default]\naws_access_key_id = id\naws_secret_access_key = secret\n";
    let config = "[profile other]\nregion = eu-north-1\nsso_session = acme\n";
    let folder = home(&[(".aws/credentials", keys), (".aws/config", config)]);
    let bucket = "s3://acme-vault/prod";
    assert_eq!(open(folder.path(), bucket, &[]).unwrap(), bucket);
    let local = [("AWS_ENDPOINT_URL_S3", "https://minio.acme.example")];
    assert_eq!(open(folder.path(), bucket, &local).unwrap(), "s3://acme-vault/prod at minio.acme.example");
    let problem = open(folder.path(), bucket, &[("AWS_ENDPOINT_URL", "http://minio.acme.example")]).unwrap_err();
    assert!(problem.why.starts_with("Without TLS"), "{problem}");
    let problem = open(folder.path(), bucket, &[("AWS_PROFILE", "othre")]).unwrap_err();
    assert!(problem.why.ends_with("Did you mean \"other\"?"), "{problem}");
    let problem = open(folder.path(), bucket, &[("AWS_PROFILE", "other")]).unwrap_err();
    assert!(problem.why.contains("sso_session"), "{problem}");
    let empty = home(&[]);
    let problem = open(empty.path(), bucket, &[]).unwrap_err();
    assert_eq!(problem.what, "There are no credentials for s3://acme-vault.");
    assert!(open(empty.path(), bucket, &[("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]).is_ok());
}

#[test]
fn a_container_needs_an_account_and_a_credential() {
    let empty = home(&[]);
    let key = ("AZURE_STORAGE_KEY", "c2VjcmV0");
    let problem = open(empty.path(), "az://vault/prod", &[key]).unwrap_err();
    assert_eq!(problem.what, "The account of az://vault is not known.");
    let problem = open(empty.path(), "az://vault/prod?account=acme", &[]).unwrap_err();
    assert_eq!(problem.what, "There are no credentials for az://vault.");
    assert_eq!(open(empty.path(), "az://vault/prod?account=acme", &[key]).unwrap(), "az://vault/prod");
    let connection =
        "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net";
    assert!(open(empty.path(), "az://vault/prod", &[("AZURE_STORAGE_CONNECTION_STRING", connection)]).is_ok());
    let problem =
        open(empty.path(), "az://vault/prod?account=acme", &[("AZURE_STORAGE_KEY", "no base64!")]).unwrap_err();
    assert!(!problem.to_string().contains("no base64!"), "{problem}");
}
