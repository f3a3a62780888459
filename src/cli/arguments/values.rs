//! Parses values of arguments: KEY=VALUE and durations.

use std::time::Duration;

use jiff::SignedDuration;

pub(super) fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, such as customer_domain=eu")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

pub(super) fn days(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "write a number of days such as 14d, or hours such as 36h".to_owned();
    let (number, hours) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(number), _) => (number, 24),
        (_, Some(number)) => (number, 1),
        _ => (text, 24),
    };
    let hours = number.trim().parse::<u32>().map_err(|_| wrong())?.checked_mul(hours);
    let hours = hours.filter(|hours| *hours <= 24 * 3_660).ok_or("it must be at most ten years")?;
    Ok(SignedDuration::from_hours(i64::from(hours)))
}

pub(super) fn signed_time(text: &str) -> Result<SignedDuration, String> {
    let time: SignedDuration = text.parse().map_err(|_| "write a time such as 90s, 5m or 1h".to_owned())?;
    if time.is_negative() || time > SignedDuration::from_hours(24 * 365) {
        return Err("it must be between 0 and a year".to_owned());
    }
    Ok(time)
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let time = Duration::try_from(signed_time(text)?).map_err(|_| "it must not be negative".to_owned())?;
    if time.is_zero() || time > Duration::from_secs(86_400) {
        return Err("it must be between a second and a day".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_bounded() {
        assert_eq!(days("14d"), Ok(SignedDuration::from_hours(336)));
        assert_eq!((days("14"), days("36h")), (days("14d"), Ok(SignedDuration::from_hours(36))));
        assert!(
            days("-1d").is_err() && days("soon").is_err() && days("99999999999d").is_err() && days("4000d").is_err()
        );
        assert_eq!(signed_time("90s"), Ok(SignedDuration::from_secs(90)));
        assert!(signed_time("-5s").is_err() && signed_time("soon").is_err() && signed_time("99999999h").is_err());
        assert!(time("0s").is_err() && time("5m").is_ok());
    }
}
