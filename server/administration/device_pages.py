"""`/admin/devices`: laptops and other devices: which there are, inviting, revoking, taking back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery

from server.administration import devices, inviting
from server.administration.devices import STATES, Wanted
from server.administration.shell import Scope, admin_page, label
from server.desk.access import BY_SESSION, NEED, WHO, place_in
from server.desk.acting import Act, Write
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of
from server.desk.viewer import Need
from server.devices.invites import invite
from sync.grants import Device
from sync.ids import ID_BYTES, DeviceId, PlaceId
from sync.limits import INVITE_SECONDS, NAME_CHARS_MAX
from sync.problems import Problem, can_say
from sync.value import Cell, flag_value, text_value

__all__ = ["routes"]

OPT = {WHO: BY_SESSION, NEED: Need.ADMINISTER}
DAY_SECONDS = 24 * 3600
REASON_CHARS_MIN = 2
ASIDE_SHOWN_MAX = 50
INVITED_ROLES = ("enter", "review_town", "review_county", "view")


class Inviting(msgspec.Struct):
    """The form that makes a code."""

    place: str = ""
    role: str = "enter"
    person: str = ""


class Named(msgspec.Struct):
    """A code that is taken back."""

    name: str = ""


class Why(msgspec.Struct):
    """Why a device is revoked, or taken into use again."""

    reason: str = ""


@get("/admin/devices", opt=OPT, include_in_schema=False)
async def devices_page(
    request: AnyRequest,
    q: FromQuery[str] = "",
    which: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """The devices of the person's scope."""
    desk = desk_of(request)
    wanted = Wanted(q[:NAME_CHARS_MAX], which if which in STATES else "", after)
    async with desk.reading() as books:
        scope = Scope(desk.viewer, books, Need.ADMINISTER)
        found = await devices.lines(books, desk.station.sightings, scope, wanted)
        codes = await inviting.out(books, books.database, scope)
    return await admin_page(
        request,
        "admin-devices.html",
        page=found,
        wanted=wanted,
        states=STATES,
        label=lambda place: label(desk, place),
        codes=codes,
        away_days=devices.AWAY_SECONDS // DAY_SECONDS,
    )


@get("/admin/devices/invite", opt=OPT, include_in_schema=False)
async def invite_page(
    request: AnyRequest, q: FromQuery[str] = "", place: FromQuery[str] = ""
) -> Response[str]:
    """Finds the place that a code is for, then asks for whom it is."""
    desk = desk_of(request)
    scope = Scope(desk.viewer, desk.ledger, Need.ADMINISTER)
    found = inviting.find_places(desk.ledger, scope, q)
    chosen = place_in(place) if place else (found[0] if len(found) == 1 else None)
    return await admin_page(
        request,
        "admin-invite.html",
        q=q,
        found=[(one.hex(), label(desk, one)) for one in found],
        chosen=chosen.hex() if chosen else "",
        chosen_label=label(desk, chosen) if chosen else "",
        roles=INVITED_ROLES,
        days=INVITE_SECONDS // DAY_SECONDS,
    )


