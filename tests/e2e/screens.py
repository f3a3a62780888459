"""The whole flow at the screens of a real terminal, at both sizes: from + to Authenticated, and back after a restart."""

import shutil

from counterparts import Failed, Terminal, until

NAME = "Seen on screen"
RENAMED = "Seen and renamed"
FIELDS_AT_MOST = 20


def focus(terminal, label):
    """Tabs to the field with this label: the row in which the cursor stands."""
    for _ in range(FIELDS_AT_MOST):
        rows = terminal.frame().splitlines()
        # The label begins its row, behind frame and marker; the pane beside may hold the same words.
        if rows[terminal.cursor_row()].lstrip("│| >").startswith(label):
            return
        row = terminal.cursor_row()
        terminal.keys("Tab")
        until("the focus to move", lambda: terminal.cursor_row() != row, 10)
    raise Failed(f"no field {label!r} on the screen:\n{terminal.frame()}")


def fill(terminal, label, text):
    focus(terminal, label)
    terminal.keys("C-u")
    terminal.paste(text)


def first_run(stage, terminal):
    terminal.wait("Passphrase")
    terminal.type(stage.passphrase)
    terminal.keys("Tab")
    terminal.type(stage.passphrase)
    terminal.keys("Enter")
    terminal.wait("Credentials", "No credentials yet")


def unlock(stage, terminal):
    terminal.wait("Unlock")
    terminal.type(stage.passphrase)
    terminal.keys("Enter")
    terminal.wait("Credentials", "locks in")


def add(stage, terminal):
    terminal.type("+")
    terminal.wait("Add credential")
    terminal.type("openid")
    terminal.wait("OpenID Connect")
    terminal.type(">")
    terminal.wait("INFORMATION", "Name")
    fill(terminal, "Name", NAME)
    terminal.keys("C-Right")
    terminal.wait("Client ID")
    fill(terminal, "Client ID", stage.client_id)
    fill(terminal, "Client Secret", stage.client_secret)
    settings = stage.settings()
    fill(terminal, "Authorization endpoint", settings["authorization_url"])
    fill(terminal, "Token endpoint", settings["token_url"])
    fill(terminal, "Issuer", settings["issuer"])
    terminal.keys("C-a")


def leave(terminal):
    terminal.keys("Escape")
    terminal.wait("Credentials", "locks in")
    terminal.type("q")
    terminal.wait("left 0")


def the_whole_flow(stage, columns, rows):
    home = stage.folder / f"screens-{columns}x{rows}"
    terminal = Terminal(stage.out, columns, rows, stage.environment)
    # The line discipline is read within the same line, before the shell sets its own again.
    lines = [stage.out / f"stty-{columns}-{when}" for when in ("before", "after")]
    start = f"stty -g > {lines[0]}; {stage.binary} --dir {home}; echo \"left $?\"; stty -g > {lines[1]}"
    codes = stage.provider.grants("authorization_code")
    try:
        before = terminal.modes()
        terminal.run(start)
        first_run(stage, terminal)
        add(stage, terminal)
        terminal.wait("Authenticated", NAME)
        if stage.provider.grants("authorization_code") != codes + 1:
            raise Failed("one code is exchanged")
        leave(terminal)
        until("the terminal's modes to be as before", lambda: terminal.modes() == before, 5)
        until("the line discipline to be as before", lambda: len({line.read_text() for line in lines}) == 1, 5)
        terminal.keys("C-l")
        terminal.run(start)
        unlock(stage, terminal)
        terminal.wait(NAME, "Authenticated")
        rename(terminal)
        authenticate_again(stage, terminal, codes)
        leave(terminal)
    finally:
        stage.frames += [*terminal.seen, terminal.scrollback()]
        terminal.close()
        shutil.rmtree(home, ignore_errors=True)


def rename(terminal):
    terminal.type("r")
    terminal.wait("Rename")
    terminal.keys("C-u")
    terminal.type(RENAMED)
    terminal.keys("Enter")
    terminal.wait(RENAMED)
    terminal.wait_gone(NAME + " ")


def authenticate_again(stage, terminal, codes):
    terminal.type("a")
    until("the second exchange", lambda: stage.provider.grants("authorization_code") == codes + 2)
    terminal.wait("Authenticated")
    terminal.keys("Escape")
    terminal.wait(RENAMED, "locks in")
    terminal.keys("Enter")
    terminal.wait(RENAMED, "In scripts")
    # The name before stands in the history: beside the facts where there is room, else below them.
    for _ in range(20):
        terminal.keys("Down")
    terminal.wait(NAME)


def the_whole_flow_at_80x24(stage):
    the_whole_flow(stage, 80, 24)


def the_whole_flow_at_120x40(stage):
    the_whole_flow(stage, 120, 40)


CASES = [the_whole_flow_at_80x24, the_whole_flow_at_120x40]
