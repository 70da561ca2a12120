"""A small real OpenID Connect provider: it checks what it is sent, and lies as told."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "condyle", "a secret: with / and %"
Claims = dict[str, Any]


@cache
def key(name: str) -> RSAKey:
    """Return a key by name, made once: it is slow."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


class OpenIdProvider(ThreadingHTTPServer):
    """A provider that lets in whoever it is told to, without asking.

    Attributes:
        who: the claims of whoever comes next.
        lie: what becomes of the claims of a token before it is signed.
        signs: the name of the key that signs.
        shown: the names of the keys that it shows.
        forgetful: it takes a code more than once.
        ended: the queries with which browsers came to log out.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.who: Claims = {"sub": "17", "preferred_username": "rosa", "groups": ["/readers"]}
        self.lie: Callable[[Claims], Claims] = dict
        self.signs, self.shown, self.forgetful = "first", ["first"], False
        self.codes: dict[str, dict[str, str]] = {}
        self.ended: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}/realms/staff"

    def token(self, asked: dict[str, str]) -> str:
        """Return the signed token for what was asked."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.who,
        }
        return jwt.encode({"alg": "RS256", "kid": self.shown[0]}, self.lie(claims), key(self.signs))


class _Handler(BaseHTTPRequestHandler):
    server: OpenIdProvider

    def do_GET(self) -> None:
        parts, issuer = urlsplit(self.path), self.server.issuer
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/.well-known/openid-configuration"):
            self._say(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                    "end_session_endpoint": f"{issuer}/end",
                }
            )
        elif parts.path.endswith("/keys"):
            public = KeySet([key(name) for name in self.server.shown]).as_dict(private=False)
            self._say(dict(public))
        elif parts.path.endswith("/authorize"):
            assert query["response_type"] == "code"
            assert query["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(8)
            self.server.codes[code] = query
            self._lead(
                f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            )
        else:
            self.server.ended.append(query)
            self._lead(query["post_logout_redirect_uri"])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.server.codes.get(form["code"], {})
        if not self.server.forgetful:
            self.server.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        pair = base64.b64encode(b"condyle:a%20secret%3A%20with%20%2F%20and%20%25").decode()
        right = (
            self.headers["Authorization"] == f"Basic {pair}"
            and asked.get("code_challenge") == challenge
            and asked.get("redirect_uri") == form["redirect_uri"]
        )
        if right:
            self._say(
                {"access_token": "x", "token_type": "Bearer", "id_token": self.server.token(asked)}
            )
        else:
            self._say({"error": "invalid_grant"}, 400)

    def _say(self, answer: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _lead(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def a_provider() -> Iterator[OpenIdProvider]:
    """Serve a provider until the end of the block."""
    provider = OpenIdProvider()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join(10)
