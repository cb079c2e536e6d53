"""What keeps the pages from being misused, beside who may do what: inputs, headers, files, faults."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server import machine
from server.accounts import account_pages, grants, people
from server.accounts.passwords import hashed
from server.routes.envelope import _Lines
from sync.limits import PASSWORD_CHARS_MAX
from tests.integration.accounts_office import Accounts, accounts
from tests.integration.desk_office import PASSWORD, TOWN, VILLAGE, VILLAGE_ELSEWHERE

INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|\son\w+=|\sstyle=|<style")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Accounts]:
    """A county as it comes."""
    async with accounts(tmp_path) as made:
        yield made


async def test_a_password_may_hold_any_character_and_counts_whole(here: Accounts) -> None:
    """Blanks, Chinese, pictures; and its last character as much as its first (S62)."""
    browser, _ = await here.sign_in("county")
    new = ("上山 下乡 🌾 '\"<&>\\ " * 20)[: PASSWORD_CHARS_MAX - 1] + "z"
    form = {"old": PASSWORD, "new": new, "again": new}
    answer = await browser.post("/account/password", data=form)

    assert answer.status_code == 303
    assert (await here.sign_in("county", new[:-1]))[1].status_code == 403
    assert (await here.sign_in("county", new + "z"))[1].status_code == 403
    assert (await here.sign_in("county", new))[1].status_code == 303


async def test_no_password_ends_by_the_calendar(here: Accounts) -> None:
    """One that was chosen is good until it is changed (S62)."""
    here.clock.now += 5 * 366 * 24 * 3600

    assert (await here.sign_in("county"))[1].status_code == 303


async def test_password_fields_help_managers_and_can_be_looked_at(here: Accounts) -> None:
    """They say what they are for, and nothing hinders pasting (S62)."""
    page = (await here.new_browser().get("/signin")).text

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "accounts-show.js" in page
    assert "onpaste" not in page


def test_hashes_cost_what_they_should() -> None:
    """Argon2id, 19 MiB, two passes (S60)."""
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", hashed("x"))

    assert found is not None
    assert int(found.group(1)) >= 15 * 1024
    assert int(found.group(2)) >= 2


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.invalid"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_form_of_another_site_changes_nothing_here(
    here: Accounts, headers: dict[str, str]
) -> None:
    """Even with the person's own cookie; and no answer invites other sites (S63)."""
    browser, _ = await here.sign_in("county")
    answer = await browser.post("/account/sessions/end-others", headers=headers)
    out = await browser.post("/signout", headers=headers)
    page = await browser.get("/account", headers=headers)

    assert (answer.status_code, out.status_code) == (403, 403)
    assert page.status_code == 200
    assert not any(name.startswith("access-control") for name in page.headers)


@pytest.mark.parametrize("host", ["desk:port", "desk:99999", "[::1"])
async def test_what_is_no_host_is_turned_away(here: Accounts, host: str) -> None:
    """A sentence, before anything makes an address of it (S2)."""
    browser, _ = await here.sign_in("county")
    for path in ("/", "/signin", "/healthz", "/api/v1/places"):
        assert (await browser.get(path, headers={"host": host})).status_code == 403, path


@pytest.mark.parametrize(
    "path",
    [
        "/static/0/../../../etc/passwd",
        "/static/0/..%2f..%2fpyproject.toml",
        "/static/0/",
        "/static/0/accounts.css.bak",
        "/static/0/templates/desk.html",
        "/.git/config",
        "/tianji.db",
    ],
)
async def test_only_named_files_are_served(here: Accounts, path: str) -> None:
    """Nothing is found by walking, and no folder is listed."""
    browser, _ = await here.sign_in("county")

    assert (await browser.get(path)).status_code in (400, 404)


async def test_a_place_that_is_named_twice_is_asked_about_twice(here: Accounts) -> None:
    """Whichever of the two the page would take (S68)."""
    browser, _ = await here.sign_in("county")
    inside, outside = VILLAGE.hex(), VILLAGE_ELSEWHERE.hex()
    for first, second in ((inside, outside), (outside, inside)):
        answer = await browser.get(f"/completeness?place={first}&place={second}")
        assert answer.status_code == 404

    assert (await browser.get(f"/completeness?place={inside}")).status_code == 200


