"""A form's page: each value beside what it was, with all that was said of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from server.explaining.devices import device_names
from server.review.formstate import At, FormState
from server.review.reasons import Reason, Why, read
from server.review.saying import said
from server.review.standings import changed_codes
from server.review.undoing import values_before
from sync import clock
from sync.catalogue import Catalogue, Indicator
from sync.history import Version
from sync.ids import CommitId, DeviceId
from sync.ledger.ledger import Ledger
from sync.screens.formats import moment_words, quantity_words
from sync.screens.sheet_view import with_unit
from sync.texts import Language, say
from sync.value import Cell, Type, Value

__all__ = ["Beside", "CellView", "Signed", "beside", "cell_views", "signed"]


class Signed(NamedTuple):
    """Who filed something, when it came in, and on which device."""

    who: str
    when: str
    device: str
    words: str = ""


class Beside(NamedTuple):
    """What lies beside a form's values."""

    values: Mapping[str, Mapping[str, Value]]
    """By period."""
    prefilled: Mapping[str, Value]
    sources: Mapping[str, str]
    notes: Mapping[str, tuple[str, str]]
    """Words, and the names of the versions that say them."""
    already: Mapping[str, str]
    at_review: Mapping[str, Value]
    """What stood at the last review, of values that are others now."""
    since_review: Sequence[str]
    reasons: tuple[Reason, ...] | None
    """None while it is still to be looked at, or where nobody has to decide."""
    devices: Mapping[DeviceId, str]
    accepted: Mapping[CommitId, int | None]


class CellView(NamedTuple):
    """One value of the form in words."""

    code: str
    name: str
    value: str
    is_blank: bool
    signed: Signed | None
    rivals: list[str]
    previous: str
    difference: str
    year_before: str
    since: str
    reasons: list[tuple[Why, str]]
    prefilled: str
    note: str
    note_shown: str
    already: str
    returned: str


async def beside(books: Ledger, state: FormState) -> Beside:
    """Reads it, of one form."""
    at, period = state.at, state.at.period
    before, last = period.previous().text, period.year_before().text
    kinds = [(kind, period.text) for kind in ("prefill", "note", "already")]
    kinds += [("value", before), ("value", last)]
    cells = await books.standing(at.place, kinds)
    shown: dict[tuple[str, str], dict[str, Value]] = {}
    for cell, one in cells.items():
        if one.versions:
            shown.setdefault(cell[:2], {})[cell.field] = one.versions[0].value
    prefills = shown.get(("prefill", period.text), {})
    since, old = await _since_review(books, state)
    filed = [one for versions in state.cells.values() for one in versions]
    return Beside(
        values={text: shown.get(("value", text), {}) for text in (before, last)},
        prefilled=prefills,
        sources={
            code.removesuffix("/source"): value.text
            for code, value in prefills.items()
            if code.endswith("/source")
        },
        notes={
            cell.field: (one.versions[0].value.text, _names(at, cell, one.versions))
            for cell, one in cells.items()
            if cell.kind == "note" and one.versions
        },
        already={code: one.text for code, one in shown.get(("already", period.text), {}).items()},
        at_review=old,
        since_review=since,
        reasons=await _reasons(books, state),
        devices=await device_names(books, {one.device for one in filed}),
        accepted=await _accepted(books, {one.commit for one in filed}),
    )


def signed(
    books: Ledger, version: Version, around: Beside, language: Language, words: str = ""
) -> Signed:
    """Who filed a version; the second of acceptance, which no laptop's clock can shift."""
    at = around.accepted.get(version.commit) or clock.seconds(version.stamp)
    return Signed(
        books.register.names.get(version.author.hex(), "") or version.author.hex()[:8],
        moment_words(at, books.now(), language=language),
        around.devices.get(version.device, version.device.hex()[:10]),
        words,
    )


def cell_views(
    books: Ledger, catalogue: Catalogue, state: FormState, around: Beside, language: Language
) -> list[CellView]:
    """The form's values in its order."""
    return [
        _cell(books, catalogue, state, around, language, catalogue.indicators[code])
        for code in state.at.form.items
        if code in catalogue.indicators
    ]


def _cell(
    books: Ledger,
    catalogue: Catalogue,
    state: FormState,
    around: Beside,
    language: Language,
    indicator: Indicator,
) -> CellView:
    code, period = indicator.code, state.at.period
    versions = state.cells.get(Cell("value", period.text, code), ())
    now = versions[0].value if versions else None
    previous = around.values[period.previous().text].get(code)
    year_before = around.values[period.year_before().text].get(code)
    note, note_shown = around.notes.get(code, ("", ""))
    return CellView(
        code=code,
        name=indicator.name.say(language),
        value=with_unit(now, indicator, language),
        is_blank=now is None,
        signed=signed(books, versions[0], around, language) if versions else None,
        rivals=_rivals(books, versions, around, indicator, language),
        previous=with_unit(previous, indicator, language),
        difference=_difference(now, previous, language),
        year_before=with_unit(year_before, indicator, language),
        since=_since(around, indicator, language),
        reasons=[
            (one.why, said(one, catalogue, language))
            for one in around.reasons or ()
            if code in one.codes and one.why not in _OF_THE_FORM
        ],
        prefilled=_prefilled(around, indicator, language),
        note=note,
        note_shown=note_shown,
        already=around.already.get(code, ""),
        returned=_returned(state, code, language),
    )


