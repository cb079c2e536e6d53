"""Who may call a page: the guard finds the session, then asks the viewer about the route's need.

A route says in its `opt` who may call it and what they must hold; one that says nothing is closed.
A place that stands in the path or the query as `place` is checked here, before any handler runs.
"""

from __future__ import annotations

from typing import Final

from litestar.handlers import BaseRouteHandler

from server.accounts import owing, sessions
from server.desk.station import Station
from server.desk.viewer import Need, Viewer
from server.routes.access import WHO, Connection
from sync.ids import ID_BYTES, PlaceId
from sync.problems import Problem

__all__ = [
    "BY_SELF",
    "BY_SESSION",
    "BY_UNPROVED_SESSION",
    "COOKIE",
    "NEED",
    "REALM",
    "WHO",
    "admit",
    "cookie_name_of",
    "place_in",
]

BY_SESSION: Final = "whoever is signed in"
BY_UNPROVED_SESSION: Final = "whoever gave the right password, before anything else is known"
BY_SELF: Final = "whoever is signed in, for what is their own"
NEED: Final = "need"
REALM: Final = "realm"
"""Set where the need must be met above all places: what concerns the whole server."""
COOKIE: Final = sessions.COOKIE


async def admit(connection: Connection, handler: BaseRouteHandler) -> None:
    """Lets a signed-in person through.

    Raises `sign-in-first`, `sign-in-unfinished`, `place-unknown`, `not-allowed`,
    `access-denied` where the route names no need.
    """
    station: Station = connection.app.state.station
    await station.refresh()
    cookie = connection.cookies.get(cookie_name_of(connection))
    ledger = station.ledger
    session = await sessions.find(ledger, ledger.database, cookie) if cookie else None
    if session is None:
        raise Problem("sign-in-first")
    viewer = Viewer(ledger, session.person)
    connection.scope["state"]["session"] = session
    connection.scope["state"]["viewer"] = viewer
    if session.person.hex() in ledger.register.disabled:
        raise Problem("sign-in-first")
    owed = await owing.owed(ledger, station.settings, session, viewer)
    connection.scope["state"]["unfinished"] = owed is not None
    if handler.opt[WHO] == BY_UNPROVED_SESSION:
        return
    if owed:
        raise Problem("sign-in-unfinished")
    if handler.opt[WHO] == BY_SELF:
        return
    need = handler.opt.get(NEED)
    if not isinstance(need, Need):
        raise Problem("access-denied")
    if handler.opt.get(REALM) and not viewer.may(need, ledger.root):
        raise Problem("not-allowed")
    _admit_to_places(connection, viewer, need)


def cookie_name_of(connection: Connection) -> str:
    """Which cookie counts: over https none that an unprotected page could have set."""
    return sessions.cookie_name(secure=connection.url.scheme == "https")


def _admit_to_places(connection: Connection, viewer: Viewer, need: Need) -> None:
    named = [*connection.query_params.getall("place", [])]
    if "place" in connection.path_params:
        named.append(connection.path_params["place"])
    for text in named:
        if text:
            viewer.demand(need, place_in(text))
    if not any(named) and not viewer.roots(need):
        raise Problem("not-allowed")


def place_in(text: str) -> PlaceId:
    """The place that an address names. Raises `place-unknown`."""
    try:
        identity = bytes.fromhex(text)
    except ValueError:
        identity = b""
    if len(identity) != ID_BYTES:
        raise Problem("place-unknown", code=text[:40])
    return PlaceId(identity)
