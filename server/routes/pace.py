"""How often one caller may come: a bucket that fills at a rate and holds what may come at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from sync.limits import (
    API_ADDRESS_REQUESTS_AT_ONCE,
    API_ADDRESS_REQUESTS_PER_SECOND,
    API_BUCKETS_MAX,
    API_KEY_REQUESTS_AT_ONCE,
    API_KEY_REQUESTS_PER_SECOND,
)
from sync.problems import Problem

__all__ = ["Pace", "Paces"]


class Pace:
    """One bucket a caller; those that came longest ago are forgotten, and are full by then."""

    def __init__(
        self,
        per_second: float,
        at_once: int,
        clock: Callable[[], float],
        buckets_max: int = API_BUCKETS_MAX,
    ) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._clock = clock
        self._most = buckets_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Takes one request's worth. Raises `api-too-often` where the bucket is empty."""
        now = self._clock()
        held, since = self._buckets.pop(caller, (float(self._at_once), now))
        held = min(float(self._at_once), held + (now - since) * self._per_second)
        if held < 1:
            self._buckets[caller] = (held, now)
            raise Problem("api-too-often", seconds=ceil((1 - held) / self._per_second))
        self._buckets[caller] = (held - 1, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


class Paces(NamedTuple):
    """Those of a server: by network address before anything is looked at, then by key."""

    address: Pace
    key: Pace

    @classmethod
    def by(cls, clock: Callable[[], float]) -> Paces:
        """By a clock that only runs forward."""
        return cls(
            Pace(API_ADDRESS_REQUESTS_PER_SECOND, API_ADDRESS_REQUESTS_AT_ONCE, clock),
            Pace(API_KEY_REQUESTS_PER_SECOND, API_KEY_REQUESTS_AT_ONCE, clock),
        )
