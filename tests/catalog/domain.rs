//! Variables: what users paste into Customer Domain is accepted and normalized, and nothing else gets into a host name.

use credenza::catalog::{Origin, Variable, VariableKind};
use credenza::problem::Kind;
use proptest::prelude::*;

use super::{provider, variables};

fn customer_domain() -> Variable {
    provider("manageengine").variable("accounts_host").unwrap().clone()
}

#[test]
fn cf_01_pastes_of_a_customer_domain_are_mended() {
    let table = [
        ("accounts.zoho.com", "accounts.zoho.com"),
        ("  accounts.zoho.eu\n", "accounts.zoho.eu"),
        ("https://accounts.zoho.com/", "accounts.zoho.com"),
        ("http://accounts.zoho.com", "accounts.zoho.com"),
        ("HTTPS://Accounts.Zoho.COM.AU/oauth/v2/auth?x=1#y", "accounts.zoho.com.au"),
        ("accounts.zoho.jp.", "accounts.zoho.jp"),
        ("accounts.zoho.in/", "accounts.zoho.in"),
        ("eu", "accounts.zoho.eu"),
        ("AU", "accounts.zoho.com.au"),
        ("com.au", "accounts.zoho.com.au"),
        (".com.au", "accounts.zoho.com.au"),
        (".com.cn", "accounts.zoho.com.cn"),
        ("com", "accounts.zoho.com"),
        ("ca", "accounts.zohocloud.ca"),
        ("Europe", "accounts.zoho.eu"),
        ("saudi arabia", "accounts.zoho.sa"),
        ("United Kingdom", "accounts.zoho.uk"),
        ("uae", "accounts.zoho.ae"),
    ];
    let domain = customer_domain();
    for (input, expected) in table {
        let normalized = domain.normalize(input).unwrap_or_else(|problem| panic!("{input:?}: {problem}"));
        assert_eq!(normalized.value, expected, "{input:?}");
        assert_eq!(normalized.label.as_deref(), domain.choice(expected).map(|c| c.label.as_str()), "{input:?}");
        assert_eq!(normalized.note.is_none(), input.trim() == expected, "{input:?}: {:?}", normalized.note);
        let again = domain.normalize(&normalized.value).unwrap();
        assert_eq!((again.value.as_str(), again.note), (expected, None), "{input:?} again");
    }
}

#[test]
fn cf_01_known_wrong_hosts_are_corrected_with_a_note_that_names_both() {
    let table = [
        ("acounts.zoho.com.au", "accounts.zoho.com.au"),
        ("https://acounts.zoho.eu/", "accounts.zoho.eu"),
        ("acounts.zoho.ca", "accounts.zohocloud.ca"),
        ("accounts.zoho.cn", "accounts.zoho.com.cn"),
        ("accounts.zoho.ca", "accounts.zohocloud.ca"),
        ("accounts.zohoone.ca", "accounts.zohocloud.ca"),
        ("accounts.zoho.au", "accounts.zoho.com.au"),
    ];
    for (wrong, right) in table {
        let normalized = customer_domain().normalize(wrong).unwrap();
        assert_eq!(normalized.value, right);
        let note = normalized.note.unwrap();
        let bare = wrong.trim_start_matches("https://").trim_end_matches('/');
        assert!(note.contains(bare) && note.contains(right), "{note}");
    }
}

#[test]
fn cf_01_anything_else_is_refused_with_the_list() {
    let long = format!("{}.zoho.com", "a".repeat(300));
    let refused = [
        "",
        "   ",
        "accounts.zoho.com.evil.com",
        "evil.com#accounts.zoho.com",
        "evil.com?accounts.zoho.com",
        "evil.com/accounts.zoho.com",
        "https://evil.com/@accounts.zoho.com",
        "user@accounts.zoho.com",
        "https://accounts.zoho.com@evil.com",
        "accounts.zoho.com:8443",
        "https://accounts.zoho.com:443/",
        "127.0.0.1",
        "169.254.169.254",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "::1",
        "localhost",
        "a b",
        "accounts.zoho.com evil.com",
        "accounts。zoho。com",
        "accounts．zoho．com",
        "аccounts.zoho.com",
        "accounts.zoho.com\u{200b}",
        "accounts.zoho.com\0",
        "accounts.zoho.com\r\nHost: evil.com",
        "accounts.zoho.com\\.evil.com",
        "accounts.zoho.com%2eevil.com",
        "accounts..zoho.com",
        "-accounts.zoho.com",
        "ftp://accounts.zoho.com",
        "https://https://accounts.zoho.com",
        "javascript:alert(1)",
        "acounts.evil.com",
        "accounts.zoho.sg",
        "zoho.com",
        "{accounts_host}",
        &long,
    ];
    let domain = customer_domain();
    for input in refused {
        let problem = domain.normalize(input).expect_err(input);
        assert_eq!(problem.kind, Kind::Usage);
        assert!(problem.try_this.contains("accounts.zohocloud.ca (Canada)"), "{input:?}: {}", problem.try_this);
        assert!(problem.what.chars().count() < 120, "{input:?}: {}", problem.what);
    }
}

#[test]
fn a_host_without_list_must_still_be_a_host() {
    let okta = provider("okta").variable("host").unwrap().clone();
    assert_eq!(okta.normalize("https://Acme.okta.com/app").unwrap().value, "acme.okta.com");
    for bad in ["acme", "127.0.0.1", "acme.okta.com:444", "acme_x.okta.com", "a@b.com", "acme.okta.com?x", "10.0.0.256"]
    {
        assert!(okta.normalize(bad).is_err(), "{bad}");
    }
}

