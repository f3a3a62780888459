//! Parses the arguments in two stages: with the one command they name, and if that fails with the whole command line.
//!
//! Building all commands takes longer than printing a token. The first stage prints nothing: help, suggestions and
//! errors come from the second.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{
    Arg, ArgAction, ArgMatches, Args as _, Command as CommandLine, CommandFactory as _, Error, FromArgMatches as _,
    Subcommand as _,
};

use super::arguments::{self, Arguments, Global};
use super::examples;

/// Adds the arguments of a command.
type Takes = fn(CommandLine) -> CommandLine;

/// Commands that can be built alone; any other needs the whole command line.
const BY_THEMSELVES: &[(&str, Takes)] = &[
    ("add", arguments::Add::augment_args),
    ("agent", arguments::agent::Command::augment_subcommands),
    ("authenticate", arguments::Authenticate::augment_args),
    ("check", arguments::Check::augment_args),
    ("complete-names", |command| command),
    ("integration", arguments::integration::Integration::augment_subcommands),
    ("list", arguments::list::List::augment_args),
    ("lock", |command| command),
    ("log", arguments::log::Log::augment_args),
    ("run", arguments::run::Run::augment_args),
    ("show", arguments::Show::augment_args),
    ("test", arguments::Test::augment_args),
    ("token", arguments::Token::augment_args),
    ("unlock", |command| command),
];

/// Parses the arguments.
///
/// # Errors
/// clap's own, with its texts; help and version are among them.
pub(super) fn parse(arguments: &[OsString]) -> Result<Arguments, Error> {
    if let Some(read) = by_itself(arguments).and_then(|command| read(command, arguments).ok()) {
        return Ok(read);
    }
    match read(Arguments::command(), arguments) {
        Err(error) if error.kind() == ErrorKind::DisplayVersion => Err(error),
        // Only help has the examples.
        Err(error) if is_help(&error) => read(examples::command(), arguments),
        // clap lists every option that has a value in an error's usage line, as if it were required. Parse again without the
        // environment unless the error comes from it.
        Err(error) => match read(without_environment(examples::command()), arguments) {
            Err(bare) if bare.kind() == error.kind() => Err(bare),
            _ => read(examples::command(), arguments),
        },
        read => read,
    }
}

fn is_help(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
}

fn without_environment(command: CommandLine) -> CommandLine {
    command.mut_args(|arg| arg.env(None::<&str>))
}

fn read(command: CommandLine, arguments: &[OsString]) -> Result<Arguments, Error> {
    let matches: ArgMatches = command.try_get_matches_from(arguments)?;
    let mut read = Arguments::from_arg_matches(&matches)?;
    read.global.subcommand = matches.subcommand_name().map(str::to_owned);
    Ok(read)
}

/// The command line with a single command: the first word that is a command's name.
fn by_itself(arguments: &[OsString]) -> Option<CommandLine> {
    let named = |word: &OsString| BY_THEMSELVES.iter().find(|(name, _)| word == name);
    let (name, takes) = arguments.iter().skip(1).find_map(named)?;
    Some(root().subcommand(takes(CommandLine::new(*name))))
}

/// The command line without commands.
fn root() -> CommandLine {
    let demo = Arg::new("demo").long("demo").action(ArgAction::SetTrue);
    Global::augment_args(CommandLine::new("credenza").arg(demo))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(line: &str) -> Vec<OsString> {
        std::iter::once("credenza").chain(line.split_whitespace()).map(OsString::from).collect()
    }

    fn whole(line: &str) -> Result<Arguments, Error> {
        read(examples::command(), &split_words(line))
    }

    #[test]
    fn both_stages_read_the_same() {
        for line in [
            "token Zoho",
            "token --force Zoho --min-ttl 5m",
            "--dir /x --json token Zoho --header --timeout 3s -v",
            "token Zoho --dir /x --no-input --identity-file key",
            "--demo token Zoho",
            "token token",
            "--dir list token Zoho",
            "run Zoho -- list token --force",
            "run --json Zoho -- token",
            "list --json",
            "list zoho !tag:x --columns name,owner --sort name",
            "agent start --foreground",
            "agent status",
            "lock",
            "unlock --passphrase-fd 3",
            "integration list",
            "show Zoho --reveal",
            "log --last 3 Zoho",
            "check --ics",
            "complete-names",
            "help token",
            "ls --json",
            "rm Zoho --yes",
            "add --integration x --name y --set a=b --tag c --tag d",
        ] {
            let (ours, theirs) = (parse(&split_words(line)), whole(line));
            assert_eq!(format!("{:?}", ours.unwrap()), format!("{:?}", theirs.unwrap()), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_or_asks_for_help_is_said_by_the_whole() {
        for line in [
            "token",
            "token --help",
            "token -h",
            "--help token",
            "--version",
            "token --version",
            "tokn Zoho",
            "token Zoho list",
            "token Zoho --min-tll 3",
            "token Zoho --min-ttl soon",
            "token --passphrase-file a --passphrase-command b Zoho",
            "--passphrase-fd x token Zoho",
            "agent",
            "agent strat",
            "integration",
            "lock extra",
            "list --sort",
            "list --color blue",
            "--demo=1 list",
            "check --ics --json",
            "log --last many",
            "--sandbox nowhere token Zoho",
            "run",
            "",
            "nothing",
        ] {
            let (ours, theirs) = (parse(&split_words(line)), whole(line));
            let text = |read: Result<Arguments, Error>| match read {
                Ok(read) => format!("{read:?}"),
                Err(error) => format!("{:?} {}", error.kind(), error.render().ansi()),
            };
            assert_eq!(text(ours), text(theirs), "{line}");
        }
    }

    /// The properties of a command's arguments, and of the arguments of its subcommands.
    fn takes(command: &CommandLine) -> Vec<String> {
        let one = |arg: &Arg| {
            let numbers = (arg.get_num_args(), arg.get_index(), arg.get_action(), arg.get_default_values());
            let flags = (arg.is_required_set(), arg.is_global_set(), arg.is_last_set(), arg.get_env());
            format!("{} {:?} {:?} {numbers:?} {flags:?}", arg.get_id(), arg.get_long(), arg.get_short())
        };
        let own = command.get_arguments().map(one);
        own.chain(command.get_subcommands().flat_map(|below| {
            let name = below.get_name().to_owned();
            takes(below).into_iter().map(move |one| format!("{name}: {one}"))
        }))
        .collect()
    }

    #[test]
    fn each_of_them_takes_what_the_whole_says() {
        let mut whole = examples::command();
        whole.build();
        for (name, _) in BY_THEMSELVES {
            let mut alone = by_itself(&split_words(name)).unwrap();
            alone.build();
            let of = |command: &CommandLine| takes(command.find_subcommand(name).unwrap());
            let (ours, theirs) = (of(&alone), of(&whole));
            let sorted = |mut all: Vec<String>| {
                all.sort();
                all
            };
            assert_eq!(sorted(ours), sorted(theirs), "{name}");
        }
    }
}
