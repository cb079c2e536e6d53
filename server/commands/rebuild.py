"""`tianji server rebuild`: a server whose database is damaged or gone begins again as who it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from server.commands.examples import examples
from server.lock import alone
from server.machine import now, random_bytes
from server.rebuilding import FIRST_LOGIN, Rebuilt
from server.rebuilding import rebuild as rebuild_in
from sync.cli import async_command, data_option, json_option, language, print_json, tell
from sync.ledger.refill import Told
from sync.texts import say

__all__ = ["rebuild"]


@click.command(epilog=examples("rebuild --data DIR"))
@data_option
@json_option
@async_command
async def rebuild(data: Path, *, as_json: bool) -> None:
    """Make a server whole again from its key and what its damaged file still holds.

    The damaged file is kept, and the laptops' next syncs bring the rest. Stop the server first.
    """
    with alone(data), _progress() as told:
        done = await rebuild_in(data, now, random_bytes, told)
    if as_json:
        made = (done or Rebuilt())._asdict()
        kept = made.pop("kept")
        kept = None if kept is None else str(kept)
        print_json({"rebuilt": done is not None, **made, "kept": kept})
    elif done is None:
        tell("rebuild-needless")
    else:
        _say(done, data)


def _say(done: Rebuilt, data: Path) -> None:
    if done.resumed:
        tell("server-rebuild-resumed", folder=data)
    else:
        tell("server-rebuilt", commits=done.commits)
    if done.lost:
        tell("rebuild-lost", count=done.lost)
    if done.kept:
        tell("rebuild-kept", file=done.kept)
    if done.password:
        tell("server-first-password", login=FIRST_LOGIN, password=done.password)
    if done.token:
        tell("server-api-token", token=done.token)
    tell("server-rebuilt-next", folder=data)


@contextmanager
def _progress() -> Iterator[Told]:
    """Counts what was read, where somebody looks on."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console

    spoken = language()
    with Console(stderr=True).status(say("rebuild-reading", spoken, count=0)) as line:
        yield lambda count: line.update(say("rebuild-reading", spoken, count=count))
