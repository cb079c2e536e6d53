"""The health page: what it finds, what its buttons do, and what goes on by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.copies import copies_in, is_whole
from field_client.desk import Desk
from field_client.examining import holds_together
from sync.ledger import identity
from tests.integration.pages_office import Pages, opened
from tests.unit.field_office import clock, office_in


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
    """The pages of a copy of it."""
    own = shutil.copytree(laptop, tmp_path / "laptop")
    async with Desk.open(own, clock) as desk, opened(desk) as here:
        yield here


def folder_of(pages: Pages) -> Path:
    """Where the laptop lies."""
    return pages.station.desk.ledger.database.path.parent


async def test_a_laptop_that_is_well_says_so_once_it_has_looked(pages: Pages) -> None:
    """While it looks it says that, too; a copy is all that a fresh laptop lacks."""
    assert "正在检查数据文件" in await pages.text("/health")
    assert holds_together(pages.station.desk.ledger.database.path)
    await pages.browser.post("/health/look")
    await pages.browser.post("/health/copy")
    said = await pages.text("/health")

    assert "都正常。" in said
    assert "数据文件完好" in said
    assert "本机备份有 1 份，最近的是今天。" in said


async def test_damage_that_shows_later_is_told_on_every_page(pages: Pages) -> None:
    """With what to do, and no copy of the damaged file pushes out a whole one."""
    watch = pages.station.watch
    await watch.copy()
    (before,) = copies_in(folder_of(pages))
    await pages.station.desk.ledger.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    with pages.station.desk.ledger.database.path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        for at in range(size // 2, size, 8_192):
            file.seek(at)
            file.write(os.urandom(2_000))
    assert not holds_together(pages.station.desk.ledger.database.path)
    await pages.browser.post("/health/look")
    assert watch.sound is False

    assert [one.code for one in watch.warnings] == ["file-damaged"]
    await watch.close()
    assert copies_in(folder_of(pages)) == [before]
    assert is_whole(before.file)


async def test_the_buttons_mend_what_they_name(pages: Pages) -> None:
    """Who may read the files, and who the laptop is; an unknown one mends nothing."""
    folder = folder_of(pages)
    (folder / identity.FILE_NAME).unlink()
    if sys.platform != "win32":
        folder.chmod(0o755)
        (folder / "tianji.db").chmod(0o644)
        assert "其他用户也能读到" in await pages.text("/health")
        await pages.browser.post("/health/private")
        assert "只有您这个系统用户能读到" in await pages.text("/health")
    assert "登记信息没有另存" in await pages.text("/health")
    await pages.browser.post("/health/identity")
    assert identity.read(folder) is not None

    assert (await pages.browser.post("/health/everything")).status_code == 404


async def test_the_report_is_plain_text_without_a_secret(pages: Pages) -> None:
    """It is saved under a name, and holds versions and findings only."""
    answer = await pages.browser.get("/health/report.txt")
    kept = identity.read(folder_of(pages))

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert "SQLite" in answer.text
    assert kept is not None
    assert kept.seed.hex() not in answer.text
    assert "张三" not in answer.text


async def test_a_copy_is_kept_at_the_end(pages: Pages) -> None:
    """The first that there is, or one after hours of work; not one each time that it is closed."""
    watch = pages.station.watch
    await watch.close()
    assert len(copies_in(folder_of(pages))) == 1
    await watch.close()
    assert len(copies_in(folder_of(pages))) == 1


async def test_a_disk_that_is_nearly_full_is_told_on_every_page(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is too late, with how much is left."""
    usage = shutil.disk_usage(folder_of(pages))._replace(free=300 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    pages.station.watch._look_at_disk()

    assert "磁盘快满了（还剩 300 MB）" in await pages.text("/")
    assert "磁盘还剩 300 MB，不多了" in await pages.text("/health")
