"""Rollups kept in the transaction that accepts a commit: the hook that a server's ledger runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from server.catalogue.keeping import catalogue_of, texts_of
from server.rollup import chains, folding
from server.rollup.cells import Filings, load, places_with_values
from server.rollup.posting import Posting
from server.rollup.reach import affected, needs_place
from sync import places
from sync.aggregate import difference
from sync.catalogue import Catalogue
from sync.definition import KINDS as DEFINED
from sync.ids import PlaceId
from sync.inforce import FIELD, in_force
from sync.ledger.apply import CellChange, number_places
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.placecontext import period_of
from sync.places import Tree

__all__ = ["Rollups"]

_MOVING = {"parent", "level"}
_PLACES_AT_ONCE = 200

ByPlace = dict[PlaceId, list[CellChange]]


class Rollups:
    """What all places add up to, kept by differences."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._days: list[date] = []
        self._tree: Tree | None = None

    async def keep(self, database: Database, changes: Sequence[CellChange]) -> None:
        """Brings the rollups to what those changes made of the ledger; inside the transaction."""
        values: ByPlace = defaultdict(list)
        moves, defined = [], []
        for change in changes:
            kind, _, field = change.cell
            if kind == "value":
                values[change.place].append(change)
            elif kind == places.KIND and field in _MOVING:
                moves.append(change)
            elif kind in DEFINED and field == FIELD and change.place == self._ledger.root:
                defined.append(change)
        if values or moves or defined:
            await self._keep(database, values, moves, defined)

    async def _keep(
        self,
        database: Database,
        values: ByPlace,
        moves: Sequence[CellChange],
        defined: Sequence[CellChange],
    ) -> None:
        catalogue = await catalogue_of(self._ledger)
        anew = affected(await self._before(defined), catalogue) if defined else {}
        days = await self._days_of_moves(database, moves)
        posting = await Posting.of(database, self._ledger, catalogue, days, without=anew)
        if moves:
            await self._move(database, posting, values, moves)
        await self._add(database, posting, values)
        await posting.write()
        if anew:
            await folding.fold_again(database, self._ledger, catalogue, anew)

    async def _days_of_moves(
        self, database: Database, moves: Sequence[CellChange]
    ) -> Sequence[date]:
        """Read anew when places have changed, here or (the tree is another) elsewhere."""
        if moves or self._tree is not self._ledger.tree:
            self._days = await chains.days_of_moves(database)
            self._tree = self._ledger.tree
        return self._days

    async def _before(self, defined: Sequence[CellChange]) -> Catalogue:
        """The catalogue that was in force until now."""
        texts = await texts_of(self._ledger)
        for change in defined:
            key = change.cell.kind, change.cell.subject
            texts.pop(key, None)
            if change.before:
                texts[key] = change.before[0].value.text
        return in_force(texts)

    async def _add(self, database: Database, posting: Posting, values: ByPlace) -> None:
        """The differences that changes of values make, each read as narrowly as it can be."""
        whole = needs_place(posting.catalogue)
        wide = [p for p, there in values.items() if any(c.cell.field in whole for c in there)]
        numbers = await number_places(database, wide) if wide else {}
        filed = await load(database, numbers.values(), whole) if wide else {}
        for place, there in values.items():
            after = filed[numbers[place]] if place in numbers else Filings()
            after.after(there)
            self._post(posting, place, after.before(there), after, there)

    def _post(
        self,
        posting: Posting,
        place: PlaceId,
        before: Filings,
        after: Filings,
        changes: Sequence[CellChange],
    ) -> None:
        catalogue, level = posting.catalogue, self._ledger.tree.level(place, date.max)
        touched = [
            (change.cell.subject, change.cell.field)
            for change in changes
            if change.cell.field in catalogue.indicators
            and period_of(change.cell.subject) is not None
        ]
        was = before.contributions(catalogue, level, touched)
        becomes = after.contributions(catalogue, level, touched)
        posting.post(place, difference(was, becomes))

    async def _move(
        self,
        database: Database,
        posting: Posting,
        values: ByPlace,
        moves: Sequence[CellChange],
    ) -> None:
        """Takes what lies elsewhere now out of the old chains and into the new ones.

        Places that are dealt with here leave `values`.
        """
        held = [(no, PlaceId(place)) for no, place in await places_with_values(database)]
        if not held:
            return
        tree, root = self._ledger.tree, self._ledger.root
        touched = {change.place for change in moves}
        former = await chains.Formerly.of(database, tree, root, moves)
        chain = chains.now(tree, root)
        days = [date.min, *self._days, date.max]

        def is_elsewhere(place: PlaceId) -> bool:
            """A chain can only differ where it leads through a place that changed."""
            passes = any(not touched.isdisjoint(chain(place, day)) for day in days)
            return passes and (
                former.level(place) != tree.level(place, date.max)
                or any(former.chain(place, day) != chain(place, day) for day in days)
            )

        held = [(no, place) for no, place in held if is_elsewhere(place)]
        for start in range(0, len(held), _PLACES_AT_ONCE):
            part = dict(held[start : start + _PLACES_AT_ONCE])
            await self._move_some(database, posting, part, values, former)

    async def _move_some(
        self,
        database: Database,
        posting: Posting,
        held: Mapping[int, PlaceId],
        values: ByPlace,
        former: chains.Formerly,
    ) -> None:
        for number, after in (await load(database, held)).items():
            place = held[number]
            before = after.before(values.pop(place, []))
            level = self._ledger.tree.level(place, date.max)
            was = before.contributions(posting.catalogue, former.level(place))
            becomes = after.contributions(posting.catalogue, level)
            posting.post(place, was.values(), sign=-1, chain=former.chain)
            posting.post(place, becomes.values())
