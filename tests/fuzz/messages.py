"""What comes over a road: envelopes, messages, commits, and a server's word."""

from __future__ import annotations

import msgspec

from sync import commit_bytes, wire
from sync.commit import Change, Commit, Sealed, commit_of
from sync.conversation import problem_of
from sync.ids import CommitId, DeviceId, GrantId, PersonId, PlaceId, RealmId, mint, tagged_hash
from sync.limits import MESSAGE_BYTES_MAX
from sync.problems import Problem
from sync.receipt import Receipt, Refusal, receipts, refuse
from sync.texts import LANGUAGES
from sync.trust import Certificate, KeySigner, device_of, realm_of
from sync.value import (
    Cell,
    choice_value,
    flag_value,
    quantity_value,
    reason_value,
    text_value,
)
from sync.wire import Cursor, Offered
from tests.fuzz.harness import Harness

ROOT = KeySigner(bytes(32))
SERVER = KeySigner(b"\x01" * 32)
LAPTOP = KeySigner(b"\x02" * 32)
REALM = realm_of(ROOT.public)
PLACE = PlaceId(mint("place", b"village"))
PERSON = PersonId(mint("person", b"officer"))
GRANT = GrantId(mint("grant", b"officer"))
NOW = 1_730_000_000


def sample_commits() -> list[Commit]:
    """One commit of each type of value, and one that has parents and names."""
    values = [
        quantity_value(12_500),
        quantity_value(-7_000_000),
        quantity_value(1),
        flag_value(True),
        choice_value("road"),
        text_value("备注"),
        reason_value("not_applicable"),
    ]
    return [
        _commit([Change(Cell("value", "2024Q3", f"B{at:03}"), value, (NOW + at) << 20)], [])
        for at, value in enumerate(values)
    ] + [
        _commit(
            [
                Change(Cell("value", "2024Q3", "B001"), values[0], NOW << 20 | 3),
                Change(
                    Cell("value", "2024Q3", "B002"),
                    values[5],
                    NOW << 20,
                    (mint("edit", b"1"),),  # type: ignore[arg-type]
                    (mint("edit", b"2"), mint("edit", b"3")),  # type: ignore[arg-type]
                ),
                Change(Cell("note", "2024", "B002"), values[3], NOW << 20 | 5),
            ],
            [CommitId(tagged_hash("commit", bytes([n]))) for n in range(2)],
        )
    ]


def _commit(changes: list[Change], parents: list[CommitId]) -> Commit:
    return commit_of(
        realm=REALM,
        place=PLACE,
        parents=parents,
        device=device_of(LAPTOP.public),
        author=PERSON,
        grant=GRANT,
        changes=changes,
        catalogue="0123456789abcdef",
    )


COMMITS = [CommitId(tagged_hash("commit", bytes([number]))) for number in range(13)]
RECEIPTS = dict(zip(COMMITS, receipts(SERVER, REALM, NOW, COMMITS), strict=True))
REFUSAL = refuse(SERVER, REALM, NOW, COMMITS[0], "signature-bad")


def sample_request() -> wire.SyncRequest:
    """A request that uses every field."""
    commit = sample_commits()[-1]
    sealed = Sealed(commit.body, LAPTOP.sign("commit", REALM, commit.id))
    return wire.SyncRequest(
        realm=REALM,
        version=1,
        at=NOW,
        commits=(Offered(sealed, (RECEIPTS[COMMITS[0]],)),),
        parked=(COMMITS[0],),
        withdrawn=(COMMITS[1],),
        fingerprint=bytes(32),
        cursor=Cursor(b"epoch", 7, COMMITS[2], bytes(32)),
        heads={PLACE: (COMMITS[3],)},
        held=(COMMITS[4],),
        ahead={COMMITS[5]: 3},
        outside=(COMMITS[6],),
        landmarks={PLACE: (COMMITS[7],)},
    )


def _certificate() -> Certificate:
    bare = Certificate(REALM, ROOT.public, SERVER.public, PLACE, NOW, NOW * 2)
    signature = ROOT.sign("certificate", REALM, bare.content())
    return msgspec.structs.replace(bare, signature=signature)


CERTIFICATE = _certificate()


