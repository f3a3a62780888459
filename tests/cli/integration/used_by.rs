//! Which integrations use a credential is shown before it is deleted, and when it is.

use serde_json::{Value, json};

use super::Desk;

fn shown(desk: &Desk, name: &str) -> Value {
    desk.plain(&["show", name, "--json", "--no-input"]).ends(0).json()["integrations"].clone()
}

#[test]
fn show_names_the_integrations_that_use_a_credential() {
    let desk = Desk::new();
    assert_eq!(shown(&desk, "Zoho"), json!([]));
    desk.add("CMDB", &["ec-computers"]);
    desk.add("Devices", &["mdm-devices"]);
    desk.cli.add("Other").ends(0);
    assert_eq!(shown(&desk, "Zoho"), json!(["CMDB", "Devices"]));
    assert_eq!(shown(&desk, "Other"), json!([]));
    let text = desk.plain(&["show", "Zoho", "--no-input"]).ends(0).out;
    let at = text.lines().position(|line| line.starts_with("Integrations ")).unwrap();
    let names: Vec<&str> = text.lines().skip(at).take(2).filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["CMDB", "Devices"], "{text}");
    let other = desk.plain(&["show", "Other", "--no-input"]).ends(0).out;
    assert!(!other.contains("Integrations"), "what is empty has no row\n{other}");
    desk.run(&["edit", "Devices", "--credential", "Other"]).ends(0);
    assert_eq!((shown(&desk, "Zoho"), shown(&desk, "Other")), (json!(["CMDB"]), json!(["Devices"])));
}

#[test]
fn a_delete_tells_which_integrations_lose_their_credential() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.add("Devices", &["mdm-devices"]);
    let ran = desk.plain(&["delete", "Zoho", "--json", "--no-input"]).ends(0);
    assert!(ran.err.lines().any(|line| line == "credenza: 2 integrations used it: CMDB, Devices"), "{ran:?}");
    assert_eq!(ran.json(), json!({ "deleted": "Zoho", "revoked": false }));
    assert_eq!(desk.json(&["show", "CMDB"])["state"], "no_credential");
    desk.plain(&["undo", "--no-input"]).ends(0);
    assert_eq!(shown(&desk, "Zoho"), json!(["CMDB", "Devices"]));
    desk.run(&["delete", "Devices"]).ends(0);
    let one = desk.plain(&["delete", "Zoho", "--no-input"]).ends(0);
    assert!(one.err.contains("1 integration used it: CMDB\n"), "{one:?}");
    desk.cli.add("Unused").ends(0);
    let none = desk.plain(&["delete", "Unused", "--no-input"]).ends(0);
    assert!(!none.err.contains("used it"), "{none:?}");
}
