#!/usr/bin/env python3
"""Starts the storage engines of team vaults for tests: PostgreSQL from Debian, moto from PyPI, Azurite and s3rver from
npm, installed below the target folder, each on a random loopback port with a temporary folder.

As a program, `engines.py COMMAND...` runs a command with CREDENZA_TEST_POSTGRES, the address of a PostgreSQL that
requires no password, and CREDENZA_TEST_S3, the endpoint of a bucket.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "target" / "backends"
MOTO, AZURITE, S3RVER = "5.2.5", "3.37.0", "3.7.1"
STARTS_WITHIN = 60
ACCOUNT, CONTAINER = "credenzatest", "credenza-test"

started = []


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL, **options)


def start(name, folder, *command, **options):
    """Starts a program in a process group of its own, so that its child processes are stopped together with it."""
    log = open(folder / f"{name}.log", "wb")
    started.append(subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                    stderr=subprocess.STDOUT, process_group=0, **options))


def end():
    for process in reversed(started):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for process in started:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait(what, ready):
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if any(process.poll() is not None for process in started):
            break
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"FAILED: {what} did not start")


def listens(at):
    def ready():
        with socket.create_connection(("127.0.0.1", at), 1):
            return True
    return ready


def install_postgresql():
    """Installs Debian's packages, without the server that Debian would start automatically."""
    if list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("openssl"):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    settings = pathlib.Path("/etc/postgresql-common/createcluster.conf")
    if not settings.exists():
        settings.parent.mkdir(exist_ok=True)
        settings.write_text("create_main_cluster = false\n")
    run("apt-get", "update", "-qq", env=environment)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold",
        "postgresql", "openssl", "python3-venv", env=environment, stdout=subprocess.DEVNULL)


def install_others():
    """Installs the other engines once; the name of a stamp file contains their versions."""
    stamp = TOOLS / f"moto-{MOTO}-azurite-{AZURITE}-s3rver-{S3RVER}"
    if not stamp.exists():
        shutil.rmtree(TOOLS, ignore_errors=True)
        TOOLS.mkdir(parents=True)
        run(sys.executable, "-m", "venv", TOOLS / "python")
        run(TOOLS / "python/bin/pip", "install", "--quiet", f"moto[server,s3]=={MOTO}")
        run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", TOOLS / "node", f"azurite@{AZURITE}",
            f"s3rver@{S3RVER}")
        stamp.touch()


@contextlib.contextmanager
def folders():
    """Yields a temporary folder that contains `postgresql` and `others`. On exit, stops the engines and deletes the
    folder."""
    # SIGTERM must also stop the engines.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="credenza-engines-") as scratch:
        folder = pathlib.Path(scratch)
        folder.chmod(0o755)
        for name in ["postgresql", "others"]:
            (folder / name).mkdir(mode=0o700)
        try:
            yield folder
        finally:
            end()


def without_password(address):
    """The address of the same database for the role that requires no password."""
    return address.replace("credenza@", "trusted@")


def certificates(folder):
    """Creates an authority with a certificate for localhost, and a second authority, which has signed nothing here."""
    def openssl(*words):
        run("openssl", *words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in ["authority", "other"]:
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
            "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "authority.crt", "-CAkey", "authority.key", "-days", "2",
            "-extfile", "server.ext", "-out", "server.crt")
    (folder / "server.key").chmod(0o600)


def postgresql(folder):
    """Starts a server. It refuses to run as root, so it runs as the user that Debian creates for it."""
    programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    certificates(folder)
    password, at = secrets.token_urlsafe(16), port()
    (folder / "password").write_text(password)
    as_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        for path in [folder, *folder.iterdir()]:
            shutil.chown(path, "postgres", "postgres")
    run(programs / "initdb", "--pgdata", folder / "data", "--username", "credenza", "--pwfile", folder / "password",
        "--auth", "scram-sha-256", "--no-sync", "--encoding", "UTF8", "--locale", "C", cwd=folder,
        stdout=subprocess.DEVNULL, **as_user)
    rules = folder / "data/pg_hba.conf"
    rules.write_text("host all trusted 127.0.0.1/32 trust\n" + rules.read_text())
    settings = {"port": at, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "ssl": "on",
                "ssl_cert_file": folder / "server.crt", "ssl_key_file": folder / "server.key", "fsync": "off",
                "max_connections": 400}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    start("postgres", folder, programs / "postgres", "-D", folder / "data", *options, cwd=folder, **as_user)
    environment = {**os.environ, "PGPASSWORD": password}
    psql = [programs / "psql", "-h", "127.0.0.1", "-p", str(at), "-U", "credenza", "-qAt"]

    def answers():
        return subprocess.run([*psql, "-d", "postgres", "-c", "select 1"], env=environment, capture_output=True).returncode == 0
    wait("PostgreSQL", answers)
    run(*psql, "-d", "postgres", "-c", "CREATE DATABASE credenza", "-c", "CREATE ROLE trusted SUPERUSER LOGIN",
        env=environment)
    passwords = folder / "pgpass"
    passwords.write_text(f"*:*:*:credenza:{password}\n")
    passwords.chmod(0o600)
    if as_user:
        shutil.chown(passwords, "root", "root")
    return {"CREDENZA_TEST_POSTGRES": f"credenza@127.0.0.1:{at}/credenza", "CREDENZA_TEST_PGPASSFILE": str(passwords),
            "CREDENZA_TEST_POSTGRES_PASSWORD": password, "CREDENZA_TEST_POSTGRES_CERTIFICATES": str(folder)}


