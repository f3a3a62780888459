"""A vault of a provider of one's own, opened by a host's identity file. No test by itself: not executable."""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import threading
import time

import vault

# Where nothing of the person who runs this can reach: no home, no agent, no clipboard, no browser.
ENVIRONMENT = {"HOME": os.path.join(vault.root, "home"), "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "TERM": "xterm-256color", "LANG": "C", "NO_COLOR": "1"}
os.makedirs(ENVIRONMENT["HOME"], exist_ok=True)


def until(what, condition, patience=30.0):
    """Gives the first truthy value of a condition; a timeout names what was waited for."""
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come in {patience:.0f} s")
        time.sleep(0.005)
    return value


class Running:
    """A command that was started, in a session of its own; what it says goes to files."""

    # Those that may still be there, and whether more may be started.
    all, starting, ending = set(), threading.RLock(), False

    def __init__(self, command):
        self.out, self.err = vault.place("out"), vault.place("err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.spawn(command, out, err)

    def spawn(self, command, out, err):
        """Starts it, unless everything is being ended."""
        with Running.starting:
            if Running.ending:
                raise RuntimeError("everything is being ended")
            self.started = time.monotonic()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=vault.root,
                                            env=ENVIRONMENT, start_new_session=True)
            Running.all.add(self)

    def is_there(self):
        return self.process.poll() is None

    def pause(self, seconds):
        """Waits for its end, at most so long, and notices it at once. Gives whether it has ended."""
        if self.is_there():
            end, polled = os.pidfd_open(self.process.pid), select.poll()
            polled.register(end, select.POLLIN)
            polled.poll(1000 * seconds)
            os.close(end)
        return not self.is_there()

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    @property
    def code(self):
        """As a shell tells it: 128 and the signal."""
        code = self.process.poll()
        return 128 - code if code is not None and code < 0 else code

    def output(self):
        return self._text(self.out)

    def errors(self):
        return self._text(self.err)

    def last_words(self):
        return self.errors()

    @staticmethod
    def _text(path):
        with open(path, errors="replace") as file:
            return file.read()

    def end(self):
        """Kills it and what it started, unless it has ended: its number may be somebody else's then."""
        if self.is_there():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        Running.all.discard(self)

    def close(self):
        """What it wrote may go, too."""
        self.end()
        for path in (self.out, self.err):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)


def swept(main):
    """Runs a program of this folder to its exit code. Whatever ends it, nothing is left running or on the disk."""
    def tidy():
        with Running.starting:
            Running.ending = True
        for one in list(Running.all):
            one.end()
        shutil.rmtree(vault.root, ignore_errors=True)

    def told(number, _):
        tidy()
        # Threads that wait for a provider would hold up any other end.
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, told)
    try:
        return main()
    finally:
        tidy()


class Home:
    """A vault with the provider in its catalog, and the file that opens it without scrypt."""

    def __init__(self, folder, key):
        self.folder, self.key = folder, key

    @classmethod
    def bare(cls, provider):
        """A vault without credentials; the others are copies of it."""
        home = cls(vault.place("bare"), vault.place("key"))
        for words in (("init",), ("recipients", "add", "here", "--key-file", home.key)):
            made = vault.run(home.folder, *words)
            assert made.code == 0, made.err
        catalog = os.path.join(home.folder, "config", "catalog")
        os.makedirs(catalog)
        with open(os.path.join(catalog, "own.toml"), "w") as file:
            file.write(provider.catalog_file())
        return home

    def copy(self):
        return Home(vault.copy(self.folder), self.key)

    def command(self, *words):
        # A sign-in needs a person, here a script: with --no-input it would fail at once.
        asks = () if words[0] == "authenticate" else ("--no-input",)
        return [vault.program, "--dir", self.folder, "--identity-file", self.key, *asks, *words]

    def start(self, *words):
        return Running(self.command(*words))

    def run(self, *words, patience=120):
        """Runs a command to its end."""
        running = self.start(*words)
        try:
            if not running.pause(patience):
                raise TimeoutError(f"{words[0]} did not end in {patience} s: {running.errors().strip()}")
            return vault.Ran(running.code, running.output(), running.errors())
        finally:
            running.close()

    def must(self, *words):
        ran = self.run(*words)
        assert ran.code == 0, f"{words[0]} ended with {ran.code}: {ran.err}"
        return ran.out

    def file_of(self, families):
        """A file to import: a credential for each (name, family) with its refresh token and no access token."""
        path = vault.place("import")
        with open(path, "w") as file:
            for name, family in families:
                token = json.dumps({"refresh_token": family.refresh_token()})
                file.write(f"[{name}]\nclient_id = client\nclient_secret = {vault.SECRET}\ntoken = {token}\n")
        return path

    def imports(self, families):
        """Takes them in without trying their tokens."""
        self.must(*importing(self.file_of(families)), "--no-refresh")

    def names(self):
        listed = json.loads(self.must("list", "--json"))
        rows = listed if isinstance(listed, list) else next(iter(listed.values()))
        return [row["name"] for row in rows]

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def importing(path):
    return ["import", path, "--from", "rclone", "--integration", "own"]
