"""Who reaches what of a laptop's pages: nobody from elsewhere, nobody without a launch link."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler

from field_client.desk import Desk
from field_client.pages.app import create_app
from field_client.pages.session import ANOTHER_COMMAND, COOKIE, LAUNCHED, OPEN, UNLOCKED, WHO
from sync.screens.safety import HEADERS
from tests.integration.pages_office import HOST, Pages, opened
from tests.unit.field_office import CODE, clock, office_in

SHEET = "/api/sheet/{place:str}/{form:str}/{period:str}"
HISTORY = "/history/{code:str}/{period:str}/{indicator:str}"
WRITES_TO_A_SHEET = (
    *("already", "ask-back", "confirm", "draft", "drop", "enter", "explain"),
    *("note", "obstacles", "paste", "reason", "submit", "undo", "withdraw", "words"),
)
OPEN_TO = {
    OPEN: {("GET", "/open"), ("GET", "/static/{build:str}/{name:path}")},
    LAUNCHED: {("GET", "/unlock"), ("POST", "/unlock"), ("POST", "/lock"), ("POST", "/settings")},
    ANOTHER_COMMAND: {("POST", "/at-work/command"), ("POST", "/at-work/link")},
    UNLOCKED: {
        ("GET", "/"),
        ("GET", "/api/live"),
        ("GET", "/api/places"),
        ("GET", "/api/strip"),
        ("GET", "/aside"),
        ("GET", "/conflicts"),
        ("GET", "/export"),
        ("GET", "/export-all.zip"),
        ("GET", "/export/{code:str}"),
        ("GET", "/export/{code:str}/{name:str}"),
        ("GET", "/handover"),
        ("GET", "/health"),
        ("GET", "/health/report.txt"),
        ("GET", "/people"),
        ("GET", "/pin"),
        ("GET", "/places"),
        ("GET", "/sheet/{place:str}/{form:str}/{period:str}"),
        ("GET", "/stick"),
        ("GET", "/stick/file"),
        ("GET", "/sync"),
        ("GET", "/todo/{code:str}"),
        ("GET", "/village"),
        ("GET", "/village/{code:str}"),
        ("GET", "/village/{code:str}/sheet"),
        ("GET", HISTORY),
        ("GET", f"{HISTORY}/csv"),
        ("GET", SHEET),
        ("POST", "/aside/file"),
        ("POST", "/awake"),
        ("POST", "/conflicts/ask"),
        ("POST", "/conflicts/settle"),
        ("POST", "/conflicts/undo"),
        ("POST", "/export"),
        ("POST", "/handover"),
        ("POST", "/health/{remedy:str}"),
        ("POST", "/people/forget"),
        ("POST", "/people/idle"),
        ("POST", "/people/join"),
        ("POST", "/pin"),
        ("POST", "/pin/later"),
        ("POST", "/stick"),
        ("POST", "/sync"),
        ("POST", "/sync/automatic"),
        ("POST", "/sync/cancel"),
        ("POST", "/village/already"),
        *(("POST", f"{SHEET}/{name}") for name in WRITES_TO_A_SHEET),
    },
}
MEANT = {route: who for who, those in OPEN_TO.items() for route in those}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop that was enrolled and synced once."""
    folder = tmp_path_factory.mktemp("office")

    async def make() -> None:
        async with office_in(folder) as office, office.desk("张三"):
            pass

    asyncio.run(make())
    return folder / "张三"


