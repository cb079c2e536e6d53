"""`/admin/places`: the hierarchy, one place at a time by hand or all of it from a file."""

from __future__ import annotations

import asyncio
import io
from datetime import date
from http import HTTPStatus
from typing import NamedTuple

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from server.administration import inviting, placing
from server.administration.placing import WHATS, Change
from server.administration.shell import Scope, admin_page
from server.administration.tasks import Told
from server.desk.access import BY_SESSION, NEED, REALM, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from server.places import diff
from server.places.importing import import_places
from server.places.snapshot import explain, read
from sync.ids import ID_BYTES, PlaceId
from sync.places import LEVELS, filed
from sync.problems import Problem

__all__ = ["routes"]

OPT = {WHO: BY_SESSION, NEED: Need.DEFINE}
OPT_REALM = {**OPT, REALM: True}
KIND = "places"
FILE_BYTES_MAX = 32 * 2**20
CHANGES_SHOWN_MAX = 200
LAPTOPS_SHOWN_MAX = 50
CHILDREN_SHOWN_MAX = 100
_TURNED = ("abolished", "merged", "reparented", "recoded")
"""The changes that people at a laptop notice."""


class Waiting(NamedTuple):
    """A file of places that was compared with the tree and waits to be taken in."""

    name: str
    content: bytes
    as_of: date
    changes: list[diff.Change]


@get("/admin/places", opt=OPT, include_in_schema=False)
async def places_page(request: AnyRequest, q: FromQuery[str] = "") -> Response[str]:
    """The person's places, those that a text names, and the form for a file."""
    desk = desk_of(request)
    scope = Scope(desk.viewer, desk.ledger, Need.DEFINE)
    found = inviting.find_places(desk.ledger, scope, q)
    roots = desk.viewer.roots(Need.DEFINE)
    tops = desk.ledger.tree.children(None, desk.today) if scope.everywhere else roots
    tree, today = desk.ledger.tree, desk.today
    return await admin_page(
        request,
        "admin-places.html",
        q=q,
        found=[_line(desk, one) for one in found],
        tops=[_line(desk, one) for one in tops if one in tree],
        counts=[(level, tree.count(None, level, today)) for level in tree.levels(today)],
        latest=tree.latest(),
        may_import=scope.everywhere,
    )


@get("/admin/places/{place:str}", opt=OPT, include_in_schema=False)
async def place_page(request: AnyRequest, place: FromPath[str]) -> Response[str]:
    """One place: what it is today, what it was, and the forms that change it."""
    desk = desk_of(request)
    here = place_in(place)
    async with desk.reading() as books:
        past = await placing.history(books, here)
    tree, today, names = desk.ledger.tree, desk.today, desk.ledger.register.names
    children = tree.children(here, today)
    return await admin_page(
        request,
        "admin-place.html",
        hex=place,
        here=_line(desk, here),
        is_active=tree.active(here, today),
        end=tree.attribute(here, "end", date.max),
        trail=[_line(desk, one) for one in desk.trail(here)],
        children=[_line(desk, one) for one in children[:CHILDREN_SHOWN_MAX]],
        more=len(children) - CHILDREN_SHOWN_MAX,
        past=[
            (one, _said(desk, one), names.get(one.author.hex(), one.author.hex()[:10]))
            for one in past
        ],
    )


@get("/admin/places/{place:str}/change", opt=OPT, include_in_schema=False)
async def preview_page(
    request: AnyRequest,
    place: FromPath[str],
    what: FromQuery[str] = "",
    day: FromQuery[str] = "",
    value: FromQuery[str] = "",
) -> Response[str]:
    """What a change would do: nothing is filed yet."""
    desk = desk_of(request)
    change = _change(desk, place_in(place), what, day, value)
    placing.settings_of(desk.ledger, desk.viewer, change)
    async with desk.reading() as books:
        affected = await placing.affected(books, change)
    return await admin_page(
        request,
        "admin-place-change.html",
        hex=place,
        here=_line(desk, change.place),
        change=change,
        value=value,
        parent=desk.name(change.parent) if change.parent else "",
        affected=affected,
        name=desk.name,
    )


