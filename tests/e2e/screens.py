"""The whole flow in the screens of a real terminal, at both sizes: from + to Authenticated, and again after a restart.
"""

import re
import shutil

import command_line
from counterparts import Failed, Terminal, accept_elsewhere, until

NAME = "Seen on screen"
RENAMED = "Seen and renamed"
FIELDS_AT_MOST = 20
LABEL = 28


def focused(terminal):
    """The label of the row with the cursor."""
    row = terminal.frame().splitlines()[terminal.cursor_row()]
    return row[:LABEL].lstrip("│| >")


def focus(terminal, label):
    """Tabs to the field with this label. At the lower edge, the form scrolls instead of the cursor moving."""
    for _ in range(FIELDS_AT_MOST):
        before = focused(terminal)
        if before.startswith(label):
            return
        terminal.keys("Tab")
        until("the focus to move", lambda: focused(terminal) != before, 10)
    raise Failed(f"no field {label!r} on the screen:\n{terminal.frame()}")


def fill(terminal, label, text):
    focus(terminal, label)
    terminal.keys("C-u")
    terminal.paste(text)


def first_run(stage, terminal):
    terminal.wait("Create a vault")
    terminal.keys("Enter")
    terminal.wait("Passphrase", "Repeat")
    terminal.type(stage.passphrase)
    terminal.keys("Tab")
    terminal.type(stage.passphrase)
    terminal.keys("Enter")
    terminal.wait("Recovery kit", "To use it")
    terminal.keys("Escape")
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
    # Not the words alone: on a wide screen they are also in the panel beside the first page.
    terminal.wait("[ AUTHORIZATION ]", "Client ID")
    fill(terminal, "Client ID", stage.client_id)
    fill(terminal, "Client Secret", stage.client_secret)
    settings = stage.settings()
    fill(terminal, "Authorization endpoint", settings["authorization_url"])
    fill(terminal, "Token endpoint", settings["token_url"])
    fill(terminal, "Issuer", settings["issuer"])
    terminal.keys("F5")


def leave(terminal):
    terminal.keys("Escape")
    # Only the table shows these words. A q immediately after escape would be read as a different key.
    terminal.wait("INTEGRATION", "STATUS")
    terminal.type("q")
    terminal.wait("left 0")


def the_whole_flow(stage, columns, rows):
    home = stage.folder / f"screens-{columns}x{rows}"
    terminal = Terminal(stage.out, columns, rows, stage.environment)
    # The terminal modes are read in the same command line, before the shell sets its own again.
    lines = [stage.out / f"stty-{columns}-{when}" for when in ("before", "after")]
    start = f"stty -g > {lines[0]}; {stage.binary} --dir {home}; code=$?; stty -g > {lines[1]}; echo \"left $code\""
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
    terminal.wait("Current name")
    terminal.keys("C-u")
    terminal.type(RENAMED)
    terminal.keys("Enter")
    terminal.wait(RENAMED)
    # The page next to the table still shows the old name in its history.
    terminal.wait_gone(f"> {NAME} ")


def authenticate_again(stage, terminal, codes):
    terminal.type("a")
    until("the second exchange", lambda: stage.provider.grants("authorization_code") == codes + 2)
    terminal.wait("Authenticated")
    terminal.keys("Escape")
    terminal.wait(RENAMED, "INTEGRATION", "STATUS")
    terminal.keys("Enter")
    terminal.wait(RENAMED, "In scripts")
    # The old name is in the history: next to the details if there is space, otherwise below them.
    for _ in range(20):
        terminal.keys("Down")
    terminal.wait(NAME)


def the_whole_flow_at_80x24(stage):
    the_whole_flow(stage, 80, 24)


def the_whole_flow_at_120x40(stage):
    the_whole_flow(stage, 120, 40)


def a_device_code_on_the_screen_is_accepted_elsewhere(stage):
    """With the vault of the commands: the browser on this machine does nothing, the one on the other device accepts."""
    terminal = Terminal(stage.out, 80, 24, {**stage.environment, "BROWSER": "true"})
    asked = stage.provider.grants(command_line.DEVICE_CODE)
    try:
        terminal.run(f"{stage.binary} --dir {stage.folder / 'vault'}; echo \"left $?\"")
        unlock(stage, terminal)
        terminal.type("a")
        terminal.wait("times out in", "paste the address")
        terminal.type("d")
        frame = terminal.wait("and enter", "times out in") and terminal.frame()
        address = re.search(r"http://\S+/device", frame).group()
        code = re.search(r"(?:[A-Z] ){4}- (?:[A-Z] ?){4}", frame).group().replace(" ", "")
        accept_elsewhere(f"{address}?user_code={code}", stage.environment)
        terminal.wait("Authenticated", "In scripts")
        if stage.provider.grants(command_line.DEVICE_CODE) != asked + 1:
            raise Failed("one device code is exchanged")
        leave(terminal)
    finally:
        stage.frames += [*terminal.seen, terminal.scrollback()]
        terminal.close()


CASES = [the_whole_flow_at_80x24, the_whole_flow_at_120x40, a_device_code_on_the_screen_is_accepted_elsewhere]
