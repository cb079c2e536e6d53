"""`tianji field doctor`: what is wrong with this laptop's folder and machine, and what can be done."""

from __future__ import annotations

from pathlib import Path

import click

from field_client.commands.words import at_desk, now
from field_client.copies import keep_copy, prune
from field_client.examining import examine, examine_closed, make_private
from field_client.health import Facts, Finding, Remedy, Weight, findings
from field_client.running import alone
from field_client.saying import finding_words
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    not_so,
    print_json,
    print_table,
    tell,
)
from sync.ledger import identity
from sync.ledger.ledger import FILE_NAME
from sync.ledger.soundfile import is_guilty
from sync.problems import Problem
from sync.texts import say

__all__ = ["doctor"]

# Of all that keeps a database from opening, what a rebuild mends; the rest is for other hands.
_DAMAGES = frozenset(
    {"data-unfit", "laptop-damaged", "laptop-gone", "laptop-rebuild-unfinished", "storage-damaged"}
)

_DONE_BY = {
    Remedy.SYNC: "doctor-do-sync",
    Remedy.REBUILD: "doctor-do-rebuild",
    Remedy.ASIDE: "doctor-do-aside",
}


@click.command()
@data_option
@json_option
@click.option("--repair", is_flag=True)
@async_command
async def doctor(data: Path, *, as_json: bool, repair: bool) -> None:
    """Say what is wrong with this laptop and what to do; exit code 1 if anything is wrong."""
    done = await _repair(data) if repair else []
    facts = await _facts(data)
    found = findings(facts)
    if as_json:
        print_json(_document(facts, found, done))
    else:
        for key in done:
            tell(key)
        _show(data, found)
    if any(one.weight is Weight.WRONG for one in found):
        not_so()


async def _facts(folder: Path) -> Facts:
    try:
        async with at_desk(folder) as desk:
            sound = not is_guilty(desk.ledger.database.path)
            return await examine(desk, sound=sound)
    except Problem as problem:
        if problem.code not in _DAMAGES:
            raise
        return examine_closed(folder, problem, now())


async def _repair(folder: Path) -> list[str]:
    """Mends what can be mended without a choice; the keys of what was done."""
    if not (folder / FILE_NAME).exists():
        return []
    async with alone(folder) as running:
        if running is not None:
            return ["doctor-running"]
        facts = await _facts(folder)
        remedies = {one.remedy for one in findings(facts) if one.weight is not Weight.GOOD}
        done = []
        if Remedy.PRIVATE in remedies:
            make_private(folder)
            done.append("doctor-did-private")
        if facts.damage is None and facts.sound:
            prune(folder)
            async with at_desk(folder) as desk:
                if Remedy.IDENTITY in remedies:
                    await identity.ensure(desk.ledger.database, "laptop")
                    done.append("doctor-did-identity")
                if Remedy.COPY in remedies:
                    await keep_copy(desk)
                    done.append("doctor-did-copy")
        return done


def _show(folder: Path, found: list[Finding]) -> None:
    spoken = language()
    print_table(
        [say("doctor-heading-state", spoken), say("doctor-heading-found", spoken)],
        [[say(f"doctor-{one.weight}", spoken), finding_words(one, spoken)] for one in found],
    )
    remedies = [one.remedy for one in found if one.weight is not Weight.GOOD and one.remedy]
    for key in dict.fromkeys(_DONE_BY.get(remedy, "doctor-do-repair") for remedy in remedies):
        tell(key, folder=folder)
    if all(one.weight is Weight.GOOD for one in found):
        tell("doctor-healthy")


def _document(facts: Facts, found: list[Finding], done: list[str]) -> dict[str, object]:
    spoken = language()
    return {
        "healthy": not any(one.weight is Weight.WRONG for one in found),
        "version": facts.version,
        "sqlite": facts.sqlite,
        "done": [say(key, spoken) for key in done],
        "findings": [
            {
                "name": one.name,
                "state": one.state,
                "weight": str(one.weight),
                "remedy": str(one.remedy),
                "sentence": finding_words(one, spoken),
            }
            for one in found
        ],
    }
