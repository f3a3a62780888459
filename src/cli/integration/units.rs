//! `credenza integration units`: writes systemd unit files that open the vault with the options of this command line.
//! JSON: `{"files": [PATH]}`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::arguments::Global;
use crate::cli::output::Output;
use crate::engine::ops::integrations::{Unit, units};
use crate::paths;
use crate::problem::{Kind, Problem};

pub(super) fn write(folder: &Path, global: &Global, output: Output) -> Result<(), Problem> {
    let program = std::env::current_exe().map_err(|error| {
        Problem::new(Kind::Usage, "The path of this program could not be found.")
            .why(format!("The system says: {error}."))
    })?;
    let units = units(&program, &options(global)?)?;
    if folder == Path::new("-") {
        return units.iter().try_for_each(|unit| output.text(&format!("# {}\n{}\n", unit.name, unit.text)));
    }
    let files = units.iter().map(|unit| write_one(folder, unit)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    output.note(
        "credenza: start it with: systemctl --user daemon-reload && systemctl --user enable --now credenza-sync.timer",
    );
    output.done(&format!("Wrote {}", names.join(" and ")), &json!({ "files": names }))
}

/// The options that open the vault unattended: a unit has no terminal for a prompt.
fn options(global: &Global) -> Result<Vec<String>, Problem> {
    let mut options = Vec::new();
    let files = [
        ("--dir", &global.dir),
        ("--identity-file", &global.identity_file),
        ("--passphrase-file", &global.passphrase_file),
    ];
    for (option, file) in files {
        let Some(file) = file else { continue };
        let path = std::path::absolute(file).ok().and_then(|path| path.to_str().map(str::to_owned));
        let path =
            path.ok_or_else(|| Problem::new(Kind::Usage, format!("The path after {option} is not in UTF-8.")))?;
        options.extend([option.to_owned(), path]);
    }
    if let Some(command) = &global.passphrase_command {
        options.extend(["--passphrase-command".to_owned(), command.clone()]);
    }
    let opens = ["--identity-file", "--passphrase-file", "--passphrase-command"];
    if options.iter().any(|option| opens.contains(&option.as_str())) {
        return Ok(options);
    }
    Err(Problem::new(Kind::Usage, "The unit has no way to unlock the vault.")
        .why("A timer cannot prompt for a passphrase.")
        .try_this(
            "Create a key for this machine (credenza recipients add HOST --key-file FILE), then add --identity-file \
             FILE here.",
        ))
}

fn write_one(folder: &Path, unit: &Unit) -> Result<PathBuf, Problem> {
    let path = folder.join(unit.name);
    paths::write_new(&path, unit.text.as_bytes()).map_err(|error| {
        Problem::new(Kind::Storage, format!("{} could not be written.", path.display()))
            .why(format!("The system says: {error}."))
            .try_this("The folder must exist, and the file must not.")
    })?;
    Ok(path)
}
