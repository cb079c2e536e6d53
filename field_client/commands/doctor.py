"""`tianji field doctor`: what is wrong with this laptop's folder and machine, and what can be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from field_client.commands.words import now
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
from sync.texts import say

if TYPE_CHECKING:
    from field_client.health import Facts

__all__ = ["doctor"]

_DONE_BY = {
    "sync": "doctor-do-sync",
    "rebuild": "doctor-do-rebuild",
    "aside": "doctor-do-aside",
}


@click.command()
@data_option
@json_option
@click.option("--repair", is_flag=True)
@async_command
async def doctor(data: Path, *, as_json: bool, repair: bool) -> None:
    """Say what is wrong with this laptop and what to do; exit code 1 if anything is wrong."""
    from field_client.doctoring import document, facts_of, mend
    from field_client.health import Weight, findings

    done = await mend(data, now) if repair else []
    facts = await facts_of(data, now)
    if as_json:
        print_json(document(facts, done, language()))
    else:
        for key in done:
            tell(key)
        _show(data, facts)
    if any(one.weight is Weight.WRONG for one in findings(facts)):
        not_so()


def _show(folder: Path, facts: Facts) -> None:
    from field_client.health import Weight, findings
    from field_client.saying import finding_words

    spoken = language()
    found = findings(facts)
    print_table(
        [say("doctor-heading-state", spoken), say("doctor-heading-found", spoken)],
        [[say(f"doctor-{one.weight}", spoken), finding_words(one, spoken)] for one in found],
    )
    remedies = [one.remedy for one in found if one.weight is not Weight.GOOD and one.remedy]
    for key in dict.fromkeys(_DONE_BY.get(remedy, "doctor-do-repair") for remedy in remedies):
        tell(key, folder=folder)
    if all(one.weight is Weight.GOOD for one in found):
        tell("doctor-healthy")
