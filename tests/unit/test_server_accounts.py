"""People who sign in: their passwords, their names, what ends with them."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.accounts import grants, people, tokens
from server.accounts.passwords import first_password, hashed, is_right
from server.devices.invites import authority
from server.founding import found
from server.store import open_server
from sync.ids import GrantId, PersonId
from sync.ledger.ledger import Ledger
from sync.problems import Problem


def now() -> int:
    """This machine's clock."""
    return int(time.time())


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """A new server's ledger."""
    await found(tmp_path, now, os.urandom)
    async with open_server(tmp_path, now) as opened:
        yield opened


async def refused(ledger: Ledger, name: str, login: str) -> str:
    """The code with which a person is not added."""
    with pytest.raises(Problem) as problem:
        await people.add(ledger, name, login, ledger.root, os.urandom)
    return problem.value.code


def test_a_password_is_proved_by_its_hash_alone() -> None:
    """Each hash has a salt of its own, and a broken one proves nothing."""
    password = first_password(os.urandom)

    assert hashed(password) != hashed(password)
    assert is_right(hashed(password), password)
    assert not is_right(hashed(password), password + "x")
    assert not is_right("no hash", password)


async def test_a_first_password_is_kept_as_a_hash_and_replaced_by_reset(ledger: Ledger) -> None:
    """The one before it proves nothing any more, and must be changed at the first sign-in."""
    person, first = await people.add(ledger, "张三", "zhang", ledger.root, os.urandom)
    second = await people.reset(ledger, person, os.urandom)
    ((kept, must_change),) = await ledger.database.rows(
        "SELECT password_hash, must_change FROM account"
    )

    assert (is_right(kept, first), is_right(kept, second), must_change) == (False, True, 1)


async def test_logins_are_the_same_in_any_case_and_width(ledger: Ledger) -> None:
    """Nobody may look like somebody else."""
    await people.add(ledger, "张三", "Zhang", ledger.root, os.urandom)

    assert await refused(ledger, "李四", "ｚｈａｎｇ") == "login-taken"
    assert await refused(ledger, "李四", "zh ang") == "login-malformed"
    assert await refused(ledger, " ", "li") == "name-malformed"
    assert await refused(ledger, "李\n四", "li") == "name-malformed"
    assert [one.name for one in await people.everyone(ledger) if one.login] == ["张三"]


async def test_a_person_is_named_by_login_name_or_id(ledger: Ledger) -> None:
    """A name that two people have is refused with their ids."""
    first, _ = await people.add(ledger, "张三", "zhang", ledger.root, os.urandom)
    await people.add(ledger, "李四", "li", ledger.root, os.urandom)
    await people.add(ledger, "李四", "li2", ledger.root, os.urandom)

    for text in ("ZHANG", "张三", first.hex()[:12]):
        assert (await people.person_named(ledger, text)).person == first
    for text, code in (
        ("李四", "person-ambiguous"),
        ("王五", "person-unknown"),
        ("", "person-unknown"),
    ):
        with pytest.raises(Problem) as problem:
            await people.person_named(ledger, text)
        assert problem.value.code == code


async def test_a_disabled_persons_grants_are_good_no_longer_and_come_back(ledger: Ledger) -> None:
    """It is a commit, so that every server and laptop learns it."""
    person, _ = await people.add(ledger, "张三", "zhang", ledger.root, os.urandom)
    await people.set_disabled(ledger, person, disabled=True)
    assert person.hex() in ledger.register.disabled
    await ledger.reload()
    assert person.hex() in ledger.register.disabled
    await people.set_disabled(ledger, person, disabled=False)
    assert person.hex() not in ledger.register.disabled


async def test_a_grant_is_good_to_the_end_of_its_last_day(ledger: Ledger) -> None:
    """By China's calendar; a day that is past is refused."""
    person, _ = await people.add(ledger, "张三", "zhang", ledger.root, os.urandom)
    today = ledger.today()
    grant = await grants.add(ledger, person, "enter", ledger.root, today, os.urandom)
    (given,) = [one for one in grants.everything(ledger) if one.grant == grant]
    assert (given.until, given.ended) == (today, False)
    with pytest.raises(Problem) as problem:
        await grants.add(
            ledger, person, "enter", ledger.root, today - timedelta(days=1), os.urandom
        )
    assert problem.value.code == "grant-past"
    await grants.end(ledger, grant)
    (given,) = [one for one in grants.everything(ledger) if one.grant == grant]
    assert given.ended


async def test_the_one_in_whose_name_the_server_files_cannot_be_ended(ledger: Ledger) -> None:
    """Or nothing could be filed any more, not even that it was a mistake."""
    person, grant = authority(ledger)
    for ending in (
        people.set_disabled(ledger, PersonId(person), disabled=True),
        grants.end(ledger, GrantId(grant)),
    ):
        with pytest.raises(Problem) as problem:
            await ending
        assert problem.value.code == "authority-needed"


async def test_one_token_is_good_at_a_time(ledger: Ledger) -> None:
    """And it isn't kept as it was shown."""
    old = await tokens.renew(ledger, os.urandom)
    new = await tokens.renew(ledger, os.urandom)
    kept = await ledger.database.rows("SELECT token_hash FROM api_token")

    assert [await tokens.is_good(ledger.database, token) for token in (old, new)] == [False, True]
    assert len(kept) == 1
    assert new.encode() not in kept[0][0]
