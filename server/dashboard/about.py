"""One place: who it is and was, its latest figures, how far its forms are, what was noted there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from server.completeness.coverage import coverage
from server.dashboard.picking import periods_with_data
from server.exchange.figures import FigureRow, Figures
from sync.catalogue import Catalogue, Form, Indicator
from sync.figure import NOT_A_NUMBER, Missing
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import Kind, Period, containing
from sync.placecontext import period_of
from sync.places import KIND
from sync.review import Stage
from sync.value import Type

__all__ = [
    "Contact",
    "FormState",
    "Latest",
    "Note",
    "Past",
    "contacts",
    "forms_of",
    "latest_figures",
    "notes_of",
    "past_of",
]

_PERIODS_BACK = 2
_NOTES_MAX = 20


class Past(NamedTuple):
    """What a place was called before, the latest first, and every change with its day."""

    names: tuple[str, ...]
    codes: tuple[str, ...]
    since: date | None
    changes: tuple[tuple[date, str, str], ...]


class Latest(NamedTuple):
    """An indicator's latest figure; `text` is what a place chose or wrote instead of a number."""

    indicator: Indicator
    period: Period
    row: FigureRow
    text: str
    approved: int | None = None


class FormState(NamedTuple):
    """A form's latest period here: its stage at a place that files it, else how many handed it in."""

    form: Form
    period: Period
    stage: Stage | None
    submitted: int
    expected: int
    returned: int


class Note(NamedTuple):
    """What an officer wrote beside a value."""

    period: Period
    code: str
    text: str


class Contact(NamedTuple):
    """A device and when it last synced here, None if it never did."""

    device: str
    people: tuple[str, ...]
    is_revoked: bool
    seen_at: int | None


async def past_of(books: Ledger, place: PlaceId) -> Past:
    """By the place's own cells; its present name and code are not among the former ones."""
    tree, today = books.tree, books.today()
    rows = await books.database.rows(
        "SELECT v.subject, v.field, v.text FROM place_no p JOIN version v ON v.place = p.no"
        " WHERE p.id = ? AND v.kind = ? AND v.shown = 1 ORDER BY v.subject",
        (place, KIND),
    )
    changes = [(date.fromisoformat(day), field, text) for day, field, text in rows]
    first = changes[0][0] if changes else None
    return Past(
        names=_former(tree.ever(place, "name"), tree.name(place, today)),
        codes=_former(tree.ever(place, "code"), tree.code(place, today)),
        since=first,
        changes=tuple(one for one in changes if one[0] != first),
    )


def _former(ever: Sequence[object], now: str) -> tuple[str, ...]:
    return tuple(one for one in ever if isinstance(one, str) and one and one != now)


async def latest_figures(
    books: Ledger, catalogue: Catalogue, place: PlaceId, *, core: bool = False
) -> list[Latest]:
    """Of each indicator that has any figure in the last two periods of its kind, the latest one; of
    what is filed on change, what stands now.
    """
    held = await periods_with_data(books, place)
    texts = await _texts(books, place)
    found = []
    for kind in Kind:
        codes = [
            code
            for code, one in catalogue.indicators.items()
            if one.period is kind and (one.core or not core)
        ]
        if kind is Kind.STATIC:
            periods = [containing(books.today(), Kind.YEAR)]
        else:
            periods = [one for one in held if one.kind is kind][:_PERIODS_BACK]
        found += await _of_kind(books, catalogue, place, codes, periods, texts)
    found = await _with_reviews(books, catalogue, place, found)
    return sorted(found, key=lambda one: one.indicator.code)


async def _with_reviews(
    books: Ledger, catalogue: Catalogue, place: PlaceId, found: list[Latest]
) -> list[Latest]:
    """The same with how many of the forms behind them are approved, by the town or further."""
    by_period: dict[Period, list[Latest]] = {}
    for one in found:
        by_period.setdefault(one.row.figure.period, []).append(one)
    reviewed = []
    for period, there in by_period.items():
        codes = [one.indicator.code for one in there]
        covered = await coverage(books, catalogue, [place], period, codes)
        for one in there:
            seen = covered.get((place, one.indicator.code))
            reviewed.append(one._replace(approved=seen.approved_town if seen else None))
    return reviewed


