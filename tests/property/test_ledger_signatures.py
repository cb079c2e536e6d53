"""What a signature is good for: one purpose, one realm, one content; and nothing near it."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sync.ids import CommitId, DeviceId, PlaceId, RealmId, realm_place, tagged_hash
from sync.receipt import Receipt, receipts, refuse
from sync.trust import Certificate, KeySigner, device_of, is_signed, realm_of

ROOT, SERVER, OTHER = (KeySigner(bytes([number]) * 32) for number in range(3))
REALM = realm_of(ROOT.public)
PURPOSES = ("commit", "request", "receipt", "refusal", "certificate")
replace = msgspec.structs.replace


def commit_named(number: int) -> CommitId:
    """A commit's id."""
    return CommitId(tagged_hash("commit", number.to_bytes(4, "big")))


@given(st.integers(1, 40), st.data())
def test_a_receipt_is_good_for_its_commit_alone(count: int, data: st.DataObject) -> None:
    """Each of a transaction's receipts is good for its own commit and no other (C5)."""
    names = [commit_named(number) for number in range(count)]
    given_ = receipts(SERVER, REALM, 7, names)
    one = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count))

    assert given_[one].is_good(REALM, SERVER.public, names[one])
    assert given_[one].is_good(REALM, SERVER.public, commit_named(other)) == (one == other)


@given(st.integers(1, 40), st.integers(0, 39), st.data())
def test_an_altered_receipt_is_not_good(count: int, one: int, data: st.DataObject) -> None:
    """With another time, server, leaf, width, path or signature it is worth nothing (C5)."""
    one %= count
    names = [commit_named(number) for number in range(count)]
    receipt = receipts(SERVER, REALM, 7, names)[one]
    path = receipt.path
    altered: list[Receipt] = [
        replace(receipt, at=receipt.at + data.draw(st.integers(1, 9))),
        replace(receipt, server=device_of(OTHER.public)),
        replace(receipt, server=DeviceId(bytes(16))),
        replace(receipt, leaf=receipt.leaf - count),
        replace(receipt, leaf=count),
        replace(receipt, leaves=count + data.draw(st.integers(1, 9))),
        replace(receipt, leaves=0),
        replace(receipt, path=path + bytes(32)),
        replace(receipt, path=path + bytes(1)),
        replace(receipt, signature=receipt.signature[:-1]),
        replace(receipt, signature=bytes(64)),
    ]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        altered.append(replace(receipt, path=path[:at] + bytes([path[at] ^ 1]) + path[at + 1 :]))
        altered.append(replace(receipt, path=path[:-32]))

    assert not any(bad.is_good(REALM, SERVER.public, names[one]) for bad in altered)
    assert not receipt.is_good(REALM, OTHER.public, names[one])
    assert not receipt.is_good(RealmId(bytes(16)), SERVER.public, names[one])


@given(st.integers(0, 9))
def test_an_inner_node_is_no_commit(number: int) -> None:
    """The hash of two leaves can't be passed off as a commit of a smaller transaction (C5)."""
    names = [commit_named(number + offset) for offset in range(2)]
    first, _ = receipts(SERVER, REALM, 7, names)
    leaves = [tagged_hash("leaf", name) for name in names]
    node = CommitId(tagged_hash("node", *leaves))

    assert not replace(first, leaf=0, leaves=1, path=b"").is_good(REALM, SERVER.public, node)


@given(st.sampled_from(PURPOSES), st.sampled_from(PURPOSES), st.binary(max_size=40))
def test_a_signature_is_good_for_one_purpose(made: str, asked: str, content: bytes) -> None:
    """A signature made for one thing isn't one for another (C5)."""
    signature = SERVER.sign(made, REALM, content)

    assert is_signed(SERVER.public, asked, REALM, content, signature) == (made == asked)


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=40))
def test_a_signature_is_good_in_one_realm(other: bytes, content: bytes) -> None:
    """What was signed in a training copy is nothing in the real one (C5)."""
    signature = SERVER.sign("commit", REALM, content)

    assert is_signed(SERVER.public, "commit", RealmId(other), content, signature) == (
        other == REALM
    )


@given(st.binary(max_size=70), st.binary(max_size=40))
def test_any_bytes_may_be_asked_whether_they_are_a_signature(signature: bytes, key: bytes) -> None:
    """Keys and signatures of wrong lengths are not good, and do no other harm (C5)."""
    assert not is_signed(key, "commit", REALM, b"content", signature)


@given(st.sampled_from(("place", "since", "until", "server", "realm", "root", "signature")))
def test_an_altered_certificate_is_not_good(part: str) -> None:
    """The root key's word covers all that a certificate says (C5)."""
    plain = Certificate(REALM, ROOT.public, SERVER.public, realm_place(REALM), 1, 9)
    good = replace(plain, signature=ROOT.sign("certificate", REALM, plain.content()))
    other: dict[str, object] = {
        "place": PlaceId(bytes(16)),
        "since": 0,
        "until": 10,
        "server": OTHER.public,
        "realm": RealmId(bytes(16)),
        "root": OTHER.public,
        "signature": bytes(64),
    }

    assert good.is_good(REALM)
    assert not replace(good, **{part: other[part]}).is_good(REALM)


def test_a_certificate_of_another_root_is_not_good() -> None:
    """Whoever founds a realm of their own certifies nobody in this one (C5)."""
    realm = realm_of(OTHER.public)
    plain = Certificate(REALM, OTHER.public, SERVER.public, realm_place(REALM), 1, 9)
    forged = replace(plain, signature=OTHER.sign("certificate", REALM, plain.content()))
    foreign = replace(plain, realm=realm)
    foreign = replace(foreign, signature=OTHER.sign("certificate", realm, foreign.content()))

    assert not forged.is_good(REALM)
    assert foreign.is_good(realm)
    assert not foreign.is_good(REALM)


@given(st.sampled_from(("reason", "commit", "server", "at")))
def test_an_altered_refusal_is_not_good(part: str) -> None:
    """A refusal covers its commit, its reason and its time (C5)."""
    good = refuse(SERVER, REALM, 7, commit_named(1), "grant-ended")
    other: dict[str, object] = {
        "reason": "device-revoked",
        "commit": commit_named(2),
        "server": device_of(OTHER.public),
        "at": 8,
    }

    assert good.is_good(REALM, SERVER.public)
    assert not replace(good, **{part: other[part]}).is_good(REALM, SERVER.public)
