//! `credenza team accept` on a real PostgreSQL that was restored from a backup.

use tokio_postgres::NoTls;

use super::Cli;
use super::team::{schema, team};

/// Runs SQL statements in the schema of a vault address.
fn sql(address: &str, statements: &str) {
    let (address, schema) = address.split_once("?schema=").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
        let driven = tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {schema}; {statements}")).await.unwrap();
        drop(client);
        driven.await.unwrap().unwrap();
    });
}

#[test]
fn a_restored_database_is_accepted_by_an_admin_and_works_for_all() {
    let Some(address) = schema() else { return };
    let (ana, bob) = (Cli::new(), Cli::empty());
    ana.add("Zoho EU").ends(0);
    team(&ana, &["team", "create", &address, "--as", "Ana", "--from-local"]).ends(0);
    let joining = team(&bob, &["team", "join", &address, "--as", "Bob", "--allow-weak"]).ends(0).json();
    let (code, words) = (joining["code"].as_str().unwrap(), joining["words"].as_str().unwrap());
    team(&ana, &["team", "add", code, "--words", words]).ends(0);
    team(&bob, &["list"]).ends(0);
    let nothing = team(&ana, &["team", "accept"]).ends(0).json();
    assert_eq!(nothing["accepted"], false);
    sql(
        &address,
        "CREATE TABLE kept AS TABLE credenza_objects; CREATE TABLE counted AS SELECT last_value FROM \
         credenza_objects_rev_seq",
    );
    team(&ana, &["rename", "Zoho EU", "Zoho"]).ends(0);
    sql(
        &address,
        "TRUNCATE credenza_objects; INSERT INTO credenza_objects SELECT * FROM kept; SELECT \
         setval('credenza_objects_rev_seq', (SELECT last_value FROM counted))",
    );
    // Bob's save writes the same rows again, in the same order.
    team(&bob, &["rename", "Zoho EU", "Wages"]).ends(0);
    let refused = team(&ana, &["list"]).ends(7);
    assert!(refused.err.contains("credenza team accept"), "{}", refused.err);
    assert!(team(&bob, &["team", "accept", "--yes"]).ends(8).err.contains("Only an admin"));
    team(&ana, &["team", "accept"]).ends(4);
    team(&ana, &["list"]).ends(7);
    let asked = ana.run(&["--vault", "team", "team", "accept"]).ends(4);
    assert!(asked.out.contains("OBJECT") && asked.out.contains("Zoho"), "{}", asked.out);
    let accepted = team(&ana, &["team", "accept", "--yes"]).ends(0).json();
    let setup = accepted["differences"].as_array().unwrap().iter().find(|one| one["name"] == "Zoho").unwrap();
    assert_eq!(
        (&accepted["accepted"], &setup["by"], &setup["remedy"]),
        (&true.into(), &"Bob".into(), &"keep_stored".into())
    );
    for cli in [&ana, &bob] {
        assert_eq!(team(cli, &["list"]).ends(0).json()[0]["name"], "Wages");
    }
    assert!(ana.run(&["--vault", "team", "log"]).ends(0).out.contains("restore"));
}
