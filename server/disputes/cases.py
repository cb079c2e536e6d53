"""Cells in which different values stand, in the order of their places, some at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from server.disputes.rivals import DisputedPlace, disputed_places
from sync import history
from sync.grants import KINDS
from sync.history import Version
from sync.ids import CommitId, EditId, PlaceId
from sync.ledger.apply import version_of
from sync.ledger.ledger import Ledger
from sync.value import Cell

__all__ = ["Case", "Key", "Page", "Side", "case_at", "cases"]

Key = tuple[str, str, str, str, str]
"""A place's code and id, and the cell: by which the list is read on."""

FIRST: Key = ("", "", "", "", "")
_PLACES_AT_ONCE = 40


class Side(NamedTuple):
    """One of the values that stand, by its name for life; when the server took it in."""

    version: Version
    name: EditId
    accepted_at: int | None


class Case(NamedTuple):
    """A cell and its rivals, the one that is shown and counted first."""

    place: PlaceId
    cell: Cell
    sides: tuple[Side, ...]


class Page(NamedTuple):
    """Some cases, how many places hold any, and the key to go on from, None at the end."""

    cases: list[Case]
    places: int
    after: Key | None


async def cases(
    books: Ledger,
    wanted: Callable[[PlaceId], bool],
    most: int,
    after: Key = FIRST,
    *,
    period: str = "",
) -> Page:
    """The cases after a key, of one period if one is given. Rivals of equal value are no conflict."""
    tree, today = books.tree, books.today()
    ordered = sorted(
        ((tree.code(one.place, today), one.place.hex()), one)
        for one in await disputed_places(books.database, wanted)
    )
    coming = [one for key, one in ordered if key >= after[:2]]
    found: list[Case] = []
    for start in range(0, len(coming), _PLACES_AT_ONCE):
        found += [
            case
            for case in await _cases(books, coming[start : start + _PLACES_AT_ONCE])
            if _key(books, case) > after and period in ("", case.cell.subject.partition(" ")[0])
        ]
        if len(found) > most:
            return Page(found[:most], len(ordered), _key(books, found[most - 1]))
    return Page(found, len(ordered), None)


async def case_at(books: Ledger, place: PlaceId, cell: Cell) -> Case | None:
    """The case of one cell, None where nothing differs (any more)."""
    standing = (await books.standing(place, [cell[:2]])).get(cell)
    if standing is None or not history.disputed(standing.versions):
        return None
    rows = await books.database.rows_in(
        "SELECT id, accepted_at FROM commits WHERE id IN ({keys})",
        [(version.commit,) for version in standing.versions],
    )
    accepted = {CommitId(commit): at for commit, at in rows}
    return Case(
        place,
        cell,
        tuple(
            Side(version, version.edit(place, cell), accepted.get(version.commit))
            for version in standing.versions
        ),
    )


def _key(books: Ledger, case: Case) -> Key:
    return (books.tree.code(case.place, books.today()), case.place.hex(), *case.cell)


async def _cases(books: Ledger, places: Sequence[DisputedPlace]) -> list[Case]:
    """In the order of these places, then of their cells; registers of people and machines aside:
    there the stricter reading counts, and nothing is to be chosen.
    """
    names = {one.number: one.place for one in places}
    kinds = ",".join(f"'{kind}'" for kind in sorted(KINDS))
    rows = await books.database.rows_in(
        "SELECT DISTINCT v.place, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp,"
        " c.device, c.author, c.id, c.accepted_at, v.shown FROM version r INDEXED BY version_rivals"
        " CROSS JOIN version v"
        " ON v.place = r.place AND v.kind = r.kind AND v.subject = r.subject AND v.field = r.field"
        f" JOIN commits c ON c.no = v.commit_no WHERE r.shown = 0 AND r.place IN ({{keys}})"
        f" AND r.kind NOT IN ({kinds})"
        " ORDER BY v.place, v.kind, v.subject, v.field, v.shown DESC, v.stamp DESC",
        [(number,) for number in names],
    )
    sides: dict[tuple[PlaceId, Cell], list[Side]] = defaultdict(list)
    for row in rows:
        place, cell, version = names[row[0]], Cell(*row[1:4]), version_of(row[4:11])
        sides[place, cell].append(Side(version, version.edit(place, cell), row[11]))
    order = {one.place: at for at, one in enumerate(places)}
    return [
        Case(place, cell, tuple(there))
        for (place, cell), there in sorted(
            sides.items(), key=lambda item: (order[item[0][0]], item[0][1])
        )
        if history.disputed([side.version for side in there])
    ]
