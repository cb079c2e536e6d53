"""The audit, the logs and what monitors read: who did what is found, and no secret is written down."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from server.accounts.passwords import hashed
from server.accounts.tokens import renew
from server.administration import audit
from server.administration.audit import LOOKED_AT_ONCE, Wanted
from server.app import guarded
from server.desk.access import COOKIE
from server.routes.envelope import Logged, log_to_stderr
from sync.ids import DeviceId
from sync.ledger.database import Database
from tests.integration.admin_office import enrolled, realm_office, synced
from tests.integration.desk_office import (
    COUNTY,
    HOST,
    TOWN,
    VILLAGE,
    VILLAGE_ELSEWHERE,
    VILLAGES,
    DeskOffice,
)

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[DeskOffice]:
    """A county with people of every role."""
    async with realm_office(tmp_path) as here:
        yield here


async def found(county: DeskOffice, wanted: Wanted) -> list[audit.Line]:
    """All lines of a search, page after page."""
    lines: list[audit.Line] = []
    following: int | None = wanted.before
    while following is not None:
        page = await audit.search(
            county.ledger, everything(county), wanted._replace(before=following)
        )
        lines += page.lines
        following = page.following
    return lines


def everything(county: DeskOffice) -> set[object]:
    """The scope of whoever looks after all of it."""
    return {*county.ledger.tree, county.ledger.root}


async def test_every_commit_is_found_once_by_each_way_of_asking(county: DeskOffice) -> None:
    """By nothing, person, place, device, kind and day: the same commits as reading all of them and
    choosing by hand, the latest first (S127).
    """
    for number, village in enumerate([*VILLAGES, VILLAGE_ELSEWHERE] * 40):
        await county.report(village, "2024Q3", {"B001": number})
    await county.submit(VILLAGE, "2024Q3", "village_quarterly")
    every = await found(county, Wanted())
    ((count,),) = await county.ledger.database.rows("SELECT count(*) FROM commits")
    below = {TOWN, *county.ledger.below(TOWN)}
    officer = next(one.commit.author for one in every if one.place == VILLAGES[1])
    today = county.ledger.today()

    def by(wanted: Wanted) -> list[audit.Line]:
        return [
            one
            for one in every
            if (wanted.person is None or one.commit.author == wanted.person)
            and (wanted.place is None or one.place in below)
            and (wanted.device is None or one.commit.device == wanted.device)
            and (
                not wanted.kind
                or any(change.cell.kind == wanted.kind for change in one.commit.changes)
            )
        ]

    assert count > LOOKED_AT_ONCE
    assert len(every) == count
    assert [one.position for one in every] == sorted({o.position for o in every}, reverse=True)
    for wanted in (
        Wanted(person=officer),
        Wanted(person=officer, place=TOWN),
        Wanted(place=TOWN),
        Wanted(place=TOWN, kind="submission"),
        Wanted(device=county.ledger.device),
        Wanted(kind="place"),
        Wanted(person=county.people["administrator"], kind="value"),
    ):
        assert await found(county, wanted) == by(wanted), wanted
    assert await found(county, Wanted(since=today, until=today)) == every
    assert await found(county, Wanted(since=date(2024, 10, 28))) == []
    assert await found(county, Wanted(until=date(2024, 10, 26))) == []
    assert await found(county, Wanted(device=DeviceId(b"0" * 16))) == []


async def test_no_way_of_asking_reads_the_whole_table(
    county: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each query of a search seeks by an index, whatever is asked for (S127)."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    rows = Database.rows

    async def noted(database: Database, sql: str, values: tuple[object, ...] = ()) -> object:
        asked.append((sql, tuple(values)))
        return await rows(database, sql, values)

    monkeypatch.setattr(Database, "rows", noted)
    scope = everything(county)
    person = county.people["administrator"]
    for wanted in (
        Wanted(),
        Wanted(person=person),
        Wanted(place=TOWN),
        Wanted(kind="value", since=date(2024, 1, 1), until=date(2024, 12, 31)),
    ):
        await audit.search(county.ledger, scope, wanted)
    await audit.search(county.ledger, set(county.ledger.below(COUNTY)), Wanted())
    monkeypatch.undo()

    plans = [
        (step[3], sql)
        for sql, values in asked
        for step in await county.ledger.database.rows(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    assert [
        plan for plan in plans if re.match(r"SCAN (c|commits|p|place_no)\b(?!.*INDEX)", plan[0])
    ] == []


async def test_the_audit_is_read_within_the_scope_and_exported_whole(county: DeskOffice) -> None:
    """Lines are words, a part of the realm sees its own, and the file has what the pages have (S127)."""
    await county.report(VILLAGE, "2024Q3", {"B001": 7, "B002": 8})
    keeper = county.browsers["administrator"]
    text = (await keeper.get("/admin/audit", params={"where": "仙河村"})).text
    assert "填报2024年第3季度 2 项数据" in text
    assert "仙河村填报人" in text

    answer = await keeper.get("/admin/audit.csv", params={"where": "仙河村"})
    (heading, *lines) = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    ids = {line[heading.index("commit")] for line in lines}
    assert answer.headers["content-type"].startswith("text/csv")
    assert ids == {one.commit.id.hex() for one in await found(county, Wanted(place=VILLAGE))}

    unclear = await keeper.get("/admin/audit", params={"who": "填报人"})
    assert "请选一个" in unclear.text
    exported = await keeper.get("/admin/audit.csv", params={"who": "填报人"})
    assert exported.status_code == 400


async def test_a_commit_is_taken_apart_and_proved(county: DeskOffice) -> None:
    """Its cells, its receipt and what it was made on are shown; a signature that was altered in the
    database is told, and a commit out of scope isn't shown (S127).
    """
    await county.report(VILLAGE, "2024Q3", {"B001": 7})
    line = (await found(county, Wanted(place=VILLAGE)))[0]
    page = f"/admin/commit/{line.commit.id.hex()}"
    keeper = county.browsers["administrator"]
    text = (await keeper.get(page)).text
    assert "签名有效" in text
    assert "B001" in text
    assert line.commit.parents[0].hex() in text

    async with county.ledger.transaction() as database:
        await database.run(
            "UPDATE commits SET signature = zeroblob(64) WHERE id = ?", (line.commit.id,)
        )
    assert "签名无效" in (await keeper.get(page)).text
    assert (await county.browsers["definer"].get(page)).status_code == 403
    assert (await keeper.get("/admin/commit/00ff")).status_code == 400


async def test_signing_in_is_in_the_audit(county: DeskOffice) -> None:
    """Who signed in, and whose try failed (S127)."""
    async with county.ledger.transaction() as database:
        await database.run(
            "UPDATE account SET password_hash = ? WHERE login = 'county'", (hashed(PASSWORD),)
        )
    stranger = county.browsers["stranger"]
    await stranger.post("/signin", data={"login": "county", "password": "wrong"})
    await stranger.post("/signin", data={"login": "county", "password": PASSWORD})
    keeper = county.browsers["administrator"]
    text = (await keeper.get("/admin/audit/signins", params={"who": "county"})).text
    assert text.count("<td>登录失败") == 1
    only = (await keeper.get("/admin/audit/signins", params={"what": "failed"})).text
    assert "<td>登录<" not in only
    exported = (await keeper.get("/admin/audit/signins.csv", params={"who": "county"})).text
    (heading, *lines) = list(csv.reader(io.StringIO(exported.removeprefix("\ufeff"))))
    assert [line[heading.index("what")] for line in lines] == ["in", "failed"]


async def test_a_whole_session_leaves_no_secret_in_the_log(
    county: DeskOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signing in, uploading, inviting, syncing, a program's token: the log names routes, statuses
    and people by a hash, and holds no password, cookie, code, token, name or query (S128).
    """
    async with county.ledger.transaction() as database:
        await database.run(
            "UPDATE account SET password_hash = ? WHERE login = 'administrator'",
            (hashed(PASSWORD),),
        )
    token = await renew(county.ledger, os.urandom)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    log_to_stderr()
    try:
        secrets = await session(county, token)
    finally:
        root.handlers = handlers
        root.setLevel(level)
    log = capsys.readouterr().err
    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [secret for secret in secrets if secret in log] == []
    assert {"/signin", "/admin/devices/invite", "/sync/v1", "/metrics"} <= {
        line.get("route") for line in requests
    }
    assert len({line["request"] for line in requests}) == len(requests)
    assert len({line["person"] for line in requests if "person" in line}) == 1
    assert all("?" not in json.dumps(line) for line in lines)


