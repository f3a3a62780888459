"""What the tests work with: the OpenID provider, the terminal, and the program as a command."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 60.0


class Failed(Exception):
    """A step did not have the required result."""


def until(what, condition, patience=PATIENCE):
    """Waits for a condition and returns its first truthy value; a timeout error says what was expected."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(0.05)


class Provider:
    """A certified OpenID provider on loopback (provider.mjs). Records every line it prints."""

    def __init__(self, client_id, client_secret, web_redirect_uris=()):
        environment = {**os.environ, "CLIENT_ID": client_id, "CLIENT_SECRET": client_secret,
                       "WEB_REDIRECT_URIS": json.dumps(list(web_redirect_uris))}
        self.process = subprocess.Popen(
            ["node", HERE / "provider.mjs"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )
        self.said = []
        threading.Thread(target=self._listen, daemon=True).start()
        self.issuer = until("the provider", lambda: self._first("ready"))["ready"]

    def _listen(self):
        for line in self.process.stdout:
            # The library prints messages, too.
            if line.startswith("{"):
                self.said.append(json.loads(line))

    def _first(self, key, since=0):
        return next((line for line in self.said[since:] if key in line), None)

    def access_tokens_live(self, seconds):
        """Sets the lifetime of future access tokens."""
        self._told({"access_token_seconds": seconds})

    def answers_take(self, seconds):
        """Delays future responses of the token endpoint, after their requests have taken effect."""
        self._told({"answer_after_milliseconds": round(seconds * 1000)})

    def _told(self, line):
        """Sends a line to the provider and waits for its echo, so that all earlier output has been read, too."""
        since = len(self.said)
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        until("the provider's echo", lambda: self._first(next(iter(line)), since))

    def give(self, count):
        """Creates grants without a user; returns their IDs and refresh tokens."""
        since = len(self.said)
        self._told({"grants": count})
        return until("the grants", lambda: self._first("granted", since))["granted"]

    def grants(self, grant, result="success"):
        """Counts the token requests with this grant type and result, up to the last response."""
        self._told({"mark": True})
        return sum(1 for line in self.said if line.get("grant") == grant and line["result"] == result)

    def trouble(self):
        """All responses that are no success, except for authorizations that the user has not decided yet."""
        fine = ("success", "authorization_pending")
        self._told({"mark": True})
        return [line for line in self.said if "server_error" in line or line.get("result", "success") not in fine]

    def accepts(self, token):
        """Whether the userinfo endpoint accepts the access token."""
        request = urllib.request.Request(f"{self.issuer}/me", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
                return "sub" in json.load(answer)
        except urllib.error.HTTPError:
            return False

    def close(self):
        self.process.kill()
        self.process.wait()


def free_port():
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def accept_elsewhere(address, environment):
    """Accepts as the user does on another device: in a separate browser that cannot redirect to this machine."""
    subprocess.run([str(HERE / "browser.mjs"), address], env=environment, check=True, timeout=120)


class Terminal:
    """A program in a real terminal: a separate tmux server."""

    def __init__(self, folder, columns, rows, environment):
        self.socket = str(folder / f"tmux-{columns}x{rows}")
        self.environment = environment
        self.seen = []
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "env", "-i",
                   *[f"{key}={value}" for key, value in environment.items()], "bash", "--norc", "--noprofile")
        self._tmux("set", "-g", "history-limit", "20000")

    def _tmux(self, *arguments):
        ran = subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True, timeout=30)
        if ran.returncode != 0:
            raise Failed(f"tmux {arguments[0]}: {ran.stderr.strip()}")
        return ran.stdout

    def frame(self):
        """The screen as one string."""
        frame = self._tmux("capture-pane", "-p")
        if not self.seen or self.seen[-1] != frame:
            self.seen.append(frame)
        return frame

    def styled(self):
        """The screen with its colors, as escape sequences."""
        return self._tmux("capture-pane", "-e", "-p")

    def scrollback(self):
        return self._tmux("capture-pane", "-p", "-S", "-")

    def cursor_row(self):
        """The row of the cursor, from 0."""
        return int(self._tmux("display", "-p", "#{cursor_y}"))

    def modes(self):
        """The terminal modes that a program must restore, as far as tmux reports them: cursor, mouse, alternate screen,
        keypad."""
        return self._tmux("display", "-p", "#{cursor_flag} #{mouse_any_flag} #{alternate_on} #{keypad_flag}").strip()

    def run(self, command):
        """Runs a command line in the shell."""
        self.type(command)
        self.keys("Enter")

    def keys(self, *names):
        """Presses keys by their tmux names: Enter, Tab, C-s, F1."""
        self._tmux("send-keys", *names)

    def type(self, text):
        """Types text literally."""
        self._tmux("send-keys", "-l", "--", text)

    def paste(self, text):
        """Pastes text, as a bracketed paste if the program has enabled it."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p", "-d")

    def wait(self, *texts, patience=PATIENCE):
        """Waits until all texts are on the screen."""
        try:
            return until(" and ".join(map(repr, texts)), lambda: all(t in self.frame() for t in texts), patience)
        except Failed as failed:
            raise Failed(f"{failed}; the screen:\n{self.frame()}") from None

    def wait_gone(self, text, patience=PATIENCE):
        try:
            return until(f"{text!r} to go", lambda: text not in self.frame(), patience)
        except Failed as failed:
            raise Failed(f"{failed}; the screen:\n{self.frame()}") from None

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=30)


class Product:
    """The program under test, with one folder."""

    def __init__(self, binary, home, passphrase_file, environment):
        self.binary = str(binary)
        self.home = home
        self.passphrase_file = passphrase_file
        self.environment = environment

    def command(self, *arguments):
        return [self.binary, "--dir", str(self.home), "--passphrase-file", str(self.passphrase_file), *arguments]

    def start(self, *arguments):
        return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=self.environment)

    def run(self, *arguments, code=0, patience=120):
        """Returns the standard output of a command that must exit with this code."""
        process = self.start(*arguments)
        try:
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failed(f"{arguments[0]} did not end in {patience} s: {process.communicate()[1]}") from None
        if process.returncode != code:
            raise Failed(f"{arguments[0]} ended with {process.returncode}, not {code}: {errors.strip() or output.strip()}")
        return output
