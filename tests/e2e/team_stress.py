#!/usr/bin/env python3
"""A team's vault under load: four machines refresh at a certified provider that rotates refresh tokens and ends the
grant when one is used twice, and every 5 seconds a random machine is killed.

Each machine has a folder, an identity and, if the kernel permits it, a network namespace. Refresh tokens may be lost
only with responses that a kill has hit, and each such loss must be reported. Then 50 processes of the four machines
request each of 5 credentials at once: there must be as many refreshes as expiries.

REFRESHES in the environment is the number of refreshes per machine on PostgreSQL (1000 is the full run; a bucket gets a
tenth of it); words as arguments choose stores: postgresql, bucket. Needs what run.py needs, and root for PostgreSQL's
own user. Prints one line per case; the last line has the counts.
"""

import collections
import contextlib
import json
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from command_line import expect
from counterparts import HERE, Product, until
from machines import Machine, Namespaces
from run import Stage

sys.path.insert(0, str(HERE.parent.parent / ".ci"))
import engines  # noqa: E402 - they are beside the programs that check a change
from team_stores import Bucket, Database, wait_for_leases  # noqa: E402

REFRESHES = int(os.environ.get("REFRESHES", "150"))
PROCESSES = int(os.environ.get("PROCESSES", "50"))
MACHINES = ["Ada", "Ben", "Cyd", "Dan"]
WORKERS_A_MACHINE = 2
KILL_EVERY = 5.0
# Reserved for the processes that make their requests at once.
SHARED = [f"Shared {number}" for number in range(5)]
# The lease of a dead machine lasts 90 seconds. Meanwhile the other machines use other credentials, this many at a time.
CREDENTIALS, AT_A_TIME = 60, 4
# The seconds for which a credential is not used after its lease was found to be held.
LEFT_ALONE = 15.0
# Shorter than the wait for a lease: an access token that is still valid would hide a lost response.
SHORT, LONG = 2, 900
NEEDS_AUTHENTICATION, TEMPORARY = 5, 6


class Team:
    """A team's vault with authenticated credentials, and its machines."""

    def __init__(self, stage, store, name, credentials, refreshes, processes, namespaces):
        self.stage, self.store, self.processes = stage, store, processes
        self.names = [f"Credential {number:02}" for number in range(credentials)] + SHARED
        folder = stage.folder / name
        folder.mkdir()
        environment = {**stage.environment, **store.environment}
        founder = Product(stage.binary, folder / "founder", stage.passphrase_file, environment)
        founder.run("--vault", "team", "team", "create", store.address, "--as", "Founder")
        granted = stage.provider.give(len(self.names))
        self.by_grant = {grant["id"]: name for name, grant in zip(self.names, granted)}
        settings = [part for key, value in stage.settings().items() for part in ("--set", f"{key}={value}")]
        founder.run("--vault", "team", "import", str(self.file_of(folder, granted)), "--from", "rclone", "--integration",
                    "openid-connect", "--yes", "--no-refresh", *settings)
        read = [word for name in self.names for word in ("--credential", name)]
        self.machines = []
        for machine in MACHINES:
            home = folder / machine
            home.mkdir(mode=0o700)
            founder.run("--vault", "team", "team", "add-host", machine, *read, "--key-file", str(home / "machine.key"))
            ports = [*store.ports, int(stage.provider.issuer.rsplit(":", 1)[1])]
            self.machines.append(Machine(machine, home, [str(stage.binary)], environment, namespaces.make(ports)))
        self.load = Load(self, refreshes)

    def file_of(self, folder, granted):
        path = folder / "granted.conf"
        with path.open("w") as file:
            for name, grant in zip(self.names, granted):
                token = json.dumps({"refresh_token": grant["refresh_token"]})
                file.write(f"[{name}]\nclient_id = {self.stage.client_id}\nclient_secret = {self.stage.client_secret}\n"
                           f"token = {token}\n")
        path.chmod(0o600)
        return path

    def revoked(self):
        """The credentials whose grants the provider has ended."""
        return {self.by_grant[line["id"]] for line in self.stage.provider.said if line.get("result") == "revoked"
                and line["id"] in self.by_grant}

    def refreshes(self, names):
        """The number of refreshes of these credentials that the provider has granted."""
        self.stage.provider.grants("refresh_token")
        return sum(1 for line in self.stage.provider.said
                   if line.get("grant") == "refresh_token" and line["result"] == "success"
                   and self.by_grant.get(line["id"]) in names)

    def close(self):
        for machine in self.machines:
            machine.close()


