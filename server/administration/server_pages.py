"""The server as a machine: an overview, its storage and backups, what runs, and how it fares."""

from __future__ import annotations

from http import HTTPStatus

from litestar import Response, get, post
from litestar.params import FromPath

from server.administration import backups, devices, health, inviting
from server.administration.scheduled import scheduled
from server.administration.shell import Scope, admin_page
from server.administration.tasks import Task, Work
from server.administration.verifying import verify_now
from server.desk.access import BY_SESSION, NEED, REALM, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from server.machine import free_bytes
from sync.problems import Problem

__all__ = ["routes"]

OPT = {WHO: BY_SESSION, NEED: Need.ADMINISTER}
OPT_REALM = {**OPT, REALM: True}
OPT_TASK = {WHO: BY_SESSION, NEED: Need.SEE}
TASKS_SHOWN = 30


@get("/admin", opt=OPT, include_in_schema=False)
async def overview_page(request: AnyRequest) -> Response[str]:
    """Tiles: what there is within the person's scope, and what wants looking after."""
    desk = desk_of(request)
    async with desk.reading() as books:
        scope = Scope(desk.viewer, books, Need.ADMINISTER)
        states = await devices.tally(books, desk.station.sightings, scope)
        codes = await inviting.out(books, books.database, scope)
        looked = await health.looked_at(desk.station, books) if scope.everywhere else []
    return await admin_page(
        request,
        "admin-overview.html",
        states=states,
        codes=len(codes),
        looked=looked,
        worst=health.worst(looked),
        wanting=[one for one in looked if one.state != "good"],
    )


@get("/admin/storage", opt=OPT_REALM, include_in_schema=False)
async def storage_page(request: AnyRequest) -> Response[str]:
    """What the data takes, the backups, and when all was proved last."""
    desk = desk_of(request)
    station = desk.station
    folder = backups.folder_of(desk.ledger, station.settings)
    async with desk.reading() as books:
        database = books.database
        ((position,),) = await database.rows("SELECT coalesce(max(position), 0) FROM commits")
        ((pages,),) = await database.rows("PRAGMA page_count")
        ((free_pages,),) = await database.rows("PRAGMA freelist_count")
        ((page_bytes,),) = await database.rows("PRAGMA page_size")
        verified = await station.tasks.last_done(database, "verify")
        tasks = await station.tasks.latest(database, most=TASKS_SHOWN)
    path = desk.ledger.database.path
    log = path.with_name(path.name + "-wal")
    found = backups.kept(folder)
    return await admin_page(
        request,
        "admin-storage.html",
        file=str(path),
        size=pages * page_bytes,
        unused=free_pages * page_bytes,
        log=log.stat().st_size if log.exists() else 0,
        free=free_bytes(path.parent),
        position=position,
        verified=verified,
        folder=str(folder),
        data=str(path.parent),
        backups=found,
        backups_bytes=sum(one.bytes for one in found),
        most=station.settings.backups_kept,
        tasks=[(one, _name(desk, one)) for one in tasks],
        running={one.kind for one in tasks if one.state == "running"},
    )


@post(
    "/admin/storage/backup",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def back_up(request: AnyRequest) -> Response[None]:
    """Begins a backup."""
    desk = desk_of(request)
    ledger, settings = desk.ledger, desk.station.settings
    return await _begin(desk, "backup", lambda told: backups.back_up_now(ledger, settings, told))


@post(
    "/admin/storage/verify",
    opt=OPT_REALM,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def verify(request: AnyRequest) -> Response[None]:
    """Begins a verification."""
    desk = desk_of(request)
    return await _begin(desk, "verify", lambda told: verify_now(desk.ledger, told))


@get("/admin/tasks/{number:str}", opt=OPT_TASK, include_in_schema=False)
async def task_page(request: AnyRequest, number: FromPath[str]) -> Response[str]:
    """How far a piece of work is, and what came of it: for whoever began it, and the realm's keeper."""
    desk = desk_of(request)
    async with desk.reading() as books:
        known = number.isascii() and number.isdecimal() and len(number) < 16
        task = await desk.station.tasks.find(books.database, int(number)) if known else None
    if task is None or not _may_see(desk, task):
        raise Problem("task-unknown")
    return await admin_page(request, "admin-task.html", task=task, who=_name(desk, task))


@get("/admin/jobs", opt=OPT_REALM, include_in_schema=False)
async def jobs_page(request: AnyRequest) -> Response[str]:
    """What runs by itself and what was begun by hand, with when it ran last."""
    desk = desk_of(request)
    async with desk.reading() as books:
        ((waiting,),) = await books.database.rows(
            "SELECT count(*) FROM (SELECT 1 FROM check_due LIMIT 100001)"
        )
        ((reminded_at,),) = await books.database.rows("SELECT max(sent_at) FROM mail_reminder")
        last = {
            kind: found[0] if found else None
            for kind in ("backup", "verify", "places", "catalogue")
            for found in [await desk.station.tasks.latest(books.database, kind, 1)]
        }
        tasks = await desk.station.tasks.latest(books.database, most=TASKS_SHOWN)
    return await admin_page(
        request,
        "admin-jobs.html",
        scheduled=await scheduled(desk.station.settings.jobs_state),
        waiting=waiting,
        checked_at=desk.station.checker.done_at,
        reminding=bool(desk.station.settings.smtp_host),
        reminded_at=reminded_at,
        last=last,
        tasks=[(one, _name(desk, one)) for one in tasks],
    )


@get("/admin/health", opt=OPT_REALM, include_in_schema=False)
async def health_page(request: AnyRequest) -> Response[str]:
    """Each thing that is looked at, how it is, and what to do."""
    desk = desk_of(request)
    async with desk.reading() as books:
        looked = await health.looked_at(desk.station, books)
    order = {"bad": 0, "warn": 1, "good": 2}
    return await admin_page(
        request,
        "admin-health.html",
        looked=sorted(looked, key=lambda one: order[one.state]),
        worst=health.worst(looked),
        folder=str(desk.ledger.database.path.parent),
    )


async def _begin(desk: Desk, kind: str, work: Work) -> Response[None]:
    number = await desk.station.tasks.begin(kind, desk.viewer.person, work)
    return Response(
        None,
        status_code=HTTPStatus.SEE_OTHER,
        headers={"location": f"/admin/tasks/{number}"},
    )


def _may_see(desk: Desk, task: Task) -> bool:
    return task.person == desk.viewer.person or desk.viewer.may(Need.ADMINISTER, desk.ledger.root)


def _name(desk: Desk, task: Task) -> str:
    return desk.ledger.register.names.get(task.person.hex(), "")


routes = [
    overview_page,
    storage_page,
    back_up,
    verify,
    task_page,
    jobs_page,
    health_page,
]
