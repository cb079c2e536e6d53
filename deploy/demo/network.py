"""The bad road: loses a request on its way up, or a reply on its way down, as the story wants."""

from __future__ import annotations

import ssl
from typing import NamedTuple

import httpx

from deploy.demo.trouble import Loss
from sync import wire
from sync.commit import commit_id
from sync.ids import CommitId
from sync.limits import HTTP_TIMEOUT_SECONDS
from sync.wire import SyncRequest

__all__ = ["Lost", "Road"]


class Lost(NamedTuple):
    """A message that never came through, and the commits that the request held."""

    kind: Loss
    commits: tuple[CommitId, ...]


_UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The demo's server speaks no TLS; a context of httpx's own takes longer than the whole sync."""


class Road:
    """Clients for one server's address, and what they lost."""

    def __init__(self) -> None:
        self.lost: list[Lost] = []

    def client(self, server: str, loss: Loss = Loss.NONE) -> httpx.AsyncClient:
        """A client of which the first message meets that loss."""
        return httpx.AsyncClient(
            base_url=server, timeout=HTTP_TIMEOUT_SECONDS, transport=_Lossy(loss, self.lost)
        )


class _Lossy(httpx.AsyncHTTPTransport):
    """Real sockets, but for what is lost."""

    def __init__(self, loss: Loss, lost: list[Lost]) -> None:
        super().__init__(verify=_UNUSED)
        self._loss = loss
        self._lost = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As its base; raises what a broken connection raises."""
        loss, self._loss = self._loss, Loss.NONE
        if loss is Loss.NONE:
            return await super().handle_async_request(request)
        self._lost.append(Lost(loss, _commits(await request.aread())))
        if loss is Loss.REPLY:
            response = await super().handle_async_request(request)
            await response.aread()
            await response.aclose()
        raise httpx.ReadError("the connection broke", request=request)


def _commits(body: bytes) -> tuple[CommitId, ...]:
    request = wire.decode_request(wire.decode_signed(wire.unpack(body)).request)
    assert isinstance(request, SyncRequest)
    return tuple(commit_id(one.sealed.body) for one in request.commits)