class Load:
    """The work of the machines until they have refreshed often enough, and its results."""

    def __init__(self, team, wanted):
        self.team, self.wanted = team, wanted
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.usable = [name for name in team.names if name not in SHARED]
        self.left_alone = {}
        self.handed_out, self.busy = 0, collections.Counter()
        # Each refresh yields a different token.
        self.tokens = set()
        # The credentials by result, and errors that must not happen.
        self.lost, self.died, self.hit, self.wrong = set(), [], [], []
        self.kills = 0

    def run(self):
        count = len(self.team.machines)
        with ThreadPoolExecutor(count * WORKERS_A_MACHINE + 1) as pool:
            workers = [pool.submit(self.work, machine) for machine in self.team.machines for _ in range(WORKERS_A_MACHINE)]
            killer = pool.submit(self.kill)
            for worker in workers:
                worker.result()
            self.ended.set()
            killer.result()

    def is_done(self):
        return len(self.tokens) >= self.wanted * len(self.team.machines) or len(self.wrong) > 3

    def work(self, machine):
        while not self.is_done():
            name = self.next_name()
            if not name:
                time.sleep(0.2)
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                self.take(machine, name, *machine.token(name, "--force", "--timeout", "3s"))

    def next_name(self):
        """One of a few credentials, so that the machines compete for them."""
        now = time.monotonic()
        with self.lock:
            usable = [name for name in self.usable if self.left_alone.get(name, 0) <= now]
            return random.choice(usable[:AT_A_TIME]) if usable else None

    def take(self, machine, name, code, token, errors):
        with self.lock:
            if code == 0 and token:
                self.handed_out += 1
                self.tokens.add(token)
            elif code == TEMPORARY:
                self.busy[reason(errors)] += 1
                self.left_alone[name] = time.monotonic() + LEFT_ALONE
                self.usable.sort(key=lambda other: other == name)
            elif code == NEEDS_AUTHENTICATION and ("was lost" in errors or name in self.team.revoked()):
                self.lost |= {name} if "was lost" in errors else set()
                self.usable = [other for other in self.usable if other != name]
            elif code >= 0:
                self.wrong.append(f"{machine.name}: {name}: {code}: {errors}")

    def kill(self):
        while not self.ended.wait(KILL_EVERY):
            died, spending = random.choice(self.team.machines).kill(self.spending)
            self.kills += 1
            self.died += died.values()
            self.hit += [name for process, name in died.items() if process in spending]

    def spending(self):
        """The processes that were sending a refresh token. Asked while the machine is down: its next command takes the
        lease of a dead one over at once."""
        # The store may still execute what the dead machine has sent.
        time.sleep(0.5)
        return {lease["pid"] for lease in self.team.store.leases() if lease.get("spending")}

    def look_at_all(self):
        """Refreshes once more each credential that was not reported as lost."""
        with ThreadPoolExecutor(len(self.team.machines)) as pool:
            left = [name for name in self.team.names if name not in self.team.revoked() and name not in SHARED]
            asked = [(name, pool.submit(self.team.machines[at % len(MACHINES)].token, name, "--force"))
                     for at, name in enumerate(left)]
            for name, ran in asked:
                code, token, errors = ran.result()
                if code == NEEDS_AUTHENTICATION and "was lost" in errors:
                    self.lost.add(name)
                elif code or not self.team.stage.provider.accepts(token):
                    self.wrong.append(f"afterwards: {name}: {code}: {errors or 'its token is not accepted'}")


def reason(errors):
    """The kind of an error, without the names in it."""
    said = [line for line in errors.split("\n") if line.startswith("credenza: ") and "waiting for another" not in line]
    return re.sub(r'"[^"]*"|\(PID.*?\)', "…", said[-1] if said else errors)


def machines_refresh_while_one_after_another_is_killed(team):
    """A kill between the request and the save loses a response: the next process that needs the token is told."""
    team.stage.provider.access_tokens_live(SHORT)
    load, start = team.load, time.monotonic()
    load.run()
    took = time.monotonic() - start
    expect(not load.wrong, "; ".join(load.wrong[:3]))
    refreshes = team.refreshes(team.names)
    return [f"{refreshes} refreshes on {len(team.machines)} machines in {took:.0f} s ({refreshes / took:.1f}/s), tokens handed "
            f"out {load.handed_out} times",
            f"{load.kills} machines killed with {len(load.died)} commands, {len(load.hit)} of them while a refresh token was "
            "being spent",
            *(f"{count} x exit code {TEMPORARY}: {why}" for why, count in load.busy.most_common())]


