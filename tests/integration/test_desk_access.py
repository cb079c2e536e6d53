"""Every route × every role × inside and outside of its scope; a route that isn't listed fails."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, get

from server.accounts import grants
from server.accounts.people import set_disabled
from server.desk.access import BY_SELF, BY_SESSION, BY_UNPROVED_SESSION, NEED, REALM, WHO
from server.desk.viewer import MEETS, Need
from server.routes.access import BY_KEY, RIGHT
from sync.ids import PlaceId
from sync.problems import Problem
from tests.integration.desk_bodies import BODIES, NO_PLACE_IN_BODY, ROW_BY_ROW
from tests.integration.desk_office import (
    CITY,
    ROLES,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    DeskOffice,
    office,
)
from tests.integration.desk_routes import MEANT, OF_THE_REALM

FILLED = {
    "period": "2024Q3",
    "form": "C201",
    "indicator": "B001",
    "code": "B001",
    "build": "0",
    "name": "app.css",
    "path": "x",
}
_ASKED = {BY_SESSION: NEED, BY_KEY: RIGHT}
STREAMS = {"/api/live"}
ROOT = Path(__file__).resolve().parents[2]
REFUSED = {"not-allowed", "place-unknown"}


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with office(tmp_path) as here:
        yield here


def routes(app: Litestar) -> Iterator[tuple[str, str, Any]]:
    """Every method and path that the application answers, with its handler."""
    for route in app.routes:
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            if method != "OPTIONS":
                yield method, route.path, handler


def path_of(county: DeskOffice, path: str, place: PlaceId) -> str:
    """A path with something in its places."""
    ids = {"place": place.hex(), "person": county.people["viewer"].hex()}

    def filled(found: re.Match[str]) -> str:
        name = found.group(1)
        return ids.get(name) or FILLED.get(name, "x")

    return re.sub(r"\{(\w+):\w+\}", filled, path)


async def code_of(
    county: DeskOffice, who: str, method: str, path: str, body: Mapping[str, Any] | None = None
) -> str:
    """What a refusal calls itself, '' where it isn't one of access."""
    asked = {"accept": "application/json"}  # then a refusal is named by its code
    answer = await county.browsers[who].request(method, path, data=body, headers=asked)
    if answer.status_code in (303, 401):
        return str(answer.headers.get("location", answer.status_code))
    if answer.status_code not in (403, 404):
        return "" if answer.status_code < 400 else str(answer.status_code)
    if answer.headers["content-type"].startswith("application/problem+json"):
        return str(answer.json()["code"])
    return "not-allowed" if answer.status_code == 403 else "place-unknown"


async def test_every_route_is_listed_with_whoever_it_is_for(county: DeskOffice) -> None:
    """A route that isn't in the list above, or says another thing of itself, fails here (S51)."""
    listed = {
        (method, path): handler.opt.get(_ASKED.get(handler.opt.get(WHO), WHO))
        for method, path, handler in routes(county.app)
    }

    of_the_realm = {
        (method, path) for method, path, handler in routes(county.app) if handler.opt.get(REALM)
    }

    assert listed == MEANT
    assert of_the_realm == OF_THE_REALM


async def test_each_role_reaches_what_it_is_for_and_nothing_else(county: DeskOffice) -> None:
    """Every route that asks for a need, called by people of every role, inside their scope and
    outside of it: exactly those whose grant reaches are let through (S51).
    """
    wrong = []
    for (method, path), need in MEANT.items():
        if not isinstance(need, Need) or path in STREAMS or (method, path) in BODIES:
            continue
        for who, held in ROLES.items():
            meets = any(role in MEETS[need] for role, _ in held)
            for place in (VILLAGE, VILLAGE_ELSEWHERE):
                bound = "{place:" in path
                inside = covers(county, held, need, place) if bound else meets
                inside = inside and (method, path) not in OF_THE_REALM
                code = await code_of(county, who, method, path_of(county, path, place))
                if (code in REFUSED) == inside:
                    wrong.append((method, path, who, place == VILLAGE, code))

    assert wrong == []


async def test_a_place_in_a_query_is_asked_about_too(county: DeskOffice) -> None:
    """Every page that a person opens, with a place behind the question mark: it is answered only
    where a grant reaches that place, whether or not the page would heed it (S51, S68).
    """
    wrong = []
    for (method, path), need in MEANT.items():
        if not isinstance(need, Need) or path in STREAMS or method != "GET":
            continue
        for who, held in ROLES.items():
            for place in (VILLAGE, VILLAGE_ELSEWHERE):
                inside = covers(county, held, need, place) and (method, path) not in OF_THE_REALM
                asked = f"{path_of(county, path, place)}?place={place.hex()}"
                if (await code_of(county, who, method, asked) in REFUSED) == inside:
                    wrong.append((path, who, place == VILLAGE))

    assert wrong == []


