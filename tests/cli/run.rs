//! `credenza run`: the command receives the token and nothing else of Credenza; signals and exit codes are passed on.

use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::service::{Fake, Home, until};

fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(["run", "--no-input"]).args(arguments).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("CREDENZA_DIR", home.folder.path());
    command.env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass")).stdin(Stdio::null());
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn ag_05_the_token_is_in_the_commands_environment_and_its_end_is_ours() {
    let home = Home::with(&Fake::start());
    assert_eq!(said(&run(&home, &["Zoho", "--", "sh", "-c", "echo $CREDENZA_TOKEN"])), "a1\n");
    assert_eq!(said(&run(&home, &["Zoho", "--env", "API_KEY", "--", "sh", "-c", "echo $API_KEY"])), "a1\n");
    for (how, code) in [("exit 0", 0), ("exit 7", 7), ("exit 255", 255)] {
        assert_eq!(run(&home, &["Zoho", "--", "sh", "-c", how]).status.code(), Some(code));
        assert_eq!(run(&home, &["Zoho", "--mask", "--", "sh", "-c", how]).status.code(), Some(code));
        assert_eq!(run(&home, &["Zoho", "--serve", "--", "sh", "-c", how]).status.code(), Some(code));
    }
    let folder = home.folder.path().to_str().unwrap();
    for how in ["--env=T", "--mask", "--serve"] {
        for (program, code) in [("/no/such/program", 127), ("no-such-program", 127), ("", 127), (folder, 126)] {
            let output = run(&home, &["Zoho", how, "--", program]);
            assert_eq!(output.status.code(), Some(code), "{how} {program:?}: {output:?}");
        }
        let file = home.folder.path().join("plain.txt");
        std::fs::write(&file, "not a program").unwrap();
        let output = run(&home, &["Zoho", how, "--json", "--", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(126), "{how}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("\"exit_code\":126") && told.contains("command_not_executable"), "{told}");
    }
    assert_eq!(run(&home, &["Nothing", "--", "true"]).status.code(), Some(3));
    assert_eq!(run(&home, &["Zoho", "--env", "A=B", "--", "true"]).status.code(), Some(2));
    // Files that the command creates have the user's umask, not the stricter one of Credenza.
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 027; exec \"$0\" run Zoho -- sh -c umask", env!("CARGO_BIN_EXE_credenza")]);
    shell.env("CREDENZA_DIR", home.folder.path()).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass"));
    assert_eq!(said(&shell.output().unwrap()).trim_start_matches('0'), "27\n");
}

#[test]
fn a_command_that_says_that_its_token_was_refused_runs_once_more_with_another() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let log = home.folder.path().join("log");
    // A stand-in for an API that accepts only the token `good`.
    let script =
        |good: &str| format!("echo $CREDENZA_TOKEN >> {}; [ $CREDENZA_TOKEN = {good} ] || exit 22", log.display());
    let runs = |arguments: &[&str], good: &str| {
        let script = script(good);
        let output = run(&home, &[&["Zoho"], arguments, &["--", "sh", "-c", &script]].concat());
        let tokens = std::fs::read_to_string(&log).unwrap().replace('\n', " ");
        std::fs::remove_file(&log).unwrap();
        (output.status.code().unwrap(), tokens)
    };
    assert_eq!(runs(&[], "a2"), (22, "a1 ".to_owned()));
    assert_eq!(runs(&["--refresh-on", "22"], "a1"), (0, "a1 ".to_owned()), "nothing is asked for without need");
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(runs(&["--refresh-on", "22"], "a2"), (0, "a1 a2 ".to_owned()));
    assert_eq!(runs(&["--refresh-on", "7"], "x"), (22, "a2 ".to_owned()), "another code is the command's own");
    assert_eq!(runs(&["--refresh-on", "22"], "x"), (22, "a2 a3 ".to_owned()), "once");
    assert_eq!(run(&home, &["Zoho", "--refresh-on", "0", "--", "true"]).status.code(), Some(2));
}

