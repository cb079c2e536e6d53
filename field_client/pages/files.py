"""A file that a page hands to the browser to keep."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Response

from field_client.desk import Desk
from sync.ledger.simulated import is_simulated

__all__ = ["attachment", "name_for"]

_TYPES = {
    "tianji": "application/octet-stream",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def name_for(desk: Desk, name: str) -> str:
    """The name of a file with figures: made-up ones are called so in it."""
    return f"simulated-{name}" if await is_simulated(desk.ledger) else name


async def attachment(
    desk: Desk, name: str, content: bytes, more: dict[str, str] | None = None
) -> Response[bytes]:
    """The file under that name, of ASCII."""
    disposition = f'attachment; filename="{quote(await name_for(desk, name))}"'
    return Response(
        content,
        media_type=_TYPES[name.rpartition(".")[2]],
        headers={"content-disposition": disposition, **(more or {})},
    )
