//! `backups/`: the last ten versions, and one version a day for thirty days.
//!
//! A backup is a hard link to the old file, made before it is replaced, so it is never half written. Its name sorts by
//! version: `vault-000000000007-20261123.age`. The last file of format 1, `vault-000000000007-20261123-format1.age`,
//! is kept forever. A `recent.age` that belonged to a backup is kept and removed with it, as
//! `recent-000000000007-20261123.age`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{disk, recent};
use crate::paths::Paths;
use crate::problem::Problem;

const VERSIONS: usize = 10;
const DAYS: usize = 30;

/// The suffix of a backup of format 1.
const FORMAT_1: &str = "-format1.age";

/// The backup path of the version `generation`, which is about to be replaced.
pub(super) fn path(folder: &Path, generation: u64, now: Timestamp) -> PathBuf {
    let day = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d");
    folder.join(format!("vault-{generation:012}-{day}.age"))
}

/// The backup path of the last file of format 1. Never rotated away: a program that knows only format 1 can open it.
pub(super) fn format_1_path(folder: &Path, generation: u64, now: Timestamp) -> PathBuf {
    let day = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d");
    folder.join(format!("vault-{generation:012}-{day}{FORMAT_1}"))
}

/// The backup path of an identity file that is about to be replaced. Never rotated away: it opens the backups of its
/// time.
pub(super) fn identity_path(folder: &Path, generation: u64, now: Timestamp) -> PathBuf {
    let day = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d");
    folder.join(format!("identity-{generation:012}-{day}.age"))
}

/// Backs up a file that the next save will not link, under its own number or the next free one.
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn keep(
    folder: &Path,
    generation: u64,
    now: Timestamp,
    bytes: &[u8],
    recent: Option<&[u8]>,
) -> Result<(), Problem> {
    let kept = kept(folder);
    let is = |path: &Path, bytes: &[u8]| disk::read(path).is_ok_and(|(there, _)| there == bytes);
    let has_recent = |path: &Path| recent.is_none_or(|recent| is(&recent::path(path), recent));
    if kept.iter().any(|(_, path)| is(path, bytes) && has_recent(path)) {
        return Ok(());
    }
    let is_taken = |number: &u64| kept.iter().any(|(taken, _)| taken == number);
    let most = generation + kept.len() as u64;
    let number = (generation..=most).find(|number| !is_taken(number)).unwrap_or(most);
    let path = path(folder, number, now);
    // Written first: a backup without its recent file would be an older version.
    if let Some(recent) = recent {
        disk::replace(&recent::path(&path), recent, None)?;
    }
    disk::create_new(&path, bytes)
}

/// Backs up the current `recent.age` for the vault file that is linked at `backup`.
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn keep_recent(paths: &Paths, backup: &Path) -> Result<(), Problem> {
    match disk::read(&paths.recent()) {
        Ok((bytes, _)) => disk::replace(&recent::path(backup), &bytes, None).map(drop),
        Err(_) => Ok(()),
    }
}

/// Removes a backup, and the recent file that belongs to it.
pub(super) fn remove(path: &Path) {
    disk::remove(path);
    disk::remove(&recent::path(path));
}

/// Removes the backups beyond the limits.
pub(super) fn rotate(folder: &Path) {
    for name in superfluous(&disk::names(folder)) {
        remove(&folder.join(name));
    }
}

fn superfluous(names: &[String]) -> Vec<&String> {
    let ours: Vec<&String> = names.iter().filter(|name| day(name).is_some()).collect();
    let mut days = BTreeSet::new();
    let mut gone = Vec::new();
    for (age, name) in ours.iter().rev().enumerate() {
        let Some(day) = day(name) else { continue };
        let newest_of_day = days.len() < DAYS && days.insert(day);
        if age >= VERSIONS && !newest_of_day {
            gone.push(*name);
        }
    }
    gone
}

/// The available versions with their files, oldest first.
pub(super) fn kept(folder: &Path) -> Vec<(u64, PathBuf)> {
    let number = |name: &str| name.strip_prefix("vault-")?.split('-').next()?.parse().ok();
    let mut kept: Vec<(u64, PathBuf)> = disk::names(folder)
        .iter()
        .filter(|name| is_kept(name))
        .filter_map(|name| Some((number(name)?, folder.join(name))))
        .collect();
    kept.sort();
    kept
}

/// Every file of this program in the folder: former versions, and the identities that opened them.
pub(super) fn all(folder: &Path) -> Vec<PathBuf> {
    let is_identity =
        |name: &str| name.strip_prefix("identity-").is_some_and(|rest| rest.strip_suffix(".age").is_some());
    let ours = |name: &String| is_kept(name) || is_identity(name);
    disk::names(folder).iter().filter(|name| ours(name)).map(|name| folder.join(name)).collect()
}

/// The day on which the file was replaced, as a date.
pub(super) fn replaced_on(file: &Path) -> Option<String> {
    let day = day_of_kept(file.file_name()?.to_str()?)?;
    Some(format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]))
}

fn is_kept(name: &str) -> bool {
    day_of_kept(name).is_some()
}

/// The day in the name of any backup, rotated or not.
fn day_of_kept(name: &str) -> Option<&str> {
    day_before(name, FORMAT_1).or_else(|| day(name))
}

/// The day in the name of a backup that is rotated.
fn day(name: &str) -> Option<&str> {
    day_before(name, ".age")
}

fn day_before<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let (generation, day) = name.strip_prefix("vault-")?.strip_suffix(end)?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (generation.len() == 12 && day.len() == 8 && digits(generation) && digits(day)).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wp_16_ten_generations_and_one_a_day_are_kept() {
        let names: Vec<String> = (0..100)
            .map(|n| format!("vault-{n:012}-202611{:02}.age", 1 + n / 20))
            .chain(["notes.txt".into()])
            .collect();
        let gone = superfluous(&names);
        let kept: Vec<&String> = names.iter().filter(|name| !gone.contains(name)).collect();
        // The newest ten, the newest of each of the four earlier days, and the file that is not a backup.
        assert_eq!(kept.len(), 10 + 4 + 1);
        assert!(kept.contains(&&names[99]) && kept.contains(&&names[79]) && kept.contains(&&names[100]));
    }
}