def covers(
    county: DeskOffice, held: tuple[tuple[str, PlaceId], ...], need: Need, place: PlaceId
) -> bool:
    """Whether those grants meet the need at the place, told apart from the code that decides."""
    above = {place}
    tree, today = county.ledger.tree, county.ledger.today()
    parent = tree.parent(place, today)
    while parent is not None:
        above.add(parent)
        parent = tree.parent(parent, today)
    return any(role in MEETS[need] and at in above for role, at in held)


def posted() -> list[tuple[str, str]]:
    """The routes by which people who hold something change something."""
    return [
        route
        for route, need in MEANT.items()
        if route[0] != "GET" and isinstance(need, Need) and route not in OF_THE_REALM
    ]


def test_every_posted_body_is_known() -> None:
    """A route that people post to has a body here that names a place, or says why it has none;
    none stands in two tables, and no table names a route that isn't there (S68).
    """
    tables = [set(BODIES), set(NO_PLACE_IN_BODY), set(ROW_BY_ROW)]

    assert set(posted()) == set().union(*tables)
    assert sum(map(len, tables)) == len(posted())
    for test in ROW_BY_ROW.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), test


@pytest.mark.parametrize("route", sorted(BODIES))
async def test_a_place_in_a_body_is_asked_about_too(
    county: DeskOffice, route: tuple[str, str]
) -> None:
    """Whoever may call a route is refused where its body names a place beyond their grants, and
    nothing is filed there (S68).
    """
    need, body, wrong = MEANT[route], BODIES[route], []
    for who, held in ROLES.items():
        for number, place in enumerate((VILLAGE, VILLAGE_ELSEWHERE)):
            inside = covers(county, held, need, place)
            before = await filed_at(county, place)
            made = body.made(place, f"{who}{number}")
            code = await code_of(county, who, route[0], path_of(county, route[1], VILLAGE), made)
            refused = code in REFUSED
            must = not (body.tells and any(role in MEETS[need] for role, _ in held))
            quiet = before == await filed_at(county, place)
            if inside and (refused or (body.does and code.isdigit())):
                wrong.append((who, place == VILLAGE, code))
            if not inside and not (quiet and (refused or not must)):
                wrong.append((who, place == VILLAGE, code))

    assert wrong == []


async def filed_at(county: DeskOffice, place: PlaceId) -> int:
    """How many commits lie at a place."""
    ((count,),) = await county.ledger.database.rows(
        "SELECT count(*) FROM commits c JOIN place_no p ON p.no = c.place WHERE p.id = ?", (place,)
    )
    return int(count)


async def test_whoever_is_not_signed_in_is_led_to_sign_in(county: DeskOffice) -> None:
    """No route that is meant for people answers a stranger (S51)."""
    for (method, path), need in MEANT.items():
        if not isinstance(need, Need) and need not in (BY_SELF, BY_UNPROVED_SESSION):
            continue
        answer = await county.browsers["stranger"].request(method, path_of(county, path, VILLAGE))
        if method == "GET" and not path.startswith("/api/"):
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/signin"), path
        else:
            assert answer.status_code == 401, path


async def test_a_page_that_names_no_need_is_closed(county: DeskOffice) -> None:
    """Forgetting to say what a page asks for opens it to nobody (S51)."""

    @get("/forgotten", opt={WHO: BY_SESSION})
    async def forgotten() -> str:
        return "figures"

    county.app.register(forgotten)
    answer = await county.browsers["county"].get("/forgotten")

    assert answer.status_code == 403


async def test_a_disabled_person_is_out_at_once(county: DeskOffice) -> None:
    """What an administrator ends has ended with the next request (S51)."""
    await set_disabled(county.ledger, county.people["viewer"], disabled=True)
    answer = await county.browsers["viewer"].get("/")

    assert answer.headers["location"] == "/signin"


async def test_a_grant_that_was_not_kept_opens_nothing(county: DeskOffice) -> None:
    """What a transaction undid is over at once, in memory too: the next request finds it gone (S51)."""

    async def full(*_: object) -> None:
        raise Problem("storage-full", file="x")

    county.ledger.hooks.append(full)
    with pytest.raises(Problem):
        await grants.add(
            county.ledger, county.people["viewer"], "review_county", CITY, None, os.urandom
        )
    county.ledger.hooks.remove(full)

    assert (await county.browsers["viewer"].get("/review")).status_code == 403
