"""Bundles as files: cut, rotten, doubled, for others; what is whole counts, and no more."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import bundle
from sync.bundle import Page
from sync.limits import BUNDLE_BOX_BYTES
from sync.problems import Problem
from sync.trust import KeySigner, device_of

RECEIVER = KeySigner(b"r" * 32)
OTHER = KeySigner(b"o" * 32)


def written(pages: list[Page], to: KeySigner = RECEIVER) -> bytes:
    """A file for somebody, with chance of its own."""
    return bundle.written(pages, device_of(to.public), to.public, os.urandom(32))


def read(content: bytes, by: KeySigner = RECEIVER) -> bundle.Read:
    """What somebody finds in a file."""
    return bundle.read(content, device_of(by.public), by.public, by.agree)


def large(count: int) -> list[Page]:
    """Pages that each want a box of their own."""
    return [Page(7, os.urandom(BUNDLE_BOX_BYTES)) for _ in range(count)]


@given(st.lists(st.tuples(st.integers(0, 2**53), st.binary(max_size=300)), max_size=20))
def test_what_was_written_is_read(given_pages: list[tuple[int, bytes]]) -> None:
    """Pages come back in their order, nothing missing (R40)."""
    pages = [Page(serial, message) for serial, message in given_pages]
    found = read(written(pages))

    assert found.for_others == 0
    assert [one.pages for one in found.found] == [pages]
    assert found.found[0].missing == ()


def test_a_byte_that_differs_costs_its_box_and_no_more() -> None:
    """Each byte of a file flipped in turn: what is read is what was written, or missing, and the
    missing box is named unless all that named it is gone (R40).
    """
    pages = [Page(1, b"a" * 40), Page(2, b"b" * 40)]
    content = written(pages[:1]) + written(pages[1:])
    for at in range(len(content)):
        for bit in (1, 128):
            altered = bytearray(content)
            altered[at] ^= bit
            found = read(bytes(altered))
            whole = [page for one in found.found for page in one.pages]
            assert len(whole) >= 1
            assert all(page in pages for page in whole)
            told = sum(len(one.missing) for one in found.found)
            assert len(whole) + told + found.for_others <= 2


def test_a_file_that_ends_early_gives_what_is_whole() -> None:
    """Cut anywhere, the boxes before the cut are read and the others are named as missing (R40)."""
    pages = large(3)
    content = written(pages)
    box = len(content) // 3
    for cut in (0, 1, 57, box - 1, box, box + 70, 2 * box + 3, len(content) - 1):
        found = read(content[:cut])
        whole = [page for one in found.found for page in one.pages]
        assert whole == pages[: cut // box]
        if whole:
            assert found.found[0].missing == tuple(range(len(whole) + 1, 4))


def test_what_lies_in_the_middle_is_missed_by_number() -> None:
    """A stretch of a file that was lost is said by the number of its box (R40)."""
    pages = large(3)
    content = written(pages)
    box = len(content) // 3
    found = read(content[:box] + os.urandom(box) + content[2 * box :])

    assert found.found[0].pages == [pages[0], pages[2]]
    assert found.found[0].missing == (2,)


def test_a_bundle_for_another_tells_nothing_and_is_counted() -> None:
    """A lost stick can be read by nobody but its receiver; whoever else tries learns that it isn't
    for them (R41).
    """
    secret = b"income of the village " * 10
    content = written([Page(1, secret)])

    assert secret not in content
    assert read(content, OTHER) == bundle.Read([], 1)


def test_several_bundles_on_one_stick_are_each_read() -> None:
    """Files that were joined, and the same file twice, give each bundle once (R40)."""
    first, second = written([Page(1, b"one")]), written([Page(2, b"two")])
    found = read(first + second + first + written([Page(3, b"three")], OTHER))

    assert [one.pages for one in found.found] == [[Page(1, b"one")], [Page(2, b"two")]]
    assert found.for_others == 1


@given(st.binary(max_size=400))
def test_nonsense_is_no_bundle(content: bytes) -> None:
    """Bytes that nobody wrote give nothing, and no fault (R40)."""
    assert read(content).found == []


@given(st.binary(max_size=200), st.integers(0, 200))
def test_nonsense_that_was_shut_in_gives_nothing(content: bytes, cut: int) -> None:
    """Whoever can shut a box may put anything into it: what is no pages counts as missing (R40)."""
    shutter_content = written([Page(0, content)])
    found = read(shutter_content[: len(shutter_content) - cut] + content)

    assert all(page == Page(0, content) for one in found.found for page in one.pages)


def test_a_key_that_is_none_is_refused() -> None:
    """A receiver without a usable key is said, and nothing is written (R41)."""
    for key in (b"", b"\xff" * 32, (1).to_bytes(32, "little")):
        with pytest.raises(Problem, match="key-unfit"):
            bundle.written([], device_of(key), key, os.urandom(32))
