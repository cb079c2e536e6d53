"""A sheet as the browser shows it: all that changes while somebody types, as ready-made words.

The same document fills the page when it opens, answers each act, and follows what others do.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

import msgspec

from sync import checks, quantity
from sync.catalogue import Catalogue, Form, Indicator
from sync.entry import checking, drafts, explaining, units
from sync.entry.books import Book, book_of
from sync.entry.checking import Judged, Weight
from sync.entry.derived import Derived
from sync.entry.desk import Desk
from sync.entry.formsheet import FormSheet, Row, form_sheet
from sync.entry.prefill import Before, Offer
from sync.entry.stage import Lock
from sync.entry.standing import Held, State
from sync.entry.submission import concerns
from sync.evaluate import Brought
from sync.figure import Missing
from sync.ids import PlaceId
from sync.period import Period
from sync.quantity import SCALE
from sync.screens.formats import (
    moment_words,
    period_words,
    quantity_words,
    unit_words,
    value_words,
)
from sync.screens.standing_view import StandingView, standing_view
from sync.texts import Language, say
from sync.value import Type, Value

__all__ = ["WORDS_MARK", "At", "RowView", "SheetView", "before_words", "sheet_view", "with_unit"]

WORDS_MARK = " "
"""In the name of a draft of words about a cell (`note B001`); no code has it."""


class At(NamedTuple):
    """Which sheet, at whose desk, in which language."""

    desk: Desk
    place: PlaceId
    form: Form
    period: Period
    language: Language


class Rival(msgspec.Struct):
    """One of several values that differ."""

    value: str
    by: str
    when: str


class RowView(msgspec.Struct):
    """One row. `text` is what its control holds, `texts` the same in each unit that holds it exactly;
    `said` is the value for a person. `shown` names the versions, to be handed back with what is
    typed. Words are '' where there is nothing to say.
    """

    code: str
    text: str
    texts: dict[str, str]
    said: str
    reason: str
    state: str
    by: str
    when: str
    shown: list[str]
    change: str
    offer: str
    offer_from: str
    draft: str | None
    draft_unit: str
    note: str
    already: str
    returned: str
    returned_by: str
    old: str
    answered: bool
    lock: str
    rivals: list[Rival]


class FindingView(msgspec.Struct):
    """One broken rule: `weight` is block, explain or note; `cells` are rows of this sheet."""

    name: str
    period: str
    weight: str
    sentence: str
    cells: list[str]
    explanation: str
    offered: str
    offered_from: str


class DerivedView(msgspec.Struct):
    """A calculated figure in words, and what is still missing for it."""

    code: str
    now: str
    last: str
    year_before: str
    lacks: str


class SheetView(msgspec.Struct):
    """The whole sheet. `missing`, `confirmable` and `unanswered` are codes; `words` are notes and
    explanations that somebody was typing, by the name that the page keeps them under.
    """

    rows: list[RowView]
    derived: list[DerivedView]
    findings: list[FindingView]
    standing: StandingView
    missing: list[str]
    confirmable: list[str]
    unanswered: list[str]
    words: dict[str, str]


async def sheet_view(at: At) -> tuple[FormSheet, SheetView]:
    """The sheet as it stands now."""
    desk, place, form, period, language = at
    catalogue = await desk.catalogue()
    sheet = await form_sheet(desk, place, form, period)
    book = await book_of(desk.ledger, place)
    found = [
        _finding(one, catalogue, book, at)
        for one in await checking.judged(desk, place, period, form.items)
        if one.finding.bound not in sheet.missing
    ]
    order = ["block", "explain", "note"]
    return sheet, SheetView(
        rows=[_row(one, at) for one in sheet.rows],
        derived=[_derived(one, sheet, catalogue, at) for one in sheet.derived],
        findings=sorted(found, key=lambda one: order.index(one.weight)),
        standing=standing_view(desk, sheet.standing, language),
        missing=list(sheet.missing),
        confirmable=list(sheet.confirmable),
        unanswered=list(sheet.standing.unanswered),
        words={
            name: draft.text
            for name, draft in (await drafts.of(desk, place, period.text)).items()
            if WORDS_MARK in name
        },
    )


def with_unit(value: Value | None, indicator: Indicator, language: Language) -> str:
    """A value for a person, with its unit behind a number."""
    words = value_words(value, language=language)
    is_number = value is not None and value.type is Type.QUANTITY
    unit = unit_words(indicator.unit, language=language)
    return f"{words} {unit}".rstrip() if is_number else words


def _row(row: Row, at: At) -> RowView:
    indicator, language = row.indicator, at.language
    shown = row.held[0] if row.held else None
    returned, draft = row.returned, row.draft
    return RowView(
        code=indicator.code,
        text=_text(row.value),
        texts=_texts(row),
        said=with_unit(row.value, indicator, language),
        reason=row.reason,
        state=str(row.state),
        by=_other(at.desk, shown),
        when=moment_words(shown.typed_at, at.desk.now(), language=language) if shown else "",
        shown=sorted(name.hex() for name in row.shown),
        change=_change(row, language),
        offer=with_unit(row.offer.value, indicator, language) if row.offer else "",
        offer_from=_offer_from(row.offer, language),
        draft=draft.text if draft else None,
        draft_unit=draft.unit if draft else "",
        note=row.note,
        already=row.already,
        returned=returned.words if returned else "",
        returned_by=at.desk.person_name(returned.by) if returned else "",
        old=with_unit(returned.old, indicator, language) if returned else "",
        answered=returned.answered if returned else False,
        lock="" if row.lock is Lock.OPEN else str(row.lock),
        rivals=_rivals(row, at) if row.state is State.CONFLICT else [],
    )


def _text(value: Value | None) -> str:
    """What the row's control holds: '' for none and for a reason."""
    if value is None or value.type is Type.REASON:
        return ""
    if value.type is Type.QUANTITY:
        return quantity.text(value.number)
    if value.type is Type.FLAG:
        return "yes" if value.number else "no"
    return value.text


