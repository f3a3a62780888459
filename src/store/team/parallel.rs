//! Maps a function over many items in parallel.

use std::thread;

/// Fewest items per thread: for CPU-bound work, and for requests.
const LEAST: usize = 64;
const LEAST_WAITING: usize = 8;

/// Most requests in flight.
const WAITING: usize = 16;

/// Applies `act` to each item, on as many threads as there are processors. The results are in the order of the items.
pub(super) fn map<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    on(processors.min(items.len() / LEAST), items, act)
}

/// As [`map`], for an `act` that waits for the network.
pub(super) fn map_waiting<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    on(WAITING.min(items.len() / LEAST_WAITING), items, act)
}

fn on<T: Sync, R: Send>(threads: usize, items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads < 2 {
        return items.iter().map(act).collect();
    }
    let act = &act;
    thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || part.iter().map(act).collect::<Vec<R>>())).collect();
        let done = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        done.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_in_its_order() {
        for count in [0, 1, 15, 16, 63, 64, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), doubled);
            assert_eq!(map_waiting(&items, |item| item * 2), doubled);
        }
    }

    #[test]
    fn many_requests_are_waited_for_on_threads_of_their_own() {
        let threads = |count: usize| {
            let of = map_waiting(&vec![(); count], |()| thread::current().id());
            of.into_iter().collect::<std::collections::HashSet<_>>().len()
        };
        assert_eq!([1, 15, 16, 10_000].map(threads), [1, 1, 2, WAITING]);
    }
}
