"""The page from which files go out and come in."""

from __future__ import annotations

from typing import NamedTuple

from litestar import Response, get

from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need

__all__ = ["LINKS", "routes"]


class Link(NamedTuple):
    """Where it leads: a page, the keys of its word and of what says more, the need it asks for."""

    address: str
    word: str
    hint: str
    need: Need


LINKS = (
    Link("/exchange/forms", "exchange-forms", "exchange-forms-hint", Need.SEE),
    Link("/exchange/import", "exchange-import", "exchange-import-hint", Need.ENTER),
    Link("/exchange/export", "exchange-export", "exchange-export-hint", Need.SEE),
    Link("/exchange/stick", "exchange-stick", "exchange-stick-hint", Need.SEE),
    Link("/exchange/prefill", "exchange-prefill", "exchange-prefill-hint", Need.DEFINE),
    Link("/admin/keys", "exchange-keys", "exchange-keys-hint", Need.ADMINISTER),
)


@get("/exchange", opt={WHO: BY_SESSION, NEED: Need.SEE}, include_in_schema=False)
async def exchange(request: AnyRequest) -> Response[str]:
    """What there is for whoever is signed in."""
    met = desk_of(request).viewer.needs()
    return await page(request, "exchange.html", links=[one for one in LINKS if one.need in met])


routes = [exchange]
