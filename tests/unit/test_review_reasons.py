"""Why a form needs a reviewer's eyes, against a plain recount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped
from server.review.reasons import Figures, Found, Peers, Reason, Why, read, reasons, score, written
from server.review.saying import said
from server.review.standings import Standing
from sync.checks import Finding
from sync.quantity import SCALE
from sync.review import Stage
from sync.texts import LANGUAGES
from sync.value import Value, flag_value, quantity_value, reason_value

CATALOGUE = shipped()
FORM = CATALOGUE.forms["C201"]
STANDING = Standing(Stage.SUBMITTED, 5, 0, 0, 0, 0, 0, 0, 1)


def of(numbers: Mapping[str, int]) -> dict[str, Value]:
    """Whole quantities."""
    return {code: quantity_value(number * SCALE) for code, number in numbers.items()}


def figures(now: Mapping[str, int], **more: object) -> Figures:
    """A form's figures, of the place with the number 1."""
    return Figures(place=1, form=FORM, standing=STANDING, now=of(now), **more)  # type: ignore[arg-type]


def found(some: Figures) -> dict[Why, Reason]:
    """The reasons by kind, the last of several."""
    return {one.why: one for one in reasons(some, CATALOGUE)}


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_an_outlier_is_far_from_the_peers_by_the_robust_z(values: list[int]) -> None:
    """By 0.6745 (x - median) / MAD beyond 3.5, or by the mean distance where the MAD is nothing; of
    fewer than five nothing is said (S77).
    """
    peers = Peers({"D002": {n + 1: value * SCALE for n, value in enumerate(values)}})
    told = Why.OUTLIER in found(figures({"D002": values[0]}, peers=peers))

    middle = Fraction(median(map(Fraction, values)))
    distances = [abs(value - middle) for value in values]
    spread = Fraction(median(distances))
    scale = Fraction("0.6745")
    if not spread:
        spread, scale = sum(distances, Fraction()) / len(values), Fraction("0.7979")
    z = scale * (values[0] - middle) / spread if spread else Fraction()
    assert told == (len(values) >= 5 and abs(z) > Fraction("3.5"))


def test_one_strange_value_among_the_same_is_told() -> None:
    """Where nearly all are the same, the median distance is nothing, and yet one stands out (S77)."""
    peers = Peers({"D002": dict.fromkeys(range(2, 9), 3 * SCALE) | {1: 500 * SCALE}})
    reason = found(figures({"D002": 500}, peers=peers))[Why.OUTLIER]

    assert reason.codes == ("D002",)
    assert reason.figures["median"] == "3"
    assert reason.figures["peers"] == "8"


def test_a_form_that_repeats_its_last_period_is_told() -> None:
    """Three figures at least, none of them nothing, all the same (S77)."""
    numbers = {"B002": 5, "B003": 6, "B004": 7}
    assert Why.COPIED in found(figures(numbers, previous=of(numbers)))
    assert Why.COPIED not in found(figures(numbers, previous=of(numbers | {"B004": 8})))
    two = {"B002": 5, "B003": 6, "B004": 0}
    assert Why.COPIED not in found(figures(two, previous=of(two)))


def test_a_form_that_is_the_same_as_anothers_is_told() -> None:
    """All figures at one other place, not one here and one there (S77)."""
    numbers = {"B002": 5, "B003": 6, "B004": 7}
    same = {code: {1: n * SCALE, 2: n * SCALE, 3: 0} for code, n in numbers.items()}
    assert found(figures(numbers, peers=Peers(same)))[Why.ALIKE].figures["places"] == "1"
    parted = same | {"B004": {1: 7 * SCALE, 2: 0, 3: 7 * SCALE}}
    assert Why.ALIKE not in found(figures(numbers, peers=Peers(parted)))


def test_what_adds_up_through_the_year_is_measured_against_last_year() -> None:
    """A cumulative figure always grows within its year; a count is measured by last period (S77)."""
    assert CATALOGUE.indicators["B001"].time == "cum"
    grown = figures({"B001": 200, "D002": 100}, previous=of({"B001": 100, "D002": 90}))
    assert Why.BIG_CHANGE not in found(grown)
    fallen = replace(grown, year_before=of({"B001": 500}))
    reason = found(fallen)[Why.BIG_CHANGE]
    assert (reason.codes, reason.figures["percent"]) == (("B001",), "-60")
    assert reason.figures["against"] == "year"


