"""Large bodies, taken as long as they keep coming, within the room that all requests share."""

from __future__ import annotations

import asyncio
from typing import Self

from litestar.exceptions import ClientException, HTTPException

from server.routes.refusals import AnyRequest
from sync.limits import BODIES_BYTES_MAX, BODY_IDLE_SECONDS_MAX, BODY_SECONDS_MAX
from sync.problems import Problem

__all__ = ["Held", "body_of"]


class Held:
    """What one request holds of the room that all share: slow lines hold little and are welcome."""

    def __init__(self, all_held: list[int]) -> None:
        self._all = all_held
        self._own = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._all[0] -= self._own

    def add(self, size: int) -> None:
        """Takes room for more. Raises `server-busy`."""
        self._own += size
        self._all[0] += size
        if self._all[0] > BODIES_BYTES_MAX:
            raise Problem("server-busy", address="")


async def body_of(request: AnyRequest, held: Held) -> bytes:
    """The body, as long as it keeps coming.

    Raises `message-too-large`, `body-slow`, `server-busy`.
    """
    parts: list[bytes] = []
    chunks = request.stream()
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            while True:
                async with asyncio.timeout(BODY_IDLE_SECONDS_MAX):
                    part = await anext(chunks, None)
                if part is None:
                    return b"".join(parts)
                held.add(len(part))
                parts.append(part)
    except TimeoutError as error:
        raise Problem("body-slow") from error
    except ClientException as error:
        raise Problem("message-too-large") from error
    except HTTPException as error:  # whoever sent it has gone; nobody reads the answer
        raise Problem("message-malformed") from error
