"""What a cell is called on a page: of which kind it is, of what, for when."""

from __future__ import annotations

from typing import NamedTuple

from sync.catalogue import Catalogue, Form, Indicator
from sync.placecontext import period_of
from sync.review import form_of
from sync.texts import Language, known, say
from sync.value import Cell

__all__ = ["Title", "title_of"]


class Title(NamedTuple):
    """`kind` is '' for a reported value, which needs no word."""

    kind: str
    name: str
    code: str
    period: str
    indicator: Indicator | None
    form: Form | None


def title_of(catalogue: Catalogue, cell: Cell, language: Language) -> Title:
    """By the catalogue in force; what it doesn't know keeps its codes."""
    subject = form_of(cell.subject) if cell.kind in ("review", "correction") else None
    period, form_code = subject or (cell.subject, cell.field)
    code = cell.field.partition("/")[0].rpartition(":")[2]
    indicator = catalogue.indicators.get(code)
    form = catalogue.forms.get(form_code)
    kind = "" if cell.kind == "value" else _kind(cell.kind, language)
    if indicator is not None:
        name = indicator.name.say(language)
    else:
        name = form.name.say(language) if form else cell.field
        code = form.code if form else ""
    shown = period if period_of(period) is not None else cell.subject
    return Title(kind, name, code, shown, indicator, form)


def _kind(kind: str, language: Language) -> str:
    key = f"dispute-kind-{kind}"
    return say(key, language) if known(key) else kind
