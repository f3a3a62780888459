//! A team's vault compared with a local one, and with the tools of its store.

use std::process::Command;

use crate::bench::Bench;
use crate::measure::{Unit, run};
use crate::report::{Goal, Line};
use crate::team::{Database, Host, bucket};
use crate::vault::{LOOPBACK, name};

/// The most calls to the store that a refresh may make.
const CALLS: usize = 4;

/// The number of credentials in a bucket, where the test server is slow.
const IN_A_BUCKET: usize = 20;

pub(crate) fn token_and_list(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[1_000, 10_000]) {
        let database = match Database::named() {
            Ok(database) => database,
            Err(why) => return vec![Line::missing("a team's vault on PostgreSQL", why)],
        };
        let schema = format!("bench_{count}_{}", std::process::id());
        let host = Host::of(bench, &database.schema(&schema), count, &schema);
        let local = bench.vault(count);
        lines.extend(first_list(bench, &host, &database, (&schema, count)));
        let asked = name(count / 2);
        for (what, words, rounds) in [("token", &["token", &asked][..], 40), ("list", &["list"], 20)] {
            let round = |_| (run(&mut host.command(words)), run(&mut local.command(words)));
            round(0);
            let what = format!("`credenza {what}` of a team's vault, {count} credentials");
            let pairs = (0..bench.rounds(rounds)).map(round).unzip();
            lines.push(Line::pair(what, "of a local vault", Unit::Milliseconds, Goal::Ratio(1.3), pairs));
        }
    }
    lines
}

/// Compares the first `list` on a machine without a local cache with `pg_dump` of the same objects.
fn first_list(bench: &Bench, host: &Host, database: &Database, (schema, count): (&str, usize)) -> Vec<Line> {
    let mut dump = database.client("pg_dump");
    dump.args(["--data-only", "--file", "/dev/null", "--table", &format!("{schema}.credenza_objects")]);
    let mut round = |_| {
        host.forget();
        (run(&mut host.command(&["list"])), run(&mut dump))
    };
    let pairs: (Vec<f64>, Vec<f64>) = (0..bench.rounds(15)).map(&mut round).unzip();
    let what = format!("first `credenza list` of a team's vault, {count} credentials");
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = |times: &[f64]| times.iter().map(|ms| count as f64 * 1_000.0 / ms).collect::<Vec<f64>>();
    let (ours, theirs) = (rate(&pairs.0), rate(&pairs.1));
    vec![
        Line::pair(what.clone(), "pg_dump of its table", Unit::Milliseconds, Goal::None, pairs),
        Line::alone(format!("{what}, records"), Unit::PerSecond, Goal::None, ours),
        Line::alone(format!("pg_dump of the same, {count} records"), Unit::PerSecond, Goal::None, theirs),
    ]
}

pub(crate) fn refresh(bench: &Bench) -> Vec<Line> {
    let what = |place| format!("`credenza token --force` of a team's vault {place}");
    let Some(curl) = &bench.peers.curl else { return vec![Line::missing(what(""), "curl is not installed")] };
    let mut post = Command::new(curl);
    post.args(["--silent", "--fail", "--noproxy", "*", "--data"]);
    post.arg("grant_type=refresh_token&refresh_token=x&client_id=bench").arg(bench.provider.token_url());
    let label = format!("refreshed_{}", std::process::id());
    let mut beside = |place, host: &Host, call: &mut Command, peer: &str| {
        let ours = || run(&mut host.command(&["token", LOOPBACK, "--force"]));
        ours();
        let mut theirs = || run(&mut post) + (0..CALLS).map(|_| run(call)).sum::<f64>();
        let pairs = (0..bench.rounds(40)).map(|_| (ours(), theirs())).unzip();
        let peer = format!("curl POST to the same endpoint + {CALLS} x {peer}");
        Line::pair(what(place), &peer, Unit::Milliseconds, Goal::Ratio(1.0), pairs)
    };
    let in_database = match Database::named() {
        Err(why) => Line::missing(what("on PostgreSQL"), why),
        Ok(database) => {
            let host = Host::of(bench, &database.schema(&label), 1_000, &label);
            beside("on PostgreSQL, 1000 credentials", &host, &mut database.psql("select 1"), "psql -c 'select 1'")
        }
    };
    let in_bucket = match bucket() {
        Err(why) => Line::missing(what("in a bucket"), why),
        Ok(endpoint) => {
            let address = format!("s3://credenza-test/{label}?endpoint={endpoint}");
            let host = Host::of(bench, &address, IN_A_BUCKET, &format!("{label}-bucket"));
            let mut put = Command::new(curl);
            put.args(["--silent", "--fail", "--noproxy", "*", "--request", "PUT", "--data", "x"]);
            // moto only checks that there is a signature, not its value.
            put.args(["--header", "Authorization: AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request"]);
            put.arg(format!("{endpoint}/credenza-test/put-{label}"));
            beside("in a bucket of moto, 20 credentials", &host, &mut put, "one PUT")
        }
    };
    vec![in_database, in_bucket]
}
