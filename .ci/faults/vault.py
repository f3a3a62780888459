"""A temporary vault, used with the real command line, optionally under strace. Not a test, and not executable."""

import collections
import concurrent.futures
import faulthandler
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

BINARY = os.environ.get("CREDENZA", "target/release/credenza")
NOBODY = 65534
OLD, NEW, NEXT = "Old name", "New name", "Next name"
PASSPHRASE, SECRET = "ledger orbit walnut prism", "client-secret-that-no-file-may-show"
# The calls with which a save changes files. A kill between two of them is equivalent to a kill before the second one.
CALLS = ["openat", "write", "pwrite64", "fsync", "fdatasync", "fchmod", "chmod", "ftruncate", "fallocate", "flock", "link",
         "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "close"]
TRACED = ",".join("?" + call for call in CALLS)

# Seconds for a command, on a busy machine.
DEADLINE = 60

# If a sweep does not end, `timeout` sends SIGTERM: this shows where each of its threads is.
faulthandler.register(signal.SIGTERM, chain=True)

root = tempfile.mkdtemp(prefix="credenza-faults-")
os.chmod(root, 0o755)
program = os.path.join(root, "credenza")
shutil.copy2(BINARY, program)
os.chmod(program, 0o755)
_serial, _lock = iter(range(10**9)), threading.Lock()
# The identity file of a host for vaults that are opened with one; the others are opened with the passphrase.
_identity_files = {}
# The redirect URI of a template has a fixed port, so only one sign-in can run at a time.
_signing_in = threading.Lock()


def place(word):
    """A new path."""
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
    """Runs the program on `folder`; `before` is a command that runs it, `limits` are (resource, number) pairs. With
    `passphrase`, the name of a file, the passphrase opens the vault even if a host could."""
    def limit():
        for kind, number in limits:
            resource.setrlimit(kind, (number, number))

    # A sign-in needs a user, here a script; it would be refused with --no-input.
    asks = () if "authenticate" in words else ("--no-input",)
    identity = None if passphrase else _identity_files.get(folder)
    opens = ("--identity-file", identity) if identity else ("--passphrase-file", passphrase or passphrase_file)
    command = [*before, program, "--dir", folder, *opens, *asks, *words]
    begun = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             cwd=root, preexec_fn=limit if limits else None, process_group=0)
    try:
        out, err = begun.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        # The whole group: a process that strace followed would survive it, and keep the pipes open.
        hung = group_state(begun.pid)
        os.killpg(begun.pid, signal.SIGKILL)
        out, err = begun.communicate()
        raise AssertionError(f"{words} did not end within {DEADLINE} s: {hung}; {out}{err}") from None
    return Ran(begun.returncode, out, err)


def group_state(group):
    """The threads of a process group: name, state and system call."""
    found = []
    for process in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if os.getpgid(int(process)) != group:
                continue
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/stat") as stat:
                    name, state = stat.read().split("(", 1)[1].rsplit(")", 1)
                with open(f"/proc/{process}/task/{thread}/syscall") as call:
                    found.append(f"{thread} {name} {state.split()[0]} {call.read().split()[0]}")
        except (OSError, IndexError):
            continue  # It has ended meanwhile.
    return ", ".join(found)


def names(folder, passphrase=None):
    """The names in the vault, or None and the error output if it does not open."""
    listed = run(folder, "list", "--json", passphrase=passphrase)
    if listed.code:
        return None, listed.err
    found = json.loads(listed.out)
    rows = found if isinstance(found, list) else next(iter(found.values()))
    return [row["name"] for row in rows], ""


def redirect_uri(host="localhost"):
    """The redirect URI for a sign-in, with a port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://{host}:{one.getsockname()[1]}/callback"


def template(by_host=False):
    """Creates a vault with one credential, a few pages large, with more backups than are kept. With `by_host`, `run`
    opens it with the identity file of a host."""
    folder = place("template")
    made = run(folder, "init")
    assert made.code == 0, made.err
    # A long description makes the file a few pages large, so that a full disk can interrupt a write. The redirect URI
    # has a port of its own, because other sweeps may sign in at the same time.
    made = run(folder, "add", "--integration", "box", "--name", OLD, "--client-id", "client", "--client-secret-file",
               secret_file, "--redirect-uri", redirect_uri(), "--description", "why " * 400)
    assert made.code == 0, made.err
    if by_host:
        opened_by_host(folder)
    data = os.path.join(folder, "data")
    for generation in range(14):
        # Older than today's, so that the next save deletes some of them.
        backup = os.path.join(data, "backups", f"vault-{generation:012}-20200101.age")
        shutil.copy2(os.path.join(data, "vault.age"), backup)
    return folder


def opened_by_host(folder):
    """Adds a host to the vault: `run` opens it and its copies with the host's identity file, without scrypt, which takes
    nearly all of the time of a command."""
    identity = place("host")
    added = run(folder, "recipients", "add", "sweeps", "--key-file", identity)
    assert added.code == 0, added.err
    _identity_files[folder] = identity
    return folder


def copy(folder, to=None):
    to = to or place("vault")
    shutil.copytree(folder, to, symlinks=True)
    return same_host(folder, to)


def same_host(folder, other):
    """The host that opens `folder`, if any, also opens `other`, which is made from it."""
    if folder in _identity_files:
        _identity_files[other] = _identity_files[folder]
    return other


def sandbox():
    """Starts the built-in provider; also returns its address."""
    process = subprocess.Popen([program, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, cwd=root)
    return process, process.stdout.readline().strip()


def authenticated(template, address):
    """Copies a vault and authenticates its credential: following the link gives consent."""
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


def traced(folder, *words, inject=None, only=None, passphrase=None):
    """Runs the program under strace; returns the result and the calls that name `folder`: (call, its number, line).
    With `only`, calls that do not name that path are neither recorded nor injected into."""
    log = place("trace")
    before = ["strace", "-f", "-y", "-o", log, "-e", f"trace={TRACED}", *(["-P", only] if only else [])]
    if inject:
        before += ["-e", "inject=" + inject]
    ran = run(folder, *words, before=before, passphrase=passphrase)
    counts, calls = collections.Counter(), []
    with open(log, errors="replace") as file:
        for line in file:
            match = re.match(r"\d+\s+(\w+)\(", line)
            if match:
                # strace numbers calls by thread and name.
                thread = line.split()[0]
                counts[thread, match[1]] += 1
                if folder in line:
                    calls.append((match[1], counts[thread, match[1]], line.rstrip()))
    os.remove(log)
    return ran, calls


def leftovers(folder):
    """Files that a failed save should have deleted, and files that contain a secret."""
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
    except Exception as error:  # An error fails only this trial; the others still run.
        wrong = f"{type(error).__name__}: {error}"
    return name, wrong


def report(cases, wanted):
    """Runs the trials (name, function, arguments) whose names contain a word of `wanted`; returns the exit code."""
    try:
        trials = [trial for trial in cases() if not wanted or any(word in trial[0] for word in wanted)]
        passed = failed = 0
        # Two at a time: many trials spend nearly all of their time in scrypt.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, wrong in pool.map(lambda trial: attempt(*trial), trials):
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print(f"FAILED {name}: {wrong.strip()}", flush=True)
        print(f"{passed} passed, {failed} failed", flush=True)
        return 1 if failed or not passed else 0
    finally:
        shutil.rmtree(root, ignore_errors=True)
