"""People whom an administrator looks after: no more than their own places, and never oneself."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from server.accounts import grants, people
from server.accounts.people import normal_login
from server.desk.acting import sign_in_here
from server.desk.viewer import Need, Viewer
from sync.ids import GrantId, PersonId, PlaceId
from tests.integration.accounts_office import Accounts, accounts, setting_up
from tests.integration.desk_office import CITY, COUNTY, ELSEWHERE, PASSWORD, TOWN, VILLAGE


class Town(NamedTuple):
    """A county's accounts, and the browser of whoever administers the county alone."""

    here: Accounts
    browser: httpx.AsyncClient
    person: PersonId

    async def add(self, name: str, place: PlaceId, role: str = "view") -> PersonId:
        """Somebody of a place, with a role there."""
        person, _ = await people.add(self.here.ledger, name, name, place, os.urandom)
        await grants.add(self.here.ledger, person, role, place, None, os.urandom)
        return person

    async def do(self, person: PersonId, what: str) -> httpx.Response:
        """One press on a person's page."""
        return await self.browser.post(f"/admin/people/{person.hex()}/do", data={"what": what})

    async def give(self, person: PersonId, role: str, place: PlaceId) -> httpx.Response:
        """Gives a role on a person's page."""
        form = {"role": role, "at": place.hex()}
        return await self.browser.post(f"/admin/people/{person.hex()}/grants", data=form)

    def roles(self, person: PersonId) -> set[tuple[str, PlaceId]]:
        """What somebody may do now."""
        held = Viewer(self.here.ledger, person).grants.values()
        return {(grant.role, grant.place) for grant in held}


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[Town]:
    """The county's own administrator at work."""
    async with accounts(tmp_path) as here:
        person, first = await people.add(here.ledger, "县管理员", "keeper", COUNTY, os.urandom)
        await grants.add(here.ledger, person, "administer", COUNTY, None, os.urandom)
        await sign_in_here(here.ledger, Viewer(here.ledger, person))
        browser, _ = await here.sign_in("keeper", first)
        form = {"old": first, "new": PASSWORD, "again": PASSWORD}
        await browser.post("/signin/password", data=form)
        yield Town(here, browser, person)


async def test_somebody_added_on_a_page_signs_in_by_the_password_shown_there(county: Town) -> None:
    """What was filed is the administrator's own commit, under their own grant (S66)."""
    form = {"name": "李审", "login": "LiShen", "role": "review_town", "at": TOWN.hex()}
    answer = await county.browser.post("/admin/people", data={**form, "until": "2025-12-31"})
    found = re.search(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.text)
    assert found is not None
    browser, signed_in = await county.here.sign_in(normal_login("LiShen"), found.group(1))
    (given,) = [one for one in grants.everything(county.here.ledger) if one.name == "李审"]
    (full,) = await grants.of_person(county.here.ledger, given.person)

    assert signed_in.status_code == 303
    assert (await browser.get("/account")).headers["location"].startswith("/signin/next")
    assert (given.role, given.place, given.until) == ("review_town", TOWN, date(2025, 12, 31))
    assert full.by == "县管理员"
    assert (await county.here.events("lishen"))[0] == "added"


async def test_the_list_holds_who_is_within_ones_places(county: Town) -> None:
    """By name or login; people of another county don't exist here (S66)."""
    await county.add("外县人", ELSEWHERE)
    all_of_them = (await county.browser.get("/admin/people")).text
    one = (await county.browser.get("/admin/people?q=TOWN")).text
    none = (await county.browser.get("/admin/people?q=nobody-of-the-name")).text
    laptops = (await county.browser.get("/admin/people?laptops=1")).text

    assert "外县人" not in all_of_them
    assert "outside" not in all_of_them
    assert ">town<" in all_of_them
    assert ">county<" in all_of_them, "whose grant lies at the administrator's own place"
    assert (">town<" in one, ">county<" in one) == (True, False)
    assert "Nobody was found" in none
    assert "填报人" in laptops
    assert "填报人" not in all_of_them


