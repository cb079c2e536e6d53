"""One-time enrolment codes, and what happens when a laptop comes with one.

A code is sixteen characters of chance and eight that name the realm, so that a laptop notices when
another server answers. Only its hash is kept. A lost reply costs nothing: the same code with the
same key gets the same answer again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from server.devices.registration import registration, sign_in
from server.filing import Filed, file_within
from sync.enrolment import GROUP_CHARS, clean_code, realm_mark
from sync.ids import DeviceId, GrantId, PersonId, PlaceId, mint_at, tagged_hash
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import INVITE_SECONDS
from sync.problems import Problem
from sync.trust import device_of
from sync.wire import EnrolReply, EnrolRequest


async def invite(
    ledger: Ledger,
    place: PlaceId,
    role: str,
    person_name: str,
    random_bytes: Callable[[int], bytes],
) -> str:
    """A new code for one device at a place, in groups of four; it is shown once."""
    chance = base64.b32encode(random_bytes(10)).decode()
    code = chance + realm_mark(ledger.realm)
    async with ledger.transaction() as database:
        await database.run(
            "INSERT INTO invite (code_hash, place, role, person_name, until, device, made_at)"
            " VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (_hash(code), place, role, person_name, ledger.now() + INVITE_SECONDS, ledger.now()),
        )
    return "-".join(code[i : i + GROUP_CHARS] for i in range(0, len(code), GROUP_CHARS))


async def enrol(ledger: Ledger, database: Database, request: EnrolRequest) -> EnrolReply:
    """Registers the device that holds a code, or a person's sign-in on one that is registered.

    Raises `code-unknown`, `code-used`, `code-expired`; where a person joins also `code-elsewhere`,
    `device-revoked`, `unknown-device`.
    """
    name = _hash(clean_code(request.code))
    rows = await database.rows(
        "SELECT place, role, person_name, until, device FROM invite WHERE code_hash = ?", (name,)
    )
    if not rows:
        raise Problem("code-unknown")
    place, role, person_name, until, used_by = rows[0]
    device = device_of(request.key)
    person = PersonId(mint_at("person", place, name))
    grant = GrantId(mint_at("grant", place, name))
    if used_by is not None and used_by != device:
        raise Problem("code-used")
    if used_by is None:
        if until < ledger.now():
            raise Problem("code-expired")
        called = request.person_name or person_name or _officer_of(ledger, place)
        if request.joins:
            _demand_room(ledger, device, place)
            cells = sign_in(device, person, called, grant, role)
        else:
            cells = registration(request.key, request.device_name, person, called, grant, role)
        administrator, under = authority(ledger)
        await file_within(ledger, database, [Filed(place, administrator, under, cells)])
        await database.run("UPDATE invite SET device = ? WHERE code_hash = ?", (device, name))
    return EnrolReply(
        realm=ledger.realm,
        certificates=tuple(ledger.certificates.values()),
        scope=ledger.above(place),
        place=PlaceId(place),
        person=person,
        grant=grant,
        at=ledger.now(),
    )


def _demand_room(ledger: Ledger, device: DeviceId, place: PlaceId) -> None:
    """A code lets a person sit at a laptop of its place or of one below it.

    Another's place would have to be registered for the laptop too, which would bring it that
    place's figures: nobody who gives out a code for a person means that.
    """
    known = ledger.register.devices.get(device.hex())
    if known is None or not known.places:
        raise Problem("unknown-device")
    if known.revoked:
        raise Problem("device-revoked")
    if not any(place in ledger.above(own) for own in known.in_use_at):
        tree, today = ledger.tree, ledger.today()
        raise Problem("code-elsewhere", code=tree.code(place, today), name=tree.name(place, today))


def authority(ledger: Ledger) -> tuple[PersonId, GrantId]:
    """The administrator in whose name the server itself files, and the grant it is done under."""
    person = PersonId(mint_at("person", ledger.root, b"first administrator"))
    return person, GrantId(mint_at("grant", ledger.root, b"first administrator"))


def _officer_of(ledger: Ledger, place: PlaceId) -> str:
    """What to call someone of whom neither the inviter nor the laptop gave a name."""
    return f"{ledger.tree.name(place, ledger.today())}填报人"


def _hash(code: str) -> bytes:
    return tagged_hash("enrolment code", code.encode())