def _texts(row: Row) -> dict[str, str]:
    value = row.value
    if value is None or value.type is not Type.QUANTITY:
        return {}
    every = {unit: units.written(row.indicator, value.number, unit) for unit in row.units}
    return {unit: text for unit, text in every.items() if text}


def _other(desk: Desk, shown: Held | None) -> str:
    """Whose value it is, '' where it is one's own."""
    return desk.person_name(shown.author) if shown and shown.author != desk.person else ""


def _change(row: Row, language: Language) -> str:
    if row.change is None:
        return ""
    words = _signed(quantity_words(int(row.change * SCALE), language=language), row.change)
    if row.change_percent is None or not row.change:
        return words
    percent = _signed(_decimal(row.change_percent, 1), row.change)
    return say("sheet-change", language, change=words, percent=percent)


def _signed(words: str, number: Fraction) -> str:
    return f"+{words}" if number > 0 else words.replace("-", "−")


def _decimal(exact: Fraction, decimals: int) -> str:
    step = Decimal(1).scaleb(-decimals)
    # Far more digits than any figure shown has, so that the one rounding is the visible one.
    rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)
    return f"{rounded:f}"


def _offer_from(offer: Offer | None, language: Language) -> str:
    if offer is None:
        return ""
    if offer.kind == "system":
        return offer.source or say("sheet-other-system", language)
    return period_words(offer.source, language=language)


def _rivals(row: Row, at: At) -> list[Rival]:
    now = at.desk.now()
    return [
        Rival(
            with_unit(one.value, row.indicator, at.language),
            at.desk.person_name(one.author),
            moment_words(one.typed_at, now, language=at.language),
        )
        for one in row.held
    ]


_WEIGHTS = {Weight.BLOCKS: "block", Weight.UNEXPLAINED: "explain", Weight.EXPLAINED: "note"}


def _finding(one: Judged, catalogue: Catalogue, book: Book, at: At) -> FindingView:
    finding = one.finding
    before = explaining.offered(book, finding) if finding.severity == "soft" else None
    items = set(at.form.items)
    return FindingView(
        name=one.name,
        period=finding.period,
        # What a correction does to another period is worth knowing, and that period's own matter.
        weight=_WEIGHTS[one.weight] if concerns(one, at.period) else "note",
        sentence=checks.say(finding, catalogue, at.language),
        cells=[code for code in finding.cells if code in items],
        explanation=one.explanation,
        offered=before.text if before else "",
        offered_from=period_words(before.period, language=at.language) if before else "",
    )


def _derived(one: Derived, sheet: FormSheet, catalogue: Catalogue, at: At) -> DerivedView:
    language = at.language
    return DerivedView(
        code=one.indicator.code,
        now=_figure(one.now, one.indicator, language),
        last=_figure(one.last, one.indicator, language),
        year_before=_figure(one.year_before, one.indicator, language),
        lacks=_lacks(one, sheet, catalogue, at),
    )


def _lacks(one: Derived, sheet: FormSheet, catalogue: Catalogue, at: At) -> str:
    """What of this form is still to be typed for it, or that it waits for other figures."""
    if not isinstance(one.now.value, Missing) or not one.now.value.names:
        return ""
    here = [code for code in one.now.value.names if code in sheet.missing]
    if not here:
        return say("sheet-lacks-elsewhere", at.language)
    names = [catalogue.indicators[code].name.say(at.language) for code in here]
    return say("sheet-lacks", at.language, names=say("sheet-listed", at.language).join(names))


def _figure(brought: Brought, indicator: Indicator, language: Language) -> str:
    value = brought.value
    if isinstance(value, Missing):
        return ""
    if isinstance(value, bool):
        return say("field-flag-yes" if value else "field-flag-no", language)
    text = _decimal(value, indicator.decimals)
    words = quantity_words(quantity.rounded(Fraction(text)), language=language)
    return f"{words} {unit_words(indicator.unit, language=language)}".rstrip()


def before_words(before: Before | None, indicator: Indicator, language: Language) -> str:
    """A value of an earlier period for a person."""
    return with_unit(before.value, indicator, language) if before else ""
