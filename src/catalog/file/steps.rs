//! Default setup steps for a provider's console, for files without their own.
use crate::model::credential::GrantType;

use crate::catalog::provider::{Provider, Redirect};

/// What the browser shows when it is redirected to this machine over https.
const CERTIFICATE: &str = "After the consent page the browser warns about the certificate of localhost: compare its \
                           SHA-256 fingerprint with the one shown while you authenticate, then go on to the page.";

/// Steps that apply to any console; none names a menu.
pub(super) fn steps(provider: &Provider) -> Vec<String> {
    let mut steps = vec![format!("{} and sign in as an administrator.", opening(provider))];
    match provider.grant {
        GrantType::AuthorizationCode => {
            steps.push("Create an OAuth client (some consoles call it an app or an integration).".to_owned());
            steps.push("Register the redirect URI exactly as shown here.".to_owned());
            if !provider.scopes.is_empty() {
                steps.push("Allow the scopes you want to ask for.".to_owned());
            }
            steps.push(copy_client(provider).to_owned());
            if matches!(provider.redirect, Redirect::HttpsPaste(_)) {
                let paste =
                    "After the consent page the browser shows an address it cannot open: paste that address here.";
                steps.push(paste.to_owned());
            }
            if matches!(provider.redirect, Redirect::HttpsLoopback(_)) {
                steps.push(CERTIFICATE.to_owned());
            }
        }
        grant if !grant.is_static_secret() => {
            let grant = if grant == GrantType::DeviceCode { "the device code" } else { grant.word() };
            steps.push(format!("Create an OAuth client for {grant} (some consoles call it an app or an integration)."));
            steps.push("Give it the minimum permissions required.".to_owned());
            steps.push(copy_client(provider).to_owned());
        }
        GrantType::Bearer | GrantType::ApiKey => {
            steps.push("Create an API token or key with the minimum permissions required.".to_owned());
            steps.push("Copy it now: many consoles show it only once.".to_owned());
        }
        _ => {
            let account = "Create an account or key for the integration, with the minimum permissions required.";
            steps.push(account.to_owned());
            steps.push("Copy what the form asks for; many consoles show secrets only once.".to_owned());
        }
    }
    steps
}

fn opening(provider: &Provider) -> String {
    let whose = if provider.console.url.is_some() { "the console" } else { "the administration" };
    format!("Open {whose} of {}", provider.group)
}

fn copy_client(provider: &Provider) -> &'static str {
    if provider.needs_client_secret { "Copy client ID and client secret." } else { "Copy the client ID." }
}

#[cfg(test)]
mod tests {
    use crate::catalog::check;

    fn steps_of(rest: &str) -> Vec<String> {
        let head = "schema = 1\nid = \"acme\"\nname = \"Acme\"\ncategory = \"itsm\"\nverification = \"unverified\"\n";
        check(&format!("{head}{rest}"), "acme").unwrap().console.steps
    }

    const CODE: &str =
        "[auth]\nkind = \"oauth2-code\"\nauthorize_url = \"https://a.example/a\"\ntoken_url = \"https://a.example/t\"";

    #[test]
    fn a_file_without_steps_gets_those_of_its_kind() {
        let code = steps_of(&format!("redirect = \"https-paste\"\n{CODE}\nscopes = [\"a\"]"));
        assert_eq!(code.len(), 6);
        assert!(code[0].contains("administration of Acme") && code[2].contains("redirect URI"));
        assert!(code[3].contains("scopes") && code[5].contains("paste"));
        let key = steps_of("[auth]\nkind = \"bearer\"");
        assert!(key.len() == 3 && !key.iter().any(|step| step.contains("redirect")));
        let device = "[auth]\nkind = \"oauth2-device\"\nclient_secret = \"optional\"\ndevice_url = \"https://a.example/d\"\ntoken_url = \"https://a.example/t\"";
        assert_eq!(steps_of(device).last().unwrap(), "Copy the client ID.");
    }

    #[test]
    fn a_files_own_steps_stay() {
        let own = format!("[console]\nurl = \"https://a.example/\"\nsteps = [\"Ask Kim.\"]\n{CODE}");
        assert_eq!(steps_of(&own), ["Ask Kim."]);
    }
}
