"""How the server fares, for whoever keeps it: each thing that is looked at, how it is, what to do.

Everything here is cheap to ask: files are looked at, not read, and nothing is counted row by row.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from server.administration.backups import folder_of, kept
from server.desk.station import Station
from server.devices.seen import Seen
from server.machine import free_bytes
from server.routes.health_route import may_corrupt
from sync.ledger.ledger import Ledger
from sync.limits import DISK_FREE_BYTES_MIN

__all__ = ["Looked", "looked_at", "worst"]

State = Literal["good", "warn", "bad"]
DAY_SECONDS = 24 * 3600
LOG_BYTES_MAX = 2**30
BACKUP_DAYS_MAX = 7
VERIFY_DAYS_MAX = 30
CERTIFICATE_DAYS_MIN = 180
CLOCK_SECONDS_MAX = 600
CLOCKS_ASKED_MIN = 3


class Looked(NamedTuple):
    """One thing: what it is, how it is, and what its sentence names."""

    name: str
    state: State
    values: dict[str, Any]


def worst(found: list[Looked]) -> State:
    """The worst state of several."""
    order: tuple[State, ...] = ("bad", "warn", "good")
    return next((state for state in order if any(one.state == state for one in found)), "good")


async def looked_at(station: Station, books: Ledger) -> list[Looked]:
    """All that is looked at, in the order in which it matters."""
    seen = list((await station.sightings.every(books.database)).values())
    return [
        *_machine(station.ledger.database.path),
        await _clock(books, seen),
        _backup(station),
        await _verified(station, books),
        _certificate(station.ledger),
        _laptops(seen),
        await _asides(books),
    ]


def _machine(path: Path) -> Iterator[Looked]:
    used = sqlite3.sqlite_version
    faulty = may_corrupt(sqlite3.sqlite_version_info)
    yield Looked("sqlite", "warn" if faulty else "good", {"version": used})
    free, size = free_bytes(path.parent), path.stat().st_size
    state: State = "good"
    if free < 2 * size:
        state = "warn"
    if free < DISK_FREE_BYTES_MIN:
        state = "bad"
    yield Looked("disk", state, {"free": free, "used": size})
    log = path.with_name(path.name + "-wal")
    length = log.stat().st_size if log.exists() else 0
    yield Looked("log", "warn" if length > LOG_BYTES_MAX else "good", {"bytes": length})


async def _clock(books: Ledger, seen: Sequence[Seen]) -> Looked:
    """Whether the clock is behind what was accepted already, or most laptops' say another time."""
    rows = await books.database.rows(
        "SELECT accepted_at FROM commits WHERE position = (SELECT max(position) FROM commits)"
    )
    now = books.now()
    if rows and rows[0][0] > now + CLOCK_SECONDS_MAX:
        return Looked("clock", "bad", {"minutes": (rows[0][0] - now) // 60})
    ahead = [one.ahead_seconds for one in seen if now - one.at < DAY_SECONDS]
    if len(ahead) >= CLOCKS_ASKED_MIN and abs(median(ahead)) > CLOCK_SECONDS_MAX:
        return Looked("clock", "warn", {"minutes": int(abs(median(ahead)) // 60)})
    return Looked("clock", "good", {"minutes": 0})


def _backup(station: Station) -> Looked:
    found = kept(folder_of(station.ledger, station.settings))
    if not found:
        return Looked("backup", "warn", {"at": None})
    late = station.ledger.now() - found[0].at > BACKUP_DAYS_MAX * DAY_SECONDS
    return Looked("backup", "warn" if late else "good", {"at": found[0].at})


async def _verified(station: Station, books: Ledger) -> Looked:
    last = await station.tasks.last_done(books.database, "verify")
    if last is None:
        return Looked("verify", "warn", {"at": None})
    if not last.result["ok"]:
        return Looked("verify", "bad", {"at": last.ended_at})
    late = books.now() - (last.ended_at or 0) > VERIFY_DAYS_MAX * DAY_SECONDS
    return Looked("verify", "warn" if late else "good", {"at": last.ended_at})


def _certificate(ledger: Ledger) -> Looked:
    """Until when laptops take this server's word."""
    own = ledger.certificates.get(ledger.device)
    days = (own.until - ledger.now()) // DAY_SECONDS if own else -1
    state: State = "good" if days >= CERTIFICATE_DAYS_MIN else "warn" if days >= 0 else "bad"
    return Looked("certificate", state, {"days": days, "at": own.until if own else None})


def _laptops(seen: Sequence[Seen]) -> Looked:
    versions = Counter(one.software for one in seen if one.software)
    own = version("tianji")
    others = sum(count for name, count in versions.items() if name != own)
    listed = sorted(versions.items(), key=lambda item: (-item[1], item[0]))[:10]
    values = {"own": own, "others": others, "all": sum(versions.values()), "versions": listed}
    return Looked("laptops", "warn" if others else "good", values)


async def _asides(books: Ledger) -> Looked:
    rows = await books.database.rows("SELECT state, count(*) FROM aside GROUP BY state")
    asides: dict[str, int] = dict(rows)
    parked, held = asides.get("parked", 0), asides.get("held", 0)
    return Looked("asides", "warn" if parked else "good", {"parked": parked, "held": held})
