"""Every page of the county's desk, held to what every page is held to; an unlisted one fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from sync.texts import Language
from tests.browser.conftest import WIDE
from tests.browser.desk_full import LONG, NAME, PASSWORD, Full, made
from tests.browser.desk_pages import NO_PAGES, OPEN, PAGES, UNPROVED
from tests.browser.desk_seat import Seat
from tests.browser.looks import faults, out_of_reach
from tests.e2e.processes import serving
from tests.integration.desk_office import CITY, COUNTY, PLACES, SECOND_TOWN, TOWN, VILLAGES
from tests.integration.desk_routes import MEANT
from tests.integration.review_office import FORM

TABS_MAX = 40
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32,}(?![0-9a-f])")
_SAID = """() => {
    const main = document.querySelector("main").cloneNode(true);
    for (const one of main.querySelectorAll("code, .hex, script, option")) one.remove();
    return main.textContent;
}"""
"""What the page says in words: numbers of things that are shown as such are left out."""

_POST = """([path, said]) => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: path});
    for (const [name, value] of Object.entries(said)) {
        form.append(Object.assign(document.createElement("input"), {name, value}));
    }
    document.body.append(form);
    form.submit();
}"""
_PRINTED = """() => {
    const seen = (one) => one !== null && one.checkVisibility();
    const wrong = [];
    if (![...document.querySelectorAll("h1, h2")].some(seen)) wrong.push("print: no heading");
    for (const one of document.querySelectorAll("header.top, footer.foot, button, .skip")) {
        if (seen(one)) wrong.push("print: " + one.outerHTML.slice(0, 80));
    }
    if (document.querySelector("main").innerText.trim().length < 20) wrong.push("print: empty");
    return wrong;
}"""


class Served(NamedTuple):
    """The server's address, and the addresses of all pages by route."""

    address: str
    paths: Mapping[str, tuple[str, ...]]
    day: str


def test_every_page_of_the_desk_is_listed() -> None:
    """What answers a GET is a page that is looked at below, or it is said why it is none (S59)."""
    known = {path for method, path in MEANT if method == "GET" and not path.startswith("/api/")}

    assert known == {*PAGES, *OPEN, *UNPROVED, *NO_PAGES}


