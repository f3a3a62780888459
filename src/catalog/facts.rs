//! A provider as rows of label and value, for `catalog show`. Nothing here is secret.
use crate::model::credential::GrantType;

use super::flow::{ClientAuth, Limits, Refresh, TokenBody};
use super::provider::{Provider, Redirect, Source};
use super::variable::Variable;

/// Rows under construction.
struct Rows(Vec<(String, String)>);

impl Rows {
    fn add(&mut self, label: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((label.into(), value));
        }
    }
}

impl Provider {
    /// Everything the user may want to know, in reading order: label, value. Labels repeat for lists.
    #[must_use]
    pub fn facts(&self) -> Vec<(String, String)> {
        let mut rows = Rows(Vec::new());
        self.about(&mut rows);
        for variable in &self.variables {
            variable_rows(&mut rows, variable);
        }
        self.scope_rows(&mut rows);
        self.endpoint_rows(&mut rows);
        self.flow_rows(&mut rows);
        limit_rows(&mut rows, &self.limits);
        self.product_rows(&mut rows);
        self.load_rows(&mut rows);
        rows.add("Console", self.console.url.clone().unwrap_or_default());
        for (number, step) in self.console.steps.iter().enumerate() {
            rows.add(format!("Step {}", number + 1), step);
        }
        for panel in &self.panels {
            rows.add("Help", &panel.title);
        }
        self.evidence_rows(&mut rows);
        rows.0
    }

    /// "built in", or "custom" with the file.
    #[must_use]
    pub fn source_label(&self) -> String {
        match &self.source {
            Source::BuiltIn => "built in".to_owned(),
            Source::Update(number) => format!("update {number}"),
            Source::User(path) => format!("custom ({})", path.display()),
        }
    }

    fn about(&self, rows: &mut Rows) {
        rows.add("Id", &self.id);
        rows.add("Name", &self.name);
        rows.add("Vendor", &self.group);
        rows.add("Category", &self.category);
        rows.add("Aliases", self.aliases.join(", "));
        rows.add("Grant", &self.grant_label);
        rows.add("File", self.source_label());
        rows.add("Facts", format!("{}; not tried with a live account", self.verification_summary()));
        rows.add("Retired", self.retired.clone().unwrap_or_default());
        for end in &self.end_dates {
            let only = end.token_url.as_ref().map(|url| format!(" (credentials of {url})")).unwrap_or_default();
            rows.add("Ends", format!("{}: {} {}{only}", end.on, end.note, end.action));
        }
    }

    fn evidence_rows(&self, rows: &mut Rows) {
        for row in &self.evidence {
            let facts: Vec<&str> = row.facts.iter().map(|group| group.word()).collect();
            for source in &row.sources {
                let who = row.kind.word();
                rows.add("Source", format!("{source} ({who}, read {}: {})", row.read, facts.join(", ")));
            }
        }
        // The sources of a file of an earlier version.
        if self.evidence.is_empty() {
            for source in &self.sources {
                rows.add("Source", source);
            }
        }
    }

    fn scope_rows(&self, rows: &mut Rows) {
        for scope in &self.scopes {
            let help = self.scope_help.iter().find(|(name, _)| name == scope);
            rows.add("Scope", help.map_or_else(|| scope.clone(), |(_, help)| format!("{scope} ({help})")));
        }
        for group in &self.scope_groups {
            rows.add(format!("{} ({})", group.label, group.param), group.scopes.join(", "));
        }
        for set in &self.flow.token_sets {
            rows.add("Additional token", format!("{} (kind {})", set.label, set.kind));
        }
        if let Some(scope) = &self.needs_scope {
            rows.add("Refresh token needs", scope);
        }
    }

    fn endpoint_rows(&self, rows: &mut Rows) {
        let urls = &self.urls;
        rows.add("Authorization endpoint", &urls.authorization);
        rows.add("Token endpoint", &urls.token);
        for (label, url) in [
            ("Refresh endpoint", &urls.refresh),
            ("Revocation endpoint", &urls.revocation),
            ("Userinfo endpoint", &urls.userinfo),
            ("Device endpoint", &urls.device),
            ("Issuer", &urls.issuer),
        ] {
            rows.add(label, url.clone().unwrap_or_default());
        }
        if self.grant != GrantType::AuthorizationCode {
            return;
        }
        rows.add(
            "Redirect URI",
            match &self.redirect {
                Redirect::AnyPort(uri) => format!("{uri} (any port)"),
                Redirect::FixedPort(uri) => format!("{uri} (registered with its port)"),
                Redirect::HttpsLoopback(uri) => {
                    format!("{uri} (registered with its port; certificate of this machine)")
                }
                Redirect::HttpsPaste(uri) => format!("{uri} (paste the address back)"),
            },
        );
        rows.add("Redirect rule", self.redirect_summary());
    }

