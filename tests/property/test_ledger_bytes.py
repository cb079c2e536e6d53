"""Bytes of commits and messages: one encoding, and a problem for anything else."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st

from sync import commit_bytes, wire
from sync.commit import Change, Commit, Sealed, commit_of
from sync.ids import CommitId, EditId
from sync.limits import MESSAGE_BYTES_MAX, QUANTITY_ABS_MAX
from sync.problems import Problem
from sync.receipt import Refusal
from sync.value import Cell, Type, Value
from sync.wire import Cursor, EnrolRequest, Offered, ProblemReply, SyncRequest
from tests.property.graphs import DEVICES, GRANT, PERSON, PLACE, REALM

names = st.text(max_size=8)
texts = st.text(max_size=20)
values = st.one_of(
    st.builds(
        Value,
        st.just(Type.QUANTITY),
        st.integers(-QUANTITY_ABS_MAX * 10_000, QUANTITY_ABS_MAX * 10_000),
        st.just(""),
    ),
    st.builds(Value, st.just(Type.FLAG), st.integers(0, 1), st.just("")),
    st.builds(Value, st.sampled_from((Type.CHOICE, Type.TEXT, Type.REASON)), st.just(0), texts),
)
cells = st.builds(Cell, st.text(min_size=1, max_size=6), names, names)
edits = st.lists(st.binary(min_size=16, max_size=16).map(EditId), max_size=2).map(tuple)
changes = st.builds(Change, cells, values, st.integers(0, 2**63 - 1), edits, edits)
commits = st.builds(
    lambda parents, changed, catalogue, act: commit_of(
        realm=REALM,
        place=PLACE,
        parents=parents,
        device=DEVICES[0],
        author=PERSON,
        grant=GRANT,
        changes=changed,
        catalogue=catalogue,
        act=act,
    ),
    st.lists(st.binary(min_size=32, max_size=32).map(CommitId), max_size=3),
    st.lists(changes, min_size=1, max_size=5, unique_by=lambda change: change.cell),
    names,
    st.sampled_from((b"", bytes(16))),
)


@st.composite
def spoilt(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with something done to them: altered, cut, lengthened, or quite other ones."""
    content = draw(whole)
    match draw(st.integers(0, 4)):
        case 0:
            at = draw(st.integers(0, len(content) - 1))
            return content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
        case 1:
            return content[: draw(st.integers(0, len(content) - 1))]
        case 2:
            return content + draw(st.binary(min_size=1, max_size=4))
        case 3:
            at = draw(st.integers(0, len(content)))
            return content[:at] + draw(st.binary(min_size=1, max_size=4)) + content[at:]
    return draw(st.binary(max_size=200))


def wide(part: object) -> bytes:
    """The same MessagePack with every head in its widest form: equal in meaning, not in bytes."""
    if isinstance(part, list):
        return b"\xdd" + len(part).to_bytes(4, "big") + b"".join(map(wide, part))
    if isinstance(part, str):
        return b"\xdb" + len(part.encode()).to_bytes(4, "big") + part.encode()
    if isinstance(part, bytes):
        return b"\xc6" + len(part).to_bytes(4, "big") + part
    assert isinstance(part, int)
    return b"\xd3" + part.to_bytes(8, "big", signed=True)


def raises_only(code: str, read: Callable[[bytes], object], content: bytes) -> object | None:
    """What was read, None for that problem; any other exception fails the test."""
    try:
        return read(content)
    except Problem as problem:
        assert problem.code == code
        return None


@given(commits)
def test_a_commit_comes_back_from_its_bytes(commit: Commit) -> None:
    """Commit and bytes turn into each other (C2)."""
    again = commit_bytes.decode(commit.body)

    assert again == commit
    assert commit_bytes.encode(again) == commit.body


@given(spoilt(commits.map(commit_bytes.encode)))
def test_other_bytes_are_no_commit(content: bytes) -> None:
    """What isn't the one encoding of some commit is malformed, and nothing else happens (C2)."""
    read = raises_only("commit-malformed", commit_bytes.decode, content)

    assert read is None or commit_bytes.encode(read) == content  # type: ignore[arg-type]  # it is a commit
    if isinstance(read, Commit):
        assert all(0 <= change.stamp < 2**63 for change in read.changes)


@given(commits)
def test_a_wider_encoding_is_no_commit(commit: Commit) -> None:
    """MessagePack that says the same in more bytes is refused (C2)."""
    content = wide(msgspec.msgpack.decode(commit.body))

    with pytest.raises(Problem) as raised:
        commit_bytes.decode(content)

    assert raised.value.code == "commit-malformed"