def test_another_systems_figure_that_differs_is_told() -> None:
    """The same figure is no contradiction, nor is one that isn't a quantity (S77)."""
    assert Why.CONTRADICTION not in found(figures({"B002": 5}, prefilled=of({"B002": 5})))
    assert Why.CONTRADICTION not in found(
        figures({"B002": 5}, prefilled={"B002": reason_value("below_unit")})
    )
    assert Why.CONTRADICTION not in found(
        figures({"B002": 5}, prefilled={"B002": flag_value(True)})
    )
    reason = found(figures({"B002": 5}, prefilled=of({"B002": 7})))[Why.CONTRADICTION]
    assert reason.figures == {"value": "5", "other": "7"}


def test_the_reviews_own_reasons_come_from_where_the_form_stands() -> None:
    """Asked, changed, after the lock, late, mended, disputed: each with what it is about (S77)."""
    plain = figures({"B002": 5})
    assert found(plain) == {}
    standing = STANDING._replace(asked=1, late=1, changed=2)
    some = replace(
        plain,
        standing=standing,
        asked="报错了",
        days_late=3,
        changed=("B002", "B003"),
        mended=("B004",),
        disputed=("B002",),
    )
    told = found(some)
    assert told.keys() == {Why.ASKED, Why.LATE, Why.CHANGED, Why.MENDED, Why.DISPUTED}
    assert told[Why.ASKED].words == "报错了"
    assert told[Why.LATE].figures == {"days": "3"}
    locked = replace(some, standing=standing._replace(locked_late=1))
    assert Why.AFTER_LOCK in found(locked)
    assert Why.CHANGED not in found(locked)


def test_the_weightiest_reason_comes_first_and_many_small_ones_weigh_little() -> None:
    """A block outweighs any number of soft findings of one kind (S77)."""
    soft = Found(Finding("R47", "soft", "B002", "2024Q3", ("B002",), {}), "")
    hard = Found(Finding("R01", "hard", "B002", "2024Q3", ("B002",), {}), "")
    both = reasons(figures({"B002": 5}, found=[soft, hard]), CATALOGUE)
    many = reasons(figures({"B002": 5}, found=[soft] * 40), CATALOGUE)

    assert [one.why for one in both] == [Why.BLOCK, Why.CHECK]
    assert score(many) < score(both[:1])
    explained = [Found(hard.finding, "查过")]
    assert Why.BLOCK_EXPLAINED in found(figures({"B002": 5}, found=explained))


def test_every_kind_of_reason_is_said_in_every_language() -> None:
    """No reason is left without its words, with or without figures (S77)."""
    samples = {
        Why.OUTLIER: {"value": "5", "median": "2", "peers": "9", "z": "4.5"},
        Why.CONTRADICTION: {"value": "5", "other": "7"},
        Why.ALIKE: {"places": "2", "count": "4"},
        Why.COPIED: {"count": "4"},
        Why.LATE: {"days": "3"},
        Why.BIG_CHANGE: {"value": "5", "before": "1", "percent": "+400", "against": "period"},
    }
    for why in Why:
        for codes in ((), ("B002",), ("B001", "B002", "B003", "B004", "NEW")):
            one = Reason(why, codes, samples.get(why, {}), "说明", "R00", "B002", "2024Q3")
            for language in LANGUAGES:
                words = said(one, CATALOGUE, language)
                assert words
                assert "{" not in words


@given(
    st.lists(
        st.builds(
            Reason,
            st.sampled_from(Why),
            st.lists(st.text(max_size=4), max_size=3).map(tuple),
            st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
            st.text(max_size=8),
        )
    )
)
def test_reasons_are_read_as_they_were_kept(some: list[Reason]) -> None:
    """What the background wrote is what the page reads (S77)."""
    assert read(written(some)) == tuple(some)
