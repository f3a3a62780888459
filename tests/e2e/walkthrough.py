#!/usr/bin/env python3
"""Creates assets/walkthrough.svg, an animation of the first sign-in, from real frames of the demo.

walkthrough.py [PROGRAM] [FILE]. Needs tmux. CI runs it, so that the README shows only what works.
"""

import os
import sys
import tempfile
from pathlib import Path

from counterparts import HERE, Terminal
from screenshot import BACKGROUND, CELL_HEIGHT, CELL_WIDTH, COLUMNS, FONT_SIZE, FOREGROUND, ROWS, Pen, row_shapes

# The seconds for which a frame is shown; typing takes less time than reading.
READ, TYPE = 2.6, 0.5
CAPTION_HEIGHT = 28


class Recorder:
    """Frames of a terminal, each with its caption and how long it is shown."""

    def __init__(self, terminal):
        self.terminal, self.frames = terminal, []

    def take(self, caption, *words, seconds=READ):
        self.terminal.wait(*words)
        self.frames.append((caption, self.terminal.styled(), seconds))

    def type(self, caption, text, *words):
        """Types in a few steps, as a viewer would see it."""
        for at in range(0, len(text), 4):
            self.terminal.type(text[at:at + 4])
            self.take(caption, text[:at + 4], seconds=TYPE)
        self.take(caption, *words)


def walk(terminal):
    film = Recorder(terminal)
    film.take("The vault: credentials and their status", "Credentials", "Authenticated")
    terminal.type("+")
    film.take("Press + to add a credential", "Search the catalog")
    film.type("Choose the integration", "manageengine", "ManageEngine")
    terminal.keys("Enter")
    film.take("Name it", "INFORMATION", "Name")
    terminal.keys("C-u")
    film.type("Name it", "CMDB sync", "CMDB sync")
    terminal.keys("PageDown")
    film.take("Register the redirect URI in the provider's console", "AUTHORIZATION", "Client ID")
    terminal.paste("1000.4GQ0YD5ZSYIB7K9DVC3WEXMPLE")
    film.take("Paste the client ID", "1000.4GQ0")
    terminal.keys("Tab")
    terminal.paste("0d1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b")
    film.take("Paste the client secret; it stays hidden", "••••")
    terminal.keys("Tab")
    terminal.keys("Enter")
    film.take("Choose your data center", "United Kingdom")
    film.type("Choose your data center", "europe", "Europe")
    terminal.keys("Enter")
    film.take("Choose your data center", "accounts.zoho.eu")
    terminal.keys("F5")
    film.take("Press F5 and accept in the browser", "Waiting for you")
    film.take("The tokens are in the vault, and renew by themselves", "Authenticated. The tokens are saved", seconds=2 * READ)
    return film.frames


def shapes(frame):
    pen = Pen()
    return [shape for row, line in enumerate(frame.splitlines()[:ROWS]) for shape in row_shapes(row, line, pen)]


def moving(frames):
    """Combines the frames into one SVG that shows them in turn. Without animation (print, reduced motion), the last one
    is shown."""
    total = sum(seconds for _, _, seconds in frames)
    width, height = COLUMNS * CELL_WIDTH + 24, ROWS * CELL_HEIGHT + 24 + CAPTION_HEIGHT
    styles, groups, begins = [], [], 0.0
    for number, (caption, frame, seconds) in enumerate(frames):
        start, end = 100 * begins / total, 100 * (begins + seconds) / total
        styles.append(f"@keyframes f{number}{{0%{{opacity:0}}{start:.3f}%{{opacity:1}}{end:.3f}%,100%{{opacity:0}}}}"
                      f"#f{number}{{animation:f{number} {total:.1f}s step-end infinite}}")
        caption = (f'<text x="{width / 2:.0f}" y="{height - 12}" text-anchor="middle" fill="{FOREGROUND}" '
                   f'font-weight="bold">{caption}</text>')
        shown = 1 if number == len(frames) - 1 else 0
        groups.append("\n".join([f'<g id="f{number}" opacity="{shown}">', *shapes(frame), caption, "</g>"]))
        begins += seconds
    still = "@media (prefers-reduced-motion:reduce){g{animation:none!important}}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" '
        f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT_SIZE}" role="img">',
        "<title>Adding a ManageEngine credential in the demo, step by step</title>",
        f"<style>text{{white-space:pre}}{''.join(styles)}{still}</style>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        '<g xml:space="preserve">', *groups, "</g>", "</svg>", "",
    ])


def main():
    root = HERE.parent.parent
    program = Path(sys.argv[1] if len(sys.argv) > 1 else root / "target/release/credenza").resolve()
    file = Path(sys.argv[2] if len(sys.argv) > 2 else root / "assets/walkthrough.svg")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        terminal = Terminal(Path(folder), COLUMNS, ROWS, environment)
        try:
            terminal.run(f"clear; {program} --demo")
            frames = walk(terminal)
        finally:
            terminal.close()
    file.write_text(moving(frames))
    print(f"{len(frames)} frames, {file.stat().st_size // 1024} KiB: {file}")


if __name__ == "__main__":
    main()
