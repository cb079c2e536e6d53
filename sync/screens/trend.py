"""A small chart of a figure over time, as geometry that a template draws: no colours, no words.

What is missing breaks the line; nothing is drawn between two known figures that have a gap between
them. The scale begins at zero unless all figures lie close together, far above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

__all__ = ["HEIGHT", "WIDTH", "Dot", "Drawing", "Sample", "draw"]

WIDTH = 3200
HEIGHT = 1000
_SIDE = 120
_ABOVE = 90
_CLOSE = Fraction(1, 2)
_ROOM = Fraction(1, 10)


class Sample(NamedTuple):
    """One period: the figure (None where there is none), what is striven for, and a band of peers."""

    value: Fraction | None
    target: Fraction | None = None
    band: tuple[Fraction, Fraction] | None = None


class Dot(NamedTuple):
    """Where a known figure stands, and the how manieth of the samples it is, from 0."""

    x: int
    y: int
    number: int


class Drawing(NamedTuple):
    """Polylines and polygons as SVG takes them, within WIDTH by HEIGHT.

    `gaps` are where figures are missing; `ground` is where zero lies, None if it is off the scale.
    """

    lines: tuple[str, ...]
    targets: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[Dot, ...]
    gaps: tuple[int, ...]
    ground: int | None


def draw(samples: Sequence[Sample]) -> Drawing | None:
    """The chart of the samples, evenly spaced; None where no figure is known."""
    figures = [one.value for one in samples if one.value is not None]
    if not figures:
        return None
    figures += [one.target for one in samples if one.target is not None]
    figures += [edge for one in samples if one.band for edge in one.band]
    low, high = _scale(figures)

    def x(index: int) -> int:
        if len(samples) == 1:
            return WIDTH // 2
        return _SIDE + index * (WIDTH - 2 * _SIDE) // (len(samples) - 1)

    def y(figure: Fraction) -> int:
        share = (figure - low) / (high - low)
        return round(HEIGHT - _ABOVE - share * (HEIGHT - 2 * _ABOVE))

    def path(run: range, of: Callable[[Sample], Fraction]) -> list[str]:
        return [f"{x(index)},{y(of(samples[index]))}" for index in run]

    known = [one.value is not None for one in samples]
    bands = [
        " ".join((*path(run, _highest), *reversed(path(run, _lowest))))
        for run in _runs([one.band is not None for one in samples])
        if len(run) > 1
    ]
    targets = _runs([one.target is not None for one in samples])
    return Drawing(
        tuple(" ".join(path(run, _value)) for run in _runs(known) if len(run) > 1),
        tuple(" ".join(path(run, _target)) for run in targets if len(run) > 1),
        tuple(bands),
        tuple(Dot(x(at), y(_value(samples[at])), at) for at, yes in enumerate(known) if yes),
        tuple(x(at) for at, yes in enumerate(known) if not yes),
        y(Fraction(0)) if low <= 0 <= high else None,
    )


def _scale(figures: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """The lowest and the highest figure that the chart has room for, never equal."""
    low, high = min(figures), max(figures)
    if low >= 0 and low <= high * _CLOSE:
        low = Fraction(0)
    elif high <= 0 and high >= low * _CLOSE:
        high = Fraction(0)
    if low == high:
        low, high = low - 1, high + 1
    room = (high - low) * _ROOM
    return low if low == 0 else low - room, high if high == 0 else high + room


def _runs(known: Sequence[bool]) -> list[range]:
    """The stretches in which everything is known."""
    found: list[range] = []
    for index, yes in enumerate(known):
        if not yes:
            continue
        if found and found[-1].stop == index:
            found[-1] = range(found[-1].start, index + 1)
        else:
            found.append(range(index, index + 1))
    return found


def _value(sample: Sample) -> Fraction:
    assert sample.value is not None
    return sample.value


def _target(sample: Sample) -> Fraction:
    assert sample.target is not None
    return sample.target


def _lowest(sample: Sample) -> Fraction:
    assert sample.band is not None
    return sample.band[0]


def _highest(sample: Sample) -> Fraction:
    assert sample.band is not None
    return sample.band[1]