#[test]
fn ag_05_signals_reach_the_command_and_one_that_ends_it_ends_us() {
    use std::os::unix::process::ExitStatusExt as _;
    let home = Home::with(&Fake::start());
    for how in ["--env=T", "--mask", "--serve"] {
        for (signal, number) in [(Signal::TERM, 15), (Signal::USR2, 12), (Signal::USR1, 10)] {
            let (ready, told) = (home.folder.path().join("ready"), home.folder.path().join("pid"));
            // A shell cannot trap a signal that was ignored when it started (as nohup does with SIGHUP), so the test
            // uses one that is not.
            let script = format!(
                "trap 'exit 9' USR2; echo $$ > '{}'; : > '{}'; while :; do sleep 0.01; done",
                told.display(),
                ready.display()
            );
            let child = command(&home, &["Zoho", how, "--", "sh", "-c", &script]).spawn().unwrap();
            until(|| ready.exists());
            std::fs::remove_file(&ready).unwrap();
            kill_process(Pid::from_child(&child), signal).unwrap();
            let (pid, status) = (std::fs::read_to_string(&told).unwrap(), child.wait_with_output().unwrap().status);
            // The command has ended before Credenza or together with it, so nothing is left running.
            assert!(
                !std::path::Path::new(&format!("/proc/{}", pid.trim())).exists(),
                "{how} {signal:?} left it behind"
            );
            match signal {
                Signal::USR2 => assert_eq!(status.code(), Some(9), "{how}: its trap ran"),
                _ => assert_eq!(status.signal(), Some(number), "{how} {signal:?}: {status}"),
            }
        }
    }
}

#[test]
fn ag_05_a_signal_that_comes_before_the_command_is_there_reaches_it() {
    use std::os::unix::process::ExitStatusExt as _;
    let home = Home::with(&Fake::start());
    for _ in 0..20 {
        let mut child = command(&home, &["Zoho", "--env=T", "--mask", "--", "sleep", "60"]).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        // Bit 11 is SIGUSR2, the last signal for which a handler is installed; the command is started right after that.
        until(|| {
            let status = std::fs::read_to_string(&status).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << 11) != 0
        });
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        until(|| child.try_wait().unwrap().is_some());
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }
}

#[test]
fn what_leads_to_the_vaults_key_is_not_handed_to_the_command() {
    let home = Home::with(&Fake::start());
    let key = home.folder.path().join("host.key");
    let mut add = Command::new(env!("CARGO_BIN_EXE_credenza"));
    add.args(["recipients", "add", "host", "--no-input", "--key-file"]).arg(&key).env_clear();
    add.env("CREDENZA_DIR", home.folder.path()).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass"));
    assert!(add.output().unwrap().status.success());
    for how in ["--env=T", "--mask", "--serve", "--fd=F"] {
        let mut command = command(&home, &["Zoho", how, "--", "env"]);
        let output = command.env("CREDENZA_IDENTITY_FILE", &key).env("KEPT", "yes").output().unwrap();
        let names: Vec<&str> = said(&output).lines().filter_map(|line| line.split('=').next()).collect();
        assert!(names.contains(&"KEPT") && names.contains(&"CREDENZA_DIR"), "{how}: {output:?}");
        assert!(!names.iter().any(|name| name.ends_with("_FILE")), "{how}: {names:?}");
    }
}

#[test]
fn a_descriptor_holds_the_token_and_no_variable_does() {
    let home = Home::with(&Fake::start());
    let script = "cat <&$FD; env | grep -c a1; ls /proc/self/fd | wc -l";
    let output = run(&home, &["Zoho", "--fd", "FD", "--", "bash", "-c", script]);
    assert!(said(&output).starts_with("a10\n"), "{output:?}");
}

#[test]
fn masked_output_shows_dots_in_the_place_of_the_token() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let long = "CNRY-access-token/+";
    let body = format!(r#"{{"access_token":"{long}","refresh_token":"r1","expires_in":3600,"token_type":"Bearer"}}"#);
    fake.script([crate::service::json(200, &body)]);
    let script = "printf %s \"Bearer $T\"; printf 'x%s\\n' \"$T\" >&2; printf %s CNRY-access; printf %s -token%2F%2B";
    let output = run(&home, &["Zoho", "--mask", "--env", "T", "--", "sh", "-c", script]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        said(&output),
        "Bearer \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}".to_owned() + &"\u{2022}".repeat(6)
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("CNRY"), "{output:?}");
}

#[test]
fn cr_20_the_command_may_ask_for_more_tokens_itself() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let program = env!("CARGO_BIN_EXE_credenza");
    let nested = format!("'{program}' token Zoho --force --no-input");
    let unlocked = format!("{nested} --passphrase-file '{}'", home.folder.path().join("pass").display());
    assert_eq!(said(&run(&home, &["Zoho", "--", "sh", "-c", &unlocked])), "a2\n", "no lock is held");
    // With `--serve`, it needs no passphrase, and has access to this credential only.
    let served = format!("{nested}; '{program}' complete-names; '{program}' agent status >/dev/null 2>&1; echo $?");
    assert_eq!(said(&run(&home, &["Zoho", "--serve", "--", "sh", "-c", &served])), "a3\n8\n");
    let left = std::fs::read_dir(home.folder.path().join("state/agent")).unwrap();
    assert_eq!(left.count(), 0, "its socket goes with it");
}
