"""Reminders: what would go out to whom and when, sending it now, and words for the laptops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from server.catalogue.keeping import catalogue_of
from server.completeness import mailing, runner
from server.completeness.asking import asked_form, asked_period, asked_place, query
from server.completeness.gathering import people_at
from server.completeness.reminding import Verdict, is_quiet
from server.completeness.runner import Told
from server.desk.access import BY_SELF, BY_SESSION, NEED, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from sync.ids import PersonId, PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.release import reminder_cell
from sync.value import text_value

__all__ = ["routes"]

PLACES_MAX = 3_000
LISTED_MAX = 200
_DONE = frozenset({"asked", "words", "address"})


class Chosen(msgspec.Struct):
    """What the page's forms say."""

    place: str = ""
    form: str = ""
    period: str = ""
    words: str = ""
    person: str = ""
    address: str = ""


class Shown(NamedTuple):
    """A person's reminder as the page shows it: subject and text as they would be mailed."""

    told: Told
    subject: str
    text: str


Posted = Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/completeness/reminders", opt={WHO: BY_SESSION, NEED: Need.REVIEW}, include_in_schema=False)
async def preview(
    request: AnyRequest,
    place: FromQuery[str] = "",
    form: FromQuery[str] = "",
    period: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """Who would be mailed what; nothing goes out by looking. Of many places, where to look closer."""
    desk = desk_of(request)
    at = asked_place(desk, place, Need.REVIEW)
    catalogue = await catalogue_of(desk.ledger)
    chosen = asked_form(catalogue, form)
    asked = asked_period(chosen, period, desk.today)
    settings = desk.station.settings
    async with desk.reading() as books:
        people = people_at(books, at)
        wide = _is_wide(people)
        found = [] if wide else await runner.told(books, settings, people)
        words = await _words(books, at, chosen.code, asked.text) if chosen and asked else ""
        own = await _address(books, desk.viewer.person)
    rules = runner.rules_of(settings)
    return await page(
        request,
        "reminders.html",
        desk=desk,
        place=at,
        form=chosen,
        period=asked,
        words=words,
        shown=[_shown(desk, one) for one in found[:LISTED_MAX]],
        hidden=max(len(found) - LISTED_MAX, 0),
        counts=_counts(found),
        mailed=mailing.is_set(settings),
        rules=rules,
        quiet=is_quiet(desk.ledger.now(), rules),
        own=own,
        below=_below(desk, at) if wide else [],
        may_set=desk.viewer.may(Need.ADMINISTER, at),
        done=done if done in _DONE else "",
        query=query,
    )


@post(
    "/completeness/reminders",
    opt={WHO: BY_SESSION, NEED: Need.REVIEW},
    status_code=303,
    include_in_schema=False,
)
async def send_now(request: AnyRequest, data: Posted) -> Response[None]:
    """Asks for the reminders of a place: they go out now, or when the quiet hours or the day end.

    Raises `mail-not-set`, `reminders-too-wide`, `place-unknown`, `not-allowed`.
    """
    desk = desk_of(request)
    at = place_in(data.place)
    desk.viewer.demand(Need.REVIEW, at)
    settings = desk.station.settings
    if not mailing.is_set(settings):
        raise Problem("mail-not-set")
    async with desk.reading() as books:
        found = await runner.told(books, settings, _people(books, at))
    wanted = [one.debtor.person for one in found if one.debtor.address]
    async with desk.ledger.transaction() as database:
        await runner.want(database, wanted, desk.ledger.now())
    desk.station.reminders.wake()
    return _back(at, done="asked")


@post(
    "/completeness/reminders/words",
    opt={WHO: BY_SESSION, NEED: Need.REVIEW},
    status_code=303,
    include_in_schema=False,
)
async def say_there(request: AnyRequest, data: Posted) -> Response[None]:
    """Files words that the laptops at the place and below show until the form is handed in."""
    desk = desk_of(request)
    at = place_in(data.place)
    desk.viewer.demand(Need.REVIEW, at)
    chosen = asked_form(await catalogue_of(desk.ledger), data.form)
    asked = asked_period(chosen, data.period, desk.today)
    if chosen is None or asked is None:
        raise Problem("form-unknown", code=data.form[:40])
    write = Write(reminder_cell(asked.text, chosen.code), text_value(data.words.strip()))
    await desk.act([Act(at, Need.REVIEW, [write])])
    return _back(at, form=chosen.code, period=asked.text, done="words")


@post(
    "/completeness/reminders/address",
    opt={WHO: BY_SESSION, NEED: Need.ADMINISTER},
    status_code=303,
    include_in_schema=False,
)
async def set_address(request: AnyRequest, data: Posted) -> Response[None]:
    """Sets where somebody who reports at or below the place is mailed; an empty address ends it.

    Raises `mail-address-malformed`, `place-unknown`, `not-allowed`.
    """
    desk = desk_of(request)
    at = place_in(data.place)
    desk.viewer.demand(Need.ADMINISTER, at)
    person = next(
        (one for one in people_at(desk.ledger, at) if one.hex() == data.person.lower()), None
    )
    if person is None:
        raise Problem("not-allowed")
    await _set(desk, person, data.address)
    return _back(at, done="address")


@post("/account/mail", opt={WHO: BY_SELF}, status_code=303, include_in_schema=False)
async def set_own_address(request: AnyRequest, data: Posted) -> Response[None]:
    """Sets where the person is mailed; an empty address ends it. Raises `mail-address-malformed`."""
    desk = desk_of(request)
    await _set(desk, desk.viewer.person, data.address)
    at = place_in(data.place) if data.place else None
    return (
        _back(at, done="address")
        if at
        else Response(None, status_code=303, headers={"location": "/"})
    )


def _back(place: PlaceId, **values: str) -> Response[None]:
    address = "/completeness/reminders" + query(place=place.hex(), **values)
    return Response(None, status_code=303, headers={"location": address})


def _people(books: Ledger, place: PlaceId) -> Mapping[PersonId, set[PlaceId]]:
    """Those who report at or below the place. Raises `reminders-too-wide`."""
    people = people_at(books, place)
    if _is_wide(people):
        raise Problem("reminders-too-wide", count=_count(people))
    return people


def _is_wide(people: Mapping[PersonId, set[PlaceId]]) -> bool:
    return _count(people) > PLACES_MAX


def _count(people: Mapping[PersonId, set[PlaceId]]) -> int:
    return sum(map(len, people.values()))


def _below(desk: Desk, place: PlaceId) -> list[PlaceId]:
    under = None if place == desk.ledger.root else place
    return list(desk.ledger.tree.children(under, desk.today))


def _shown(desk: Desk, told: Told) -> Shown:
    settings = desk.station.settings
    words = mailing.words(desk.ledger, told.debtor, settings.mail_language, settings.public_url)
    return Shown(told, *words)


def _counts(found: list[Told]) -> Counter[str]:
    """How many go out now, wait, and have no address."""
    return Counter(
        "unknown"
        if not one.debtor.address
        else "now"
        if one.decision.verdict is Verdict.NOW
        else "later"
        for one in found
    )


async def _words(books: Ledger, place: PlaceId, form: str, period: str) -> str:
    cell = reminder_cell(period, form)
    standing = (await books.standing(place, [(cell.kind, cell.subject)])).get(cell)
    return standing.versions[0].value.text if standing and standing.versions else ""


async def _address(books: Ledger, person: PersonId) -> str:
    rows = await books.database.rows("SELECT address FROM mail_address WHERE person = ?", (person,))
    return str(rows[0][0]) if rows else ""


async def _set(desk: Desk, person: PersonId, text: str) -> None:
    address = mailing.checked_address(text) if text.strip() else ""
    async with desk.ledger.transaction() as database:
        if address:
            await database.run(
                "INSERT INTO mail_address (person, address) VALUES (?, ?)"
                " ON CONFLICT (person) DO UPDATE SET address = excluded.address",
                (person, address),
            )
        else:
            for table in ("mail_address", "mail_reminder", "mail_wanted"):
                await database.run(f"DELETE FROM {table} WHERE person = ?", (person,))


routes = [preview, send_now, say_there, set_address, set_own_address]
