"""The check engine: which rules a place's figures break, and how to say it.

The same rules run on the laptop at entry, before a submission, and at intake. A rule whose operands
are missing or that cannot be evaluated here finds nothing: what is unknown is not wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from sync import formula, quantity
from sync import formula_nodes as nodes
from sync.catalogue import Catalogue
from sync.definition import Severity
from sync.evaluate import Context, Missing, evaluate
from sync.formula import Expression
from sync.period import Kind, Period
from sync.rulebook import Rule, walked
from sync.texts import Language
from sync.texts import say as word

__all__ = ["Finding", "findings", "say"]


class Finding(NamedTuple):
    """One broken rule at one place: `cells` are the codes to look at, the bound one first.

    `values` fills the message's placeholders that are figures, as decimal text; '' has no figure.
    """

    check: str
    severity: Severity
    bound: str
    period: str
    cells: tuple[str, ...]
    values: dict[str, str]


def findings(
    catalogue: Catalogue,
    context: Context,
    level: str,
    period: Period,
    touched: Iterable[str] | None = None,
    done: set[tuple[str, str, str]] | None = None,
) -> list[Finding]:
    """The rules that a place of that level breaks, in the order of their checks.

    With `touched`, the codes that changed in the period: rules that look at none of them are left
    out; a rule for another kind of period runs for the period around this one, or for each within
    it; and one that looks back runs for the later periods too whose findings the change can alter.
    Without, all rules for this kind of period run (static ones with the year's), for it alone.
    """
    book = catalogue.rulebook
    rules = book.rules if touched is None else book.concerned(touched)
    return [
        _finding(rule, context, asked)
        for rule in rules
        if not rule.levels or level in rule.levels
        for asked in _periods(rule, period, exact=touched is None)
        if _is_new(done, (rule.check.code, rule.bound, asked.text))
        and evaluate(rule.expression, context, asked, bound=rule.bound) is False
    ]


def say(finding: Finding, catalogue: Catalogue, language: Language) -> str:
    """The check's message in that language, with the names and figures of the finding."""
    check = catalogue.checks[finding.check]
    values = {"period": finding.period}
    if finding.bound:
        values |= _names(catalogue, finding.bound, language)
    values |= {
        name: text or word("check-value-none", language) for name, text in finding.values.items()
    }
    return check.message.say(language).format_map(values)


def _periods(rule: Rule, period: Period, *, exact: bool) -> Sequence[Period]:
    """The periods to run a rule for when figures of this one are looked at."""
    kind = Kind.YEAR if rule.period is Kind.STATIC else rule.period or period.kind
    if exact:
        return (period,) if kind is period.kind else ()
    return _altered(kind, period, rule.periods_back, rule.looks_at_last_year)


@lru_cache(maxsize=4096)
def _altered(kind: Kind, period: Period, back: int, last_year: bool) -> Sequence[Period]:
    longer = kind.months >= period.kind.months
    at_once = (period.around(kind),) if longer else period.parts(kind)
    ahead = {*range(1, back + 1), *((Kind.YEAR.months // kind.months,) if last_year else ())}
    return sorted({*at_once, *(one.earlier(-count) for one in at_once for count in ahead)})


def _is_new(done: set[tuple[str, str, str]] | None, key: tuple[str, str, str]) -> bool:
    if done is None:
        return True
    before = len(done)
    done.add(key)
    return len(done) > before


def _finding(rule: Rule, context: Context, asked: Period) -> Finding:
    check = rule.check
    values = {
        name: _text(evaluate(expression, context, asked, bound=rule.bound))
        for name, expression in _wanted(rule).items()
    }
    return Finding(check.code, check.severity, rule.bound, asked.text, rule.cells, values)


def _wanted(rule: Rule) -> dict[str, Expression]:
    """The formulas of the placeholders that are figures: codes, VAL, and the check's own."""
    wanted = {code: formula.parse(code) for code in formula.names(rule.expression)}
    if rule.bound:
        wanted["val"] = formula.parse(rule.bound)
    return wanted | rule.values


def _text(result: Fraction | bool | Missing) -> str:
    """Exact decimal text where four decimals are enough, else two; '' where there is no figure."""
    if isinstance(result, Missing):
        return ""
    exact = Fraction(result)
    units = quantity.rounded(exact)
    if Fraction(units, quantity.SCALE) != exact:
        hundredths = quantity.rounded(exact * 100 / quantity.SCALE)
        units = hundredths * quantity.SCALE // 100
    return quantity.text(units)


def _names(catalogue: Catalogue, code: str, language: Language) -> dict[str, str]:
    """The bound indicator's name and owner, and what its formula divides by what."""
    indicator = catalogue.indicators[code]
    names = {
        "name": indicator.name.say(language),
        "owner": indicator.owner,
        "decimals": str(indicator.decimals),
    }
    for place, codes in zip(("num", "den"), _division(catalogue.formulas.get(code)), strict=True):
        said = [catalogue.indicators[one].name.say(language) for one in codes]
        names[place] = word("check-list", language).join(said) or word("check-units", language)
    return names


def _division(expression: Expression | None) -> tuple[list[str], list[str]]:
    """The indicators above and under the line of a formula that is a quotient."""
    match expression and expression.root:
        case nodes.Product(operands, below):
            over: tuple[list[str], list[str]] = ([], [])
            for operand, is_below in zip(operands, below, strict=True):
                found = walked(operand)
                over[is_below].extend(one.code for one in found if isinstance(one, nodes.Indicator))
            return over
    return [], []
