"""Looking after a server: devices, places, the catalogue, storage, and what is whose to do."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.accounts import grants
from server.administration.tasks import Tasks
from server.desk.acting import sign_in_here
from server.desk.viewer import Viewer
from server.devices.seen import Sightings
from sync.ids import PersonId
from tests.integration.admin_office import (
    definer,
    enrolled,
    keeper,
    last_commit,
    realm_office,
    synced,
    wait_for,
)
from tests.integration.desk_office import (
    COUNTY,
    SECOND_TOWN,
    TOWN,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    DeskOffice,
)

REALM_PAGES = ("/admin/storage", "/admin/jobs", "/admin/health")


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with realm_office(tmp_path) as here:
        yield here


async def test_what_concerns_the_whole_server_is_for_who_looks_after_all_of_it(
    county: DeskOffice,
) -> None:
    """A role above all places opens these pages; the access table proves who is kept out (S120)."""
    for page in ("/admin", *REALM_PAGES):
        assert (await keeper(county).get(page)).status_code == 200, page
    for who in ("county", "definer", "viewer"):
        for page in REALM_PAGES:
            assert (await county.browsers[who].get(page)).status_code == 403, (who, page)


async def test_a_device_is_seen_by_its_sync_and_nothing_is_written_for_it(
    county: DeskOffice,
) -> None:
    """Its last sync, its software and its protocol are known at once, kept when what was noted is
    written, and the sync itself writes no row for them (S121).
    """
    folder, device = await enrolled(county)
    page = f"/admin/devices/{device.hex()}"
    assert "尚无记录" in (await keeper(county).get(page)).text

    await synced(county, folder)
    text = (await keeper(county).get(page)).text
    rows = await county.ledger.database.rows("SELECT * FROM device_seen")
    assert "今天" in text
    assert "0.1.0" in text
    assert "协议 1" in text
    assert rows == []

    sightings: Sightings = county.app.state.station.sightings
    known = await sightings.of(county.ledger.database, [device])
    await sightings.write()
    again = await Sightings(county.ledger).of(county.ledger.database, [device])
    assert known == again != {}


async def test_devices_are_found_within_the_scope_only(county: DeskOffice) -> None:
    """By place, by person, by name; another's are neither listed nor opened (S122)."""
    _, own = await enrolled(county)
    _, other = await enrolled(county, VILLAGE_ELSEWHERE)
    found = (await keeper(county).get("/admin/devices", params={"q": "张三"})).text
    assert own.hex() in found
    assert other.hex() in found
    found = (await keeper(county).get("/admin/devices", params={"q": "仙河"})).text
    assert own.hex() in found
    assert other.hex() not in found

    town = await helper(county)
    assert other.hex() not in (await town.get("/admin/devices")).text
    assert own.hex() in (await town.get("/admin/devices")).text
    answer = await town.get(f"/admin/devices/{other.hex()}")
    assert answer.status_code == 400
    revoked = await town.post(f"/admin/devices/{other.hex()}/revoke", data={"reason": "丢失"})
    assert revoked.status_code == 400
    assert not county.ledger.register.devices[other.hex()].revoked


async def helper(county: DeskOffice) -> httpx.AsyncClient:
    """Somebody who administers the county only."""
    person = county.people["viewer"]
    await grants.add(county.ledger, person, "administer", COUNTY, None, os.urandom)
    await sign_in_here(county.ledger, Viewer(county.ledger, person))
    return county.browsers["viewer"]


async def test_revoking_is_a_commit_of_the_one_who_does_it_with_a_reason(
    county: DeskOffice,
) -> None:
    """Without a reason nothing happens; with one it is filed as that person, and undone so (S122)."""
    _, device = await enrolled(county)
    page = f"/admin/devices/{device.hex()}"
    refused = await keeper(county).post(f"{page}/revoke", data={"reason": " "})
    assert refused.status_code == 400
    assert not county.ledger.register.devices[device.hex()].revoked

    done = await keeper(county).post(f"{page}/revoke", data={"reason": "电脑丢失"})
    commit = await last_commit(county)
    assert done.status_code == 303
    assert county.ledger.register.devices[device.hex()].revoked
    assert commit.author == county.people["administrator"]
    assert commit.place == VILLAGE
    assert "电脑丢失" in (await keeper(county).get(page)).text

    await keeper(county).post(f"{page}/reinstate", data={"reason": "找到了"})
    assert not county.ledger.register.devices[device.hex()].revoked
    server = county.ledger.device.hex()
    kept = await keeper(county).post(f"/admin/devices/{server}/revoke", data={"reason": "试试"})
    assert kept.status_code == 400


