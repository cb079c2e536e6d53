"""What must be told above any page: a part that was ended, words that were left, a PIN to set."""

from __future__ import annotations

from typing import NamedTuple

from field_client import handover
from field_client.pages.session import Session
from field_client.pages.station import Station
from field_client.people import is_revoked, people

__all__ = ["Notices", "notices"]


class Notices(NamedTuple):
    """`revoked` is of the laptop, `ended` of whoever sits there; the others wait for the first page."""

    revoked: bool
    ended: bool
    words: bool
    asks_for_pin: bool


async def notices(station: Station, session: Session | None, *, is_home: bool) -> Notices | None:
    """What to tell whoever is unlocked in that browser; None where nobody is."""
    if session is None or session.person is None:
        return None
    desk = station.desk.of(session.person, station.desk.grant)
    return Notices(
        revoked=await is_revoked(desk),
        ended=any(one.id == session.person and not one.active for one in people(desk)),
        words=is_home and await handover.has_unread(desk),
        asks_for_pin=is_home and await station.seating.asks_for_pin(session),
    )
