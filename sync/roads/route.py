"""Whether this machine has a way out at all; nothing is sent to find that out."""

from __future__ import annotations

import socket

__all__ = ["has_route"]

# Addresses that documentation keeps for itself: they lead nowhere, but a route to them is a route.
_ANYWHERE = (
    (socket.AF_INET, ("192.0.2.1", 9)),
    (socket.AF_INET6, ("2001:db8::1", 9)),
)


def has_route() -> bool:
    """Whether the system knows a way to addresses far off; with none, no cable or wireless is up."""
    return any(_leads(family, address) for family, address in _ANYWHERE)


def _leads(family: socket.AddressFamily, address: tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect(address)  # of a datagram's socket this asks the routes, and sends nothing
    except OSError:
        return False
    return True
