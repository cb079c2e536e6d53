"""`tianji server verify`: whether all that the server holds is what it should be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from server.commands.examples import examples
from server.machine import now
from server.verify import Verified
from server.verify import verify as verify_server
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
from sync.ledger.soundfile import sound
from sync.ledger.verify import Progress
from sync.texts import say

__all__ = ["verify"]

COUNTED = ("commits", "cells", "places", "receipts", "rollups")


@click.command(epilog=examples("verify --data DIR", "verify --json --data DIR"))
@data_option
@json_option
@async_command
async def verify(data: Path, *, as_json: bool) -> None:
    """Fold the whole ledger anew and compare: ids, signatures, receipts, state, rollups.

    It reads one moment of the data while the server goes on; exit code 1 if anything differs.
    """
    with sound(data, "server", None), _progress() as progress:
        done = await verify_server(data, now, progress)
    if as_json:
        print_json(_document(done))
    else:
        _show(done, data)
    if not done.ok:
        not_so()


def _document(done: Verified) -> dict[str, object]:
    faults = [
        {"kind": fault.kind, "where": fault.where, "message": fault.say(language())}
        for fault in done.faults
    ]
    return {**done._asdict(), "faults": faults}


def _show(done: Verified, data: Path) -> None:
    print_table(
        [say("column-counted", language()), say("column-count", language())],
        [(say(f"counted-{name}", language()), getattr(done, name)) for name in COUNTED],
    )
    tell("verify-fingerprint", fingerprint=done.fingerprint)
    for fault in done.faults:
        click.echo(fault.say(language()), err=True)
    if done.ok:
        tell("verify-good")
    else:
        tell("verify-bad", count=sum(done.differences.values()), folder=data)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Shows how far it is, where somebody looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda done, total: bar.update(task, completed=done, total=total)
