"""Devices: invited by a one-time code, registered by a commit at their place, revoked by another."""
