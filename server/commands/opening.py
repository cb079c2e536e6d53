"""How the commands open a server's ledger, and how they name places, dates and ids."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path

import click

from server.machine import now
from server.store import open_server
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["DAY", "ledger_in", "place_label", "place_named", "the_one"]


def ledger_in(data: Path) -> AbstractAsyncContextManager[Ledger]:
    """The ledger of a folder, not checked page by page: `run` and `verify` do that.

    Raises `data-missing`, `data-newer`, `storage-…`.
    """
    return open_server(data, now, check=False)


def place_named(ledger: Ledger, code: str) -> PlaceId:
    """The place with that code today. Raises `place-unknown`."""
    place = ledger.tree.by_code(code, ledger.today())
    if place is None:
        raise Problem("place-unknown", code=code[:40])
    return place


def place_label(ledger: Ledger, place: PlaceId) -> tuple[str, str]:
    """A place's code and name today; those of the realm's own place are empty."""
    if place not in ledger.tree:
        return "", ""
    return ledger.tree.code(place, ledger.today()), ledger.tree.name(place, ledger.today())


def the_one(kind: str, text: str, known: Iterable[str]) -> bytes:
    """The one id that begins, in hexadecimal, with a text. Raises `<kind>-unknown`, `id-ambiguous`."""
    found = [one for one in known if text and one.startswith(text.lower())]
    if not found:
        raise Problem("device-unknown" if kind == "device" else "grant-unknown", id=text[:64])
    if len(found) > 1:
        raise Problem("id-ambiguous", id=text[:64], count=len(found))
    return bytes.fromhex(found[0])


class _Day(click.ParamType[date]):
    """A date as an option's value. Raises `places-date-malformed`."""

    name = "date"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> date:
        """The day that a text names."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise Problem("places-date-malformed", text=str(value)[:40]) from error


DAY = _Day()
