"""Looking for what needs a reviewer's eyes: after acceptance, beside everything else."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from server.catalogue.keeping import catalogue_of
from server.courtesy import Turn, at_once
from server.review.keeping import around_forms, kept_rows, places_of
from server.review.peers import Group, group_of, peers_in
from server.review.reasons import Figures, Found, Peers, Reason, reasons, score, written
from server.review.standings import (
    Around,
    FormCells,
    Key,
    Standing,
    cells_of,
    changed_codes,
    commits_of,
    end_of,
)
from sync import review
from sync.catalogue import Catalogue, Form
from sync.checks import Finding
from sync.ids import PlaceId
from sync.ledger.apply import CellChange
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.period import Kind, parse
from sync.placecontext import period_of
from sync.problems import Problem
from sync.value import Type, Value

__all__ = ["Attention", "attend_due"]

_FORMS_AT_ONCE = 100
_FORMS_LOOKED_THROUGH = 2000
"""Places are checked in the same order, so those at the front are the first that are done."""

_REST_SECONDS = 1.0
_WAIT_SECONDS = 20.0  # another process may have filed something, which wakes nobody here
_DAY_SECONDS = 86_400

_LEFT = "SELECT 1 FROM attention_due LIMIT 1"

_Filed = dict[tuple[int, str], dict[str, Value]]
"""By place's number and period what was filed, by code."""


class Attention:
    """Looks at forms that changed, whenever the ledger has changed, for as long as it runs."""

    def __init__(self, ledger: Ledger, turn: Turn = at_once) -> None:
        """`turn` is waited for before each form: it returns when nothing else is urgent."""
        self._ledger = ledger
        self._turn = turn
        self._changed = asyncio.Event()
        ledger.hooks.append(self._wake)

    async def run(self) -> None:
        """Looks until it is cancelled; the checks of a place come first."""
        while True:
            self._changed.clear()
            is_left = False
            with suppress(Problem):  # a disk that is busy or full now may not be so later
                while await attend_due(self._ledger, self._turn):
                    pass
                is_left = bool(await self._ledger.database.rows(_LEFT))
            with suppress(TimeoutError):
                wait = _REST_SECONDS if is_left else _WAIT_SECONDS
                await asyncio.wait_for(self._changed.wait(), wait)
            await asyncio.sleep(_REST_SECONDS)

    async def _wake(self, _database: Database, _changes: Sequence[CellChange]) -> None:
        self._changed.set()


class _Ground(NamedTuple):
    """What was read for some forms."""

    standings: Mapping[Key, Standing]
    around: Mapping[Key, Around]
    cells: Mapping[Key, FormCells]
    values: _Filed
    prefilled: _Filed
    disputed: Collection[tuple[int, str, str]]
    commits: Mapping[tuple[int, str], Mapping[str, list[str]]]
    found: Mapping[int, list[Found]]
    peers: Mapping[Key, Peers]


async def attend_due(ledger: Ledger, turn: Turn = at_once) -> bool:
    """Looks at some of the forms that are due; whether there were any. What changes meanwhile stays
    due, and so does a place whose checks have still to run.
    """
    database = ledger.database
    due: list[Key] = [
        (place, period, form)
        for place, period, form in await database.rows(
            "SELECT place, period, form FROM (SELECT * FROM attention_due LIMIT ?) d"
            " WHERE NOT EXISTS (SELECT 1 FROM check_due c WHERE c.place = d.place) LIMIT ?",
            (_FORMS_LOOKED_THROUGH, _FORMS_AT_ONCE),
        )
    ]
    if not due:
        return False
    places = {place for place, *_ in due}
    before = await _positions(database, places)
    found = await _looked(ledger, due, turn)
    async with ledger.transaction():
        after = await _positions(database, places)
        same = [key for key in due if before.get(key[0]) == after.get(key[0])]
        await _keep(ledger, {key: found.get(key) for key in same})
    return True


async def _looked(ledger: Ledger, due: Sequence[Key], turn: Turn) -> dict[Key, list[Reason]]:
    """The reasons of those forms that a reviewer has to decide on."""
    await turn()
    catalogue = await catalogue_of(ledger)
    standings = await kept_rows(ledger.database, due)
    keys = [key for key in due if key in standings and standings[key].waiting]
    keys = [key for key in keys if key[2] in catalogue.forms]
    ground = await _ground(ledger, catalogue, standings, keys)
    found: dict[Key, list[Reason]] = {}
    for key in keys:
        await turn()
        found[key] = reasons(_figures(ground, catalogue.forms[key[2]], key), catalogue)
    return found


async def _ground(
    ledger: Ledger, catalogue: Catalogue, standings: Mapping[Key, Standing], keys: Sequence[Key]
) -> _Ground:
    database = ledger.database
    names = await places_of(database, {key[0] for key in keys})
    wanted = {(place, at) for place, period, _ in keys for at in _periods(period)}
    values, disputed = await _filed(database, "value", wanted)
    prefilled, _ = await _filed(database, "prefill", {key[:2] for key in keys})
    return _Ground(
        standings=standings,
        around=await around_forms(ledger, database, names, keys),
        cells=await cells_of(database, keys),
        values=values,
        prefilled=prefilled,
        disputed=disputed,
        commits=await commits_of(database, {key[:2] for key in keys}),
        found=await _findings(database, set(names)),
        peers=await _peers(ledger, catalogue, names, keys),
    )


