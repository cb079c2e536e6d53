"""Explanations: kept with the value, and offered again when the same check speaks next period."""

from __future__ import annotations

from typing import NamedTuple

from sync.checks import Finding
from sync.entry.books import Book
from sync.period import Period
from sync.placecontext import period_of

__all__ = ["Offered", "name_of", "offered"]


class Offered(NamedTuple):
    """What was said the last time, and for which period."""

    period: str
    text: str


def name_of(finding: Finding) -> str:
    """How an explanation names a finding: the check, and the code that it speaks of if any."""
    return f"{finding.check}:{finding.bound}" if finding.bound else finding.check


def offered(book: Book, finding: Finding) -> Offered | None:
    """The latest explanation of the same check, of the same code, in an earlier period."""
    now = period_of(finding.period)
    name = name_of(finding)
    found: list[tuple[Period, str]] = []
    for subject, texts in book.shown.get("explain", {}).items():
        at = period_of(subject)
        said = texts[name].text.strip() if name in texts else ""
        if at is not None and now is not None and at < now and said:
            found.append((at, said))
    return Offered(max(found)[0].text, max(found)[1]) if found else None
