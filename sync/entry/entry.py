"""What a person types, read against the indicator's definition: a value, or a sentence why not.

Pure: the day and the catalogue are handed in. What is merely doubtful (a wrong sum, too many
decimals for the unit) is no matter of this module: it is kept and the checks speak about it.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import assert_never

from sync import quantity
from sync.catalogue import Catalogue, Form, Indicator
from sync.period import Kind, Period, containing, parse
from sync.problems import Problem
from sync.texts import LANGUAGES, say
from sync.value import (
    REASONS,
    Value,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)

__all__ = ["form_asked", "indicator_asked", "meant", "period_of", "reason", "value"]

NO_VALUE = "-"
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "是", "有"), True),
    **dict.fromkeys(("false", "no", "n", "否", "无", "無"), False),
}


def meant(text: str) -> str:
    """A code or a period as it is written, whatever was typed: ２０２６ｑ３ is 2026Q3."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def indicator_asked(catalogue: Catalogue, text: str, level: str) -> Indicator:
    """The indicator of that code, which a place of that level types in.

    Raises `field-sync-first`, `field-indicator-…`.
    """
    if not catalogue.indicators:
        raise Problem("field-sync-first")
    found = catalogue.indicators.get(text) or catalogue.indicators.get(meant(text))
    if found is None:
        raise Problem("field-indicator-unknown", code=text[:40])
    if found.formula:
        raise Problem("field-indicator-derived", code=found.code, formula=found.formula[:80])
    if found.computed:
        raise Problem("field-indicator-computed", code=found.code)
    if found.level != level:
        raise Problem("field-indicator-level", code=found.code, level=found.level, here=level)
    return found


def form_asked(catalogue: Catalogue, text: str, level: str) -> Form:
    """The form of that code, which a place of that level hands in.

    Raises `field-sync-first`, `field-form-…`.
    """
    if not catalogue.forms:
        raise Problem("field-sync-first")
    found = catalogue.forms.get(text) or catalogue.forms.get(meant(text))
    if found is None:
        known = sorted(form.code for form in catalogue.forms.values() if form.level == level)
        raise Problem("field-form-unknown", code=text[:40], known=", ".join(known) or NO_VALUE)
    if found.level != level:
        raise Problem("field-form-level", code=found.code, level=found.level, here=level)
    return found


def period_of(definition: Indicator | Form, text: str, today: date) -> Period:
    """The period, if it is of the definition's kind and has begun.

    What is filed on change may be filed under any period. Raises `period-malformed`,
    `field-period-kind`, `field-period-future`.
    """
    period = parse(meant(text))
    kind = definition.period
    if kind is not Kind.STATIC and period.kind is not kind:
        example = containing(period.end, kind).text
        raise Problem(
            "field-period-kind", code=definition.code, period=period.text, example=example
        )
    if period.start > today:
        raise Problem("field-period-future", period=period.text, today=today.isoformat())
    return period


def value(indicator: Indicator, text: str) -> Value:
    """The value that the text says for that indicator.

    Raises `field-value-empty`, `field-flag-malformed`, `field-choice-unknown`, `quantity-…`,
    `text-too-long`.
    """
    plain = text.strip()
    if plain in {"", NO_VALUE}:
        raise Problem("field-value-empty", code=indicator.code, known=", ".join(REASONS))
    match indicator.type:
        case "quantity":
            return quantity_value(quantity.parse(plain))
        case "flag":
            if plain.casefold() not in _FLAGS:
                raise Problem("field-flag-malformed", code=indicator.code, text=plain[:40])
            return flag_value(_FLAGS[plain.casefold()])
        case "choice":
            if plain not in indicator.choices:
                known = ", ".join(indicator.choices)
                raise Problem("field-choice-unknown", code=indicator.code, known=known)
            return choice_value(plain)
        case "text":
            return text_value(plain)
    assert_never(indicator.type)


def reason(text: str) -> Value:
    """Why there is no value, by its code or in the words of any of the languages.

    Raises `reason-unknown`.
    """
    plain = text.strip()
    for code in REASONS:
        if plain.casefold() in {
            say(f"field-reason-{code}", language).casefold() for language in LANGUAGES
        }:
            return reason_value(code)
    return reason_value(plain)
