"""A sign-in service of the test's own, which keeps to the protocol until it is told to lie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

__all__ = ["CLIENT", "SECRET", "OwnService", "own_service"]

CLIENT, SECRET = "tianji", "between the two of them"
_KEY = RSAKey.generate_key(2048, {"kid": "1"})
_OTHER = RSAKey.generate_key(2048, {"kid": "1"})
Change = Callable[[dict[str, Any]], None]


class OwnService:
    """What it knows, what it was asked, and in what it lies."""

    def __init__(self, port: int, now: Callable[[], int]) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.now = now
        self.codes: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []
        self.change_claims: Change = lambda _: None
        self.change_document: Change = lambda _: None
        self.signs_as = "RS256"
        self.answer_bytes = 0

    def authorize(self, address: str, subject: str) -> str:
        """What its page answers once somebody signed in there: the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = {**asked, "subject": subject}
        query = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return f"{asked['redirect_uri']}?{query}"

    def document(self) -> dict[str, Any]:
        """What it tells of itself."""
        told: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.change_document(told)
        return told

    def keys(self) -> dict[str, Any]:
        """Its public keys."""
        return dict(KeySet([_KEY]).as_dict(private=False))

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """A signed token for a code, once, for who holds the secret and the verifier."""
        known = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        )
        if known is None or authorization != f"Basic {basic}":
            self.refused.append("client")
            return None
        if challenge.decode().rstrip("=") != known["code_challenge"]:
            self.refused.append("verifier")
            return None
        if form.get("redirect_uri") != known["redirect_uri"]:
            self.refused.append("redirect")
            return None
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": known["subject"],
            "nonce": known["nonce"],
            "iat": self.now(),
            "exp": self.now() + 300,
        }
        self.change_claims(claims)
        return {"token_type": "Bearer", "access_token": "-", "id_token": self._signed(claims)}

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.signs_as == "none":
            return _encoded({"alg": "none"}, claims) + "."
        if self.signs_as == "HS256":  # with the public key for a secret: an old trick
            signed = _encoded({"alg": "HS256", "kid": "1"}, claims)
            mark = hmac.digest(_KEY.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"
        if self.signs_as == "unknown":
            return jwt.encode({"alg": "RS256", "kid": "2"}, claims, _KEY)
        key = _OTHER if self.signs_as == "other" else _KEY
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)


def _encoded(*parts: dict[str, Any]) -> str:
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    return ".".join(part.decode().rstrip("=") for part in encoded)


@contextmanager
def own_service(now: Callable[[], int]) -> Iterator[OwnService]:
    """The service, listening on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    service = OwnService(server.server_port, now)
    server.service = service  # type: ignore[attr-defined]  # for the handler below
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Tells of the service and its keys."""
        service: OwnService = self.server.service  # type: ignore[attr-defined]  # as above
        known = {"/.well-known/openid-configuration": service.document, "/keys": service.keys}
        told = known.get(self.path)
        self._answer(None if told is None else told())

    def do_POST(self) -> None:
        """Takes a code."""
        service: OwnService = self.server.service  # type: ignore[attr-defined]  # as above
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer(service.token(form, self.headers.get("authorization", "")))

    def _answer(self, told: dict[str, Any] | None) -> None:
        service: OwnService = self.server.service  # type: ignore[attr-defined]  # as above
        content = json.dumps(told or {"error": "invalid_grant"}).encode()
        content += b" " * service.answer_bytes
        self.send_response(400 if told is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
