"""Grants: the one place that decides who may write what where."""

from __future__ import annotations

import pytest

from sync import grants
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


def judged(known: Register, *above: PlaceId, kind: str = "value", now: int = NOW) -> str | None:
    """What is said of a commit of the village."""
    return known.judge(written(kind), above or (VILLAGE, TOWN), now)


def test_a_device_is_revoked_where_every_registration_above_is() -> None:
    """Registered twice, it must be revoked twice; registered elsewhere only, it counts for nothing."""
    twice = register("enter")
    twice.set(TOWN, Cell("device", DEVICE.hex(), "key"), [text_value(KEY.public.hex())])
    device = twice.devices[DEVICE.hex()]

    assert device.in_use_at == sorted([VILLAGE, TOWN])
    twice.set(VILLAGE, Cell("device", DEVICE.hex(), "revoked"), [flag_value(True)])
    assert (judged(twice), device.in_use_at, device.revoked) == (None, [TOWN], False)
    twice.set(TOWN, Cell("device", DEVICE.hex(), "revoked"), [flag_value(True)])
    assert (judged(twice), device.in_use_at, device.revoked) == ("device-revoked", [], True)
    twice.set(VILLAGE, Cell("device", DEVICE.hex(), "revoked"), [flag_value(False)])
    assert (judged(twice), device.revoked) == (None, False)
    assert judged(register("enter"), OTHER, TOWN) == "grant-not-covering"


def test_a_key_is_known_where_it_is_the_device_s_own() -> None:
    """Another's key under its name registers nothing, and a revocation makes no device known."""
    known = Register()
    stranger = KeySigner(b"x" * 32).public
    for cell, value in (
        (Cell("device", DEVICE.hex(), "key"), text_value(stranger.hex())),
        (Cell("device", DEVICE.hex(), "name"), text_value(KEY.public.hex())),
    ):
        known.set(VILLAGE, cell, [value])
    assert (known.key(DEVICE), known.devices[DEVICE.hex()].places) == (None, {})

    known.set(VILLAGE, Cell("device", DEVICE.hex(), "revoked"), [flag_value(True)])
    assert known.key(DEVICE) is None
    assert judged(known) == "unknown-device"
    known.set(VILLAGE, Cell("device", DEVICE.hex(), "key"), [text_value(KEY.public.hex())])
    assert known.key(DEVICE) == KEY.public
    assert judged(known) == "device-revoked"


@pytest.mark.parametrize("lacking", ["person", "role"])
def test_a_grant_that_is_known_in_part_waits_for_the_rest(lacking: str) -> None:
    """Its cells may come in two commits (L5)."""
    known = register("enter")
    setattr(known.grants[GRANT.hex()], lacking, "")

    assert judged(known) == "unknown-grant"


def test_a_grant_covers_its_own_holder_at_and_below_its_place() -> None:
    """Somebody else's grant, or one of a place that is not above, covers nothing."""
    another = register("enter")
    another.grants[GRANT.hex()].person = "other"

    assert judged(another) == "grant-not-covering"
    assert judged(register("enter"), VILLAGE, OTHER) == "grant-not-covering"
    assert judged(register("enter"), VILLAGE, TOWN, OTHER) is None


def test_a_sign_in_counts_from_the_grant_s_place_upward() -> None:
    """At the grant's place or above it; nobody signs a person in from below."""
    realm = PlaceId(b"realm" * 3 + b"!")
    known = register("enter")
    people = known.devices[DEVICE.hex()].people

    people[PERSON.hex()] = {realm}
    assert judged(known, VILLAGE, TOWN, realm) is None
    people[PERSON.hex()] = {VILLAGE}
    assert judged(known, VILLAGE, TOWN, realm) == "author-not-signed-in"
    people[PERSON.hex()] = {VILLAGE, TOWN}
    assert judged(known, VILLAGE, TOWN, realm) is None


def test_a_sign_in_that_says_no_signs_nobody_in() -> None:
    """It may be withdrawn before it was ever seen."""
    known = Register()
    known.set(VILLAGE, Cell("signin", DEVICE.hex(), PERSON.hex()), [flag_value(False)])

    assert known.devices == {}


def test_of_rival_texts_the_least_counts_and_of_names_the_greatest() -> None:
    """Any order of the versions reads the same."""
    for texts in (["b", "a"], ["a", "b"]):
        known = Register()
        for name in ("person", "role"):
            values = [text_value(text) for text in texts]
            known.set(TOWN, Cell("grant", GRANT.hex(), name), values)
        known.set(TOWN, Cell("person", PERSON.hex(), "name"), [text_value(text) for text in texts])
        grant = known.grants[GRANT.hex()]
        assert (grant.person, grant.role, known.names) == ("a", "a", {PERSON.hex(): "b"})