async def session(county: DeskOffice, token: str) -> list[str]:
    """What people and programs do in a while; the words that no log may hold."""
    logged = Logged(guarded(county.app), county.app.state.station.metrics.observe)
    transport = httpx.ASGITransport(app=logged)  # type: ignore[arg-type]  # of another framework
    address = f"http://{HOST}"
    async with httpx.AsyncClient(
        transport=transport, base_url=address, headers={"accept": "text/html"}
    ) as browser:
        await browser.post("/signin", data={"login": "administrator", "password": PASSWORD})
        cookie = browser.cookies[COOKIE]
        await browser.get("/admin/devices", params={"q": "仙河村填报人"})
        upload = {"file": ("secret-plan.csv", b"code,name\nsecret,content")}
        await browser.post("/admin/places/upload", files=upload)
        data = {"place": VILLAGE.hex(), "role": "enter", "person": "李四光"}
        answer = await browser.post("/admin/devices/invite", data=data)
        (code,) = re.findall(r'<p class="code">([A-Z2-7-]+)</p>', answer.text)
        await browser.get("/metrics", headers={"authorization": f"Bearer {token}"})
        await browser.get("/nowhere", params={"password": PASSWORD})
        await browser.post("/sync/v1", content=b"not a message, but a secret")
    folder, _ = await enrolled(county)
    await synced(county, folder)
    return [
        *(PASSWORD, cookie, token, code, code.replace("-", ""), "李四光", "仙河村"),
        *("secret-plan", "secret,content", "not a message", "administrator"),
    ]


