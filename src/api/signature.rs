//! Signs a request with a secret key that never leaves this machine (AWS Signature Version 4).

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_request};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use url::Url;
use zeroize::Zeroizing;

use crate::problem::{Kind, Problem};
use crate::secret::Secret;

pub(super) struct AccessKey<'a> {
    /// The access key ID, which is not a secret.
    pub(super) id: &'a str,
    pub(super) secret: &'a Secret,
    pub(super) session: Option<&'a Secret>,
}

/// A request that lacks only its signature.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a Url,
    pub(super) body: &'a str,
}

/// The headers that sign `request` at `now`: `authorization`, `x-amz-date` and, for temporary keys,
/// `x-amz-security-token`. Only the host header is signed.
///
/// # Errors
/// `Kind::Usage` if a part of it cannot be signed.
pub(super) fn sign(
    key: &AccessKey<'_>,
    region: &str,
    service: &str,
    request: &Unsigned<'_>,
    now: Timestamp,
) -> Result<Vec<(String, Zeroizing<String>)>, Problem> {
    // An error of the library may quote its input.
    let unusable = || {
        Problem::new(Kind::Usage, "The request could not be signed.")
            .why("The access key ID, the region, the address or the clock of this machine cannot be used.")
    };
    let secret = key.secret.expose();
    let session = key.session.map(|session| session.expose().to_owned());
    let identity = Credentials::new(key.id, secret, session, None, "vault").into();
    let seconds = u64::try_from(now.as_second()).map_err(|_| unusable())?;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(SigningSettings::default())
        .build()
        .map_err(|_| unusable())?
        .into();
    let body = SignableBody::Bytes(request.body.as_bytes());
    let signable = SignableRequest::new(request.method, request.url.as_str(), std::iter::empty(), body);
    let signed = sign_request(signable.map_err(|_| unusable())?, &parameters).map_err(|_| unusable())?;
    let headers = signed.output().headers();
    Ok(headers.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(session: Option<&Secret>) -> Vec<(String, Zeroizing<String>)> {
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let key = AccessKey { id: "AKIDEXAMPLE", secret: &secret, session };
        let url = Url::parse("https://example.amazonaws.com/?Param2=value2&Param1=value1").unwrap();
        let request = Unsigned { method: "GET", url: &url, body: "" };
        let now = "2015-08-30T12:36:00Z".parse().unwrap();
        sign(&key, "us-east-1", "service", &request, now).unwrap()
    }

    #[test]
    fn the_published_vector_is_met() {
        // aws-sig-v4-test-suite, get-vanilla-query-order-key-case.
        let headers = signed(None);
        let value = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(value("x-amz-date"), Some("20150830T123600Z"));
        assert_eq!(
            value("authorization"),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, \
                 Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            )
        );
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn a_request_of_a_time_before_1970_is_not_signed() {
        let (secret, url) = (Secret::new("secret".to_owned()), Url::parse("https://example.amazonaws.com").unwrap());
        let (key, request) = (
            AccessKey { id: "AKIDEXAMPLE", secret: &secret, session: None },
            Unsigned { method: "GET", url: &url, body: "" },
        );
        let problem =
            sign(&key, "us-east-1", "service", &request, "1969-12-31T00:00:00Z".parse().unwrap()).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Usage, "The request could not be signed."));
    }

    #[test]
    fn a_session_token_is_sent_and_signed() {
        let session = Secret::new("temporary".to_owned());
        let headers = signed(Some(&session));
        assert!(headers.iter().any(|(name, value)| name == "x-amz-security-token" && value.as_str() == "temporary"));
        let authorization = &headers.iter().find(|(name, _)| name == "authorization").unwrap().1;
        assert!(authorization.contains("host;x-amz-date;x-amz-security-token"), "{}", authorization.as_str());
    }

    #[test]
    fn a_clock_before_1970_signs_nothing_and_the_key_is_not_quoted() {
        let secret = Secret::new("CNRY-key".to_owned());
        let key = AccessKey { id: "AKIDEXAMPLE", secret: &secret, session: None };
        let url = Url::parse("https://example.amazonaws.com/").unwrap();
        let request = Unsigned { method: "GET", url: &url, body: "" };
        let problem = sign(&key, "us-east-1", "service", &request, Timestamp::MIN).map(drop).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Usage, "The request could not be signed."));
        assert!(problem.why.ends_with("the clock of this machine cannot be used."), "{problem}");
        assert!(!format!("{problem:?}").contains("AKID"), "{problem:?}");
    }
}