async def test_a_long_list_comes_page_by_page(county: Town) -> None:
    """Everybody once, in the order of their names (S66)."""
    for n in range(105):
        await county.add(f"p{n:03}", TOWN)
    page = (await county.browser.get("/admin/people?q=p")).text
    found = re.findall(r">(p\d{3})<", page)
    following = re.search(r'href="(/admin/people\?[^"]*after=[^"]*)"', page)
    assert following is not None
    rest = (await county.browser.get(following.group(1).replace("&amp;", "&"))).text

    assert sorted({*found, *re.findall(r">(p\d{3})<", rest)}) == [f"p{n:03}" for n in range(105)]


@pytest.mark.parametrize("role", ["administer", "review_county", "define", "view"])
async def test_nobody_gives_more_than_they_administer(county: Town, role: str) -> None:
    """Neither above their place nor beside it, in any role (S66)."""
    person = await county.add("王五", TOWN)
    for place in (CITY, ELSEWHERE, county.here.ledger.root, PlaceId(b"0" * 16)):
        answer = await county.give(person, role, place)
        assert answer.status_code in (403, 404), (role, place)
        form = {"name": "赵六", "login": "zhao", "role": role, "at": place.hex()}
        assert (await county.browser.post("/admin/people", data=form)).status_code in (403, 404)
    inside = await county.give(person, role, VILLAGE)

    assert inside.status_code == 303
    assert county.roles(person) == {("view", TOWN), (role, VILLAGE)}


async def test_a_role_that_does_not_exist_is_given_to_nobody(county: Town) -> None:
    """Nor until a day that is past, nor until one that is none (S66)."""
    person = await county.add("王五", TOWN)
    path = f"/admin/people/{person.hex()}/grants"
    for form in (
        {"role": "root", "at": TOWN.hex()},
        {"role": "view", "at": TOWN.hex(), "until": "2020-01-01"},
        {"role": "view", "at": TOWN.hex(), "until": "soon"},
        {"role": "view", "at": "no place"},
        {"role": "view"},
        {"role": "view", "at": TOWN.hex(), "code": "不存在的村"},
    ):
        assert (await county.browser.post(path, data=form)).status_code in (400, 404), form

    assert county.roles(person) == {("view", TOWN)}


async def test_a_place_is_also_named_by_its_code_or_its_name(county: Town) -> None:
    """What is typed counts before what is chosen (S66)."""
    person = await county.add("王五", TOWN)
    path = f"/admin/people/{person.hex()}/grants"
    for code in ("445103101201", "磷溪镇"):
        form = {"role": "enter", "at": COUNTY.hex(), "code": code}
        assert (await county.browser.post(path, data=form)).status_code == 303

    assert county.roles(person) == {("view", TOWN), ("enter", VILLAGE), ("enter", TOWN)}


async def test_nobody_lifts_themselves(county: Town) -> None:
    """No page gives, ends, resets or enables anything of whoever calls it (S66)."""
    before = county.roles(county.person)
    answers = [await county.give(county.person, "review_county", COUNTY)]
    own = {"grant": next(iter(Viewer(county.here.ledger, county.person).grants)).hex()}
    answers.append(
        await county.browser.post(f"/admin/people/{county.person.hex()}/grants/end", data=own)
    )
    doings = ("first", "unlocked", "factor-reset", "pin-reset", "disabled", "enabled", "link")
    answers += [await county.do(county.person, what) for what in doings]

    assert {answer.status_code for answer in answers} == {403}
    assert county.roles(county.person) == before


@pytest.mark.parametrize(
    "what", ["first", "unlocked", "factor-reset", "pin-reset", "disabled", "enabled", "link"]
)
async def test_whoever_holds_more_is_changed_by_nobody_below(county: Town, what: str) -> None:
    """One grant outside one's places, or a home there, is enough: else an administrator of a county
    could sign in as the city's (S66).
    """
    above = await county.add("市管理员", CITY, "administer")
    await grants.add(county.here.ledger, above, "view", TOWN, None, os.urandom)
    abroad = await county.add("借调", TOWN)
    await grants.add(county.here.ledger, abroad, "review_county", ELSEWHERE, None, os.urandom)
    foreign = await county.add("外县人", ELSEWHERE)
    rows = "SELECT password_hash FROM account ORDER BY person"
    before = await county.here.ledger.database.rows(rows)

    assert (await county.do(above, what)).status_code == 403
    assert (await county.do(abroad, what)).status_code == 403
    assert (await county.do(foreign, what)).status_code == 404
    assert await county.here.ledger.database.rows(rows) == before


