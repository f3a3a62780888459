#!/usr/bin/env python3
"""CR-02: many processes at once with a certified provider that rotates refresh tokens and ends the grant when one is
used twice.

50 processes for each of 5 credentials, 20 rounds: undisturbed; with random SIGKILL; while the interface renames; with
the agent. There must be as many refreshes as expiries, no refused request, and no lost edit. ROUNDS and PROCESSES in
the environment make it shorter; words as arguments choose cases. Needs what run.py needs. Prints one line per case; the
last line has the counts.
"""

import collections
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from command_line import expect
from counterparts import Failed, Product, Terminal, until
from run import Stage

ROUNDS = int(os.environ.get("ROUNDS", "20"))
PROCESSES = int(os.environ.get("PROCESSES", "50"))
NAMES = [f"Stressed {number}" for number in range(5)]
# Longer than a round on a slow machine. `token` refreshes a minute before the expiry.
LONG = 900
KILLED_A_ROUND = 20
# The seconds by which the provider delays its responses, in the case that kills processes waiting for one.
ANSWER_TAKES = 0.4


class Host(Product):
    """Runs the program as a host does: with its identity file, without a passphrase."""

    def __init__(self, stage, key_file):
        super().__init__(stage.binary, stage.folder / "vault", stage.passphrase_file, stage.environment)
        self.key_file = key_file

    def command(self, *arguments):
        return [self.binary, "--dir", str(self.home), "--no-input", "--identity-file", str(self.key_file), *arguments]


class Asking(Host):
    """Runs the program where an agent is running, without anything that unlocks the vault."""

    def command(self, *arguments):
        return [self.binary, "--dir", str(self.home), "--no-input", *arguments]


def prepared(stage):
    """Creates a vault with the credentials, each with its own grant, and the key of a host."""
    person = Product(stage.binary, stage.folder / "vault", stage.passphrase_file, stage.environment)
    person.run("init")
    key_file = stage.folder / "host.key"
    person.run("recipients", "add", "stress", "--key-file", str(key_file))
    settings = [part for key, value in stage.settings().items() for part in ("--set", f"{key}={value}")]
    stage.provider.access_tokens_live(LONG)
    for name in NAMES:
        person.run("add", "--integration", "openid-connect", "--name", name, "--client-id", stage.client_id,
                   "--client-secret-file", str(stage.client_secret_file), *settings, "--authenticate")
    return person, Host(stage, key_file)


def expire(stage, host):
    """Lets every stored token expire, which takes one refresh each."""
    stage.provider.access_tokens_live(1)
    short = [host.run("token", name, "--force", "--min-ttl", "0s").strip() for name in NAMES]
    stage.provider.access_tokens_live(LONG)
    for access_token in short:
        until("the short tokens to expire", lambda token=access_token: not stage.provider.accepts(token), 30)


def ask_all(host):
    """Starts PROCESSES processes for each credential at once."""
    wanted = [name for name in NAMES for _ in range(PROCESSES)]
    random.shuffle(wanted)
    return [(name, host.start("token", name)) for name in wanted]


def answers(asked, may_be_killed=False):
    """Checks that all processes got the same token for each credential."""
    tokens = {name: set() for name in NAMES}
    for name, process in asked:
        output, errors = process.communicate(timeout=300)
        if process.returncode == -signal.SIGKILL and may_be_killed:
            continue
        if process.returncode != 0:
            raise Failed(f"{name}: {process.returncode}: {errors.strip()}")
        tokens[name].add(output)
    for name, seen in tokens.items():
        expect(len(seen) == 1 or may_be_killed, f"{name}: {len(seen)} different tokens")


def round_of(stage, host, asking):
    before = stage.provider.grants("refresh_token")
    expire(stage, host)
    answers(ask_all(asking))
    refreshes = stage.provider.grants("refresh_token") - before
    expect(refreshes == 2 * len(NAMES), f"{refreshes} refreshes for {2 * len(NAMES)} expiries")
    expect(not stage.provider.trouble(), f"no request was refused: {stage.provider.trouble()}")


def as_many_refreshes_as_expiries(stage, _person, host):
    for _ in range(ROUNDS):
        round_of(stage, host, host)


def with_the_agent_on(stage, person, host):
    person.run("agent", "start")
    try:
        for _ in range(ROUNDS):
            round_of(stage, host, Asking(stage, None))
    finally:
        person.run("agent", "stop")


