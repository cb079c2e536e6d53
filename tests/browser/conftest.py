"""A server and enrolled laptops as processes, and a browser that talks to nobody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from tests.e2e.processes import (
    COMMAND,
    START_SECONDS_MAX,
    environment,
    found,
    invite,
    serving,
    tianji,
)

if TYPE_CHECKING:
    from tests.browser.desk_county import County

T = TypeVar("T")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE: ViewportSize = {"width": 1366, "height": 850}
NARROW: ViewportSize = {"width": 360, "height": 740}


class Office(NamedTuple):
    """A server process with one town and two villages."""

    folder: Path
    address: str


class Pages(NamedTuple):
    """A running `tianji field run`: the launch link, the address, the process."""

    link: str
    url: str
    process: subprocess.Popen[str]


def signed_in(context: BrowserContext, address: str, login: str, password: str) -> Page:
    """A tab in which somebody is signed in at a server."""
    tab = context.new_page()
    tab.set_default_timeout(1000 * float(os.environ.get("TIANJI_PATIENCE_SECONDS", "15")))
    tab.goto(f"{address}/signin")
    tab.fill("#login", login)
    tab.fill("#password", password)
    tab.click("main form button")
    return tab


def apart(function: Callable[[], T]) -> T:
    """Runs what needs a loop of its own where the browser's driver has none."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server with Guangdong's catalogue; its villages are 445103101201 and 445103101202."""
    folder = tmp_path_factory.mktemp("office") / "server"
    apart(lambda: found(folder))
    with serving(folder) as address:
        yield Office(folder, address)


@pytest.fixture(scope="session")
def enrolled(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop that is enrolled and synced; copy it, never write to it."""
    folder = tmp_path_factory.mktemp("enrolled") / "laptop"
    code = apart(lambda: invite(office.folder))
    done = tianji("field", "enrol", "--data", folder, "--server", office.address, "--code", code)
    assert done.code == 0, done
    return folder


@pytest.fixture(scope="session")
def kept_county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """A small county with a month behind it, as it was made: `opened` copies it."""
    from tests.browser.desk_county import made  # which starts its processes as this module does

    return made(tmp_path_factory.mktemp("county") / "made")


@pytest.fixture
def laptop(enrolled: Path, tmp_path: Path) -> Path:
    """An own copy of the enrolled laptop."""
    return Path(shutil.copytree(enrolled, tmp_path / "laptop"))


@contextmanager
def serve_pages(folder: Path, port: int = 0) -> Iterator[Pages]:
    """Runs the pages of a laptop's folder as a process of their own."""
    command = [*COMMAND, "field", "run", "--data", str(folder), "--port", str(port), "--no-browser"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, (line, process.poll())
        link = line[line.index("http://") :].split()[0]
        try:
            yield Pages(link, link.partition("/open")[0], process)
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS_MAX)


@pytest.fixture
def run_pages() -> Callable[[Path], AbstractContextManager[Pages]]:
    """Starts the pages of a folder; several may run after each other."""
    return serve_pages


@pytest.fixture
def pages(laptop: Path) -> Iterator[Pages]:
    """The pages of the test's own laptop."""
    with serve_pages(laptop) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of one module, which must not be asynchronous ones."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here (Debian: apt-get install chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile in Simplified Chinese; what its pages ask for from elsewhere fails the test."""
    made = chromium.new_context(locale="zh-CN", viewport=WIDE)
    strangers: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            strangers.append(request.url)

    made.on("request", note)
    yield made
    made.close()

    assert strangers == []


@pytest.fixture
def page(context: BrowserContext, pages: Pages) -> Page:
    """A tab that came by the launch link and shows the first page."""
    tab = context.new_page()
    tab.set_default_timeout(1000 * float(os.environ.get("TIANJI_PATIENCE_SECONDS", "15")))
    tab.goto(pages.link)
    return tab
