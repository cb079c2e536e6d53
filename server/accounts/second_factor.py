"""A second factor: codes that a person's telephone makes (RFC 6238), and recovery codes.

A secret counts once a code of it was shown. A code is good in its half minute and in those beside
it, since clocks differ, and only once. Recovery codes are good once each, for when the telephone
is gone.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import pyotp
import segno

from server.accounts.sealing import safe_of
from sync.ids import PersonId
from sync.ledger.database import Database
from sync.ledger.ledger import Ledger
from sync.limits import RECOVERY_CODES, SECOND_FACTOR_SETUP_SECONDS
from sync.problems import Problem

__all__ = [
    "Proof",
    "begin",
    "confirm",
    "is_set",
    "left",
    "new_recovery_codes",
    "offered",
    "prove",
    "qr_code",
    "remove_within",
    "secret_groups",
]

ISSUER = "Tianji"
STEP_SECONDS = 30
_SECRET_BYTES = 20
_STEPS_BESIDE = 1
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(r"[a-z2-7]{16}")
_GROUP_CHARS = 4
Chance = Callable[[int], bytes]


class Proof(NamedTuple):
    """How somebody proved that they hold the second factor; recovery codes run out."""

    by_recovery: bool
    left: int


async def is_set(database: Database, person: PersonId) -> bool:
    """Whether the person has a second factor that counts."""
    rows = await database.rows(
        "SELECT 1 FROM second_factor WHERE person = ? AND confirmed = 1", (person,)
    )
    return bool(rows)


async def begin(ledger: Ledger, person: PersonId, random_bytes: Chance) -> None:
    """A new secret, which counts once it is confirmed. Raises `second-factor-there`."""
    database = ledger.database
    async with database.writing():
        if await is_set(database, person):
            raise Problem("second-factor-there")
        safe = await safe_of(database)
        sealed = safe.seal(random_bytes(_SECRET_BYTES), person, random_bytes(12))
        await database.run(
            "INSERT OR REPLACE INTO second_factor (person, sealed, confirmed, last_step, made_at)"
            " VALUES (?, ?, 0, 0, ?)",
            (person, sealed, ledger.now()),
        )


async def offered(ledger: Ledger, person: PersonId) -> str | None:
    """The secret that waits for its first code, in base 32; None where none does."""
    rows = await ledger.database.rows(
        "SELECT sealed FROM second_factor WHERE person = ? AND confirmed = 0 AND made_at > ?",
        (person, ledger.now() - SECOND_FACTOR_SETUP_SECONDS),
    )
    if not rows:
        return None
    secret = (await safe_of(ledger.database)).open(rows[0][0], person)
    return None if secret is None else base64.b32encode(secret).decode()


async def confirm(ledger: Ledger, person: PersonId, code: str, random_bytes: Chance) -> list[str]:
    """Makes the secret count, since a code of it was shown; the recovery codes, shown once.

    Raises `second-factor-none`, `code-wrong`.
    """
    secret = await offered(ledger, person)
    if secret is None:
        raise Problem("second-factor-none")
    step = _step_of(secret, code, ledger.now(), 0)
    if step is None:
        raise Problem("code-wrong")
    database = ledger.database
    async with database.writing():
        await database.run(
            "UPDATE second_factor SET confirmed = 1, last_step = ? WHERE person = ?",
            (step, person),
        )
        return await _recovery_codes(database, person, random_bytes)


async def prove(ledger: Ledger, person: PersonId, code: str) -> Proof:
    """Takes a code of either kind, which is used up then.

    Raises `code-wrong`, `second-factor-none`, `second-factor-unreadable`.
    """
    plain = _plain(code)
    database = ledger.database
    async with database.writing():
        rows = await database.rows(
            "SELECT sealed, last_step FROM second_factor WHERE person = ? AND confirmed = 1",
            (person,),
        )
        if not rows:
            raise Problem("second-factor-none")
        sealed, last = rows[0]
        safe = await safe_of(database)
        if _RECOVERY.fullmatch(plain):
            used = await database.rows(
                "UPDATE recovery_code SET used_at = ? WHERE code_hash = ? AND person = ?"
                " AND used_at IS NULL RETURNING 1",
                (ledger.now(), safe.mark(plain, person), person),
            )
            if not used:
                raise Problem("code-wrong")
            return Proof(by_recovery=True, left=await left(database, person))
        secret = safe.open(sealed, person)
        if secret is None:
            raise Problem("second-factor-unreadable")
        step = _step_of(base64.b32encode(secret).decode(), plain, ledger.now(), last)
        if step is None:
            raise Problem("code-wrong")
        await database.run(
            "UPDATE second_factor SET last_step = ? WHERE person = ?", (step, person)
        )
        return Proof(by_recovery=False, left=await left(database, person))


async def left(database: Database, person: PersonId) -> int:
    """How many recovery codes a person has left."""
    ((count,),) = await database.rows(
        "SELECT count(*) FROM recovery_code WHERE person = ? AND used_at IS NULL", (person,)
    )
    return int(count)


async def new_recovery_codes(ledger: Ledger, person: PersonId, random_bytes: Chance) -> list[str]:
    """New recovery codes in the place of the old ones, shown once."""
    database = ledger.database
    async with database.writing():
        return await _recovery_codes(database, person, random_bytes)


async def remove_within(database: Database, person: PersonId) -> bool:
    """Takes the second factor away, with its recovery codes; whether there was one."""
    await database.run("DELETE FROM recovery_code WHERE person = ?", (person,))
    return bool(
        await database.rows("DELETE FROM second_factor WHERE person = ? RETURNING 1", (person,))
    )


def qr_code(secret: str, login: str) -> str:
    """What a telephone's camera reads, as the address of an image."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, light="#fff")


def secret_groups(secret: str) -> str:
    """The secret in groups, for whoever types it."""
    return _grouped(secret.lower())


async def _recovery_codes(database: Database, person: PersonId, random_bytes: Chance) -> list[str]:
    codes = [base64.b32encode(random_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    safe = await safe_of(database)
    await database.run("DELETE FROM recovery_code WHERE person = ?", (person,))
    await database.run_many(
        "INSERT INTO recovery_code (code_hash, person, used_at) VALUES (?, ?, NULL)",
        [(safe.mark(code, person), person) for code in codes],
    )
    return [_grouped(code) for code in codes]


def _step_of(secret: str, code: str, now: int, last: int) -> int | None:
    """The half minute whose code it is, later than the last one used; None if it is wrong."""
    plain = _plain(code)
    if not _CODE.fullmatch(plain):
        return None
    made, found = pyotp.TOTP(secret, interval=STEP_SECONDS), None
    for beside in range(-_STEPS_BESIDE, _STEPS_BESIDE + 1):
        step = now // STEP_SECONDS + beside
        if hmac.compare_digest(made.generate_otp(step), plain) and step > last:
            found = step
    return found


def _plain(code: str) -> str:
    """A code as it was made, however it was typed: full width, groups, capitals."""
    text = unicodedata.normalize("NFKC", code[:64]).casefold()
    return "".join(text.split()).replace("-", "")


def _grouped(text: str) -> str:
    return " ".join(text[i : i + _GROUP_CHARS] for i in range(0, len(text), _GROUP_CHARS))
