"""`tianji field show`, `status`, `conflicts` and `parked`: how things stand here, offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from field_client import aside as set_aside
from field_client.aside import Parked
from field_client.commands.words import (
    Document,
    at_desk,
    held_document,
    place_document,
    place_option,
    value_text,
    value_words,
)
from field_client.desk import Desk
from field_client.people import is_revoked
from field_client.sheet import Line, sheet
from field_client.status import status as status_of
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    print_json,
    print_table,
    tell,
)
from sync.entry.desk import moment
from sync.entry.entry import meant
from sync.entry.standing import Held
from sync.ledger.simulated import is_simulated
from sync.period import parse
from sync.texts import say
from sync.value import Type


@click.command()
@click.argument("period", required=False)
@data_option
@place_option
@json_option
@async_command
async def show(period: str | None, data: Path, place: str | None, *, as_json: bool) -> None:
    """List a place's values: of one period with what is still to be filed, or all there are."""
    async with at_desk(data) as desk:
        at = desk.find_place(place)
        asked = parse(meant(period)) if period else None
        lines = await sheet(desk, at, asked)
        devices = await desk.device_names()
        made_up = await is_simulated(desk.ledger)
    if as_json:
        print_json([_line_document(desk, line, devices) for line in lines])
        return
    rows = [_line_row(desk, line, devices) for line in lines]
    used = [at for at, name in enumerate(_LINE) if name not in _SPARSE or any(r[at] for r in rows)]
    headings = _headings([_LINE[at] for at in used])
    print_table(headings, [[row[at] for at in used] for row in rows])
    if made_up:
        tell("simulated")


@click.command()
@data_option
@json_option
@async_command
async def status(data: Path, *, as_json: bool) -> None:
    """Say how far everything recorded here has come; needs no network."""
    async with at_desk(data) as desk:
        found = await status_of(desk)
        place, person = place_document(desk, desk.place), desk.person_name(desk.person)
        made_up = await is_simulated(desk.ledger)
        revoked = await is_revoked(desk)
    document = {
        **found._asdict(),
        "revoked": revoked,
        "last_contact": _moment(found.last_contact),
        "server_time": _moment(found.server_time),
        "place": place,
        "person": person,
        "clock_warning": found.clock_wrong_seconds is not None,
    }
    if as_json:
        print_json(document)
        return
    rows = [
        (say("field-row-place", language()), f"{place['name']} {place['code']}".strip()),
        (say("field-row-person", language()), person),
        (say("field-row-server", language()), found.server),
        (say("field-row-last_contact", language()), document["last_contact"]),
    ]
    counted = ("pending", "unreceipted", "receipted", "held", "parked", "conflicts", "returned")
    rows += [(say(f"field-row-{name}", language()), document[name]) for name in counted]
    print_table(_headings(("item", "count")), rows)
    if made_up:
        tell("simulated")
    if revoked:
        tell("field-revoked")
    if found.clock_wrong_seconds is not None:
        tell("field-clock-wrong", days=abs(found.clock_wrong_seconds) // (24 * 3600))


@click.command()
@data_option
@json_option
@async_command
async def conflicts(data: Path, *, as_json: bool) -> None:
    """List the values that differ; setting one anew settles it."""
    async with at_desk(data) as desk:
        found = await set_aside.disputes(desk)
        devices = await desk.device_names()
        made_up = await is_simulated(desk.ledger)
        documents = [
            {
                "place": place_document(desk, one.place),
                "kind": one.cell.kind,
                "period": one.cell.subject,
                "indicator": one.cell.field,
                "versions": [held_document(desk, held, devices) for held in one.held],
            }
            for one in found
        ]
    if as_json:
        print_json(documents)
        return
    if not found:
        tell("field-conflicts-none")
        return
    rows = [
        (desk.code(one.place), one.cell.subject, one.cell.field, *_held_row(desk, held, devices))
        for one in found
        for held in one.held
    ]
    headings = ("place", "period", "indicator", "value", "author", "device", "typed")
    print_table(_headings(headings), rows)
    if made_up:
        tell("simulated")


@click.command()
@data_option
@json_option
@async_command
async def parked(data: Path, *, as_json: bool) -> None:
    """List what a server refused or holds, with the reason; nothing of it is dropped."""
    async with at_desk(data) as desk:
        found = await set_aside.parked(desk)
        made_up = await is_simulated(desk.ledger)
    if as_json:
        print_json([_parked_document(desk, one) for one in found])
        return
    if not found:
        tell("field-parked-none")
        return
    rows = [
        (
            say(f"field-state-{one.state}", language()),
            desk.code(one.place),
            one.cell.subject,
            one.cell.field,
            value_words(one.value),
            desk.person_name(one.author),
            one.why.say(language()),
        )
        for one in found
    ]
    headings = ("state", "place", "period", "indicator", "value", "author", "why")
    print_table(_headings(headings), rows)
    if made_up:
        tell("simulated")


def _headings(names: Sequence[str]) -> list[str]:
    return [say(f"field-column-{name}", language()) for name in names]


_LINE = ("period", "indicator", "name", "value", "unit", "last", "state", "note", "others")
_SPARSE = ("note", "others")  # left out where nothing stands in them: a terminal is narrow


def _line_document(desk: Desk, line: Line, devices: dict[bytes, str]) -> Document:
    value = line.held[0].value if line.held else None
    known = line.indicator
    return {
        "period": line.period,
        "indicator": line.code,
        "name": known.name.say(language()) if known else "",
        "value": value_text(value),
        "reason": value.text if value and value.type is Type.REASON else None,
        "unit": known.unit if known else "",
        "last": value_text(line.last),
        "state": str(line.state),
        "note": line.note,
        "versions": [held_document(desk, held, devices) for held in line.held],
        "parked": [_parked_document(desk, one) for one in line.parked],
    }


def _parked_document(desk: Desk, one: Parked) -> Document:
    return {
        "state": str(one.state),
        "place": place_document(desk, one.place),
        "kind": one.cell.kind,
        "period": one.cell.subject,
        "indicator": one.cell.field,
        "value": value_text(one.value),
        "reason": one.value.text if one.value.type is Type.REASON else None,
        "author": desk.person_name(one.author),
        "typed_at": desk.local_time(one.typed_at),
        "why": {"code": one.why.code, "sentence": one.why.say(language())},
        "commit": one.commit.hex(),
    }


def _line_row(desk: Desk, line: Line, devices: dict[bytes, str]) -> tuple[str, ...]:
    known = line.indicator
    others = [" ".join(_held_row(desk, held, devices)) for held in line.held[1:]]
    others += [
        f"{value_words(one.value)} {say(f'field-state-{one.state}', language())}"
        for one in line.parked
    ]
    return (
        line.period,
        line.code,
        known.name.say(language()) if known else "",
        value_words(line.held[0].value) if line.held else "",
        known.unit if known else "",
        value_words(line.last),
        say(f"field-state-{line.state}", language()),
        line.note,
        "; ".join(others),
    )


def _held_row(desk: Desk, held: Held, devices: dict[bytes, str]) -> tuple[str, str, str, str]:
    device = devices.get(held.device, held.device.hex()[:10])
    author = desk.person_name(held.author)
    return value_words(held.value), author, device, desk.local_time(held.typed_at)


def _moment(seconds: int | None) -> str | None:
    """A moment for programs: ISO 8601 in China's time."""
    return None if seconds is None else moment(seconds).isoformat()
