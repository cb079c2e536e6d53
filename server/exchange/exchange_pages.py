"""The page from which files go out and come in."""

from __future__ import annotations

from litestar import Response, get

from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.menu import Entry
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need

__all__ = ["LINKS", "routes"]

LINKS = (
    Entry("/exchange/forms", "exchange-forms", Need.SEE),
    Entry("/exchange/import", "exchange-import", Need.ENTER),
    Entry("/exchange/export", "exchange-export", Need.SEE),
    Entry("/exchange/prefill", "exchange-prefill", Need.DEFINE),
    Entry("/admin/keys", "exchange-keys", Need.ADMINISTER),
)
"""Where it leads: a page, the key of its word (`…-hint` says more), and the need it asks for."""


@get("/exchange", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def exchange(request: AnyRequest) -> Response[str]:
    """What there is for whoever is signed in."""
    met = desk_of(request).viewer.needs()
    return await page(request, "exchange.html", links=[one for one in LINKS if one.need in met])


routes = [exchange]
