"""The cells that register a device; `sync.grants` reads them."""

from __future__ import annotations

from sync.ids import DeviceId, GrantId, PersonId
from sync.trust import device_of
from sync.value import Cell, Value, choice_value, flag_value, text_value

__all__ = ["registration", "sign_in"]


def registration(
    key: bytes, device_name: str, person: PersonId, person_name: str, grant: GrantId, role: str
) -> list[tuple[Cell, Value]]:
    """The cells that make a device, a person signed in on it, and that person's grant known."""
    device = device_of(key)
    return [
        (Cell("device", device.hex(), "key"), text_value(key.hex())),
        (Cell("device", device.hex(), "name"), text_value(device_name)),
        *sign_in(device, person, person_name, grant, role),
    ]


def sign_in(
    device: DeviceId, person: PersonId, person_name: str, grant: GrantId, role: str
) -> list[tuple[Cell, Value]]:
    """The cells that make a person signed in on a device, and that person's grant, known."""
    return [
        (Cell("signin", device.hex(), person.hex()), flag_value(True)),
        (Cell("person", person.hex(), "name"), text_value(person_name)),
        (Cell("grant", grant.hex(), "person"), text_value(person.hex())),
        (Cell("grant", grant.hex(), "role"), choice_value(role)),
    ]
