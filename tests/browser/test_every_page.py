"""Every page there is, held to what every page is held to; a page that nobody listed here fails."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Router
from litestar.handlers import HTTPRouteHandler
from playwright.sync_api import Browser

from field_client import pages as package
from tests.browser.conftest import serve_pages
from tests.browser.looks import faults, out_of_reach
from tests.browser.sheets import SHEET, sent_back

CODE = "445103101201"
PAGES = {
    "/": "/",
    "/todo/{code:str}": f"/todo/{CODE}",
    "/sheet/{place:str}/{form:str}/{period:str}": SHEET,
    "/history/{code:str}/{period:str}/{indicator:str}": f"/history/{CODE}/2024Q3/B003",
    "/conflicts": "/conflicts",
    "/aside": "/aside",
    "/village": "/village",
    "/village/{code:str}": f"/village/{CODE}",
    "/village/{code:str}/sheet": f"/village/{CODE}/sheet",
    "/export": "/export",
    "/export/{code:str}": f"/export/{CODE}",
    "/places": "/places?q=xh",
    "/stick": "/stick",
    "/sync": "/sync",
    "/health": "/health",
    "/people": "/people",
    "/handover": "/handover",
    "/pin": "/pin",
    "/unlock": "/unlock",
}
NO_PAGES = {
    "/open",
    "/api/strip",
    "/api/live",
    "/api/places",
    "/api/sheet/{place:str}/{form:str}/{period:str}",
    "/export/{code:str}/{name:str}",
    "/stick/file",
    "/export-all.zip",
    "/health/report.txt",
    "/history/{code:str}/{period:str}/{indicator:str}/csv",
}


def routes() -> Iterator[str]:
    """The paths of all modules that answer a GET."""
    for module in pkgutil.iter_modules(package.__path__):
        found = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "routes", ())
        for one in found:
            if isinstance(one, HTTPRouteHandler) and "GET" in one.http_methods:
                yield from one.paths
            elif isinstance(one, Router):
                yield from (route.path for route in one.routes if "GET" in route.methods)


def test_every_page_is_listed_here() -> None:
    """What answers a GET is a page that is looked at below, or is known to be none (W2)."""
    assert set(routes()) == set(PAGES) | NO_PAGES


@pytest.fixture(scope="module")
def laptop_with_a_past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop with values, explanations and a form that came back."""
    return sent_back(tmp_path_factory.mktemp("past"), {"B003": "请核对合同"})


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_no_page_keeps_anybody_out(
    chromium: Browser, laptop_with_a_past: Path, language: str
) -> None:
    """At both widths, in the largest type, axe finds nothing and nothing scrolls sideways (W1)."""
    found = {}
    with serve_pages(laptop_with_a_past) as running:
        context = chromium.new_context(locale=language)
        page = context.new_page()
        page.goto(running.link)
        for path in PAGES.values():
            page.goto(running.url + path)
            found[path] = faults(page)
        context.close()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_keyboard_alone_comes_to_everything(
    chromium: Browser, laptop_with_a_past: Path
) -> None:
    """Tab leads to every link, button and field of every page, and one sees where one is (W1)."""
    found = {}
    with serve_pages(laptop_with_a_past) as running:
        context = chromium.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(running.link)
        for path in PAGES.values():
            page.goto(running.url + path)
            found[path] = out_of_reach(page)
        context.close()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
