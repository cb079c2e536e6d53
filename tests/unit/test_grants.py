"""Grants: the one place that decides who may write what where."""

from __future__ import annotations

import pytest

from sync.commit import Change, Commit, commit_of
from sync.grants import GUARDED, ROLES, Register
from sync.ids import DeviceId, GrantId, PersonId, PlaceId, RealmId, mint, mint_at
from sync.trust import KeySigner, device_of
from sync.value import Cell, choice_value, flag_value, quantity_value, text_value

KEY = KeySigner(b"k" * 32)
DEVICE = device_of(KEY.public)
TOWN, VILLAGE, OTHER = (PlaceId(mint("place", name)) for name in (b"town", b"village", b"other"))
PERSON = PersonId(mint_at("person", TOWN))
GRANT = GrantId(mint_at("grant", TOWN))
NOW = 1_000_000
KINDS = sorted(GUARDED | {"value", "note", "explain", "submission", "entity", "of-the-future"})


def register(role: str) -> Register:
    """One device, one person signed in on it, one grant."""
    known = Register()
    known.set(VILLAGE, Cell("device", DEVICE.hex(), "key"), [text_value(KEY.public.hex())])
    known.set(TOWN, Cell("signin", DEVICE.hex(), PERSON.hex()), [flag_value(True)])
    known.set(TOWN, Cell("grant", GRANT.hex(), "person"), [text_value(PERSON.hex())])
    known.set(TOWN, Cell("grant", GRANT.hex(), "role"), [choice_value(role)])
    return known


def written(kind: str = "value", place: PlaceId = VILLAGE) -> Commit:
    """A commit of one cell of a kind."""
    return commit_of(
        realm=RealmId(b"r" * 16),
        place=place,
        parents=[],
        device=DEVICE,
        author=PERSON,
        grant=GRANT,
        changes=[Change(Cell(kind, "2024", "A"), quantity_value(1), 1)],
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("inside", [True, False])
def test_every_role_writes_its_kinds_below_its_place_and_nothing_else(
    role: str, kind: str, inside: bool
) -> None:
    """Every role with every kind, inside and outside its subtree; unknown kinds need entry."""
    kinds = ROLES[role]
    named = kinds is None or kind in kinds
    allowed = inside and (named or (role == "enter" and kind == "of-the-future"))
    above = (VILLAGE, TOWN) if inside else (VILLAGE, OTHER)

    assert (register(role).judge(written(kind), above, NOW) is None) == allowed


@pytest.mark.parametrize("role", sorted(ROLES))
def test_another_system_s_values_and_targets_are_written_by_who_defines(role: str) -> None:
    """No officer and no reviewer can put words into another system's mouth (C13)."""
    may = register(role)
    for kind in ("prefill", "target"):
        allowed = may.judge(written(kind), (VILLAGE, TOWN), NOW) is None
        assert allowed is (role in {"define", "administer"})


def test_the_stricter_of_rival_readings_counts() -> None:
    """Two administrators who disagree leave a device revoked and a grant ended."""
    revoked = register("enter")
    revoked.set(
        VILLAGE, Cell("device", DEVICE.hex(), "revoked"), [flag_value(False), flag_value(True)]
    )
    ended = register("enter")
    ended.set(TOWN, Cell("grant", GRANT.hex(), "ended"), [flag_value(True), flag_value(False)])

    assert revoked.judge(written(), (VILLAGE, TOWN), NOW) == "device-revoked"
    assert ended.judge(written(), (VILLAGE, TOWN), NOW) == "grant-ended"


def test_what_is_not_known_yet_waits_and_is_not_refused() -> None:
    """A server that doesn't know the device or the grant holds the commit (L5)."""
    nobody = Register()
    no_grant = register("enter")
    no_grant.grants.clear()

    assert nobody.judge(written(), (VILLAGE,), NOW) == "unknown-device"
    assert no_grant.judge(written(), (VILLAGE,), NOW) == "unknown-grant"


def test_a_grant_ends_with_its_last_second() -> None:
    """Good in that second, not in the next."""
    timed = register("enter")
    timed.set(TOWN, Cell("grant", GRANT.hex(), "until"), [text_value(str(NOW))])

    assert timed.judge(written(), (VILLAGE, TOWN), NOW) is None
    assert timed.judge(written(), (VILLAGE, TOWN), NOW + 1) == "grant-ended"


def test_an_author_counts_only_on_a_device_where_they_signed_in() -> None:
    """A village laptop that claims another author is refused; so is a disabled person."""
    known = register("enter")
    known.devices[DEVICE.hex()].people.clear()
    disabled = register("enter")
    disabled.set(TOWN, Cell("person", PERSON.hex(), "disabled"), [flag_value(True)])

    assert known.judge(written(), (VILLAGE, TOWN), NOW) == "author-not-signed-in"
    assert disabled.judge(written(), (VILLAGE, TOWN), NOW) == "grant-ended"


def test_who_administers_one_place_can_touch_nothing_of_another() -> None:
    """A village's administrator can't move, end or take over a town's grant, person or device.

    Signing the town's reviewer in on a laptop of the village doesn't make the laptop theirs.
    """
    known = register("review_town")
    known.devices[DEVICE.hex()].people.clear()
    for cell, value in (
        (Cell("signin", DEVICE.hex(), PERSON.hex()), flag_value(True)),
        (Cell("grant", GRANT.hex(), "ended"), flag_value(True)),
        (Cell("grant", GRANT.hex(), "role"), choice_value("administer")),
        (Cell("person", PERSON.hex(), "disabled"), flag_value(True)),
    ):
        known.set(VILLAGE, cell, [value])

    assert known.judge(written("review"), (VILLAGE, TOWN), NOW) == "author-not-signed-in"
    assert not known.grants[GRANT.hex()].ended
    assert known.grants[GRANT.hex()].role == "review_town"
    assert PERSON.hex() not in known.disabled


def test_a_malformed_key_or_time_harms_nothing() -> None:
    """Cells are what anyone with a grant wrote: nonsense in them makes no traceback."""
    known = register("enter")
    known.set(VILLAGE, Cell("device", "no device", "key"), [text_value("not hexadecimal")])
    known.set(TOWN, Cell("grant", GRANT.hex(), "until"), [text_value("soon")])

    assert known.judge(written(), (VILLAGE, TOWN), NOW) == "grant-ended"
    assert known.key(DeviceId(b"x" * 16)) is None