@pytest.fixture
async def pages(laptop: Path, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of a copy of it, with a browser that came by the launch link."""
    own = shutil.copytree(laptop, tmp_path / "laptop")
    async with Desk.open(own, clock) as desk, opened(desk) as here:
        yield here


def routes(pages: Pages) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Method, path and handler of all that the application answers to."""
    for route in pages.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            assert isinstance(handler, HTTPRouteHandler)
            yield from ((method, route.path, handler) for method in handler.http_methods)


def path_of(path: str) -> str:
    """A path with something in its places."""
    filled = {"{place:str}": CODE, "{code:str}": CODE, "{form:str}": "village_monthly"}
    filled |= {"{period:str}": "2024-09", "{indicator:str}": "B001", "{remedy:str}": "copy"}
    filled |= {"{build:str}": "0", "{name:path}": "app.css", "{name:str}": "long.csv"}
    for name, text in filled.items():
        path = path.replace(name, text)
    assert "{" not in path, path
    return path


async def test_every_route_demands_what_it_was_meant_to(pages: Pages) -> None:
    """A route that isn't in this test's table, or that demands something else, fails it (F85)."""
    found = {(m, path): one.opt.get(WHO) for m, path, one in routes(pages) if m != "OPTIONS"}

    assert sorted(map(str, found.items() ^ MEANT.items())) == []


async def test_a_route_that_names_nobody_is_closed_to_all(pages: Pages) -> None:
    """Forgetting to say who may call a route opens it to nobody."""

    @get("/forgotten")
    async def forgotten() -> str:
        return "figures"

    pages.app.register(forgotten)

    assert (await pages.browser.get("/forgotten")).status_code == 403


async def test_without_a_launch_link_there_is_nothing_to_see(pages: Pages) -> None:
    """Whoever types the address is told to open the program, and nothing is done."""
    statuses = {OPEN: {200, 401}, ANOTHER_COMMAND: {403}}
    async with pages.stranger() as stranger:
        for (method, path), who in MEANT.items():
            answer = await stranger.request(method, path_of(path))
            assert answer.status_code in statuses.get(who, {401}), path
            if answer.status_code == 401:
                said = answer.json()["sentence"] if path.startswith("/api/") else answer.text
                assert "桌面的“田记”图标" in unescape(said), path


async def test_a_locked_browser_shows_nothing(pages: Pages) -> None:
    """A page leads to where one unlocks; what a script asks for, and what changes things, is refused."""
    for (method, path), who in MEANT.items():
        if who != UNLOCKED:
            continue
        for session in pages.station.sessions.all():
            session.person = None
        answer = await pages.browser.request(method, path_of(path))
        leads = answer.headers.get("location") if answer.status_code == 303 else None
        assert leads == "/unlock" or answer.status_code == 401, path


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost:8472", "[::1]:8471", ""]
)
async def test_an_address_that_is_not_the_laptops_is_turned_away(pages: Pages, host: str) -> None:
    """A name of somebody else's that was made to lead here reaches nothing (DNS rebinding)."""
    for path in ("/", "/open?token=x", "/static/0/app.css"):
        assert (await pages.browser.get(path, headers={"host": host})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8472"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_sites_page_changes_nothing(pages: Pages, headers: dict[str, str]) -> None:
    """Not even with this browser's cookie, and not even where it only asks for a sync."""
    for method, path, _ in routes(pages):
        if method == "POST":
            answer = await pages.browser.post(path_of(path), headers=headers)
            assert answer.status_code == 403, path

    assert not pages.station.background.running


async def test_the_laptops_own_page_may(pages: Pages) -> None:
    """The same request with the own origin is taken."""
    answer = await pages.browser.post(
        "/sync/automatic", data={"on": "0"}, headers={"origin": f"http://{HOST}"}
    )

    assert answer.status_code == 303


@pytest.mark.parametrize("act", ["/settings", "/lock"])
@pytest.mark.parametrize(
    "back, leads",
    [
        ("/village/441403", "/village/441403"),
        ("/conflicts?place=44#done", "/conflicts?place=44#done"),
        ("/village/%E6%9D%91", "/village/%E6%9D%91"),
        ("/village/村", "/village/%E6%9D%91"),
        ("/\t/evil.example", "/%09/evil.example"),
        ("/\r\nset-cookie: a=b", "/%0D%0Aset-cookie:%20a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
    ],
)
async def test_a_page_to_go_back_to_is_one_of_the_laptops(
    pages: Pages, act: str, back: str, leads: str
) -> None:
    """Whatever a form says: also in another script, and with what a browser would drop."""
    answer = await pages.browser.post(act, data={"back": back})
    if act == "/lock":
        who = pages.station.desk.person.hex()
        answer = await pages.browser.post("/unlock", data={"who": who})

    assert (answer.status_code, answer.headers["location"]) == (303, leads)


async def test_a_launch_link_works_once(pages: Pages) -> None:
    """Neither the same again nor a made-up one lets anybody in; the sentence says what to do."""
    token = pages.station.sessions.launch()
    async with pages.stranger() as first, pages.stranger() as second:
        assert (await first.get(f"/open?token={token}")).status_code == 303
        for used in (token, "0" * 48, ""):
            answer = await second.get(f"/open?token={used}")
            assert (answer.status_code, "只能用一次" in answer.text) == (401, True)
        assert (await second.get("/")).status_code == 401


async def test_the_pages_of_two_folders_are_open_in_one_browser(pages: Pages, laptop: Path) -> None:
    """A browser's cookies go to all ports of a machine: opening one leaves the other open."""
    own = shutil.copytree(laptop, laptop.with_name("another"))
    async with Desk.open(own, clock) as desk:
        app, station = create_app(desk, ["127.0.0.1:8472"], os.urandom)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # of another framework
        where, jar = "http://127.0.0.1:8472", pages.browser.cookies.jar
        async with httpx.AsyncClient(transport=transport, base_url=where, cookies=jar) as other:
            link = f"/open?token={station.sessions.launch()}"
            assert (await other.get(link)).status_code == 303
            assert (await other.get("/")).status_code == 200
            assert (await pages.browser.get("/")).status_code == 200


async def test_no_script_reads_the_cookie_and_no_other_site_sends_it(pages: Pages) -> None:
    """HttpOnly and SameSite=Strict; it has no end of its own, so it goes with the browser."""
    async with pages.stranger() as fresh:
        answer = await fresh.get(f"/open?token={pages.station.sessions.launch()}")
    name, *flags = [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]

    assert name.startswith(f"{COOKIE}-{HOST.partition(':')[2]}=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(flags)
    assert not any(flag.startswith(("expires", "max-age", "domain")) for flag in flags)


async def test_every_answer_carries_a_strict_policy(pages: Pages) -> None:
    """Pages, scripts' answers, problems and refusals alike: nothing from elsewhere, nothing inline (W3)."""
    for method, path, _ in routes(pages):
        if method != "GET" or path == "/api/live":
            continue
        answer = await pages.browser.get(path_of(path))
        _demand_policy(answer, path)
    _demand_policy(await pages.browser.get("/nowhere"), "/nowhere")
    _demand_policy(await pages.browser.get("/", headers={"host": "evil.example"}), "a refusal")

    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def _demand_policy(answer: httpx.Response, path: str) -> None:
    for name, value in HEADERS.items():
        if name != "cache-control" or not path.startswith("/static"):
            assert answer.headers.get(name) == value, (path, name)
    assert answer.headers["content-type"].count("charset") < 2, path
    assert "<script>" not in answer.text, path
    assert " style=" not in answer.text, path
    assert " onclick=" not in answer.text, path
