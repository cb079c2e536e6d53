"""Guangdong's 42 derived indicators on figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from server.catalogue import shipped
from sync.evaluate import Missing, indicator
from sync.period import parse
from tests.unit.one_place import World

PACK = shipped()
# What one place has filed, as `CODE[@period]=figure`; without a period it is the year 2024's.
FILED = """
A001=300 A002=250 A003=900 A004=700 A005=500 A007=140 A006@2024H2=200 A008=12
B001@2024Q4=180 B002@2024Q4=68 B003@2024Q4=35 B004@2024Q4=5 B005@2024Q4=30 B006@2024Q4=42
B002@2023Q4=60 B003@2023Q4=30 B004@2023Q4=10
B007=125 B008=45 B009=35 B010=45 B011=15 B012=7 B013=7 B014=20
C001=12 C002=240 C003=200 D001=285 D002@2024Q4=9 D003=200 D006=30 D007=100
E002=2 E005=880 E006=890 F006@2024-12=6 F007@2024-12=5 F008@2024-12=4
G001@2024-12=9 G002@2024-12=30 G006@2024-12=5 G007@2024-12=4
H001=800 H002=780 H003=390 H004@2024H2=40 H005=400 H006=300 H007=120
K001@2024Q4=100 K007@2024Q4=30000 K008@2024Q4=12500 K009=61 K009@2023=59 K010=30.5
K011@2024Q4=40 K012=80 L001@2024Q4=6
M001=2000 M006@2024-12=1900 M007@2024-12=950 M008@2024-12=8 M009@2024-12=6
Q001@2024-12=20 Q002@2024-12=18 Q003@2024-12=100 Q004@2024-12=75 Q005@2024-12=9
"""
# The B row is a table published with its results; the others are plain divisions.
EXPECTED = """
A501=77.7778 A502=40 A503=20
B501=108 B502=55 B503=28 B504=36 B505=60 B506=0 B507=0 B508=8
C501=100 C502=96 C503=80
D501=95 D502=75 D503=80 D504=30
E501=98.8764 E502=2.8571
F501=83.3333 F502=80 F503=8.5714
G501=3.3333 G502=55.5556 G503=100
H501=50 H502=5 H503=50 H504=400
K501=16666.6667 K502=2.4 K503=50 K504=2
L501=85.7143
M501=95 M502=50 M503=75 M504=-25
Q501=90 Q502=75 Q503=50
"""


def figures(text: str) -> dict[str, str]:
    """Codes and figures of a table above."""
    return dict(word.split("=") for word in text.split())


def test_every_derived_indicator_is_worked_out_below() -> None:
    """None of the 42 goes untried."""
    assert set(figures(EXPECTED)) == set(PACK.formulas)


@pytest.mark.parametrize("code", sorted(PACK.formulas))
def test_a_derived_indicator_comes_out_right(code: str) -> None:
    """To four decimals, for the year or the last period in it."""
    period = parse("2024").parts(PACK.indicators[code].period)[-1]
    result = indicator(code, World(figures(FILED), "2024"), period).value

    assert not isinstance(result, Missing), result
    assert round(Fraction(result), 4) == Fraction(figures(EXPECTED)[code])


@pytest.mark.parametrize("code", sorted(PACK.formulas))
def test_a_derived_indicator_without_figures_is_missing(code: str) -> None:
    """Nothing filed gives no figure, and says what lacks, never zero."""
    period = parse("2024").parts(PACK.indicators[code].period)[-1]
    result = indicator(code, World({}, "2024"), period).value

    assert isinstance(result, Missing)
    assert result.names
