"""A chart shows what is known and where nothing is, within its frame."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sync.screens.trend import HEIGHT, WIDTH, Sample, draw

FIGURES = st.fractions(-(10**12), 10**12)
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.none() | FIGURES,
        st.none() | FIGURES,
        st.none() | st.tuples(FIGURES, FIGURES).map(lambda pair: (min(pair), max(pair))),
    ),
    max_size=24,
)


def points(text: str) -> list[tuple[int, int]]:
    """The corners of a polyline."""
    return [(int(x), int(y)) for x, y in (pair.split(",") for pair in text.split())]


@given(SAMPLES)
def test_all_is_drawn_within_the_frame_and_nothing_is_made_up(samples: list[Sample]) -> None:
    """Each known figure has a dot, each missing one a gap; all corners lie within the chart."""
    drawing = draw(samples)

    known = [at for at, one in enumerate(samples) if one.value is not None]
    if not known:
        assert drawing is None
        return
    assert drawing is not None
    assert [dot.number for dot in drawing.dots] == known
    assert len(drawing.gaps) == len(samples) - len(known)
    corners = [(dot.x, dot.y) for dot in drawing.dots]
    for text in (*drawing.lines, *drawing.targets, *drawing.bands):
        corners += points(text)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in corners)


@given(st.lists(FIGURES, min_size=2, max_size=24))
def test_a_higher_figure_never_stands_lower(figures: list[Fraction]) -> None:
    """The order of the figures is the order of the dots, later ones further right."""
    drawing = draw([Sample(one) for one in figures])

    assert drawing is not None
    dots = drawing.dots
    for first in dots:
        for second in dots:
            if figures[first.number] > figures[second.number]:
                assert first.y <= second.y
            if first.number < second.number:
                assert first.x < second.x


def test_a_gap_breaks_the_line() -> None:
    """No line leads over a period without a figure (W5)."""
    drawing = draw([Sample(Fraction(1)), Sample(Fraction(2)), Sample(None), Sample(Fraction(3))])

    assert drawing is not None
    assert len(drawing.lines) == 1
    assert len(points(drawing.lines[0])) == 2


def test_the_scale_begins_at_zero_unless_all_figures_lie_far_above_it() -> None:
    """A small change of a large figure can be seen, and a large one is not made larger."""
    near = draw([Sample(Fraction(1000)), Sample(Fraction(1010))])
    wide = draw([Sample(Fraction(10)), Sample(Fraction(100))])

    assert near is not None
    assert wide is not None
    assert near.ground is None
    assert wide.ground is not None
    assert wide.ground > wide.dots[0].y
