"""A scratch vault driven through the real command line, whole or under strace. No test by itself: not executable."""

import collections
import concurrent.futures
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

BINARY = os.environ.get("CREDENZA", "target/release/credenza")
NOBODY = 65534
OLD, NEW, NEXT = "Old name", "New name", "Next name"
PASSPHRASE, SECRET = "ledger orbit walnut prism", "client-secret-that-no-file-may-show"
# What a save does to files. A death between two of these is the death before the second one.
CALLS = ["openat", "write", "pwrite64", "fsync", "fdatasync", "fchmod", "chmod", "ftruncate", "fallocate", "flock", "link",
         "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "close"]
TRACED = ",".join("?" + call for call in CALLS)

root = tempfile.mkdtemp(prefix="credenza-faults-")
os.chmod(root, 0o755)
program = os.path.join(root, "credenza")
shutil.copy2(BINARY, program)
os.chmod(program, 0o755)
_serial, _lock = iter(range(10**9)), threading.Lock()
# A template's redirect URI names one port: one sign-in at a time.
_signing_in = threading.Lock()


def place(word):
    """A new path of its own."""
    with _lock:
        return os.path.join(root, f"{word}-{next(_serial)}")


def written(text):
    path = place("secret")
    with open(path, "w") as file:
        file.write(text + "\n")
    os.chmod(path, 0o644)
    return path


passphrase_file, secret_file = written(PASSPHRASE), written(SECRET)


class Ran(collections.namedtuple("Ran", "code out err")):
    @property
    def killed(self):
        return self.code in (-9, 137)


def run(folder, *words, before=(), limits=(), passphrase=None):
    """The program over `folder`; `before` wraps it, `limits` are (resource, number) pairs."""
    def limit():
        for kind, number in limits:
            resource.setrlimit(kind, (number, number))

    # A sign-in needs a person, here a script: with --no-input it would fail at once.
    asks = () if "authenticate" in words else ("--no-input",)
    command = [*before, program, "--dir", folder, "--passphrase-file", passphrase or passphrase_file, *asks, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, stdin=subprocess.DEVNULL,
                          preexec_fn=limit if limits else None)
    return Ran(done.returncode, done.stdout, done.stderr)


def names(folder, passphrase=None):
    """The names the vault holds, or None with what was said when it does not open."""
    listed = run(folder, "list", "--json", passphrase=passphrase)
    if listed.code:
        return None, listed.err
    found = json.loads(listed.out)
    rows = found if isinstance(found, list) else next(iter(found.values()))
    return [row["name"] for row in rows], ""


def redirect_uri(host="localhost"):
    """Where a sign-in comes back to, with a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://{host}:{one.getsockname()[1]}/callback"


def template():
    """A vault of one credential, some pages large, with more backups than are kept."""
    folder = place("template")
    made = run(folder, "init")
    assert made.code == 0, made.err
    # A long description makes the file some pages large: a full disk can then end a write halfway.
    # With a port of its own, as other sweeps may sign in at the same time.
    made = run(folder, "add", "--integration", "box", "--name", OLD, "--client-id", "client", "--client-secret-file",
               secret_file, "--redirect-uri", redirect_uri(), "--description", "why " * 400)
    assert made.code == 0, made.err
    data = os.path.join(folder, "data")
    for generation in range(14):
        # Older than today's, so that the next save has some of them to remove.
        backup = os.path.join(data, "backups", f"vault-{generation:012}-20200101.age")
        shutil.copy2(os.path.join(data, "vault.age"), backup)
    return folder


def copy(folder):
    to = place("vault")
    shutil.copytree(folder, to, symlinks=True)
    return to


def sandbox():
    """The built-in provider, and its address."""
    process = subprocess.Popen([program, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, cwd=root)
    return process, process.stdout.readline().strip()


def authenticated(template, address):
    """A vault whose credential is authenticated: the consent is given by following the link."""
    folder = copy(template)
    browser = place("browser")
    with open(browser, "w") as file:
        file.write(f'#!{sys.executable}\nimport sys, urllib.request\n'
                   'urllib.request.urlopen(sys.argv[1] + "&sandbox_auto=accept").read()\n')
    os.chmod(browser, 0o755)
    with _signing_in:
        ran = run(folder, "--sandbox", address, "authenticate", OLD, "--timeout", "60s",
                  before=["env", f"BROWSER={browser}"])
    assert ran.code == 0, ran.err
    return folder


def traced(folder, *words, inject=None, only=None):
    """Runs under strace. Gives the run and the calls that name `folder`: (call, which one of its name, line).
    With `only`, calls that do not name that path are neither seen nor injected into."""
    log = place("trace")
    before = ["strace", "-f", "-y", "-o", log, "-e", f"trace={TRACED}", *(["-P", only] if only else [])]
    if inject:
        before += ["-e", "inject=" + inject]
    ran = run(folder, *words, before=before)
    counts, calls = collections.Counter(), []
    with open(log, errors="replace") as file:
        for line in file:
            match = re.match(r"\d+\s+(\w+)\(", line)
            if match:
                # strace counts each call by its thread and its name.
                thread = line.split()[0]
                counts[thread, match[1]] += 1
                if folder in line:
                    calls.append((match[1], counts[thread, match[1]], line.rstrip()))
    os.remove(log)
    return ran, calls


def leftovers(folder):
    """Files that a save which failed should have taken with it, and files that show a secret."""
    bad = []
    for where, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                content = file.read()
            if name.startswith((".new-", "core")) or (name.endswith(".age") and not content):
                bad.append(path)
            if SECRET.encode() in content or PASSPHRASE.encode() in content:
                bad.append(path + " shows a secret")
    return bad


def attempt(name, function, arguments):
    try:
        wrong = function(*arguments)
    except Exception as error:  # A trial that breaks is a trial that failed; the others still tell something.
        wrong = f"{type(error).__name__}: {error}"
    return name, wrong


def report(cases, wanted):
    """Runs the trials (name, function, arguments) that hold a word of `wanted`; gives the exit code."""
    try:
        trials = [trial for trial in cases() if not wanted or any(word in trial[0] for word in wanted)]
        passed = failed = 0
        # Two at a time: each spends nearly all of its second in scrypt.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, wrong in pool.map(lambda trial: attempt(*trial), trials):
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print(f"FAILED {name}: {wrong.strip()}", flush=True)
        print(f"{passed} passed, {failed} failed")
        return 1 if failed or not passed else 0
    finally:
        shutil.rmtree(root, ignore_errors=True)
