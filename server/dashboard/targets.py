"""What a place strives for: a target filed there, or for rates one filed above it."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from sync import quantity
from sync.catalogue import Catalogue, Indicator
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Period
from sync.quantity import SCALE
from sync.review import target_cell
from sync.value import Type

__all__ = ["Targets"]


class Targets:
    """The targets of one place for one indicator."""

    def __init__(self, filed: dict[tuple[PlaceId, str], Fraction], chain: list[PlaceId]) -> None:
        self._filed = filed
        self._chain = chain

    @classmethod
    async def read(
        cls,
        books: Ledger,
        catalogue: Catalogue,
        place: PlaceId,
        indicator: Indicator,
        periods: Collection[Period],
    ) -> Targets:
        """Those for these periods and for the years around them.

        A sum that a county strives for says nothing of a town: only rates hold for all below.
        """
        above = list(books.above(place))
        chain = above if indicator.space != "sum" else above[:1]
        subjects = {text for one in periods for text in (one.text, one.year().text)}
        kind, _, field = target_cell("", indicator.code)
        rows = await books.database.rows_in(
            "SELECT p.id, v.subject, v.number FROM {seek} place_no p ON p.id = k.column1"
            " CROSS JOIN version v ON v.place = p.no AND v.kind = k.column2"
            " AND v.subject = k.column3 AND v.field = k.column4"
            f" WHERE v.shown = 1 AND v.type = {int(Type.QUANTITY)}",
            [(one, kind, text, field) for one in chain for text in sorted(subjects)],
        )
        filed = {(PlaceId(one), text): Fraction(number, SCALE) for one, text, number in rows}
        parameter = catalogue.parameters.get(f"P_TARGET_{indicator.code}")
        if parameter is not None and indicator.space != "sum":
            filed |= {
                (books.root, text): Fraction(quantity.parse(parameter.value), SCALE)
                for text in subjects
                if (books.root, text) not in filed
            }
        return cls(filed, chain)

    def get(self, period: Period) -> Fraction | None:
        """The nearest one for that period, or else for its year."""
        for place in self._chain:
            for text in (period.text, period.year().text):
                if (place, text) in self._filed:
                    return self._filed[place, text]
        return None
