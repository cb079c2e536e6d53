"""`tianji server run`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from server import settings
from server.commands.examples import examples
from sync.cli import async_command, data_option, tell

__all__ = ["run"]


@click.command(
    epilog=examples("run --data /srv/tianji", "run --data /srv/tianji --host 0.0.0.0 --port 80")
)
@data_option
@click.option("--host", help="Where to listen; 127.0.0.1 if nothing says otherwise.")
@click.option("--port", type=int, help="Which port, 0 for any that is free; 8470 if not said.")
@click.option(
    "--config",
    envvar="TIANJI_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file of settings; else tianji.toml in the data folder, if it is there.",
)
@async_command
async def run(data: Path, host: str | None, port: int | None, config: Path | None) -> None:
    """Run the server until Ctrl-C or SIGTERM; what is under way is finished first.

    Flags come before the variables TIANJI_HOST and TIANJI_PORT, those before the settings file.
    """
    from server import running

    chosen = settings.read(data, {"host": host, "port": port}, os.environ, config)
    await running.run(data, chosen, lambda url: tell("server-ready", url=url))
    tell("server-stopped")
