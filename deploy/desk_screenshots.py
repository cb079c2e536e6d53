"""Renews the pictures of the county's desk in `deploy/guide/`, as part of `make screenshots`.

They are taken of the pages as they are, by a real server over a small demo, each by whoever works on
that page.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from deploy.screenshots import FLAGS, GUIDE, NARROW, ROOT
from server import store
from server.accounts.passwords import hashing
from server.machine import now
from sync.ids import PlaceId
from sync.ledger.ledger import Ledger

START = (sys.executable, "-c", "import sys; from sync.cli import main; sys.exit(main())")
WIDE = (1280, 800)
DRAWN_MS = 900  # a map and its charts are drawn by then
PASSWORD = "four unrelated words here"  # noqa: S105 - of people in a folder that goes at once
PICTURES = (
    ("desk-home", "xian", "/", WIDE),
    ("desk-home-narrow", "xian", "/", NARROW),
    ("desk-review", "zhen", "/review", WIDE),
    ("desk-form", "zhen", "{form}", WIDE),
    ("desk-completeness", "xian", "/completeness", WIDE),
    ("desk-map", "kan", "/board", WIDE),
    ("desk-board", "xian", "/board", WIDE),
    ("desk-explain", "xian", "{explain}", WIDE),
    ("desk-disputes", "xian", "/disputes", WIDE),
    ("desk-place", "xian", "/place/{county}", WIDE),
    ("desk-enter", "zhen", "{enter}", WIDE),
    ("desk-exchange", "xian", "/exchange", WIDE),
    ("desk-admin", "guan", "/admin", WIDE),
    ("desk-audit", "guan", "/admin/audit", WIDE),
)


def main() -> None:
    """Plays a demo, serves it, takes the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("No Chromium: on Debian, apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as folder:
        demo = [*START, "demo", "--once", "--villages", "30", "--seed", "1"]
        where = ["--data", f"{folder}/demo", "--port", "0"]
        subprocess.run([*demo, *where], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        asyncio.run(take_all(Path(folder) / "demo" / "server", chromium, GUIDE))


async def take_all(server: Path, chromium: str, target: Path) -> None:
    """The pictures of a demo's server, into a folder."""
    async with store.open_server(server, now) as ledger:
        words = await _words(ledger)
    async with _served(server) as address, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for login in dict.fromkeys(login for _, login, _, _ in PICTURES):
            await _take(browser, address, login, words, target)
        await browser.close()


async def _take(
    browser: Browser, address: str, login: str, words: Mapping[str, str], target: Path
) -> None:
    """One person's pictures."""
    context = await browser.new_context(locale="zh-CN", device_scale_factor=1)
    page = await context.new_page()
    await page.goto(f"{address}/signin")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.click("main form button")
    for name, who, path, (width, height) in PICTURES:
        if who != login:
            continue
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(address + _filled(path, words))
        await page.wait_for_timeout(DRAWN_MS)
        await page.screenshot(path=target / f"{name}.png")
        sys.stdout.write(f"deploy/guide/{name}.png\n")
    await context.close()


def _filled(path: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda one: words[one[1]], path)


async def _words(ledger: Ledger) -> dict[str, str]:
    """Passwords for those who play, and where there is something to see."""
    kept = await hashing(PASSWORD)
    async with ledger.transaction() as database:
        await database.run("UPDATE account SET password_hash = ?, must_change = 0", (kept,))
    rows = await ledger.database.rows(
        "SELECT p.id, s.period, s.form FROM form_standing s JOIN place_no p ON p.no = s.place"
        " WHERE s.form = 'C201' AND s.stage = 'submitted' ORDER BY s.period DESC, p.id"
    )
    grants = ledger.register.grants.values()
    towns = {one.place for one in grants if one.role == "review_town"}
    county = next(one.place for one in grants if one.role == "review_county")
    place, period, form = next(row for row in rows if towns & set(ledger.above(PlaceId(row[0]))))
    village = PlaceId(place).hex()
    return {
        "county": county.hex(),
        "form": f"/review/{village}/{period}/{form}",
        "explain": f"/explain/{county.hex()}/{period}/B001",
        "enter": f"/enter/{village}/{period}/{form}",
    }


@asynccontextmanager
async def _served(server: Path) -> AsyncIterator[str]:
    """The server as a process; gives its address."""
    process = await asyncio.create_subprocess_exec(
        *START,
        *("server", "run", "--data", str(server), "--port", "0"),
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        found = re.search(r"http://[\w.:]+", line)
        assert found is not None, line
        yield found[0]
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    main()
