"""The stick's way as an officer goes it: a file saved in the browser, the town's answer taken in."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from server import store
from server.intake import bundles
from sync.value import Cell, quantity_value
from tests.browser.conftest import apart, serve_pages
from tests.unit.field_office import VILLAGE, clock, office_in


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """A laptop with a value that no server has."""

    async def make() -> None:
        async with office_in(tmp_path) as office, office.desk("张三") as desk:
            cell = Cell("value", "2024Q3", "B002")
            await desk.record(VILLAGE, [(cell, quantity_value(125_000))])

    apart(lambda: asyncio.run(make()))
    return tmp_path / "张三"


def answered(server: Path, file: Path, answer: Path) -> None:
    """What the town does with the file."""

    async def answer_it() -> None:
        async with store.open_server(server, clock) as ledger:
            done = await bundles.answer(ledger, file.read_bytes(), os.urandom)
            answer.write_bytes(done.content)

    apart(lambda: asyncio.run(answer_it()))


def test_an_officer_sends_and_fetches_by_stick(
    chromium: Browser, laptop: Path, tmp_path: Path
) -> None:
    """Three steps on one page: save, carry, read; 'the server holds it all' is shown only when it
    is so, and a wrong file is said in one sentence (R42, R44, W1).
    """
    with serve_pages(laptop) as running:
        context = chromium.new_context(locale="zh-CN", accept_downloads=True)
        page = context.new_page()
        page.goto(running.link)
        page.goto(running.link.split("/open")[0] + "/stick")
        with page.expect_download() as saving:
            page.get_by_role("link", name="保存文件").click()
        saved = tmp_path / "up.tianji"
        saving.value.save_as(saved)

        page.set_input_files("#file", saved)
        page.get_by_role("button", name="读入答复").click()
        expect(page.get_by_role("alert")).to_contain_text("另一台设备")

        answered(tmp_path / "server", saved, tmp_path / "down.tianji")
        page.set_input_files("#file", tmp_path / "down.tianji")
        page.get_by_role("button", name="读入答复").click()
        expect(page.locator("main").get_by_role("status")).to_contain_text("服务器都已收下")
        context.close()
