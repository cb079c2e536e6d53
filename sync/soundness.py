"""Whether definitions hold together: what `Catalogue` refuses, and in which words.

Each function looks at one thing and raises the `Problem` that names the file and code at fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Formatter
from typing import TYPE_CHECKING

from sync import formula, quantity
from sync.definition import MESSAGE_WORDS, Check, Definition, Form, Indicator, Parameter, Words
from sync.formula import Expression
from sync.limits import FORMULA_TOWER_MAX
from sync.problems import Problem
from sync.texts import LANGUAGES

if TYPE_CHECKING:
    from sync.catalogue import Catalogue

__all__ = ["check", "parsed"]


def check(catalogue: Catalogue) -> None:
    """Raises the first `definition-…` problem of a catalogue whose formulas are parsed."""
    for one in catalogue.definitions():
        _check_texts(catalogue.where(one), one)
    for indicator in catalogue.indicators.values():
        _check_indicator(catalogue, indicator)
    for parameter in catalogue.parameters.values():
        _check_parameter(catalogue.where(parameter), parameter)
    _check_no_cycle(catalogue)
    for form in catalogue.forms.values():
        _check_form(catalogue, form)
    for rule in catalogue.checks.values():
        _check_check(catalogue, rule)


def parsed(where: str, field: str, text: str) -> Expression:
    """The expression of a definition's formula. Raises `definition-formula-wrong`."""
    try:
        return formula.parse(text)
    except Problem as why:
        raise Problem("definition-formula-wrong", where=where, field=field, why=why) from why


def _check_texts(where: str, one: Definition) -> None:
    """Names and messages in all languages; a note may be left out, but not in one language."""
    for field in ("name", "message", "note", "definition"):
        words = getattr(one, field, None)
        if isinstance(words, Words) and (field in ("name", "message") or words != Words()):
            for language in LANGUAGES:
                if not words.say(language).strip():
                    problem = "definition-language-missing"
                    raise Problem(problem, where=where, field=field, language=language)


def _check_indicator(catalogue: Catalogue, one: Indicator) -> None:
    where = catalogue.where(one)
    if one.code in formula.RESERVED or one.code.startswith("P_"):
        raise Problem("definition-code-reserved", where=where)
    if (one.type == "choice") != bool(one.choices) or len(set(one.choices)) < len(one.choices):
        raise _wrong(where, "choices", 'type = "choice", choices = ["…", "…"]')
    if (one.space == "weighted_mean") != bool(one.weight):
        raise _wrong(where, "weight", 'space = "weighted_mean", weight = "CODE"')
    if one.weight:
        _check_known(where, "weight", [one.weight], catalogue.indicators)
    if one.formula and (one.computed or one.type != "quantity"):
        raise _wrong(where, "formula", 'type = "quantity", computed = false')
    if one.formula:
        _check_names(catalogue, where, "formula", catalogue.formulas[one.code], bound=False)


def _check_parameter(where: str, one: Parameter) -> None:
    try:
        quantity.parse(one.value)
    except Problem as why:
        raise Problem("definition-formula-wrong", where=where, field="value", why=why) from why


def _check_form(catalogue: Catalogue, form: Form) -> None:
    where = catalogue.where(form)
    _check_known(where, "items", form.items, catalogue.indicators)
    if not form.items or len(set(form.items)) < len(form.items):
        raise _wrong(where, "items", '["CODE", …], ≠')
    for code in form.items:
        item = catalogue.indicators[code]
        if not item.entered or (item.level, item.period) != (form.level, form.period):
            raise Problem("definition-item-misplaced", where=where, name=code)


def _check_check(catalogue: Catalogue, one: Check) -> None:
    where = catalogue.where(one)
    _check_known(where, "each", one.each, catalogue.indicators)
    bound = bool(one.each)
    rule = catalogue.rules[one.code]
    if bound != formula.uses_bound(rule):
        raise _wrong(where, "each", 'VAL, each = ["CODE", …]')
    expressions = {"rule": rule, **catalogue.values[one.code]}
    for field, expression in expressions.items():
        _check_names(catalogue, where, field, expression, bound=bound)
    allowed = {*MESSAGE_WORDS[: None if bound else 0], "period", *one.values}
    allowed |= formula.names(rule)
    for language in LANGUAGES:
        _check_placeholders(where, one.message.say(language), allowed)


def _check_placeholders(where: str, message: str, allowed: set[str]) -> None:
    """Plain names only: an attribute or a format in a placeholder would be a way into the code."""
    try:
        parts = list(Formatter().parse(message))
    except ValueError as error:
        raise _wrong(where, "message", "{name}") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in allowed or form or conversion):
            known = ", ".join(sorted(allowed))
            name = f"message {{{name[:30]}}}"
            raise Problem("definition-field-unknown", where=where, field=name, known=known)


def _check_names(
    catalogue: Catalogue, where: str, field: str, expression: Expression, *, bound: bool
) -> None:
    if formula.uses_bound(expression) and not bound:
        raise Problem("definition-name-unknown", where=where, field=field, name="VAL")
    known = {*catalogue.indicators, *catalogue.parameters}
    _check_known(where, field, sorted(formula.names(expression)), known)


def _check_known(where: str, field: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise Problem("definition-name-unknown", where=where, field=field, name=name)


def _check_no_cycle(catalogue: Catalogue) -> None:
    """Walks the formulas depth first, without recursion: a chain may be as long as a catalogue."""
    heights: dict[str, int] = {}
    for start in sorted(catalogue.formulas):
        path = {} if start in heights else {start: _below(catalogue, start)}
        while path:
            code, rest = next(reversed(path.items()))
            below = next((name for name in rest if name not in heights), None)
            if below is None:
                del path[code]
                lower = max(map(heights.__getitem__, _below(catalogue, code)), default=0)
                heights[code] = catalogue.formulas[code].depth + lower
                if heights[code] > FORMULA_TOWER_MAX:
                    problem = "definition-formulas-too-deep"
                    where = catalogue.where(catalogue.indicators[code])
                    raise Problem(problem, where=where, most=FORMULA_TOWER_MAX)
            elif below in path:
                loop = [*list(path)[list(path).index(below) :], below]
                where = catalogue.where(catalogue.indicators[below])
                raise Problem("definition-cycle", where=where, loop=" → ".join(loop))
            else:
                path[below] = _below(catalogue, below)


def _below(catalogue: Catalogue, code: str) -> Iterator[str]:
    """The derived indicators that a formula names."""
    names = formula.names(catalogue.formulas[code])
    return iter(sorted(name for name in names if name in catalogue.formulas))


def _wrong(where: str, field: str, expected: str) -> Problem:
    return Problem("definition-field-wrong", where=where, field=field, expected=expected)
