"""`tianji field run`: the pages of this laptop in a browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import click

from field_client.commands.words import now
from field_client.running import LINK_PATH, alone, ask
from sync.cli import async_command, data_option, tell

__all__ = ["run"]

_SECRETS = ("TIANJI_PASSPHRASE", "TIANJI_PIN")
"""What the environment may hold; the database is open by the time that a browser is."""


@click.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), help="Another port than the first free one.")
@click.option("--no-browser", is_flag=True, help="Only print the link.")
@async_command
async def run(data: Path, port: int | None, *, no_browser: bool) -> None:
    """Serve this laptop's pages on 127.0.0.1 until Ctrl-C, and open them in a browser.

    Where they are open already, that process gives a new link. A folder without data becomes a
    laptop's there, with the code that the town gave out.
    """
    from field_client.pages import running

    def ready(link: str) -> None:
        tell("field-run-ready", link=link)
        _show(link, no_browser=no_browser)

    async with alone(data, may_begin=True) as other:
        if other is not None:
            link = (await ask(other, LINK_PATH))["link"]
            tell("field-run-already", link=link)
            _show(link, no_browser=no_browser)
            return
        await running.run(data, port, now, ready)
    tell("field-run-stopped")


def _show(link: str, *, no_browser: bool) -> None:
    """In the person's browser; where there is no screen, a browser of the terminal is none."""
    has_screen = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen and not no_browser:
        for secret in _SECRETS:  # a browser hands its environment on to whatever it starts
            os.environ.pop(secret, None)
        webbrowser.open(link)
