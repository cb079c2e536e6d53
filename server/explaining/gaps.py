"""Why a part is not whole: reasons that were filed, forms that came back, and what is set aside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.value import Type

__all__ = ["Gaps", "gaps"]

PLACES_MAX = 3_000
"""Beyond so many places the reasons are told where one looks closer."""


class Gaps(NamedTuple):
    """Values with a reason instead, by reason; forms that lie with their officers again; commits
    that are set aside. `looked` says whether reasons and commits were looked for.
    """

    reasons: tuple[tuple[str, int], ...] = ()
    returned: int = 0
    aside: int = 0
    looked: bool = True


async def gaps(
    books: Ledger,
    catalogue: Catalogue,
    code: str,
    periods: Sequence[Period],
    parts: Sequence[PlaceId],
    today: date | None = None,
) -> dict[PlaceId, Gaps]:
    """Of each part."""
    tree, day, level = books.tree, today or periods[-1].end, catalogue.indicators[code].level
    came_back = await _returned(books, catalogue, code, periods, parts)
    if sum(tree.count(part, level, day) for part in parts) > PLACES_MAX:
        return {part: Gaps((), came_back[part], 0, looked=False) for part in parts}
    whose = {one: part for part in parts for one in (part, *tree.below(part, day))}
    reasons = await _reasons(books, code, periods, whose)
    aside = await _aside(books, code, periods, whose)
    return {
        part: Gaps(tuple(sorted(reasons[part].items())), came_back[part], aside[part])
        for part in parts
    }


async def _reasons(
    books: Ledger, code: str, periods: Sequence[Period], whose: Mapping[PlaceId, PlaceId]
) -> dict[PlaceId, Counter[str]]:
    numbers = await books.database.rows_in(
        "SELECT no, id FROM place_no WHERE id IN ({keys})", [(place,) for place in whose]
    )
    places = {no: PlaceId(place) for no, place in numbers}
    found: dict[PlaceId, Counter[str]] = defaultdict(Counter)
    for number, text in await books.database.rows_in(
        "SELECT v.place, v.text FROM {seek} version v ON v.place = k.column1 AND v.kind = 'value'"
        f" AND v.subject = k.column2 AND v.field = '{code}'"
        f" WHERE v.shown = 1 AND v.type = {int(Type.REASON)}",
        [(number, one.text) for number in places for one in periods],
    ):
        found[whose[places[number]]][text] += 1
    return found


async def _returned(
    books: Ledger,
    catalogue: Catalogue,
    code: str,
    periods: Sequence[Period],
    parts: Sequence[PlaceId],
) -> Counter[PlaceId]:
    level = catalogue.indicators[code].level
    forms = [
        form.code for form in catalogue.forms.values() if code in form.items and form.level == level
    ]
    found: Counter[PlaceId] = Counter()
    for place, returned in await books.database.rows_in(
        "SELECT p.id, c.returned FROM {seek} place_no p ON p.id = k.column1"
        " CROSS JOIN completeness c ON c.place = p.no AND c.period = k.column2"
        " AND c.form = k.column3",
        [(part, one.text, form) for part in parts for one in periods for form in forms],
    ):
        found[PlaceId(place)] += returned
    return found


async def _aside(
    books: Ledger, code: str, periods: Sequence[Period], whose: Mapping[PlaceId, PlaceId]
) -> Counter[PlaceId]:
    found: Counter[PlaceId] = Counter()
    texts = [one.text for one in periods]
    for (place,) in await books.database.rows_in(
        "SELECT place FROM {seek} aside a ON a.state = k.column1 AND a.place = k.column2"
        f" WHERE instr(a.body, CAST('{code}' AS BLOB)) AND"
        f" ({' OR '.join(f'instr(a.body, CAST({one!r} AS BLOB))' for one in texts)})",
        [(state, place) for state in ("held", "parked") for place in whose],
    ):
        found[whose[PlaceId(place)]] += 1
    return found
