//! Times in words: "today 09:58", "14 Nov 08:20", "valid 52 min, until 10:58".

use jiff::{SignedDuration, Timestamp};

use crate::tui::context::Context;

/// "today 09:58", "14 Nov 08:20"; with the year if it is not the current one.
#[must_use]
pub(crate) fn instant(cx: &Context<'_>, at: Timestamp) -> String {
    let (now, at) = (cx.now.to_zoned(cx.zone.clone()), at.to_zoned(cx.zone.clone()));
    let format = if now.date() == at.date() {
        "today %H:%M"
    } else if now.year() == at.year() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y %H:%M"
    };
    at.strftime(format).to_string()
}

/// Like [`instant`], with seconds.
#[must_use]
pub(crate) fn to_the_second(cx: &Context<'_>, at: Timestamp) -> String {
    format!("{}{}", instant(cx, at), at.to_zoned(cx.zone.clone()).strftime(":%S"))
}

/// "24 Dec"; with the year if it is not the current one.
#[must_use]
pub(crate) fn day(cx: &Context<'_>, at: Timestamp) -> String {
    let (now, at) = (cx.now.to_zoned(cx.zone.clone()), at.to_zoned(cx.zone.clone()));
    let format = if now.year() == at.year() { "%-d %b" } else { "%-d %b %Y" };
    at.strftime(format).to_string()
}

/// "in 9 days", "3 h ago".
#[must_use]
pub(crate) fn distance(now: Timestamp, at: Timestamp) -> String {
    let left = now.duration_until(at);
    if left.is_positive() { format!("in {}", span(left)) } else { format!("{} ago", span(left)) }
}

/// "52 min", "3 h", "9 days": the largest unit only.
#[must_use]
pub(crate) fn span(time: SignedDuration) -> String {
    let seconds = time.abs().as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..5_400 => format!("{} min", seconds / 60),
        5_400..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The remaining time, estimated from the share that is done; `None` while there is nothing to estimate from.
#[must_use]
pub(crate) fn remaining(passed: SignedDuration, done: usize, total: usize) -> Option<SignedDuration> {
    let (passed, done) = (passed.as_secs(), i64::try_from(done).ok().filter(|done| *done > 0)?);
    let left = i64::try_from(total).ok()?.saturating_sub(done).checked_mul(passed)? / done;
    (passed > 0).then(|| SignedDuration::from_secs(left))
}

/// "4:18".
#[must_use]
pub(crate) fn countdown(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// "valid 52 min, until today 10:58", or "expired 3 days ago, 20 Nov 16:02".
#[must_use]
pub(crate) fn validity(cx: &Context<'_>, end: Option<Timestamp>) -> String {
    let Some(end) = end else { return "valid until the provider says otherwise".to_owned() };
    let left = cx.now.duration_until(end);
    if left.is_positive() {
        format!("valid {}, until {}", span(left), instant(cx, end))
    } else {
        format!("expired {} ago, {}", span(left), instant(cx, end))
    }
}

/// Like [`validity`], for an access token: an expired one is fine while a refresh token renews it.
#[must_use]
pub(crate) fn access_validity(cx: &Context<'_>, end: Option<Timestamp>, is_renewed: bool) -> String {
    match end.filter(|end| is_renewed && *end <= cx.now) {
        Some(end) => format!("expired {} ago; renewed on use", span(cx.now.duration_until(end))),
        None => validity(cx, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_show_their_largest_unit() {
        let words =
            [59, 60, 52 * 60, 89 * 60, 90 * 60, 26 * 3_600, 3 * 86_400].map(|s| span(SignedDuration::from_secs(s)));
        assert_eq!(words, ["59 s", "1 min", "52 min", "89 min", "2 h", "26 h", "3 days"]);
        assert_eq!(countdown(SignedDuration::from_secs(258)), "4:18");
        assert_eq!(countdown(SignedDuration::from_secs(-5)), "0:00");
    }
}
