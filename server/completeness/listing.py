"""The list of those who are to file a form, as a file: each place that files it, open or not."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from server.completeness import outstanding
from server.completeness.outstanding import Unit
from server.exchange.tables import Cell, Table, table
from sync.catalogue import Catalogue, Form
from sync.ids import PlaceId
from sync.ledger.ledger import CHINA, Ledger
from sync.period import Period
from sync.texts import Language, say

__all__ = ["COLUMNS", "as_file"]

COLUMNS = (
    *("code", "name", "above", "form", "period", "due"),
    *("stage", "submitted_at", "late", "missing", "minutes"),
)
_PLACES_AT_ONCE = 500


async def as_file(
    books: Ledger,
    catalogue: Catalogue,
    asked: tuple[PlaceId, Form, Period],
    wanted: tuple[str, Language],
    *,
    only_open: bool,
    made_up: bool,
) -> bytes:
    """The file in a format and language, with the number of its rows and a checksum at its end.

    Raises `format-unknown`.
    """
    place, form, period = asked
    tree, end = books.tree, period.end
    places = list(tree.below(None if place == books.root else place, end, form.level))
    if place != books.root and tree.level(place, end) == form.level:
        places.insert(0, place)
    kind, language = wanted
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        headings = [say(f"completeness-column-{name}", language) for name in COLUMNS]
        numbers = [headings[COLUMNS.index(name)] for name in ("missing", "minutes")]
        file = await asyncio.to_thread(table, kind, path, headings, numbers)
        for start in range(0, len(places), _PLACES_AT_ONCE):
            part = places[start : start + _PLACES_AT_ONCE]
            units = await outstanding.units(books, catalogue, part, form, period)
            _write(
                file, books, [one for one in units if one.to_do or not only_open], asked, language
            )
            await asyncio.sleep(0)
        file.end(made_up=made_up)
        return await asyncio.to_thread(path.read_bytes)


def _write(
    file: Table,
    books: Ledger,
    units: Sequence[Unit],
    asked: tuple[PlaceId, Form, Period],
    language: Language,
) -> None:
    _, form, period = asked
    tree, end = books.tree, period.end
    for one in units:
        parent = tree.parent(one.place, end)
        at = one.submitted_at
        row: list[Cell] = [
            tree.code(one.place, end),
            tree.name(one.place, end),
            tree.name(parent, end) if parent else "",
            form.name.say(language),
            period.text,
            one.due.isoformat() if one.due else "",
            say(f"completeness-stage-{one.stage}", language),
            datetime.fromtimestamp(at, CHINA).strftime("%Y-%m-%d %H:%M") if at else "",
            say("field-flag-yes" if one.late else "field-flag-no", language),
            one.missing,
            one.minutes,
        ]
        file.write(row)
