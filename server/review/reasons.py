"""Why a form needs a reviewer's eyes: rules over one form's figures, pure.

What is unusual is not wrong: each reason says its figures, and a person decides. Peers are compared
by the robust z, 0.6745 * (x - median) / MAD, which a few strange values among them cannot move;
where that spread is nothing, by 0.7979 * (x - median) / mean distance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import msgspec

from server.review.standings import Standing
from sync.catalogue import Catalogue, Form
from sync.checks import Finding
from sync.period import Kind
from sync.quantity import SCALE, text
from sync.surroundings import PEERS_MIN
from sync.value import Type, Value

__all__ = [
    "WEIGHTS",
    "Figures",
    "Found",
    "Peers",
    "Reason",
    "Why",
    "read",
    "reasons",
    "score",
    "written",
]

_Z = Fraction(6745, 10_000)
_Z_BY_MEAN = Fraction(7979, 10_000)
_Z_MAX = Fraction(7, 2)
_CHANGE_MAX = Fraction(1, 2)
_CHANGE_UNITS_MIN = 5 * SCALE
"""From one to two is twice as much, and nothing to look at."""

_ALIKE_MIN = 3
"""Fewer figures that are the same as before, or as elsewhere, say nothing."""


class Why(StrEnum):
    """What a reason is about."""

    ASKED = "asked"
    CHANGED = "changed"
    AFTER_LOCK = "after_lock"
    DISPUTED = "disputed"
    BLOCK = "block"
    BLOCK_EXPLAINED = "block_explained"
    CONTRADICTION = "contradiction"
    OUTLIER = "outlier"
    ALIKE = "alike"
    COPIED = "copied"
    CHECK = "check"
    BIG_CHANGE = "big_change"
    CHECK_EXPLAINED = "check_explained"
    MENDED = "mended"
    LATE = "late"


WEIGHTS: Mapping[Why, int] = {
    Why.ASKED: 60,
    Why.AFTER_LOCK: 55,
    Why.CHANGED: 50,
    Why.DISPUTED: 45,
    Why.BLOCK: 40,
    Why.BLOCK_EXPLAINED: 30,
    Why.CONTRADICTION: 25,
    Why.OUTLIER: 22,
    Why.ALIKE: 20,
    Why.COPIED: 18,
    Why.CHECK: 15,
    Why.BIG_CHANGE: 12,
    Why.CHECK_EXPLAINED: 8,
    Why.MENDED: 6,
    Why.LATE: 4,
}
_SCORE_MAX = 9999


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason: the indicators that it is about, and decimal text or counts by name.

    Of a check `rule`, `bound` and `period` name the finding, and `figures` fill its message.
    """

    why: Why
    codes: tuple[str, ...] = ()
    figures: dict[str, str] = {}
    words: str = ""
    rule: str = ""
    bound: str = ""
    period: str = ""


@dataclass(frozen=True)
class Peers:
    """What the places of one kind filed: by code the units of all of them, the place's own too."""

    by_code: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """Code -> place's number -> the value in 1/10 000."""


@dataclass(frozen=True)
class Found:
    """A finding of the checks, with the officer's explanation ('' if there is none)."""

    finding: Finding
    explanation: str


@dataclass(frozen=True)
class Figures:
    """All that the rules look at, of one form of one place for one period."""

    place: int
    form: Form
    standing: Standing
    now: Mapping[str, Value]
    previous: Mapping[str, Value] = field(default_factory=dict)
    year_before: Mapping[str, Value] = field(default_factory=dict)
    prefilled: Mapping[str, Value] = field(default_factory=dict)
    disputed: Collection[str] = ()
    found: Sequence[Found] = ()
    peers: Peers = Peers()
    changed: Sequence[str] = ()
    mended: Sequence[str] = ()
    asked: str = ""
    days_late: int = 0


def reasons(figures: Figures, catalogue: Catalogue) -> list[Reason]:
    """All reasons, the weightiest first."""
    found = [
        *_of_review(figures),
        *_of_checks(figures),
        *_contradictions(figures),
        *_outliers(figures, catalogue),
        *_alike(figures, catalogue),
        *_copied(figures, catalogue),
        *_big_changes(figures, catalogue),
    ]
    return sorted(found, key=lambda one: (-WEIGHTS[one.why], one.codes))


def score(found: Iterable[Reason]) -> int:
    """How much a form needs eyes; each further reason of one kind counts half of the one before."""
    seen: Counter[Why] = Counter()
    total = 0
    for one in found:
        total += WEIGHTS[one.why] >> min(seen[one.why], 8)
        seen[one.why] += 1
    return min(total, _SCORE_MAX)


def written(found: Sequence[Reason]) -> str:
    """Reasons as they are kept."""
    return msgspec.json.encode(found).decode()


def read(text: str) -> tuple[Reason, ...]:
    """Reasons as they were kept."""
    return msgspec.json.decode(text, type=tuple[Reason, ...])