def _figures(ground: _Ground, form: Form, key: Key) -> Figures:
    place, text, _ = key
    period = parse(text)
    standing = ground.standings[key]
    cells = ground.cells.get(key, FormCells())
    commits = ground.commits.get(key[:2], {})
    decisions = cells.decisions()
    returns = cells.returns()
    opened = review.open_returns(returns, commits)
    end = end_of(form, text, ground.around[key].due)
    late = (standing.submitted_at or 0) - end if standing.late and end is not None else 0
    changed = changed_codes(decisions[0], commits, form) if decisions and standing.changed else []

    def of_form(filed: _Filed, at: str) -> dict[str, Value]:
        there = filed.get((place, at), {})
        return {code: there[code] for code in form.items if code in there}

    return Figures(
        place=place,
        form=form,
        standing=standing,
        now=of_form(ground.values, text),
        previous=of_form(ground.values, period.previous().text),
        year_before=of_form(ground.values, period.year_before().text),
        prefilled=of_form(ground.prefilled, text),
        disputed=[code for code in form.items if (place, text, code) in ground.disputed],
        found=[one for one in ground.found.get(place, []) if _concerns(one, form, text)],
        peers=ground.peers[key],
        changed=changed,
        mended=sorted(returns.keys() - opened.keys()) if standing.stage == "resubmitted" else (),
        asked=cells.asked() if standing.asked else "",
        days_late=max(late // _DAY_SECONDS + 1, 1),
    )


def _periods(text: str) -> tuple[str, str, str]:
    period = parse(text)
    return text, period.previous().text, period.year_before().text


def _concerns(one: Found, form: Form, text: str) -> bool:
    """Whether a finding is of this form and period: later ones have reviews of their own."""
    at, period = period_of(one.finding.period), parse(text)
    if at is None or set(form.items).isdisjoint(one.finding.cells):
        return False
    return (
        at == period or period.contains(at) or (form.period is Kind.STATIC and at.contains(period))
    )


async def _filed(
    database: Database, kind: str, wanted: Collection[tuple[int, str]]
) -> tuple[_Filed, set[tuple[int, str, str]]]:
    """What is shown there, and which of it is disputed."""
    found: _Filed = defaultdict(dict)
    disputed = set()
    for place, period, code, type_, number, text, rival in await database.rows_in(
        "SELECT v.place, v.subject, v.field, v.type, v.number, v.text, v.disputed FROM {seek}"
        " version v ON v.place = k.column1 AND v.kind = k.column2 AND v.subject = k.column3"
        " WHERE v.shown = 1",
        sorted((place, kind, period) for place, period in wanted),
    ):
        found[place, period][code] = Value(Type(type_), number, text)
        if rival:
            disputed.add((place, period, code))
    return found, disputed


async def _findings(database: Database, places: Collection[int]) -> dict[int, list[Found]]:
    """What the checks found at those places, with the words that explain it."""
    found: dict[int, list[Found]] = defaultdict(list)
    for place, rule, severity, bound, period, cells, figures, words in await database.rows_in(
        "SELECT f.place, f.rule, f.severity, f.bound, f.period, f.cells, f.figures,"
        " coalesce(v.text, '') FROM finding f LEFT JOIN version v ON v.place = f.place"
        " AND v.kind = 'explain' AND v.subject = f.period AND v.shown = 1"
        f" AND v.type = {int(Type.TEXT)}"
        " AND v.field = f.rule || CASE f.bound WHEN '' THEN '' ELSE ':' || f.bound END"
        " WHERE f.place IN ({keys})",
        [(place,) for place in sorted(places)],
    ):
        codes = tuple(json.loads(cells))
        finding = Finding(rule, severity, bound, period, codes, json.loads(figures))
        found[place].append(Found(finding, words.strip()))
    return found


async def _peers(
    ledger: Ledger, catalogue: Catalogue, names: Mapping[int, PlaceId], keys: Sequence[Key]
) -> dict[Key, Peers]:
    """For each form what the places of its kind filed; each group is read once."""
    read: dict[tuple[Group, str, str], Peers] = {}
    found = {}
    for key in keys:
        place, text, code = key
        period = parse(text)
        group = group_of(ledger.tree, names[place], period.end)
        if (group, text, code) not in read:
            items = catalogue.forms[code].items
            there = await peers_in(ledger.database, ledger.tree, group, period, items)
            read[group, text, code] = there
            await asyncio.sleep(0)
        found[key] = read[group, text, code]
    return found


async def _positions(database: Database, places: Collection[int]) -> dict[int, int]:
    """The latest commit of each place."""
    return dict(
        await database.rows_in(
            "SELECT place, max(position) FROM commits WHERE place IN ({keys}) GROUP BY place",
            [(place,) for place in sorted(places)],
        )
    )


async def _keep(ledger: Ledger, found: Mapping[Key, list[Reason] | None]) -> None:
    database = ledger.database
    keys = sorted(found)
    kept = {key: (score(said), said) for key, said in found.items() if said}
    await database.run_many(
        "DELETE FROM attention WHERE place = ? AND period = ? AND form = ?", keys
    )
    await database.run_many(
        "INSERT INTO attention (place, period, form, score, reasons, found_at)"
        " VALUES (?,?,?,?,?,?)",
        [
            (*key, weight, written(said), ledger.now())
            for key, (weight, said) in sorted(kept.items())
        ],
    )
    await database.run_many(
        "UPDATE form_standing SET score = ? WHERE place = ? AND period = ? AND form = ?"
        " AND score <> ?",
        [(weight := kept[key][0] if key in kept else 0, *key, weight) for key in keys],
    )
    await database.run_many(
        "DELETE FROM attention_due WHERE place = ? AND period = ? AND form = ?", keys
    )