#[test]
fn patterns_match_the_whole_value_and_long_values_in_linear_time() {
    let variable = Variable {
        label: "Code".to_owned(),
        pattern: Some("(a|a)*b".to_owned()),
        kind: VariableKind::Text,
        ..Variable::default()
    };
    assert!(variable.normalize("aab").is_ok());
    assert!(variable.normalize("aabc").is_err() && variable.normalize("xaab").is_err());
    assert!(variable.normalize(&"a".repeat(1_999)).is_err());
    assert!(variable.normalize(&"a".repeat(2_001)).is_err());
}

#[test]
fn cf_08_a_value_is_never_expanded_again() {
    let provider = provider("microsoft-entra");
    for evil in ["{client_secret}", "{tenant}", "${HOME}", "%s", "a/b", "a?b", "a#b", "..%2f", "a b"] {
        let problem = provider.endpoints(&variables(&[("tenant", evil)]), &Origin::Internet).unwrap_err();
        assert_eq!(problem.kind, Kind::Usage, "{evil}");
    }
    let values = variables(&[("tenant", "contoso.example"), ("client_id", "{access_token}"), ("access_token", "T")]);
    assert_eq!(provider.fill("{client_id} {tenant}", &values).unwrap(), "{access_token} contoso.example");
    assert!(provider.fill("{nothing}", &values).unwrap_err().what.contains("nothing"));
    let split = variables(&[("client_id", "a\r\nX-Evil: 1")]);
    assert!(provider.fill("{client_id}", &split).is_err());
}

#[test]
fn cf_08_text_in_a_path_is_encoded_and_text_in_a_host_is_refused() {
    let file = |kind: &str| {
        format!(
            "schema = 1\nid = \"x\"\nname = \"X\"\ncategory = \"c\"\nverification = \"unverified\"\n\
             [[variable]]\nname = \"v\"\nlabel = \"V\"\n{kind}\n\
             [auth]\nkind = \"oauth2-code\"\nauthorize_url = \"https://x.example/{{v}}/a\"\n\
             token_url = \"https://x.example/t?realm={{v}}\"\n"
        )
    };
    let provider = credenza::catalog::check(&file(""), "x").unwrap();
    let endpoints = provider.endpoints(&variables(&[("v", "../a?b#c&d=é {v}")]), &Origin::Internet).unwrap();
    assert_eq!(
        endpoints.authorization.as_ref().unwrap().as_str(),
        "https://x.example/..%2Fa%3Fb%23c%26d%3D%C3%A9%20%7Bv%7D/a"
    );
    assert_eq!(endpoints.token.query(), Some("realm=..%2Fa%3Fb%23c%26d%3D%C3%A9%20%7Bv%7D"));
    let in_host = file("pattern = \".*\"").replace("https://x.example/{v}/a", "https://{v}.x.example/a");
    let provider = credenza::catalog::check(&in_host, "x").unwrap();
    for evil in ["evil.example/", "evil.example#", "a@evil.example", "a:1", "evil.example\\", "ex。am", "127.0.0.1/"] {
        assert!(provider.endpoints(&variables(&[("v", evil)]), &Origin::Internet).is_err(), "{evil}");
    }
    assert!(provider.endpoints(&variables(&[("v", "good")]), &Origin::Internet).is_ok());
}

#[test]
fn pr_08_a_typed_url_must_be_https_or_loopback() {
    let provider = provider("custom-oauth2");
    let typed = |url: &str| variables(&[("authorization_url", url), ("token_url", "https://login.example.com/token")]);
    for good in ["https://login.example.com/authorize?x=1", "http://127.0.0.1:8080/a", "http://[::1]:8080/a"] {
        let endpoints = provider.endpoints(&typed(good), &Origin::Internet).unwrap();
        assert_eq!(endpoints.authorization.as_ref().unwrap().as_str(), good);
    }
    let bad = [
        "http://login.example.com/a",
        "http://localhost:8080/a",
        "http://localhost.evil.example/a",
        "http://127.0.0.1.evil.example/a",
        "http://192.168.0.1/a",
        "http://[::ffff:127.0.0.1]/a",
        "ftp://login.example.com/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user:pw@login.example.com/a",
        "https://login.example.com/a#b",
        "https://login.example.com\\@evil.example/",
        "login.example.com/a",
        "https://",
        "",
    ];
    for url in bad {
        let problem = provider.endpoints(&typed(url), &Origin::Internet).expect_err(url);
        assert_eq!(problem.kind, Kind::Usage, "{url}");
    }
}

proptest! {
    #[test]
    fn cf_01_whatever_is_pasted_the_result_is_in_the_list_and_stays(
        start in "(https?://|acounts\\.|user@|\\.|)",
        host in "(accounts\\.zoho\\.(com|eu|com\\.au|ca|cn)|[a-z.]{0,12}|\\PC{0,12})",
        end in "(/|\\.|:443|/x\\?y#z|\\?a|#b| |)",
    ) {
        let domain = customer_domain();
        if let Ok(normalized) = domain.normalize(&format!("{start}{host}{end}")) {
            prop_assert!(domain.choice(&normalized.value).is_some());
            let again = domain.normalize(&normalized.value).unwrap();
            prop_assert_eq!((again.value, again.note), (normalized.value, None));
        }
    }
}