def sample_replies() -> list[wire.Reply]:
    """One of each kind."""
    request = sample_request()
    return [
        wire.SyncReply(
            at=NOW,
            certificates=(CERTIFICATE,),
            scope=(PLACE,),
            receipts=((COMMITS[0], RECEIPTS[COMMITS[0]]),),
            refusals=(REFUSAL,),
            held=((COMMITS[1], "unknown-grant"),),
            feed=request.commits,
            more=True,
            cursor=Cursor(b"epoch", 9, COMMITS[2], bytes(32)),
            fingerprint=bytes(32),
            wants=(COMMITS[3],),
            have={PLACE: (COMMITS[4],)},
            version=1,
        ),
        wire.EnrolReply(REALM, (CERTIFICATE,), (PLACE,), PLACE, PERSON, GRANT, NOW),
        wire.ProblemReply("version-unspoken", {"version": "7"}, 5),
    ]


def _envelope(data: bytes) -> None:
    content = wire.unpack(data)
    assert len(content) <= MESSAGE_BYTES_MAX
    if len(content) < len(data) * 1000:  # packing a bomb again would only take time
        assert wire.unpack(wire.pack(content)) == content


def _signed(data: bytes) -> None:
    signed = wire.decode_signed(data)
    assert wire.decode_signed(wire.encode(signed)) == signed


def _request(data: bytes) -> None:
    request = wire.decode_request(data)
    assert wire.decode_request(wire.encode(request)) == request


def _reply(data: bytes) -> None:
    reply = wire.decode_reply(data)
    assert wire.decode_reply(wire.encode(reply)) == reply
    if isinstance(reply, wire.ProblemReply):
        for language in LANGUAGES:
            assert problem_of(reply).say(language)
        return
    for certificate in reply.certificates:
        if certificate.is_good(REALM):  # only the root key makes one
            assert msgspec.structs.replace(certificate, signature=b"") == msgspec.structs.replace(
                CERTIFICATE, signature=b""
            )


def _commit_bytes(data: bytes) -> None:
    """Anything but canonical bytes is malformed; canonical ones turn into each other (C2)."""
    try:
        commit = commit_bytes.decode(data)
    except Problem as problem:
        assert problem.code == "commit-malformed"
        raise
    assert commit_bytes.encode(commit) == data
    fields = {name: getattr(commit, name) for name in Commit.__struct_fields__}
    assert commit_of(**fields) == commit


class _Word(msgspec.Struct, array_like=True):
    """A server's word on a commit, and the commit that it is said to be on."""

    commit: bytes
    word: Receipt | None = None
    refusal: Refusal | None = None


_WORD = msgspec.msgpack.Decoder(_Word)


def _word(data: bytes) -> None:
    """No word is good but those that the server's key gave, on their own commits (C5)."""
    try:
        said = _WORD.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("message-malformed") from error
    good = False
    if said.word is not None and said.word.is_good(REALM, SERVER.public, CommitId(said.commit)):
        good = RECEIPTS[CommitId(said.commit)] == said.word
        assert good
    if said.refusal is not None and said.refusal.is_good(REALM, SERVER.public):
        good = said.refusal == REFUSAL
        assert good
    if not good:
        raise Problem("signature-bad")


def _words() -> list[bytes]:
    encode = msgspec.msgpack.Encoder().encode
    given = [encode(_Word(commit, receipt)) for commit, receipt in RECEIPTS.items()]
    one = encode(_Word(COMMITS[0], receipts(SERVER, RealmId(REALM), NOW, COMMITS[:1])[0]))
    assert one not in given
    return [*given, encode(_Word(b"", None, REFUSAL))]


def _seeds_of_requests() -> list[bytes]:
    enrol = wire.EnrolRequest("A" * 24, LAPTOP.public, "电脑", "张三", 1)
    first = wire.SyncRequest(REALM, 1, NOW, (), (), (), b"", None, None)
    return [wire.encode(one) for one in (sample_request(), first, enrol)]


def _seeds_of_envelopes() -> list[bytes]:
    return [wire.pack(one) for one in (b"", b"a", bytes(100_000), *_seeds_of_requests())]


def _seeds_of_signed() -> list[bytes]:
    return [
        wire.encode(
            wire.Signed(one, DeviceId(mint("device", b"")), LAPTOP.sign("request", REALM, one))
        )
        for one in _seeds_of_requests()
    ]


HARNESSES = [
    Harness("envelope", _envelope, _seeds_of_envelopes, 2048),
    Harness("signed", _signed, _seeds_of_signed, 2048, is_msgpack=True),
    Harness("request", _request, _seeds_of_requests, 2048, is_msgpack=True),
    Harness(
        "reply",
        _reply,
        lambda: [wire.encode(one) for one in sample_replies()],
        2048,
        is_msgpack=True,
    ),
    Harness(
        "commit",
        _commit_bytes,
        lambda: [one.body for one in sample_commits()],
        1024,
        is_msgpack=True,
    ),
    Harness("word", _word, _words, 512, is_msgpack=True),
]
