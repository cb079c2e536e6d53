"""What all pages of administration share: the line of sections, and a page within it."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from litestar import Response

from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need, Viewer
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.texts import say

__all__ = ["SECTIONS", "Scope", "admin_page", "label", "name_of", "sections"]


class Section(NamedTuple):
    """One page of administration: the keys of its word and of what it is for, and `realm` where the need must be met above all places."""

    address: str
    word: str
    what: str
    need: Need
    realm: bool


SECTIONS = (
    Section("/admin", "admin-overview", "admin-overview-what", Need.ADMINISTER, realm=False),
    Section(
        "/admin/people",
        "admin-people-section",
        "admin-people-section-what",
        Need.ADMINISTER,
        realm=False,
    ),
    Section("/admin/devices", "admin-devices", "admin-devices-what", Need.ADMINISTER, realm=False),
    Section("/admin/places", "admin-places", "admin-places-what", Need.DEFINE, realm=False),
    Section(
        "/admin/catalogue", "admin-catalogue", "admin-catalogue-what", Need.DEFINE, realm=False
    ),
    Section("/admin/audit", "admin-audit", "admin-audit-what", Need.ADMINISTER, realm=False),
    Section("/admin/storage", "admin-storage", "admin-storage-what", Need.ADMINISTER, realm=True),
    Section("/admin/jobs", "admin-jobs", "admin-jobs-what", Need.ADMINISTER, realm=True),
    Section("/admin/health", "admin-health", "admin-health-what", Need.ADMINISTER, realm=True),
)


def sections(viewer: Viewer, root: PlaceId) -> list[Section]:
    """The sections that this person is let into."""
    met = viewer.needs()
    return [
        one for one in SECTIONS if one.need in met and (not one.realm or viewer.may(one.need, root))
    ]


async def admin_page(
    request: AnyRequest, template: str, /, status: int = HTTPStatus.OK, **values: object
) -> Response[str]:
    """A page of administration."""
    desk = desk_of(request)
    shown = sections(desk.viewer, desk.ledger.root)
    return await page(request, template, status, sections=shown, **values)


def name_of(desk: Desk, place: PlaceId) -> str:
    """What a place is called: by its name, and the one above all others by a word."""
    return say("admin-realm", desk.language) if place == desk.ledger.root else desk.name(place)


def label(desk: Desk, place: PlaceId) -> str:
    """The same after the name of what it lies in: there are many villages of one name."""
    tree, today = desk.ledger.tree, desk.today
    above = tree.parent(place, today) if place in tree else None
    name = name_of(desk, place)
    return f"{tree.name(above, today)} {name}" if above else name


class Scope:
    """The places where a person meets a need, asked about many of them."""

    def __init__(self, viewer: Viewer, ledger: Ledger, need: Need) -> None:
        self._roots = frozenset(viewer.roots(need))
        self._ancestors = ledger.tree.ancestors
        self._today = ledger.today()
        self.everywhere = ledger.root in self._roots

    def __contains__(self, place: object) -> bool:
        return (
            self.everywhere
            or place in self._roots
            or not self._roots.isdisjoint(
                self._ancestors(place, self._today)  # type: ignore[arg-type]  # asked about places only
            )
        )
