"""Stamps, enrolment codes and fingerprints: small values that much depends on."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import clock
from sync.digest import place_fingerprint, scope_fingerprint
from sync.enrolment import clean_code, names_realm, realm_mark
from sync.ids import CommitId, PlaceId, RealmId, mint, tagged_hash
from sync.limits import CLOCK_AHEAD_SECONDS_MAX
from sync.problems import Problem

HEX = "0123456789abcdef"
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


def hashed(purpose: str, *parts: bytes) -> bytes:
    """SHA-256 over the purpose and the parts with their lengths, written once more."""
    text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hashlib.sha256(b"tianji\0" + purpose.encode() + b"\0" + text).digest()


def scope_hash(places: list[tuple[bytes, bytes]], depth: int = 0) -> bytes:
    """A scope's fingerprint by the digits of its places' ids."""
    if len(places) <= 16:
        return hashed("scope leaf", *(part for pair in places for part in pair))
    under = {digit: [one for one in places if one[0].hex()[depth] == digit] for digit in HEX}
    return hashed("scope node", *(scope_hash(under[digit], depth + 1) for digit in HEX))


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 40, 600])
@pytest.mark.parametrize("prefix", ["", "a", "ab", "abc"])
def test_a_scope_s_fingerprint_is_a_tree_by_the_digits_of_its_places(
    count: int, prefix: str
) -> None:
    """Up to sixteen places are a leaf; more are parted by one digit a level, however deep."""
    names = [
        bytes.fromhex(prefix + mint("place", str(number).encode()).hex()[len(prefix) :])
        for number in range(count)
    ]
    scope = {PlaceId(name): tagged_hash("test", name) for name in names}

    assert scope_fingerprint(scope) == scope_hash(sorted(scope.items()))


def test_a_place_s_fingerprint_is_of_its_heads_and_of_the_times_that_decide() -> None:
    """Heads sorted, then each commit ahead of its acceptance with that second, sorted too."""
    one, two, three = (CommitId(tagged_hash("commit", bytes([number]))) for number in range(3))
    low, high = sorted([one, two])
    times = (1_730_000_000).to_bytes(8, "big"), (2**64 - 5).to_bytes(8, "big")

    assert place_fingerprint([high, low]) == hashed("place", low, high)
    assert place_fingerprint([three], {high: -5, low: 1_730_000_000}) == hashed(
        "place", three, low + times[0], high + times[1]
    )


def test_a_stamp_is_the_second_and_a_counter_that_starts_at_nothing() -> None:
    """The clock where it has moved on; else the stamp after the last."""
    second = 1 << clock.COUNTER_BITS

    assert clock.tick(0, 7) == 7 * second
    assert clock.tick(7 * second, 7) == 7 * second + 1
    assert clock.tick(9 * second + 4, 7) == 9 * second + 5
    assert clock.tick(-5, -100) == 0
    assert clock.seconds(7 * second + 4) == 7


def test_a_time_that_was_heard_moves_the_clock_up_to_a_day_ahead() -> None:
    """Never back; what was heard counts as far as the own clock makes it likely."""
    second, day = 1 << clock.COUNTER_BITS, CLOCK_AHEAD_SECONDS_MAX

    assert clock.follow(0, 5_000, 4_000) == 5_000 * second
    assert clock.follow(6_000 * second, 5_000, 4_000) == 6_000 * second
    assert clock.follow(0, 10**9, 4_000) == (4_000 + day) * second
    assert clock.follow(0, 10**9, -4_000) == day * second
    assert clock.follow(-5, -9, 4_000) == 0
