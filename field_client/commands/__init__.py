"""`tianji field …`: a laptop's commands, each a thin shell of words around the package's parts.

`words.py` says values, findings and states for people and for programs; `writing.py` gives the desk
to a command that writes, or has the open pages carry it out. The other files hold the
commands: `joining.py` (enrol, join, sync), `running.py` (run), `entering.py` (set, explain, submit,
withdraw), `telling.py` (show, status, conflicts, parked), `keeping.py` (export, verify), `doctor.py`,
`rebuilding.py` (rebuild) and `encrypting.py` (encrypt, decrypt).
"""

from __future__ import annotations

import click

from field_client.commands.doctor import doctor
from field_client.commands.encrypting import decrypt, encrypt, passphrase
from field_client.commands.entering import explain, set_value, submit, withdraw
from field_client.commands.joining import enrol, join, sync
from field_client.commands.keeping import export, verify
from field_client.commands.rebuilding import rebuild
from field_client.commands.running import run
from field_client.commands.telling import conflicts, parked, show, status
from sync.ledger.connector import ask_with

__all__ = ["field"]


@click.group()
def field() -> None:
    """A village's laptop: records offline, checks at entry, syncs when there is a network."""
    ask_with(passphrase)


for command in (
    enrol,
    join,
    run,
    set_value,
    show,
    explain,
    submit,
    withdraw,
    sync,
    status,
    conflicts,
    parked,
    export,
    verify,
    rebuild,
    doctor,
    encrypt,
    decrypt,
):
    field.add_command(command)
