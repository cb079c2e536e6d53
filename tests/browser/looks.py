"""What every page is held to: nobody is kept out, nothing scrolls sideways, the keyboard suffices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no stubs
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE

__all__ = ["faults"]


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, at both widths and in the largest type."""
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for violation in Axe().run(page).response["violations"]:
            nodes = "; ".join(" ".join(node["target"]) for node in violation["nodes"][:5])
            found.append(f"{size['width']} px: {violation['id']}: {nodes}")
        found += _sideways(page, size["width"])
    page.evaluate("document.documentElement.dataset.size = 'huge'")
    found += _sideways(page, NARROW["width"])
    page.evaluate("document.documentElement.dataset.size = 'normal'")
    page.set_viewport_size(WIDE)
    return found


def _sideways(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px: scrolls sideways, {wide} px wide"] if wide > width else []