def moto(folder, name, threaded):
    """Starts moto. Single-threaded, it honors conditional writes. Multi-threaded, check and write are not atomic; a
    pause between them, which occurs by chance on a busy machine, makes every run show this."""
    at = port()
    program = ("import sys, time; from moto.server import DomainDispatcherApplication, create_backend_app; "
               "from moto.s3.models import S3Backend; from werkzeug.serving import run_simple; put = S3Backend.put_object; "
               "S3Backend.put_object = lambda *words, **named: "
               "(sys.argv[2] == 'threaded' and time.sleep(0.003)) or put(*words, **named); "
               "run_simple('127.0.0.1', int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), "
               "threaded=sys.argv[2] == 'threaded')")
    start(name, folder, TOOLS / "python/bin/python", "-c", program, at, "threaded" if threaded else "single")
    wait(name, listens(at))
    request("PUT", f"http://127.0.0.1:{at}/{CONTAINER}")
    return f"http://127.0.0.1:{at}"


def s3rver(folder):
    at = port()
    start("s3rver", folder, "node", TOOLS / "node/node_modules/s3rver/bin/s3rver.js", "--directory", folder / "s3rver",
          "--address", "127.0.0.1", "--port", at, "--configure-bucket", CONTAINER, "--silent")
    wait("s3rver", listens(at))
    return f"http://127.0.0.1:{at}"


def request(method, url, headers=None, body=b""):
    sent = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(sent, timeout=10) as answer:
        return answer.status


def azurite(folder):
    """Starts Azurite with a new account and a container. Also returns a shared access signature, with which the tests
    write blobs that Credenza did not write."""
    key, at = base64.b64encode(secrets.token_bytes(32)).decode(), port()
    start("azurite", folder, "node", TOOLS / "node/node_modules/azurite/dist/src/blob/main.js", "--silent",
          "--inMemoryPersistence", "--disableTelemetry", "--blobHost", "127.0.0.1", "--blobPort", at, cwd=folder,
          env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"})
    wait("Azurite", listens(at))
    until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = [ACCOUNT, "rwdlac", "b", "sco", "", until, "", "http", "2019-12-12", ""]
    signature = base64.b64encode(hmac.new(base64.b64decode(key), "\n".join(fields).encode(), hashlib.sha256).digest())
    shared = urllib.parse.urlencode({"sv": "2019-12-12", "ss": "b", "srt": "sco", "sp": "rwdlac", "se": until, "spr": "http",
                                     "sig": signature.decode()})
    endpoint = f"http://127.0.0.1:{at}/{ACCOUNT}"
    request("PUT", f"{endpoint}/{CONTAINER}?restype=container&{shared}", {"x-ms-version": "2021-12-02"})
    return {"CREDENZA_TEST_AZURE": endpoint, "CREDENZA_TEST_AZURE_KEY": key, "CREDENZA_TEST_AZURE_SAS": shared}


def main():
    install_postgresql()
    install_others()
    with folders() as folder:
        named = without_password(postgresql(folder / "postgresql")["CREDENZA_TEST_POSTGRES"])
        variables = {"CREDENZA_TEST_POSTGRES": named, "CREDENZA_TEST_S3": moto(folder / "others", "moto", False)}
        command = subprocess.run(sys.argv[1:], env={**os.environ, **variables})
    sys.exit(command.returncode)


if __name__ == "__main__":
    main()
