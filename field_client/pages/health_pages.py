"""How this laptop is: what was looked at, what calls for somebody, and what a button can do."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from field_client.copies import FOLDER, copies_in
from field_client.examining import examine, make_private
from field_client.health import Facts, Remedy, Weight, findings
from field_client.pages.rendering import AnyRequest, desk_of, language_of, page, station_of
from field_client.pages.session import UNLOCKED, WHO
from field_client.saying import finding_words, report
from sync.ledger import identity
from sync.problems import Problem

__all__ = ["routes"]


@get("/health", opt={WHO: UNLOCKED})
async def health_page(request: AnyRequest) -> Response[str]:
    """All that was looked at; what is wrong comes first."""
    facts = await _facts(request)
    found = findings(facts)
    spoken = language_of(request)
    return await page(
        request,
        "health.html",
        wrong=[one for one in found if one.weight is not Weight.GOOD],
        good=[one for one in found if one.weight is Weight.GOOD],
        words=lambda one: finding_words(one, spoken),
        facts=facts,
        copies=copies_in(station_of(request).desk.ledger.database.path.parent),
        copies_folder=FOLDER,
    )


@get("/health/report.txt", opt={WHO: UNLOCKED})
async def health_report(request: AnyRequest) -> Response[str]:
    """The same as plain text, to be sent to whoever helps: no key, no PIN, no figure is in it."""
    text = report(await _facts(request), language_of(request))
    headers = {"content-disposition": 'attachment; filename="tianji-health.txt"'}
    return Response(text, media_type="text/plain", headers=headers)


@post("/health/{remedy:str}", opt={WHO: UNLOCKED}, status_code=303)
async def mend(request: AnyRequest, remedy: FromPath[str]) -> Response[None]:
    """Does what can be done about a finding, or looks the file over once more."""
    desk = await desk_of(request)
    watch = station_of(request).watch
    match remedy:
        case Remedy.COPY:
            await watch.copy()
        case Remedy.PRIVATE:
            make_private(desk.ledger.database.path.parent)
        case Remedy.IDENTITY:
            await identity.ensure(desk.ledger.database, "laptop")
        case "look":
            await watch.look_over()
        case _:
            raise Problem("page-unknown", path=request.url.path[:80])
    return Response(None, status_code=303, headers={"location": "/health"})


async def _facts(request: AnyRequest) -> Facts:
    desk = await desk_of(request)
    return await examine(desk, sound=station_of(request).watch.sound)


routes = [health_page, health_report, mend]
