"""People whom an administrator looks after: found, added, and let in again when something is lost."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.accounts import events, grants, people, scope, second_factor, services, trying
from server.accounts.answers import led_to, refused
from server.accounts.events import Caller, What, caller_of
from server.accounts.hands import as_administrator
from server.accounts.helping import DOINGS, Helping, new_first_password, new_link_code
from server.accounts.passwords import first_password, hashing
from server.accounts.people import Person
from server.administration.shell import admin_page, sections
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.choosing import last_day, place_of, places_to_choose
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from sync.grants import ROLES
from sync.ids import GrantId, PersonId, PlaceId
from sync.problems import Problem

__all__ = ["routes"]

OPTIONS = {WHO: BY_SESSION, NEED: Need.ADMINISTER}
GIVEN_ROLES = tuple(ROLES)
DONE = ("granted", "grant-ended", *DOINGS)
SECRET = "people-secret.html"  # noqa: S105 - a template
PERSON_EVENTS = 30


class NewPerson(msgspec.Struct):
    """The form in which somebody is added, with a first grant."""

    name: str = ""
    login: str = ""
    role: str = ""
    at: str = ""
    code: str = ""
    until: str = ""


class NewGrant(msgspec.Struct):
    """The form in which a person is given a role."""

    role: str = ""
    at: str = ""
    code: str = ""
    until: str = ""


class EndedGrant(msgspec.Struct):
    """Which grant is to end."""

    grant: str = ""


class NewLogin(msgspec.Struct):
    """Under which login somebody is to sign in here who only used a laptop so far."""

    login: str = ""


class Doing(msgspec.Struct):
    """What is to be done to an account."""

    what: str = ""


@get("/admin/people", opt=OPTIONS, include_in_schema=False)
async def people_page(
    request: AnyRequest,
    q: FromQuery[str] = "",
    laptops: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """The people within the administrator's places."""
    desk = desk_of(request)
    return await admin_page(
        request,
        "people.html",
        problem=None,
        typed=NewPerson(),
        **await _listed(desk, q, laptops, after),
    )