@pytest.fixture(scope="module")
def served(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A county with something on every page, and what waits for a look: files, tasks, reports."""
    full = made(tmp_path_factory.mktemp("desk"))
    with serving(full.folder) as address:
        with Seat(chromium, address, "zh-Hans", WIDE) as seat:
            seat.sign_in("whole", PASSWORD)
            words = _words(full) | _waiting(seat, full)
        paths = {
            route: tuple(path.format_map(words) for path in addresses)
            for route, addresses in PAGES.items()
        }
        yield Served(address, paths, full.day)


def _words(full: Full) -> dict[str, str]:
    return {
        **full.ids,
        "city": CITY.hex(),
        "county": COUNTY.hex(),
        "town": TOWN.hex(),
        "second_town": SECOND_TOWN.hex(),
        "village": VILLAGES[0].hex(),
        "returned": VILLAGES[3].hex(),
        "long": LONG.hex(),
        "quarter": full.quarter.text,
        "form": FORM,
        "day": full.day,
    }


def _waiting(seat: Seat, full: Full) -> dict[str, str]:
    """What is made by asking for it: the addresses that the server leads to."""
    codes = {place.hex(): code for place, code, *_ in PLACES} | {"": ""}
    rows = [(code, name + "新", level, codes[above]) for _, code, name, level, above in PLACES[:-1]]
    places = "\n".join(",".join(row) for row in [("code", "name", "level", "parent_code"), *rows])
    prefill = (
        "place_code,period,indicator,value,reason\n445103101201,2023,A003,412,\n1,2023,A003,x,\n"
    )
    quarter = full.quarter.text
    book = seat.page.request.get(
        f"{seat.url}/exchange/forms/file?place={SECOND_TOWN.hex()}&period={quarter}&form={FORM}"
    )
    assert book.ok, book.text()
    return {
        "places": _led(seat, "/admin/places/upload", {"as_of": full.day}, places.encode()),
        "pack": _led(seat, "/admin/catalogue/shipped", {}),
        "task": _led(seat, "/admin/storage/verify", {}),
        "export": _led(
            seat, "/exchange/export", {"what": "totals", "format": "csv", "period": quarter}
        ),
        "prefill": _led(seat, "/exchange/prefill", {"owner": "公安"}, prefill.encode()),
        "filled": _led(seat, "/exchange/import", {}, book.body(), "表.xlsx"),
    }


def _led(
    seat: Seat, path: str, said: dict[str, str], file: bytes | None = None, name: str = "a.csv"
) -> str:
    """Where the server leads whoever posts that."""
    headers = {"origin": seat.url, "sec-fetch-site": "same-origin"}
    if file is None:
        answer = seat.page.request.post(
            seat.url + path, form={**said}, headers=headers, max_redirects=0
        )
    else:
        sent = FilePayload(name=name, mimeType="application/octet-stream", buffer=file)
        answer = seat.page.request.post(
            seat.url + path, multipart={**said, "file": sent}, headers=headers, max_redirects=0
        )
    assert answer.status == 303, (path, answer.status, answer.text())
    return answer.headers["location"]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_no_page_of_the_desk_keeps_anybody_out(
    chromium: Browser, served: Served, language: Language
) -> None:
    """In both widths and the largest type axe finds nothing and nothing scrolls sideways; nothing is
    refused, or asked of another host, and the console is silent; the title tells what the page is,
    no name is a number in hex, and paper shows it without what can be pressed (S59).
    """
    found: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    with Seat(chromium, served.address, language, WIDE) as seat:
        for path in OPEN.values():
            found[path] = _judged(seat, path, path, titles)
        seat.sign_in("whole", PASSWORD)
        for route, paths in served.paths.items():
            for path in paths:
                found[path] = _judged(seat, route, path, titles)
    for route, login in UNPROVED.items():
        with Seat(chromium, served.address, language, WIDE) as seat:
            seat.sign_in(login, PASSWORD)
            found[route] = _judged(seat, route, route, titles)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_is_shown_once_keeps_nobody_out_either(
    chromium: Browser, served: Served, language: Language
) -> None:
    """A key, a code for a laptop and a first password stand in answers that no address leads to (S59)."""
    town = {"place": TOWN.hex(), "at": TOWN.hex(), "name": NAME, "person": NAME}
    sent = {
        "/admin/keys": {**town, "totals": "1", "until": served.day},
        "/admin/devices/invite": {**town, "role": "enter"},
        "/admin/people": {**town, "login": f"new-{language}", "role": "view"},
    }
    found = {}
    with Seat(chromium, served.address, language, WIDE) as seat:
        seat.sign_in("whole", PASSWORD)
        for path, said in sent.items():
            with seat.page.expect_navigation():
                seat.page.evaluate(_POST, [path, said])
            found[path] = _faults(seat, path, {})

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def _judged(seat: Seat, route: str, path: str, titles: dict[str, str]) -> list[str]:
    seat.go(path)
    return _faults(seat, route, titles)


def _faults(seat: Seat, route: str, titles: dict[str, str]) -> list[str]:
    wrong = faults(seat.page)
    title = seat.page.title()
    if " · " not in title or titles.setdefault(title, route) != route:
        wrong.append(f"title: {title}")
    if found := _HEX.findall(seat.page.evaluate(_SAID)):
        wrong.append(f"hex: {found[:3]}")
    wrong += [*_printed(seat.page), *seat.wrong]
    seat.wrong.clear()
    return wrong


def _printed(page: Page) -> list[str]:
    """What is wrong with the page on paper."""
    page.emulate_media(media="print")
    wrong: list[str] = page.evaluate(_PRINTED)
    page.emulate_media(media="screen")
    return wrong


def test_the_keyboard_alone_comes_to_everything_of_the_desk(
    chromium: Browser, served: Served
) -> None:
    """Tab leads to every link, button and field, of long pages to the first of them, and one sees
    where one is (S59).
    """
    found = {}
    with Seat(chromium, served.address, "zh-Hans", WIDE) as seat:
        seat.sign_in("whole", PASSWORD)
        for paths in served.paths.values():
            for path in paths:
                seat.go(path)
                found[path] = out_of_reach(seat.page, TABS_MAX)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_pages_in_traditional_characters_fit(chromium: Browser, served: Served) -> None:
    """A few of them: the first page, a board, a form in review, what is outstanding (S59)."""
    found = {}
    with Seat(chromium, served.address, "zh-Hant", WIDE) as seat:
        seat.sign_in("whole", PASSWORD)
        for route in (
            "/",
            "/board",
            "/review/{place:str}/{period:str}/{form:str}",
            "/completeness",
        ):
            seat.go(served.paths[route][0])
            found[route] = faults(seat.page)

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
