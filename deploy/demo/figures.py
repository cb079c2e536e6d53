"""Made-up figures that hang together: parts add up, years grow slowly, nothing exceeds its whole."""

from __future__ import annotations

from random import Random

from sync.period import Period

__all__ = ["Figures"]

Typed = dict[str, str]
"""What is typed into a form: indicator code to text."""

_PARTS = ("B002", "B003", "B004", "B005", "B006")
_SPENDING = ("B008", "B009", "B010")
_DOUBTFUL_HOUSEHOLD = 8


class Figures:
    """One village's figures, drawn from the seed and its code: the same whenever they are asked."""

    def __init__(self, seed: int, code: str, *, doubtful: bool = False) -> None:
        self._key = f"{seed} {code}"
        self._doubtful = doubtful
        chance = self._chance("village")
        self._households = chance.randint(220, 1500)
        self._persons = self._households * chance.randint(33, 45) // 10
        self._hamlets = chance.randint(4, 30)
        self._land = chance.randint(60_000, 500_000)
        self._income = {part: chance.randint(20_00, 90_00) for part in _PARTS}
        self._monitored = [chance.randint(0, 4) for _ in range(3)]
        self._sewage = chance.randint(1, self._hamlets - 3)

    def card(self) -> Typed:
        """What is filed when it changes (C100)."""
        chance = self._chance("card")
        flags = {code: _flag(chance, 80) for code in ("C005", "E001", "E004", "F003")}
        return {"A008": str(self._hamlets), **flags}

    def year(self, year: Period) -> Typed:
        """The year's figures (C101)."""
        chance = self._chance(year.text)
        grown = 1000 + 4 * (year.start.year % 10)
        households, persons = self._households * grown // 1000, self._persons * grown // 1000
        at_home = households * 70 // 100
        residents = at_home * (_DOUBTFUL_HOUSEHOLD if self._doubtful else 3)
        spending = {code: chance.randint(10_00, 40_00) for code in _SPENDING}
        insured = persons * 98 // 100
        other = year.start.year % 3  # no figure that moves is the same in two years running
        return {
            "A001": str(households),
            "A002": str(at_home),
            "A003": str(persons),
            "A004": str(residents + 3 * chance.randint(0, 2) + other),
            "B007": _hundredths(sum(spending.values())),
            **{code: _hundredths(spent) for code, spent in spending.items()},
            "H001": _hundredths(self._land),
            "H003": _hundredths(self._land * (3 * chance.randint(7, 19) + other) // 100),
            "C001": str(self._hamlets - chance.randint(0, 2)),
            "C002": str(at_home * chance.randint(92, 100) // 100),
            "D001": str(households * chance.randint(90, 100) // 100),
            "D005": _flag(self._chance("toilets"), 85),
            "E005": str(insured * chance.randint(93, 100) // 100),
            "E006": str(insured),
        }

    def quarter(self, quarter: Period, *, other: int = 0) -> Typed:
        """The quarter's figures (C201), cumulative since January.

        With `other`, three of them differ: somebody else's count of the same thing.
        """
        number = (quarter.start.month + 2) // 3
        income = {
            code: whole * (quarter.start.year % 3 + 30) // 32 * number * 25 // 100
            for code, whole in self._income.items()
        }
        income["B002"] += 100 * other
        treated = min(self._sewage + number // 2, self._hamlets - 1) + other
        return {
            "B001": _hundredths(sum(income.values())),
            **{code: _hundredths(earned) for code, earned in income.items()},
            "D002": str(treated),
        }

    def month(self, month: Period) -> Typed:
        """The month's confirmation (C202)."""
        chance = self._chance(month.text)
        received = chance.randint(1, 12)
        monitored = sum(self._monitored)
        kinds = dict(zip(("G003", "G004", "G005"), map(str, self._monitored), strict=True))
        return {
            "F006": str(received),
            "F007": str(received - chance.randint(0, 1)),
            "G001": str(monitored),
            "G002": str(monitored * 3),
            **kinds,
            "G006": str(chance.randint(0, monitored)),
        }

    def _chance(self, about: str) -> Random:
        return Random(f"{self._key} {about}")  # noqa: S311 - a story, not a secret


def _flag(chance: Random, yes_per_hundred: int) -> str:
    return "true" if chance.randrange(100) < yes_per_hundred else "false"


def _hundredths(count: int) -> str:
    return f"{count // 100}.{count % 100:02d}"
