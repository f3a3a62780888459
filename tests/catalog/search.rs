//! What the search returns for what users type: the first three rows.

use super::shipped;

/// Names, vendors, synonyms and typos, each with the entry that must be among the first three rows.
const MEANT: [(&str, &str); 74] = [
    ("manage", "manageengine"),
    ("ManageEngine", "manageengine"),
    ("managenegine", "manageengine"),
    ("mangeengine", "manageengine"),
    ("manage engine", "manageengine"),
    ("desktop central", "manageengine"),
    ("dsktop central", "manageengine"),
    ("endpoint central", "manageengine"),
    ("servicedesk", "manageengine"),
    ("sdp", "manageengine"),
    ("zoho", "zoho"),
    ("zoho", "manageengine"),
    ("zoho crm", "zoho-crm"),
    ("zohocrm", "zoho-crm"),
    ("service", "servicenow"),
    ("snow", "servicenow"),
    ("service now", "servicenow"),
    ("servcenow", "servicenow"),
    ("o365", "microsoft-entra"),
    ("office 365", "microsoft-entra"),
    ("azure ad", "microsoft-entra"),
    ("aad", "microsoft-entra"),
    ("entra", "microsoft-entra"),
    ("microsoft", "microsoft-entra"),
    ("micorsoft", "microsoft-entra"),
    ("intune", "microsoft-intune"),
    ("teams", "microsoft-teams"),
    ("sharepoint", "microsoft-sharepoint"),
    ("power bi", "microsoft-power-bi"),
    ("google", "google-workspace"),
    ("gogle", "google-workspace"),
    ("gsuite", "google-workspace"),
    ("g suite", "google-workspace"),
    ("gmail", "gmail"),
    ("gcp", "google-cloud"),
    ("git", "github"),
    ("git", "gitlab"),
    ("githb", "github"),
    ("jira", "jira"),
    ("jra", "jira"),
    ("jsm", "jira"),
    ("atlassian", "jira"),
    ("confluence", "confluence"),
    ("okta", "okta"),
    ("otka", "okta"),
    ("slack", "slack"),
    ("slack", "slack-user"),
    ("zoom", "zoom"),
    ("webex", "webex"),
    ("box", "box"),
    ("dropbox", "dropbox"),
    ("jamf", "jamf-pro"),
    ("kandji", "kandji"),
    ("airwatch", "workspace-one-uem"),
    ("mobileiron", "ivanti-neurons-mdm"),
    ("meraki", "meraki"),
    ("crowdstrike", "crowdstrike"),
    ("crowd strike", "crowdstrike"),
    ("falcon", "crowdstrike"),
    ("sentinel one", "sentinelone"),
    ("nessus", "tenable"),
    ("insightvm", "rapid7-insight"),
    ("1password", "onepassword-users"),
    ("ninja", "ninjaone"),
    ("connectwise", "connectwise-psa"),
    ("kaseya", "itglue"),
    ("freshservice", "freshservice"),
    ("fresh service", "freshservice"),
    ("zendesk", "zendesk"),
    ("hellosign", "dropbox-sign"),
    ("qbo", "quickbooks"),
    ("bob", "hibob"),
    ("oidc", "openid-connect"),
    ("custom", "custom-oauth2"),
];

#[test]
fn what_one_means_is_in_the_first_three_rows() {
    let catalog = shipped();
    let mut missed = Vec::new();
    for (query, meant) in MEANT {
        let rows: Vec<&str> = catalog.search(query).iter().take(3).map(|hit| hit.provider.id.as_str()).collect();
        if !rows.contains(&meant) {
            missed.push(format!("{query}: {meant} is not among {}", rows.join(", ")));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn the_first_row_is_the_vendors_main_entry() {
    let table = [
        ("manage", "manageengine"),
        ("zoho", "zoho"),
        ("microsoft", "microsoft-entra"),
        ("google", "google-workspace"),
        ("servicenow", "servicenow"),
        ("snow", "servicenow"),
        ("o365", "microsoft-entra"),
        ("gsuite", "google-workspace"),
        ("okta", "okta"),
        ("jira", "jira"),
        ("slack", "slack"),
        ("zoom", "zoom"),
        ("datadog", "datadog"),
        ("freshservice", "freshservice"),
    ];
    for (query, meant) in table {
        assert_eq!(shipped().search(query)[0].provider.id, meant, "{query}");
    }
}

#[test]
fn nothing_typed_lists_all_by_name_and_nonsense_lists_none() {
    let catalog = shipped();
    let names: Vec<String> = catalog.search("  ").iter().map(|hit| hit.provider.name.to_lowercase()).collect();
    assert_eq!(names.len(), catalog.iter().count());
    assert!(names.is_sorted());
    assert!(catalog.search("qqqqzzzz").is_empty());
    assert!(catalog.search(&"x".repeat(100_000)).is_empty());
    for syntax in ["^box$", "'git", "!zoho", "\\", "\u{202e}", "é"] {
        let _ = catalog.search(syntax);
    }
}

#[test]
fn matched_letters_are_positions_in_the_name() {
    let catalog = shipped();
    let hit = catalog.search("engine").remove(0);
    assert_eq!((hit.provider.id.as_str(), hit.positions, hit.alias), ("manageengine", vec![6, 7, 8, 9, 10, 11], None));
    let hit = catalog.search("desktop central").remove(0);
    assert_eq!((hit.provider.id.as_str(), hit.positions, hit.alias), ("manageengine", vec![], Some("desktop central")));
}
