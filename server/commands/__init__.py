"""`tianji server …`: the commands of whoever keeps a server.

One file for each noun: `init.py` makes a server, `run.py` runs it; `device.py` invites laptops and
revokes them; `token.py` renews the token for programs. `opening.py` is how each opens
the ledger, `examples.py` how its help shows examples.
A command says what it did in the person's language, prints JSON if asked, and raises a Problem for
whatever is wrong: `sync.cli` turns that into one sentence.
"""

from __future__ import annotations

import click

from server.commands.device import device
from server.commands.examples import examples
from server.commands.init import init
from server.commands.run import run
from server.commands.token import token

__all__ = ["server"]


@click.group(epilog=examples("init --data DIR", "run --data DIR"))
def server() -> None:
    """The server: takes in what laptops bring, sums it up, is looked after."""


for _command in (init, run, device, token):
    server.add_command(_command)
