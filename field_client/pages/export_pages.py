"""Own figures to take away: a place's as workbook and CSV, and all that lies on the laptop as a zip."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NamedTuple
from weakref import WeakKeyDictionary, finalize

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import File as FileResponse

from field_client.desk import Desk
from field_client.exporting import Exported, export
from field_client.pages.files import attachment, name_for
from field_client.pages.rendering import AnyRequest, desk_of, language_of, page
from field_client.pages.session import UNLOCKED, WHO
from field_client.placedata import FILES, file_of
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem

__all__ = ["routes"]


class _Whole(NamedTuple):
    """The zip that was made last, in a folder that goes when the next is made or the pages end."""

    folder: Path
    exported: Exported

    @property
    def path(self) -> Path:
        """The zip itself."""
        return self.folder / "all.zip"


_WHOLE: WeakKeyDictionary[Ledger, _Whole] = WeakKeyDictionary()


@get("/export", opt={WHO: UNLOCKED})
async def own(request: AnyRequest) -> Response[str]:
    """The files of the laptop's own place."""
    desk = await desk_of(request)
    return await _show(request, desk, desk.place)


@get("/export/{code:str}", opt={WHO: UNLOCKED})
async def one(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """The files of another place that this laptop files for."""
    desk = await desk_of(request)
    return await _show(request, desk, desk.find_place(code))


@get("/export/{code:str}/{name:str}", opt={WHO: UNLOCKED})
async def save(request: AnyRequest, code: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One of the files."""
    desk = await desk_of(request)
    place = desk.find_place(code)
    known = next((one for one in FILES if one == name), None)
    if known is None:
        raise Problem("page-unknown", path=name[:80])
    made = await file_of(desk, place, known, language_of(request))
    return await attachment(
        desk,
        f"tianji-{desk.code(place)}-{name}",
        made.content,
        {"x-rows": str(made.rows), "x-sha256": made.sha256},
    )


@post("/export", opt={WHO: UNLOCKED}, status_code=303)
async def make_whole(request: AnyRequest) -> Response[None]:
    """Makes the zip of everything; the page then offers it."""
    desk = await desk_of(request)
    folder = Path(mkdtemp(prefix="tianji-export-"))
    finalize(desk.ledger, rmtree, folder, ignore_errors=True)
    made = _Whole(folder, await export(desk, folder / "all.zip"))
    before = _WHOLE.get(desk.ledger)
    _WHOLE[desk.ledger] = made
    if before is not None:
        rmtree(before.folder, ignore_errors=True)
    return Response(None, status_code=303, headers={"location": "/export?made=1#whole"})


@get("/export-all.zip", opt={WHO: UNLOCKED})
async def save_whole(request: AnyRequest) -> FileResponse:
    """The zip that was made last."""
    desk = await desk_of(request)
    made = _WHOLE.get(desk.ledger)
    if made is None:
        raise Problem("page-unknown", path="/export-all.zip")
    name = await name_for(desk, f"tianji-{desk.code(desk.place)}-all.zip")
    return FileResponse(path=made.path, filename=name, media_type="application/zip")


async def _show(request: AnyRequest, desk: Desk, place: PlaceId) -> Response[str]:
    language = language_of(request)
    files = [await file_of(desk, place, name, language) for name in FILES]
    return await page(
        request,
        "export.html",
        place=place,
        code=desk.code(place),
        files=files,
        whole=_WHOLE.get(desk.ledger),
        made="made" in request.query_params,
        many=len(desk.places()) > 1,
    )


routes = [own, one, save, make_whole, save_whole]
