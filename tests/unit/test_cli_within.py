"""A command carried out in a process that is at work: its loop, its words, its exit code."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint

import click
import pytest

from sync.cli import async_command, data_option, language, not_so, root, tell
from sync.cli.within import catching, run_within
from sync.problems import Problem


@click.group()
def group() -> None:
    """Commands of this test."""


GATES: dict[str, asyncio.Event] = {}
BEGUN: list[asyncio.Queue[asyncio.AbstractEventLoop]] = []


@group.command()
@click.argument("name")
@async_command
async def wait(name: str) -> None:
    """Say a word, wait to be let on, say another."""
    await BEGUN[0].put(asyncio.get_running_loop())
    click.echo(f"{name} begins")
    await GATES[name].wait()
    print(f"{name} ends in {language()}")  # noqa: T201 - whatever prints is caught


@group.command()
@data_option
@async_command
async def refuse(data: object) -> None:
    """Print, then fail."""
    click.echo(str(data))
    raise Problem("field-busy", folder="here")


@group.command()
@async_command
async def deny() -> None:
    """Answer no."""
    tell("field-enrolled")
    not_so()


@pytest.fixture(autouse=True)
async def _group(monkeypatch: pytest.MonkeyPatch) -> None:
    BEGUN[:] = [asyncio.Queue()]
    entry = EntryPoint("within", f"{__name__}:group", "tianji.commands")
    monkeypatch.setattr(EntryPoint, "load", lambda _: group)
    monkeypatch.setattr(root, "_entry_points", lambda: {"within": entry})


async def test_each_commands_words_go_to_who_asked_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two at once, on the host's own loop; what the host itself prints stays with it."""
    with catching():
        GATES.update(one=asyncio.Event(), two=asyncio.Event())
        first = asyncio.create_task(run_within(["within", "wait", "one"], "en"))
        second = asyncio.create_task(run_within(["within", "wait", "two"], "zh-Hant"))
        loops = {await BEGUN[0].get(), await BEGUN[0].get()}
        click.echo("the host's own")
        GATES["two"].set()
        assert await second == (0, "two begins\ntwo ends in zh-Hant\n", "")
        GATES["one"].set()
        assert await first == (0, "one begins\none ends in en\n", "")
        assert loops == {asyncio.get_running_loop()}
        assert capsys.readouterr() == ("the host's own\n", "")


async def test_a_problem_is_one_sentence_and_a_no_is_one() -> None:
    """Exit codes and words are those of a process of its own; options have the host's defaults."""
    with catching():
        ran = await run_within(["within", "refuse"], "en", {"within": {"refuse": {"data": "x"}}})
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "x\n", 1)
        assert (await run_within(["within", "deny"], "en"))[:1] == (1,)
        assert (await run_within(["within", "unknown"], "en")).code == 2


async def test_a_host_that_stops_ends_its_commands() -> None:
    """Neither one that waits nor one that is about to begin holds it up: the loop can be closed."""
    with catching():
        GATES["three"] = asyncio.Event()
        for waits in (True, False):
            command = asyncio.create_task(run_within(["within", "wait", "three"], "en"))
            await (BEGUN[0].get() if waits else asyncio.sleep(0))
            command.cancel()
            with pytest.raises(asyncio.CancelledError):
                await command
    await asyncio.get_running_loop().shutdown_default_executor()
