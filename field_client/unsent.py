"""How much of what was recorded here no server has given a receipt for: the count that is shown."""

from __future__ import annotations

from field_client.desk import Desk

__all__ = ["unsent"]

# A cell counts once, whether it was retyped since it was sealed or not; a commit of which nothing
# stands any more still has to be sent, so that it counts for one.
_UNSENT = """
WITH waiting AS (SELECT no, place FROM commits WHERE accepted_at IS NULL),
cells AS (
    SELECT place, kind, subject, field FROM pending
    UNION
    SELECT p.id, v.kind, v.subject, v.field FROM waiting w
    JOIN version v ON v.place = w.place AND v.commit_no = w.no JOIN place_no p ON p.no = w.place
)
SELECT max((SELECT count(*) FROM cells), EXISTS (SELECT 1 FROM waiting))
"""


async def unsent(desk: Desk) -> int:
    """Cells with a value, a note or another entry that is on this laptop alone, as far as it knows."""
    ((count,),) = await desk.ledger.database.rows(_UNSENT)
    return int(count)
