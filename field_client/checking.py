"""The entry checks, run offline over a place's own values: the server's engine, the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from field_client.desk import Desk
from field_client.standing import cells_of, shown_value, values_of
from sync import checks
from sync.checks import Finding
from sync.ids import PlaceId
from sync.period import Period
from sync.placecontext import PlaceContext
from sync.problems import Problem
from sync.value import Cell, text_value

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
        finding = self.finding
        return f"{finding.check}:{finding.bound}" if finding.bound else finding.check


async def judged(
    desk: Desk, place: PlaceId, period: Period, touched: Iterable[str]
) -> list[Judged]:
    """The rules that those indicators' values break in and around a period, as they stand here."""
    catalogue = await desk.catalogue()
    level = desk.level(place, period.end)
    context = PlaceContext(catalogue, await values_of(desk, place), level)
    found = checks.findings(catalogue, context, level, period, list(touched))
    filed = await cells_of(
        desk, place, ("explain",), tuple(sorted({finding.period for finding in found}))
    )
    explanations = {}
    for cell, standing in filed.items():
        value = shown_value(standing)
        explanations[cell.subject, cell.field] = value.text.strip() if value else ""
    return sorted(
        (_judge(finding, explanations) for finding in found),
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


def _judge(finding: Finding, explanations: dict[tuple[str, str], str]) -> Judged:
    judged_one = Judged(finding, Weight.BLOCKS, "")
    if finding.severity == "hard":
        return judged_one
    text = explanations.get((finding.period, judged_one.name), "")
    return Judged(finding, Weight.EXPLAINED if text else Weight.UNEXPLAINED, text)
