"""A place's own cell to the ground: each version ever filed, its commit, receipt and signature."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from server.explaining.devices import device_names
from sync import clock, commit_bytes
from sync.catalogue import Catalogue
from sync.commit import Commit, edit_id
from sync.ids import CommitId, DeviceId, EditId, PersonId, PlaceId
from sync.ledger.database import Row
from sync.ledger.ledger import Ledger
from sync.receipt import Receipt
from sync.review import Decision, Return, decision, decision_cell, return_cell, returned
from sync.trust import is_signed
from sync.value import Cell, Value

__all__ = ["CellStory", "Filed", "Remark", "Review", "commits_of", "signed", "story"]

VERSIONS_MAX = 100


class Filed(NamedTuple):
    """One version. `signed` is what checking its signature just now said: verified, wrong, unknown.

    `receipted` tells that the receipt of the server named beside it is good; `position` is the
    commit's place in this server's order.
    """

    name: EditId
    value: Value
    author: PersonId
    device: DeviceId
    stamp: int
    accepted_at: int | None
    commit: CommitId
    position: int | None
    server: DeviceId | None
    receipted: bool
    signed: str
    stands: bool
    shown: bool
    unseen: tuple[EditId, ...]

    @property
    def typed_at(self) -> int:
        """When it was typed, in seconds."""
        return clock.seconds(self.stamp)


class Remark(NamedTuple):
    """Words beside the value: a note, or the explanation of a check (named)."""

    check: str
    text: str
    author: PersonId
    typed_at: int


class Review(NamedTuple):
    """What reviewers filed: on the form, or on this value of it."""

    form: str
    decision: Decision | None
    returned: Return | None
    author: PersonId
    typed_at: int


class CellStory(NamedTuple):
    """All of it; `devices` names machines."""

    versions: tuple[Filed, ...]
    more: int
    disputed: bool
    remarks: tuple[Remark, ...]
    reviews: tuple[Review, ...]
    devices: dict[DeviceId, str]


async def story(
    books: Ledger, catalogue: Catalogue, place: PlaceId, cell: Cell
) -> CellStory | None:
    """What was filed in a cell of values, the latest first; None where nothing ever was."""
    standing = (await books.standing(place, [cell[:2]])).get(cell)
    if standing is None:
        return None
    stand = [version.edit(place, cell) for version in standing.versions]
    found: dict[EditId, Filed] = {}
    rows = await commits_of(books, place, cell)
    receipts = await _receipts(books, [row[4] for row in rows])
    for body, signature, accepted, position, number in rows:
        commit = commit_bytes.decode(body)
        facts = _Facts(signed(books, commit, signature), accepted, position, receipts.get(number))
        for one in _filed(books, commit, cell, stand, facts):
            found.setdefault(one.name, one)
    versions = sorted(found.values(), key=lambda one: (one.stamp, one.name), reverse=True)
    remarks, reviews = await _beside(books, catalogue, place, cell)
    return CellStory(
        tuple(versions[:VERSIONS_MAX]),
        max(0, len(versions) - VERSIONS_MAX),
        len({version.value for version in standing.versions}) > 1,
        remarks,
        reviews,
        await device_names(
            books,
            {one.device for one in versions} | {one.server for one in versions if one.server},
        ),
    )


async def commits_of(books: Ledger, place: PlaceId, cell: Cell) -> list[Row]:
    """The commits that may have written a cell: body, signature, accepted_at, position, number.

    A commit's bytes hold its subjects and fields as they are written: the others are not read.
    """
    return await books.database.rows(
        "SELECT body, signature, accepted_at, position, no FROM commits WHERE place ="
        " (SELECT no FROM place_no WHERE id = ?) AND instr(body, CAST(? AS BLOB))"
        " AND instr(body, CAST(? AS BLOB))",
        (place, cell.subject, cell.field),
    )


def signed(books: Ledger, commit: Commit, signature: bytes) -> str:
    """What the signature says when it is checked now."""
    key = books.register.key(commit.device)
    if key is None and commit.device == books.device:
        key = books.sealer.signer.public
    if key is None:
        return "unknown"
    good = is_signed(key, "commit", commit.realm, commit.id, signature)
    return "verified" if good and commit.realm == books.realm else "wrong"


class _Facts(NamedTuple):
    signed: str
    accepted_at: int | None
    position: int | None
    receipt: Receipt | None


def _filed(
    books: Ledger, commit: Commit, cell: Cell, stand: Sequence[EditId], facts: _Facts
) -> Iterable[Filed]:
    receipt = facts.receipt
    for change in commit.changes:
        if change.cell != cell:
            continue
        name = edit_id(commit.device, commit.place, cell, change.stamp, change.value)
        yield Filed(
            name=name,
            value=change.value,
            author=commit.author,
            device=commit.device,
            stamp=change.stamp,
            accepted_at=facts.accepted_at,
            commit=commit.id,
            position=facts.position,
            server=receipt.server if receipt else None,
            receipted=receipt is not None and books.is_receipted(receipt, commit.id),
            signed=facts.signed,
            stands=name in stand,
            shown=bool(stand) and name == stand[0],
            unseen=change.unseen,
        )


async def _receipts(books: Ledger, numbers: Sequence[int]) -> dict[int, Receipt]:
    rows = await books.database.rows_in(
        "SELECT commit_no, server, at, leaf, leaves, path, signature FROM receipt"
        " WHERE commit_no IN ({keys}) ORDER BY at DESC",
        [(number,) for number in numbers],
    )
    return {row[0]: Receipt(DeviceId(row[1]), *row[2:]) for row in rows}  # the earliest stays


async def _beside(
    books: Ledger, catalogue: Catalogue, place: PlaceId, cell: Cell
) -> tuple[tuple[Remark, ...], tuple[Review, ...]]:
    period, code = cell.subject, cell.field
    forms = [form.code for form in catalogue.forms.values() if code in form.items]
    asked = [("note", period), ("explain", period)]
    asked += [("review", f"{period} {form}") for form in forms]
    cells = await books.standing(place, asked)
    remarks, reviews = [], []
    for one, standing in sorted(cells.items()):
        for version in standing.versions:
            at = clock.seconds(version.stamp)
            check = one.field.partition(":")[0] if one.kind == "explain" else ""
            is_ours = one.field == code if one.kind == "note" else _is_about(catalogue, one, code)
            if one.kind in ("note", "explain") and is_ours and version.value.text.strip():
                remarks.append(Remark(check, version.value.text, version.author, at))
        for form in forms:
            versions = standing.versions
            if not versions:
                continue
            first, at = versions[0], clock.seconds(versions[0].stamp)
            if one == decision_cell(period, form) and (said := decision(first.value)):
                reviews.append(Review(form, said, None, first.author, at))
            elif one == return_cell(period, form, code) and (back := returned(first.value)):
                reviews.append(Review(form, None, back, first.author, at))
    return tuple(remarks), tuple(reviews)


def _is_about(catalogue: Catalogue, cell: Cell, code: str) -> bool:
    """Whether an explanation is of a check that looks at the indicator."""
    check, _, bound = cell.field.partition(":")
    if bound:
        return bound == code
    rule = catalogue.rules.get(check)
    return rule is not None and code in rule.names
