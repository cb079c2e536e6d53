"""`tianji demo`: the main job played through on this machine, and checked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click

from deploy.demo.progress import Bars
from deploy.demo.story import Story
from deploy.demo.summary import Summary, summed_up
from deploy.demo.times import quarters
from sync.cli import async_command, json_option, language, not_so, print_json, print_table, tell
from sync.ledger.ledger import CHINA
from sync.texts import say

__all__ = ["demo", "today"]

VILLAGES_MAX = 500
PERIODS_MAX = 12


@click.command()
@click.option("--villages", default=60, show_default=True, type=click.IntRange(1, VILLAGES_MAX))
@click.option(
    "--periods",
    default=3,
    show_default=True,
    type=click.IntRange(1, PERIODS_MAX),
    help="How many quarters they report.",
)
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--data",
    metavar="DIR",
    envvar="TIANJI_DATA",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for all data, which is kept; else a temporary one.",
)
@click.option("--once", is_flag=True, help="Print the summary and end, instead of serving on.")
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="The same seed tells the same story.",
)
@click.option("--keep", is_flag=True, help="Keep the temporary folder, too.")
@json_option
@async_command
async def demo(
    villages: int,
    periods: int,
    port: int,
    data: Path | None,
    seed: int,
    *,
    once: bool,
    keep: bool,
    as_json: bool,
) -> None:
    """Play the main job through: a server and many village laptops, and whatever goes wrong.

    All figures and names are made up, and are marked as simulated wherever they are shown.
    """
    begun = time.monotonic()
    with _folder(data, keep=keep) as folder:
        bars = Bars(language(), quiet=as_json)
        story = Story(folder, port, seed, villages, quarters(today(), periods), bars)
        try:
            await story.play()
            summary = await summed_up(story)
            summary = summary._replace(seconds=round(time.monotonic() - begun, 1))
            _show(summary, as_json=as_json)
            if not once:
                await _serve_on(story, as_json=as_json)
        finally:
            await story.station.stop()
    if keep and data is None and not as_json:
        tell("demo-kept", folder=folder)
    if not summary.is_so:
        not_so()


def today() -> date:
    """The date in China by this machine's clock."""
    return datetime.now(CHINA).date()


@contextmanager
def _folder(data: Path | None, *, keep: bool) -> Iterator[Path]:
    """The folder asked for, or a temporary one that is removed afterwards."""
    if data is not None:
        yield data
    elif keep:
        yield Path(tempfile.mkdtemp(prefix="tianji-demo-"))
    else:
        with tempfile.TemporaryDirectory(
            prefix="tianji-demo-", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)


def _show(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        print_json(summary.document())
        return
    tell(
        "demo-outcome",
        villages=summary.villages,
        laptops=summary.laptops,
        periods=summary.periods,
        values=summary.values_recorded,
        there=summary.values_on_server,
        lost=summary.lost,
        seconds=summary.seconds,
    )
    for key, is_so in (
        ("demo-replicas", summary.replicas_agree),
        ("demo-versions", summary.versions_as_shown),
        ("demo-rollups", summary.rollups_equal_refold),
    ):
        tell(key, answer=say(f"demo-answer-{'yes' if is_so else 'no'}", language()))
    counts = {"conflicts": summary.conflicts, "refusals": summary.refusals, **summary.trouble}
    print_table(
        [say(f"demo-column-{column}", language()) for column in ("trouble", "planted", "found")],
        [(say(f"demo-trouble-{name}", language()), *count) for name, count in counts.items()],
    )
    tell(f"demo-verdict-{'yes' if summary.is_so else 'no'}")


async def _serve_on(story: Story, *, as_json: bool) -> None:
    """Tells how to look around, and serves until Ctrl-C or SIGTERM, which end the laptop's pages."""
    from field_client.pages import running

    story.clock.release()
    station, laptop = story.station, story.shown
    login, password = await station.administrator()
    token = await station.token()

    def ready(link: str) -> None:
        if as_json:
            return
        quarter = story.quarters[-1].text
        tell("demo-serving", url=station.url)
        print_table(
            [say(f"demo-column-{one}", language()) for one in ("login", "password", "what")],
            [
                (one.login, one.password, say(one.word, language(), where=one.where))
                for one in story.staff
            ],
        )
        tell("demo-administrator", login=login, password=password, token=token)
        tell("demo-laptop-pages", village=laptop.village.name, link=link)
        tell("demo-laptop", village=laptop.village.name, folder=laptop.folder, period=quarter)
        tell("demo-totals", folder=station.folder, period=quarter)
        tell("demo-verify", folder=station.folder)
        tell("demo-stop")

    await running.run(laptop.folder, 0, story.clock, ready)