@post(
    "/admin/places/{place:str}/change",
    opt=OPT,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def make_change(request: AnyRequest, place: FromPath[str]) -> Response[None]:
    """Files the change, as the person."""
    desk = desk_of(request)
    form = await request.form()
    given = {name: str(form.get(name, "")) for name in ("what", "day", "value")}
    change = _change(desk, place_in(place), **given)
    settings = placing.settings_of(desk.ledger, desk.viewer, change)
    cells = [Write(*filed(setting)) for setting in settings]
    await desk.act([Act(change.place, Need.DEFINE, cells)])
    return _to(f"/admin/places/{place}")


@post(
    "/admin/places/upload",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    request_max_body_size=FILE_BYTES_MAX,
    include_in_schema=False,
)
async def upload(request: AnyRequest) -> Response[None] | Response[str]:
    """Compares a file of all places with the tree, and leads to what it would change."""
    desk = desk_of(request)
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Problem("upload-missing")
    as_of = _day(str(form.get("as_of", ""))) if form.get("as_of") else desk.today
    content = await file.read()
    try:
        snapshot = await asyncio.to_thread(read, io.BytesIO(content), LEVELS)
    except Problem as problem:
        if problem.code != "places-file-refused":
            raise
        faults = explain(problem, desk.language)
        status = HTTPStatus.BAD_REQUEST
        return await admin_page(
            request, "admin-places-faults.html", status, problem=problem, faults=faults
        )
    changes = diff.propose(desk.ledger.tree, snapshot, as_of, desk.ledger.realm)
    waiting = Waiting(file.filename, content, as_of, changes)
    return _to(
        f"/admin/places/import/{desk.station.uploads.keep(desk.viewer.person, KIND, waiting)}"
    )


@get("/admin/places/import/{name:str}", opt=OPT_REALM, include_in_schema=False)
async def import_page(
    request: AnyRequest, name: FromPath[str], kind: FromQuery[str] = ""
) -> Response[str]:
    """What a file would change, by kind, and whom it concerns: nothing is filed yet."""
    desk = desk_of(request)
    waiting: Waiting = desk.station.uploads.get(desk.viewer.person, KIND, name)
    turned = sorted({one.place for one in waiting.changes if one.kind in _TURNED})
    async with desk.reading() as books:
        laptops = placing.laptops_at(books, turned)
        periods = await placing.open_periods(books, turned, waiting.as_of)
    counts = diff.counts(waiting.changes, LEVELS)
    shown = [one for one in waiting.changes if not kind or one.kind == kind]
    return await admin_page(
        request,
        "admin-places-import.html",
        name=name,
        source=waiting.name,
        as_of=waiting.as_of,
        total=len({one.place for one in waiting.changes}),
        counts=counts,
        kinds=diff.KINDS,
        kind=kind,
        changes=shown[:CHANGES_SHOWN_MAX],
        more=len(shown) - CHANGES_SHOWN_MAX,
        laptops=[_line(desk, one) for one in list(laptops)[:LAPTOPS_SHOWN_MAX]],
        laptops_count=sum(laptops.values()),
        periods=periods,
    )


@post(
    "/admin/places/import/{name:str}",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def take_in(request: AnyRequest, name: FromPath[str]) -> Response[None]:
    """Files what the file changes; it goes on beside everything else."""
    desk = desk_of(request)
    waiting: Waiting = desk.station.uploads.get(desk.viewer.person, KIND, name)
    by = (desk.viewer.person, desk.viewer.demand(Need.DEFINE, desk.ledger.root))

    async def work(told: Told) -> dict[str, object]:
        stream = io.BytesIO(waiting.content)
        done = await import_places(desk.ledger, stream, waiting.as_of, by=by, told=told)
        return {"places": len({one.place for one in done.changes}), "file": waiting.name}

    number = await desk.station.tasks.begin(KIND, desk.viewer.person, work)
    desk.station.uploads.drop(name)
    return _to(f"/admin/tasks/{number}")


def _change(desk: Desk, place: PlaceId, what: str, day: str, value: str) -> Change:
    """Raises `place-change-unknown`, `places-date-malformed`, `place-unknown`."""
    if what not in WHATS:
        raise Problem("place-change-unknown")
    on = _day(day)
    if what != "move":
        return Change(what, place, on, value)
    parent = desk.ledger.tree.by_code(value.strip(), on)
    if parent is None:
        raise Problem("place-unknown", code=value.strip()[:40])
    return Change(what, place, on, "", parent)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem("places-date-malformed", text=text[:40]) from error


def _line(desk: Desk, place: PlaceId) -> tuple[str, str, str, str]:
    """A place as lists show it: its id, name, code and level."""
    return place.hex(), desk.name(place), desk.code(place), desk.level(place)


def _said(desk: Desk, one: placing.Past) -> str:
    if one.field == "parent" and len(one.text) == 2 * ID_BYTES:
        return desk.name(PlaceId(bytes.fromhex(one.text)))
    return one.text


def _to(address: str) -> Response[None]:
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": address})


routes = [
    places_page,
    place_page,
    preview_page,
    make_change,
    upload,
    import_page,
    take_in,
]
