"""Whose system may prefill which indicators, as the catalogue names their owners."""

from __future__ import annotations

import re

from sync.catalogue import Catalogue, Indicator

__all__ = ["owned_by", "owners_of"]

_BETWEEN = re.compile(r"\s*[/、，,]\s*")


def owners_of(catalogue: Catalogue) -> list[str]:
    """The owners of indicators that are entered, each by itself where several share one."""
    return sorted({name for one in _entered(catalogue) for name in _names(one.owner)})


def owned_by(catalogue: Catalogue, owner: str) -> frozenset[str]:
    """The codes of the entered indicators that an owner has, alone or with others."""
    found = (one for one in _entered(catalogue) if owner in {one.owner, *_names(one.owner)})
    return frozenset(one.code for one in found)


def _entered(catalogue: Catalogue) -> list[Indicator]:
    return [one for one in catalogue.indicators.values() if one.entered and one.owner]


def _names(owner: str) -> list[str]:
    return _BETWEEN.split(owner)
