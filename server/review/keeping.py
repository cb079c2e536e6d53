"""How far forms have come, kept in the transaction that changes it: the hook of a server's ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from server.catalogue.keeping import catalogue_of
from server.completeness.releasing import released_at
from server.review.standings import (
    COLUMNS,
    Around,
    Counts,
    Key,
    Standing,
    counts_of,
    key_of,
    standings,
)
from server.rollup import chains
from server.rollup.chains import Chain
from server.rollup.sheet import Numbered
from sync import places
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.inforce import FIELD
from sync.ledger.apply import CellChange, number_places
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.placecontext import period_of
from sync.places import LEVELS
from sync.release import Release, nearest
from sync.review import Stage, form_of
from sync.value import text_value

__all__ = [
    "COMPLETENESS",
    "STANDINGS",
    "FormStandings",
    "Posted",
    "around_forms",
    "kept_rows",
    "note_due",
    "places_of",
    "post",
    "write",
    "write_rows",
]

STANDINGS = "form_standing"
COMPLETENESS = "completeness"

_SAID = {"submission", "review", "correction"}
_MOVING = {"parent", "level"}
_TOWN = LEVELS[-2]
_COUNTED = ", ".join(Counts._fields)
_KEYS_AT_ONCE = 2000

_PLACES_KEPT = (
    "WITH RECURSIVE kept (no) AS (SELECT min(place) FROM form_standing UNION ALL"
    " SELECT (SELECT min(place) FROM form_standing WHERE place > kept.no) FROM kept"
    " WHERE kept.no IS NOT NULL) SELECT no FROM kept WHERE no IS NOT NULL"
)
"""The places of which there are forms, found without reading all of these."""

Posted = dict[tuple[PlaceId, str, str], list[int]]
"""What is to be added to the counts of a place, period and form."""

Names = Mapping[int, PlaceId]
"""Places by their numbers."""


class FormStandings:
    """How far all forms have come, and the counts of it, kept by differences."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def keep(self, database: Database, changes: Sequence[CellChange]) -> None:
        """Brings both tables to what those changes made of the ledger; inside the transaction."""
        said, filed, moves, forms, released = [], [], [], set(), []
        for change in changes:
            kind, subject, field = change.cell
            if kind == "value":
                filed.append(change)
            elif kind in _SAID:
                said.append(change)
            elif kind == places.KIND and field in _MOVING:
                moves.append(change)
            elif kind == "release":
                released.append(change)
            elif kind == "form" and field == FIELD and change.place == self._ledger.root:
                forms.add(subject)
        if not (said or filed or moves or forms or released):
            return
        keys = await self._touched(database, said, filed, forms)
        keys |= await self._released(database, released)
        former: Chain | None = None
        if moves and await database.rows("SELECT 1 FROM form_standing LIMIT 1"):
            former, moved = await self._moved(database, moves)
            keys |= moved
        await self._keep(database, sorted(keys), former)

    async def _touched(
        self,
        database: Database,
        said: Iterable[CellChange],
        filed: Iterable[CellChange],
        forms: Collection[str],
    ) -> set[Key]:
        """The forms that changes of cells may bring elsewhere."""
        named = {(change.place, key_of(0, *change.cell)) for change in said}
        values = {(change.place, change.cell.subject) for change in filed}
        touched = {place for place, _ in named} | {place for place, _ in values}
        numbers = await number_places(database, touched) if touched else {}
        keys = {(numbers[place], *key[1:]) for place, key in named if key is not None}
        for place, period, form in await database.rows_in(
            "SELECT s.place, s.period, s.form FROM {seek} form_standing s"
            " ON s.place = k.column1 AND s.period = k.column2",
            sorted((numbers[place], period) for place, period in values),
        ):
            keys.add((place, period, form))
        for form in forms:
            rows = await database.rows(
                "SELECT place, period FROM form_standing WHERE form = ?", (form,)
            )
            keys |= {(place, period, form) for place, period in rows}
        return keys

    async def _released(self, database: Database, released: Iterable[CellChange]) -> set[Key]:
        """The forms at and below places that were given other days."""
        keys: set[Key] = set()
        chain = chains.now(self._ledger.tree, self._ledger.root)
        for change in released:
            named = form_of(change.cell.subject)
            period = period_of(named[0]) if named else None
            if named is None or period is None:
                continue
            rows = await database.rows(
                "SELECT s.place, p.id FROM form_standing s JOIN place_no p ON p.no = s.place"
                " WHERE s.form = ? AND s.period = ?",
                (named[1], named[0]),
            )
            keys |= {
                (number, *named)
                for number, place in rows
                if change.place in chain(PlaceId(place), period.end)
            }
        return keys

    async def _moved(
        self, database: Database, moves: Sequence[CellChange]
    ) -> tuple[Chain, set[Key]]:
        """The chains as they were, and the forms of places that may lie elsewhere now."""
        tree, root = self._ledger.tree, self._ledger.root
        former = await chains.Formerly.of(database, tree, root, moves)
        touched = {change.place for change in moves}
        chain = chains.now(tree, root)
        settings = (places.read(one.cell, text_value("")) for one in moves)
        days = {date.min, *await chains.days_of_moves(database)}
        days |= {one.effective for one in settings if one is not None}
        names = await places_of(database, [no for (no,) in await database.rows(_PLACES_KEPT)])
        moved = [
            number
            for number, place in names.items()
            if any(
                not touched.isdisjoint(chain(place, day) + former.chain(place, day)) for day in days
            )
        ]
        rows = await database.rows_in(
            "SELECT place, period, form FROM form_standing WHERE place IN ({keys})",
            [(number,) for number in moved],
        )
        return former.chain, {(place, period, form) for place, period, form in rows}

    async def _keep(self, database: Database, keys: Sequence[Key], former: Chain | None) -> None:
        catalogue = await catalogue_of(self._ledger) if keys else Catalogue(())
        chain = chains.now(self._ledger.tree, self._ledger.root)
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            names = await places_of(database, {place for place, *_ in part})
            before = await kept_rows(database, part)
            around = await around_forms(self._ledger, database, names, part)
            after = await standings(database, catalogue, part, around)
            posted: Posted = {}
            post(posted, names, before, former or chain, sign=-1)
            post(posted, names, after, chain)
            await write_rows(database, after)
            await database.run_many(
                "DELETE FROM form_standing WHERE place = ? AND period = ? AND form = ?",
                sorted(before.keys() - after.keys()),
            )
            await write(database, posted, number_places)
            await note_due(database, part)


