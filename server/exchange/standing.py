"""Values as they stand, in the columns that the import of values takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from server.catalogue.keeping import catalogue_of
from server.exchange.listing import EVERYWHERE, Reach
from server.exchange.moments import Reading, own_reading
from server.exchange.selecting import indicators_asked, places_below
from server.rollup.cells import places_with_values
from sync import period as periods
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.placecontext import period_of
from sync.value import Type, Value, shown_text

__all__ = ["VALUE_COLUMNS", "standing_values"]

VALUE_COLUMNS = ("place_code", "period", "indicator", "value", "reason")
_PLACES_AT_ONCE = 10  # all periods of each: others get their turn between two chunks


async def standing_values(
    ledger: Ledger,
    *,
    period: str,
    indicators: Sequence[str],
    place_code: str,
    level: str,
    reading: Reading | None = None,
    reach: Reach = EVERYWHERE,
) -> AsyncIterator[Sequence[str]]:
    """The shown value of each cell within reach: of one period and some indicators, or of all.

    A place bears the code that it had at the period's end, or has today where that is to come.
    Raises `period-malformed`, `indicator-unknown`, `place-unknown`, `level-unknown`.
    """
    only_period = periods.parse(period).text if period else ""
    only = set(indicators_asked(await catalogue_of(ledger), indicators)) if indicators else None
    reading = reading or own_reading(ledger)
    places = places_below(ledger.tree, ledger.today(), place_code, level, reach.covers)
    async with reading() as books:
        known = await places_with_values(books.database)
    held = [
        (number, PlaceId(place))
        for number, place in known
        if (places is None or place in places) and reach.covers(PlaceId(place))
    ]
    for start in range(0, len(held), _PLACES_AT_ONCE):
        part = dict(held[start : start + _PLACES_AT_ONCE])
        async with reading() as books:
            rows = await books.database.rows_in(
                "SELECT place, subject, field, type, number, text FROM {seek} version v"
                " ON v.place = k.column1 AND v.kind = k.column2"
                " WHERE shown = 1 ORDER BY place, subject, field",
                [(number, "value") for number in part],
            )
        for number, subject, code, kind, *value in rows:
            if subject == (only_period or subject) and (only is None or code in only):
                yield _row(ledger, part[number], subject, code, Value(Type(kind), *value))


def _row(
    ledger: Ledger, place: PlaceId, subject: str, code: str, value: Value
) -> tuple[str, str, str, str, str]:
    period = period_of(subject)
    day = min(period.end, ledger.today()) if period else ledger.today()
    place_code = ledger.tree.code(place, day) or place.hex()
    text = shown_text(value)
    if value.type is Type.REASON:
        return place_code, subject, code, "", text
    return place_code, subject, code, text, ""