@post("/admin/devices/invite", opt=OPT, status_code=HTTPStatus.OK, include_in_schema=False)
async def make_invite(
    request: AnyRequest,
    data: Annotated[Inviting, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[str] | Response[None]:
    """A new code on a card. It is shown in the answer itself, since it is kept nowhere."""
    desk = desk_of(request)
    if not data.place:
        return _to("/admin/devices/invite")
    place = place_in(data.place)
    desk.viewer.demand(Need.ADMINISTER, place)
    if place not in desk.ledger.tree:
        raise Problem("place-unknown", code=desk.viewer.code(place))
    name = data.person.strip()
    if data.role not in INVITED_ROLES or len(name) > NAME_CHARS_MAX or not _is_plain(name):
        raise Problem("name-malformed", most=NAME_CHARS_MAX)
    code = await invite(desk.ledger, place, data.role, name, desk.station.random_bytes)
    own = desk.station.settings.public_url
    address = own or f"{request.url.scheme}://{request.url.netloc}"
    return await admin_page(
        request,
        "admin-invited.html",
        code=code,
        address=address,
        picture=inviting.qr(f"{address} {code}"),
        label=label(desk, place),
        role=data.role,
        person=name,
        until=desk.ledger.now() + INVITE_SECONDS,
    )


@post(
    "/admin/devices/invite/end",
    opt=OPT,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def end_invite(
    request: AnyRequest,
    data: Annotated[Named, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Takes a code back that nobody has used."""
    desk = desk_of(request)
    async with desk.reading() as books:
        scope = Scope(desk.viewer, books, Need.ADMINISTER)
        known = {one.name for one in await inviting.out(books, books.database, scope)}
    if data.name not in known:
        raise Problem("code-unknown")
    await inviting.take_back(desk.ledger, data.name)
    return _to("/admin/devices")


@get("/admin/devices/{device:str}", opt=OPT, include_in_schema=False)
async def device_page(request: AnyRequest, device: FromPath[str]) -> Response[str]:
    """One device: where it is registered, who signed in on it, what it left."""
    desk = desk_of(request)
    name, known = _device(desk, device)
    async with desk.reading() as books:
        scope = Scope(desk.viewer, books, Need.ADMINISTER)
        line = await devices.line(books, desk.station.sightings, name)
        rows = await books.database.rows(
            "SELECT state, reason, since, id FROM aside WHERE device = ? ORDER BY since LIMIT ?",
            (name, ASIDE_SHOWN_MAX),
        )
    return await admin_page(
        request,
        "admin-device.html",
        line=line,
        hex=device,
        places=[
            (label(desk, place), place.hex(), revoked, place in scope)
            for place, revoked in sorted(known.places.items())
        ],
        asides=[
            (state, _why(desk, reason), since, bytes(one).hex())
            for state, reason, since, one in rows
        ],
        may_act=bool(_reached(desk, known)) and name != desk.ledger.device,
    )


@post(
    "/admin/devices/{device:str}/revoke",
    opt=OPT,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def revoke(
    request: AnyRequest,
    device: FromPath[str],
    data: Annotated[Why, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """From now on its commits are refused; what stands already stays."""
    await _set_revoked(desk_of(request), device, data.reason, revoked=True)
    return _to(f"/admin/devices/{device}")


@post(
    "/admin/devices/{device:str}/reinstate",
    opt=OPT,
    status_code=HTTPStatus.SEE_OTHER,
    include_in_schema=False,
)
async def reinstate(
    request: AnyRequest,
    device: FromPath[str],
    data: Annotated[Why, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """It may work again."""
    await _set_revoked(desk_of(request), device, data.reason, revoked=False)
    return _to(f"/admin/devices/{device}")


async def _set_revoked(desk: Desk, text: str, reason: str, *, revoked: bool) -> None:
    name, device = _device(desk, text)
    reason = reason.strip()
    if name == desk.ledger.device:
        raise Problem("device-is-server")
    if len(reason) < REASON_CHARS_MIN or not _is_plain(reason) or len(reason) > NAME_CHARS_MAX:
        raise Problem("device-reason-missing", most=NAME_CHARS_MAX)
    cells = [
        Write(Cell("device", name.hex(), "revoked"), flag_value(revoked)),
        Write(devices.reason_cell(name), text_value(reason)),
    ]
    await desk.act([Act(place, Need.ADMINISTER, cells) for place in _reached(desk, device)])


def _device(desk: Desk, text: str) -> tuple[DeviceId, Device]:
    """The device that an address names. Raises `device-not-here`, also of one out of scope."""
    known = desk.ledger.register.devices.get(text)
    if len(text) != 2 * ID_BYTES or known is None or not _reached(desk, known):
        raise Problem("device-not-here")
    return DeviceId(bytes.fromhex(text)), known


def _reached(desk: Desk, device: Device) -> Sequence[PlaceId]:
    """Where it is registered, as far as the person administers."""
    return desk.viewer.within(Need.ADMINISTER, devices.places_of(device))


def _why(desk: Desk, code: str) -> str:
    """Why a commit is aside, as a sentence; the bare code of one that needs values to be said."""
    return Problem(code).say(desk.language) if can_say(code, ()) else code


def _is_plain(text: str) -> bool:
    return text.isprintable()


def _to(address: str) -> Response[None]:
    return Response(None, status_code=HTTPStatus.SEE_OTHER, headers={"location": address})


routes = [
    devices_page,
    invite_page,
    make_invite,
    end_invite,
    device_page,
    revoke,
    reinstate,
]
