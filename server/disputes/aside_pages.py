"""What was refused or waits: why, what is in it, and the way out; and machines to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.shown import shown_in
from server.desk.viewer import Need
from server.disputes.machines import machines
from server.disputes.naming import Title, title_of
from server.disputes.parked import FIRST, Key, Parcel, parcel, parcels
from server.explaining.devices import device_names
from sync.commit import Change
from sync.ids import HASH_BYTES, ID_BYTES, CommitId, PlaceId
from sync.ledger.aside import State
from sync.ledger.ledger import Ledger
from sync.limits import NAME_CHARS_MAX
from sync.problems import Problem

__all__ = ["FILED_AGAIN", "routes"]

PAGE_PARCELS = 20
FILED_AGAIN = frozenset({"value", "note", "explain", "already", "correction", "handover"})
"""What entry staff may file again as it is; a form is handed in anew from its own page."""

RENEWABLE = frozenset({"grant-ended", "grant-not-covering", "unknown-grant"})
RECOGNISABLE = frozenset({"device-revoked", "unknown-device", "author-not-signed-in"})


class Item(NamedTuple):
    """One value that is aside; `done` where the same stands in the books already."""

    title: Title
    change: Change
    done: bool


class Shown(NamedTuple):
    """One commit as the page shows it; `fileable` counts what this person may file of it, `way` names
    what an administrator would do about its reason, and `administers` says that this person is one.
    """

    parcel: Parcel
    items: tuple[Item, ...]
    fileable: int
    names: str
    way: str
    administers: bool


class Filing(msgspec.Struct):
    """Which commit's values are filed, and the versions that the page showed."""

    commit: str
    shown: str = ""


SEEN = {WHO: BY_SESSION, NEED: Need.SEE}


@get("/aside", opt=SEEN, include_in_schema=False)
async def show(
    request: AnyRequest,
    place: FromQuery[str] = "",
    after: FromQuery[str] = "",
    filed: FromQuery[str] = "",
) -> Response[str]:
    """What lies aside at and below a place, or wherever the person sees, by the places' codes."""
    desk = desk_of(request)
    async with desk.reading() as books:
        found = await parcels(books, _within(desk, place), PAGE_PARCELS, _key(after))
        shown = [await _shown(desk, books, one) for one in found.parcels]
        every = {d for one in found.parcels for d in (one.device, one.carrier) if d}
        names = await device_names(books, every)
    return await page(
        request,
        "aside-desk.html",
        desk=desk,
        parcels=shown,
        places=found.places,
        place=place_in(place) if place else None,
        names=names,
        held=State.HELD,
        after="\n".join(found.after) if found.after else "",
        query=urlencode({"place": place}) if place else "",
        filed=filed if filed.isascii() and filed.isdecimal() else "",
    )


@get("/aside/devices", opt=SEEN, include_in_schema=False)
async def devices(request: AnyRequest, place: FromQuery[str] = "") -> Response[str]:
    """Copied and revoked machines, with what they left."""
    desk = desk_of(request)
    async with desk.reading() as books:
        found = await machines(books, _within(desk, place))
    return await page(request, "aside-devices.html", desk=desk, machines=found)


@post(
    "/aside/{place:str}/file",
    opt={WHO: BY_SESSION, NEED: Need.ENTER},
    status_code=303,
    include_in_schema=False,
)
async def file(
    request: AnyRequest,
    place: FromPath[str],
    data: Annotated[Filing, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Files a commit's values as the person's own; the new commit names the old one.

    Raises `aside-gone`, `page-request`.
    """
    desk = desk_of(request)
    at, shown = place_in(place), shown_in(data.shown, request.url.path)
    name = _commit(data.commit)
    async with desk.reading() as books:
        found = await parcel(books, at, name) if name else None
        told = await _shown(desk, books, found) if found else None
    if name is None or told is None or not told.fileable:
        raise Problem("aside-gone")
    cells = [Write(one.change.cell, one.change.value, shown) for one in told.items if _is_open(one)]
    await desk.act([Act(at, Need.ENTER, cells)], name[:ID_BYTES])
    return Response(None, status_code=303, headers={"location": f"/aside?filed={len(cells)}"})


def _within(desk: Desk, place: str) -> Callable[[PlaceId], bool]:
    roots = {place_in(place)} if place else set(desk.viewer.roots())
    return lambda one: not roots.isdisjoint(desk.ledger.above(one))


async def _shown(desk: Desk, books: Ledger, one: Parcel) -> Shown:
    catalogue = await catalogue_of(books)
    items = tuple(
        Item(
            title_of(catalogue, change.cell, desk.language),
            change,
            one.now.get(change.cell) == change.value,
        )
        for change in one.changes
    )
    standing = await books.standing(one.place, {change.cell[:2] for change in one.changes})
    cells = {change.cell for change in one.changes}
    names = {
        version.edit(one.place, cell).hex()
        for cell, there in standing.items()
        if cell in cells
        for version in there.versions
    }
    may = one.state is State.PARKED and desk.viewer.may(Need.ENTER, one.place)
    way = "grant" if one.reason in RENEWABLE else "device" if one.reason in RECOGNISABLE else ""
    fileable = sum(map(_is_open, items)) if may else 0
    administers = desk.viewer.may(Need.ADMINISTER, one.place)
    return Shown(one, items, fileable, " ".join(sorted(names)), way, administers)


def _is_open(item: Item) -> bool:
    return item.change.cell.kind in FILED_AGAIN and not item.done


def _commit(text: str) -> CommitId | None:
    try:
        name = bytes.fromhex(text)
    except ValueError:
        return None
    return CommitId(name) if len(name) == HASH_BYTES else None


def _key(text: str) -> Key:
    parts = text.split("\n")
    if len(parts) != len(FIRST) or any(len(part) > NAME_CHARS_MAX for part in parts):
        return FIRST
    code, place, commit = parts
    return (code, place, commit) if _commit(commit) else FIRST


routes = [show, devices, file]
