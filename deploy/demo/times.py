"""The story's own time: last year's quarters, on clocks that are set by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from sync.ledger.ledger import CHINA
from sync.period import Period, parse

__all__ = ["OVER_DAYS", "Clock", "moment", "quarters"]

OVER_DAYS = 35
QUARTERS = 4

_FAULTS: dict[str, Callable[[int], int]] = {
    "clock_1970": lambda right: right % (20 * 24 * 3600),
    "clock_2099": lambda right: right + (2099 - 2025) * 365 * 24 * 3600,
}


class Clock:
    """Says the second that it was set to; a faulty one says another, and a released one the time."""

    def __init__(self, now: int, fault: str = "") -> None:
        self._now: int | None = now
        self._shown = _FAULTS.get(fault, int)

    def __call__(self) -> int:
        """The second that it shows."""
        return int(time.time()) if self._now is None else self._shown(self._now)

    def set(self, now: int) -> None:
        """Sets it to a second."""
        self._now = now

    def release(self) -> None:
        """From here on it goes by this machine's clock."""
        self._now = None


def moment(day: date, hour: int, minute: int = 0) -> int:
    """The second of a time of day in China."""
    return int(datetime.combine(day, time_of_day(hour, minute), CHINA).timestamp())


def quarters(today: date, count: int) -> list[Period]:
    """Quarters from the beginning of a year, the last one over for long enough to be reported and
    reviewed: this year's, where they are.
    """
    year = today.year
    if count > QUARTERS or parse(f"{year}Q{count}").end + timedelta(days=OVER_DAYS) > today:
        year -= 1
    first = parse(f"{year - (count - 1) // QUARTERS}Q1")
    return [first.earlier(-number) for number in range(count)]
