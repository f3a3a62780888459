//! Records what built the program, for `credenza --version --verbose`.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CREDENZA_COMMIT");
    // Set by CI. Reading .git here would rebuild the crate at every commit.
    let commit = std::env::var("CREDENZA_COMMIT").unwrap_or_default();
    println!("cargo:rustc-env=CREDENZA_BUILD_COMMIT={commit}");
    println!("cargo:rustc-env=CREDENZA_BUILD_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=CREDENZA_BUILD_PROFILE={}", std::env::var("PROFILE").unwrap_or_default());
    let rustc = std::env::var_os("RUSTC").and_then(|rustc| Command::new(rustc).arg("--version").output().ok());
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo:rustc-env=CREDENZA_BUILD_RUSTC={rustc}");
}
