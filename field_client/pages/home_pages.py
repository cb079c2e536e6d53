"""The first page: what is to do, what came back, what differs, what isn't sent yet.

A laptop of one village shows its forms. One of a town shows how many of its places have something to
do, in the order of their codes: nobody is ranked. A laptop before its first sync says what comes
first.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from field_client.desk import Desk
from field_client.pages.rendering import AnyRequest, desk_of, page
from field_client.pages.session import UNLOCKED, WHO
from field_client.summary import PlaceSummary, summaries
from field_client.todo import ToDo, to_do
from sync.catalogue import Indicator
from sync.entry.stage import form_standing
from sync.ids import PlaceId
from sync.review import Stage

__all__ = ["routes"]

_PLACES_SHOWN_MAX = 20


class CameBack(NamedTuple):
    """One value that a reviewer sent back, in their words, and where it is mended."""

    item: ToDo
    indicator: Indicator
    words: str
    by: str
    address: str


class Home(NamedTuple):
    """One place's work: `open` by due date, `done` what is handed in and on its way."""

    place: PlaceId
    code: str
    open: list[ToDo]
    done: list[ToDo]
    came_back: list[CameBack]

    def sheet(self, one: ToDo) -> str:
        """Where the form is filled in."""
        return f"/sheet/{self.code}/{one.form.code}/{one.period.text}"

    @property
    def minutes(self) -> int:
        """What all that is open takes."""
        return sum(one.minutes for one in self.open)


class Places(NamedTuple):
    """A laptop's places in the order of their codes: those with something to do, and how many."""

    open: list[tuple[PlaceSummary, str, str]]
    every: int
    hidden: int
    due: date | None


@get("/", opt={WHO: UNLOCKED})
async def home(request: AnyRequest) -> Response[str]:
    """What is to do here, the most urgent first."""
    desk = await desk_of(request)
    if not await is_filled(desk):
        return await page(request, "home-first.html")
    here = await _home(desk, desk.place)
    many = await _places(desk) if len(desk.places()) > 1 else None
    return await page(request, "home.html", home=here, places=many, today=desk.today())


@get("/todo/{code:str}", opt={WHO: UNLOCKED})
async def home_of_place(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """The same for another place that this laptop files for."""
    desk = await desk_of(request)
    here = await _home(desk, desk.find_place(code))
    return await page(request, "home.html", home=here, places=None, today=desk.today())


async def is_filled(desk: Desk) -> bool:
    """Whether a sync has brought what is needed to work: definitions, and where this place lies."""
    tree = desk.ledger.tree
    return bool(tree.level(desk.place, desk.today()) and (await desk.catalogue()).forms)


async def _home(desk: Desk, place: PlaceId) -> Home:
    items = await to_do(desk, place)
    waiting = [one for one in items if not one.done]
    # A form that is filed on change and has no blanks is no news: it isn't listed at all.
    done = [one for one in items if one.done and one.stage is not Stage.DRAFT]
    code = desk.code(place)
    return Home(place, code, waiting, done, await _came_back(desk, code, waiting))


async def _came_back(desk: Desk, code: str, items: list[ToDo]) -> list[CameBack]:
    catalogue = await desk.catalogue()
    found = []
    for one in items:
        if not one.returned:
            continue
        standing = await form_standing(desk, one.place, one.form, one.period)
        for name in one.returned:
            indicator = catalogue.indicators.get(name)
            if indicator is not None:
                said = standing.returned[name]
                at = f"/sheet/{code}/{one.form.code}/{one.period.text}#{name}"
                by = desk.person_name(said.by)
                found.append(CameBack(one, indicator, said.words, by, at))
    return found


async def _places(desk: Desk) -> Places:
    every = [one for one in await summaries(desk) if one.forms and one.place != desk.place]
    waiting = [one for one in every if one.missing or one.returned or one.conflicts or one.due]
    named = sorted(
        ((one, desk.code(one.place), desk.name(one.place)) for one in waiting),
        key=lambda one: one[1],
    )
    due = min((one.due for one in waiting if one.due), default=None)
    hidden = max(len(named) - _PLACES_SHOWN_MAX, 0)
    return Places(named[:_PLACES_SHOWN_MAX], len(every), hidden, due)


routes = [home, home_of_place]