async def test_metrics_are_for_whoever_has_the_token_and_name_nobody(county: DeskOffice) -> None:
    """Without a token they are closed; with it they are bounded families without a name, a place or
    a code (S129).
    """
    token = await renew(county.ledger, os.urandom)
    folder, device = await enrolled(county)
    await county.report(VILLAGE, "2024Q3", {"B001": 7})
    await synced(county, folder)
    stranger = county.browsers["stranger"]
    assert (await stranger.get("/metrics")).status_code == 401
    assert (await county.browsers["administrator"].get("/metrics")).status_code == 401
    bearer = {"authorization": f"Bearer {token}"}
    await stranger.get("/metrics", headers=bearer)
    await stranger.post("/signin", data={"login": "county", "password": "wrong"})
    answer = await stranger.get("/metrics", headers=bearer)
    text = answer.text
    assert answer.status_code == 200
    for family in (
        "tianji_intake_waiting 0.0",
        'tianji_intake_verdicts_total{verdict="accepted"}',
        "tianji_values_total",
        "tianji_commits_total",
        "tianji_database_bytes",
        "tianji_readers_in_use",
        "tianji_checks_waiting",
        "tianji_sessions",
        'tianji_signins_total{what="failed"} 1.0',
        'tianji_commits_aside{state="parked"} 0.0',
        "process_resident_memory_bytes",
    ):
        assert family in text, family
    for secret in (token, "仙河", "B001", "445103", device.hex(), VILLAGE.hex(), "2024Q3"):
        assert secret not in text
