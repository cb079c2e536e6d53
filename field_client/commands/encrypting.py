"""`tianji field encrypt` and `decrypt`: the database encrypted at rest, for who wants more than the
disk's own encryption.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

import click

from field_client.running import alone
from sync.cli import async_command, data_option, language, tell
from sync.problems import Problem
from sync.texts import say

__all__ = ["decrypt", "encrypt", "passphrase"]

VARIABLE = "TIANJI_PASSPHRASE"


def passphrase(_: Path) -> str | None:
    """The passphrase that stands in the environment, else what a person types; None without both."""
    given = os.environ.get(VARIABLE)
    if given is not None or not sys.stdin.isatty():
        return given
    return getpass.getpass(say("encrypt-ask", language()), stream=sys.stderr)


@click.command()
@data_option
@async_command
async def encrypt(data: Path) -> None:
    """Encrypt this laptop's database with a passphrase, which every start then asks for."""
    from field_client.encrypting import encrypt as encrypt_at

    async with alone(data) as other:
        _demand_closed(other)
        encrypt_at(data, _chosen())
    tell("encrypt-done")


@click.command()
@data_option
@async_command
async def decrypt(data: Path) -> None:
    """Make this laptop's database a plain file again."""
    from field_client.encrypting import decrypt as decrypt_at

    async with alone(data) as other:
        _demand_closed(other)
        decrypt_at(data)
    tell("decrypt-done")


def _chosen() -> str:
    """Typed twice at a terminal: a passphrase that nobody meant opens nothing."""
    if VARIABLE in os.environ or not sys.stdin.isatty():
        return os.environ.get(VARIABLE, "")
    tell("encrypt-warning")
    first = getpass.getpass(say("encrypt-choose", language()), stream=sys.stderr)
    if first != getpass.getpass(say("encrypt-again", language()), stream=sys.stderr):
        raise Problem("encrypted-unequal")
    return first


def _demand_closed(other: object) -> None:
    if other is not None:
        raise Problem("encrypted-in-use")
