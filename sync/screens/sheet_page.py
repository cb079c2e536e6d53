"""What the page of a sheet shows when it is opened, whoever serves it: `sheet.html` takes these."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from sync.catalogue import Indicator
from sync.entry import entry
from sync.entry.formsheet import FormSheet
from sync.entry.released import due_at
from sync.period import Kind, Period, containing
from sync.problems import Problem
from sync.screens.sheet_view import At, before_words, sheet_view
from sync.texts import Language, load, say_raw
from sync.value import REASONS

__all__ = ["Links", "sheet_values"]


class Links(NamedTuple):
    """Where what belongs to a sheet is served: its acts; by period its other sheets; of a cell, by
    code, its history and what differs there ('' where there is no such page).
    """

    base: str
    sheet: Callable[[str], str]
    history: Callable[[str], str]
    conflict: Callable[[str], str]


class Fact(NamedTuple):
    """What stands beside a row and does not change while it is typed, in words."""

    indicator: Indicator
    units: tuple[str, ...]
    last: str
    last_period: str
    year_before: str
    history: str
    conflict: str


_WITHIN_A_YEAR = {Kind.MONTH, Kind.QUARTER, Kind.HALF}
"""For a longer one, the period before is that of the year before."""


async def sheet_values(
    at: At, links: Links, instead: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The whole sheet, with what is typed and not recorded yet.

    `instead` are keys of texts that its modules say here in the place of others.
    """
    sheet, view = await sheet_view(at)
    before, after = _neighbours(at)
    return {
        "form": at.form,
        "period": at.period,
        "approved": at.form.approved_on(at.desk.today()),
        "base": links.base,
        "sheet_at": links.sheet,
        "code": at.desk.code(at.place),
        "place_name": at.desk.name(at.place),
        "person": at.desk.person.hex(),
        "due": await due_at(at.desk.ledger, at.place, at.form, at.period),
        "has_year": at.form.period in _WITHIN_A_YEAR,
        "facts": [_fact(at, sheet, index, links) for index in range(len(sheet.rows))],
        "sheet": sheet,
        "view": view,
        "plain": msgspec.to_builtins(view),
        "before": before,
        "after": after,
        "reasons": REASONS,
        "words": {
            **_words(at.language),
            **{key: say_raw(other, at.language) for key, other in (instead or {}).items()},
        },
    }


def _fact(at: At, sheet: FormSheet, index: int, links: Links) -> Fact:
    row, language = sheet.rows[index], at.language
    one = row.indicator
    return Fact(
        one,
        row.units,
        before_words(row.last, one, language),
        row.last.period if row.last else "",
        before_words(row.year_before, one, language),
        links.history(one.code),
        links.conflict(one.code),
    )


def _neighbours(at: At) -> tuple[Period | None, Period | None]:
    """The periods before and after that a page can be opened for."""
    if at.form.period is Kind.STATIC:
        return None, None
    following = containing(at.period.end.fromordinal(at.period.end.toordinal() + 1), at.period.kind)
    try:
        entry.period_of(at.form, following.text, at.desk.latest_day())
    except Problem:
        return at.period.previous(), None
    return at.period.previous(), following


@functools.cache
def _words(language: Language) -> dict[str, str]:
    """What the page's modules say."""
    return {key: text[language] for key, text in load("words").items() if key.startswith("sheet-")}
