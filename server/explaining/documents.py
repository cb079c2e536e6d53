"""An explanation as JSON: exact decimal text for figures, hexadecimal ids, seconds for times."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from server.desk.desk import Desk
from server.disputes.range import Range
from server.explaining.adjusted import Both
from server.explaining.adjustments import Entry
from server.explaining.cell import CellStory
from server.explaining.explanation import Explanation, Operand, PartFigure
from server.explaining.parts import Composition
from sync import quantity
from sync.figure import Missing, Result
from sync.quantity import SCALE
from sync.rollup import Sums
from sync.value import shown_text

__all__ = ["document"]


def document(desk: Desk, one: Explanation) -> dict[str, Any]:
    """All that the page tells, without its words."""
    made = one.made_of
    reviewed = one.coverage
    return {
        "place": one.place.hex(),
        "placeName": desk.name(one.place),
        "indicator": one.indicator.code,
        "asked": one.asked.text,
        "period": one.figure.period.text,
        "tree": "today" if one.today else "period",
        "unit": one.indicator.unit,
        "rule": "formula" if one.pieces else one.indicator.space,
        **_result("value", one.figure.value),
        "reported": one.figure.reported,
        "expected": one.expected,
        "disputed": one.figure.disputed,
        "periodsMissing": list(one.figure.gaps),
        "range": _range(one.disputed),
        "adjusted": _both(one.both),
        "reviewed": reviewed._asdict() if reviewed else None,
        "formula": "".join(piece.name for piece in one.pieces),
        "formulaWithFigures": "" if one.steps else "".join(piece.figure for piece in one.pieces),
        "periods": [
            {"period": at.text, **_result("value", figure.value), "reported": figure.reported}
            for at, figure in one.steps
        ],
        "operands": [_operand(operand) for operand in one.operands],
        "sums": _sums(made, made.total) if made else {},
        "own": _sums(made, made.own) if made else {},
        "parts": [_part(desk, one, part) for part in one.parts],
        "adjustments": [_entry(desk, entry) for entry in one.adjustments],
        "cell": _story(desk, one.own) if one.own else None,
    }


def _result(key: str, value: Result) -> dict[str, Any]:
    if isinstance(value, Missing):
        return {key: None, "reason": value.reason, "missing": list(value.names)}
    if isinstance(value, bool):
        return {key: "true" if value else "false"}
    return {key: _decimal(value)}


def _decimal(value: Fraction) -> str:
    return quantity.text(quantity.rounded(value))


def _range(found: Range | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "low": _decimal(found.low),
        "high": _decimal(found.high),
        "values": found.values,
    }


def _both(both: Both | None) -> dict[str, Any] | None:
    if both is None:
        return None
    return {**_result("value", both.adjusted.value), "adjustments": both.number}


def _operand(one: Operand) -> dict[str, Any]:
    return {
        "indicator": one.indicator.code,
        "period": one.period.text,
        **_result("value", one.figure.value),
        "reported": one.figure.reported,
        "expected": one.expected,
        "disputed": one.figure.disputed,
        "adjusted": _both(one.both),
    }


def _sums(made: Composition, rows: tuple[Sums, ...]) -> dict[str, Any]:
    """By series; what is a product of two values has eight decimals, which are exact too."""
    return {
        series: {
            "total": _product(row.total) if series.endswith("*") else quantity.text(row.total),
            "reported": row.reported,
            "noValue": row.no_value,
            "disputed": row.disputed,
        }
        for series, row in zip(made.series, rows, strict=True)
    }


def _product(units: int) -> str:
    """Decimal text of so many 1/10^8."""
    whole, rest = divmod(abs(units), SCALE * SCALE)
    text = f"{'-' if units < 0 else ''}{whole}.{rest:08d}"
    return text.rstrip("0").rstrip(".")


def _part(desk: Desk, one: Explanation, part: PartFigure) -> dict[str, Any]:
    made = one.made_of
    return {
        "place": part.place.hex(),
        "name": desk.ledger.tree.name(part.place, one.day),
        **_result("value", part.value),
        "sums": _sums(made, part.part.sums) if made and part.part else {},
        "expected": part.expected,
        "reported": part.reported,
        "outstanding": part.outstanding,
        "disputed": part.disputed,
        "reasons": dict(part.gaps.reasons),
        "returned": part.gaps.returned,
        "aside": part.gaps.aside,
        "adjusted": quantity.text(part.adjusted.amount) if part.adjusted and made else None,
        "adjustments": part.adjusted.number if part.adjusted else 0,
    }


def _entry(desk: Desk, one: Entry) -> dict[str, Any]:
    return {
        "place": one.place.hex(),
        "period": one.period,
        "indicator": one.indicator,
        "amount": quantity.text(one.said.amount),
        "reason": one.said.reason,
        "person": desk.ledger.register.names.get(one.person.hex(), ""),
        "at": one.typed_at,
        "commit": one.commit.hex(),
        "rivals": one.rivals,
    }


def _story(desk: Desk, told: CellStory) -> dict[str, Any]:
    names = desk.ledger.register.names
    return {
        "disputed": told.disputed,
        "versions": [
            {
                "value": shown_text(one.value),
                "author": names.get(one.author.hex(), ""),
                "device": told.devices[one.device],
                "typedAt": one.typed_at,
                "acceptedAt": one.accepted_at,
                "commit": one.commit.hex(),
                "position": one.position,
                "server": one.server.hex() if one.server else None,
                "receipt": one.receipted,
                "signature": one.signed,
                "stands": one.stands,
                "shown": one.shown,
            }
            for one in told.versions
        ],
        "remarks": [
            {"check": one.check, "text": one.text, "author": names.get(one.author.hex(), "")}
            for one in told.remarks
        ],
    }
