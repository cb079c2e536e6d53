"""What a monitor reads of this server, in the text form of Prometheus.

Labels are bounded: a route is named by its template, and what no route answers is `unmatched`; no
place, person, code or address is ever in one.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric

from sync.ledger.apply import CellChange
from sync.ledger.database import Database

__all__ = ["MEDIA_TYPE", "Figure", "Metrics"]

MEDIA_TYPE = CONTENT_TYPE_LATEST
UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Figure(NamedTuple):
    """One number as it stands when it is asked for; `labels` name what it is of."""

    name: str
    says: str
    kind: Literal["gauge", "counter"]
    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Metrics:
    """What is counted while requests are answered; one for each application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.signins: Tally[str] = Tally()
        self.signins_read: int | None = None
        """The last line of the book of signing in that was counted; None before the first asking."""
        self._requests = Counter(
            "tianji_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tianji_request_seconds",
            "How long answers took, to their last byte.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._values = Counter(
            "tianji_values",
            "Changes of figures that were taken in, in transactions that may have been undone since.",
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered; `route` is its template, '' where there is none."""
        route = route or UNMATCHED
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    async def note(self, _: Database, changes: Sequence[CellChange]) -> None:
        """The ledger's hook: counts figures that change."""
        self._values.inc(sum(change.cell.kind == "value" for change in changes))

    def text(self, figures: Iterable[Figure]) -> bytes:
        """All that was counted, and those figures."""
        return generate_latest(self._registry) + generate_latest(_Standing(figures))


class _Standing:
    """Figures as a registry gives them."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Each family once, with all its labels."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for one in self._figures:
            made = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
            names = [name for name, _ in one.labels]
            family = families.setdefault(one.name, made(one.name, one.says, labels=names))
            family.add_metric([value for _, value in one.labels], one.value)
        yield from families.values()
