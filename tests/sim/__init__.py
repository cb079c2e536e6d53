"""A world from a seed, driven through the production code, and an oracle that judges it.

The way in: `world.py` (what happens), `oracle.py` (what should have come of it), `checks.py` (reads
the replicas and compares), `rules.py` (each rule of the protocol, switched off), `run.py`
(`make simulate`).
"""
