"""`tianji server …`: the commands of whoever keeps a server.

One file for each noun, in the order in which a server comes to life: `init.py`, `places.py`,
`catalogue.py`, `device.py`, `run.py`; then what goes in and out: `values.py`, `prefill.py`,
`totals.py`, `findings.py`, `export.py`, `remind.py`; who may do what: `user.py`, `grant.py`, `token.py`; and `verify.py`, `backup.py`,
`rebuild.py`.
`opening.py` is how each opens the ledger, `packfiles.py` how a pack is read, `examples.py` how help
shows examples.

A command says what it did in the person's language, prints JSON if asked, and raises a Problem for
whatever is wrong: `sync.cli` turns that into one sentence.
"""

from __future__ import annotations

import click

from server.commands.backup import backup, restore
from server.commands.catalogue import catalogue
from server.commands.device import device
from server.commands.examples import examples
from server.commands.export import export
from server.commands.findings import findings
from server.commands.grant import grant
from server.commands.init import init
from server.commands.places import places
from server.commands.prefill import prefill
from server.commands.rebuild import rebuild
from server.commands.remind import remind
from server.commands.run import run
from server.commands.token import token
from server.commands.totals import totals
from server.commands.user import user
from server.commands.values import values
from server.commands.verify import verify

__all__ = ["server"]


@click.group(epilog=examples("init --data DIR", "run --data DIR"))
def server() -> None:
    """The server: takes in what laptops bring, sums it up, is looked after."""


COMMANDS = (
    *(init, run, places, catalogue, values, prefill, totals, findings, export, remind),
    *(device, user, grant, token),
    *(verify, backup, restore, rebuild),
)
for _command in COMMANDS:
    server.add_command(_command)
