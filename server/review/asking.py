"""What an address of the review's pages asks for: a part of the queue, or one form."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlencode

from server.catalogue.keeping import catalogue_of
from server.desk.access import place_in
from server.desk.desk import Desk
from server.review.formstate import At
from server.review.queue import MINE, Filters
from sync import period as periods
from sync.catalogue import Catalogue
from sync.period import Kind, Period, containing
from sync.problems import Problem

__all__ = ["asked_at", "filters_of", "query_of", "recent_periods"]

_RECENT = ((Kind.MONTH, 4), (Kind.QUARTER, 3), (Kind.HALF, 2), (Kind.YEAR, 2))


def filters_of(query: str) -> Filters:
    """The part of the queue that a query names. Raises `place-unknown`."""
    said = {name: values[-1] for name, values in parse_qs(query).items()}
    return Filters(
        place=place_in(said["place"]) if said.get("place") else None,
        form=said.get("form", ""),
        period=said.get("period", ""),
        view=said.get("view", "") or MINE,
        why=said.get("why", ""),
        after=said.get("after", ""),
    )


def query_of(asked: Filters, **more: str) -> str:
    """The query that asks for it, '' for the queue as it first is; `more` goes beside."""
    said = {
        "place": asked.place.hex() if asked.place else "",
        "form": asked.form,
        "period": asked.period,
        "view": asked.view if asked.view != MINE else "",
        "why": asked.why,
        "after": asked.after,
    }
    return urlencode({name: text for name, text in (said | more).items() if text})


async def asked_at(desk: Desk, place: str, period: str, form: str) -> At:
    """The form that an address names. Raises `place-unknown`, `period-malformed`,
    `review-form-unknown`.
    """
    catalogue: Catalogue = await catalogue_of(desk.ledger)
    at, asked = place_in(place), periods.parse(period)
    known = catalogue.forms.get(form)
    if known is None or known.period not in (asked.kind, Kind.STATIC):
        raise Problem("review-form-unknown", form=form[:40])
    if known.level != desk.ledger.tree.level(at, asked.end):
        raise Problem("review-form-unknown", form=form[:40])
    return At(at, known, asked)


def recent_periods(today: date) -> list[Period]:
    """The periods to choose from: the last ones of each kind, this one's first."""
    return [
        containing(today, kind).earlier(back) for kind, count in _RECENT for back in range(count)
    ]
