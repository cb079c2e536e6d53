"""What machines are called."""

from __future__ import annotations

from collections.abc import Collection

from sync.ids import DeviceId
from sync.ledger.ledger import Ledger

__all__ = ["device_names"]

_SHORT = 10


async def device_names(books: Ledger, devices: Collection[DeviceId]) -> dict[DeviceId, str]:
    """Their names, or the beginning of the id where one has none."""
    known = {
        (place, device.hex())
        for device in devices
        if (found := books.register.devices.get(device.hex()))
        for place in found.places
    }
    rows = await books.database.rows_in(
        "SELECT v.subject, v.text FROM {seek} place_no p ON p.id = k.column1 CROSS JOIN version v"
        " ON v.place = p.no AND v.kind = 'device' AND v.subject = k.column2 AND v.field = 'name'"
        " AND v.shown = 1",
        sorted(known),
    )
    names = {bytes.fromhex(device): text for device, text in rows if text}
    return {device: names.get(device, device.hex()[:_SHORT]) for device in devices}
