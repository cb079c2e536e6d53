"""The server over HTTP, called within one event loop: access, errors, headers, the sync route."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, get

from server.accounts import tokens
from server.app import create_app
from server.founding import found
from server.routes import bodies
from server.routes.access import BY_KEY, WHO
from server.routes.envelope import HEADERS, Logged
from server.routes.health_route import may_corrupt
from server.routes.refusals import MEDIA_TYPE, Refusal, asked_language
from server.store import open_server
from sync import wire
from sync.limits import MESSAGE_BYTES_MAX, RETRY_AFTER_SECONDS
from sync.wire import ProblemReply


def now() -> int:
    """This machine's clock."""
    return int(time.time())


class Called:
    """The application, the token that it knows, and a client."""

    def __init__(self, app: Litestar, token: str) -> None:
        self.app = app
        self.token = token
        transport = httpx.ASGITransport(app=Logged(app))  # type: ignore[arg-type]
        self.client = httpx.AsyncClient(transport=transport, base_url="http://server")

    async def posted(self, content: Any) -> tuple[httpx.Response, ProblemReply]:
        """What `/sync/v1` answers to a body that is no good request."""
        response = await self.client.post("/sync/v1", content=content)
        assert response.headers["content-type"] == wire.MEDIA_TYPE
        reply = wire.decode_reply(wire.unpack(response.content))
        assert isinstance(reply, ProblemReply)
        return response, reply


@asynccontextmanager
async def called(folder: Path) -> AsyncIterator[Called]:
    """A server founded in a folder, with its intake running."""
    await found(folder, now, os.urandom)
    async with open_server(folder, now) as ledger:
        token = await tokens.renew(ledger, os.urandom)
        app = create_app(ledger)
        async with app.lifespan():
            here = Called(app, token)
            async with here.client:
                yield here


def routes(app: Litestar) -> Iterator[tuple[str, str, Any]]:
    """Every method and path that the application answers, with its handler."""
    for route in app.routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            if method != "OPTIONS":  # answered by the framework, with the methods alone
                yield method, route.path, handler


async def test_a_route_that_names_nobody_is_closed_to_all(tmp_path: Path) -> None:
    """Forgetting to say who may call a route opens it to nobody (S1)."""

    @get("/forgotten")
    async def forgotten() -> str:
        return "figures"

    async with called(tmp_path) as here:
        here.app.register(forgotten)
        response = await here.client.get("/forgotten")

    assert (response.status_code, response.json()["code"]) == (403, "access-denied")


async def test_every_route_refuses_in_one_shape(tmp_path: Path) -> None:
    """A wrong method, and a missing token, come as application/problem+json with the code (S2)."""
    async with called(tmp_path) as here:
        for method, path, handler in routes(here.app):
            answers = [await here.client.request("PATCH", path)]
            if handler.opt[WHO] == BY_KEY:
                answers += [
                    await here.client.request(method, path),
                    await here.client.request(method, path, headers={"Authorization": "Bearer no"}),
                ]
            for answer in answers:
                assert answer.headers["content-type"] == MEDIA_TYPE, path
                told = msgspec.json.decode(answer.content, type=Refusal)
                assert told.status == answer.status_code
                assert told.type == f"urn:tianji:problem:{told.code}"
                assert told.code in {"method-unknown", "api-token-missing", "api-token-wrong"}


@pytest.mark.parametrize(
    "header,language,begins",
    [
        ("en-GB,en;q=0.8", "en", "The server has no"),
        ("zh-TW", "zh-Hant", "伺服器上沒有"),
        ("fr, zh-CN;q=0.3", "zh-Hans", "服务器上没有"),
        ("", "zh-Hans", "服务器上没有"),
    ],
)
async def test_a_refusal_speaks_the_language_asked_for(
    tmp_path: Path, header: str, language: str, begins: str
) -> None:
    """`detail` follows Accept-Language; `code` doesn't."""
    async with called(tmp_path) as here:
        response = await here.client.get("/nowhere", headers={"Accept-Language": header})

    assert response.headers["content-language"] == language
    assert response.json()["detail"].startswith(begins)
    assert response.json()["code"] == "route-unknown"


async def test_an_unknown_document_is_refused_in_the_one_shape(tmp_path: Path) -> None:
    """The framework's own page for it isn't shown."""
    async with called(tmp_path) as here:
        response = await here.client.get("/schema/swagger")

    assert (response.status_code, response.json()["code"]) == (404, "route-unknown")


def test_weights_of_languages_count() -> None:
    """The heavier one wins over the one that comes first; a weight of nought is a no."""
    assert asked_language("zh;q=0.1, en;q=0.9") == "en"
    assert asked_language("en;q=0, zh-HK") == "zh-Hant"
    assert asked_language("en;q=much") == "en"


async def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    """Answers and refusals alike."""
    async with called(tmp_path) as here:
        for path in ("/healthz", "/schema/openapi.json", "/nowhere", "/schema/none"):
            response = await here.client.get(path)
            assert dict(response.headers) | HEADERS == dict(response.headers), path


