//! The data centers of Zoho, whose responses the sandbox reproduces byte for byte.

/// One data center: the hosts of its authorization server, its API and its products.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct DataCenter {
    /// `location` in the redirect.
    pub(super) code: &'static str,
    pub(super) region: &'static str,
    /// Host of the authorization server.
    pub(super) accounts: &'static str,
    /// `api_domain` in the token response.
    pub(super) api_domain: &'static str,
    /// Host of Mobile Device Manager.
    pub(super) mdm: &'static str,
    /// Host of ServiceDesk Plus.
    pub(super) sdp: &'static str,
    /// Host of Endpoint Central.
    pub(super) ec: &'static str,
}

/// The products whose API the sandbox implements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Product {
    Mdm,
    Sdp,
    Ec,
}

pub(super) fn by_accounts(host: &str) -> Option<&'static DataCenter> {
    DATA_CENTERS.iter().find(|dc| dc.accounts == host)
}

pub(super) fn by_code(code: &str) -> Option<&'static DataCenter> {
    DATA_CENTERS.iter().find(|dc| dc.code == code)
}

/// The product at a host, and its data center.
pub(super) fn product(host: &str) -> Option<(Product, &'static DataCenter)> {
    DATA_CENTERS.iter().find_map(|dc| {
        let product = match host {
            _ if host == dc.mdm => Product::Mdm,
            _ if host == dc.sdp => Product::Sdp,
            _ if host == dc.ec => Product::Ec,
            _ => return None,
        };
        Some((product, dc))
    })
}

#[rustfmt::skip]
const DATA_CENTERS: [DataCenter; 10] = [
    DataCenter { code: "us", region: "United States", accounts: "accounts.zoho.com", api_domain: "https://www.zohoapis.com", mdm: "mdm.manageengine.com", sdp: "sdpondemand.manageengine.com", ec: "endpointcentral.manageengine.com" },
    DataCenter { code: "eu", region: "Europe", accounts: "accounts.zoho.eu", api_domain: "https://www.zohoapis.eu", mdm: "mdm.manageengine.eu", sdp: "sdpondemand.manageengine.eu", ec: "endpointcentral.manageengine.eu" },
    DataCenter { code: "in", region: "India", accounts: "accounts.zoho.in", api_domain: "https://www.zohoapis.in", mdm: "mdm.manageengine.in", sdp: "sdpondemand.manageengine.in", ec: "endpointcentral.manageengine.in" },
    DataCenter { code: "cn", region: "China", accounts: "accounts.zoho.com.cn", api_domain: "https://www.zohoapis.com.cn", mdm: "mdm.manageengine.cn", sdp: "servicedeskplus.cn", ec: "endpointcentral.manageengine.cn" },
    DataCenter { code: "au", region: "Australia", accounts: "accounts.zoho.com.au", api_domain: "https://www.zohoapis.com.au", mdm: "mdm.manageengine.com.au", sdp: "servicedeskplus.net.au", ec: "endpointcentral.manageengine.com.au" },
    DataCenter { code: "jp", region: "Japan", accounts: "accounts.zoho.jp", api_domain: "https://www.zohoapis.jp", mdm: "mdm.manageengine.jp", sdp: "servicedeskplus.jp", ec: "endpointcentral.manageengine.jp" },
    DataCenter { code: "ca", region: "Canada", accounts: "accounts.zohocloud.ca", api_domain: "https://www.zohoapis.ca", mdm: "mdm.manageengine.ca", sdp: "servicedeskplus.ca", ec: "endpointcentral.manageengine.ca" },
    DataCenter { code: "sa", region: "Saudi Arabia", accounts: "accounts.zoho.sa", api_domain: "https://www.zohoapis.sa", mdm: "mdm.manageengine.sa", sdp: "servicedeskplus.sa", ec: "endpointcentral.manageengine.sa" },
    DataCenter { code: "uk", region: "United Kingdom", accounts: "accounts.zoho.uk", api_domain: "https://www.zohoapis.uk", mdm: "mdm.manageengine.uk", sdp: "servicedeskplus.uk", ec: "endpointcentral.manageengine.uk" },
    DataCenter { code: "ae", region: "United Arab Emirates", accounts: "accounts.zoho.ae", api_domain: "https://www.zohoapis.ae", mdm: "mdm.manageengine.ae", sdp: "servicedeskplus.ae", ec: "endpointcentral.manageengine.ae" },
];