async def test_an_invitation_is_shown_once_and_kept_nowhere(county: DeskOffice) -> None:
    """The card has the code, its picture needs no other site, and no later page and no row of the
    database has it (S123).
    """
    answer = await keeper(county).post(
        "/admin/devices/invite", data={"place": VILLAGE.hex(), "role": "enter", "person": "李四"}
    )
    (code,) = re.findall(r'<p class="code">([A-Z2-7-]+)</p>', answer.text)
    listed = (await keeper(county).get("/admin/devices")).text
    rows = await county.ledger.database.rows("SELECT * FROM invite WHERE person_name = '李四'")
    assert 'src="data:image/svg' in answer.text
    assert "李四" in listed
    assert code not in listed
    assert code.replace("-", "").encode() not in repr(rows).encode()

    (name,) = re.findall(r'name="name" value="([0-9a-f]+)"', listed)
    await keeper(county).post("/admin/devices/invite/end", data={"name": name})
    assert "李四" not in (await keeper(county).get("/admin/devices")).text


@pytest.mark.parametrize(
    "given, code",
    [
        ({"what": "rename", "value": "仙河新村"}, ""),
        ({"what": "rename", "value": "仙河村"}, "place-same"),
        ({"what": "move", "value": "445103102000"}, ""),
        ({"what": "move", "value": "445103101202"}, "place-parent-wrong"),
        ({"what": "end", "value": ""}, ""),
        ({"what": "fly", "value": ""}, "place-change-unknown"),
    ],
)
async def test_a_place_is_changed_as_its_preview_says_and_not_before(
    county: DeskOffice, given: dict[str, str], code: str
) -> None:
    """The preview files nothing; the button files that one setting as the person; what makes no
    sense is refused by both (S124).
    """
    tree, day = county.ledger.tree, "2024-09-01"
    before = await last_commit(county)
    page = f"/admin/places/{VILLAGE.hex()}/change"
    preview = await definer(county).get(page, params={**given, "day": day})
    assert (await last_commit(county)).id == before.id
    done = await definer(county).post(page, data={**given, "day": day})
    if code:
        assert (preview.status_code, done.status_code) == (400, 400)
        assert (await last_commit(county)).id == before.id
        return
    commit = await last_commit(county)
    assert (preview.status_code, done.status_code) == (200, 303)
    assert commit.author == county.people["definer"]
    assert [change.cell.subject for change in commit.changes] == [day]
    today = county.ledger.today()
    now = (tree.name(VILLAGE, today), tree.parent(VILLAGE, today), tree.active(VILLAGE, today))
    assert (
        now
        == {
            "rename": ("仙河新村", TOWN, True),
            "move": ("仙河村", SECOND_TOWN, True),
            "end": ("仙河村", TOWN, False),
        }[given["what"]]
    )
    assert day in (await definer(county).get(f"/admin/places/{VILLAGE.hex()}")).text


async def test_the_preview_of_a_move_names_what_loses_and_what_gains(county: DeskOffice) -> None:
    """The totals on both sides, and how many figures of which periods go over (S124)."""
    await county.report(VILLAGE, "2024Q3", {"B001": 7, "B002": 5})
    await county.report(VILLAGE, "2024Q1", {"B001": 7})
    page = f"/admin/places/{VILLAGE.hex()}/change"
    asked = {"what": "move", "value": "445122101000", "day": "2024-09-01"}
    text = (await definer(county).get(page, params=asked)).text
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text, re.DOTALL))
    assert facts["这些单位的汇总减少"] == "磷溪镇, 潮安区"
    assert facts["这些单位的汇总增加"] == "黄冈镇, 饶平县"
    assert facts["这天或之后结束的期次已有的数据"].strip() == "2024年第3季度：2"


