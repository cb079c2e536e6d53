"""`GET /healthz`: whether the server works, for monitors; it tells nothing of anybody's figures."""

from __future__ import annotations

import sqlite3
from typing import Literal

import msgspec
from litestar import get

from server.machine import free_bytes
from server.routes.access import OPEN, WHO
from server.routes.refusals import AnyRequest, asked_language, refusals
from sync.ledger.ledger import Ledger
from sync.limits import DISK_FREE_BYTES_MIN
from sync.texts import say

__all__ = ["Health", "healthz", "may_corrupt"]

SqliteVersion = tuple[int, int, int]
_WAL_RESET = ((3, 7, 0), (3, 51, 2))
"""SQLite releases whose write-ahead log may be reset under a reader and, rarely, corrupted."""
_WAL_RESET_MENDED = {(3, 44): 6, (3, 50): 7}
"""Series within that range that were mended, from that patch on."""


class Health(msgspec.Struct, frozen=True):
    """`position` is the last in the order of acceptance; warnings are sentences."""

    status: Literal["ok", "warning"]
    sqlite: str
    position: int
    disk_free_bytes: int
    warnings: list[str]


@get("/healthz", opt={WHO: OPEN}, responses=refusals(500, 503), operation_id="health")
async def healthz(request: AnyRequest) -> Health:
    """Whether all is well."""
    ledger: Ledger = request.app.state.ledger
    language = asked_language(request.headers.get("accept-language"))
    ((position,),) = await ledger.database.rows("SELECT max(position) FROM commits")
    free = free_bytes(ledger.database.path.parent)
    warnings = []
    if may_corrupt(sqlite3.sqlite_version_info):
        warnings.append(say("health-sqlite", language, version=sqlite3.sqlite_version))
    if free < DISK_FREE_BYTES_MIN:
        warnings.append(say("health-disk", language, megabytes=free // 2**20))
    return Health(
        "warning" if warnings else "ok", sqlite3.sqlite_version, position or 0, free, warnings
    )


def may_corrupt(version: tuple[int, ...]) -> bool:
    """Whether that release of SQLite has the fault."""
    mended = _WAL_RESET_MENDED.get((version[0], version[1]))
    first, last = _WAL_RESET
    return first <= version <= last and (mended is None or version[2] < mended)
