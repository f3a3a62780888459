//! The users of this machine, as `/etc/passwd` lists them.

/// Longest account file that is read. Bytes.
pub(crate) const MAX: u64 = 4 << 20;

/// Name, number and primary group of each user in the text of the file; a line that is none is left out.
pub(crate) fn users(text: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    // name:password:uid:gid:…
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?, fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
