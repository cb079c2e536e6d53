"""Devices: invited by a one-time code, registered by a commit at their place, revoked by another.

`seen.py` remembers when each was last here.
"""
