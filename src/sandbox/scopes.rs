//! Describes scopes in words for the consent page.

/// "see assets in ServiceDesk Plus" for `SDPOnDemand.assets.READ`; for an unknown format, the scope itself.
pub(super) fn in_words(scope: &str) -> String {
    if let Some((_, words)) = WELL_KNOWN.iter().find(|(known, _)| *known == scope) {
        return (*words).to_owned();
    }
    let words: Vec<&str> = scope.split('.').collect();
    match words.as_slice() {
        [service, module, operation] => {
            let product = PRODUCTS.iter().find(|(id, _)| id == service).map_or(*service, |(_, name)| name);
            let module = MODULES.iter().find(|(id, _)| id == module).map_or(*module, |(_, name)| name);
            format!("{} {module} in {product}", operation_in_words(operation))
        }
        _ => format!("use {scope}"),
    }
}

fn operation_in_words(operation: &str) -> &'static str {
    match operation.to_ascii_uppercase().as_str() {
        "READ" => "see",
        "CREATE" => "add to",
        "UPDATE" => "change",
        "DELETE" => "delete",
        _ => "see, add, change and delete",
    }
}

const PRODUCTS: [(&str, &str); 3] = [
    ("MDMOnDemand", "Mobile Device Manager"),
    ("SDPOnDemand", "ServiceDesk Plus"),
    ("DesktopCentralCloud", "Endpoint Central"),
];

const MODULES: [(&str, &str); 6] = [
    ("MDMInventory", "devices and their inventory"),
    ("assets", "assets"),
    ("Common", "server properties and groups"),
    ("SOM", "managed computers"),
    ("Inventory", "hardware and software inventory"),
    ("PatchMgmt", "patches"),
];

const WELL_KNOWN: [(&str, &str); 4] = [
    ("openid", "know who you are"),
    ("email", "see your email address"),
    ("profile", "see your name and picture"),
    ("offline_access", "stay connected while you are away"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_said_in_words() {
        assert_eq!(in_words("SDPOnDemand.assets.ALL"), "see, add, change and delete assets in ServiceDesk Plus");
        assert_eq!(in_words("DesktopCentralCloud.SOM.READ"), "see managed computers in Endpoint Central");
        assert_eq!(in_words("openid"), "know who you are");
        assert_eq!(in_words("read:jira-work"), "use read:jira-work");
    }
}
