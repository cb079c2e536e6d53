"""Which indicators need more of a place than their own cell, and what contributions depend on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sync.aggregate import condition_series, product_series, weight_series
from sync.catalogue import Catalogue
from sync.definition import Indicator
from sync.period import Kind

__all__ = ["affected", "carried", "needs_place", "series_read"]


@lru_cache(maxsize=4)
def carried(catalogue: Catalogue) -> dict[str, bool]:
    """Every series that a place may contribute to, and whether it is filed on change."""
    return {
        series: one.period is Kind.STATIC
        for one in catalogue.indicators.values()
        for series in _series(catalogue, one)
    }


@lru_cache(maxsize=4)
def needs_place(catalogue: Catalogue) -> frozenset[str]:
    """The codes whose contributions depend on other cells of the place too."""
    found = {code for code, one in catalogue.indicators.items() if one.period is Kind.STATIC}
    for one in catalogue.indicators.values():
        found |= _reached(catalogue, _roots(catalogue, one))
    return frozenset(found)


def affected(before: Catalogue, after: Catalogue) -> dict[str, frozenset[str]]:
    """The indicators of which the contributions may differ, with all series that they have or had."""
    old, new = _signatures(before), _signatures(after)
    codes = {code for code in old.keys() | new.keys() if old.get(code) != new.get(code)}
    return {
        code: frozenset(
            series
            for catalogue in (before, after)
            if code in catalogue.indicators
            for series in _series(catalogue, catalogue.indicators[code])
        )
        for code in codes
    }


def series_read(catalogue: Catalogue, codes: Iterable[str]) -> dict[str, bool]:
    """The series that the figures of those indicators are made of, and whether each is carried."""
    kept = carried(catalogue)
    return {
        series: kept[series]
        for code in _reached(catalogue, codes)
        for series in _series(catalogue, catalogue.indicators[code])
    }


def _series(catalogue: Catalogue, one: Indicator) -> list[str]:
    conditions = catalogue.formulas[one.code].conditions if one.formula else ()
    return [
        one.code,
        *([product_series(one.code), weight_series(one.code)] if one.weight else []),
        *(condition_series(one.code, each.ordinal) for each in conditions),
    ]


def _roots(catalogue: Catalogue, one: Indicator) -> set[str]:
    """What the series beside the plain one look at first."""
    roots: set[str] = set()
    if one.space == "weighted_mean" or (one.space == "mean" and one.formula):
        roots |= {one.code, one.weight}
    if one.formula:
        for each in catalogue.formulas[one.code].conditions:
            roots |= each.condition.names
    return roots


def _reached(catalogue: Catalogue, codes: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = [code for code in codes if code in catalogue.indicators]
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            below = catalogue.formulas[code].names if code in catalogue.formulas else ()
            waiting += [name for name in below if name in catalogue.indicators]
    return reached


def _signatures(catalogue: Catalogue) -> dict[str, tuple[object, ...]]:
    """By code, all that its contributions are made by."""
    signatures: dict[str, tuple[object, ...]] = {}
    for code, one in catalogue.indicators.items():
        roots = _roots(catalogue, one)
        reached = sorted(_reached(catalogue, roots))
        formulas = [catalogue.formulas[name] for name in reached if name in catalogue.formulas]
        named = {name for each in formulas for name in each.names} | roots
        signatures[code] = (
            bool(one.formula),
            one.period is Kind.STATIC,
            one.formula if roots else "",
            *(
                _way(catalogue.indicators[name])
                for name in (sorted({code, *reached}) if roots else ())
            ),
            *sorted((p.code, p.value) for p in catalogue.parameters.values() if p.code in named),
        )
    return signatures


def _way(one: Indicator) -> tuple[object, ...]:
    return one.code, one.type, one.formula, one.period, one.space, one.time, one.level, one.weight
