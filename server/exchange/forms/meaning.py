"""What stands in a cell of a workbook, as a value of its indicator, or one sentence why it is none."""

from __future__ import annotations

from server.exchange.forms.reading import Found
from sync.catalogue import Indicator
from sync.entry import entry, typed, units
from sync.problems import Problem
from sync.screens.formats import unit_words
from sync.texts import LANGUAGES
from sync.value import Value

__all__ = ["value_of"]


def value_of(found: Found, indicator: Indicator) -> Value | None:
    """The value, None for an empty cell.

    Raises `import-date`, `import-value-and-reason`, `reason-unknown` and what reading what a person
    types raises.
    """
    if found.reason:
        if found.text:
            raise Problem("import-value-and-reason", text=found.text[:40])
        return entry.reason(found.reason)
    if not found.text:
        return None
    if found.kind == "date" and indicator.type != "text":
        raise Problem("import-date", text=found.text[:40])
    if indicator.type != "quantity":
        text = found.text
        if found.kind == "number" and indicator.type == "flag":
            text = {"1": "yes", "0": "no"}.get(text, text)
        return _or_reason(indicator, text, "")
    return _or_reason(indicator, found.text, _unit(found.unit, indicator))


def _or_reason(indicator: Indicator, text: str, unit: str) -> Value:
    """What the text says as a value; else, in the words for one, as a reason for none."""
    if indicator.type != "text":
        try:
            return entry.reason(text)
        except Problem:
            pass
    value, _ = typed.read(indicator, text, unit)
    return value


def _unit(text: str, indicator: Indicator) -> str:
    """The unit that a heading or a column names, '' for the indicator's own.

    Raises `field-unit-unknown`.
    """
    named = any(text in one for one in (indicator.name.zh_hans, indicator.name.zh_hant))
    if not text or text == indicator.unit or (named and text not in units.offered(indicator)):
        return ""
    for unit in units.offered(indicator):
        if text == unit or text in {unit_words(unit, language=one) for one in LANGUAGES}:
            return "" if unit == indicator.unit else unit
    if not indicator.unit and not units.offered(indicator):
        return ""
    raise Problem("field-unit-unknown", unit=text[:20], own=indicator.unit)
