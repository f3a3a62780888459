#!/usr/bin/env python3
"""End to end: the built program, a certified OpenID provider, a real Chromium, a real terminal.

Needs node with `npm ci` run in this folder, chromium, tmux, age (and rage, if it is installed). CREDENZA is the
program, CREDENZA_DEBUG a debug build of it. Prints one line per case; the last line has the counts.
"""

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import command_line
import redirects
import screens
import traces
from counterparts import HERE, Provider, free_port

ROOT = HERE.parent.parent


class Stage:
    """What every case needs: folders, recognizable secrets, a provider, an environment without a desktop."""

    def __init__(self, folder):
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir()
        self.client_id = "credenza-e2e"
        self.client_secret = f"CNRY-client-secret-{secrets.token_hex(12)}"
        self.passphrase = f"CNRY-passphrase-{secrets.token_hex(12)}"
        self.client_secret_file = self._private("client-secret", self.client_secret)
        self.passphrase_file = self._private("passphrase", self.passphrase)
        self.binary = Path(os.environ.get("CREDENZA", ROOT / "target/release/credenza")).resolve()
        debug = Path(os.environ.get("CREDENZA_DEBUG", ROOT / "target/debug/credenza")).resolve()
        self.debug_binary = debug if debug.exists() else self.binary
        # The redirect URI of the client that accepts only https.
        self.https_uri = f"https://localhost:{free_port()}/callback"
        self.page_uri = f"https://{redirects.PAGE_HOST}:{free_port()}/credenza/"
        self.provider = Provider(self.client_id, self.client_secret, [self.https_uri, self.page_uri])
        # All secrets that were used, and all frames that were shown, for the final search.
        self.spoken = [self.client_secret, self.passphrase]
        self.frames = []
        home = folder / "home"
        home.mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "BROWSER": str(HERE / "browser.mjs"),
            "E2E_OUT": str(self.out),
        }

    def _private(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")
        return path

    def settings(self):
        """The provider's settings, as `--set` expects them."""
        issuer = self.provider.issuer
        return {
            "authorization_url": f"{issuer}/auth",
            "token_url": f"{issuer}/token",
            "revocation_url": f"{issuer}/token/revocation",
            "userinfo_url": f"{issuer}/me",
            "device_url": f"{issuer}/device/auth",
            "issuer": issuer,
        }


def main():
    passed = failed = 0
    folder = Path(tempfile.mkdtemp(prefix="credenza-e2e-"))
    stage = Stage(folder)
    try:
        for case in [*command_line.CASES, *redirects.CASES, *screens.CASES, *traces.CASES]:
            try:
                case(stage)
                passed += 1
                print(f"ok      {case.__name__}", flush=True)
            except Exception as trouble:  # noqa: BLE001 - every case reports, whatever went wrong
                failed += 1
                print(f"FAILED  {case.__name__}: {type(trouble).__name__}: {trouble}", flush=True)
    finally:
        stage.provider.close()
        kept = os.environ.get("E2E_KEEP")
        if kept:
            shutil.copytree(stage.out, kept, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
