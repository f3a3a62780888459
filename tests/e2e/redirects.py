"""Ways back from the browser other than http on loopback: https with this machine's certificate, and a page on another
host."""

import base64
import hashlib
import http.server
import json
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from counterparts import Failed, Product, until

PAGE_HOST = "auth.credenza.test"
A_SECOND = 1.0


def expect(condition, what):
    if not condition:
        raise Failed(what)


def product(stage, **environment):
    return Product(stage.binary, stage.folder / "vault", stage.passphrase_file, {**stage.environment, **environment})


def add(stage, name, client_id, redirect_uri):
    settings = [part for key, value in stage.settings().items() for part in ("--set", f"{key}={value}")]
    product(stage).run(
        "add", "--integration", "openid-connect", "--name", name, "--client-id", client_id,
        "--client-secret-file", str(stage.client_secret_file), "--redirect-uri", redirect_uri, *settings,
    )


def authenticate(stage, name, **environment):
    """Authenticates a credential; returns the error output and the browser's log."""
    log = stage.out / "browser.log"
    before = len(log.read_text()) if log.exists() else 0
    process = product(stage, **environment).start("authenticate", name)
    try:
        output, errors = process.communicate(timeout=150)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"{name} waits in vain: {log.read_text()[before:]} {process.communicate()[1]}") from None
    expect(process.returncode == 0, f"{name} ends authenticated: {errors or output} {log.read_text()[before:]}")
    access = product(stage).run("token", name).strip()
    stage.spoken.append(access)
    expect(stage.provider.accepts(access), f"{name}: userinfo accepts the token")
    until("the browser's log", lambda: "text " in log.read_text()[before:], 30)
    return errors, log.read_text()[before:]


def https_loopback_ends_authenticated_past_the_warning(stage):
    add(stage, "Way back by https", f"{stage.client_id}-web", stage.https_uri)
    shown = json.loads(product(stage).run("trust", "--json"))
    key = Path(shown["file"])
    expect(key.stat().st_mode & 0o777 == 0o600, "the key is 0600")
    said, log = authenticate(stage, "Way back by https", E2E_FINGERPRINT=shown["fingerprint"], E2E_BACK_TO=stage.https_uri)
    expect(shown["fingerprint"] in said, f"the fingerprint is shown while it waits: {said}")
    expect("warned about the certificate" in log and "query cleared" in log and "Signed in" in log, log)


class Page(http.server.BaseHTTPRequestHandler):
    """Serves the page as an organization's web server does."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_):
        pass


def serve_page(stage):
    """Starts an https server for the page; also returns the key hash by which the browser trusts it."""
    pem = stage.folder / "page.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={PAGE_HOST}",
         "-addext", f"subjectAltName=DNS:{PAGE_HOST}", "-keyout", pem, "-out", stage.folder / "page.crt"],
        check=True, capture_output=True, timeout=60)
    certificate = (stage.folder / "page.crt").read_text()
    with pem.open("a") as file:
        file.write(certificate)
    public = subprocess.run(["openssl", "x509", "-in", stage.folder / "page.crt", "-pubkey", "-noout"],
                            check=True, capture_output=True, timeout=60).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=public, check=True,
                         capture_output=True, timeout=60).stdout
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(stage.page_uri.split(":")[2].split("/")[0])), Page)
    server.page = product(stage).run("catalog", "redirect-page").encode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, base64.b64encode(hashlib.sha256(der).digest()).decode()


def a_page_elsewhere_sends_the_browser_on(stage):
    server, key = serve_page(stage)
    try:
        add(stage, "Way back by page", f"{stage.client_id}-web", stage.page_uri)
        said, log = authenticate(stage, "Way back by page", E2E_PAGE_HOST=PAGE_HOST, E2E_PAGE_KEY=key)
    finally:
        server.shutdown()
    expect(f"The page at {stage.page_uri} sends the browser on" in said, said)
    expect("landed http://127.0.0.1" in log and "query cleared" in log and "Signed in" in log, log)


def a_tls_hello_at_the_http_port_is_told_within_a_second(stage):
    process = product(stage).start("authenticate", "Certified provider", "--no-browser")
    try:
        for line in process.stderr:
            if "on this machine:" in line:
                port = int(line.split("localhost:")[1].split("/")[0])
                break
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
            try:
                context.wrap_socket(stream)
                raise Failed("http answers no hello")
            except (ssl.SSLError, OSError):
                pass
        for line in process.stderr:
            if "asked for https at an http address" in line:
                break
        took = time.monotonic() - began
        expect(took < A_SECOND, f"it was told after {took:.2f} s")
        expect("HTTPS-only" in line, f"which setting it may be: {line}")
        expect(process.poll() is None, "it goes on waiting")
    finally:
        process.terminate()
        process.communicate(timeout=30)


CASES = [
    https_loopback_ends_authenticated_past_the_warning,
    a_page_elsewhere_sends_the_browser_on,
    a_tls_hello_at_the_http_port_is_told_within_a_second,
]