async def places_of(database: Database, numbers: Collection[int]) -> dict[int, PlaceId]:
    """The places with these numbers."""
    rows = await database.rows_in(
        "SELECT no, id FROM place_no WHERE no IN ({keys})", [(no,) for no in sorted(numbers)]
    )
    return {number: PlaceId(place) for number, place in rows}


async def around_forms(
    ledger: Ledger, database: Database, names: Names, keys: Collection[Key]
) -> dict[Key, Around]:
    """What lies above these forms' places at the period's end."""
    tree, chain = ledger.tree, chains.now(ledger.tree, ledger.root)
    above = {key: chain(names[key[0]], parse(key[1]).end) for key in keys}
    said: Mapping[tuple[PlaceId, str], Release] = {}
    if await database.rows(
        "SELECT 1 FROM version INDEXED BY version_definitions"
        " WHERE kind <> 'value' AND kind = 'release' LIMIT 1"
    ):
        places_above = {place for there in above.values() for place in there}
        subjects = {f"{period} {form}" for _, period, form in keys}
        said = await released_at(ledger.read_by(database), places_above, subjects)
    found = {}
    for key in keys:
        _, period, form = key
        end = parse(period).end
        holds = nearest(said.get((place, f"{period} {form}")) for place in above[key])
        has_town = any(tree.level(place, end) == _TOWN for place in above[key][1:])
        found[key] = Around(not has_town, holds.due if holds else None)
    return found


async def kept_rows(database: Database, keys: Sequence[Key]) -> dict[Key, Standing]:
    """What is kept of these forms."""
    rows = await database.rows_in(
        f"SELECT s.place, s.period, s.form, {COLUMNS} FROM {{seek}} form_standing s"
        " ON s.place = k.column1 AND s.period = k.column2 AND s.form = k.column3",
        keys,
    )
    return {
        (p, period, form): Standing(Stage(rest[0]), *rest[1:]) for p, period, form, *rest in rows
    }


def post(
    posted: Posted,
    names: Names,
    rows: Mapping[Key, Standing],
    chain: Chain,
    sign: int = 1,
) -> None:
    """Adds what forms count for to all places that they count at."""
    for (number, period, form), one in rows.items():
        counts = counts_of(one)
        if any(counts):
            for place in chain(names[number], parse(period).end):
                there = posted.setdefault((place, period, form), [0] * len(counts))
                for at, count in enumerate(counts):
                    there[at] += sign * count


async def write(
    database: Database, posted: Posted, numbered: Numbered, table: str = COMPLETENESS
) -> None:
    """Adds to the counts, and takes out those that have come to nothing."""
    added = {key: counts for key, counts in posted.items() if any(counts)}
    numbers = await numbered(database, {place for place, _, _ in added}) if added else {}
    rows = sorted(
        ((numbers[p], period, form), counts) for (p, period, form), counts in added.items()
    )
    sums = ", ".join(f"{name} = {name} + excluded.{name}" for name in Counts._fields)
    await database.run_many(
        f"INSERT INTO {table} (place, period, form, {_COUNTED}) VALUES (?,?,?,?,?,?,?,?,?,?)"
        f" ON CONFLICT (place, period, form) DO UPDATE SET {sums}",
        [(*key, *counts) for key, counts in rows],
    )
    zero = " AND ".join(f"{name} = 0" for name in Counts._fields)
    await database.run_many(
        f"DELETE FROM {table} WHERE place = ? AND period = ? AND form = ? AND {zero}",
        [key for key, counts in rows if min(counts) < 0],
    )


async def write_rows(
    database: Database, rows: Mapping[Key, Standing], table: str = STANDINGS
) -> None:
    """Keeps how far forms are; how much they need eyes stays as it was found."""
    sets = ", ".join(f"{name} = excluded.{name}" for name in Standing._fields)
    await database.run_many(
        f"INSERT INTO {table} (place, period, form, {COLUMNS})"
        f" VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (place, period, form) DO UPDATE SET {sets}",
        [(*key, one.stage.value, *one[1:]) for key, one in sorted(rows.items())],
    )


async def note_due(database: Database, keys: Sequence[Key]) -> None:
    """Notes of which forms it is to be looked at anew whether they need a reviewer's eyes."""
    await database.run_many(
        "INSERT INTO attention_due (place, period, form) VALUES (?,?,?) ON CONFLICT DO NOTHING",
        keys,
    )