    fn flow_rows(&self, rows: &mut Rows) {
        let flow = &self.flow;
        let by = |variable: &Option<String>, fixed: &str| {
            variable.as_ref().map_or_else(|| fixed.to_owned(), |name| format!("as {name} says"))
        };
        let client = if flow.client_auth == ClientAuth::Body { "in the body" } else { "HTTP Basic" };
        let body = if flow.token_body == TokenBody::Form { "form" } else { "JSON" };
        let refresh = match flow.refresh {
            Refresh::Rotating => "each refresh may replace the refresh token",
            Refresh::Static => "the refresh token stays",
            Refresh::None => "no refresh tokens",
        };
        if !self.grant.is_static_secret() {
            rows.add("PKCE", by(&self.switches.pkce, if flow.pkce { "S256" } else { "not sent" }));
            rows.add("Client authentication", by(&self.switches.client_auth, client));
            rows.add("Token request", by(&self.switches.token_body, body));
            rows.add("Refresh", by(&self.switches.refresh, refresh));
        }
        for (name, value) in &flow.authorize_params {
            rows.add("Authorization parameter", format!("{name}={value}"));
        }
        for (name, value) in &flow.token_params {
            rows.add("Token parameter", format!("{name}={value}"));
        }
        self.call_rows(rows);
        for lookup in &self.lookups {
            let names: Vec<&str> = lookup.pick.iter().map(|(name, _)| name.as_str()).collect();
            rows.add("After login", format!("{} from {}", names.join(", "), lookup.url));
        }
        for rule in &flow.errors {
            let status = rule.status.map(|status| format!("HTTP {status}"));
            let code = Some(&rule.code).filter(|code| !code.is_empty()).cloned();
            let when = status.into_iter().chain(code).collect::<Vec<_>>().join(" ");
            rows.add(format!("Error {when}"), &rule.hint);
        }
    }

    /// What is sent with each API call.
    fn call_rows(&self, rows: &mut Rows) {
        let label = match (&self.basic, self.keys.is_empty()) {
            (Some(_), _) => "Basic credentials",
            (None, true) => "API header",
            (None, false) => "Key",
        };
        let auth_placements = self.auth_placements();
        for carrier in &auth_placements {
            rows.add(label, carrier.in_words(|_| None));
        }
        for (name, value) in
            self.headers.iter().filter(|(name, _)| auth_placements.iter().all(|known| known.name != name))
        {
            rows.add("API header", format!("{name}: {value}"));
        }
    }

    fn product_rows(&self, rows: &mut Rows) {
        for product in &self.products {
            for (code, host) in &product.hosts {
                let unsure = if product.unverified.contains(code) { " (unverified)" } else { "" };
                rows.add(format!("{} host, {code}", product.name), format!("{host}{unsure}"));
            }
            for test in &product.tests {
                rows.add(format!("{} test", product.name), format!("{} {}", test.method, test.url));
            }
            for note in &product.notes {
                rows.add(format!("{} note", product.name), note);
            }
        }
        for test in &self.tests {
            rows.add("Test", format!("{} {}", test.method, test.url));
        }
    }

    fn load_rows(&self, rows: &mut Rows) {
        for rule in &self.api_errors {
            let status = rule.status.map(|status| format!("HTTP {status}"));
            let says = rule.says.as_ref().map(|(_, text)| text.clone());
            let when = status.into_iter().chain(says).collect::<Vec<_>>().join(" ");
            rows.add(format!("API error {when}"), format!("{}: {}", rule.class.word(), rule.hint));
        }
        for load in &self.loads {
            let scope = load.scope.as_ref().map(|scope| format!("; needs {scope}")).unwrap_or_default();
            let text =
                format!("{}: {} ({}; unique key {}{scope})", load.id, load.url, load.paging.in_words(), load.key);
            rows.add(format!("Records, {}", load.label), text);
            for (name, label) in load.named() {
                rows.add(format!("Set of {}", load.id), format!("{name}: {label}"));
            }
        }
    }
}

fn variable_rows(rows: &mut Rows, variable: &Variable) {
    let need = if variable.optional { "optional" } else { "required" };
    rows.add(variable.label.clone(), format!("{} ({need}). {}", variable.name, variable.help));
    for choice in &variable.choices {
        let code = if choice.code.is_empty() { String::new() } else { format!(", {}", choice.code) };
        // What it sets is what `{name}` in the addresses below stands for.
        let sets: Vec<String> = choice.sets.iter().map(|(name, value)| format!("; {name}: {value}")).collect();
        let sets = sets.concat();
        rows.add(format!("{} choice", variable.label), format!("{} ({}{code}{sets})", choice.value, choice.label));
    }
    for (wrong, right) in &variable.corrections {
        rows.add(format!("{} correction", variable.label), format!("{wrong} becomes {right}"));
    }
}

fn limit_rows(rows: &mut Rows, limits: &Limits) {
    let window = limits.access_token_window.map(|seconds| format!(" in {seconds} s")).unwrap_or_default();
    let mut number = |label: &str, value: Option<u32>, unit: &str| {
        rows.add(label, value.map(|value| format!("{value}{unit}")).unwrap_or_default());
    };
    number("Access tokens of a refresh token", limits.access_tokens, &window);
    number("Concurrent access tokens", limits.live_access_tokens, "");
    number("Refresh tokens of a user", limits.refresh_tokens_per_user, "");
    number("New refresh tokens", limits.refresh_tokens_per_minute, " a minute");
    number("Authorization code lifetime", limits.code_lifetime, " s");
    number("Access token lifetime", limits.access_token_lifetime, " s");
    number("Unused refresh token lifetime", limits.refresh_idle_days, " days");
    number("Longest refresh token lifetime", limits.refresh_absolute_days, " days");
    number("Longest MFA trust", limits.mfa_trust_days, " days");
    for note in &limits.notes {
        rows.add("Limits", note);
    }
}
