"""`tianji field export`: what leaves this laptop in other hands than a server's."""

from __future__ import annotations

from pathlib import Path

import click

from field_client.commands.words import at_desk
from field_client.exporting import export as export_to
from sync.cli import async_command, data_option, json_option, print_json, tell


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
