"""Stamps, enrolment codes and fingerprints: small values that much depends on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import clock
from sync.digest import place_fingerprint, scope_fingerprint
from sync.enrolment import clean_code, names_realm, realm_mark
from sync.ids import CommitId, PlaceId, RealmId, mint, tagged_hash
from sync.limits import CLOCK_AHEAD_SECONDS_MAX
from sync.problems import Problem

SECONDS = st.integers(-(2**40), 2**40)


@given(st.lists(SECONDS, max_size=50))
def test_stamps_rise_whatever_the_clock_does(times: list[int]) -> None:
    """Back to 1970, on to 2099 or below zero: each stamp is greater than the last (C4)."""
    stamps = [0]
    for now in times:
        stamps.append(clock.tick(stamps[-1], now))

    assert stamps == sorted(set(stamps))


@given(SECONDS, SECONDS, SECONDS)
def test_a_received_time_is_followed_by_at_most_a_day(last: int, heard: int, now: int) -> None:
    """One laptop in 2099 does not pull every other's clock along."""
    before = max(last, 0) << clock.COUNTER_BITS
    after = clock.follow(before, heard, now)

    assert after >= before
    assert clock.seconds(after) <= max(last, 0, max(now, 0) + CLOCK_AHEAD_SECONDS_MAX)


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=16, max_size=16))
def test_a_code_survives_how_people_type_it(chance: bytes, realm: bytes) -> None:
    """Small letters, spaces and dashes, and the digits 0, 1 and 8 for the letters they resemble."""
    import base64

    code = base64.b32encode(chance).decode() + realm_mark(RealmId(realm))
    typed = "- ".join(code[i : i + 4] for i in range(0, 24, 4)).lower().replace("o", "0")

    assert clean_code(typed) == code
    assert names_realm(clean_code(typed), RealmId(realm))
    assert not names_realm(code, RealmId(bytes(16 if any(realm) else 15) + b"\1"))


@pytest.mark.parametrize("text", ["", "ABC", "A" * 25, "A" * 23 + "9", "语" * 24])
def test_what_is_no_code_is_said_so(text: str) -> None:
    """Too short, too long, or a sign that no code has."""
    with pytest.raises(Problem) as refused:
        clean_code(text)

    assert refused.value.code == "code-malformed"


@given(st.dictionaries(st.integers(0, 400), st.integers(0, 3), max_size=60), st.integers(0, 400))
def test_a_fingerprint_tells_any_two_different_scopes_apart(
    heads: dict[int, int], changed: int
) -> None:
    """One other head, one place more or less: the fingerprint is another; order means nothing."""
    scope = {PlaceId(mint("place", str(p).encode())): _of(p, h) for p, h in heads.items()}
    other = dict(scope)
    name = PlaceId(mint("place", str(changed).encode()))
    other[name] = _of(changed, 9)

    assert scope_fingerprint(dict(reversed(scope.items()))) == scope_fingerprint(scope)
    assert scope_fingerprint(other) != scope_fingerprint(scope)


def _of(place: int, head: int) -> bytes:
    return place_fingerprint([CommitId(tagged_hash("test", bytes([place % 256, head])))])
