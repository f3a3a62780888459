"""The screens in a pseudo-terminal, with the parts of an emulator that they need. Not a test, and not executable."""

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time

import vault
from homes import Running, until

COLUMNS, ROWS = 100, 30
# Control sequences, control strings such as OSC 52, and short escape sequences.
SEQUENCE = re.compile(r"\x1b\[([?>=<]?)([\d;:]*)[ -/]*([@-~])|\x1b[\]P_^X](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)"
                      r"|\x1b[ -/]*[0-OQ-WYZ`-~]")
# The seconds within which keys must have an effect on the screen.
HEARS_WITHIN = 10.0
LEAVES = b"\x1b[?1049l"


class Picture:
    """The contents of the screen."""

    def __init__(self):
        self.decoder, self.rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
        self.clear()

    def clear(self):
        self.cells, self.row, self.column = [[" "] * COLUMNS for _ in range(ROWS)], 0, 0

    def take(self, data):
        text, at = self.rest + self.decoder.decode(data), 0
        while at < len(text):
            if text[at] != "\x1b":
                self._put(text[at])
                at += 1
            elif match := SEQUENCE.match(text, at):
                self._obey(match)
                at = match.end()
            else:
                break
        # An incomplete sequence waits for its remaining bytes.
        self.rest = text[at:]

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, ROWS - 1)
        elif character >= " " and self.column < COLUMNS:
            self.cells[self.row][self.column] = character
            self.column += 1

    def _obey(self, match):
        private, numbers, final = match.groups()
        numbers = [int(number or 0) for number in re.split("[;:]", numbers or "")]
        if final == "H":
            row, column = (numbers + [1])[:2]
            self.row, self.column = min(max(row, 1), ROWS) - 1, min(max(column, 1), COLUMNS) - 1
        elif final == "J" or (private == "?" and final == "h" and 1049 in numbers):
            self.clear()
        elif final == "K":
            self.cells[self.row][self.column:] = [" "] * (COLUMNS - self.column)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Screens(Running):
    """The program on a vault, in a terminal that only this object holds open."""

    def __init__(self, home, before=()):
        self.raw, self.picture, self.lock = bytearray(), Picture(), threading.Lock()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.discipline = termios.tcgetattr(self.master)
        # The first terminal that a session leader opens becomes its controlling terminal.
        command = ["sh", "-c", 'exec "$@" <"$0" >"$0" 2>"$0"', os.ttyname(slave), *before, vault.program, "--dir", home.folder]
        try:
            self.spawn(command, subprocess.DEVNULL, subprocess.DEVNULL)
            # The slave is closed here only after the program has opened it: a terminal that nobody holds open hangs up.
            self.hung_up, self.wake = os.pipe()
            self.reader = threading.Thread(target=self._read, daemon=True)
            self.reader.start()
            until("the first frame", lambda: self.raw or not self.is_there())
        finally:
            os.close(slave)

    def _read(self):
        while True:
            ready, _, _ = select.select([self.master, self.hung_up], [], [])
            if self.hung_up in ready:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                self.raw += data
                self.picture.take(data)

    def type(self, text):
        # The program may have exited.
        with contextlib.suppress(OSError):
            os.write(self.master, text.encode())

    def frame(self):
        with self.lock:
            return self.picture.text()

    def wait(self, *texts, patience=60.0):
        """Waits until all texts are on the screen."""
        try:
            until(f"{texts} on the screen", lambda: all(text in self.frame() for text in texts), patience)
        except TimeoutError as late:
            raise TimeoutError(f"{late}:\n{self.frame()}") from None

    def unlock(self, name):
        """Unlocks the vault and waits for the credential."""
        self.wait("Unlock")
        self.type(vault.PASSPHRASE + "\r")
        until("the unlocking", lambda: any(word in self.frame() for word in ("Unlocking", name)), HEARS_WITHIN)
        self.wait(name, "INTEGRATION", "STATUS")
        self.started = time.monotonic()

    def hang_up(self):
        """Closes the window: nobody holds the other end of the terminal open any more."""
        if self.master is None:
            return
        os.write(self.wake, b"x")
        self.reader.join()
        os.close(self.master)
        # The number of a closed descriptor is soon reused.
        self.master = None

    def last_words(self):
        """The text on the terminal after the program has restored it."""
        self.reader.join(5)
        with self.lock:
            return bytes(self.raw).rpartition(LEAVES)[2].decode(errors="replace")

    def errors(self):
        return self.last_words()

    def close(self):
        self.end()
        self.hang_up()
        if self.wake is not None:
            os.close(self.hung_up)
            os.close(self.wake)
            self.wake = None
