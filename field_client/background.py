"""When a laptop tries to sync by itself: pure arithmetic over what is known.

Times are seconds of a clock that never goes back, such as `time.monotonic`; `jitter` is drawn from
0 to 1 once for each try, so that the laptops of a county that got their network back together don't
all call at once.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["REST_SECONDS", "Situation", "next_try"]

REST_SECONDS: Final = 60
"""Nobody is disturbed who typed within this time."""
REST_SPREAD_SECONDS: Final = 120
EVERY_SECONDS: Final = 15 * 60
EVERY_SPREAD_SECONDS: Final = 10 * 60
PATIENCE_SECONDS: Final = 40 * 60
"""So long after the last try at most, even if the typing never rests."""
BEGIN_SECONDS: Final = 5
BEGIN_SPREAD_SECONDS: Final = 25
BACK_OFF_SECONDS: Final = 60
BACK_OFF_SECONDS_MAX: Final = 30 * 60


class Situation(NamedTuple):
    """What is known when the next try is planned.

    `ended_at` is when the last try ended, None before the first; `failures` how many failed in a
    row. `wait_seconds` is what a server asked for. `unsent` says that something waits to be sent,
    `typed_at` when something was typed last. `network_at` is when a network came back.
    """

    started_at: float
    ended_at: float | None = None
    failures: int = 0
    wait_seconds: float = 0
    unsent: bool = False
    typed_at: float | None = None
    network_at: float | None = None


def next_try(now: Situation, jitter: float) -> float:
    """The moment of the next try by itself; one that lies in the past is due at once."""
    if now.ended_at is None:
        return _rested(now, now.started_at + BEGIN_SECONDS + BEGIN_SPREAD_SECONDS * jitter)
    if now.failures:
        wait = min(BACK_OFF_SECONDS * 2 ** min(now.failures - 1, 10), BACK_OFF_SECONDS_MAX)
        due = now.ended_at + max(wait * (0.5 + jitter / 2), now.wait_seconds)
    else:
        due = now.ended_at + EVERY_SECONDS + EVERY_SPREAD_SECONDS * jitter
        if now.unsent:
            since = now.ended_at if now.typed_at is None else max(now.typed_at, now.ended_at)
            due = min(due, since + REST_SECONDS + REST_SPREAD_SECONDS * jitter)
    if now.network_at is not None and now.network_at > now.ended_at and not now.wait_seconds:
        due = min(due, now.network_at + BEGIN_SECONDS + BEGIN_SPREAD_SECONDS * jitter)
    return _rested(now, due)


def _rested(now: Situation, due: float) -> float:
    """Not while somebody types, unless that has gone on for very long."""
    if now.typed_at is None:
        return due
    last = now.started_at if now.ended_at is None else now.ended_at
    latest = max(due, last + PATIENCE_SECONDS)
    return min(max(due, now.typed_at + REST_SECONDS), latest)
