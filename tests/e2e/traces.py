"""After all other cases: what is left on disk, in the terminals and among the processes."""

import subprocess

from counterparts import Failed, until


def no_secret_is_written_anywhere_but_into_the_age_files(stage):
    found = []
    for path in stage.folder.rglob("*"):
        if path in (stage.client_secret_file, stage.passphrase_file) or not path.is_file():
            continue
        content = path.read_bytes()
        found += [f"{path.relative_to(stage.folder)}: {word[:12]}…" for word in stage.spoken if word.encode() in content]
    if found:
        raise Failed(f"secrets in the clear: {found}")


def no_secret_was_on_a_screen(stage):
    shown = [word[:12] for word in stage.spoken for frame in stage.frames if word in frame.replace("\n", "")]
    if shown:
        raise Failed(f"secrets on the screen: {shown}")


def running(stage):
    """The processes of this run. The browser's crash handlers exit slightly later than the browser."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(stage.folder) in line]


def nothing_is_left_running(stage):
    until("every process of the run to end", lambda: not running(stage), 30)


CASES = [
    no_secret_is_written_anywhere_but_into_the_age_files,
    no_secret_was_on_a_screen,
    nothing_is_left_running,
]
