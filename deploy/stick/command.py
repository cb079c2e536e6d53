"""`tianji bundle write` and `read`: what a laptop and a server do with files on a stick."""

from __future__ import annotations

import platform
from pathlib import Path

import click

from sync.bundle import SUFFIX
from sync.cli import (
    async_command,
    data_option,
    json_option,
    language,
    not_so,
    print_json,
    tell,
)
from sync.ledger import identity
from sync.problems import Problem
from sync.roads.bundle import Arrived
from sync.roads.stickfile import read_file, write_file

__all__ = ["bundle"]

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)


@click.group()
def bundle() -> None:
    """Carry commits and answers by USB stick where there is no network."""


@bundle.command()
@click.option("-o", "--output", "file", metavar="FILE.tianji", required=True, type=_NEW)
@click.option("--place", metavar="CODE", help="At a server: for the laptops of that place.")
@data_option
@json_option
@async_command
async def write(data: Path, file: Path, place: str | None, *, as_json: bool) -> None:
    """Write a file to carry: at a laptop all that no server has, at a server what laptops lack.

    Only the one that it is for can read it. It does no harm to write several, or to lose one.
    """
    if _is_server(data):
        await _write_at_server(data, file, place, as_json=as_json)
    else:
        await _write_at_laptop(data, file, as_json=as_json)


@bundle.command()
@click.argument("file", metavar="FILE", type=_EXISTING)
@click.option(
    "-o",
    "--output",
    "answer",
    metavar="FILE.tianji",
    type=_NEW,
    help="At a server: where the answer goes; else beside the file.",
)
@data_option
@json_option
@async_command
async def read(data: Path, file: Path, answer: Path | None, *, as_json: bool) -> None:
    """Read a file that was carried: a server takes in what laptops sent, and writes its answer.

    What is whole in a damaged file counts; the same file may be read again.
    """
    if await _is_enrolling(data):
        await _enrol_by(data, file)
    if _is_server(data):
        await _read_at_server(data, file, answer, as_json=as_json)
    else:
        await _read_at_laptop(data, file, as_json=as_json)


@bundle.command()
@click.option("--place", metavar="CODE", required=True, help="Where the laptop is for.")
@click.option("-o", "--output", "file", metavar="FILE.tianji", required=True, type=_NEW)
@data_option
@async_command
async def invite(data: Path, place: str, file: Path) -> None:
    """At a server: write an invitation for a laptop that has no network."""
    from server.commands.opening import ledger_in, place_named
    from server.devices.invites import invite as invited
    from server.machine import random_bytes
    from sync.enrolment import clean_code
    from sync.invitation import Invitation, written

    async with ledger_in(data) as ledger:
        code = await invited(ledger, place_named(ledger, place), "enter", "", random_bytes)
        own = ledger.certificates[ledger.device]
        others = [one for one in ledger.certificates.values() if one != own]
    write_file(file, written(Invitation(ledger.realm, clean_code(code), (own, *others))))
    tell("bundle-invited", file=file.name)


@bundle.command()
@click.argument("invitation", metavar="INVITATION", type=_EXISTING)
@click.option("-o", "--output", "file", metavar="FILE.tianji", required=True, type=_NEW)
@click.option("--device-name", default="", help="What the laptop is called.")
@click.option("--person-name", default="", help="Who records on it.")
@data_option
@async_command
async def enrol(
    data: Path, invitation: Path, file: Path, device_name: str, person_name: str
) -> None:
    """At a new laptop: ask to be enrolled, by a file to carry to the server that invited."""
    from field_client.stick_enrolment import ask
    from server.machine import random_bytes

    named = device_name or platform.node()
    content = await ask(
        data, read_file(invitation), random_bytes, device_name=named, person_name=person_name
    )
    write_file(file, content)
    tell("bundle-asked", file=file.name)


def _is_server(data: Path) -> bool:
    known = identity.read(data)
    if known is None:
        raise Problem("data-missing", folder=str(data))
    return known.kind == "server"