def _of_review(figures: Figures) -> Iterator[Reason]:
    standing = figures.standing
    if standing.asked:
        yield Reason(Why.ASKED, words=figures.asked)
    if standing.locked_late:
        yield Reason(Why.AFTER_LOCK, tuple(figures.changed))
    elif figures.changed:
        yield Reason(Why.CHANGED, tuple(figures.changed))
    if figures.disputed:
        yield Reason(Why.DISPUTED, tuple(sorted(figures.disputed)))
    if figures.mended:
        yield Reason(Why.MENDED, tuple(figures.mended))
    if standing.late:
        yield Reason(Why.LATE, figures={"days": str(figures.days_late)})


def _of_checks(figures: Figures) -> Iterator[Reason]:
    kinds = {
        ("hard", False): Why.BLOCK,
        ("hard", True): Why.BLOCK_EXPLAINED,
        ("soft", False): Why.CHECK,
        ("soft", True): Why.CHECK_EXPLAINED,
    }
    for one in figures.found:
        finding = one.finding
        yield Reason(
            kinds[finding.severity, bool(one.explanation)],
            finding.cells,
            finding.values,
            one.explanation,
            finding.check,
            finding.bound,
            finding.period,
        )


def _contradictions(figures: Figures) -> Iterator[Reason]:
    for code, value in figures.now.items():
        other = figures.prefilled.get(code)
        if other is not None and other != value and other.type is value.type is Type.QUANTITY:
            said = {"value": text(value.number), "other": text(other.number)}
            yield Reason(Why.CONTRADICTION, (code,), said)


def _outliers(figures: Figures, catalogue: Catalogue) -> Iterator[Reason]:
    """Values far from those of the peers, where there are enough of these and they differ at all."""
    for code, value in _quantities(figures, catalogue):
        others = figures.peers.by_code.get(code, {})
        if len(others) < PEERS_MIN:
            continue
        middle = _median(others.values())
        z = _robust_z(value, middle, [abs(one - middle) for one in others.values()])
        if abs(z) > _Z_MAX:
            said = {"value": text(value), "median": text(round(middle)), "peers": str(len(others))}
            yield Reason(Why.OUTLIER, (code,), said | {"z": text(round(z * 10) * SCALE // 10)})


def _robust_z(value: int, middle: Fraction, distances: Sequence[Fraction]) -> Fraction:
    """By the median of the distances; where most peers are the same, by their mean."""
    if spread := _median(distances):
        return _Z * (value - middle) / spread
    spread = sum(distances, Fraction()) / len(distances)
    return _Z_BY_MEAN * (value - middle) / spread if spread else Fraction()


def _alike(figures: Figures, catalogue: Catalogue) -> Iterator[Reason]:
    """The same figures as other places of the kind have, all of them."""
    own = {code: value for code, value in _quantities(figures, catalogue) if value}
    if len(own) < _ALIKE_MIN:
        return
    others: set[int] | None = None
    for code, value in own.items():
        same = {
            place
            for place, other in figures.peers.by_code.get(code, {}).items()
            if other == value and place != figures.place
        }
        others = same if others is None else others & same
    if others:
        said = {"places": str(len(others)), "count": str(len(own))}
        yield Reason(Why.ALIKE, tuple(own), said)


def _copied(figures: Figures, catalogue: Catalogue) -> Iterator[Reason]:
    """All figures the same as last period's, none of them nothing."""
    own = {
        code: value
        for code, value in _quantities(figures, catalogue)
        if code in figures.previous and value
    }
    if len(own) >= _ALIKE_MIN and all(figures.previous[code] == figures.now[code] for code in own):
        yield Reason(Why.COPIED, tuple(own), {"count": str(len(own))})


def _big_changes(figures: Figures, catalogue: Catalogue) -> Iterator[Reason]:
    """By more than half against last period; what adds up through the year, against last year."""
    for code, value in _quantities(figures, catalogue):
        sums_up = catalogue.indicators[code].time == "cum"
        before = (figures.year_before if sums_up else figures.previous).get(code)
        if before is None or before.type is not Type.QUANTITY or not before.number:
            continue
        change = Fraction(value - before.number, abs(before.number))
        if abs(change) > _CHANGE_MAX and abs(value - before.number) >= _CHANGE_UNITS_MIN:
            said = {
                "value": text(value),
                "before": text(before.number),
                "percent": f"{round(change * 100):+d}",
                "against": "year" if sums_up else "period",
            }
            yield Reason(Why.BIG_CHANGE, (code,), said)


def _quantities(figures: Figures, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    """The form's quantities that are filed for each period."""
    for code, value in figures.now.items():
        known = catalogue.indicators.get(code)
        if known is not None and known.period is not Kind.STATIC and value.type is Type.QUANTITY:
            yield code, value.number


def _median(values: Iterable[int | Fraction]) -> Fraction:
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[half])
    return Fraction(ordered[half - 1] + ordered[half]) / 2
