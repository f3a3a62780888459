//! One integration of the catalog as JSON, with an array for everything that may occur several times.

use serde_json::{Map, Value, json};

use crate::catalog::{Provider, RecordType, Redirect, TestCall, Variable, VariableKind};

/// The keys of `catalog list`, then `aliases`, `variables`, `scopes`, `endpoints`, `redirect`, `tests`, `products`,
/// `records`, `console`, `sources`, and `facts`: every row that `catalog show` prints, in its order.
///
/// Rows of earlier versions are included as well, keyed by the printed label; if a label repeats, the last one wins.
pub(super) fn json(provider: &Provider, row: Value) -> Value {
    let facts = provider.facts();
    let mut object: Map<String, Value> =
        facts.iter().map(|(label, value)| (label.clone(), value.as_str().into())).collect();
    let help = |scope: &String| {
        let known = provider.scope_help.iter().find(|(known, _)| known == scope);
        json!({ "scope": scope, "label": known.map_or("", |(_, help)| help) })
    };
    let complete = json!({
        "aliases": provider.aliases,
        "variables": provider.variables.iter().map(variable).collect::<Vec<_>>(),
        "scopes": provider.scopes.iter().map(help).collect::<Vec<_>>(),
        "needs_scope": provider.needs_scope,
        "endpoints": {
            "authorization": provider.urls.authorization, "token": provider.urls.token,
            "refresh": provider.urls.refresh, "revocation": provider.urls.revocation,
            "userinfo": provider.urls.userinfo, "device": provider.urls.device, "issuer": provider.urls.issuer,
        },
        "redirect": redirect(&provider.redirect),
        "tests": provider.tests.iter().map(test).collect::<Vec<_>>(),
        "products": provider.products.iter().map(|product| json!({
            "id": product.id, "name": product.name, "hosts": product.hosts, "unverified": product.unverified,
            "tests": product.tests.iter().map(test).collect::<Vec<_>>(), "notes": product.notes,
        })).collect::<Vec<_>>(),
        "records": provider.loads.iter().map(load).collect::<Vec<_>>(),
        "console": { "url": provider.console.url, "steps": provider.console.steps },
        "sources": provider.sources,
        "facts": facts.iter().map(|(label, value)| json!({ "label": label, "value": value })).collect::<Vec<_>>(),
    });
    for more in [row, complete] {
        if let Value::Object(more) = more {
            object.extend(more);
        }
    }
    object.into()
}

fn variable(variable: &Variable) -> Value {
    json!({
        "key": variable.name, "set": variable.word(), "label": variable.label, "help": variable.help,
        "required": !variable.optional, "secret": variable.secret, "default": variable.default,
        "kind": match variable.kind {
            VariableKind::Host => "host",
            VariableKind::Url => "url",
            VariableKind::Text => "text",
        },
        "choices": variable.choices.iter().map(|choice| json!({
            "value": choice.value, "label": choice.label, "code": choice.code, "accepts": choice.accepts,
        })).collect::<Vec<_>>(),
        "corrections": variable.corrections.iter().map(|(wrong, right)| json!({
            "wrong": wrong, "right": right,
        })).collect::<Vec<_>>(),
    })
}

fn redirect(redirect: &Redirect) -> Value {
    let (uri, port) = match redirect {
        Redirect::AnyPort(uri) => (uri, "any"),
        Redirect::FixedPort(uri) | Redirect::HttpsLoopback(uri) => (uri, "registered"),
        Redirect::HttpsPaste(uri) => (uri, "none"),
    };
    json!({ "uri": uri, "port": port })
}

fn test(test: &TestCall) -> Value {
    json!({ "label": test.label, "method": test.method, "url": test.url, "scope": test.scope })
}

fn load(load: &RecordType) -> Value {
    let named = |named: &[(String, String)]| {
        named.iter().map(|(name, label)| json!({ "name": name, "label": label })).collect::<Vec<_>>()
    };
    json!({
        "id": load.id, "label": load.label, "product": load.product, "scope": load.scope, "url": load.url,
        "key": load.key, "parameters": named(&load.parameters), "filters": named(&load.filters),
    })
}
