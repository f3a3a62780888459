//! Merges an object that was written on both sides of a restore.

use jiff::Timestamp;
use serde_json::Value;

use super::part::Json;
use super::rotation::Rotation;

/// The side of a fork that wins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// The object that this machine has seen.
    Seen,
    /// The object that was written after the restore.
    Stored,
}

/// Merges the tokens of a record. Of each token set the one that was received last wins, because older refresh tokens
/// may be spent. `newest` is the side with the higher revision; it wins if the times do not decide.
pub(super) fn tokens(seen: &Json, stored: &Json, newest: Side) -> (Json, Side) {
    let side = match (received_at(seen), received_at(stored)) {
        (Some(here), Some(there)) if here > there => Side::Seen,
        (Some(here), Some(there)) if here < there => Side::Stored,
        (Some(_), None) => Side::Seen,
        (None, Some(_)) => Side::Stored,
        _ => newest,
    };
    let (base, other) = if side == Side::Seen { (seen, stored) } else { (stored, seen) };
    let mut merged = base.clone();
    let sets = other.get(SETS).and_then(Value::as_object);
    for (kind, set) in sets.into_iter().flatten() {
        let of_base = base.get(SETS).and_then(|sets| sets.get(kind)).and_then(Value::as_object);
        if set.as_object().and_then(received_at) > of_base.and_then(received_at).or(received_at(base)) {
            let sets = merged.entry(SETS).or_insert_with(|| Value::Object(Json::new()));
            if let Some(sets) = sets.as_object_mut() {
                sets.insert(kind.clone(), set.clone());
            }
        }
    }
    (merged, side)
}

/// The key of the token sets other than the main one.
const SETS: &str = "token_sets";

/// When the main tokens of a record, or the tokens of a set, were received.
fn received_at(of: &Json) -> Option<Timestamp> {
    of.get("tokens")?.get("received_at")?.as_str()?.parse().ok()
}

/// The union of both rotation lists.
pub(super) fn rotation(seen: &Rotation, stored: &Rotation) -> Rotation {
    let mut both = seen.clone();
    both.items.extend(stored.items.iter().filter(|item| !seen.items.contains(item)).cloned());
    both
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value) -> Json {
        value.as_object().unwrap().clone()
    }

    fn at(second: u8) -> Value {
        json!({ "refresh_token": format!("r{second}"), "received_at": format!("2026-11-23T10:00:0{second}Z") })
    }

    #[test]
    fn each_set_of_tokens_is_the_one_that_was_received_last() {
        let seen = of(&json!({ "tokens": at(3), "token_sets": { "user": { "tokens": at(3) } }, "history": [1] }));
        let stored = of(&json!({ "tokens": at(2), "token_sets": { "user": { "tokens": at(5) } }, "history": [2] }));
        for newest in [Side::Seen, Side::Stored] {
            let (merged, side) = tokens(&seen, &stored, newest);
            assert_eq!((side, &merged["tokens"], &merged["history"]), (Side::Seen, &at(3), &json!([1])));
            assert_eq!(merged["token_sets"]["user"]["tokens"], at(5));
            assert_eq!(tokens(&stored, &seen, newest).0, merged);
        }
        let none = of(&json!({ "history": [] }));
        assert_eq!(tokens(&none, &stored, Side::Seen), (stored.clone(), Side::Stored));
        // A set that is older than every other set was removed by another sign-in.
        let anew = of(&json!({ "tokens": at(6) }));
        assert_eq!(tokens(&anew, &stored, Side::Stored), (anew.clone(), Side::Seen));
    }

    #[test]
    fn where_the_times_do_not_tell_the_newest_revision_counts() {
        let (seen, stored) = (of(&json!({ "history": [1] })), of(&json!({ "history": [2] })));
        assert_eq!(tokens(&seen, &stored, Side::Seen), (seen.clone(), Side::Seen));
        assert_eq!(tokens(&seen, &stored, Side::Stored), (stored.clone(), Side::Stored));
    }
}
