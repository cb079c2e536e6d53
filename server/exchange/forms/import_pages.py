"""Files of figures that come back: upload, a look at what would be written, and 'take what passes'."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from litestar.params import Body, FromQuery

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.rendering import AnyRequest, desk_of, page, station_of
from server.desk.viewer import Need
from server.entering.entering_pages import entry_desk
from server.exchange.forms.csvforms import read_values
from server.exchange.forms.opening import open_workbook
from server.exchange.forms.planning import State, plan_of
from server.exchange.forms.reading import Known, Read, read_form
from server.exchange.forms.taking import Kept, shelf_of, take
from sync import checks
from sync.entry.checking import Weight
from sync.limits import IMPORT_BYTES_MAX, IMPORT_LISTED_MAX
from sync.problems import Problem
from sync.screens.sheet_view import with_unit

__all__ = ["routes"]

_NAME_CHARS_MAX = 80


class Chosen(msgspec.Struct):
    """The file that was looked at."""

    file: str = ""


@get("/exchange/import", opt={WHO: BY_SESSION, NEED: Need.ENTER}, include_in_schema=False)
async def show(request: AnyRequest, file: FromQuery[str] = "") -> Response[str]:
    """Where a file is uploaded; or what would come of one, or came. Raises `import-gone`."""
    desk = desk_of(request)
    kept = shelf_of(desk.ledger).of(file, desk.viewer.person) if file else None
    catalogue = await catalogue_of(desk.ledger)
    findings = kept.plan.findings if kept else []
    return await page(
        request,
        "import.html",
        file=file,
        kept=kept,
        states=State,
        name_of=desk.name,
        said=lambda line, value: (
            with_unit(value, line.indicator, desk.language) if line.indicator and value else ""
        ),
        sentence=lambda one: checks.say(one.finding, catalogue, desk.language),
        findings=[one for one in findings if one[1].weight is not Weight.EXPLAINED],
        blocks=Weight.BLOCKS,
        most=IMPORT_LISTED_MAX,
        megabytes=IMPORT_BYTES_MAX // 2**20,
    )


@post(
    "/exchange/import",
    opt={WHO: BY_SESSION, NEED: Need.ENTER},
    status_code=303,
    include_in_schema=False,
    request_max_body_size=IMPORT_BYTES_MAX + 2**16,
)
async def upload(request: AnyRequest) -> Response[None]:
    """Reads a file and looks at what it would write; nothing is written. Raises `import-…`."""
    desk, station = desk_of(request), station_of(request)
    name, content = await _uploaded(request)
    shelf = shelf_of(desk.ledger)
    known = Known(await catalogue_of(desk.ledger), desk.ledger.tree, desk.today)
    async with shelf.reading:
        read = await _read(known, content)
        async with entry_desk(request) as entering:
            plan = await plan_of(entering, desk.viewer, read)
    file = shelf.put(Kept(desk.viewer.person, name, read, plan), station.random_bytes)
    return Response(None, status_code=303, headers={"location": f"/exchange/import?file={file}"})


@post(
    "/exchange/import/take",
    opt={WHO: BY_SESSION, NEED: Need.ENTER},
    status_code=303,
    include_in_schema=False,
)
async def take_it(
    request: AnyRequest,
    data: Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Writes what passes. Raises `import-gone`."""
    desk = desk_of(request)
    shelf = shelf_of(desk.ledger)
    kept = shelf.of(data.file, desk.viewer.person)
    async with shelf.taking, entry_desk(request) as entering:
        await take(desk.ledger, entering, desk.viewer, kept)
    where = f"/exchange/import?file={data.file}"
    return Response(None, status_code=303, headers={"location": where})


async def _uploaded(request: AnyRequest) -> tuple[str, bytes]:
    """The file's name and bytes. Raises `import-large`, `import-nothing`."""
    try:
        form = await request.form()
    except ClientException as error:
        most = IMPORT_BYTES_MAX // 2**20
        raise Problem(
            "import-large" if error.status_code == 413 else "import-nothing", most=most
        ) from error
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem("import-nothing", most=IMPORT_BYTES_MAX // 2**20)
    content = await file.read()
    if not content:
        raise Problem("import-nothing", most=IMPORT_BYTES_MAX // 2**20)
    return file.filename[-_NAME_CHARS_MAX:], content


async def _read(known: Known, content: bytes) -> Read:
    """A workbook, or values as CSV."""
    if content.lstrip(b"\xef\xbb\xbf").startswith(b"place_code"):
        return await asyncio.to_thread(read_values, content, known)
    return await asyncio.to_thread(read_form, await open_workbook(content), known)


routes = [show, upload, take_it]
