"""The catalogue in force at a server, kept while no definition changes; and filing a pack.

What does not hold together is left out of the catalogue in force (`sync.inforce`); those who file
refuse such a definition beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from server.devices.invites import authority
from server.filing import Filed, file_within
from sync import pack
from sync.catalogue import Catalogue
from sync.definition import KINDS, Definition, canonical, kind_of, read
from sync.ids import GrantId, PersonId
from sync.inforce import FIELD, in_force
from sync.ledger.ledger import Ledger
from sync.limits import COMMIT_BYTES_MAX
from sync.value import Cell, Type, Value, reason_value, text_value

__all__ = [
    "FIELD",
    "RETIRED",
    "PackImported",
    "catalogue_of",
    "import_pack",
    "in_force",
    "texts_of",
]

RETIRED = reason_value("not_applicable")
"""What stands in the cell of a definition that is in force no more."""

_CELL_BYTES = 200  # what a cell takes in a commit beside its text, generously

Texts = dict[tuple[str, str], str]
"""Canonical texts by kind and code."""


class PackImported(NamedTuple):
    """The version of the catalogue now in force, and how many definitions differed or were retired."""

    version: str
    filed: int
    retired: int = 0


class _Kept(NamedTuple):
    definitions: int
    texts: Texts
    catalogue: Catalogue


_kept: WeakKeyDictionary[Ledger, _Kept] = WeakKeyDictionary()


async def catalogue_of(ledger: Ledger) -> Catalogue:
    """The catalogue in force now, the same object for as long as no definition changes."""
    ledger = ledger.origin  # a page's own moment may be older than what is known to have changed
    kept = _kept.get(ledger)
    if kept is None or kept.definitions != ledger.definitions:
        texts = await texts_of(ledger)
        catalogue = kept.catalogue if kept and kept.texts == texts else in_force(texts)
        kept = _kept[ledger] = _Kept(ledger.definitions, texts, catalogue)
    return kept.catalogue


async def texts_of(ledger: Ledger) -> Texts:
    """The definitions that stand at the realm's place and aren't retired; of rivals, the shown one."""
    marks = ",".join("?" * len(KINDS))
    rows = await ledger.database.rows(
        "SELECT v.kind, v.subject, v.text FROM place_no p JOIN version v ON v.place = p.no"
        f" WHERE p.id = ? AND v.kind IN ({marks}) AND v.field = ? AND v.shown = 1"
        " AND v.type = ?",
        (ledger.root, *KINDS, FIELD, Type.TEXT),
    )
    return {(kind, code): text for kind, code, text in rows}


async def import_pack(
    ledger: Ledger,
    files: Mapping[str, bytes],
    *,
    retire: Collection[tuple[str, str]] = (),
    by: tuple[PersonId, GrantId] | None = None,
) -> PackImported:
    """Files the definitions of a pack that differ from those in force, all or none.

    What is in force and not in the pack stays, but for those to `retire`, named by kind and code.
    It is filed `by` that person, else in the name of the first administrator. Raises what reading a
    pack raises, also where the pack does not hold together with what stays.
    """
    wanted = pack.read(files).definitions()
    async with ledger.transaction() as database:
        texts = await texts_of(ledger)
        new = [one for one in wanted if texts.get((kind_of(one), one.code)) != canonical(one)]
        merged = texts | {(kind_of(one), one.code): canonical(one) for one in new}
        kept = {(kind_of(one), one.code) for one in wanted}
        gone = sorted(name for name in set(retire) if name in texts and name not in kept)
        left = {name: text for name, text in merged.items() if name not in gone}
        Catalogue(read(kind, text) for (kind, _), text in sorted(left.items()))
        person, grant = by or authority(ledger)
        parts = [Filed(ledger.root, person, grant, cells) for cells in _parts(new)]
        if gone:
            cells = [(Cell(kind, code, FIELD), RETIRED) for kind, code in gone]
            parts.append(Filed(ledger.root, person, grant, cells))
        await file_within(ledger, database, parts)
    return PackImported((await catalogue_of(ledger)).version, len(new), len(gone))


def _parts(definitions: Iterable[Definition]) -> Iterable[list[tuple[Cell, Value]]]:
    """The cells of the definitions, in as few commits as their bytes allow: nearly always one."""
    cells: list[tuple[Cell, Value]] = []
    size = 0
    for one in definitions:
        text = canonical(one)
        size += len(text.encode()) + _CELL_BYTES
        if size > COMMIT_BYTES_MAX // 2:
            yield cells
            cells, size = [], len(text.encode()) + _CELL_BYTES
        cells.append((Cell(kind_of(one), one.code, FIELD), text_value(text)))
    if cells:
        yield cells
