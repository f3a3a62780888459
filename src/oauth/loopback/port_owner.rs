//! Finds out which program listens on a port of this machine, from Linux's `/proc` (proc_net(5), proc_pid_fd(5)).

use std::collections::BTreeSet;
use std::fs;

use crate::printable::printable;

/// State of a listening socket in `/proc/net/tcp`.
const LISTENS: &str = "0A";

/// Columns of `/proc/net/tcp`: local address, state, inode.
const COLUMNS: (usize, usize, usize) = (1, 3, 9);

/// Longest program name that is shown; the kernel keeps 15 bytes.
const MAX_NAME: usize = 40;

/// "credenza (PID 4121)"; `None` if the system does not say, as for another user's program.
pub(super) fn of_port(port: u16) -> Option<String> {
    let sockets: BTreeSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| sockets(&table, port))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.into_iter().find(|pid| holds(*pid, &sockets)).map(|pid| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let name = printable(name.trim(), MAX_NAME);
        if name.is_empty() { format!("PID {pid}") } else { format!("{name} (PID {pid})") }
    })
}

/// The listening sockets on the port, in the form in which a process's descriptors link to them.
fn sockets(table: &str, port: u16) -> Vec<String> {
    let end = format!(":{port:04X}");
    let row = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(COLUMNS.0)?.ends_with(&end) && *columns.get(COLUMNS.1)? == LISTENS;
        listens.then(|| columns.get(COLUMNS.2).map(|inode| format!("socket:[{inode}]")))?
    };
    table.lines().filter_map(row).collect()
}

fn holds(pid: u32, sockets: &BTreeSet<String>) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut links = descriptors.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    links.any(|link| link.to_str().is_some_and(|link| sockets.contains(link)))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listening_socket_is_told_from_a_connection() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:D1B2 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0\n\
             1: 0100007F:D1B2 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0\n\
             2: 0100007F:D1B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0\n";
        assert_eq!(sockets(table, 0xd1b2), ["socket:[4711]"]);
        assert!(sockets("", 80).is_empty() && sockets("0: x", 80).is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_named_for_its_own_port() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let named = of_port(listener.local_addr().unwrap().port()).unwrap();
        assert!(named.contains(&format!("PID {}", std::process::id())), "{named}");
    }
}
