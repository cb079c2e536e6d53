"""What the checks found, for those who look after places: newest first, so many of them.

That nothing was found says something only where nothing waits: the places that are still to be
checked are counted with it, in the same moment.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.checking.due import EVERYTHING
from server.exchange.selecting import places_below
from sync import checks
from sync import period as periods
from sync.catalogue import Catalogue
from sync.checks import Finding
from sync.definition import Severity
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind
from sync.texts import Language
from sync.texts import say as word
from sync.value import Type

__all__ = ["Found", "Listed", "Wanted", "listed", "sentence", "waiting", "wanted"]


class Wanted(NamedTuple):
    """Which findings: of these places (None for all), periods (None for all) and that severity."""

    places: frozenset[PlaceId] | None
    periods: tuple[str, ...] | None
    severity: str


class Found(NamedTuple):
    """A finding at a place. `name` is what an explanation calls it: `R29`, or `R31:A001`.

    `explanation` is the one that stands, '' if none does; `found_at` when its check last ran.
    """

    place: PlaceId
    name: str
    finding: Finding
    explanation: str
    found_at: int


class Listed(NamedTuple):
    """The findings, how many more there are, and how many of the places are still to be checked."""

    found: list[Found]
    more: int
    waiting: int
    catalogue: Catalogue


def wanted(ledger: Ledger, place_code: str, period: str, severity: str) -> Wanted:
    """What was asked for: a place with all below it, a period with all within it; '' for all.

    Raises `place-unknown`, `period-malformed`.
    """
    places = places_below(ledger.tree, ledger.today(), place_code, "")
    texts = None
    if period:
        asked = periods.parse(period)
        texts = tuple(part.text for kind in Kind for part in asked.parts(kind))
    return Wanted(None if places is None else frozenset(places), texts, severity)


async def listed(ledger: Ledger, which: Wanted, limit: int) -> Listed:
    """At most `limit` findings, what the checks looked at last coming first."""
    async with ledger.database.reading():
        numbers = await _numbers(ledger, which)
        where, values = _where(which, numbers)
        ((count,),) = await ledger.database.rows(
            f"SELECT count(*) FROM finding WHERE {where}",
            values,
        )
        rows = await ledger.database.rows(_FOUND.format(where=where), (*values, limit))
        return Listed(
            [_found(*row) for row in rows],
            count - len(rows),
            await _waiting(ledger, numbers),
            await catalogue_of(ledger),
        )


async def waiting(ledger: Ledger, which: Wanted) -> int:
    """How many of the places are still to be checked."""
    async with ledger.database.reading():
        return await _waiting(ledger, await _numbers(ledger, which))


def sentence(found: Found, catalogue: Catalogue, language: Language) -> str:
    """The finding in the words of the catalogue in force, with the figures that were found."""
    try:
        return checks.say(found.finding, catalogue, language)
    except KeyError:  # since it was found, the check, its indicator or its figures became others
        return word("finding-outdated", language)


_FOUND = f"""
SELECT p.id, f.name, f.rule, f.severity, f.bound, f.period, f.cells, f.figures,
       coalesce(v.text, ''), f.found_at
FROM (SELECT *, rule || CASE bound WHEN '' THEN '' ELSE ':' || bound END AS name FROM finding
      WHERE {{where}} ORDER BY found_at DESC, period DESC, place, rule, bound LIMIT ?) f
JOIN place_no p ON p.no = f.place
LEFT JOIN version v ON v.place = f.place AND v.kind = 'explain' AND v.subject = f.period
     AND v.field = f.name AND v.shown = 1 AND v.type = {int(Type.TEXT)}
ORDER BY f.found_at DESC, f.period DESC, f.place, f.rule, f.bound
"""

_WAITING = """
SELECT count(*) FROM (
    SELECT place FROM check_due UNION
    SELECT no FROM place_no p WHERE no > (SELECT value FROM meta WHERE key = ?)
    AND EXISTS (SELECT 1 FROM version v WHERE v.place = p.no AND v.kind = 'value'))
"""


def _where(which: Wanted, numbers: str | None) -> tuple[str, list[object]]:
    """The conditions and their values; many keys go in as one JSON text."""
    conditions, values = ["1"], list[object]()
    if numbers is not None:
        conditions.append(f"place {_LISTED}")
        values.append(numbers)
    if which.periods is not None:
        conditions.append(f"period {_LISTED}")
        values.append(json.dumps(which.periods))
    if which.severity:
        conditions.append("severity = ?")
        values.append(which.severity)
    return " AND ".join(conditions), values


_LISTED = "IN (SELECT value FROM json_each(?))"


async def _numbers(ledger: Ledger, which: Wanted) -> str | None:
    """The places' numbers, as a JSON list; None for all."""
    if which.places is None:
        return None
    rows = await ledger.database.rows("SELECT no, id FROM place_no")
    return json.dumps([number for number, place in rows if place in which.places])


async def _waiting(ledger: Ledger, numbers: str | None) -> int:
    scoped = "" if numbers is None else f"WHERE place {_LISTED}"
    values = (EVERYTHING,) if numbers is None else (EVERYTHING, numbers)
    ((count,),) = await ledger.database.rows(f"{_WAITING} {scoped}", values)
    return int(count)


def _found(
    place: bytes,
    name: str,
    rule: str,
    severity: Severity,
    bound: str,
    period: str,
    cells: str,
    figures: str,
    explanation: str,
    found_at: int,
) -> Found:
    finding = Finding(rule, severity, bound, period, tuple(json.loads(cells)), json.loads(figures))
    return Found(PlaceId(place), name, finding, explanation.strip(), found_at)
