"""The tables of an export: every value, version, commit, place and definition on this laptop."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple

from field_client.desk import Desk
from sync import clock, commit_bytes
from sync.commit import Commit
from sync.entry.standing import Held, cells_of, held_in, shown_value
from sync.ids import PlaceId
from sync.ledger import aside
from sync.ledger.edits import Standing
from sync.ledger.outbox import with_receipts
from sync.ledger.simulated import is_simulated
from sync.receipt import Receipt
from sync.value import Type, Value, shown_text

__all__ = ["Table", "all_of", "origin", "values"]

FORMAT = 1


class Table(NamedTuple):
    """One file: its name, its columns, its rows."""

    name: str
    columns: Sequence[str]
    rows: list[Sequence[Any]]


async def all_of(desk: Desk) -> AsyncIterator[Table]:
    """All tables, one in memory at a time."""
    yield await values(desk, await _known(desk))
    yield await _versions(desk)
    yield await _commits(desk)
    yield _places(desk)
    yield await _definitions(desk)
    yield await _devices(desk)
    yield _people(desk)
    yield _certificates(desk)


def origin(desk: Desk, *, made_up: bool) -> dict[str, object]:
    """Whose export it is, and whether its figures are made up, as those of a demo."""
    ledger = desk.ledger
    return {
        "format": FORMAT,
        "realm": ledger.realm.hex(),
        "device": ledger.device.hex(),
        "device_key": ledger.sealer.signer.public.hex(),
        "place": {
            "id": desk.place.hex(),
            "code": desk.code(desk.place),
            "name": desk.name(desk.place),
        },
        "person": {"id": desk.person.hex(), "name": desk.person_name(desk.person)},
        "simulated": made_up,
        "exported_at": desk.local_time(ledger.now()),
    }


async def values(desk: Desk, places: Iterable[PlaceId]) -> Table:
    """What `show` lists, of those places: reported values with their notes."""
    columns = (
        *("place_code", "place_name", "period", "indicator", "name", "unit", "value", "reason"),
        *("state", "note", "author", "device", "typed_at", "accepted_at", "commit", "simulated"),
    )
    mark = int(await is_simulated(desk.ledger))
    catalogue = await desk.catalogue()
    devices = await desk.device_names()
    rows: list[Sequence[Any]] = []
    for place in places:
        cells = await cells_of(desk, place, ("value",))
        notes = await cells_of(desk, place, ("note",))
        for cell, (state, held) in sorted((await held_in(desk, cells)).items()):
            indicator = catalogue.indicators.get(cell.field)
            rows.append(
                (
                    desk.code(place),
                    desk.name(place),
                    cell.subject,
                    cell.field,
                    indicator.name.zh_hans if indicator else "",
                    indicator.unit if indicator else "",
                    *_pair(held[0].value),
                    str(state),
                    _text(notes.get(cell._replace(kind="note"))),
                    *_who(desk, held[0], devices),
                    mark,
                )
            )
    return Table("values.csv", columns, rows)


async def _versions(desk: Desk) -> Table:
    """Every standing version of every cell of whatever kind; the shown one is marked."""
    columns = (
        *("place_id", "place_code", "kind", "subject", "field", "type", "value", "reason", "shown"),
        *("state", "author", "device", "typed_at", "accepted_at", "commit"),
    )
    devices = await desk.device_names()
    rows: list[Sequence[Any]] = []
    for place in await _known(desk):
        cells = await cells_of(desk, place, await _kinds(desk, place))
        for cell, (state, held) in sorted((await held_in(desk, cells)).items()):
            rows += [
                (
                    place.hex(),
                    desk.code(place),
                    *cell,
                    one.value.type.name.lower(),
                    *_pair(one.value),
                    int(index == 0),
                    str(state),
                    *_who(desk, one, devices),
                )
                for index, one in enumerate(held)
            ]
    return Table("versions.csv", columns, rows)


async def _commits(desk: Desk) -> Table:
    """All commits as they were signed, decoded too; with what is refused, held or sealed again."""
    database = desk.ledger.database
    columns = (
        *(
            "id",
            "state",
            "why",
            "place",
            "parents",
            "device",
            "author",
            "grant",
            "catalogue",
            "act",
        ),
        *("changes", "accepted_at", "receipts", "body_base64", "signature"),
    )
    rows: list[Sequence[Any]] = []
    stored = await database.rows("SELECT no, accepted_at FROM commits ORDER BY no")
    accepted: dict[int, int | None] = dict(stored)
    for start in range(0, len(stored), _COMMITS_AT_ONCE):
        numbers = [number for number, _ in stored[start : start + _COMMITS_AT_ONCE]]
        offers = await with_receipts(database, numbers)
        for number, offered in zip(numbers, offers, strict=True):
            commit = commit_bytes.decode(offered.sealed.body)
            signature = offered.sealed.signature
            rows.append(
                _commit_row(commit, signature, "applied", "", accepted[number], offered.receipts)
            )
    for state in aside.State:
        rows += [
            _commit_row(one.commit, one.signature, str(state), one.reason, None, one.receipts)
            for one in await aside.in_state(database, state)
        ]
    return Table("commits.jsonl", columns, rows)


_COMMITS_AT_ONCE = 400


def _commit_row(
    commit: Commit,
    signature: bytes,
    state: str,
    why: str,
    accepted_at: int | None,
    receipts: Sequence[Receipt],
) -> Sequence[Any]:
    changes = [
        {
            **change.cell._asdict(),
            "type": change.value.type.name.lower(),
            "value": shown_text(change.value),
            "typed_at": clock.seconds(change.stamp),
            "stamp": change.stamp,
            "unseen": [name.hex() for name in change.unseen],
            "replaced": [name.hex() for name in change.replaced],
        }
        for change in commit.changes
    ]
    return (
        commit.id.hex(),
        state,
        why,
        commit.place.hex(),
        [parent.hex() for parent in commit.parents],
        commit.device.hex(),
        commit.author.hex(),
        commit.grant.hex(),
        commit.catalogue,
        commit.act.hex(),
        changes,
        accepted_at,
        [_receipt(receipt) for receipt in receipts],
        base64.b64encode(commit.body).decode(),
        signature.hex(),
    )


def _receipt(receipt: Receipt) -> dict[str, object]:
    return {
        "server": receipt.server.hex(),
        "at": receipt.at,
        "leaf": receipt.leaf,
        "leaves": receipt.leaves,
        "path": receipt.path.hex(),
        "signature": receipt.signature.hex(),
    }


def _places(desk: Desk) -> Table:
    """The hierarchy of this laptop as of today; its history is in versions.csv, kind `place`."""
    columns = ("id", "code", "name", "level", "type", "parent_id", "parent_code", "end")
    tree, today = desk.ledger.tree, desk.today()
    rows: list[Sequence[Any]] = []
    for place in sorted(tree):
        parent = tree.parent(place, today)
        rows.append(
            (
                place.hex(),
                *(
                    tree.attribute(place, field, today)
                    for field in ("code", "name", "level", "type")
                ),
                parent.hex() if parent else "",
                tree.code(parent, today) if parent else "",
                tree.attribute(place, "end", today),
            )
        )
    return Table("places.csv", columns, rows)


async def _definitions(desk: Desk) -> Table:
    """Indicators, forms, checks and parameters, each in its own JSON text."""
    catalogue = await desk.catalogue()
    rows: list[Sequence[Any]] = list(catalogue.cells())
    return Table("definitions.jsonl", ("kind", "code", "definition"), rows)


async def _devices(desk: Desk) -> Table:
    """The devices that are known here, with the public keys that their signatures are good by."""
    columns = ("id", "name", "place_id", "key", "revoked")
    names = await desk.device_names()
    rows: list[Sequence[Any]] = [
        (
            device,
            names.get(bytes.fromhex(device), ""),
            min(one.places, default=b"").hex(),
            one.key.hex(),
            int(one.revoked),
        )
        for device, one in sorted(desk.ledger.register.devices.items())
    ]
    return Table("devices.csv", columns, rows)


def _people(desk: Desk) -> Table:
    """Who holds which grant where."""
    columns = ("person_id", "name", "grant_id", "role", "place_id", "until", "ended")
    names = desk.ledger.register.names
    rows: list[Sequence[Any]] = [
        (
            grant.person,
            names.get(grant.person, ""),
            name,
            grant.role,
            grant.place.hex(),
            grant.until,
            int(grant.ended),
        )
        for name, grant in sorted(desk.ledger.register.grants.items())
    ]
    return Table("people.csv", columns, rows)


def _certificates(desk: Desk) -> Table:
    """The servers whose receipts are good, as the realm's root key certified them."""
    columns = ("device", "server_key", "root_key", "place_id", "since", "until", "signature")
    rows: list[Sequence[Any]] = [
        (
            device.hex(),
            one.server.hex(),
            one.root.hex(),
            one.place.hex(),
            one.since,
            one.until,
            one.signature.hex(),
        )
        for device, one in sorted(desk.ledger.certificates.items())
    ]
    return Table("certificates.csv", columns, rows)