async def test_a_file_of_places_is_compared_first_and_taken_in_as_the_person(
    county: DeskOffice,
) -> None:
    """Every change is listed by kind with the laptops it concerns, nothing is filed by looking, and
    what is taken in is exactly that (S124).
    """
    await enrolled(county)
    rows = [
        (tree_code, tree_name, level, parent)
        for tree_code, tree_name, level, parent in await hierarchy(county)
        if tree_code != "445103101201"
    ]
    renamed = [(c, "官塘新镇" if n == "官塘镇" else n, level, p) for c, n, level, p in rows]
    lines = ["code,name,level,parent_code", *(",".join(row) for row in renamed)]
    before = await last_commit(county)
    answer = await definer(county).post(
        "/admin/places/upload",
        data={"as_of": "2024-10-01"},
        files={"file": ("places.csv", "\n".join(lines).encode())},
    )
    page = answer.headers["location"]
    text = (await definer(county).get(page)).text
    assert "官塘新镇" in text
    assert "在用电脑 1 台" in text
    assert (await last_commit(county)).id == before.id
    assert (await county.browsers["administrator"].get(page)).status_code == 403

    done = await definer(county).post(page)
    await wait_for(county, "places")
    tree, today = county.ledger.tree, county.ledger.today()
    assert "改动 2 个单位" in (await definer(county).get(done.headers["location"])).text
    assert tree.name(SECOND_TOWN, today) == "官塘新镇"
    assert not tree.active(VILLAGE, today)
    assert (await last_commit(county)).author == county.people["definer"]
    assert (await definer(county).post(page)).status_code == 400


async def hierarchy(county: DeskOffice) -> list[tuple[str, str, str, str]]:
    """The tree of today as rows of a file."""
    tree, today = county.ledger.tree, county.ledger.today()
    return [
        (
            tree.code(place, today),
            tree.name(place, today),
            tree.level(place, today),
            tree.code(parent, today) if (parent := tree.parent(place, today)) else "",
        )
        for place in tree.below(None, today)
    ]


async def test_a_faulty_file_of_places_is_refused_with_every_faulty_row(
    county: DeskOffice,
) -> None:
    """Nothing waits and nothing is filed (S124)."""
    content = "code,name,level,parent_code\n1,甲,village,9\n1,乙,planet,\n".encode()
    answer = await definer(county).post("/admin/places/upload", files={"file": ("x.csv", content)})
    assert answer.status_code == 400
    assert answer.text.count("<li>") >= 2


async def test_a_backup_and_a_verification_run_beside_and_their_results_stay(
    county: DeskOffice,
) -> None:
    """Both are begun by a button, end with what they found, and are listed (S126)."""
    await county.report(VILLAGE, "2024Q3", {"B001": 7})
    begun = await keeper(county).post("/admin/storage/backup")
    await wait_for(county, "backup")
    assert "MB" in (await keeper(county).get(begun.headers["location"])).text
    (file,) = (county.folder / "server" / "backups").iterdir()
    assert file.name in (await keeper(county).get("/admin/storage")).text

    begun = await keeper(county).post("/admin/storage/verify")
    assert (await keeper(county).post("/admin/storage/verify")).status_code == 400
    await wait_for(county, "verify")
    text = (await keeper(county).get(begun.headers["location"])).text
    assert "全部相符" in text
    assert "全部相符" in (await keeper(county).get("/admin/jobs")).text
    assert (await definer(county).get(begun.headers["location"])).status_code == 400


async def test_what_ran_when_the_server_stopped_is_found_interrupted(county: DeskOffice) -> None:
    """Nobody takes it for running, and nothing begins it again by itself (S126)."""
    async with county.ledger.transaction() as database:
        await database.run(
            "INSERT INTO task (kind, person, begun_at, state, done, total, result)"
            " VALUES ('backup', ?, 1, 'running', 0, 0, '{}')",
            (PersonId(b"1" * 16),),
        )
    await Tasks(county.ledger).open()
    assert "中断" in (await keeper(county).get("/admin/storage")).text


async def test_health_names_what_is_to_do(county: DeskOffice) -> None:
    """The release of SQLite, the missing backup and verification, and the certificate's end (S126)."""
    text = (await keeper(county).get("/admin/health")).text
    assert sqlite3.sqlite_version in text
    assert "备份文件夹里还没有备份" in text
    assert "还没有校验过" in text
    assert "服务器证书" in text
