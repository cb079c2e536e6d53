"""`GET /metrics` for a monitor that has a key for it, or the server's token.

It isn't open to this machine alone: behind a proxy, whoever asks comes from this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from litestar import Response, get

from server.accounts.events import What
from server.administration.metrics import MEDIA_TYPE, Figure, Metrics
from server.desk.station import Station
from server.exchange.keys import Right
from server.intake.queue import IntakeQueue
from server.machine import free_bytes
from server.routes.access import BY_KEY, RIGHT, WHO
from server.routes.refusals import AnyRequest
from sync.ledger.database import Database
from sync.limits import WEB_SESSION_IDLE_SECONDS_MAX

__all__ = ["metrics"]

_BACKLOG_COUNTED_MAX = 100_000


@get("/metrics", opt={WHO: BY_KEY, RIGHT: Right.MONITORING}, include_in_schema=False)
async def metrics(request: AnyRequest) -> Response[bytes]:
    """All figures of this server's work; none of what is recorded in it."""
    station: Station = request.app.state.station
    queue: IntakeQueue = request.app.state.queue
    figures = [*_of_intake(queue), *_of_machine(station), *await _of_books(station)]
    return Response(station.metrics.text(figures), media_type=MEDIA_TYPE)


def _of_intake(queue: IntakeQueue) -> list[Figure]:
    told = "What devices were told of commits, as often as they were told."
    counted = queue.counted
    verdicts = (
        ("accepted", counted.accepted),
        ("held", counted.held),
        ("refused", counted.refused),
    )
    return [
        Figure("tianji_intake_waiting", "Requests that wait for their turn.", "gauge", queue.depth),
        Figure(
            "tianji_intake_transactions",
            "Transactions that took requests in.",
            "counter",
            counted.transactions,
        ),
        Figure("tianji_intake_requests", "Requests that were taken.", "counter", counted.requests),
        *(
            Figure("tianji_intake_verdicts", told, "counter", count, (("verdict", verdict),))
            for verdict, count in verdicts
        ),
    ]


def _of_machine(station: Station) -> list[Figure]:
    path = station.ledger.database.path
    log = path.with_name(path.name + "-wal")
    return [
        Figure("tianji_database_bytes", "The database's file.", "gauge", _size(path)),
        Figure("tianji_database_log_bytes", "Its write-ahead log.", "gauge", _size(log)),
        Figure(
            "tianji_disk_free_bytes",
            "What the disk still takes.",
            "gauge",
            free_bytes(path.parent),
        ),
        Figure(
            "tianji_readers_in_use",
            "Connections that read for a page right now.",
            "gauge",
            station.readers.in_use,
        ),
    ]


async def _of_books(station: Station) -> list[Figure]:
    """What is counted by seeks or in small tables, so that asking often costs nothing."""
    async with station.readers.reading() as books:
        database = books.database
        counted = [await _one(database, sql, *values) for _, _, _, sql, values in _COUNTED]
        since = books.now() - WEB_SESSION_IDLE_SECONDS_MAX
        sessions = await _one(
            database, "SELECT count(*) FROM web_session WHERE active_at >= ?", since
        )
        asides: dict[str, int] = dict(
            await database.rows("SELECT state, count(*) FROM aside GROUP BY state")
        )
        await _read_signins(station.metrics, database)
    signed = "Lines of the book of signing in, since it was first asked for."
    signins = station.metrics.signins
    kept = "Commits that are here and not accepted."
    return [
        *(
            Figure(name, says, kind, number)
            for (name, says, kind, _, _), number in zip(_COUNTED, counted, strict=True)
        ),
        Figure("tianji_sessions", "Browsers that are signed in.", "gauge", sessions),
        *(
            Figure("tianji_signins", signed, "counter", signins[what], (("what", what),))
            for what in What
        ),
        *(
            Figure("tianji_commits_aside", kept, "gauge", asides.get(one, 0), (("state", one),))
            for one in ("held", "parked")
        ),
    ]


_COUNTED: tuple[tuple[str, str, Literal["gauge", "counter"], str, tuple[object, ...]], ...] = (
    (
        "tianji_commits",
        "The last commit's number in this server's order of acceptance.",
        "counter",
        "SELECT coalesce(max(position), 0) FROM commits",
        (),
    ),
    (
        "tianji_checks_waiting",
        f"Years of places that are still to be checked, up to {_BACKLOG_COUNTED_MAX}.",
        "gauge",
        "SELECT count(*) FROM (SELECT 1 FROM check_due LIMIT ?)",
        (_BACKLOG_COUNTED_MAX,),
    ),
)


async def _read_signins(metrics: Metrics, database: Database) -> None:
    """Counts the lines that came since the last asking: the book is long, and only grows."""
    last = await _one(database, "SELECT coalesce(max(no), 0) FROM signin_event")
    if metrics.signins_read is not None:
        rows = await database.rows(
            "SELECT what, count(*) FROM signin_event WHERE no > ? AND no <= ? GROUP BY what",
            (metrics.signins_read, last),
        )
        metrics.signins.update(dict(rows))
    metrics.signins_read = last


async def _one(database: Database, sql: str, *values: object) -> int:
    ((number,),) = await database.rows(sql, values)
    return int(number)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
