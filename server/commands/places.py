"""`tianji server places …`: the hierarchy, as dated files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from server.catalogue.keeping import catalogue_of
from server.commands.examples import examples
from server.commands.opening import DAY, ledger_in
from server.places.diff import KINDS, Change
from server.places.importing import PlacesImported, import_places
from server.places.snapshot import explain
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    print_json,
    print_table,
    tell,
)
from sync.places import LEVELS
from sync.problems import Problem
from sync.texts import say

__all__ = ["places"]

CHANGES_SHOWN_MAX = 100


@click.group()
def places() -> None:
    """The hierarchy of places."""


@places.command(
    "import",
    epilog=examples(
        "places import places-2023.csv --as-of 2023-06-30 --dry-run --data DIR",
        "places import wards.csv --levels region,district,ward --data DIR",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", type=DAY, metavar="DATE", help="The day as of which it holds; else today.")
@click.option(
    "--levels", metavar="A,B,C", default=",".join(LEVELS), show_default=True, help="Top first."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@data_option
@json_option
@async_command
async def import_(
    data: Path, file: Path, as_of: date | None, levels: str, *, dry_run: bool, as_json: bool
) -> None:
    """Take in a CSV of all places: code,name,level,parent_code.

    A file for a later date computes dated changes. A faulty file is refused whole, and every
    faulty row is named.
    """
    names = [name.strip() for name in levels.split(",")]
    async with ledger_in(data) as ledger:
        first = not (await catalogue_of(ledger)).indicators
        with file.open("rb") as stream:
            try:
                done = await import_places(
                    ledger, stream, as_of or ledger.today(), names, dry_run=dry_run
                )
            except Problem as problem:
                if problem.code == "places-file-refused":
                    for line in explain(problem, language()):
                        click.echo(line, err=True)
                raise
    if as_json:
        print_json({"dry_run": dry_run, "changes": done.counts})
    else:
        _show(done, names, dry_run=dry_run)
        if not dry_run and first:
            tell("places-next", folder=data)


def _show(done: PlacesImported, levels: Sequence[str], *, dry_run: bool) -> None:
    columns = [say("column-level", language())]
    columns += [say(f"place-change-{kind}", language()) for kind in KINDS]
    print_table(
        columns, [(level, *(done.counts[level][kind] for kind in KINDS)) for level in levels]
    )
    if not dry_run:
        tell("places-imported", count=len({change.place for change in done.changes}))
        return
    print_table(
        [say(f"column-{column}", language()) for column in ("level", "change", "before", "after")],
        [_row(change) for change in done.changes[:CHANGES_SHOWN_MAX]],
    )
    if (more := len(done.changes) - CHANGES_SHOWN_MAX) > 0:
        tell("places-changes-more", count=more)
    tell("places-not-imported")


def _row(change: Change) -> tuple[str, str, str, str]:
    before = f"{change.old_code} {change.old_name}".strip()
    after = f"{change.new_code} {change.new_name}".strip()
    return change.level, say(f"place-change-{change.kind}", language()), before, after
