"""Files that people ask for on a page: each is made beside everything else, and kept for an hour.

They lie in a folder beside the database and belong to whoever asked. What was being made when the
server stopped is gone, and is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from server.catalogue.keeping import catalogue_of
from server.desk.station import Station
from server.exchange.export import WHATS, Chosen, Exported, export_chosen
from server.exchange.listing import Reach
from server.exchange.selecting import demand_level, indicators_asked, place_asked
from server.exchange.tables import FORMATS
from sync import period as periods
from sync.ids import PersonId, PlaceId
from sync.ledger.simulated import is_simulated
from sync.limits import EXPORT_SECONDS_KEPT, EXPORTS_AT_ONCE
from sync.problems import Problem

__all__ = ["Exporting", "Made"]

_LOG = logging.getLogger("tianji.fault")
_FOLDER = "exports"
_ID_BYTES = 16
_FOR_PERSON_MAX = 20


@dataclass
class Made:
    """A file that is being made, or was, of what lies at or below `roots`.

    `name` is what it is called where it is saved.
    """

    person: PersonId
    chosen: Chosen
    roots: Sequence[PlaceId]
    path: Path
    name: str
    begun_at: int
    rows: int = 0
    done: Exported | None = None
    problem: Problem | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bytes(self) -> int:
        """How large the file is."""
        return self.path.stat().st_size if self.done and self.path.exists() else 0


class Exporting:
    """The files of a running server."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._folder = station.ledger.database.path.parent / _FOLDER
        self._made: dict[str, Made] = {}
        self._turns = asyncio.Semaphore(EXPORTS_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, person: PersonId, chosen: Chosen, reach: Reach) -> str:
        """Begins a file of what lies within reach, and says what it is asked for by.

        Raises `exports-many`, and whatever is wrong with the choice.
        """
        self._forget()
        await self._check(chosen, reach)
        if sum(1 for one in self._made.values() if one.person == person) >= _FOR_PERSON_MAX:
            raise Problem("exports-many", most=_FOR_PERSON_MAX)
        name = self._station.random_bytes(_ID_BYTES).hex()
        path = self._folder / f"{name}.{chosen.form}"
        now = self._station.ledger.now()
        roots = [self._station.ledger.root] if reach.roots is None else reach.roots
        called = await self._called(chosen)
        made = self._made[name] = Made(person, chosen, roots, path, called, now)
        task = asyncio.create_task(self._make(made, reach))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return name

    def of(self, name: str, person: PersonId) -> Made:
        """What that person asked for. Raises `export-gone`."""
        self._forget()
        made = self._made.get(name)
        if made is None or made.person != person:
            raise Problem("export-gone")
        return made

    def every(self, person: PersonId) -> list[tuple[str, Made]]:
        """What that person asked for, the latest first."""
        self._forget()
        return [one for one in reversed(self._made.items()) if one[1].person == person]

    @asynccontextmanager
    async def at_work(self, _: object) -> AsyncIterator[None]:
        """While the application lives."""
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            yield
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            shutil.rmtree(self._folder, ignore_errors=True)

    async def _make(self, made: Made, reach: Reach) -> None:
        def progress(rows: int) -> None:
            made.rows = rows

        station = self._station
        try:
            async with self._turns:
                made.done = await export_chosen(
                    station.ledger,
                    made.chosen,
                    made.path,
                    reading=station.readers.reading,
                    reach=reach,
                    progress=progress,
                )
                made.path.chmod(0o600)
        except Problem as problem:
            made.problem = problem
        except Exception:  # noqa: BLE001 - whatever it is, the page says that it failed
            _LOG.exception("fault", extra={"code": "export"})
            made.problem = Problem("server-failed")
        finally:
            made.ended.set()

    async def _check(self, chosen: Chosen, reach: Reach) -> None:
        """Raises what making the file would, as far as it can be known before."""
        if chosen.what not in WHATS:
            raise Problem("export-unknown", text=chosen.what[:40], known=", ".join(WHATS))
        if chosen.form not in FORMATS:
            raise Problem("format-unknown", text=chosen.form[:40], known=", ".join(FORMATS))
        if chosen.what == "totals" and not chosen.period:
            raise Problem("export-period-missing")
        ledger = self._station.ledger
        day = periods.parse(chosen.period).end if chosen.period else ledger.today()
        day = day if chosen.what == "totals" else ledger.today()
        indicators_asked(await catalogue_of(ledger), chosen.indicators)
        demand_level(ledger.tree, day, chosen.level)
        if chosen.place_code:
            place_asked(ledger.tree, chosen.place_code, day, reach.covers)

    async def _called(self, chosen: Chosen) -> str:
        ledger = self._station.ledger
        parts = ["tianji", chosen.what, chosen.period, chosen.place_code, chosen.level]
        if await is_simulated(ledger):
            parts.append("simulated")
        parts.append(ledger.today().strftime("%Y%m%d"))
        return "-".join(part for part in parts if part) + f".{chosen.form}"

    def _forget(self) -> None:
        over = self._station.ledger.now() - EXPORT_SECONDS_KEPT
        for name, made in list(self._made.items()):
            if made.ended.is_set() and made.begun_at < over:
                del self._made[name]
                with suppress(OSError):
                    made.path.unlink(missing_ok=True)