_OF_THE_FORM = {
    *(Why.CHANGED, Why.AFTER_LOCK, Why.MENDED, Why.COPIED, Why.ALIKE, Why.DISPUTED),
    Why.BIG_CHANGE,
}
"""Reasons that the form says, or the cell in other ways."""


def _rivals(
    books: Ledger,
    versions: Sequence[Version],
    around: Beside,
    indicator: Indicator,
    language: Language,
) -> list[str]:
    if len({one.value for one in versions}) < 2:
        return []
    return [
        say(
            "review-rivals",
            language,
            value=with_unit(one.value, indicator, language),
            who=signed(books, one, around, language).who,
        )
        for one in versions[1:]
        if one.value != versions[0].value
    ]


def _difference(now: Value | None, before: Value | None, language: Language) -> str:
    """How much more or less, and in per cent where there was something."""
    if now is None or before is None or not now.type is before.type is Type.QUANTITY:
        return ""
    change = now.number - before.number
    if not change:
        return say("review-change-none", language)
    words = f"{'+' if change > 0 else ''}{quantity_words(change, language=language)}"
    if not before.number:
        return words
    tenths = round(Fraction(change * 1000, abs(before.number)))
    percent = quantity_words(tenths * 1000, language=language)
    return say(
        "review-change-percent", language, change=words, percent=f"{'+' * (tenths > 0)}{percent}"
    )


def _since(around: Beside, indicator: Indicator, language: Language) -> str:
    """What is another value than at the last review, and which it was."""
    if indicator.code not in around.since_review:
        return ""
    old = around.at_review.get(indicator.code)
    if old is None:
        return say("review-new-since", language)
    return say("review-at-review", language, value=with_unit(old, indicator, language))


def _prefilled(around: Beside, indicator: Indicator, language: Language) -> str:
    value = around.prefilled.get(indicator.code)
    if value is None:
        return ""
    source = around.sources.get(indicator.code) or say("review-other-unnamed", language)
    words = with_unit(value, indicator, language)
    return say("review-other-system", language, source=source, value=words)


def _returned(state: FormState, code: str, language: Language) -> str:
    back = state.returns.get(code)
    if back is None:
        return ""
    is_open = code in state.open_returns
    key = "review-returned-open" if is_open else "review-returned-answered"
    return say(key, language, words=back.words)


async def _since_review(books: Ledger, state: FormState) -> tuple[list[str], dict[str, Value]]:
    """The values that are others than the last decision saw, and what they were then."""
    if not state.decisions or not state.decided:
        return [], {}
    decision = state.decisions[0]
    since = changed_codes(decision, state.commits, state.at.form)
    cells = [Cell("value", state.at.period.text, c) for c in since if c in (decision.values or {})]
    rows = await books.database.rows(
        "SELECT place, position FROM commits WHERE id = ?", (state.decided[0].commit,)
    )
    if not cells or not rows:
        return since, {}
    place, position = rows[0]
    before = await values_before(books, place, position, cells)
    return since, {cell.field: value for cell, value in before.items()}


def _names(at: At, cell: Cell, versions: Sequence[Version]) -> str:
    """The names of what a page of the cell shows."""
    return " ".join(one.edit(at.place, cell).hex() for one in versions)


async def _accepted(books: Ledger, commits: Collection[CommitId]) -> dict[CommitId, int | None]:
    return dict(
        await books.database.rows_in(
            "SELECT id, accepted_at FROM commits WHERE id IN ({keys})",
            [(commit,) for commit in sorted(commits)],
        )
    )


async def _reasons(books: Ledger, state: FormState) -> tuple[Reason, ...] | None:
    at = state.at
    rows = await books.database.rows(
        "SELECT coalesce(a.reasons, '[]') FROM place_no p JOIN form_standing s ON s.place = p.no"
        " LEFT JOIN attention a ON a.place = p.no AND a.period = s.period AND a.form = s.form"
        " WHERE p.id = ? AND s.period = ? AND s.form = ? AND s.waiting = 1 AND NOT EXISTS"
        " (SELECT 1 FROM attention_due d WHERE d.place = p.no AND d.period = s.period"
        " AND d.form = s.form)",
        (at.place, at.period.text, at.form.code),
    )
    return read(rows[0][0]) if rows else None