def as_many_refreshes_as_expiries(team):
    """Processes on all machines request each shared credential at once."""
    provider = team.stage.provider
    before = team.refreshes(SHARED)
    provider.access_tokens_live(1)
    short = [team.machines[0].token(name, "--force", "--min-ttl", "0s") for name in SHARED]
    expect(all(code == 0 for code, _, _ in short), f"{short}")
    provider.access_tokens_live(LONG)
    for _, token, _ in short:
        until("the short tokens to expire", lambda token=token: not provider.accepts(token), 30)
    wanted = [(name, number % len(MACHINES)) for name in SHARED for number in range(team.processes)]
    random.shuffle(wanted)
    asked = [(name, team.machines[at], team.machines[at].start(name)) for name, at in wanted]
    tokens = collections.defaultdict(set)
    for name, machine, process in asked:
        code, token, errors = machine.end(process, 300)
        expect(code == 0, f"{machine.name}: {name}: {code}: {errors}")
        tokens[name].add(token)
    expect(all(len(seen) == 1 for seen in tokens.values()), "a credential with different tokens")
    refreshes = team.refreshes(SHARED) - before
    expect(refreshes == 2 * len(SHARED), f"{refreshes} refreshes for {2 * len(SHARED)} expiries")
    expect(not team.revoked() & set(SHARED), "no grant was ended")
    return [f"{len(asked)} processes on {len(MACHINES)} machines, {refreshes} refreshes for {2 * len(SHARED)} expiries"]


def only_answers_on_their_way_are_lost(team):
    """The provider has ended the grants of the lost responses; all other grants are still usable."""
    load, provider = team.load, team.stage.provider
    wait_for_leases(team.store)
    provider.access_tokens_live(LONG)
    load.look_at_all()
    expect(not load.wrong, "; ".join(load.wrong[:3]))
    provider.grants("refresh_token")
    revoked = team.revoked()
    untold = revoked - load.lost
    expect(load.lost <= revoked, f"told as lost without need: {load.lost - revoked}")
    # The process that was to report the loss may have been killed, too.
    expect(untold <= set(load.died), f"lost and not told: {untold - set(load.died)}")
    expect(revoked <= set(load.hit), f"lost without a kill: {revoked - set(load.hit)}")
    other = [line for line in provider.trouble() if line.get("result") not in ("invalid_grant", "revoked")]
    expect(not other, f"the provider refused something else: {other[:3]}")
    return [f"{len(revoked)} answers lost, {len(load.lost)} of them told; {len(revoked)} grants ended; 0 refresh tokens lost "
            f"beside these, of {len(team.names)} credentials"]


CASES = [machines_refresh_while_one_after_another_is_killed, as_many_refreshes_as_expiries,
         # The leases of the dead machines expire meanwhile.
         only_answers_on_their_way_are_lost]


def on_postgresql(folder):
    variables = engines.postgresql(folder / "postgresql")
    return Database(variables, "stress"), CREDENTIALS, REFRESHES, PROCESSES


def on_a_bucket(folder):
    endpoint = engines.moto(folder / "others", "moto", False)
    return Bucket(endpoint, engines.CONTAINER, "stress"), CREDENTIALS // 4, max(5, REFRESHES // 10), max(2, PROCESSES // 10)


def check(place, store, credentials, refreshes, processes):
    """Runs the cases on one store; returns how many passed and failed."""
    counts = collections.Counter()
    stage = Stage(Path(tempfile.mkdtemp(prefix="credenza-team-stress-")))
    namespaces, team = Namespaces(), None
    try:
        team = Team(stage, store, place, credentials, refreshes, processes, namespaces)
        apart = sum(1 for machine in team.machines if machine.entered)
        print(f"{place}: {len(team.machines)} machines, {apart} in a network namespace of its own", flush=True)
        for case in CASES:
            start = time.monotonic()
            try:
                report = case(team)
                counts["passed"] += 1
                took = time.monotonic() - start
                print(f"ok      {place}: {case.__name__}, {took:.0f} s", *report, sep="\n        ", flush=True)
            except Exception as trouble:  # noqa: BLE001 - every case reports, whatever went wrong
                counts["failed"] += 1
                print(f"FAILED  {place}: {case.__name__}: {type(trouble).__name__}: {trouble}", flush=True)
    finally:
        if team:
            team.close()
        namespaces.close()
        stage.provider.close()
        shutil.rmtree(stage.folder, ignore_errors=True)
    return counts


def main():
    wanted = sys.argv[1:]
    makes = [make for make in (on_postgresql, on_a_bucket) if not wanted or any(word in make.__name__ for word in wanted)]
    engines.install_postgresql()
    engines.install_others()
    with engines.folders() as folder:
        counts = sum((check(make.__name__, *make(folder)) for make in makes), collections.Counter())
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
