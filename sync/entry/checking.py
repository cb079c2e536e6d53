"""The entry checks, run offline over a place's own values: the server's engine, the same rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from sync import checks
from sync.checks import Finding
from sync.entry.books import Book, book_of
from sync.entry.desk import Desk
from sync.entry.explaining import name_of
from sync.entry.peers import peer_values
from sync.ids import PlaceId
from sync.period import Period
from sync.problems import Problem
from sync.quantity import SCALE
from sync.surroundings import Surroundings
from sync.value import Cell, Type, Value, text_value

__all__ = ["Judged", "Weight", "explain", "judged"]


class Weight(StrEnum):
    """What a finding means for handing in."""

    BLOCKS = "blocks"
    UNEXPLAINED = "unexplained"
    EXPLAINED = "explained"


class Judged(NamedTuple):
    """One broken rule, what it means, and the explanation that was filed for it ('' if none)."""

    finding: Finding
    weight: Weight
    explanation: str

    @property
    def name(self) -> str:
        """How an explanation names it: the check, and the code that it speaks of if it has one."""
        return name_of(self.finding)


async def judged(
    desk: Desk,
    place: PlaceId,
    period: Period,
    touched: Iterable[str],
    as_if: Mapping[str, Value] | None = None,
) -> list[Judged]:
    """The rules that those indicators' values break in and around a period, as they stand here.

    With `as_if`, as they would with those values of the period: what is being typed is judged
    before it is recorded.
    """
    catalogue = await desk.catalogue()
    book = await book_of(desk.ledger, place)
    level = desk.level(place, period.end)
    codes = list(touched)
    around = await _surroundings(desk, place, period, codes, (book, as_if or {}))
    context = book.context(
        catalogue,
        desk.ledger.tree.level(place, date.max),
        around.ask,
        as_if={period.text: as_if} if as_if else None,
    )
    found = checks.findings(catalogue, context, level, period, codes)
    return sorted(
        (_judge(finding, book) for finding in found),
        key=lambda one: list(Weight).index(one.weight),
    )


async def explain(desk: Desk, place: PlaceId, check: str, period: Period, text: str) -> list[str]:
    """Files an explanation of a soft check; returns the names that it was filed under.

    A check that runs for several indicators may be named alone: then all that it finds in that
    period are explained. Raises `field-check-…`, `field-explanation-empty`.
    """
    catalogue = await desk.catalogue()
    code, _, bound = check.partition(":")
    found = catalogue.checks.get(code)
    if found is None or (bound and bound not in found.each):
        raise Problem("field-check-unknown", check=check[:40])
    if found.severity == "hard":
        raise Problem("field-check-hard", check=check[:40])
    if not text.strip():
        raise Problem("field-explanation-empty", check=check[:40])
    names = [check]
    if found.each and not bound:
        touched = {
            one for rule in catalogue.rulebook.rules if rule.check == found for one in rule.cells
        }
        names = [
            one.name
            for one in await judged(desk, place, period, touched)
            if one.finding.check == code and one.finding.period == period.text
        ]
        if not names:
            raise Problem("field-check-silent", check=check[:40], period=period.text)
    value = text_value(text.strip())
    await desk.record(place, [(Cell("explain", period.text, name), value) for name in names])
    return names


async def _surroundings(
    desk: Desk,
    place: PlaceId,
    period: Period,
    codes: Collection[str],
    own: tuple[Book, Mapping[str, Value]],
) -> Surroundings:
    """The hierarchy, the prefills and the neighbours, as far as they are kept here."""
    book, as_if = own
    periods = {period, period.year()}
    peers = await peer_values(desk, place, periods, codes)
    for at in periods:
        here = {**book.values.get(at.text, {}), **(as_if if at == period else {})}
        for code in codes:
            if code in here and here[code].type is Type.QUANTITY:
                figure = Fraction(here[code].number, SCALE)
                peers.setdefault((at.text, code), {})[place] = figure
    prefills = book.shown.get("prefill", {})
    tree = desk.ledger.tree
    return Surroundings(await desk.catalogue(), tree, place, prefills, peers, whole=desk.holds_all)


def _judge(finding: Finding, book: Book) -> Judged:
    judged_one = Judged(finding, Weight.BLOCKS, "")
    if finding.severity == "hard":
        return judged_one
    said = book.get(Cell("explain", finding.period, judged_one.name))
    text = said.text.strip() if said else ""
    return Judged(finding, Weight.EXPLAINED if text else Weight.UNEXPLAINED, text)
