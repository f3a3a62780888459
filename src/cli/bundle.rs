//! `credenza doctor --bundle FILE`: writes an archive for a bug report. It is built only from data whose types hold no
//! secret: the version, the findings, and the diagnostic log.

use std::io;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::output::Output;
use super::version;
use crate::diagnostics;
use crate::paths;
use crate::problem::{Kind, Problem};

/// The README in the archive.
const README: &str = "\
This archive was made by `credenza doctor --bundle` for a bug report.

version.txt      what was built
doctor.json      the results of the checks: paths, hosts and names are in it, secrets are not
diagnostics.log  what the program did last: hosts, status codes and durations, no text from servers

Look at it before you send it.
";

pub(super) fn write(file: &Path, findings: &Value, state: &Path, output: Output) -> Result<(), Problem> {
    let doctor = serde_json::to_vec_pretty(findings).map_err(|_| Problem::internal("The result is not JSON."))?;
    let mut entries = vec![
        ("README.txt", README.as_bytes().to_vec()),
        ("version.txt", version::text().into_bytes()),
        ("doctor.json", doctor),
    ];
    entries.extend(diagnostics::files(state));
    archive(file, &entries).map_err(|error| {
        Problem::new(Kind::Storage, format!("{} could not be written.", file.display()))
            .why(format!("The system says: {error}."))
            .try_this("The folder must exist, and the file must not.")
    })?;
    output.note(&format!("credenza: wrote {}; look at it before you send it", file.display()));
    Ok(())
}

fn archive(file: &Path, entries: &[(&str, Vec<u8>)]) -> io::Result<()> {
    paths::write_new_by(file, |file| {
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        for (name, content) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o600);
            archive.append_data(&mut header, format!("credenza-bundle/{name}"), content.as_slice())?;
        }
        archive.into_inner()?.finish()?.sync_all()
    })
}
