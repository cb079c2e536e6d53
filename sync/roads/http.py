"""The road over HTTP: signs requests, posts them, and turns what a network does into problems."""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version

import httpx
import stamina

from sync import wire
from sync.conversation import Effect, Exchange, Finished, Prepare, Settle, conversation, hold
from sync.ledger.ledger import Ledger
from sync.ledger.settle import request, settle
from sync.limits import (
    BODY_SECONDS_MAX,
    HTTP_ATTEMPTS_MAX,
    HTTP_TIMEOUT_SECONDS,
    HTTP_WAIT_SECONDS_MAX,
    MESSAGE_BYTES_MAX,
)
from sync.problems import Problem
from sync.roads.troubles import answer_trouble, trouble
from sync.trust import Signer
from sync.wire import ProblemReply, Reply, Request, Signed

SYNC_PATH = "/sync/v1"


def _software() -> str:
    """What the server is told that speaks to it, so that its keeper sees which laptops are behind."""
    try:
        return f"tianji/{version('tianji')}"
    except PackageNotFoundError:
        return "tianji"


_HEADERS = {
    "content-type": wire.MEDIA_TYPE,
    "accept-encoding": "identity",
    "user-agent": _software(),
}

# By itself the library writes each retry to the log or to standard output, where commands print.
stamina.instrumentation.set_on_retry_hooks(())


class HttpRoad:
    """Performs a conversation between a ledger and the server at an address."""

    def __init__(self, ledger: Ledger, client: httpx.AsyncClient) -> None:
        self._ledger = ledger
        self._client = client

    async def perform(self, effect: Effect) -> object:
        """See `Performer`."""
        match effect:
            case Prepare(asked):
                return await request(self._ledger, asked)
            case Exchange(message):
                return await exchange(self._client, message, self._ledger.sealer.signer)
            case Settle(reply):
                return await settle(self._ledger, reply)

    async def sync(self) -> Finished:
        """One whole sync. Raises a problem of the network's or the server's."""
        return await hold(conversation(), self)


def client_for(server: str) -> httpx.AsyncClient:
    """A client for a server's address. Raises `address-malformed`."""
    try:
        url = httpx.URL(server)
    except httpx.InvalidURL as error:
        raise Problem("address-malformed", address=server[:80]) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise Problem("address-malformed", address=server[:80])
    return httpx.AsyncClient(base_url=url, timeout=HTTP_TIMEOUT_SECONDS, trust_env=True)


async def exchange(client: httpx.AsyncClient, message: Request, signer: Signer) -> Reply:
    """Sends a request and returns the reply; safe to repeat, so it is repeated a few times.

    Raises `network-…`, `reply-malformed`.
    """
    content = wire.encode(message)
    device = wire.sender(signer)
    signature = signer.sign("request", wire.realm_in(message), content)
    body = wire.pack(wire.encode(Signed(content, device, signature)))
    async for attempt in stamina.retry_context(
        on=_is_passing,
        attempts=HTTP_ATTEMPTS_MAX,
        wait_max=HTTP_WAIT_SECONDS_MAX,
        timeout=None,
    ):
        with attempt:
            return await _once(client, body)
    raise Problem("network-broken", address=str(client.base_url))


async def _once(client: httpx.AsyncClient, body: bytes) -> Reply:
    address = str(client.base_url)
    try:
        async with (
            asyncio.timeout(BODY_SECONDS_MAX),
            client.stream("POST", SYNC_PATH, content=body, headers=_HEADERS) as response,
        ):
            content = await _content(response, address)
    except (httpx.HTTPError, TimeoutError) as error:
        raise await trouble(error, address) from error
    reply = wire.decode_reply(wire.unpack(content))
    if isinstance(reply, ProblemReply) and reply.retry_seconds:
        raise Problem("server-busy", address=address, seconds=reply.retry_seconds)
    return reply


async def _content(response: httpx.Response, address: str) -> bytes:
    """The body as it was sent, as far as a message goes: whoever answers, memory stays bounded."""
    kind = response.headers.get("content-type", "").split(";")[0]
    packed_again = response.headers.get("content-encoding", "identity") != "identity"
    if kind != wire.MEDIA_TYPE or packed_again:
        raise answer_trouble(response, address)
    content = b""
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MESSAGE_BYTES_MAX:
            raise Problem("message-too-large")
    return content


def _is_passing(error: Exception) -> bool:
    """Whether to try again right away: not where the server asked to be left alone for longer."""
    if not isinstance(error, Problem) or not error.retry:
        return False
    asked = error.values.get("seconds", 0)
    return isinstance(asked, int) and asked <= HTTP_WAIT_SECONDS_MAX
