"""The hybrid clock as a value: stamps that never repeat on one device, whatever its clock does.

A stamp is the second of typing times 2^20 plus a counter. Stamps name edits and are shown to
people; they decide nothing (a laptop whose clock says 2099 doesn't win).
"""

from __future__ import annotations

from sync.limits import CLOCK_AHEAD_SECONDS_MAX

COUNTER_BITS = 20


def tick(last: int, now_seconds: int) -> int:
    """The stamp after `last` for something that happens now: greater than `last`, always."""
    return max(last + 1, max(now_seconds, 0) << COUNTER_BITS)


def follow(last: int, received_seconds: int, now_seconds: int) -> int:
    """`last`, moved on to a time heard from another, but at most a day past the own clock."""
    heard = min(received_seconds, max(now_seconds, 0) + CLOCK_AHEAD_SECONDS_MAX)
    return max(last, max(heard, 0) << COUNTER_BITS)


def seconds(stamp: int) -> int:
    """The second (since 1970, UTC) in which the stamp was made, by that device's clock."""
    return stamp >> COUNTER_BITS
