"""What was ever filed in one cell: who, when, on which laptop, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from field_client.desk import Desk
from field_client.exporting import csv_bytes
from field_client.history import Past, Where, past_of
from field_client.pages.cell_titles import CellTitle, title_of
from field_client.pages.files import attachment
from field_client.pages.rendering import AnyRequest, desk_of, language_of, page
from field_client.pages.session import UNLOCKED, WHO
from field_client.tables import Table
from sync.entry.books import book_of
from sync.ids import EditId
from sync.ledger.simulated import is_simulated
from sync.texts import say
from sync.value import Cell, Type, shown_text

__all__ = ["routes"]


class Version(NamedTuple):
    """One version as the page tells it; `beside` are those that its page did not show."""

    past: Past
    number: int
    device: str
    state: str
    beside: tuple[int, ...]
    change: int | None


@get("/history/{code:str}/{period:str}/{indicator:str}", opt={WHO: UNLOCKED})
async def show(
    request: AnyRequest, code: FromPath[str], period: FromPath[str], indicator: FromPath[str]
) -> Response[str]:
    """All versions of a value, the latest first."""
    desk = await desk_of(request)
    title = await _title(desk, code, period, indicator)
    versions = await _versions(desk, title)
    beside = (await book_of(desk.ledger, title.place)).get(title.cell._replace(kind="note"))
    return await page(
        request,
        "history.html",
        title=title,
        versions=versions,
        note=beside.text.strip() if beside else "",
        disputed=any(one.state == "disputed" for one in versions),
    )


@get("/history/{code:str}/{period:str}/{indicator:str}/csv", opt={WHO: UNLOCKED})
async def save(
    request: AnyRequest, code: FromPath[str], period: FromPath[str], indicator: FromPath[str]
) -> Response[bytes]:
    """The same as a file that a spreadsheet opens."""
    desk = await desk_of(request)
    title = await _title(desk, code, period, indicator)
    language = language_of(request)
    unit = title.indicator.unit if title.indicator else ""
    rows: list[Sequence[object]] = []
    mark = int(await is_simulated(desk.ledger))
    for one in await _versions(desk, title):
        past = one.past
        reason = past.value.type is Type.REASON
        rows.append(
            (
                *(title.place_code, desk.name(title.place), period, indicator),
                *("" if reason else shown_text(past.value), unit),
                *(past.value.text if reason else "", desk.person_name(past.author), one.device),
                desk.local_time(past.typed_at),
                "" if past.accepted_at is None else desk.local_time(past.accepted_at),
                *(say(f"history-state-{one.state}", language), str(past.signed)),
                past.commit.hex() if past.commit else "",
                *(past.why.say(language) if past.why else "", mark),
            )
        )
    name = f"tianji-{title.place_code}-{period}-{indicator}-history.csv"
    return await attachment(desk, name, csv_bytes(Table(name, _COLUMNS, rows)))


_COLUMNS = (
    *("place_code", "place_name", "period", "indicator", "value", "unit", "reason", "author"),
    *("device", "typed_at", "accepted_at", "state", "signature", "commit", "why", "simulated"),
)


async def _title(desk: Desk, code: str, period: str, indicator: str) -> CellTitle:
    place = desk.find_place(code)
    return title_of(desk, await desk.catalogue(), place, Cell("value", period, indicator))


async def _versions(desk: Desk, title: CellTitle) -> list[Version]:
    found = await past_of(desk, title.place, title.cell)
    devices = await desk.device_names()
    numbers = {one.name: len(found) - at for at, one in enumerate(found)}
    disputed = len({one.value for one in found if one.stands}) > 1
    return [
        Version(
            one,
            numbers[one.name],
            devices.get(one.device, one.device.hex()[:10]),
            _state(one, disputed=disputed),
            _beside(one, numbers),
            _change(one, found[at + 1 :]),
        )
        for at, one in enumerate(found)
    ]


def _state(one: Past, *, disputed: bool) -> str:
    """What became of it: how it stands, `replaced`, or where it lies if not in the books."""
    if one.where in {Where.BOOKS, Where.PENDING}:
        if not one.stands:
            return "replaced"
        if disputed:
            return "disputed"
        return "stands" if one.accepted_at is not None else "here"
    return str(one.where)


def _beside(one: Past, numbers: dict[EditId, int]) -> tuple[int, ...]:
    return tuple(sorted(numbers[name] for name in one.unseen if name in numbers))


def _change(one: Past, earlier: Sequence[Past]) -> int | None:
    """Against what was typed before it, in 1/10 000; None where one of them is no quantity."""
    if not earlier or {one.value.type, earlier[0].value.type} != {Type.QUANTITY}:
        return None
    return one.value.number - earlier[0].value.number


routes = [show, save]
