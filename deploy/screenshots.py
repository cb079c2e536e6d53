"""Renews the pictures in `deploy/guide/`: `make screenshots` (needs Chromium and Chinese type).

They are taken of the pages as they are, over a small demo whose clock stands still, so that the
same software gives the same pictures.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from deploy.demo.times import moment
from field_client.pages import running
from sync.ledger.ledger import CHINA

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "deploy" / "guide"
FLAGS = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none"]
WIDE, NARROW = (1100, 700), (360, 720)
YEAR = datetime.now(CHINA).year
PICTURES = (
    ("home", "/", WIDE),
    ("home-narrow", "/", NARROW),
    ("sheet", "{sheet}", WIDE),
    ("sheet-narrow", "{sheet}", NARROW),
    ("conflicts", "/conflicts", WIDE),
    ("village", "/village", WIDE),
    ("village-sheet", "/village/{code}/sheet", WIDE),
    ("sync", "/sync", WIDE),
    ("health", "/health", WIDE),
)


def main() -> None:
    """Plays a small demo, serves one laptop's pages, takes the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("No Chromium: on Debian, apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as folder:
        start = "import sys; from sync.cli import main; sys.exit(main())"
        demo = [sys.executable, "-c", start, "demo", "--once", "--villages", "12", "--seed", "5"]
        where = ["--data", f"{folder}/demo", "--port", "0"]
        subprocess.run([*demo, *where], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        laptop = Path(folder) / "demo" / "laptops" / "003"
        asyncio.run(_take_all(laptop, chromium))


async def _take_all(laptop: Path, chromium: str) -> None:
    async with _pages(laptop) as link, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        await _take(browser, link)
        await browser.close()


async def _take(browser: Browser, link: str) -> None:
    context = await browser.new_context(locale="zh-CN", device_scale_factor=1)
    page = await context.new_page()
    await page.goto(link)
    sheet = await page.locator('a[href*="/C201/"]').first.get_attribute("href") or ""
    code = sheet.split("/")[2]
    base = link.partition("/open")[0]
    for name, path, (width, height) in PICTURES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(base + path.format(code=code, sheet=sheet))
        await page.screenshot(path=GUIDE / f"{name}.png")
        print(f"deploy/guide/{name}.png")


@asynccontextmanager
async def _pages(laptop: Path) -> AsyncIterator[str]:
    """The pages of a laptop, by a clock that stands in January."""
    at = moment(date(YEAR, 1, 8), 20, 15)
    links: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(running.run(laptop, 0, lambda: at, links.put_nowait))
    try:
        yield await links.get()
    finally:
        signal.raise_signal(signal.SIGINT)  # as Ctrl-C would
        await serving


if __name__ == "__main__":
    main()
