"""The road over HTTP: signs requests, posts them, and turns what a network does into problems."""

from __future__ import annotations

import ssl

import httpx
import stamina

from sync import wire
from sync.conversation import Effect, Exchange, Finished, Prepare, Settle, conversation, hold
from sync.ledger.ledger import Ledger
from sync.ledger.settle import request, settle
from sync.limits import HTTP_ATTEMPTS_MAX, HTTP_TIMEOUT_SECONDS, HTTP_WAIT_SECONDS_MAX
from sync.problems import Problem
from sync.trust import Signer
from sync.wire import ProblemReply, Reply, Request, Signed

SYNC_PATH = "/sync/v1"

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
        response = await client.post(
            SYNC_PATH, content=body, headers={"content-type": wire.MEDIA_TYPE}
        )
    except httpx.ConnectTimeout as error:
        raise Problem("network-slow", address=address) from error
    except httpx.ConnectError as error:
        code = "network-certificate" if _is_certificate(error) else "network-unreachable"
        raise Problem(code, address=address) from error
    except httpx.TimeoutException as error:
        raise Problem("network-slow", address=address) from error
    except httpx.HTTPError as error:
        raise Problem("network-broken", address=address) from error
    if response.headers.get("content-type", "").split(";")[0] != wire.MEDIA_TYPE:
        raise Problem("network-captive", address=address, status=response.status_code)
    reply = wire.decode_reply(wire.unpack(response.content))
    if isinstance(reply, ProblemReply) and reply.retry_seconds:
        raise Problem("server-busy", address=address)
    return reply


def _is_passing(error: Exception) -> bool:
    return isinstance(error, Problem) and error.retry


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
