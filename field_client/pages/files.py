"""A file that a page hands to the browser to keep."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Response

from field_client.desk import Desk
from sync.ledger.simulated import is_simulated

__all__ = ["attachment"]

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


async def attachment(
    desk: Desk, name: str, content: bytes, more: dict[str, str] | None = None
) -> Response[bytes]:
    """The file under that name, of ASCII; made-up figures are called so in the name too."""
    if await is_simulated(desk.ledger):
        name = f"simulated-{name}"
    disposition = f'attachment; filename="{quote(name)}"'
    return Response(
        content,
        media_type=_TYPES[name.rpartition(".")[2]],
        headers={"content-disposition": disposition, **(more or {})},
    )
