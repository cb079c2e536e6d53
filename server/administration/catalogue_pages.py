"""`/admin/catalogue`: what is asked for, how it came to be so, and taking in a pack."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from server.administration import editions
from server.administration.shell import admin_page
from server.administration.tasks import Told
from server.catalogue import shipped_files
from server.catalogue.keeping import catalogue_of, import_pack, texts_of
from server.commands.packfiles import files_in
from server.desk.access import BY_SESSION, NEED, REALM, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from sync import pack
from sync.definition import Definition
from sync.limits import PACK_BYTES_MAX
from sync.problems import Problem

__all__ = ["routes"]

OPT = {WHO: BY_SESSION, NEED: Need.DEFINE}
OPT_REALM = {**OPT, REALM: True}
KIND = "catalogue"
EDITIONS_SHOWN_MAX = 100
SHIPPED = "guangdong"
_FORM_BYTES = 2**16  # what a form takes beside its file


class Waiting(NamedTuple):
    """A pack that was read and waits to be taken in."""

    name: str
    files: Mapping[str, bytes]
    wanted: list[Definition]


@get("/admin/catalogue", opt=OPT, include_in_schema=False)
async def catalogue_page(request: AnyRequest) -> Response[str]:
    """The catalogue in force, and everything that changed it."""
    desk = desk_of(request)
    async with desk.reading() as books:
        found = await editions.editions(books)
    catalogue = await catalogue_of(desk.ledger)
    names = desk.ledger.register.names
    return await admin_page(
        request,
        "admin-catalogue.html",
        catalogue=catalogue,
        packs=[(one.name.say(desk.language), one.edition) for one in catalogue.packs.values()],
        editions=[
            (one, names.get(one.author.hex(), one.author.hex()[:10]))
            for one in found[:EDITIONS_SHOWN_MAX]
        ],
        more=len(found) - EDITIONS_SHOWN_MAX,
        may_import=desk.viewer.may(Need.DEFINE, desk.ledger.root),
    )


@post(
    "/admin/catalogue/upload",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    request_max_body_size=PACK_BYTES_MAX + _FORM_BYTES,
    include_in_schema=False,
)
async def upload(request: AnyRequest) -> Response[None]:
    """Reads a pack, and leads to what it would change."""
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Problem("upload-missing")
    content = await file.read()
    return await _looked_at(desk_of(request), file.filename, files_in(content, file.filename))


@post(
    "/admin/catalogue/shipped",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def shipped(request: AnyRequest) -> Response[None]:
    """The same with the pack that comes with this software."""
    return await _looked_at(desk_of(request), SHIPPED, shipped_files(SHIPPED))


@get("/admin/catalogue/import/{name:str}", opt=OPT_REALM, include_in_schema=False)
async def import_page(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """What a pack would add and change, and what it lacks: nothing is taken in yet."""
    desk = desk_of(request)
    waiting: Waiting = desk.station.uploads.get(desk.viewer.person, KIND, name)
    async with desk.reading() as books:
        texts = await texts_of(books)
    found = editions.differences(texts, waiting.wanted, desk.language)
    missing = [one.name for one in found if one.kind == "missing"]
    return await admin_page(
        request,
        "admin-catalogue-import.html",
        name=name,
        source=waiting.name,
        found={
            kind: [one for one in found if one.kind == kind]
            for kind in ("added", "changed", "missing")
        },
        fault=editions.fault_of(texts, waiting.wanted, ()),
        fault_without=editions.fault_of(texts, waiting.wanted, missing) if missing else None,
    )


@post(
    "/admin/catalogue/import/{name:str}",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def take_in(request: AnyRequest, name: FromPath[str]) -> Response[None]:
    """Takes the pack in, and retires what was ticked; it goes on beside everything else."""
    desk = desk_of(request)
    waiting: Waiting = desk.station.uploads.get(desk.viewer.person, KIND, name)
    form = await request.form()
    ticked = [text.partition(" ") for text in form.getall("retire", [])]
    retire = [(kind, code) for kind, _, code in ticked]
    by = (desk.viewer.person, desk.viewer.demand(Need.DEFINE, desk.ledger.root))

    async def work(_: Told) -> dict[str, object]:
        done = await import_pack(desk.ledger, waiting.files, retire=retire, by=by)
        return {"version": done.version, "filed": done.filed, "retired": done.retired}

    number = await desk.station.tasks.begin(KIND, desk.viewer.person, work)
    desk.station.uploads.drop(name)
    return _to(f"/admin/tasks/{number}")


async def _looked_at(desk: Desk, source: str, files: Mapping[str, bytes]) -> Response[None]:
    wanted = (await asyncio.to_thread(pack.read, files)).definitions()
    name = desk.station.uploads.keep(desk.viewer.person, KIND, Waiting(source, files, wanted))
    return _to(f"/admin/catalogue/import/{name}")


def _to(address: str) -> Response[None]:
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": address})


routes = [catalogue_page, upload, shipped, import_page, take_in]
