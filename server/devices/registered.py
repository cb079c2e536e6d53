"""Devices that are registered: which there are, and how one is revoked."""

from __future__ import annotations

from typing import NamedTuple

from server.devices.invites import authority
from server.filing import Filed, file
from sync.ids import DeviceId, PlaceId
from sync.ledger.ledger import Ledger
from sync.problems import Problem
from sync.value import Cell, flag_value

__all__ = ["Registered", "everything", "revoke"]


class Registered(NamedTuple):
    """A device; `people` are the names of those who signed in on it."""

    device: DeviceId
    name: str
    place: PlaceId
    people: tuple[str, ...]
    revoked: bool


async def everything(ledger: Ledger) -> list[Registered]:
    """All devices, those in use first."""
    names: dict[str, str] = dict(
        await ledger.database.rows(
            "SELECT subject, text FROM version INDEXED BY version_definitions"
            " WHERE kind <> 'value' AND kind = 'device' AND field = 'name' AND shown = 1"
        )
    )
    register = ledger.register
    found = [
        Registered(
            DeviceId(bytes.fromhex(key)),
            names.get(key, ""),
            min(device.places),
            tuple(sorted(register.names.get(person, "") for person in device.people)),
            device.revoked,
        )
        for key, device in register.devices.items()
        if device.places
    ]
    return sorted(found, key=lambda one: (one.revoked, one.name, one.device))


async def revoke(ledger: Ledger, device: DeviceId) -> None:
    """Makes a device's commits refused from now on, and its scope empty.

    Raises `device-is-server` for the server's own.
    """
    if device == ledger.device:
        raise Problem("device-is-server")
    author, grant = authority(ledger)
    cells = [(Cell("device", device.hex(), "revoked"), flag_value(True))]
    places = sorted(ledger.register.devices[device.hex()].places)
    await file(ledger, [Filed(place, author, grant, cells) for place in places])
