//! The users of this machine, as `/etc/passwd` lists them.

/// Longest account file that is read, in bytes.
pub(crate) const MAX: u64 = 4 << 20;

/// Name, UID and primary GID of each user in the text of the file. Malformed lines are skipped.
pub(crate) fn users(text: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    // name:password:uid:gid:…
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?, fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
