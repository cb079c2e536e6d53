"""For every check of Guangdong's pack a set of figures that passes and one that breaks it.

A figure is filed under `CODE` for the period of the example, or under `CODE@PERIOD`. What starts
with a star is not a figure but what the surroundings know: `*peers` and the like.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.unit.one_place import Figures


class Example(NamedTuple):
    """One check at one place and period."""

    level: str
    period: str
    good: Figures
    bad: Figures


def village(period: str, good: Figures, **bad: str) -> Example:
    """At a village; the bad figures are the good ones with these in their place."""
    return Example("village", period, good, good | bad)


def town(period: str, good: Figures, **bad: str) -> Example:
    """At a town."""
    return Example("town", period, good, good | bad)


def county(period: str, good: Figures, **bad: str) -> Example:
    """At a county."""
    return Example("county", period, good, good | bad)


INCOME = {"B001": "180", "B002": "68", "B003": "35", "B004": "5", "B005": "30", "B006": "42"}
SPENT = {"B007": "125", "B008": "45", "B009": "35", "B010": "45"}
CLOSED = {f"{code}@2023Q4": figure for code, figure in INCOME.items()} | {
    "B007@2023": "125",
    "B011@2023": "15",
    "B012@2023": "7",
    "B013@2023": "7",
    "B014@2023": "20",
}
FUNDS = {
    "M001@2024": "2000",
    "M002": "1200",
    "M003": "600",
    "M004": "50",
    "M005": "150",
    "M006": "2000",
}
WATCHED = {"G001": "9", "G002": "30", "G003": "4", "G004": "3", "G005": "2", "G006": "5"}

EXAMPLES: dict[str, Example] = {
    "R01": village("2024Q3", INCOME, B001="182"),
    "R02": village("2024", SPENT, B007="125.03"),
    "R03": village("2024", CLOSED | {"B011": "36"}, B011="36.03"),
    "R04": village("2024Q3", {"B001": "50", "B001@2024Q2": "50"}, B001="49.99"),
    "R05": village("2024", {"A003": "900", "A001": "300"}, A003="299"),
    "R06": village("2024", {"A004": "700", "A002": "250"}, A004="249"),
    "R07": village("2024", {"A007": "200", "A004": "700"}, A007="701"),
    "R08": village("2024", {"C001": "12", "A008@2021": "12"}, C001="13"),
    "R09": village("2024Q1", {"D002": "12", "A008@2021": "12"}, D002="13"),
    "R10": village("2024", {"C002": "250", "C003": "200", "D003": "99", "A002": "250"}, D003="251"),
    "R11": village("2024", {"D001": "300", "A001": "300"}, D001="301"),
    "R12": village("2024", {"H003": "80", "H002": "80"}, H003="80.01"),
    "R13": village("2024H1", {"H004": "5", "H001@2023": "800"}, H004="801"),
    "R14": village("2024", {"H006": "300", "H007": "120"}, H007="0"),
    "R15": village("2024-05", WATCHED, G003="5"),
    "R16": village("2024-05", WATCHED | {"G007": "4"}, G007="5"),
    "R17": village("2024-05", WATCHED | {"A003@2023": "900"}, G002="8"),
    "R18": village("2024", {"E005": "880", "E006": "890"}, E005="891"),
    "R19": village("2024-05", {"F006": "6", "F007": "5", "F008": "4"}, F007="3"),
    "R20": town("2024-05", FUNDS, M006="2000.04"),
    "R21": town("2024-05", {"M007": "1800", "M006": "2000"}, M007="2000.01"),
    "R22": town("2024-05", {"M009": "7", "M008": "8"}, M009="9"),
    "R23": county(
        "2024Q2", {"K001": "100", "K002": "20", "K003": "35", "K004": "45.02"}, K004="45.03"
    ),
    "R24": county("2024", {"K010": "30", "K009": "60"}, K010="60.5"),
    "R25": town("2024Q2", {"L001": "7"}, L001="6.5"),
    "R26": village("2024", {"A001": "300"}, A001="300.5"),
    "R27": village("2024", {"A001": "not_applicable"}, A001=""),
    "R28": village("2024", {"*active": "yes"}, **{"*active": "no"}),
    "R29": village("2024", {"C002": "250", "A002": "250"}, C002="251"),
    "R30": town("2024", {"A001": "100", "*adjusted": "100", "*below": "100"}, **{"*below": "101"}),
    "R31": village("2024", {"A003": "105", "A003@2023": "100"}, A003="106"),
    "R32": village("2024", {"H001": "103", "H001@2023": "100"}, H001="96.99"),
    "R33": village("2024Q2", {"B001": "15.1", "B001@2023Q2": "10.1"}, B001="15.2"),
    "R34": village("2024", {"H002": "800", "H002@2023": "790"}, H002="54"),
    "R35": village(
        "2024", {"A004": "700", "A004@2023": "700", "A004@2022": "699"}, **{"A004@2022": "700"}
    ),
    "R36": village("2024", {"A004": "700", "A002": "250"}, A004="1751"),
    "R37": village("2024", {"A006@2024H2": "200", "A005": "500", "A003": "900"}, A005="199"),
    "R38": village("2024", {"H007": "120", "H006": "300"}, H007="240"),
    "R39": village("2024", {"H005": "700", "H001": "800"}, H005="801"),
    "R40": village(
        "2024", {"D004": "true", "D002@2024Q4": "3", "A008": "12"}, **{"D002@2024Q4": "0"}
    ),
    "R41": village("2024", {"E001": "true", "E001@2023": "true"}, E001="false"),
    "R42": village("2024Q4", {"B005": "80", "B001": "100", "B001@2023Q4": "50"}, B005="81"),
    "R43": town(
        "2024-05",
        {"M007": "1600", "M006": "2000", "M009": "4", "M008": "8"},
        M009="3",
    ),
    "R44": town("2024-05", FUNDS, M002="1300.1", M003="499.9"),
    "R45": county("2024Q2", {"K007": "20000", "K008": "10000"}, K008="4999"),
    "R46": village("2024", {"A001": "300", "*peers": "290", "*spread": "10"}, A001="500"),
    "R47": village("2024", {"A001": "300", "*same": "4"}, **{"*same": "5"}),
    "R48": village("2024", {"C002": "250", "A002": "250", "*calls": "2"}, **{"*calls": "3"}),
    "R49": village("2024", {"A001": "300", "*prefill": "290"}, A001="310"),
}
