"""Why a form needs a reviewer's eyes, in words with its figures."""

from __future__ import annotations

from collections.abc import Sequence

from server.review.reasons import Reason, Why
from sync import checks, quantity
from sync.catalogue import Catalogue
from sync.checks import Finding
from sync.definition import Severity
from sync.problems import Problem
from sync.screens.formats import quantity_words
from sync.texts import Language, say

__all__ = ["names_of", "said"]

_NAMES_MAX = 3
_QUANTITIES = {"value", "other", "median", "before", "z"}
_CHECKS: dict[Why, Severity] = {
    Why.BLOCK: "hard",
    Why.BLOCK_EXPLAINED: "hard",
    Why.CHECK: "soft",
    Why.CHECK_EXPLAINED: "soft",
}


def said(reason: Reason, catalogue: Catalogue, language: Language) -> str:
    """The reason as one line."""
    key = f"review-says-{reason.why}"
    if reason.why in _CHECKS:
        message = _message(reason, catalogue, language)
        return say(key, language, message=message, words=reason.words)
    if reason.why is Why.AFTER_LOCK and not reason.codes:
        key += "-form"
    if reason.why is Why.BIG_CHANGE:
        key += f"-{reason.figures['against']}"
    figures = {
        name: _quantity(text, language) if name in _QUANTITIES else text
        for name, text in reason.figures.items()
    }
    names = names_of(reason.codes, catalogue, language)
    return say(key, language, names=names, words=reason.words, **figures)


def names_of(codes: Sequence[str], catalogue: Catalogue, language: Language) -> str:
    """The indicators' names, the first few of many."""
    known = catalogue.indicators
    names = [known[c].name.say(language) if c in known else c for c in codes[:_NAMES_MAX]]
    joined = say("review-names-join", language).join(names)
    if len(codes) > _NAMES_MAX:
        return say("review-names-more", language, names=joined, count=len(codes))
    return joined


def _message(reason: Reason, catalogue: Catalogue, language: Language) -> str:
    finding = Finding(
        reason.rule,
        _CHECKS[reason.why],
        reason.bound,
        reason.period,
        reason.codes,
        reason.figures,
    )
    try:
        return checks.say(finding, catalogue, language)
    except KeyError:  # since it was found, the check, its indicator or its figures became others
        return say("finding-outdated", language)


def _quantity(text: str, language: Language) -> str:
    try:
        return quantity_words(quantity.parse(text), language=language)
    except Problem:
        return text
