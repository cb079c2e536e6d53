"""`tianji field run`: the pages of this laptop in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from field_client.commands.words import now
from sync.cli import async_command, data_option, tell

__all__ = ["run"]

PORT = 8471


@click.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--no-browser", is_flag=True)
@async_command
async def run(data: Path, port: int, *, no_browser: bool) -> None:
    """Serve this laptop's pages on 127.0.0.1 until Ctrl-C, and open them in a browser."""
    import webbrowser

    from field_client.pages import running

    def ready(link: str) -> None:
        tell("field-run-ready", link=link)
        if not no_browser:
            webbrowser.open(link)

    await running.run(data, port, now, ready)
    tell("field-run-stopped")
