"""Where everything stands on this laptop; told from its own database, without a network."""

from __future__ import annotations

from typing import NamedTuple

from field_client.aside import disputed_cells, held_names
from field_client.desk import Desk
from field_client.returned import returned_cells

__all__ = ["Status", "status"]


class Status(NamedTuple):
    """How many edits and own commits have come how far, and whom this laptop talks to.

    `pending` counts edits, `unreceipted` and `receipted` own sealed commits, `held`, `parked`
    commits, `conflicts` and `returned` cells. Times are seconds since 1970; `last_contact` is by the own clock.
    """

    pending: int
    unreceipted: int
    receipted: int
    held: int
    parked: int
    conflicts: int
    returned: int
    last_contact: int | None
    server_time: int | None
    clock_wrong_seconds: int | None
    server: str


async def status(desk: Desk) -> Status:
    """The laptop's own count of itself."""
    database = desk.ledger.database
    ((pending, unreceipted, receipted, parked),) = await database.rows(
        "SELECT (SELECT count(*) FROM pending),"
        " (SELECT count(*) FROM commits WHERE accepted_at IS NULL),"
        " (SELECT count(*) FROM commits WHERE device = ? AND accepted_at IS NOT NULL),"
        " (SELECT count(*) FROM aside WHERE state = 'parked')",
        (desk.ledger.device,),
    )
    return Status(
        pending=pending,
        unreceipted=unreceipted,
        receipted=receipted,
        held=len(await held_names(desk)),
        parked=parked,
        conflicts=len(await disputed_cells(desk, desk.places())),
        returned=len(await returned_cells(desk, desk.places())),
        last_contact=await database.meta("last_contact"),
        server_time=await database.meta("server_time"),
        clock_wrong_seconds=await desk.clock_wrong_by(),
        server=await database.meta("server") or "",
    )
