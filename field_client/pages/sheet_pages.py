"""The sheet of one form for one period, where an officer types."""

from __future__ import annotations

import functools
from typing import NamedTuple

import msgspec
from litestar import Response, get

from field_client.pages.rendering import AnyRequest, desk_of, language_of, page
from field_client.pages.session import UNLOCKED, WHO
from field_client.pages.sheet_view import At, before_words, sheet_view
from sync.catalogue import Indicator
from sync.entry import blanks, entry
from sync.entry.formsheet import FormSheet
from sync.period import Kind, Period, containing
from sync.problems import Problem
from sync.texts import Language, load
from sync.value import REASONS

__all__ = ["at_sheet", "routes"]


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


@get("/sheet/{place:str}/{form:str}/{period:str}", opt={WHO: UNLOCKED})
async def sheet_page(request: AnyRequest) -> Response[str]:
    """The whole sheet, with what is typed and not recorded yet."""
    at = await at_sheet(request)
    sheet, view = await sheet_view(at)
    before, after = _neighbours(at)
    code = at.desk.code(at.place)
    return await page(
        request,
        "sheet.html",
        layout="laptop.html",
        form=at.form,
        period=at.period,
        approved=at.form.approved_on(at.desk.today()),
        base=f"/api/sheet/{at.address}",
        sheets=f"/sheet/{code}/{at.form.code}",
        code=code,
        place_name=at.desk.name(at.place),
        person=at.desk.person.hex(),
        due=blanks.due_date(at.form, at.period),
        has_year=at.form.period in _WITHIN_A_YEAR,
        facts=[_fact(at, sheet, index) for index in range(len(sheet.rows))],
        sheet=sheet,
        view=view,
        plain=msgspec.to_builtins(view),
        before=before,
        after=after,
        reasons=REASONS,
        words=_words(at.language),
    )


async def at_sheet(request: AnyRequest) -> At:
    """The sheet that an address names.

    Raises `field-place-…`, `field-form-…`, `field-period-…`, `period-malformed`, `field-sync-first`.
    """
    desk = await desk_of(request)
    named = request.path_params
    place = desk.find_place(named["place"])
    form = entry.form_asked(await desk.catalogue(), named["form"], desk.level(place, desk.today()))
    period = entry.period_of(form, named["period"], desk.latest_day())
    return At(desk, place, form, period, language_of(request))


def _fact(at: At, sheet: FormSheet, index: int) -> Fact:
    row, language = sheet.rows[index], at.language
    one = row.indicator
    cell = f"{at.desk.code(at.place)}/{at.period.text}/{one.code}"
    return Fact(
        one,
        row.units,
        before_words(row.last, one, language),
        row.last.period if row.last else "",
        before_words(row.year_before, one, language),
        f"/history/{cell}",
        f"/conflicts#{at.desk.code(at.place)}-value-{at.period.text}-{one.code}",
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


routes = [sheet_page]