def while_the_interface_renames(stage, person, host):
    terminal = Terminal(stage.out, 100, 30, stage.environment)
    name = "Unstressed"
    person.run("add", "--integration", "custom-bearer", "--name", name, "--set", "test_url=https://example.com/",
               "--secret-file", str(stage.client_secret_file))
    try:
        terminal.run(f"{stage.binary} --dir {person.home}")
        terminal.wait("Unlock")
        terminal.type(stage.passphrase)
        terminal.keys("Enter")
        terminal.wait("locks in", name)
        terminal.keys("End")
        for number in range(ROUNDS):
            before = stage.provider.grants("refresh_token")
            expire(stage, host)
            asked = ask_all(host)
            terminal.type("r")
            terminal.wait("Current name")
            terminal.keys("C-u")
            terminal.type(f"{name} {number}")
            terminal.keys("Enter")
            answers(asked)
            until("the new name", lambda: f"{name} {number}" in host.run("list", "--json"))
            terminal.wait(f"{name} {number}")
            refreshes = stage.provider.grants("refresh_token") - before
            expect(refreshes == 2 * len(NAMES), f"{refreshes} refreshes for {2 * len(NAMES)} expiries")
            expect(not stage.provider.trouble(), f"no request was refused: {stage.provider.trouble()}")
    finally:
        terminal.close()


def kill_a_spender(home):
    """Kills a process that waits for the response to a refresh, which is found by the note in its lease."""
    process = until("a refresh on its way", lambda: spender(home), 60)
    time.sleep(random.uniform(0, ANSWER_TAKES / 2))
    os.kill(process, signal.SIGKILL)


def spender(home):
    for file in (home / "state" / "leases").iterdir():
        note = re.match(r"\{.*\}", file.read_text(errors="replace"))
        told = json.loads(note.group()) if note else {}
        if told.get("spending"):
            return told["pid"]
    return None


def with_random_kills(stage, person, host):
    """A process may be killed at any time. Only a process that was killed between its request and the save loses a
    response; the note it left reports this, and one sign-in repairs it. One process in each round is killed at this
    point."""
    lost = 0
    for _ in range(ROUNDS):
        expire(stage, host)
        stage.provider.answers_take(ANSWER_TAKES)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            killed = pool.submit(kill_a_spender, person.home)
            asked = ask_all(host)
            killed.result()
        for _, process in random.sample(asked, KILLED_A_ROUND):
            time.sleep(random.uniform(0, 0.05))
            process.kill()
        for name, process in asked:
            _, errors = process.communicate(timeout=300)
            fine = process.returncode in (0, -signal.SIGKILL)
            told = process.returncode == 5 and "was lost" in errors
            expect(fine or told or process.returncode == 5, f"{name}: {process.returncode}: {errors.strip()}")
        stage.provider.answers_take(0)
        for name in NAMES:
            process = host.start("token", name)
            output, errors = process.communicate(timeout=120)
            if process.returncode == 5:
                lost += 1
                person.run("authenticate", name)
                output = host.run("token", name)
            else:
                expect(process.returncode == 0, f"{name}: {process.returncode}: {errors.strip()}")
            expect(stage.provider.accepts(output.strip()), f"{name}: its token works")
    # The provider takes a second use of a refresh token for a theft: it refuses the request and ends the grant. If a
    # process is killed between this refusal and its save, the next process sends the token again, at most once per
    # kill.
    trouble = collections.Counter(line.get("result") for line in stage.provider.trouble())
    refused, ended = trouble.pop("invalid_grant", 0), trouble.pop("revoked", 0)
    expect(ended == lost and lost <= refused <= lost + ROUNDS * KILLED_A_ROUND and not trouble,
           f"{lost} answers lost: {refused} refused, {ended} grants ended, {trouble}")
    expect(lost > 0, "no kill hit an answer on its way")
    print(f"        {lost} of {ROUNDS * (KILLED_A_ROUND + 1)} kills hit an answer on its way", flush=True)


# The case with kills comes last, because its losses would disturb the other cases.
CASES = [as_many_refreshes_as_expiries, while_the_interface_renames, with_the_agent_on, with_random_kills]


def main():
    passed = failed = 0
    stage = Stage(Path(tempfile.mkdtemp(prefix="credenza-stress-")))
    try:
        person, host = prepared(stage)
        wanted = sys.argv[1:]
        for case in (case for case in CASES if not wanted or any(word in case.__name__ for word in wanted)):
            start = time.monotonic()
            try:
                case(stage, person, host)
                passed += 1
                print(f"ok      {case.__name__}, {time.monotonic() - start:.0f} s", flush=True)
            except Exception as trouble:  # noqa: BLE001 - every case reports, whatever went wrong
                failed += 1
                print(f"FAILED  {case.__name__}: {type(trouble).__name__}: {trouble}", flush=True)
    finally:
        stage.provider.close()
        subprocess.run([str(stage.binary), "--dir", str(stage.folder / "vault"), "agent", "stop"],
                       capture_output=True, timeout=120, env=stage.environment)
        shutil.rmtree(stage.folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