async def test_who_lost_something_is_let_in_again(county: Town) -> None:
    """A new first password signs out everywhere and unlocks; a second factor that was lost is taken
    away; each is written down with who did it (S62, S66).
    """
    here = county.here
    person = await county.add("王五", TOWN)
    answer = await county.do(person, "first")
    (first,) = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.text)
    browser, _ = await here.sign_in("王五", first)
    await browser.post("/signin/password", data={"old": first, "new": PASSWORD, "again": PASSWORD})
    await setting_up(here, browser)
    asked, _ = await here.sign_in("王五")
    await county.do(person, "factor-reset")
    out = await browser.get("/account")
    free, _ = await here.sign_in("王五")
    for _ in range(6):
        await here.sign_in("王五", "wrong")
    locked = (await here.sign_in("王五"))[1].status_code
    await county.do(person, "unlocked")
    unlocked = (await here.sign_in("王五"))[1].status_code

    assert (await asked.get("/account")).status_code == 303
    assert out.status_code == 303
    assert (await free.get("/account")).status_code == 200
    assert (locked, unlocked) == (429, 303)
    rows = await here.ledger.database.rows(
        "SELECT what FROM signin_event WHERE by = ? ORDER BY no", (county.person,)
    )
    assert [what for (what,) in rows] == ["first-password", "factor-reset", "unlocked"]


async def test_a_disabled_person_is_out_and_back_when_enabled(county: Town) -> None:
    """As a commit of the administrator, known to every laptop (S66)."""
    browser, _ = await county.here.sign_in("town")
    town = county.here.person("town")
    refused = await county.do(town, "disabled")
    person = await county.add("王五", TOWN)
    await county.do(person, "disabled")
    disabled = person.hex() in county.here.ledger.register.disabled
    await county.do(person, "enabled")

    assert refused.status_code == 403  # made known by the city, whose place is above
    assert (await browser.get("/account")).status_code == 200
    assert disabled
    assert person.hex() not in county.here.ledger.register.disabled


async def test_an_officer_of_a_laptop_is_given_a_login(county: Town) -> None:
    """Once, within one's places; the page that shows the password is the only one (S62, S66)."""
    page = (await county.browser.get("/admin/people?laptops=1&q=填报人")).text
    officer = re.findall(r"/admin/people/([0-9a-f]{32})", page)[0]
    path = f"/admin/people/{officer}/account"
    taken = await county.browser.post(path, data={"login": "county"})
    answer = await county.browser.post(path, data={"login": "officer"})
    (first,) = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", answer.text)
    again = await county.browser.post(path, data={"login": "officer2"})
    above = county.here.person("viewer").hex()
    refused = await county.browser.post(f"/admin/people/{above}/account", data={"login": "x2"})

    assert (taken.status_code, again.status_code, refused.status_code) == (400, 400, 403)
    assert (await county.here.sign_in("officer", first))[1].status_code == 303
    assert await county.here.events("officer") == ["added", "in"]


async def test_a_grant_is_ended_by_who_administers_its_place(county: Town) -> None:
    """And by nobody else, whatever page it is sent to (S66)."""
    person = await county.add("王五", TOWN)
    abroad = await grants.add(county.here.ledger, person, "view", ELSEWHERE, None, os.urandom)
    (own,) = [
        name
        for name, grant in Viewer(county.here.ledger, person).grants.items()
        if grant.place == TOWN
    ]
    other = next(iter(Viewer(county.here.ledger, county.here.person("town")).grants))

    async def end(grant: GrantId) -> int:
        path = f"/admin/people/{person.hex()}/grants/end"
        return (await county.browser.post(path, data={"grant": grant.hex()})).status_code

    assert [await end(abroad), await end(other), await end(own)] == [404, 404, 303]
    assert county.roles(person) == {("view", ELSEWHERE)}


async def test_what_an_administrator_may_not_the_register_refuses_too(county: Town) -> None:
    """Were the page to forget, the commit would still be judged as any laptop's (S66)."""
    viewer = Viewer(county.here.ledger, county.person)

    assert viewer.may(Need.ADMINISTER, TOWN)
    assert not viewer.may(Need.ADMINISTER, ELSEWHERE)
    assert not viewer.may(Need.REVIEW_COUNTY, COUNTY)
