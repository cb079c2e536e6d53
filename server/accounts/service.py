"""The sign-in service of an office (OpenID Connect): where to send a browser, and whom it sends back.

The authorization code flow with PKCE, state and nonce. Nothing that came through the browser is
believed: who somebody is stands in a token that the service hands to the server itself, signed with
a key that it publishes, for this server, for this try, and not over yet.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from server.settings import Settings
from sync.limits import SERVICE_ANSWER_BYTES_MAX, SERVICE_CLOCK_SECONDS, SERVICE_SECONDS_MAX
from sync.problems import Problem

__all__ = ["Service", "Vouched"]

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_KEPT_SECONDS = 3600
_SUBJECT_CHARS_MAX = 255


class Vouched(NamedTuple):
    """Whom the service vouches for; `strong` if it saw a second factor."""

    issuer: str
    subject: str
    strong: bool


class _Document(msgspec.Struct, frozen=True):
    """What a service tells of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


class Service:
    """The service that the settings name; what it tells of itself is kept for an hour."""

    def __init__(self, settings: Settings, now: Callable[[], int]) -> None:
        self._settings = settings
        self._now = now
        self._document: tuple[int, _Document] | None = None
        self._keys: tuple[int, KeySet] | None = None

    async def way_there(self, state: str, nonce: str, verifier: str, back: str) -> str:
        """The address to which a browser is sent. Raises `service-unreachable`, `service-refused`."""
        document = await self._described()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(document.authorization_endpoint).query else "?"
        return f"{document.authorization_endpoint}{joint}{urlencode(query)}"

    async def who(self, code: str, nonce: str, verifier: str, back: str) -> Vouched:
        """Whom a code stands for. Raises `service-unreachable`, `service-refused`."""
        document = await self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": self._settings.oidc_client_id,
        }
        answer = await self._asked("POST", document.token_endpoint, form, document)
        token = _read(answer, _Tokens).id_token
        return self._vouched(await self._claims(token, document), nonce)

    async def _claims(self, token: str, document: _Document) -> Mapping[str, Any]:
        """What a signed token says; keys are fetched anew once if they don't know the one it names."""
        for is_last in (False, True):
            keys = await self._published(document, anew=is_last)
            try:
                return jwt.decode(token, keys, algorithms=list(_ALGORITHMS)).claims
            except InvalidKeyIdError as error:
                if is_last:
                    raise Problem("service-refused", why="key") from error
            except (JoseError, ValueError, TypeError, RecursionError) as error:
                raise Problem("service-refused", why="signature") from error
        raise AssertionError

    def _vouched(self, claims: Mapping[str, Any], nonce: str) -> Vouched:
        own = self._settings.oidc_client_id
        needed: Any = {"essential": True}
        registry = jwt.JWTClaimsRegistry(
            now=self._now,
            leeway=SERVICE_CLOCK_SECONDS,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": own},
            sub=needed,
            exp=needed,
            iat=needed,
        )
        try:
            registry.validate(dict(claims))
        except (JoseError, TypeError, ValueError) as error:
            raise Problem("service-refused", why="claims") from error
        audience = claims["aud"]
        others = isinstance(audience, list) and set(audience) != {own}
        if claims.get("azp", own) != own or (others and "azp" not in claims):
            raise Problem("service-refused", why="audience")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Problem("service-refused", why="nonce")
        subject = claims["sub"]
        if not 0 < len(subject) <= _SUBJECT_CHARS_MAX or not subject.isprintable():
            raise Problem("service-refused", why="subject")
        return Vouched(self._settings.oidc_issuer, subject, self._is_strong(claims.get("amr")))

    def _is_strong(self, methods: object) -> bool:
        wanted = {one.strip() for one in self._settings.oidc_strong.split(",")} - {""}
        told = (
            {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
        )
        return "*" in wanted or not wanted.isdisjoint(told)

    async def _described(self) -> _Document:
        now = self._now()
        if self._document is None or now - self._document[0] >= _KEPT_SECONDS:
            issuer = self._settings.oidc_issuer
            address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            document = _read(await self._asked("GET", address), _Document)
            scheme = urlsplit(issuer).scheme
            named = (document.authorization_endpoint, document.token_endpoint, document.jwks_uri)
            if document.issuer != issuer or any(
                urlsplit(one).scheme not in ("https", scheme) for one in named
            ):
                raise Problem("service-refused", why="issuer")
            self._document = (now, document)
        return self._document[1]

    async def _published(self, document: _Document, *, anew: bool) -> KeySet:
        now = self._now()
        if anew or self._keys is None or now - self._keys[0] >= _KEPT_SECONDS:
            found = await self._asked("GET", document.jwks_uri)
            try:
                self._keys = (now, KeySet.import_key_set(found))
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise Problem("service-refused", why="keys") from error
        return self._keys[1]

    async def _asked(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        document: _Document | None = None,
    ) -> Any:
        secret, auth, sent = self._settings.oidc_client_secret, None, dict(form or {})
        if document is not None and secret:
            if "client_secret_basic" in document.token_endpoint_auth_methods_supported:
                auth = httpx.BasicAuth(self._settings.oidc_client_id, secret)
            else:
                sent["client_secret"] = secret
        try:
            async with (
                httpx.AsyncClient(timeout=SERVICE_SECONDS_MAX, follow_redirects=False) as client,
                client.stream(method, address, data=sent or None, auth=auth) as answer,
            ):
                content = b""
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > SERVICE_ANSWER_BYTES_MAX:
                        raise Problem("service-refused", why="size")
                if answer.status_code != httpx.codes.OK:
                    raise Problem("service-refused", why=f"HTTP {answer.status_code}")
                return httpx.Response(200, content=content).json()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Problem("service-unreachable") from error
        except (ValueError, RecursionError) as error:
            raise Problem("service-refused", why="JSON") from error


def _read(found: object, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise Problem("service-refused", why="JSON") from error
