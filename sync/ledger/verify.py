"""Verifying a ledger: everything that can be made anew from the commits must be what is kept.

For each place: the commits' ids are their hashes, their columns say what their bytes say, their
parents are here; signatures and receipts are good where the keys are known; the fold of the history
is the state, to the row; the heads are the heads. Nothing is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sync import commit_bytes, history
from sync.commit import Commit, commit_id
from sync.ids import CommitId, PlaceId, shown
from sync.ledger.database import Database, Row
from sync.ledger.ledger import SCHEMAS, Ledger
from sync.problems import Problem
from sync.receipt import Receipt
from sync.texts import Language, say
from sync.trust import is_signed

__all__ = ["Fault", "Findings", "Progress", "snapshot", "verify_ledger"]

FAULTS_LISTED_MAX = 50
_PLACES_AT_ONCE = 100

Progress = Callable[[int, int], None]
"""Told how many places are done, and of how many."""


class Fault(NamedTuple):
    """One thing that isn't so: its kind, the place or commit, and what about it."""

    kind: str
    where: str
    detail: str = ""

    def say(self, language: Language) -> str:
        """What is wrong, in a sentence."""
        return say(f"verify-{self.kind}", language, where=self.where, detail=self.detail)


@dataclass
class Findings:
    """What was counted, and what isn't so: the first faults, and how many there are of each kind."""

    places: int = 0
    commits: int = 0
    cells: int = 0
    receipts: int = 0
    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything is as it must be."""
        return not self.counts

    def add(self, kind: str, where: str, detail: str = "", count: int = 1) -> None:
        """Notes a fault (or as many of one kind as `count` says)."""
        self.counts[kind] = self.counts.get(kind, 0) + count
        if len(self.faults) < FAULTS_LISTED_MAX:
            self.faults.append(Fault(kind, where, detail))


@asynccontextmanager
async def snapshot(
    folder: Path, now: Callable[[], int], schemas: Sequence[str] = SCHEMAS
) -> AsyncIterator[Ledger]:
    """The ledger as it stands at one moment, on a connection of its own: others go on writing."""
    async with Ledger.open(folder, now, schemas=schemas) as ledger:
        await ledger.database.run("PRAGMA temp_store = FILE")
        await ledger.database.run("BEGIN")
        try:
            await ledger.reload()
            yield ledger
        finally:
            await ledger.database.run("ROLLBACK")


async def verify_ledger(ledger: Ledger, progress: Progress | None = None) -> Findings:
    """Makes everything anew from the commits and compares; memory stays bounded."""
    findings = Findings()
    database = ledger.database
    numbers = [number for (number,) in await database.rows("SELECT no FROM place_no ORDER BY no")]
    for start in range(0, len(numbers), _PLACES_AT_ONCE):
        part = numbers[start : start + _PLACES_AT_ONCE]
        for place in await _Place.read(database, part):
            _verify_place(ledger, place, findings)
        if progress is not None:
            progress(start + len(part), len(numbers))
    await _verify_strays(database, findings)
    return findings


@dataclass
class _Place:
    """All that is kept of one place."""

    id: PlaceId
    commits: list[Row] = field(default_factory=list)
    parents: dict[CommitId, set[CommitId]] = field(default_factory=lambda: defaultdict(set))
    receipts: list[Row] = field(default_factory=list)
    versions: set[Row] = field(default_factory=set)
    heads: set[CommitId] = field(default_factory=set)

    @classmethod
    async def read(cls, database: Database, numbers: Iterable[int]) -> list[_Place]:
        """Reads some places at once."""
        keys = [(number,) for number in numbers]
        found = {
            number: cls(PlaceId(place))
            for number, place in await database.rows_in(
                "SELECT no, id FROM place_no WHERE no IN ({keys})", keys
            )
        }
        for number, *row in await database.rows_in(_COMMITS, keys):
            found[number].commits.append(tuple(row))
        for number, child, parent in await database.rows_in(_PARENTS, keys):
            found[number].parents[child].add(parent)
        for number, *row in await database.rows_in(_RECEIPTS, keys):
            found[number].receipts.append(tuple(row))
        for number, *row in await database.rows_in(_VERSIONS, keys):
            found[number].versions.add(tuple(row))
        for number, head in await database.rows_in(_HEADS, keys):
            found[number].heads.add(head)
        return list(found.values())


_COMMITS = (
    "SELECT place, id, device, author, last_stamp, body, signature, accepted_at FROM commits"
    " WHERE place IN ({keys}) ORDER BY no"
)
_PARENTS = (
    "SELECT c.place, c.id, p.id FROM commits c JOIN parent e ON e.child = c.no"
    " LEFT JOIN commits p ON p.no = e.parent WHERE c.place IN ({keys})"
)
_RECEIPTS = (
    "SELECT c.place, c.id, r.server, r.at, r.leaf, r.leaves, r.path, r.signature FROM commits c"
    " JOIN receipt r ON r.commit_no = c.no WHERE c.place IN ({keys})"
)
_VERSIONS = (
    "SELECT v.place, v.kind, v.subject, v.field, v.type, v.number, v.text, v.stamp, c.id, v.shown,"
    " v.disputed FROM version v LEFT JOIN commits c ON c.no = v.commit_no WHERE v.place IN ({keys})"
)
_HEADS = (
    "SELECT h.place, c.id FROM head h LEFT JOIN commits c ON c.no = h.commit_no"
    " WHERE h.place IN ({keys})"
)


def _verify_place(ledger: Ledger, place: _Place, findings: Findings) -> None:
    commits: dict[CommitId, Commit] = {}
    accepted: dict[CommitId, int | None] = {}
    for row in place.commits:
        findings.commits += 1
        commit = _verify_commit(ledger, place, row, findings)
        if commit is not None:
            commits[commit.id] = commit
            accepted[commit.id] = row[-1]
    findings.places += bool(place.commits)
    for commit in commits.values():
        parents = set(commit.parents)
        if parents != place.parents[commit.id] or not parents <= commits.keys():
            findings.add("parents", shown(commit.id))
    for name, *columns in place.receipts:
        findings.receipts += 1
        receipt = Receipt(*columns)
        if receipt.server in ledger.certificates and not ledger.is_receipted(receipt, name):
            findings.add("receipt", shown(name))
    _verify_state(place, commits, accepted, findings)


def _verify_commit(ledger: Ledger, place: _Place, row: Row, findings: Findings) -> Commit | None:
    name, device, author, last_stamp, body, signature, _ = row
    if commit_id(body) != name:
        findings.add("id", shown(name))
        return None
    try:
        commit = commit_bytes.decode(body)
    except Problem as problem:
        findings.add("body", shown(name), problem.code)
        return None
    stamps = max(change.stamp for change in commit.changes)
    said = (commit.realm, commit.place, commit.device, commit.author, stamps)
    if said != (ledger.realm, place.id, device, author, last_stamp):
        findings.add("columns", shown(name))
    key = ledger.register.key(commit.device)
    if key is not None and not is_signed(key, "commit", commit.realm, commit.id, signature):
        findings.add("signature", shown(name))
    return commit


def _verify_state(
    place: _Place,
    commits: dict[CommitId, Commit],
    accepted: dict[CommitId, int | None],
    findings: Findings,
) -> None:
    """Folds the history anew."""
    expected: set[Row] = set()
    cells = history.fold(list(commits.values()))
    for cell, versions in cells.items():
        ordered = history.shown_first(versions, accepted.__getitem__)
        rival = history.disputed(ordered)
        for at, one in enumerate(ordered):
            value = (int(one.value.type), one.value.number, one.value.text)
            marks = (int(at == 0), int(at == 0 and rival))
            expected.add((*cell, *value, one.stamp, one.commit, *marks))
    findings.cells += len(cells)
    for row in sorted({row[:3] for row in expected ^ place.versions}):
        findings.add("state", shown(place.id), " ".join(row))
    inner = {parent for commit in commits.values() for parent in commit.parents}
    if commits.keys() - inner != place.heads:
        findings.add("heads", shown(place.id))


async def _verify_strays(database: Database, findings: Findings) -> None:
    """Rows of places that have no number."""
    for table in ("commits", "version", "head"):
        ((count,),) = await database.rows(
            f"SELECT count(*) FROM {table} WHERE place NOT IN (SELECT no FROM place_no)"
        )
        if count:
            findings.add("stray", table, str(count), count)
