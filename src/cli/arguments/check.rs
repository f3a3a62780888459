//! Arguments of `credenza check`.

use clap::Args;
use jiff::SignedDuration;

use super::values::days;

/// `credenza check`.
#[derive(Args, Debug)]
pub struct Check {
    /// What expires within this time is due.
    #[arg(long, value_name = "TIME", default_value = "14d", value_parser = days)]
    pub within: SignedDuration,
    /// List only what is due or needs attention: nothing at all if everything is good, so that cron sends no mail.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print Prometheus metrics for the textfile collector.
    #[arg(long, conflicts_with_all = ["ics", "json"])]
    pub prometheus: bool,
    /// Print a calendar (iCalendar).
    #[arg(long, conflicts_with = "json")]
    pub ics: bool,
    /// Run this with `sh -c` for each credential that is due or needs attention; it gets `CREDENZA_NAME`,
    /// `CREDENZA_STANDING`, `CREDENZA_DUE`, `CREDENZA_DUE_AT` and `CREDENZA_OWNER`, and at most 30 seconds.
    #[arg(long, value_name = "COMMAND")]
    pub hook: Option<String>,
}
