"""What somebody who gave the right password still owes before any page is shown."""

from __future__ import annotations

from enum import StrEnum

from server.accounts.sessions import WebSession
from server.desk.viewer import Need, Viewer
from server.settings import Settings
from sync.ledger.ledger import Ledger

__all__ = ["Owed", "demands_factor", "owed"]


class Owed(StrEnum):
    """In the order in which they are asked for."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - a word, no password
    FACTOR = "factor"


async def owed(
    ledger: Ledger, settings: Settings, session: WebSession, viewer: Viewer
) -> Owed | None:
    """What is asked for next: the second factor, a password of one's own, a second factor to be set
    up where the server demands one; None once all is done.
    """
    if not session.proved:
        return Owed.CODE
    rows = await ledger.database.rows(
        "SELECT must_change FROM account WHERE person = ?", (session.person,)
    )
    if rows and rows[0][0] and not session.by_service:  # who never had one signs in by the service
        return Owed.PASSWORD
    if not session.strong and demands_factor(settings, viewer):
        return Owed.FACTOR
    return None


def demands_factor(settings: Settings, viewer: Viewer) -> bool:
    """Whether that person may not work here without a second factor."""
    if settings.second_factor == "administrators":
        return bool(viewer.roots(Need.ADMINISTER))
    return settings.second_factor == "demanded"
