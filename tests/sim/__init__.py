"""A world from a seed, driven through the production code, and an oracle that judges it.

The way in: `world.py` and `people.py` (what happens), `oracle.py` (what should have come of it),
`checks.py` and `totals.py` (read the replicas and compare), `run.py` (`make simulate`). What befalls
a world: `network.py` (messages), `faults.py` (disks copied and put back, clocks), `traps.py` and
`trouble.py` (processes that die, power that fails, disks that fail), `attacks.py`, `relays.py`,
`second.py` (another server). `scenarios.py` tells what breaks a naive sync; `rules.py` has each rule
of the protocol, switched off, and `plant.py` (`make plant`) shows that each is missed.
"""