async def test_whoever_came_encrypted_comes_by_nothing_else(tmp_path: Path) -> None:
    """Over https each answer says so; over http a browser would not heed it."""
    async with called(tmp_path) as here:
        plain = await here.client.get("/healthz")
        encrypted = await here.client.get("https://server.invalid/healthz")

        assert "strict-transport-security" not in plain.headers
        assert encrypted.headers["strict-transport-security"].startswith("max-age=")


async def test_health_names_the_release_of_sqlite_and_the_last_position(tmp_path: Path) -> None:
    """One commit was accepted when the server was founded."""
    async with called(tmp_path) as here:
        health = (await here.client.get("/healthz")).json()

    assert health["position"] == 1
    assert health["disk_free_bytes"] > 0
    assert health["status"] == ("warning" if health["warnings"] else "ok")


@pytest.mark.parametrize(
    "version,faulty",
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_releases_of_sqlite_with_the_log_fault_are_told_from_mended_ones(
    version: tuple[int, ...], faulty: bool
) -> None:
    """3.7.0 to 3.51.2, but for the two series that were mended earlier."""
    assert may_corrupt(version) is faulty


async def test_a_body_that_is_no_message_is_answered_in_the_protocol(tmp_path: Path) -> None:
    """A laptop can say the problem in its person's language."""
    async with called(tmp_path) as here:
        for content in (b"", b"abc", wire.pack(b"\xc1"), wire.pack(b"\x91" * 50_000)):
            _, reply = await here.posted(content)
            assert reply.code == "message-malformed"


async def test_a_body_beyond_the_limit_is_refused_with_413(tmp_path: Path) -> None:
    """Whether its length is announced or not."""

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(MESSAGE_BYTES_MAX // 2**20 + 1):
            yield bytes(2**20)

    async with called(tmp_path) as here:
        for content in (bytes(MESSAGE_BYTES_MAX + 1), unannounced()):
            response, reply = await here.posted(content)
            assert (response.status_code, reply.code) == (413, "message-too-large")


async def test_a_body_that_stops_coming_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that goes silent holds nothing for ever; the laptop may try again."""
    monkeypatch.setattr(bodies, "BODY_IDLE_SECONDS_MAX", 0.01)

    async def silent() -> AsyncIterator[bytes]:
        yield b"some"
        await asyncio.Event().wait()

    async with called(tmp_path) as here:
        response, reply = await here.posted(silent())

    assert (response.status_code, reply.code) == (408, "body-slow")


async def test_bodies_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a laptop is asked to come again; what was held is given back."""
    monkeypatch.setattr(bodies, "BODIES_BYTES_MAX", 100)
    async with called(tmp_path) as here:
        response, reply = await here.posted(bytes(101))
        assert (response.status_code, reply.code) == (503, "server-busy")
        response, reply = await here.posted(bytes(100))
        assert (response.status_code, reply.code) == (200, "message-malformed")


async def test_a_full_queue_says_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After, and the same in the reply."""

    async def full(_: bytes) -> ProblemReply:
        return ProblemReply("server-busy", {"address": ""}, RETRY_AFTER_SECONDS)

    async with called(tmp_path) as here:
        monkeypatch.setattr(here.app.state.queue, "answer", full)
        response, reply = await here.posted(b"")

    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert reply.retry_seconds == RETRY_AFTER_SECONDS


async def test_a_fault_of_the_server_asks_the_laptop_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a full disk of the server nor a slip in its code reads as the laptop's own (S3)."""

    async def failing(_: bytes) -> ProblemReply:
        raise ZeroDivisionError

    async def full(_: bytes) -> ProblemReply:
        return ProblemReply("storage-full", {"file": "tianji.db"})

    async with called(tmp_path) as here:
        for answer in (failing, full):
            monkeypatch.setattr(here.app.state.queue, "answer", answer)
            response, reply = await here.posted(b"")
            assert (response.status_code, reply.code) == (503, "server-failed")
            assert b"tianji.db" not in wire.unpack(response.content)


async def test_the_log_tells_of_requests_without_their_secrets(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Method, path, status and time; no query, header or body (S4)."""
    caplog.set_level(logging.INFO)
    async with called(tmp_path) as here:
        headers = {"Authorization": f"Bearer {here.token}"}
        await here.client.get("/healthz?password=hunter2", headers=headers)
        await here.posted(b"a secret body")
        records = [vars(one) for one in caplog.records if one.name == "tianji.request"]

    assert [(one["method"], one["path"], one["status"]) for one in records] == [
        ("GET", "/healthz", 200),
        ("POST", "/sync/v1", 200),
    ]
    said = repr(records)
    assert not any(word in said for word in ("hunter2", here.token, "a secret body"))


async def test_the_description_refers_to_no_other_host(tmp_path: Path) -> None:
    """Offices without the internet read it too."""
    async with called(tmp_path) as here:
        for path in ("/schema", "/schema/openapi.json", "/schema/openapi.yaml"):
            response = await here.client.get(path)
            assert response.status_code == 200
            assert "http://" not in response.text
            assert "https://" not in response.text
