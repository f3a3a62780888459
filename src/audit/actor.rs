//! The actor of an audit line: user name, parent process, and machine.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::key::hex;
use crate::paths::{accounts, read_bounded};

/// Bytes of the hash that identifies a machine.
const MACHINE_BYTES: usize = 8;

/// The name of a user in `/etc/passwd`; empty if the user is not listed there (LDAP, a container).
pub(super) fn user(uid: u32) -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    // Cached, because a process does not change its user.
    NAME.get_or_init(|| {
        let users = read_bounded(Path::new("/etc/passwd"), accounts::MAX).unwrap_or_default();
        name_of(&String::from_utf8_lossy(&users), uid).unwrap_or_default()
    })
}

fn name_of(users: &str, uid: u32) -> Option<String> {
    accounts::users(users).find(|(_, number, _)| *number == uid).map(|(name, ..)| name.to_owned())
}

/// What started a process: the name of its parent. Empty if the system does not say.
#[must_use]
pub fn program(pid: u32) -> String {
    let read = |path: String| read_small(&path).unwrap_or_default();
    // `PID (NAME) STATE PARENT ...`, proc_pid_stat(5); the name may hold anything.
    let stat = read(format!("/proc/{pid}/stat"));
    let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).unwrap_or_default();
    read(format!("/proc/{parent}/comm")).trim_end().to_owned()
}

/// Reads a file of the kernel, whose size is not known before it is read.
fn read_small(path: &str) -> io::Result<String> {
    let mut bytes = Vec::with_capacity(1_024);
    File::open(path)?.take(4_096).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Identifies this machine, to tell apart the logs of several machines that share a vault: a hash of the machine's ID,
/// or of its name if it has no ID.
#[must_use]
pub fn machine() -> String {
    let id = read_bounded(Path::new("/etc/machine-id"), 4_096).unwrap_or_default();
    let name = || rustix::system::uname().nodename().to_bytes().to_vec();
    let known = if id.trim_ascii().is_empty() { name() } else { id.trim_ascii().to_vec() };
    hex(&Sha256::digest(known)[..MACHINE_BYTES])
}

#[cfg(test)]
mod tests {
    use super::{name_of, program};

    #[test]
    fn what_started_a_process_is_its_parent() {
        let of_parent = std::fs::read_to_string("/proc/self/status").unwrap();
        let parent = of_parent.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim();
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).unwrap();
        assert_eq!(program(std::process::id()), name.trim_end());
        assert_eq!(program(u32::MAX), "");
    }

    #[test]
    fn a_user_has_the_name_that_the_accounts_file_gives() {
        let users = "root:x:0:0::/root:/bin/sh\n\nbad\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:many:1::/:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("ann"));
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 1001), None);
        assert_eq!(name_of("", 0), None);
    }
}