async def test_a_name_is_shown_as_text_whatever_it_holds(here: Accounts) -> None:
    """Markup in a name is a funny name (S66)."""
    name = "<script>alert(1)</script>'\"&{{ 7*7 }}"
    person, _ = await people.add(here.ledger, name, "funny", TOWN, os.urandom)
    await grants.add(here.ledger, person, "view", TOWN, None, os.urandom)
    browser, _ = await here.sign_in("administrator")
    for path in ("/admin/people", f"/admin/people/{person.hex()}"):
        page = (await browser.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7*7 }}" in page


async def test_what_is_typed_is_never_sql(here: Accounts) -> None:
    """Neither signs anybody in, nor finds anybody (S60)."""
    browser, _ = await here.sign_in("administrator")
    found = await browser.get("/admin/people", params={"q": "' OR '1'='1"})
    for login in ("' OR ''='", "county'--", "county\x00", "％"):
        assert (await here.sign_in(login))[1].status_code == 403

    assert "没有找到人" in found.text or "Nobody was found" in found.text


async def test_no_path_begins_a_line_of_the_log(
    here: Accounts, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is one JSON document, whatever was asked for (S4)."""
    record = logging.makeLogRecord(
        {"msg": "request", "levelname": "INFO", "path": '/x\n{"event":"in"}\r', "status": 404}
    )
    line = _Lines().format(record)
    await here.new_browser().get("/x%0a%7b%7d")

    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["event"] == "request"
    assert caplog is not None


async def test_a_fault_is_a_sentence_that_tells_nothing_of_it(
    here: Accounts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was stands in the log; no header names a version (S3)."""

    async def failing(_: object) -> dict[str, object]:
        raise ZeroDivisionError("the inmost")

    browser, _ = await here.sign_in("county")
    monkeypatch.setattr(account_pages, "_shown", failing)
    answer = await browser.get("/account")

    assert answer.status_code == 500
    assert "inmost" not in answer.text
    assert "Traceback" not in answer.text
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert any(one.exc_info for one in caplog.records)


async def test_nothing_of_a_session_stays_in_the_browser(here: Accounts) -> None:
    """No page is kept, and signing out takes the cookie away (S63)."""
    browser, _ = await here.sign_in("county")
    page = await browser.get("/account")
    answer = await browser.post("/signout")

    assert page.headers["cache-control"] == "no-store"
    assert "max-age=0" in answer.headers["set-cookie"].lower()


async def test_pages_carry_a_policy_that_runs_nothing_inline(here: Accounts) -> None:
    """And hold nothing that it would keep from running (S63)."""
    browser, _ = await here.sign_in("administrator")
    for path in ("/signin", "/account", "/account/second-factor", "/admin/people"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "'unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert INLINE.findall(answer.text) == []


def test_secrets_are_made_of_the_systems_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cookies, codes, keys and passwords come from one function, and that from the system (S4)."""
    monkeypatch.setattr(os, "urandom", lambda count: b"!" * count)

    assert machine.random_bytes(3) == b"!!!"


async def test_a_file_of_another_system_files_nothing_beyond_ones_places(here: Accounts) -> None:
    """Of its rows those of the person's own places are taken, whatever the file names (S68)."""
    person, first = await people.add(here.ledger, "镇统计", "statistics", TOWN, os.urandom)
    await grants.add(here.ledger, person, "define", TOWN, None, os.urandom)
    browser, _ = await here.sign_in("statistics", first)
    form = {"old": first, "new": PASSWORD, "again": PASSWORD}
    await browser.post("/signin/password", data=form)
    heading = "place_code,period,indicator,value,reason\n"
    rows = "445103101201,2023,A003,412,\n445122101201,2023,A003,1,\n"
    await browser.post(
        "/exchange/prefill",
        data={"owner": "公安"},
        files={"file": ("a.csv", (heading + rows).encode())},
    )
    filed = await here.ledger.database.rows(
        "SELECT DISTINCT p.id FROM version v JOIN place_no p ON p.no = v.place"
        " WHERE v.kind = 'prefill'"
    )

    assert [bytes(place) for (place,) in filed] == [VILLAGE]
