"""The rollups of a healed world against sums of our own: over the values that stand, place by place."""

from __future__ import annotations

from collections import defaultdict

from sync.ids import PlaceId
from tests.sim.replica import Server
from tests.sim.world import World, parents_of

Figures = dict[tuple[bytes, str], tuple[int, int, int]]
"""By place and code: the sum, how many places reported, how many of them are disputed."""


async def wrong_totals(world: World, server: Server) -> list[str]:
    """What the server adds up otherwise than its values do."""
    expected, kept = await _added(server), await _kept(server)
    return [
        f"{server.folder.name} adds up {kept.get(key)} in {key[0].hex()[:6]} {key[1]}, not "
        f"{expected.get(key)}"
        for key in sorted(expected.keys() | kept.keys())
        if expected.get(key, (0, 0, 0)) != kept.get(key, (0, 0, 0))
    ]


async def _added(server: Server) -> Figures:
    rows = await server.ledger.database.rows(
        "SELECT p.id, v.field, v.number, v.disputed FROM version v JOIN place_no p ON p.no = v.place"
        " WHERE v.kind = 'value' AND v.subject = '2024' AND v.shown = 1"
    )
    parents = await parents_of(server)
    sums: Figures = defaultdict(lambda: (0, 0, 0))
    for place, code, number, disputed in rows:
        above: PlaceId | None = PlaceId(place)
        seen: set[PlaceId] = set()
        while above is not None and above not in seen:
            seen.add(above)
            total, reported, rivals = sums[above, code]
            sums[above, code] = total + number, reported + 1, rivals + disputed
            above = parents.get(above)
    return dict(sums)


async def _kept(server: Server) -> Figures:
    rows = await server.ledger.database.rows(
        "SELECT p.id, r.series, r.total_high, r.total_low, r.reported, r.disputed FROM rollup r"
        " JOIN place_no p ON p.no = r.place WHERE r.period = '2024' AND r.series IN ('A1', 'A2')"
    )
    root = server.ledger.root
    return {
        (place, code): ((high << 62) + low, reported, disputed)
        for place, code, high, low, reported, disputed in rows
        if place != root
    }