@pytest.mark.parametrize(
    "texts, until",
    [
        (["900", "1000"], 900),
        (["1000", "soon"], 0),
        (["１"], 0),
        (["-1"], 0),
        ([""], 0),
        (["7"], 7),
    ],
)
def test_the_earliest_end_counts_and_nonsense_ends_at_once(texts: list[str], until: int) -> None:
    """What can't be read as a second is none that a grant lasts to."""
    known = register("enter")
    known.set(TOWN, Cell("grant", GRANT.hex(), "until"), [text_value(text) for text in texts])

    assert known.grants[GRANT.hex()].until == until


def test_a_person_is_disabled_and_enabled_again() -> None:
    """By whoever administers the place that the person belongs to."""
    known = register("enter")
    for yes, verdict in ((True, "grant-ended"), (False, None)):
        known.set(TOWN, Cell("person", PERSON.hex(), "disabled"), [flag_value(yes)])
        assert judged(known) == verdict
    known.set(TOWN, Cell("person", PERSON.hex(), "of-the-future"), [flag_value(True)])
    assert (known.disabled, known.names) == (set(), {})


def test_a_grant_that_ended_may_go_on() -> None:
    """Ended and not ended follow the cell."""
    known = register("enter")
    for yes, verdict in ((True, "grant-ended"), (False, None)):
        known.set(TOWN, Cell("grant", GRANT.hex(), "ended"), [flag_value(yes)])
        assert judged(known) == verdict


def test_a_person_s_good_grants_are_found() -> None:
    """Theirs only, not ended, and until their last second."""
    known = register("enter")
    known.set(TOWN, Cell("grant", GRANT.hex(), "until"), [text_value(str(NOW))])
    stranger = PersonId(mint_at("person", TOWN, b"stranger"))

    assert known.grants_of(PERSON, NOW) == {GRANT: known.grants[GRANT.hex()]}
    assert known.grants_of(PERSON, NOW + 1) == {}
    assert known.grants_of(stranger, NOW) == {}
    known.grants[GRANT.hex()].until = None
    assert list(known.grants_of(PERSON, NOW)) == [GRANT]
    known.grants[GRANT.hex()].ended = True
    assert known.grants_of(PERSON, NOW) == {}


@pytest.mark.parametrize("subject", [DEVICE.hex().upper(), f"{DEVICE.hex()} ", "", "zz", "ab" * 15])
def test_a_name_written_in_another_way_is_nobody_s(subject: str) -> None:
    """An id has one text: what reads lists of devices can rely on it."""
    known = Register()
    for kind, field in (("device", "revoked"), ("signin", PERSON.hex())):
        known.set(VILLAGE, Cell(kind, subject, field), [flag_value(True)])

    assert (known.devices, known.grants, known.names) == ({}, {}, {})


def test_a_role_that_is_unknown_here_allows_nothing() -> None:
    """Nor does a known one that is not an entry role allow a kind of the future."""
    assert judged(register("of-the-future")) == "grant-not-covering"
    assert judged(register("of-the-future"), kind="of-the-future") == "grant-not-covering"
    assert judged(register("view")) == "grant-not-covering"
    assert judged(register("administer"), kind="of-the-future") is None


def test_every_cell_of_a_commit_must_be_allowed() -> None:
    """One that is not spoils all."""
    both = commit_of(
        realm=RealmId(b"r" * 16),
        place=VILLAGE,
        parents=[],
        device=DEVICE,
        author=PERSON,
        grant=GRANT,
        changes=[
            Change(Cell(kind, "2024", "A"), quantity_value(1), 1) for kind in ("review", "value")
        ],
    )

    assert register("enter").judge(both, (VILLAGE, TOWN), NOW) == "grant-not-covering"


def test_the_roles_are_these() -> None:
    """Who may write what, written down a second time: a change of it is a decision."""
    registering = {"device", "signin", "person", "grant"}
    defining = {"indicator", "form", "check", "parameter", "pack", "place", "prefill", "target"}
    reviewing = {"review", "adjustment", "release"}

    entering = {"value", "note", "explain", "submission", "entity"}
    assert dict(grants.ROLES) == {
        "enter": entering | {"already", "correction", "handover"},
        "review_town": {"review", "note"},
        "review_county": reviewing | {"note"},
        "define": defining | {"release"},
        "administer": None,
        "view": set(),
        "open_data": set(),
    }
    assert registering == grants.KINDS
    assert registering | defining | reviewing == grants.GUARDED


def test_a_cell_counts_under_its_own_kind_only() -> None:
    """The id of a grant or a person under another kind changes nothing."""
    known = register("enter")
    for kind, subject, field, value in (
        ("person", GRANT.hex(), "role", choice_value("administer")),
        ("note", GRANT.hex(), "ended", flag_value(True)),
        ("grant", PERSON.hex(), "disabled", flag_value(True)),
        ("note", PERSON.hex(), "name", text_value("x")),
        ("person", DEVICE.hex(), "name", text_value("x")),
    ):
        known.set(TOWN, Cell(kind, subject, field), [value])

    assert judged(known) is None
    assert known.grants[GRANT.hex()].role == "enter"
    assert (len(known.grants), known.names, known.disabled) == (1, {}, set())
