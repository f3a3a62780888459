//! Clocks that jump: row TM-01.

use credenza::engine::ops::token::Request;
use credenza::model::credential::Status;

use super::{Fake, Home, ask, at, both, pair};

const TEN_YEARS: i64 = 10 * 365 * 86_400;

#[test]
fn tm_01_ten_years_ahead_cost_one_refresh_and_ten_years_back_one_more() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    home.clock.set(at(TEN_YEARS));
    for _ in 0..3 {
        assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a1");
    }
    assert_eq!(fake.requests().len(), 1, "once, not again and again");
    // The token was received ten years in the future, so its lifetime is no longer trusted.
    home.clock.set(at(0));
    for _ in 0..3 {
        assert_eq!(ask(&home, Request::default()).unwrap().access.expose(), "a2");
    }
    assert_eq!(fake.requests().len(), 2);
    assert_eq!(pair(&home.stored()), both(2));
}

#[test]
fn tm_01_at_the_ends_of_time_nothing_overflows() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    for now in [jiff::Timestamp::MIN, jiff::Timestamp::MAX, jiff::Timestamp::UNIX_EPOCH] {
        home.clock.set(now);
        let credential = home.stored();
        assert!(matches!(credential.status(now), Status::Authenticated | Status::ExpiringSoon), "{now}");
        // Success or failure, the token must not be lost.
        let _ = ask(&home, Request::default());
        assert!(home.stored().tokens.is_some(), "{now}");
    }
}
