"""The queue of what waits for a reviewer, and what came after the lock; many decided at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from litestar import Response, get, post

from server.catalogue.keeping import catalogue_of
from server.desk.access import BY_SESSION, NEED, WHO
from server.desk.desk import Desk
from server.desk.rendering import AnyRequest, desk_of, page
from server.desk.viewer import Need
from server.review import phrases
from server.review.asking import asked_at, filters_of, query_of, recent_periods
from server.review.deciding import Action, Order, decide
from server.review.formstate import At, form_states
from server.review.queue import COUNTED_MAX, LATE, VIEWS, Filters, Queued, counted, queued
from server.review.reasons import Why, read
from server.review.saying import said
from sync.catalogue import Catalogue
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger
from sync.period import parse
from sync.problems import Problem
from sync.screens.formats import period_words
from sync.texts import known, say

__all__ = ["routes"]

_PLACES_LISTED = 300
_ACTIONS = (Action.APPROVE, Action.RETURN)
_TRAY_ACTIONS = (Action.FILE_LATE, Action.REOPEN, Action.RETURN)
_ABOUT_ALL = {Why.COPIED, Why.ALIKE, Why.LATE, Why.ASKED, Why.MENDED}


class Line(NamedTuple):
    """One row: the form, what it says of itself, and what the page showed of it."""

    one: Queued
    name: str
    above: str
    form_name: str
    address: str
    item: str
    reasons: list[tuple[Why, str]] | None


class Left(NamedTuple):
    """One that was not done, and why."""

    name: str
    address: str
    why: str


@get("/review", opt={WHO: BY_SESSION, NEED: Need.REVIEW}, include_in_schema=False)
async def queue(request: AnyRequest) -> Response[str]:
    """What waits, what needs eyes first. Raises `review-filter-unknown`, `period-malformed`."""
    return await _shown(request, filters_of(request.url.query), "/review")


@get("/review/late", opt={WHO: BY_SESSION, NEED: Need.REVIEW}, include_in_schema=False)
async def tray(request: AnyRequest) -> Response[str]:
    """What came for forms that are locked."""
    return await _shown(request, filters_of(request.url.query)._replace(view=LATE), "/review/late")


@post("/review", opt={WHO: BY_SESSION, NEED: Need.REVIEW}, status_code=303, include_in_schema=False)
async def decide_many(request: AnyRequest) -> Response[None]:
    """Does the same with each of the chosen forms by itself: what changed meanwhile stays as it is.

    Raises `review-not-now`, `review-words-missing`, `place-unknown`.
    """
    desk = desk_of(request)
    form = await request.form()
    action = str(form.get("action", ""))
    if action not in {*_ACTIONS, *_TRAY_ACTIONS}:
        raise Problem("review-not-now")
    words = str(form.get("words", "")).strip()
    if action == Action.RETURN and not words:
        raise Problem("review-words-missing")
    items = [str(one) for one in form.getall("item", [])]
    query = query_of(filters_of(str(form.get("back", ""))))  # before anything is done
    done, left = 0, []
    for item in items:
        name, code = await _decide_one(desk, item, Action(action), words)
        if code:
            left.append(f"{name}.{code}")
        else:
            done += 1
    if words and action == Action.RETURN and done:
        forms = {item.split(" ")[2] for item in items if item.count(" ") > 2}
        for one in sorted(forms):
            await phrases.remember(desk.ledger, desk.viewer.person, one, [words])
    told = urlencode({"done": done, "of": len(items), "left": left}, doseq=True)
    path = "/review/late" if form.get("tray") else "/review"
    return Response(None, status_code=303, headers={"location": f"{path}?{query}&{told}"})


async def _decide_one(desk: Desk, item: str, action: Action, words: str) -> tuple[str, str]:
    """What it is called in an address, and why it wasn't done ('' if it was)."""
    place, period, form, seen = ([*item.split(" ", 3), "", "", "", ""])[:4]
    name = f"{place}.{period}.{form}"
    try:
        at = await asked_at(desk, place, period, form)
        desk.viewer.demand(Need.REVIEW, at.place)
        returns = await _doubtful(desk, at, words) if action is Action.RETURN else {}
        await decide(desk.ledger, desk.viewer, at, Order(action, seen, "", returns))
    except Problem as problem:
        return name, problem.code
    return name, ""


