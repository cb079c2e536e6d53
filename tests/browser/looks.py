"""What every page is held to: nobody is kept out, nothing scrolls sideways, the keyboard suffices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no stubs
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE

__all__ = ["faults", "out_of_reach"]

_WANTED = """() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const groups = new Set();
    window.wanted = all.filter((one) => {
        if (one.disabled || one.tabIndex < 0 || one.type === "hidden" || !one.checkVisibility()) return false;
        if (one.type !== "radio") return true;
        const known = groups.has(one.name);
        groups.add(one.name);
        return !known;
    });
    return window.wanted.length;
}"""
_REACHED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    window.wanted = window.wanted.filter((other) =>
        other !== one && !(one.type === "radio" && other.name === one.name));
    return ring || one === document.body ? "" : one.outerHTML.slice(0, 120);
}"""


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


def out_of_reach(page: Page) -> list[str]:
    """What the Tab key alone never comes to, and what shows no ring when it does."""
    unseen = set()
    page.evaluate("document.activeElement.blur()")
    for _ in range(page.evaluate(_WANTED) + 2):
        page.keyboard.press("Tab")
        unseen.add(page.evaluate(_REACHED))
    missed = page.evaluate("window.wanted.map((one) => one.outerHTML.slice(0, 120))")
    return [f"no ring: {one}" for one in sorted(unseen) if one] + [
        f"missed: {one}" for one in missed
    ]


def _sideways(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px: scrolls sideways, {wide} px wide"] if wide > width else []
