//! Decides whether a group is a user's own private group (`umask 002` on Fedora and RHEL makes folders writable by it).
//!
//! Uses the same rule as Debian's OpenSSH, based on `/etc/passwd` and `/etc/group`: the group has the user's name or
//! number, and has no other members. A group that is not in these files (LDAP, SSSD) is not known to be private.

use super::accounts;

/// Whether `gid` is the private group of the user `uid`, according to the text of the two files.
pub(super) fn is_private(users: &str, groups: &str, gid: u32, uid: u32) -> bool {
    let users: Vec<(&str, u32, u32)> = accounts::users(users).collect();
    // name:password:gid:members
    let groups: Vec<(&str, &str)> = groups
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(':');
            let (name, number, members) = (fields.next()?, fields.nth(1)?, fields.next()?);
            (number.parse() == Ok(gid)).then_some((name, members))
        })
        .collect();
    let is_ours = |name: &str| users.iter().any(|(user, number, _)| *user == name && *number == uid);
    let named_alike = gid == uid || groups.iter().any(|(name, _)| is_ours(name));
    let mut members = groups.iter().flat_map(|(_, members)| members.split(',')).map(str::trim);
    let alone = members.all(|member| member.is_empty() || is_ours(member))
        && users.iter().all(|(_, number, primary)| *primary != gid || *number == uid);
    !groups.is_empty() && named_alike && alone && users.iter().any(|(_, number, _)| *number == uid)
}

#[cfg(test)]
mod tests {
    use super::is_private;

    const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n\
                         bob:x:1001:1001::/home/bob:/bin/sh\ncarl:x:1002:100::/home/carl:/bin/sh\n\
                         dora:x:1003:5003::/home/dora:/bin/sh\neve:x:1004:1001::/home/eve:/bin/sh\n";

    #[test]
    fn a_group_is_private_when_it_is_the_users_own_and_nobody_else_is_in_it() {
        let groups = "root:x:0:\nann:x:1000:\nbob:x:1001:\nusers:x:100:\ndora:x:5003:dora\n";
        let private = |gid, uid| is_private(USERS, groups, gid, uid);
        assert!(private(1000, 1000), "same number");
        assert!(private(5003, 1003), "same name, and a member by name");
        assert!(private(0, 0));
        assert!(!private(1001, 1001), "it is also the primary group of eve");
        assert!(!private(100, 1002), "a shared group, though only one has it as primary group");
        assert!(!private(1000, 1001), "the private group of another user");
        assert!(!private(7777, 7777), "not listed");
    }

    #[test]
    fn a_listed_member_or_a_second_line_ends_the_privacy() {
        let private = |groups: &str| is_private(USERS, groups, 1000, 1000);
        assert!(private("ann:x:1000:ann\n"));
        assert!(!private("ann:x:1000:ann,bob\n"));
        assert!(!private("ann:x:1000:bob\n"));
        assert!(!private("ann:x:1000:nobody-known\n"));
        assert!(!private("ann:x:1000:\nalias:x:1000:bob\n"), "the same number under another name");
        assert!(!private("ann:x:1000\n") && !private("ann:x:many:\n") && !private(""), "damaged or missing");
    }
}
