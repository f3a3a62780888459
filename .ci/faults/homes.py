"""A vault of a custom provider, opened with a host's identity file. Not a test, and not executable."""

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

# Isolates the program from the user who runs the tests: their home folder, agent, clipboard and browser.
ENVIRONMENT = {"HOME": os.path.join(vault.root, "home"), "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "TERM": "xterm-256color", "LANG": "C", "NO_COLOR": "1"}
os.makedirs(ENVIRONMENT["HOME"], exist_ok=True)


def until(what, condition, patience=30.0):
    """Returns the first truthy value of a condition; a timeout error says what was expected."""
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come in {patience:.0f} s")
        time.sleep(0.005)
    return value


class Running:
    """A running command in a session of its own, whose output goes to files."""

    # The commands that may still be running, and whether more may be started.
    all, starting, ending = set(), threading.RLock(), False

    def __init__(self, command):
        self.out, self.err = vault.place("out"), vault.place("err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.spawn(command, out, err)

    def spawn(self, command, out, err):
        """Starts the command, unless everything is being stopped."""
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
        """Waits for the exit, but at most `seconds`, without polling. Returns whether the process has exited."""
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
        """The exit code as a shell reports it: 128 plus the signal number."""
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
        """Kills the process and its children, unless it has exited, because its PID may belong to another process then.
        """
        if self.is_there():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        Running.all.discard(self)

    def close(self):
        """Ends the process and deletes its output."""
        self.end()
        for path in (self.out, self.err):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)


def swept(main):
    """Runs a program of this folder and returns its exit code. However it ends, no process and no file is left behind.
    """
    def tidy():
        with Running.starting:
            Running.ending = True
        for one in list(Running.all):
            one.end()
        shutil.rmtree(vault.root, ignore_errors=True)

    def told(number, _):
        tidy()
        # A normal exit would wait for threads that wait for a provider.
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, told)
    try:
        return main()
    finally:
        tidy()


class Home:
    """A vault with the provider in its catalog, and the identity file that opens it without scrypt."""

    def __init__(self, folder, key):
        self.folder, self.key = folder, key

    @classmethod
    def bare(cls, provider):
        """Creates a vault without credentials, of which the others are copies."""
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
        # A sign-in needs a user, here a script; it would be refused with --no-input.
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
        """Writes a file to import: a credential with a refresh token and no access token for each (name, family)."""
        path = vault.place("import")
        with open(path, "w") as file:
            for name, family in families:
                token = json.dumps({"refresh_token": family.refresh_token()})
                file.write(f"[{name}]\nclient_id = client\nclient_secret = {vault.SECRET}\ntoken = {token}\n")
        return path

    def imports(self, families):
        """Imports the credentials without trying their tokens."""
        self.must(*importing(self.file_of(families)), "--no-refresh")

    def names(self):
        listed = json.loads(self.must("list", "--json"))
        rows = listed if isinstance(listed, list) else next(iter(listed.values()))
        return [row["name"] for row in rows]

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def importing(path):
    return ["import", path, "--from", "rclone", "--integration", "own"]