@post("/admin/people", opt=OPTIONS, status_code=200, include_in_schema=False)
async def add_person(
    request: AnyRequest,
    data: Annotated[NewPerson, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str]:
    """Adds somebody, with an account and a first grant; the first password is shown once."""
    desk = desk_of(request)
    try:
        person, first = await _added(desk, data, caller_of(request))
    except Problem as problem:
        values = await _listed(desk, "", "", "")
        return await _refused(request, "people.html", problem, typed=data, **values)
    shown: dict[str, Any] = {"who": data.name.strip(), "login": people.normal_login(data.login)}
    return await admin_page(
        request, SECRET, kind="first", secret=first, person=person.hex(), **shown
    )


async def _added(desk: Desk, data: NewPerson, caller: Caller) -> tuple[PersonId, str]:
    ledger, viewer, chance = desk.ledger, desk.viewer, desk.station.random_bytes
    place = place_of(desk, Need.ADMINISTER, data.at, data.code)
    until = last_day(data.until, desk.today)
    _demand_role(data.role)
    await people.demand_free(ledger.database, data.name, data.login)
    first = first_password(chance)
    kept, hand = await hashing(first), as_administrator(viewer)
    async with ledger.transaction() as database:
        person = await people.add_within(
            ledger, database, data.name, data.login, place, kept, chance, hand
        )
        await grants.add_within(ledger, database, person, data.role, place, until, chance, hand)
        now = ledger.now()
        await events.note_within(database, now, What.ADDED, caller, person=person, by=viewer.person)
    return person, first


@get("/admin/people/{person:str}", opt=OPTIONS, include_in_schema=False)
async def person_page(
    request: AnyRequest, person: FromPath[str], done: FromQuery[str] = ""
) -> Response[str]:
    """One person: what they may do, who gave it, and what can be done for them."""
    desk = desk_of(request)
    one = await _person(desk, person)
    done = done if done in DONE else ""
    values = await _shown(desk, one)
    return await admin_page(
        request, "person.html", problem=None, done=done, typed=NewGrant(), **values
    )


@post("/admin/people/{person:str}/grants", opt=OPTIONS, status_code=303, include_in_schema=False)
async def add_grant(
    request: AnyRequest,
    person: FromPath[str],
    data: Annotated[NewGrant, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None] | Response[str]:
    """Gives a role at a place within the administrator's own; nobody gives themselves one."""
    desk = desk_of(request)
    one = await _person(desk, person)
    try:
        if one.person == desk.viewer.person:
            raise Problem("not-oneself")
        place = place_of(desk, Need.ADMINISTER, data.at, data.code)
        until = last_day(data.until, desk.today)
        _demand_role(data.role)
        async with desk.ledger.transaction() as database:
            await grants.add_within(
                desk.ledger,
                database,
                one.person,
                data.role,
                place,
                until,
                desk.station.random_bytes,
                as_administrator(desk.viewer),
            )
    except Problem as problem:
        values = await _shown(desk, one)
        return await _refused(request, "person.html", problem, done="", typed=data, **values)
    return led_to(f"/admin/people/{person}?done=granted")


@post(
    "/admin/people/{person:str}/grants/end", opt=OPTIONS, status_code=303, include_in_schema=False
)
async def end_grant(
    request: AnyRequest,
    person: FromPath[str],
    data: Annotated[EndedGrant, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Ends a grant within the administrator's own places. Raises `people-unknown`, `not-allowed`."""
    desk = desk_of(request)
    one = await _person(desk, person)
    if one.person == desk.viewer.person:
        raise Problem("not-oneself")
    found = desk.ledger.register.grants.get(data.grant)
    if found is None or found.person != one.person.hex():
        raise Problem("people-unknown")
    desk.viewer.demand(Need.ADMINISTER, found.place)
    async with desk.ledger.transaction() as database:
        hand = as_administrator(desk.viewer)
        grant = GrantId(bytes.fromhex(data.grant))
        await grants.end_within(desk.ledger, database, grant, hand)
    return led_to(f"/admin/people/{person}?done=grant-ended")


@post("/admin/people/{person:str}/do", opt=OPTIONS, status_code=200, include_in_schema=False)
async def do(
    request: AnyRequest,
    person: FromPath[str],
    data: Annotated[Doing, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str] | Response[None]:
    """Does one thing for a person all of whose grants lie within the administrator's places.

    Raises `not-allowed`, `not-oneself`, `people-unknown`, `account-none`.
    """
    desk = desk_of(request)
    one = await _person(desk, person)
    scope.demand_change(desk.ledger, desk.viewer, one.person)
    helping = Helping(desk, one, caller_of(request))
    if data.what in ("first", "link"):
        make = new_first_password if data.what == "first" else new_link_code
        shown: dict[str, Any] = {
            "kind": data.what,
            "who": one.name,
            "login": one.login,
            "person": person,
        }
        return await admin_page(request, SECRET, secret=await make(helping), **shown)
    doing = DOINGS.get(data.what)
    if doing is None:
        raise Problem("page-request", path=request.url.path)
    await doing(helping)
    return led_to(f"/admin/people/{person}?done={data.what}")


@post("/admin/people/{person:str}/account", opt=OPTIONS, status_code=200, include_in_schema=False)
async def open_account(
    request: AnyRequest,
    person: FromPath[str],
    data: Annotated[NewLogin, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str]:
    """Lets somebody sign in here who only used a laptop so far; the first password is shown once.

    Raises `not-allowed`, `not-oneself`, `people-unknown`.
    """
    desk = desk_of(request)
    one = await _person(desk, person)
    scope.demand_change(desk.ledger, desk.viewer, one.person)
    try:
        if one.login:
            raise Problem("login-taken", login=one.login)
        await people.demand_free(desk.ledger.database, one.name, data.login)
        first = await people.open_account(
            desk.ledger, one.person, data.login, desk.station.random_bytes
        )
    except Problem as problem:
        values = await _shown(desk, one)
        return await _refused(request, "person.html", problem, done="", typed=NewGrant(), **values)
    await Helping(desk, one, caller_of(request)).note(What.ADDED)
    shown: dict[str, Any] = {
        "who": one.name,
        "login": people.normal_login(data.login),
        "person": person,
    }
    return await admin_page(request, SECRET, kind="first", secret=first, **shown)


async def _refused(
    request: AnyRequest, template: str, problem: Problem, /, **values: Any
) -> Response[str]:
    desk = desk_of(request)
    shown = sections(desk.viewer, desk.ledger.root)
    return await refused(request, template, problem, sections=shown, **values)


async def _person(desk: Desk, text: str) -> Person:
    return await scope.person_in_scope(desk.ledger, desk.ledger.database, desk.viewer, text)


def _demand_role(role: str) -> None:
    if role not in ROLES:
        raise Problem("grant-role-unknown", role=role[:40])


async def _listed(desk: Desk, text: str, laptops: str, after: str) -> dict[str, Any]:
    async with desk.reading() as books:
        found = await scope.search(
            desk.ledger,
            books.database,
            desk.viewer,
            text[:80],
            with_laptops=bool(laptops),
            after=after[:300],
        )
    held: dict[str, list[tuple[str, str]]] = {one.person.hex(): [] for one in found.people}
    for key, grant in desk.ledger.register.grants.items():
        if grant.person in held and desk.viewer.may(Need.ADMINISTER, grant.place):
            good = not grant.ended and (grant.until is None or grant.until >= desk.ledger.now())
            if good and key:
                held[grant.person].append((grant.role, _place_name(desk, grant.place)))
    return {
        "people": [(one, held[one.person.hex()]) for one in found.people],
        "next": found.after,
        "q": text[:80],
        "laptops": bool(laptops),
        "roles": GIVEN_ROLES,
        "places": places_to_choose(desk, Need.ADMINISTER),
    }


async def _shown(desk: Desk, one: Person) -> dict[str, Any]:
    ledger, settings = desk.ledger, desk.station.settings
    async with desk.reading() as books:
        database = books.database
        given = await grants.of_person(books, one.person)
        counted = [trying.of_login(one.login), trying.of_person(one.person)] if one.login else []
        return {
            "one": one,
            "home": _place_name(desk, people.home_of(ledger, one.person)),
            "grants": [
                (g, _place_name(desk, g.place), desk.viewer.may(Need.ADMINISTER, g.place))
                for g in given
            ],
            "is_self": one.person == desk.viewer.person,
            "may_change": scope.may_change(ledger, desk.viewer, one.person),
            "factor": await second_factor.is_set(database, one.person),
            "wait": await trying.waiting(database, counted, ledger.now()) if counted else 0,
            "service": settings.oidc_name or settings.oidc_issuer,
            "linked": await services.subject_of(database, settings.oidc_issuer, one.person),
            "events": await events.recent(database, person=one.person, limit=PERSON_EVENTS),
            "names": ledger.register.names,
            "roles": GIVEN_ROLES,
            "places": places_to_choose(desk, Need.ADMINISTER),
        }


def _place_name(desk: Desk, place: PlaceId) -> str:
    return "" if place == desk.ledger.root else desk.name(place)


routes = [people_page, add_person, person_page, add_grant, end_grant, open_account, do]
