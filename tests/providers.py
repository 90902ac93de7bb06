"""Providers that people log in with: a real one (oidc-provider, run by node), and one that lies."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.commands.test_serve import a_free_port

CLIENT, SECRET = "studio", "s+e/c:r e%t of northwind"  # what has to be encoded on its way
BACK = "http://localhost:8000/studio/login/provider/return"
PEOPLE: Mapping[str, Mapping[str, object]] = {
    "mara": {"email": "Mara@northwind.example", "email_verified": True, "name": "Mara L.", "groups": ["marketing"]},
    "sam": {
        "email": "sam@northwind.example",
        "email_verified": True,
        "name": "Sam Ode",
        "groups": ["sales", "cn=all,o=n"],
    },
    "eve": {"email": "mara@northwind.example", "email_verified": False, "name": "Eve", "groups": ["managers"]},
    "moved": {"email": "mara@northwind.example", "email_verified": True, "name": "Max", "groups": []},
    "boss": {"email": "ada@northwind.example", "email_verified": True, "name": "Ada", "groups": ["managers", "sales"]},
}

FOLDER = Path(__file__).parent.parent / ".test-tools"


class RealProvider:
    """oidc-provider as a process; `restart` gives it other keys."""

    def __init__(self) -> None:
        self.port = a_free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def restart(self, *, kid: str = "first", in_token: bool = False) -> None:
        """Begin anew with a new key."""
        self.stop()
        client = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [BACK],
            "post_logout_redirect_uris": [BACK.removesuffix("/provider/return")],
        }
        key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)
        told = {"port": self.port, "client": client, "people": PEOPLE, "keys": [key.as_dict(private=True)]}
        [folder] = FOLDER.glob("provider-*")
        self._process = subprocess.Popen(
            ["node", "server.js", json.dumps({**told, "inToken": in_token})],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        assert self._process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        """It is away."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def visit(address: str, login: str | None, browser: requests.Session | None = None) -> str:
    """What somebody does at the provider: give a name and any password, or (None) turn back. Gives where that leads."""
    browser = browser or requests.Session()
    answer = browser.get(address, allow_redirects=False)
    while True:
        answer = _onward(browser, answer)
        if not answer.is_redirect:
            page = answer.text
            if login is None:
                found = re.search(r'href="([^"]+/abort)"', page)
                assert found
                answer = browser.get(found[1], allow_redirects=False)
            else:
                found = re.search(r'action="([^"]+)"', page)
                assert found, page
                said = {"prompt": "login", "login": login, "password": "any"}
                answer = browser.post(found[1], data=said, allow_redirects=False)
        elif answer.headers["Location"].startswith("http://localhost:8000"):
            return answer.headers["Location"].removeprefix("http://localhost:8000")


def _onward(browser: requests.Session, answer: requests.Response) -> requests.Response:
    while answer.is_redirect and not answer.headers["Location"].startswith("http://localhost:8000"):
        answer = browser.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False)
    return answer


@contextmanager
def real_provider() -> Iterator[RealProvider]:
    """One that is there."""
    provider = RealProvider()
    provider.restart()
    try:
        yield provider
    finally:
        provider.stop()


@dataclass
class Liar:
    """A provider whose every word a test may change. `claims` are those of the next identity token."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}, private=True))
    signed_with: Any = None  # another key than the one it shows
    algorithm: str = "RS256"
    raw: str = ""  # instead of a signed token
    description: dict[str, Any] = field(default_factory=dict)
    said: bytes = b""  # instead of every answer
    status: int = 200
    patience: float = 0.0
    padding: int = 0
    asked: list[str] = field(default_factory=list)
    token: dict[str, Any] = field(default_factory=dict)
    posted: dict[str, list[str]] = field(default_factory=dict)

    def about(self, attempt: str, *, at: float, **changes: Any) -> str:
        """What it says of Mara in answer to an attempt; a change to None leaves a claim out. Gives where that leads."""
        sent = {name: said[0] for name, said in parse_qs(urlsplit(attempt).query).items()}
        about_token = {"iss": self.issuer, "sub": "m-1", "aud": CLIENT, "iat": int(at), "exp": int(at) + 300}
        about_mara = {"nonce": sent["nonce"], "email": "mara@northwind.example", "email_verified": True, "name": "Mara"}
        claims = about_token | about_mara | changes
        self.claims = {name: said for name, said in claims.items() if said is not None}
        return f"/studio/login/provider/return?code=c&state={sent['state']}"

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            paths = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            places = {f"{name}_endpoint": f"{self.issuer}/{where}" for name, where in paths.items()}
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **places, **self.description}
        if path == "/keys":
            return {"keys": [{"kty": "new kind"}, self.key.as_dict(private=False)]}
        if path == "/userinfo":
            return {"sub": "somebody else", "email": "ada@northwind.example", "email_verified": True, "name": "Ada"}
        signed = jwt.encode(
            {"alg": self.algorithm, "kid": "one"},
            self.claims,
            self.signed_with or self.key,
            algorithms=[self.algorithm],
        )
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.raw or signed, **self.token}


@contextmanager
def liar() -> Iterator[Liar]:
    """One on loopback."""
    told = Liar()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            told.asked.append(self.path)
            time.sleep(told.patience)
            said = (told.said or json.dumps(told.answer(self.path)).encode()) + b" " * told.padding
            self.send_response(told.status)
            if 300 <= told.status < 400:
                self.send_header("Location", f"{told.issuer}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            with suppress(OSError):  # who asked may have hung up
                self.wfile.write(said)

        def do_POST(self) -> None:
            told.posted = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    told.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def with_shared_secret() -> OctKey:
    """What a token is signed with by whoever knows the client's secret."""
    return OctKey.import_key(SECRET)
