"""Who may write what where, read from the cells that say so.

    device   subject device,  field key      text: its public key, in hexadecimal
                              field revoked  flag
    signin   subject device,  field person   flag: that person signed in on that device
    person   subject person,  field name     text
                              field disabled flag
                              field pin_reset text: when the PINs set until then ended, in seconds
    grant    subject grant,   field person   text: whose it is
                              field role     choice: a role below
                              field until    text: the last second it is good, in decimal
                              field ended    flag

Ids stand in hexadecimal. Where a cell holds rival versions, the stricter reading counts: revoked
and ended win. Whoever administers one place can't touch what belongs to another: ids of people and
grants name the place they belong at and count nowhere else, a device's id is the hash of its key, a
revocation counts where it is filed and below, and so does a sign-in, which must be filed no lower
than the grant that relies on it.

This is the one place that decides; everything asks `Register`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sync.commit import Commit
from sync.ids import ID_BYTES, DeviceId, GrantId, PersonId, PlaceId, belongs_at
from sync.trust import device_of
from sync.value import Cell, Value

KINDS: Final = frozenset({"device", "signin", "person", "grant"})

ROLES: Final[Mapping[str, frozenset[str] | None]] = {
    "enter": frozenset(
        {"value", "note", "explain", "submission", "entity", "already", "correction", "handover"}
    ),
    "review_town": frozenset({"review", "note"}),
    "review_county": frozenset({"review", "note", "adjustment", "release"}),
    "define": frozenset(
        {"indicator", "form", "check", "parameter", "pack", "place", "prefill", "target"}
        | {"release"}
    ),
    "administer": None,
    "view": frozenset(),
    "open_data": frozenset(),
}
"""The kinds of cell that each role may write; None is every kind."""

GUARDED: Final = frozenset(
    {"review", "adjustment", "release", "indicator", "form", "check", "parameter"}
    | {"pack", "place", "prefill", "target"}
    | KINDS
)
"""Kinds that only a role which names them may write; a kind unknown here needs any entry grant."""


@dataclass(slots=True)
class Grant:
    """One grant as its cells say."""

    place: PlaceId
    person: str = ""
    role: str = ""
    until: int | None = None
    ended: bool = False

    def allows(self, kind: str) -> bool:
        """Whether the role may write cells of the kind."""
        kinds = ROLES.get(self.role, frozenset())
        if kinds is None or kind in kinds:
            return True
        return self.role == "enter" and kind not in GUARDED


@dataclass(slots=True)
class Device:
    """One device as its cells say: where it is registered, and who signed in on it where."""

    key: bytes = b""
    places: dict[PlaceId, bool] = field(default_factory=dict)
    """Where it is registered, and whether it is revoked there."""
    people: dict[str, set[PlaceId]] = field(default_factory=dict)

    @property
    def in_use_at(self) -> list[PlaceId]:
        """Where it is registered and not revoked."""
        return sorted(place for place, revoked in self.places.items() if not revoked)

    @property
    def revoked(self) -> bool:
        """Whether it is revoked wherever it was registered."""
        return not self.in_use_at


class Register:
    """Devices, people and grants of all places that a replica holds."""

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.grants: dict[str, Grant] = {}
        self.names: dict[str, str] = {}
        self._grants_of: dict[str, set[str]] = {}
        self.disabled: set[str] = set()

    def set(self, place: PlaceId, cell: Cell, values: Iterable[Value]) -> None:
        """Takes in all standing versions' values of one cell; what makes no sense changes nothing."""
        kind, subject, name = cell
        identity = _bytes(subject)
        if len(identity) != ID_BYTES or identity.hex() != subject:
            return
        texts = sorted(value.text for value in values)
        yes = any(value.number == 1 for value in values)
        if kind == "device":
            self._set_device(place, subject, name, texts[0], yes)
        elif kind == "signin" and yes:
            people = self.devices.setdefault(subject, Device()).people
            people.setdefault(name, set()).add(place)
        elif kind == "grant" and belongs_at("grant", identity, place):
            self._set_grant(place, subject, name, texts, yes)
        elif kind == "person" and belongs_at("person", identity, place):
            if name == "name":
                self.names[subject] = texts[-1]
            elif name == "disabled":
                (self.disabled.add if yes else self.disabled.discard)(subject)

    def _set_device(self, place: PlaceId, subject: str, name: str, text: str, yes: bool) -> None:
        device = self.devices.setdefault(subject, Device())
        if name == "key" and device_of(_bytes(text)).hex() == subject:
            device.key = _bytes(text)
            device.places.setdefault(place, False)
        elif name == "revoked":
            device.places[place] = yes

    def _set_grant(
        self, place: PlaceId, subject: str, name: str, texts: list[str], yes: bool
    ) -> None:
        grant = self.grants.setdefault(subject, Grant(place))
        if name == "person":
            self._grants_of.get(grant.person, set()).discard(subject)
            grant.person = texts[0]
            self._grants_of.setdefault(grant.person, set()).add(subject)
        elif name == "role":
            grant.role = texts[0]
        elif name == "until":
            times = [int(text) for text in texts if text.isascii() and text.isdecimal()]
            grant.until = min(times) if len(times) == len(texts) else 0
        elif name == "ended":
            grant.ended = yes

    def key(self, device: DeviceId) -> bytes | None:
        """The device's public key, if it is registered here."""
        known = self.devices.get(device.hex())
        return known.key if known and known.key else None

    def judge(self, commit: Commit, above: Sequence[PlaceId], now: int) -> str | None:
        """Why a commit is not accepted, as a problem code; None if nothing speaks against it.

        `above` are the commit's place and all places above it, nearest first, the realm's last.
        Codes that begin with `unknown-` mean that it must wait, all others that it is refused.
        """
        device = self.devices.get(commit.device.hex())
        grant = self.grants.get(commit.grant.hex())
        if device is None or not device.key:
            return "unknown-device"
        registered = [place for place in above if place in device.places]
        if registered and all(device.places[place] for place in registered):
            return "device-revoked"
        if grant is None or not grant.role or not grant.person:
            return "unknown-grant"
        author = commit.author.hex()
        if author not in device.people:
            return "author-not-signed-in"
        if not registered or grant.person != author or grant.place not in above:
            return "grant-not-covering"
        if device.people[author].isdisjoint(above[above.index(grant.place) :]):
            return "author-not-signed-in"
        if (
            grant.ended
            or author in self.disabled
            or (grant.until is not None and grant.until < now)
        ):
            return "grant-ended"
        if not all(grant.allows(kind) for kind in {change.cell.kind for change in commit.changes}):
            return "grant-not-covering"
        return None

    def grants_of(self, person: PersonId, now: int) -> dict[GrantId, Grant]:
        """A person's grants that are good now."""
        return {
            GrantId(bytes.fromhex(name)): grant
            for name in sorted(self._grants_of.get(person.hex(), ()))
            if not (grant := self.grants[name]).ended
            and (grant.until is None or grant.until >= now)
        }


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