async def _of_kind(
    books: Ledger,
    catalogue: Catalogue,
    place: PlaceId,
    codes: Sequence[str],
    periods: Sequence[Period],
    texts: Mapping[str, tuple[str, str]],
) -> list[Latest]:
    figures = Figures(books, catalogue, codes, None)
    found: dict[str, Latest] = {}
    for period in periods:
        await figures.load([place], period)
        for row in figures.of(place, period):
            value, one = row.figure.value, catalogue.indicators[row.code]
            text = ""
            if isinstance(value, Missing) and value.reason == NOT_A_NUMBER:
                text = texts.get(row.code, ("", ""))[1]
            if row.code not in found and (text or not isinstance(value, Missing)):
                found[row.code] = Latest(one, period, row, text)
    return list(found.values())


async def _texts(books: Ledger, place: PlaceId) -> dict[str, tuple[str, str]]:
    """By code the latest period for which the place chose or wrote something, and what."""
    rows = await books.database.rows(
        "SELECT v.field, v.subject, v.text FROM place_no p JOIN version v ON v.place = p.no"
        " WHERE p.id = ? AND v.kind = 'value' AND v.shown = 1 AND v.type IN (?, ?)"
        " ORDER BY v.subject",
        (place, int(Type.CHOICE), int(Type.TEXT)),
    )
    return {code: (period, text) for code, period, text in rows}


async def forms_of(books: Ledger, catalogue: Catalogue, place: PlaceId) -> list[FormState]:
    """The forms that the place or those below it file, each with its latest period here."""
    stages = await books.database.rows(
        "SELECT s.form, s.period, s.stage FROM place_no p JOIN form_standing s ON s.place = p.no"
        " WHERE p.id = ?",
        (place,),
    )
    stage = {(form, period): Stage(text) for form, period, text in stages}
    latest: dict[str, FormState] = {}
    for form, text, submitted, returned in await books.database.rows(
        "SELECT c.form, c.period, c.submitted, c.returned FROM place_no p"
        " JOIN completeness c ON c.place = p.no WHERE p.id = ?",
        (place,),
    ):
        period = period_of(text)
        if form not in catalogue.forms or period is None:
            continue
        if form not in latest or period.end > latest[form].period.end:
            one = catalogue.forms[form]
            expected = books.tree.count(place, one.level, period.end)
            latest[form] = FormState(
                one, period, stage.get((form, text)), submitted, expected, returned
            )
    return [latest[code] for code in sorted(latest)]


async def notes_of(books: Ledger, place: PlaceId) -> list[Note]:
    """The latest notes, the newest period first."""
    rows = await books.database.rows(
        "SELECT v.subject, v.field, v.text FROM place_no p JOIN version v ON v.place = p.no"
        " WHERE p.id = ? AND v.kind = 'note' AND v.shown = 1 AND v.text <> ''"
        " ORDER BY v.subject DESC, v.field LIMIT ?",
        (place, _NOTES_MAX),
    )
    return [Note(period, code, text) for at, code, text in rows if (period := period_of(at))]


async def contacts(books: Ledger, place: PlaceId) -> list[Contact]:
    """The devices that are registered at the place itself, with their last sync."""
    here = {
        name: device for name, device in books.register.devices.items() if place in device.places
    }
    rows = await books.database.rows_in(
        "SELECT device, at FROM device_seen WHERE device IN ({keys})",
        [(bytes.fromhex(name),) for name in sorted(here)],
    )
    seen = {device.hex(): at for device, at in rows}
    names = books.register.names
    return [
        Contact(
            name[:8],
            tuple(sorted(names.get(person, "") for person in device.people)),
            bool(device.places[place]),
            seen.get(name),
        )
        for name, device in sorted(here.items())
        if bytes.fromhex(name) != books.device
    ]
