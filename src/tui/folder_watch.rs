//! Says when a file of a folder changes, also by another process: by inotify, so that nothing wakes up in between.
//!
//! Where there is no inotify, or no more of it, the vault is read again with enter and when the terminal gains focus.
//! Changes that another machine makes in a network folder are not seen either.

use std::ffi::OsStr;
use std::future::pending;
use std::os::fd::OwnedFd;
use std::path::Path;

use tokio::io::unix::AsyncFd;

/// A watched folder.
#[derive(Debug, Default)]
pub(super) struct FolderWatch {
    events: Option<AsyncFd<OwnedFd>>,
    has_begun: bool,
}

impl FolderWatch {
    /// Begins to watch, the first time; true then: what changed before is to be read.
    pub(super) fn begin(&mut self, folder: &Path) -> bool {
        if std::mem::replace(&mut self.has_begun, true) {
            return false;
        }
        self.events = kernel::watch(folder).and_then(registered);
        self.events.is_some()
    }

    /// Waits until a file with such a name was put in place or written.
    pub(super) async fn changed(&self, is_meant: impl Fn(&OsStr) -> bool) {
        let Some(events) = &self.events else { return pending().await };
        loop {
            let Ok(mut ready) = events.readable().await else { return pending().await };
            let has_changed = kernel::take(events.get_ref(), &is_meant);
            ready.clear_ready();
            if has_changed {
                return;
            }
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

    /// Room for events: one with the longest name takes some 270 bytes.
    const ROOM: usize = 4_096;

    pub(super) fn watch(folder: &Path) -> Option<OwnedFd> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        // A save of the vault renames a new file to its name; editors do that, or write the file in place.
        let changes = WatchFlags::MOVED_TO | WatchFlags::CREATE | WatchFlags::CLOSE_WRITE;
        add_watch(&events, folder, changes).ok()?;
        Some(events)
    }

    /// Takes all events that wait; whether one was about such a file.
    pub(super) fn take(events: &OwnedFd, is_meant: impl Fn(&OsStr) -> bool) -> bool {
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut reader = Reader::new(events, &mut room);
        let mut has_changed = false;
        while let Ok(event) = reader.next() {
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            // Lost events may have been about one.
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

    pub(super) fn take(_events: &OwnedFd, _is_meant: impl Fn(&OsStr) -> bool) -> bool {
        false
    }
}
