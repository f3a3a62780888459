//! The site or tenant that API calls go to: requested after authentication, stored, and chosen among several.

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Mode, Options, Sandbox};

use super::{Cli, Ran};

fn sandbox(modes: &[&str]) -> Sandbox {
    let catalog = Catalog::load(std::path::Path::new("/nonexistent"), Origin::default()).0;
    let modes = modes.iter().map(|mode| mode.parse::<Mode>().unwrap()).collect();
    Sandbox::start_apart(Options { catalog: catalog.into(), modes, ..Options::default() }).unwrap()
}

fn run(cli: &Cli, sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = cli.command(arguments);
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    Ran::of(command.output().unwrap())
}

fn site(cli: &Cli, sandbox: &Sandbox) -> serde_json::Value {
    run(cli, sandbox, &["show", "Sites", "--json"]).ends(0).json()["captured"]["cloud_id"].clone()
}

fn authenticate(cli: &Cli, sandbox: &Sandbox, more: &[&str]) -> String {
    let arguments = [&["authenticate", "Sites", "--accept-new-host"], more].concat();
    run(cli, sandbox, &arguments).ends(0).err
}

#[test]
fn the_first_site_is_taken_another_one_is_chosen_and_stays_chosen() {
    let (cli, here) = (Cli::new(), sandbox(&[]));
    std::fs::write(cli.folder().join("secret"), "CNRY-secret\n").unwrap();
    let secret = cli.folder().join("secret");
    let client = ["--client-id", "client-1", "--client-secret-file", secret.to_str().unwrap()];
    let add = ["add", "--integration", "atlassian-service-account", "--name", "Sites"];
    run(&cli, &here, &[&add[..], &client[..]].concat()).ends(0);

    let said = authenticate(&cli, &here, &[]);
    assert!(said.contains("This credential uses Acme 1. Also available: Acme 2."), "{said}");
    assert_eq!(site(&cli, &here), "cloud_id-1");

    authenticate(&cli, &here, &["--place", "acme 2"]);
    assert_eq!(site(&cli, &here), "cloud_id-2");
    authenticate(&cli, &here, &[]);
    assert_eq!(site(&cli, &here), "cloud_id-2", "it stays as it was chosen");
    run(&cli, &here, &["token", "Sites", "--force"]).ends(0);
    assert_eq!(site(&cli, &here), "cloud_id-2", "a new access token is about the same site");

    let unknown = authenticate(&cli, &here, &["--place", "nowhere"]);
    assert!(unknown.contains("No site or tenant is named nowhere. This credential uses Acme 2."), "{unknown}");

    // If the sites cannot be requested, the new tokens are stored nevertheless, and the previous choice is kept.
    for mode in ["api-down", "api-refused", "api-page", "api-redirect"] {
        let broken = sandbox(&[mode]);
        let said = authenticate(&cli, &broken, &[]);
        assert!(said.contains("did not name a site or tenant"), "{mode}: {said}");
        assert_eq!(site(&cli, &broken), "cloud_id-2", "{mode}");
    }
}
