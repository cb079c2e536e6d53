"""What every page is held to: nobody is kept out, nothing scrolls sideways, the keyboard suffices."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no stubs
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, WIDE

__all__ = ["faults", "out_of_reach"]

_WANTED = """(most) => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const groups = new Set();
    window.wanted = all.filter((one) => {
        if (one.disabled || one.tabIndex < 0 || one.type === "hidden" || !one.checkVisibility()) return false;
        if (one.type !== "radio") return true;
        const known = groups.has(one.name);
        groups.add(one.name);
        return !known;
    }).slice(0, most);
    const regions = document.querySelectorAll("main [tabindex='0']");
    const days = window.wanted.filter((one) => one.type === "date");  // one stops in each of its parts
    return window.wanted.length + regions.length + 3 * days.length;
}"""
_BEGIN = """() => {
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
}"""
"""The next Tab leads to what stands first, whatever the page has put the cursor into."""
_REACHED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    window.wanted = window.wanted.filter((other) =>
        other !== one && !(one.type === "radio" && other.name === one.name));
    return ring || one === document.body ? "" : one.outerHTML.slice(0, 120);
}"""


_VIOLATIONS = """() => axe.run({preload: false, resultTypes: ["violations"]})
    .then((found) => found.violations)"""
"""Nothing that axe would fetch by itself, and no list of all that is right."""


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, at both widths and in the largest type."""
    found = []
    page.evaluate(Axe().axe_script)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for violation in page.evaluate(_VIOLATIONS):
            nodes = "; ".join(" ".join(node["target"]) for node in violation["nodes"][:5])
            found.append(f"{size['width']} px: {violation['id']}: {nodes}")
        found += _sideways(page, size["width"])
    page.evaluate("document.documentElement.dataset.size = 'huge'")
    found += _sideways(page, NARROW["width"])
    page.evaluate("document.documentElement.dataset.size = 'normal'")
    page.set_viewport_size(WIDE)
    return found


def out_of_reach(page: Page, most: int = 1000) -> list[str]:
    """What the Tab key alone never comes to of the first so many, and what shows no ring then."""
    unseen = set()
    page.evaluate(_BEGIN)
    for _ in range(page.evaluate(_WANTED, most) + 2):
        page.keyboard.press("Tab")
        unseen.add(page.evaluate(_REACHED))
    missed = page.evaluate("window.wanted.map((one) => one.outerHTML.slice(0, 120))")
    return [f"no ring: {one}" for one in sorted(unseen) if one] + [
        f"missed: {one}" for one in missed
    ]


def _sideways(page: Page, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} px: scrolls sideways, {wide} px wide"] if wide > width else []
