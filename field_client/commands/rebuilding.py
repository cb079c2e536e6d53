"""`tianji field rebuild`: a laptop whose database is damaged or gone becomes whole again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from field_client.commands.joining import fetched, say_synced
from field_client.commands.words import at_desk, now
from field_client.rebuilding import Rebuilt
from field_client.rebuilding import rebuild as rebuild_in
from field_client.running import LOCK
from field_client.syncing import Synced
from sync.cli import async_command, data_option, json_option, language, not_so, print_json, tell
from sync.ledger.ledger import FILE_NAME
from sync.ledger.lock import tried
from sync.ledger.refill import Told
from sync.problems import Problem
from sync.texts import say

__all__ = ["rebuild"]


@click.command()
@data_option
@click.option("--server", metavar="URL", envvar="TIANJI_SERVER", help="Its address, if it is new.")
@json_option
@async_command
async def rebuild(data: Path, server: str | None, *, as_json: bool) -> None:
    """Make this laptop whole again: from what its damaged file still holds, then from its server.

    The damaged file is kept. Exit code 1 while the server has not been reached or agreed with.
    """
    with tried(data / LOCK) as taken:
        if not taken:
            raise Problem("rebuild-in-use", file=str(data / FILE_NAME))
        with _progress() as told:
            done = await rebuild_in(data, now, told)
        if not as_json:
            _say(done)
        if done is None:
            if as_json:
                print_json({"rebuilt": False})
            return
        async with at_desk(data) as desk:
            try:
                found = await fetched(desk, server)
            except Problem as problem:
                _end(done, None, problem, as_json=as_json)
    _end(done, found, None, as_json=as_json)


def _say(done: Rebuilt | None) -> None:
    if done is None:
        tell("rebuild-needless")
        return
    if done.resumed:
        tell("rebuild-resumed")
    else:
        tell("rebuild-salvaged", commits=done.commits, pending=done.pending)
    if done.waiting:
        tell("rebuild-waiting", count=done.waiting)
    if done.lost:
        tell("rebuild-lost", count=done.lost)
    if done.kept:
        tell("rebuild-kept", file=done.kept)


def _end(done: Rebuilt, found: Synced | None, problem: Problem | None, *, as_json: bool) -> None:
    if as_json:
        made = done._asdict()
        kept = made.pop("kept")
        print_json(
            {
                "rebuilt": True,
                **made,
                "kept": None if kept is None else str(kept),
                "complete": found is not None and found.complete,
                "problem": None if problem is None else problem.say(language()),
            }
        )
    elif found is not None:
        say_synced(found)
    if problem is not None:
        click.echo(problem.say(language()), err=True)
        click.echo(say("rebuild-sync-later", language()), err=True)
    if found is None or not found.complete:
        not_so()


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
