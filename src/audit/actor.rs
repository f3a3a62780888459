//! Who acts, and where: the user's name, what started the process, and which machine this is.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::key::hex;
use crate::paths::{accounts, read_bounded};

/// Bytes of the hash that names a machine.
const MACHINE_BYTES: usize = 8;

/// The name of a user in `/etc/passwd`; empty where it is not listed there (LDAP, a container).
pub(super) fn user(uid: u32) -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    // A process does not change its user.
    NAME.get_or_init(|| {
        let users = read_bounded(Path::new("/etc/passwd"), accounts::MAX).unwrap_or_default();
        name_of(&String::from_utf8_lossy(&users), uid).unwrap_or_default()
    })
}

fn name_of(users: &str, uid: u32) -> Option<String> {
    accounts::users(users).find(|(_, number, _)| *number == uid).map(|(name, ..)| name.to_owned())
}

/// What started a process: the name of its parent. Empty where the system does not say.
pub(super) fn program(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).map_or("", str::trim);
    fs::read_to_string(format!("/proc/{parent}/comm")).map(|name| name.trim_end().to_owned()).unwrap_or_default()
}

/// Tells the logs of several machines apart that share one vault: a hash of the machine's id, else of its name.
#[must_use]
pub fn machine() -> String {
    let id = read_bounded(Path::new("/etc/machine-id"), 4_096).unwrap_or_default();
    let name = rustix::system::uname().nodename().to_bytes().to_vec();
    let known = if id.trim_ascii().is_empty() { name } else { id.trim_ascii().to_vec() };
    hex(&Sha256::digest(known)[..MACHINE_BYTES])
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_user_has_the_name_that_the_accounts_file_gives() {
        let users = "root:x:0:0::/root:/bin/sh\n\nbad\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:many:1::/:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("ann"));
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 1001), None);
        assert_eq!(name_of("", 0), None);
    }
}