async def _is_enrolling(data: Path) -> bool:
    from field_client.stick_enrolment import is_asked

    return await is_asked(data)


async def _enrol_by(data: Path, file: Path) -> None:
    from field_client.stick_enrolment import take_answer

    await take_answer(data, read_file(file))
    tell("bundle-enrolled")


async def _write_at_laptop(data: Path, file: Path, *, as_json: bool) -> None:
    from field_client.commands.writing import writing_desk
    from server.machine import random_bytes
    from sync.roads.bundle import outgoing

    async with writing_desk(data, file) as desk:
        made = await outgoing(desk.ledger, random_bytes)
        write_file(file, made.content)
        if as_json:
            print_json({"file": str(file), "bytes": len(made.content), "commits": made.commits})
        else:
            tell("bundle-written", file=file.name, commits=made.commits, bytes=len(made.content))


async def _read_at_laptop(data: Path, file: Path, *, as_json: bool) -> None:
    from field_client.commands.writing import writing_desk
    from sync.roads.bundle import take_in

    async with writing_desk(data, file) as desk:
        arrived = await take_in(desk.ledger, read_file(file))
        if as_json:
            problem = arrived.problem.code if arrived.problem else None
            print_json({**arrived._asdict(), "problem": problem})
        else:
            _say_arrived(arrived)
        if arrived.missing or arrived.problem or arrived.unreceipted:
            not_so()


async def _write_at_server(data: Path, file: Path, place: str | None, *, as_json: bool) -> None:
    from server.commands.opening import ledger_in, place_named
    from server.intake.bundles import unasked
    from server.machine import random_bytes

    async with ledger_in(data) as ledger:
        where = place_named(ledger, place) if place else ledger.root
        made = await unasked(ledger, where, random_bytes)
    write_file(file, made.content)
    if as_json:
        devices = [one.device.hex() for one in made.heard]
        print_json({"file": str(file), "bytes": len(made.content), "devices": devices})
    else:
        tell(
            "bundle-written-server",
            file=file.name,
            devices=len(made.heard),
            bytes=len(made.content),
        )


async def _read_at_server(data: Path, file: Path, answer: Path | None, *, as_json: bool) -> None:
    from server.commands.opening import ledger_in
    from server.intake.bundles import answer as answered
    from server.machine import random_bytes

    target = answer or file.with_name(f"{file.name.removesuffix(SUFFIX)}-answer{SUFFIX}")
    async with ledger_in(data) as ledger:
        done = await answered(ledger, read_file(file), random_bytes)
    write_file(target, done.content)
    sums = {
        "accepted": sum(one.accepted for one in done.heard),
        "refused": sum(one.refused for one in done.heard),
        "held": sum(one.held for one in done.heard),
    }
    problems = [one.problem for one in done.heard if one.problem]
    if as_json:
        codes = [problem.code for problem in problems]
        print_json({**sums, "missing": done.missing, "problems": codes, "answer": str(target)})
    else:
        tell("bundle-read-server", devices=len(done.heard), file=target.name, **sums)
        for problem in problems:
            tell("bundle-server-problem", why=problem.say(language()))
        if done.missing:
            tell("bundle-missing", count=done.missing)
    if done.missing or problems:
        not_so()


def _say_arrived(arrived: Arrived) -> None:
    if arrived.is_late:
        tell("bundle-late")
    tell("bundle-read", received=arrived.received, receipts=arrived.receipts)
    if arrived.refused:
        tell("field-sync-refused", count=arrived.refused)
    if arrived.missing:
        tell("bundle-missing", count=arrived.missing)
    if arrived.problem:
        tell("bundle-server-problem", why=arrived.problem.say(language()))
    if arrived.unreceipted:
        tell("bundle-waiting", count=arrived.unreceipted)
    elif arrived.agreed:
        tell("bundle-complete")
