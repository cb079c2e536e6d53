"""Laptops that carry each other's sealed commits to a server, as on a stick or at the town's office."""

from __future__ import annotations

from sync.ledger import outbox
from tests.sim.attacks import asking
from tests.sim.network import answered
from tests.sim.replica import Laptop, Server
from tests.sim.world import World


async def carry(world: World, source: Laptop, carrier: Laptop, server: Server) -> None:
    """One seals and hands over what it has to send; the other brings it, and forgets the answer."""
    await source.ledger.seal()
    offered = await outbox.unreceipted(source.ledger.database)
    await answered(server, asking(carrier, offered))
    world.note(carrier.name, "carries for", source.name)
    world.faults["commits relayed"] += len(offered)