async def _known(desk: Desk) -> list[PlaceId]:
    """Every place that anything lies at."""
    rows = await desk.ledger.database.rows(
        "SELECT id FROM place_no UNION SELECT place FROM pending"
    )
    return [PlaceId(row[0]) for row in rows]


async def _kinds(desk: Desk, place: PlaceId) -> tuple[str, ...]:
    rows = await desk.ledger.database.rows(
        "SELECT v.kind FROM version v JOIN place_no p ON p.no = v.place WHERE p.id = ?1"
        " UNION SELECT kind FROM pending WHERE place = ?1",
        (place,),
    )
    return tuple(row[0] for row in rows)


def _pair(value: Value) -> tuple[str, str]:
    """The value and the reason for none: one of them is empty."""
    text = shown_text(value)
    return ("", text) if value.type is Type.REASON else (text, "")


def _text(standing: Standing | None) -> str:
    value = shown_value(standing) if standing else None
    return value.text if value else ""


def _who(desk: Desk, held: Held, devices: dict[bytes, str]) -> tuple[object, ...]:
    return (
        desk.person_name(held.author),
        devices.get(held.device, held.device.hex()),
        desk.local_time(held.typed_at),
        "" if held.accepted_at is None else desk.local_time(held.accepted_at),
        held.commit.hex() if held.commit else "",
    )
