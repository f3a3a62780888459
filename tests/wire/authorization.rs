//! The authorization URL: rows CB-17, BR-01, BR-05 and BR-08, as far as they concern the request.

use std::collections::{BTreeMap, BTreeSet};

use credenza::catalog::OAuthProfile;
use credenza::model::credential::{ClientId, Setup};
use credenza::oauth::authorization::AuthorizationRequest;
use credenza::problem::Kind;
use url::Url;

use super::fake::{SECRET, endpoints, provider, setup};

fn request(flow: OAuthProfile, setup: &Setup) -> AuthorizationRequest {
    let url = Url::parse("https://accounts.example.com/auth?tenant=1").unwrap();
    AuthorizationRequest::new(&provider(flow), &endpoints(&url), setup).unwrap()
}

fn query(url: &Url) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let map: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "a name stands once: {url}");
    map
}

#[test]
fn cb_17_state_and_verifier_are_strong_and_never_repeat() {
    let url = Url::parse("https://accounts.example.com/auth").unwrap();
    let (provider, endpoints, setup) = (provider(OAuthProfile::default()), endpoints(&url), setup());
    let (mut states, mut challenges) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..10_000 {
        let made = AuthorizationRequest::new(&provider, &endpoints, &setup).unwrap();
        let query = query(&made.url);
        // 22 characters of Base64 are 132 bits.
        assert!(
            query["state"].len() >= 22
                && query["state"].bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        assert_eq!(made.expected.state.expose(), query["state"]);
        assert_eq!(query["code_challenge_method"], "S256");
        let verifier = made.verifier.unwrap();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        assert!((43..=128).contains(&verifier.chars()) && verifier.expose().bytes().all(allowed));
        assert!(states.insert(query["state"].clone()) && challenges.insert(query["code_challenge"].clone()));
    }
}

#[test]
fn cb_17_pkce_is_left_out_only_where_the_catalog_says_so() {
    let made = request(OAuthProfile { pkce: false, ..OAuthProfile::default() }, &setup());
    assert!(made.verifier.is_none());
    assert!(!made.url.as_str().contains("code_challenge"));
}

#[test]
fn br_01_what_a_shell_would_run_is_percent_encoded() {
    let hostile = "x$(touch /tmp/p)`id`;&|\n\"'<> %s";
    let mut setup = setup();
    setup.client.id = ClientId(hostile.to_owned());
    let flow =
        OAuthProfile { authorize_params: vec![("audience".to_owned(), hostile.to_owned())], ..OAuthProfile::default() };
    let url = request(flow, &setup).url;
    let query = query(&url);
    assert_eq!((query["client_id"].as_str(), query["audience"].as_str()), (hostile, hostile));
    assert!(!url.as_str().contains(['$', '`', ';', '|', '\n', '"', '\'', '<', '>', ' ', '(', ')']), "{url}");
}

#[test]
fn br_05_no_secret_stands_in_the_address() {
    let made = request(OAuthProfile::default(), &setup());
    let verifier = made.verifier.unwrap();
    assert!(!made.url.as_str().contains(SECRET) && !made.url.as_str().contains(verifier.expose()));
}

#[test]
fn br_08_no_parameter_of_the_catalog_takes_the_place_of_ours() {
    let ours = ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"];
    let authorize_params = ours.iter().map(|name| ((*name).to_owned(), "evil".to_owned())).collect();
    let made = request(OAuthProfile { authorize_params, ..OAuthProfile::default() }, &setup());
    let query = query(&made.url);
    assert!(!made.url.as_str().contains("evil"), "{}", made.url);
    assert_eq!(query["redirect_uri"], "http://localhost:8765/callback");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["tenant"], "1", "the endpoint's own query stays");
}

#[test]
fn a11_scopes_are_joined_as_the_provider_wants_and_never_sent_empty() {
    let flow = OAuthProfile {
        scope_separator: ",".to_owned(),
        authorize_params: vec![("access_type".into(), "offline".into()), ("prompt".into(), "consent".into())],
        ..OAuthProfile::default()
    };
    let mut setup = setup();
    assert!(!query(&request(flow.clone(), &setup).url).contains_key("scope"));
    setup.scopes = vec!["a.READ".to_owned(), " ".to_owned(), " b.ALL ".to_owned()];
    let query = query(&request(flow, &setup).url);
    assert_eq!(query["scope"], "a.READ,b.ALL");
    assert_eq!((query["access_type"].as_str(), query["prompt"].as_str()), ("offline", "consent"));
    setup.scopes = vec!["two words".to_owned()];
    let url = Url::parse("https://accounts.example.com/auth").unwrap();
    let problem = AuthorizationRequest::new(&provider(OAuthProfile::default()), &endpoints(&url), &setup).unwrap_err();
    assert_eq!(problem.kind, Kind::Usage);
}