async def _doubtful(desk: Desk, at: At, words: str) -> dict[str, str]:
    """What comes back of a form without a closer word: its doubtful values, else all that it has."""
    async with desk.reading() as books:
        rows = await books.database.rows(
            "SELECT a.reasons FROM place_no p JOIN attention a ON a.place = p.no"
            " WHERE p.id = ? AND a.period = ? AND a.form = ?",
            (at.place, at.period.text, at.form.code),
        )
        state = (await form_states(books, [at]))[at]
    codes = {
        code
        for (text,) in rows
        for one in read(text)
        if one.why not in _ABOUT_ALL
        for code in one.codes
    }
    chosen = [code for code in at.form.items if code in codes]
    return dict.fromkeys(chosen or [c for c in at.form.items if c in state.commits], words)


async def _shown(request: AnyRequest, asked: Filters, path: str) -> Response[str]:
    desk = desk_of(request)
    catalogue = await catalogue_of(desk.ledger)
    async with desk.reading() as books:
        found = await queued(books, desk.viewer, asked)
        count = await counted(books, desk.viewer, asked)
        lines = await _lines(desk, books, catalogue, found.rows, query_of(asked))
        words = await phrases.offered(books.database, desk.viewer.person, asked.form)
    is_tray = path == "/review/late"
    return await page(
        request,
        "review-queue.html",
        asked=asked,
        is_tray=is_tray,
        own=path,
        lines=lines,
        count=count,
        more=count >= COUNTED_MAX,
        next=query_of(asked._replace(after=found.next)) if found.next else "",
        back=query_of(asked._replace(after="")),
        views=VIEWS,
        whys=list(Why),
        forms=sorted(catalogue.forms.values(), key=lambda one: one.code),
        periods=recent_periods(desk.today),
        places=_places(desk),
        name_of=desk.name,
        actions=_TRAY_ACTIONS if is_tray else _ACTIONS,
        offered=words,
        done=_number(request, "done"),
        of=_number(request, "of"),
        left=_left(desk, catalogue, request.query_params.getall("left", [])),
    )


async def _lines(
    desk: Desk, books: Ledger, catalogue: Catalogue, rows: Sequence[Queued], query: str
) -> list[Line]:
    forms = catalogue.forms
    ats = [
        (one, At(one.place, forms[one.form], parse(one.period)))
        for one in rows
        if one.form in forms
    ]
    states = await form_states(books, [at for _, at in ats])
    lines = []
    for one, at in ats:
        end = at.period.end
        above = books.tree.parent(one.place, end)
        key = f"{one.place.hex()}/{one.period}/{one.form}"
        lines.append(
            Line(
                one,
                books.tree.name(one.place, end) or desk.name(one.place),
                desk.name(above) if above and desk.viewer.sees(above) else "",
                at.form.name.say(desk.language),
                f"/review/{key}?" + urlencode({"queue": query, "from": one.cursor}),
                f"{one.place.hex()} {one.period} {one.form} {states[at].seen}",
                None
                if one.reasons is None
                else [(why.why, said(why, catalogue, desk.language)) for why in one.reasons],
            )
        )
    return lines


def _places(desk: Desk) -> list[tuple[PlaceId, int]]:
    """The places to narrow to: those that the viewer reviews and what lies right below, indented."""
    found: list[tuple[PlaceId, int]] = []
    for root in desk.viewer.roots(Need.REVIEW):
        if root != desk.ledger.root:
            found.append((root, 0))
        under = None if root == desk.ledger.root else root
        found += [(one, 1) for one in desk.ledger.tree.children(under, desk.today)]
    return found[:_PLACES_LISTED]


def _number(request: AnyRequest, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else None


def _left(desk: Desk, catalogue: Catalogue, told: Sequence[str]) -> list[Left]:
    """What an address says was not done, as far as this person may know of it."""
    found = []
    for text in told[:100]:
        place, period, form, code = ([*text.split(".", 3), "", "", ""])[:4]
        try:
            at = filters_of(urlencode({"place": place})).place
            parse(period)
        except Problem:
            continue
        if at is None or form not in catalogue.forms or not desk.viewer.sees(at):
            continue
        key = f"review-left-{code}"
        why = say(key if known(key) else "review-left-other", desk.language)
        form_name = catalogue.forms[form].name.say(desk.language)
        when = period_words(period, language=desk.language)
        name = f"{desk.name(at)} {form_name} {when}"
        found.append(Left(name, f"/review/{place}/{period}/{form}", why))
    return found


routes = [queue, tray, decide_many]
