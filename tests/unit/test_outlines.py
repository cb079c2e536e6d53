"""The outlines of the map: borders that are shared stay so, and nothing grows beyond what it weighs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from deploy.build_outlines import built
from server.places.shipped import load

STATIC = files("server.dashboard") / "static"
NAMES = {"outlines-counties.json": "county", "outlines-cities.json": "city"}
BYTES_MAX = 400_000
Point = tuple[int, int]


def rings(document: dict[str, Any]) -> dict[str, list[list[Point]]]:
    """By code, the rings as points on the grid, each closed."""
    return {
        code: [walked(ring) for rings in shape for ring in rings]
        for code, shape in document["places"].items()
    }


def walked(steps: list[int]) -> list[Point]:
    """A start and the way from there, as the page draws it."""
    points = [(steps[0], steps[1])]
    for x, y in zip(steps[2::2], steps[3::2], strict=True):
        points.append((points[-1][0] + x, points[-1][1] + y))
    return [*points, points[0]]


def square(code: str, *corners: tuple[float, float]) -> dict[str, Any]:
    """A place with one closed ring."""
    ring = [list(one) for one in (*corners, corners[0])]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"properties": {"code": code}, "geometry": geometry}


@pytest.mark.parametrize("name", NAMES)
def test_every_outline_belongs_to_a_place_of_the_shipped_hierarchy(name: str) -> None:
    """Each has a code of twelve digits that the hierarchy knows at its level, and at least a ring;
    two cities without counties stand among the counties (S93).
    """
    document = json.loads((STATIC / name).read_text("utf-8"))
    level = {code: row.level for code, row in load(2023).rows.items()}

    assert document["notice"]
    for code, there in rings(document).items():
        assert level[code] == NAMES[name] or code in {"441900000000", "442000000000"}
        assert there
        assert all(len(ring) >= 4 for ring in there)


@pytest.mark.parametrize("name", NAMES)
def test_a_border_that_two_places_share_is_one_line(name: str) -> None:
    """Nearly every stretch inland is drawn twice, once each way; a gap would show as two lines."""
    document = json.loads((STATIC / name).read_text("utf-8"))
    stretches = Counter(
        frozenset(pair)
        for there in rings(document).values()
        for ring in there
        for pair in pairwise(ring)
    )

    assert max(stretches.values()) == 2
    assert sum(count == 2 for count in stretches.values()) > len(stretches) * 0.4


def test_both_files_together_are_small() -> None:
    """They come with the first map, over a county's line (S93)."""
    assert sum(len((STATIC / name).read_bytes()) for name in NAMES) < BYTES_MAX


def test_a_shared_border_is_simplified_alike_from_both_sides() -> None:
    """Two places whose common border has a bend too small to keep and one to keep."""
    border = [(1.0, 0.0), (1.2, 0.5), (1.101, 0.75), (1.0, 1.0)]
    west = square("440101000000", (0.0, 0.0), *border, (0.0, 1.0))
    east = square("440102000000", (2.0, 0.0), (2.0, 1.0), *border[::-1])
    document = json.loads(built({"features": [west, east]}))
    drawn = rings(document)
    (left,), (right,) = drawn["440101000000"], drawn["440102000000"]
    shared = {frozenset(pair) for pair in pairwise(left)} & {frozenset(p) for p in pairwise(right)}

    assert {(1000, 0), (1200, 500), (1000, 1000)} == set().union(*shared)


def test_the_charts_library_is_the_one_that_was_looked_at() -> None:
    """Its SHA-256 stands beside it, and so do its licence and notice (S94)."""
    digest, name = (STATIC / "echarts.sha256").read_text("ascii").split()

    assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest
    for beside in ("echarts.LICENSE.txt", "echarts.NOTICE.txt", "echarts.d3.LICENSE.txt"):
        assert (STATIC / beside).is_file()
