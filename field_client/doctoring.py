"""What `tianji field doctor` does: gathers the facts also of what does not open, and mends a little."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from field_client.copies import keep_copy, prune
from field_client.desk import Desk
from field_client.examining import examine, examine_closed, make_private
from field_client.health import Facts, Remedy, Weight, findings
from field_client.running import alone
from field_client.saying import finding_words
from sync.ledger import identity
from sync.ledger.ledger import FILE_NAME
from sync.ledger.soundfile import is_guilty
from sync.problems import Problem
from sync.texts import Language, say

__all__ = ["document", "facts_of", "mend"]

# Of all that keeps a database from opening, what a rebuild mends; the rest is for other hands.
_DAMAGES = frozenset(
    {"data-unfit", "laptop-damaged", "laptop-gone", "laptop-rebuild-unfinished", "storage-damaged"}
)


async def facts_of(folder: Path, now: Callable[[], int]) -> Facts:
    """The facts about a laptop, whether it opens or not.

    Raises what is no damage of the laptop's: `data-missing`, `encrypted-…`, `data-newer`, ….
    """
    try:
        async with Desk.open(folder, now) as desk:
            sound = not is_guilty(desk.ledger.database.path)
            return await examine(desk, sound=sound)
    except Problem as problem:
        if problem.code not in _DAMAGES:
            raise
        return examine_closed(folder, problem, now())


async def mend(folder: Path, now: Callable[[], int]) -> list[str]:
    """Mends what can be mended without a choice; the keys of the sentences of what was done."""
    if not (folder / FILE_NAME).exists():
        return []
    async with alone(folder) as running:
        if running is not None:
            return ["doctor-running"]
        facts = await facts_of(folder, now)
        remedies = {one.remedy for one in findings(facts) if one.weight is not Weight.GOOD}
        done = []
        if Remedy.PRIVATE in remedies:
            make_private(folder)
            done.append("doctor-did-private")
        if facts.damage is None and facts.sound:
            prune(folder)
            async with Desk.open(folder, now) as desk:
                if Remedy.IDENTITY in remedies:
                    await identity.ensure(desk.ledger.database, "laptop")
                    done.append("doctor-did-identity")
                if Remedy.COPY in remedies:
                    await keep_copy(desk)
                    done.append("doctor-did-copy")
        return done


def document(facts: Facts, done: list[str], spoken: Language) -> dict[str, object]:
    """The findings for a program."""
    found = findings(facts)
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
