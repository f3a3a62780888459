"""A provider that rotates refresh tokens, and ends a grant when a refresh token is used twice. Not a test, and not
executable."""

import contextlib
import http.server
import json
import threading
import urllib.parse

# Access tokens expire soon, so everything that needs one has to refresh.
ACCESS_SECONDS = 30
# The longest delay of a response that is not released: longer than the program waits.
HANGS = 90


class Ask:
    """The next request, and how it is answered. The token is spent when the request arrives; the response follows
    later.

    `form` creates the status, headers and bytes of a success from its members.
    """

    def __init__(self, delay=0.0, hangs=False, seconds=ACCESS_SECONDS, form=None):
        self.delay, self.hangs, self.seconds, self.form = delay, hangs, seconds, form
        self.arrived, self.answered, self.release = (threading.Event() for _ in range(3))


class Family:
    """A grant: its sequence of refresh tokens, and everything that went wrong with it."""

    def __init__(self, name, newest=0):
        self.name, self.newest = name, newest
        self.dead = self.revoked = False
        self.asks, self.trouble, self.requests = [], [], 0

    def expect(self, *arguments, **named):
        """Defines the response to the next request for which none is defined yet."""
        ask = Ask(*arguments, **named)
        self.asks.append(ask)
        return ask

    @property
    def issued(self):
        """Whether a refresh token has been issued."""
        return self.newest >= 0

    def refresh_token(self):
        return f"refresh.{self.name}.{self.newest}"

    def access_token(self):
        return f"access.{self.name}.{self.newest}"

    def wrong(self, what):
        self.trouble.append(what)
        return 400, {"error": "invalid_grant"}

    def spend(self, form, seconds):
        """Spends a code or the newest refresh token; returns the next pair."""
        sent = form.get("refresh_token") or form.get("code")
        if "code" in form and self.issued:
            return self.wrong("a code was sent twice")
        if "refresh_token" in form and (self.dead or self.revoked):
            return self.wrong(f"{sent} was sent after the grant had ended")
        if "refresh_token" in form and sent != self.refresh_token():
            self.dead = True
            return self.wrong(f"{sent} was sent again, or was never given; the newest is {self.refresh_token()}")
        self.newest += 1
        return 200, {"access_token": self.access_token(), "refresh_token": self.refresh_token(),
                     "token_type": "Bearer", "expires_in": seconds}

    def revoke(self):
        """Revoking a grant twice is not an error (RFC 7009)."""
        self.revoked = True
        return 200, {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body))
        provider = self.server.provider
        sent = form.get("refresh_token") or form.get("code") or form.get("token") or ""
        with provider.lock:
            family = provider.families.get((sent.split(".") + [""])[1])
            if not family:
                provider.strangers.append(sent)
                return self.answer(400, {"error": "invalid_grant"})
            family.requests += 1
            ask = family.asks.pop(0) if family.asks else Ask()
            answer = None if ask.hangs else self.done(family, form, ask)
        ask.arrived.set()
        released = ask.release.wait(HANGS if ask.hangs else ask.delay)
        if provider.closing.is_set() or (ask.hangs and not released):
            return None
        with provider.lock:
            answer = answer or self.done(family, form, ask)
        ask.answered.set()
        if ask.form and answer[0] == 200:
            return self.send(*ask.form(answer[1]))
        return self.answer(*answer)

    def done(self, family, form, ask):
        return family.revoke() if self.path == "/revoke" else family.spend(form, ask.seconds)

    def do_GET(self):
        self.answer(200, [{"id": 1}, {"id": 2}] if self.path.startswith("/things") else {"sub": "1"})

    def answer(self, status, value):
        self.send(status, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def send(self, status, headers, body):
        # The client may have exited.
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        """Ignores connections that broke off because their process was ended."""


class Provider:
    """The provider, on a free loopback port, with one family for each credential."""

    def __init__(self):
        self.families, self.strangers = {}, []
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.provider = self
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def family(self, name, newest=0):
        """A new grant; with -1, no token of it was issued yet, and only the code `code.NAME` is valid."""
        with self.lock:
            self.families[name] = Family(name, newest)
            return self.families[name]

    def catalog_file(self):
        """The provider as a custom integration."""
        return ('schema = 1\nid = "own"\nname = "Own"\ncategory = "own"\nverification = "unverified"\n[auth]\n'
                'kind = "oauth2-code"\nauthorize_url = "https://own.example/a"\n'
                f'token_url = "{self.address}/token"\nrevoke_url = "{self.address}/revoke"\n'
                f'[[test]]\nlabel = "Me"\nurl = "{self.address}/me"\n'
                f'[[load]]\nid = "things"\nlabel = "Things"\nurl = "{self.address}/things"\nkey = "id"\n')

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
