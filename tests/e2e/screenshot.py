#!/usr/bin/env python3
"""Creates assets/screenshot.svg from a real frame of the demo: screenshot.py [PROGRAM]. Needs tmux."""

import html
import os
import re
import sys
import tempfile
from pathlib import Path

from counterparts import HERE, Terminal

COLUMNS, ROWS = 100, 26
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 8.4, 18, 14
BACKGROUND, FOREGROUND = "#1b1e24", "#d4d7dd"
NAMED = ["#1b1e24", "#e0616b", "#7fbf6a", "#d9b25f", "#6aa3e0", "#bd82d6", "#5cb8c2", "#d4d7dd",
         "#7a808c", "#f0838b", "#9ad686", "#eccb82", "#8dbcf0", "#d3a2e8", "#82d0d8", "#ffffff"]


def palette(number):
    """A color of the 256-color palette as #rrggbb."""
    if number < 16:
        return NAMED[number]
    if number > 231:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{steps[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


class Pen:
    """The foreground, background and attributes that SGR sequences have set."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.ink = self.paper = None
        self.marks = set()

    def take(self, sequence):
        codes = [int(code or 0) for code in sequence.replace(":", ";").split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in (1, 2, 3, 4, 7):
                self.marks.add(code)
            elif code in (22, 23, 24, 27):
                self.marks -= {1, 2} if code == 22 else {code - 20}
            elif code in (38, 48):
                self._extended(code, codes)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.ink = NAMED[code - 30 if code < 40 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.paper = NAMED[code - 40 if code < 50 else code - 92]
            elif code == 39:
                self.ink = None
            elif code == 49:
                self.paper = None

    def _extended(self, code, codes):
        kind = codes.pop(0)
        color = palette(codes.pop(0)) if kind == 5 else "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))
        if code == 38:
            self.ink = color
        else:
            self.paper = color

    def colors(self):
        ink, paper = self.ink or FOREGROUND, self.paper
        return (paper or BACKGROUND, ink) if 7 in self.marks else (ink, paper)


def row_shapes(row, line, pen):
    """The SVG of one row: a rectangle for each run with a background, a text element for each run with one style."""
    column, y = 0, 12 + row * CELL_HEIGHT
    for text, sequence in re.findall(r"([^\x1b]+)|\x1b\[([\d;:]*)m", line):
        if not text:
            pen.take(sequence)
            continue
        ink, paper = pen.colors()
        x, width = 12 + column * CELL_WIDTH, len(text) * CELL_WIDTH
        if paper:
            yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="{paper}"/>'
        if text.strip():
            style = ' font-weight="bold"' * (1 in pen.marks) + ' opacity="0.65"' * (2 in pen.marks)
            style += ' font-style="italic"' * (3 in pen.marks) + ' text-decoration="underline"' * (4 in pen.marks)
            yield (f'<text x="{x:.1f}" y="{y + 13.5:.1f}" textLength="{width:.1f}" fill="{ink}"{style}>'
                   f'{html.escape(text)}</text>')
        column += len(text)


def svg(frame):
    """Draws the rows of a terminal, given with their escape sequences, as an SVG."""
    pen = Pen()
    shapes = [shape for row, line in enumerate(frame.splitlines()[:ROWS]) for shape in row_shapes(row, line, pen)]
    width, height = COLUMNS * CELL_WIDTH + 24, ROWS * CELL_HEIGHT + 24
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT_SIZE}">',
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        '<g xml:space="preserve">', *shapes, "</g>", "</svg>", "",
    ])


def main():
    program = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent.parent / "target/release/credenza").resolve()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        terminal = Terminal(Path(folder), COLUMNS, ROWS, environment)
        try:
            terminal.run(f"clear; {program} --demo")
            terminal.wait("Authenticated")
            picture = svg(terminal.styled())
        finally:
            terminal.close()
    (HERE.parent.parent / "assets/screenshot.svg").write_text(picture)


if __name__ == "__main__":
    main()
