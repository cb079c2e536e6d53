"""What places show, kept in memory: for checks, sheets and lists that must answer at once.

A book holds the shown value of every cell of one place, with what is pending on top. It follows the
ledger: what a transaction changed is read again before the next answer, in a moment in which no
transaction is open, so that nothing is ever shown of one that fails.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.edits import Pending, pendings
from sync.ledger.ledger import Ledger
from sync.placecontext import Ask, PlaceContext
from sync.value import Cell, Type, Value

__all__ = ["Book", "book_of"]

PLACES_MAX = 8

Subject = tuple[str, str]
"""Kind and subject of cells."""

_EMPTY: Mapping[str, Value] = {}


@dataclass
class Book:
    """One place's shown values, by kind and subject, then by field."""

    generation: int = -1
    stored: dict[Subject, dict[str, Value]] = field(default_factory=dict)
    pending: dict[Cell, Pending] = field(default_factory=dict)
    shown: dict[str, dict[str, Mapping[str, Value]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    dirty: set[Subject] = field(default_factory=set)

    def of(self, kind: str, subject: str) -> Mapping[str, Value]:
        """The values of that kind under that subject, by field."""
        return self.shown.get(kind, {}).get(subject, _EMPTY)

    def get(self, cell: Cell) -> Value | None:
        """What a cell shows."""
        return self.of(cell.kind, cell.subject).get(cell.field)

    @property
    def values(self) -> Mapping[str, Mapping[str, Value]]:
        """The reported values, by period and code."""
        return self.shown.get("value", {})

    def context(
        self,
        catalogue: Catalogue,
        level: str,
        ask: Ask | None = None,
        as_if: Mapping[str, Mapping[str, Value]] | None = None,
    ) -> PlaceContext:
        """The values as formulas see them, or as they would with those in their place."""
        values = self.values
        if as_if:
            values = {
                **values,
                **{text: {**values.get(text, {}), **codes} for text, codes in as_if.items()},
            }
        return PlaceContext(catalogue, values, level, ask)

    def set_pending(self, pending: Iterable[Pending]) -> None:
        """Puts those on top instead of the ones before."""
        before = {cell[:2] for cell in self.pending}
        self.pending = {one.edit.cell: one for one in pending}
        touched = before | {cell[:2] for cell in self.pending} | self.dirty
        self.dirty = set()
        on_top: dict[Subject, dict[str, Value]] = defaultdict(dict)
        for cell, one in self.pending.items():
            on_top[cell[:2]][cell.field] = one.edit.value
        for key in touched:
            merged = {**self.stored.get(key, {}), **on_top.get(key, {})}
            kind, subject = key
            if merged:
                self.shown[kind][subject] = merged
            else:
                self.shown[kind].pop(subject, None)


class Books:
    """The books of the places that were asked for last.

    `is_moment` says that a transaction is open already, in which nothing changes.
    """

    def __init__(self, *, is_moment: bool) -> None:
        self._is_moment = is_moment
        self._books: OrderedDict[PlaceId, Book] = OrderedDict()
        self._generation = 0
        self._elsewhere = 0

    async def note(self, _: Database, changes: Sequence[CellChange]) -> None:
        """The hook of the ledger that says what is to be read again."""
        self._generation += 1
        for change in changes:
            if change.place in self._books:
                self._books[change.place].dirty.add(change.cell[:2])

    async def of(self, database: Database, place: PlaceId) -> Book:
        """The place's book, as the last finished transaction left it."""
        ((elsewhere,),) = await database.rows("PRAGMA data_version")
        if elsewhere != self._elsewhere:
            self._books.clear()
            self._elsewhere = elsewhere
        book = self._books.get(place)
        if book is None or book.generation != self._generation:
            book = await self._read(database, place)
        self._books.move_to_end(place)
        while len(self._books) > PLACES_MAX:
            self._books.popitem(last=False)
        return book

    async def _read(self, database: Database, place: PlaceId) -> Book:
        async with nullcontext() if self._is_moment else database.reading():
            generation = self._generation
            book = self._books.get(place)
            if book is None:
                book = Book()
                await _load(database, place, book, None)
                self._books[place] = book
            elif book.dirty:
                await _load(database, place, book, sorted(book.dirty))
            pending = await pendings(database, [place])
        book.set_pending(pending)
        book.generation = generation
        return book


_ALL: WeakKeyDictionary[Ledger, Books] = WeakKeyDictionary()


async def book_of(ledger: Ledger, place: PlaceId) -> Book:
    """The place's book."""
    books = _ALL.get(ledger)
    if books is None:
        is_moment = ledger.origin is not ledger
        books = _ALL[ledger] = Books(is_moment=is_moment)
        if not is_moment:
            ledger.hooks.append(books.note)
    return await books.of(ledger.database, place)


async def _load(
    database: Database, place: PlaceId, book: Book, only: Sequence[Subject] | None
) -> None:
    """Reads the shown versions of all subjects, or of those."""
    if only is None:
        rows = await database.rows(
            "SELECT v.kind, v.subject, v.field, v.type, v.number, v.text FROM place_no p"
            " JOIN version v ON v.place = p.no WHERE p.id = ? AND v.shown = 1",
            (place,),
        )
    else:
        rows = await database.rows_in(
            "SELECT v.kind, v.subject, v.field, v.type, v.number, v.text FROM {seek} place_no p"
            " ON p.id = k.column1 CROSS JOIN version v ON v.place = p.no AND v.kind = k.column2"
            " AND v.subject = k.column3 AND v.shown = 1",
            [(place, *key) for key in only],
        )
        for key in only:
            book.stored.pop(key, None)
    for kind, subject, name, type_, number, text in rows:
        book.stored.setdefault((kind, subject), {})[name] = Value(Type(type_), number, text)
    book.dirty |= book.stored.keys() if only is None else set(only)
