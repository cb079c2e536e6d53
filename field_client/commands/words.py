"""Values, findings and states in words for people and as plain documents for programs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from field_client.desk import Desk
from sync import checks
from sync.catalogue import Catalogue
from sync.cli import language
from sync.entry.checking import Judged
from sync.entry.standing import Held
from sync.ids import PlaceId
from sync.texts import say
from sync.value import REASONS, Type, Value, shown_text

__all__ = [
    "Document",
    "at_desk",
    "finding_document",
    "finding_words",
    "held_document",
    "now",
    "place_document",
    "place_option",
    "value_text",
    "value_words",
]

Document = dict[str, Any]

place_option = click.option(
    "--place", metavar="CODE", help="Another place that this laptop files for; else its own."
)


def now() -> int:
    """Seconds since 1970 by this machine's clock."""
    return int(time.time())


@asynccontextmanager
async def at_desk(folder: Path) -> AsyncIterator[Desk]:
    """The laptop in that folder, by this machine's clock."""
    async with Desk.open(folder, now) as desk:
        yield desk


def value_text(value: Value | None) -> str | None:
    """The value for a program: decimal text, true or false, or the text; None for a reason."""
    return None if value is None or value.type is Type.REASON else shown_text(value)


def value_words(value: Value | None) -> str:
    """The value for a person: yes and no and reasons in the person's language."""
    if value is None:
        return ""
    if value.type is Type.REASON:
        known = value.text in REASONS  # newer software, or another's, may file one unknown here
        reason = say(f"field-reason-{value.text}", language()) if known else value.text
        return say("field-reason-given", language(), reason=reason)
    if value.type is Type.FLAG:
        return say("field-flag-yes" if value.number else "field-flag-no", language())
    return shown_text(value)


def finding_words(one: Judged, catalogue: Catalogue) -> str:
    """What is broken, in the check's words with the figures, and what that means."""
    message = checks.say(one.finding, catalogue, language())
    key = f"field-finding-{one.weight}"
    name, period = one.name, one.finding.period
    return say(key, language(), check=name, period=period, message=message, text=one.explanation)


def finding_document(one: Judged, catalogue: Catalogue) -> Document:
    """The same for a program."""
    finding = one.finding
    return {
        "check": one.name,
        "period": finding.period,
        "severity": finding.severity,
        "weight": str(one.weight),
        "message": checks.say(finding, catalogue, language()),
        "indicators": list(finding.cells),
        "explanation": one.explanation,
    }


def held_document(desk: Desk, held: Held, devices: dict[bytes, str]) -> Document:
    """One of a cell's values with its author, device and time."""
    value = held.value
    return {
        "value": value_text(value),
        "reason": value.text if value.type is Type.REASON else None,
        "author": desk.person_name(held.author),
        "device": devices.get(held.device, held.device.hex()[:10]),
        "typed_at": desk.local_time(held.typed_at),
        "accepted_at": None if held.accepted_at is None else desk.local_time(held.accepted_at),
        "commit": held.commit.hex() if held.commit else None,
    }


def place_document(desk: Desk, place: PlaceId) -> Document:
    """A place's code and name."""
    return {"code": desk.code(place), "name": desk.name(place)}