def test_a_stamp_beyond_sixty_three_bits_is_malformed() -> None:
    """No stamp passes that the database couldn't hold (C2)."""
    change = Change(Cell("value", "2024", "A1"), Value(Type.FLAG, 1, ""), 2**63)
    commit = commit_of(
        realm=REALM,
        place=PLACE,
        parents=(),
        device=DEVICES[0],
        author=PERSON,
        grant=GRANT,
        changes=[change],
    )

    with pytest.raises(Problem) as raised:
        commit_bytes.decode(commit.body)

    assert raised.value.code == "commit-malformed"


offered = st.builds(
    Offered, st.builds(Sealed, st.binary(max_size=40), st.binary(max_size=64)), st.just(())
)
requests = st.one_of(
    st.builds(
        SyncRequest,
        realm=st.just(REALM),
        version=st.integers(0, 3),
        at=st.integers(0, 2**40),
        commits=st.lists(offered, max_size=2).map(tuple),
        parked=st.just(()),
        withdrawn=st.just(()),
        fingerprint=st.binary(max_size=32),
        cursor=st.none()
        | st.builds(Cursor, st.binary(max_size=8), st.integers(0, 9), *[st.just(b"")] * 2),
        heads=st.none() | st.dictionaries(st.just(PLACE), st.just((CommitId(bytes(32)),))),
        ahead=st.dictionaries(
            st.binary(min_size=32, max_size=32).map(CommitId), st.integers(0, 9), max_size=2
        ),
    ),
    st.builds(EnrolRequest, names, st.binary(max_size=32), names, names, st.integers(0, 3)),
)
replies = st.builds(
    ProblemReply, names, st.dictionaries(names, names, max_size=2), st.integers(0, 9)
)


@given(requests)
def test_a_request_comes_back_from_its_bytes(request: SyncRequest | EnrolRequest) -> None:
    """What is sent is what is read (C6)."""
    content = wire.unpack(wire.pack(wire.encode(request)))

    assert wire.decode_request(content) == request


@given(spoilt(requests.map(wire.encode)))
def test_other_bytes_are_no_request(content: bytes) -> None:
    """Spoilt bytes give a request or one problem, never another exception (C6)."""
    raises_only("message-malformed", wire.decode_request, content)


@given(spoilt(replies.map(wire.encode)))
def test_other_bytes_are_no_reply(content: bytes) -> None:
    """Spoilt bytes give a reply or one problem, never another exception (C6)."""
    raises_only("message-malformed", wire.decode_reply, content)


@given(spoilt(requests.map(wire.encode).map(wire.pack)))
def test_what_is_not_packed_is_told(content: bytes) -> None:
    """Spoilt packed bytes give a problem, or exactly what was packed (C6)."""
    raises_only("message-malformed", wire.unpack, content)


@given(st.integers(1, 64))
def test_a_cut_pack_is_malformed(cut: int) -> None:
    """A body that ends too early isn't taken for a shorter one (C6)."""
    whole = wire.pack(bytes(range(256)) * 8)
    assume(cut < len(whole))

    with pytest.raises(Problem) as raised:
        wire.unpack(whole[:-cut])

    assert raised.value.code == "message-malformed"


@pytest.mark.parametrize("declared", [True, False])
def test_a_bomb_is_stopped(declared: bool) -> None:
    """A body that would unpack to hundreds of megabytes is refused before it does (C6)."""
    tracemalloc = pytest.importorskip("tracemalloc")
    packer = zstandard.ZstdCompressor(level=3, write_content_size=declared)
    size = 1 << 28
    bomb = packer.compressobj(size if declared else -1)
    content = b"".join(bomb.compress(bytes(1 << 20)) for _ in range(size >> 20)) + bomb.flush()

    tracemalloc.start()
    with pytest.raises(Problem) as raised:
        wire.unpack(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert raised.value.code == "message-too-large"
    assert most < 6 * MESSAGE_BYTES_MAX


def test_a_refusal_is_no_receipt() -> None:
    """The kinds of message are told apart by their tags (C6)."""
    refusal = Refusal(CommitId(bytes(32)), "grant-ended", DEVICES[0], 1, bytes(64))

    with pytest.raises(Problem):
        wire.decode_reply(msgspec.msgpack.encode(refusal))
