"""`/admin/audit`: who did what where, searched and handed out; and each commit by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from server.accounts.events import What
from server.administration import audit, committed, inviting, saying, signins
from server.administration.audit import POSITION_MAX, Wanted
from server.administration.shell import Scope, admin_page, name_of
from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from sync.grants import ROLES
from sync.ids import HASH_BYTES, ID_BYTES, CommitId, DeviceId, PersonId, PlaceId
from sync.problems import Problem
from sync.spreadsheet import as_text

__all__ = ["routes"]

OPT = {WHO: BY_SESSION, NEED: Need.ADMINISTER}
PEOPLE_FOUND_MAX = 20
_COLUMNS = ("position", "accepted_at", "person", "person_id", "place_code", "place", "device")
_MORE_COLUMNS = ("what", "cells", "commit")


@get("/admin/audit", opt=OPT, include_in_schema=False)
async def audit_page(
    request: AnyRequest,
    who: FromQuery[str] = "",
    where: FromQuery[str] = "",
    device: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    before: FromQuery[int] = POSITION_MAX,
) -> Response[str]:
    """Commits, the latest first."""
    desk = desk_of(request)
    asked = {"who": who, "where": where, "device": device, "kind": kind}
    asked |= {"since": since, "until": until}
    people, places = _people(desk, who), _places(desk, where)
    unclear = (bool(who.strip()) and len(people) != 1) or (bool(where.strip()) and len(places) != 1)
    page = audit.Page([], None)
    if not unclear:
        async with desk.reading() as books:
            scope = Scope(desk.viewer, books, Need.ADMINISTER)
            page = await audit.search(books, scope, _wanted(asked, people, places, before))
    catalogue = await catalogue_of(desk.ledger)
    return await admin_page(
        request,
        "admin-audit.html",
        asked=asked,
        query=urlencode({name: text for name, text in asked.items() if text}),
        kinds=saying.KINDS,
        unclear=unclear,
        people=[(one.hex(), _name(desk, one)) for one in people],
        places=[(one.hex(), desk.name(one), desk.code(one)) for one in places],
        lines=[
            (one, _name(desk, one.commit.author), saying.did(one.commit, catalogue, desk.language))
            for one in page.lines
        ],
        following=page.following,
        name=lambda place: name_of(desk, place),
    )


@get("/admin/audit.csv", opt=OPT, include_in_schema=False)
async def audit_file(
    request: AnyRequest,
    who: FromQuery[str] = "",
    where: FromQuery[str] = "",
    device: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Stream:
    """All that the same search finds, as a file, however much it is."""
    desk = desk_of(request)
    asked = {"device": device, "kind": kind, "since": since, "until": until}
    people, places = _people(desk, who), _places(desk, where)
    if (who.strip() and len(people) != 1) or (where.strip() and len(places) != 1):
        raise Problem("audit-unclear")
    wanted = _wanted(asked, people, places, POSITION_MAX)
    return Stream(
        _rows(desk, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="tianji-audit.csv"'},
    )


async def _rows(desk: Desk, wanted: Wanted) -> AsyncIterator[str]:
    """The file in parts: each is read at a moment of its own, what was accepted stays in its place."""
    yield "\ufeff" + _csv([(*_COLUMNS, *_MORE_COLUMNS)])
    catalogue = await catalogue_of(desk.ledger)
    following: int | None = wanted.before
    while following is not None:
        async with desk.reading() as books:
            scope = Scope(desk.viewer, books, Need.ADMINISTER)
            page = await audit.search(books, scope, wanted._replace(before=following))
        following = page.following
        yield _csv(
            (
                line.position,
                datetime.fromtimestamp(line.at, UTC).isoformat(),
                _name(desk, line.commit.author),
                line.commit.author.hex(),
                desk.code(line.place),
                name_of(desk, line.place),
                line.commit.device.hex(),
                "; ".join(saying.did(line.commit, catalogue, desk.language)),
                len(line.commit.changes),
                line.commit.id.hex(),
            )
            for line in page.lines
        )


@get("/admin/commit/{commit:str}", opt=OPT, include_in_schema=False)
async def commit_page(request: AnyRequest, commit: FromPath[str]) -> Response[str]:
    """One commit: what its bytes say, whether its signature is good, what became of it."""
    desk = desk_of(request)
    async with desk.reading() as books:
        found = await committed.whole(books, CommitId(_bytes(commit, HASH_BYTES)))
    if found is None or not desk.viewer.may(Need.ADMINISTER, found.commit.place):
        raise Problem("commit-not-here")
    one = found.commit
    catalogue = await catalogue_of(desk.ledger)
    grant = desk.ledger.register.grants.get(one.grant.hex())
    return await admin_page(
        request,
        "admin-commit.html",
        one=found,
        hex=commit,
        author=_name(desk, one.author),
        place=name_of(desk, one.place),
        did=saying.did(one, catalogue, desk.language),
        grant=grant,
        grant_place=name_of(desk, grant.place) if grant else "",
        more=len(one.changes) - len(found.said),
        kinds=saying.KINDS,
        roles=ROLES,
        titles={code: item.name.say(desk.language) for code, item in catalogue.indicators.items()},
    )


@get("/admin/audit/signins", opt=OPT, include_in_schema=False)
async def signins_page(
    request: AnyRequest,
    who: FromQuery[str] = "",
    what: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    before: FromQuery[int] = signins.NUMBER_MAX,
) -> Response[str]:
    """Who signed in, and what was done to accounts, the latest first."""
    desk = desk_of(request)
    asked = {"who": who, "what": what, "since": since, "until": until}
    people = _people(desk, who)
    unclear = bool(who.strip()) and len(people) != 1
    page = signins.Page([], None)
    if not unclear:
        async with desk.reading() as books:
            scope = Scope(desk.viewer, books, Need.ADMINISTER)
            person = people[0] if people else None
            wanted = signins.Wanted(person, what, _day(since), _day(until), before)
            page = await signins.search(books, scope, wanted)
    return await admin_page(
        request,
        "admin-signins.html",
        asked=asked,
        query=urlencode({name: text for name, text in asked.items() if text}),
        kinds=[str(one) for one in What],
        unclear=unclear,
        people=[(one.hex(), _name(desk, one)) for one in people],
        lines=page.lines,
        following=page.following,
        name=lambda person: _name(desk, person) if person else "",
    )


@get("/admin/audit/signins.csv", opt=OPT, include_in_schema=False)
async def signins_file(
    request: AnyRequest,
    who: FromQuery[str] = "",
    what: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Stream:
    """All sign-ins that the same search finds, as a file."""
    desk = desk_of(request)
    people = _people(desk, who)
    if who.strip() and len(people) != 1:
        raise Problem("audit-unclear")
    wanted = signins.Wanted(people[0] if people else None, what, _day(since), _day(until))
    return Stream(
        _signin_rows(desk, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="tianji-signins.csv"'},
    )


async def _signin_rows(desk: Desk, wanted: signins.Wanted) -> AsyncIterator[str]:
    yield "\ufeff" + _csv([("no", "at", "what", "person", "login", "by", "address", "browser")])
    following: int | None = wanted.before
    while following is not None:
        async with desk.reading() as books:
            scope = Scope(desk.viewer, books, Need.ADMINISTER)
            page = await signins.search(books, scope, wanted._replace(before=following))
        following = page.following
        yield _csv(
            (
                one.no,
                datetime.fromtimestamp(one.at, UTC).isoformat(),
                one.what,
                _name(desk, one.person) if one.person else "",
                one.login,
                _name(desk, one.by) if one.by else "",
                one.address,
                one.agent,
            )
            for one in page.lines
        )


def _wanted(
    asked: dict[str, str], people: list[PersonId], places: list[PlaceId], before: int
) -> Wanted:
    device = DeviceId(_bytes(asked["device"], ID_BYTES)) if asked["device"] else None
    return Wanted(
        people[0] if people else None,
        device,
        places[0] if places else None,
        asked["kind"] if asked["kind"] in saying.KINDS else "",
        _day(asked["since"]),
        _day(asked["until"]),
        before,
    )


def _people(desk: Desk, text: str) -> list[PersonId]:
    """Whom a text names: by id, by whole name, else by a part of it."""
    text = text.strip()
    names = desk.ledger.register.names
    if not text:
        return []
    exact = [key for key, name in names.items() if text in (key, name)]
    found = exact or sorted(key for key, name in names.items() if text in name)
    return [PersonId(bytes.fromhex(key)) for key in found[:PEOPLE_FOUND_MAX]]


def _places(desk: Desk, text: str) -> list[PlaceId]:
    """The places of the person's scope that a text names; an id names one of any time."""
    text = text.strip()
    if len(text) == 2 * ID_BYTES and all(one in "0123456789abcdef" for one in text):
        place = place_in(text)
        desk.viewer.demand(Need.ADMINISTER, place)
        return [place]
    scope = Scope(desk.viewer, desk.ledger, Need.ADMINISTER)
    return inviting.find_places(desk.ledger, scope, text)


def _name(desk: Desk, person: PersonId) -> str:
    return desk.ledger.register.names.get(person.hex(), person.hex()[:10])


def _day(text: str) -> date | None:
    """A day from a form's field, '' for none. Raises `places-date-malformed`."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem("places-date-malformed", text=text[:40]) from error


def _bytes(text: str, length: int) -> bytes:
    """The id that a text says; one that nothing has where it says none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    return found if len(found) == length else b""


def _csv(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([as_text(cell) for cell in row])
    return out.getvalue()


routes = [audit_page, audit_file, commit_page, signins_page, signins_file]
