"""What comes on a USB stick, and texts that other software filed about totals and forms."""

from __future__ import annotations

import msgspec

from sync import adjusting, bundle, invitation, release, wire
from sync.bundle import Page
from sync.enrolment import realm_mark
from sync.limits import BUNDLE_BOX_BYTES
from sync.problems import Problem
from sync.trust import KeySigner, device_of
from sync.value import text_value
from tests.fuzz.harness import Harness
from tests.fuzz.messages import CERTIFICATE, LAPTOP, REALM, sample_request

CHANCE = b"\x05" * 32
_PAGES = msgspec.msgpack.Decoder(list[Page])


def _written(pages: list[Page], to: KeySigner = LAPTOP) -> bytes:
    return bundle.written(pages, device_of(to.public), to.public, CHANCE)


def sample_bundles() -> list[bytes]:
    """One box, several boxes, and one for another."""
    page = Page(3, wire.encode(sample_request()))
    large = Page(4, bytes(BUNDLE_BOX_BYTES + 1))
    other = KeySigner(b"\x09" * 32)
    return [
        _written([page]),
        _written([Page(1, b"a"), large, Page(2, b"b")])[:4096],
        _written([page])[:100] + _written([page], other),
    ]


def _bundle(data: bytes) -> None:
    """Whatever the bytes: pages that were shut in, or none, and the rest is named (R40)."""
    read = bundle.read(data, device_of(LAPTOP.public), LAPTOP.public, LAPTOP.agree)
    for found in read.found:
        assert all(1 <= number <= found.count for number in found.missing)


def _pages(data: bytes) -> None:
    """Whoever can shut a box may put anything into it (R40)."""
    try:
        pages = _PAGES.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("message-malformed") from error
    read = bundle.read(_written(pages), device_of(LAPTOP.public), LAPTOP.public, LAPTOP.agree)
    assert [page for one in read.found for page in one.pages] == pages


def sample_invitations() -> list[bytes]:
    """A good one needs a code that names the realm."""
    code = "A" * 16 + realm_mark(REALM)
    return [invitation.written(invitation.Invitation(REALM, code, (CERTIFICATE,)))]


def _invitation(data: bytes) -> None:
    read = invitation.read(data)
    assert read.server.is_good(read.realm)


def _said(data: bytes) -> None:
    """Texts of cells that newer or hostile software filed say something, or nothing (S96)."""
    try:
        value = text_value(data.decode())
    except UnicodeDecodeError as error:
        raise Problem("message-malformed") from error
    adjusting.adjustment(value)
    release.release(value)


HARNESSES = [
    Harness("bundle", _bundle, sample_bundles, 8192, is_total=True),
    Harness(
        "pages",
        _pages,
        lambda: [msgspec.msgpack.encode([Page(1, b"x"), Page(2, wire.encode(sample_request()))])],
        is_msgpack=True,
    ),
    Harness("invitation", _invitation, sample_invitations),
    Harness(
        "said",
        _said,
        lambda: [
            adjusting.encode(adjusting.Adjustment(5, "why")).text.encode(),
            b'{"due":"2024-11-01"}',
        ],
    ),
]
