//! Reports when a file in a folder is changed, also by another process. Uses inotify, so there are no wake-ups in
//! between.
//!
//! If inotify or free watches are not available, the vault is reread when the user presses enter and when the terminal
//! gains focus. Changes that another machine makes in a network folder are not reported either.

use std::ffi::{OsStr, OsString};
use std::future::pending;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use tokio::io::unix::AsyncFd;

/// How many folders above a missing one are tried: the program's own folder, and the one that all programs share.
const MAX_ABOVE: usize = 2;

#[derive(Debug, Default)]
pub(super) struct FolderWatch {
    events: Option<AsyncFd<OwnedFd>>,
    /// The folder that [`begin`](Self::begin) watches.
    begun: Option<PathBuf>,
    /// The folder to watch once it exists, and the name of the first path component that is missing. The folder above
    /// is watched until that component is created.
    awaited: Option<(PathBuf, OsString)>,
}

impl FolderWatch {
    /// Starts watching a folder. Returns true if the watch is new: the caller then has to read what changed before it.
    pub(super) fn begin(&mut self, folder: &Path) -> bool {
        if self.begun.as_deref() == Some(folder) {
            return false;
        }
        self.begun = Some(folder.to_owned());
        self.events = kernel::watch(folder).and_then(registered);
        self.events.is_some()
    }

    /// Starts watching a folder that may not exist yet; until it does, the folder above is watched.
    pub(super) fn follow(&mut self, folder: &Path) {
        for _ in 0..=MAX_ABOVE {
            (self.events, self.awaited) = (kernel::watch(folder).and_then(registered), None);
            if self.events.is_some() || !self.follow_above(folder) {
                return;
            }
        }
    }

    /// Watches for the first path component that is missing. Returns true if it was created meanwhile, which no event
    /// reports.
    fn follow_above(&mut self, folder: &Path) -> bool {
        for (above, missing) in folder.ancestors().skip(1).zip(folder.ancestors()).take(MAX_ABOVE) {
            if let (Some(events), Some(name)) = (kernel::watch_for_folder(above), missing.file_name()) {
                (self.events, self.awaited) = (registered(events), Some((folder.to_owned(), name.to_owned())));
                return missing.is_dir();
            }
        }
        false
    }

    /// Waits until a file whose name satisfies `is_meant` was written or moved into place, or an awaited folder was
    /// created.
    pub(super) async fn changed(&mut self, is_meant: impl Fn(&OsStr) -> bool) {
        let Some(events) = &self.events else { return pending().await };
        loop {
            let Ok(mut ready) = events.readable().await else { return pending().await };
            let has_changed = match &self.awaited {
                Some((_, folder)) => kernel::take(events.get_ref(), |name| name == folder),
                None => kernel::take(events.get_ref(), &is_meant),
            };
            ready.clear_ready();
            if has_changed {
                break;
            }
        }
        if let Some((folder, _)) = self.awaited.take() {
            self.follow(&folder);
        }
    }
}

#[allow(deprecated, reason = "its replacement is unsafe; an OwnedFd keeps its descriptor as long as it is registered")]
fn registered(events: OwnedFd) -> Option<AsyncFd<OwnedFd>> {
    AsyncFd::new(events).ok()
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::ffi::OsStr;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;

    use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};

    /// Size of the event buffer in bytes; an event with the longest name takes some 270.
    const ROOM: usize = 4_096;

    /// Watches for a folder that is created in this one or moved there; writes to files are ignored.
    pub(super) fn watch_for_folder(folder: &Path) -> Option<OwnedFd> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        add_watch(&events, folder, WatchFlags::MOVED_TO | WatchFlags::CREATE | WatchFlags::ONLYDIR).ok()?;
        Some(events)
    }

    pub(super) fn watch(folder: &Path) -> Option<OwnedFd> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        // Saving the vault renames a new file to its name; editors do the same, or write the file in place.
        let changes = WatchFlags::MOVED_TO | WatchFlags::CREATE | WatchFlags::CLOSE_WRITE;
        add_watch(&events, folder, changes).ok()?;
        Some(events)
    }

    /// Reads all pending events; returns whether one was about a file whose name satisfies `is_meant`.
    pub(super) fn take(events: &OwnedFd, is_meant: impl Fn(&OsStr) -> bool) -> bool {
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut reader = Reader::new(events, &mut room);
        let mut has_changed = false;
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            // If events were lost, one may have been about such a file.
            has_changed |= name.is_some_and(&is_meant) || event.events().contains(ReadFlags::QUEUE_OVERFLOW);
        }
        has_changed
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use std::ffi::OsStr;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    pub(super) fn watch(_folder: &Path) -> Option<OwnedFd> {
        None
    }

    pub(super) fn watch_for_folder(_folder: &Path) -> Option<OwnedFd> {
        None
    }

    pub(super) fn take(_events: &OwnedFd, _is_meant: impl Fn(&OsStr) -> bool) -> bool {
        false
    }
}
