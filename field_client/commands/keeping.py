"""`tianji field export` and `verify`: what is kept here can be read and proved by anybody."""

from __future__ import annotations

from pathlib import Path

import click

from field_client.commands.words import at_desk, now
from field_client.desk import Desk
from field_client.exporting import export as export_to
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    not_so,
    print_json,
    tell,
)
from sync.ledger.settle import scope_of
from sync.ledger.soundfile import sound
from sync.ledger.verify import snapshot, verify_ledger


@click.command()
@data_option
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip to write; an earlier export there is replaced.",
)
@json_option
@async_command
async def export(data: Path, file: Path, *, as_json: bool) -> None:
    """Write everything on this laptop into a zip that is readable without Tianji."""
    async with at_desk(data) as desk:
        found = await export_to(desk, file)
    if as_json:
        print_json(
            {
                "file": str(file),
                "rows": found.rows,
                "sha256": found.sha256,
                "files": [part._asdict() for part in found.parts],
            }
        )
        return
    for part in found.parts:
        click.echo(f"{part.name}\t{part.rows}\t{part.sha256}")
    tell("field-exported", file=file, rows=found.rows, sha256=found.sha256)


@click.command()
@data_option
@json_option
@async_command
async def verify(data: Path, *, as_json: bool) -> None:
    """Make everything anew from the signed commits and compare; exit code 1 if anything differs."""
    with sound(data, "laptop", None):
        async with snapshot(data, now) as ledger:
            await Desk.at(ledger)
            found = await verify_ledger(ledger)
            fingerprint = (await ledger.fingerprint(await scope_of(ledger))).hex()
    if as_json:
        print_json(
            {
                "ok": found.ok,
                "commits": found.commits,
                "cells": found.cells,
                "receipts": found.receipts,
                "fingerprint": fingerprint,
                "faults": [fault.say(language()) for fault in found.faults],
            }
        )
    else:
        for fault in found.faults:
            click.echo(fault.say(language()))
        if found.ok:
            tell(
                "field-verified",
                commits=found.commits,
                cells=found.cells,
                fingerprint=fingerprint,
            )
        else:
            tell("field-not-verified", count=sum(found.counts.values()), folder=data)
    if not found.ok:
        not_so()
