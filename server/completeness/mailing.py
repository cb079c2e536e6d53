"""Messages over SMTP: what a reminder says, and a connection that takes several of them."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from server.completeness.gathering import Debt, Debtor
from server.settings import Settings
from sync.ledger.ledger import CHINA, Ledger
from sync.limits import MAIL_SECONDS_MAX
from sync.problems import Problem
from sync.screens.formats import date_words, period_words
from sync.texts import Language, say

__all__ = ["ADDRESS_CHARS_MAX", "checked_address", "connected", "is_set", "message", "words"]

ADDRESS_CHARS_MAX = 254
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NAMED_MAX = 10


def is_set(settings: Settings) -> bool:
    """Whether there is a server that takes messages."""
    return bool(settings.smtp_host and settings.smtp_from)


def checked_address(text: str) -> str:
    """An e-mail address as people have them. Raises `mail-address-malformed`."""
    address = text.strip()
    if len(address) > ADDRESS_CHARS_MAX or not _ADDRESS.fullmatch(address):
        raise Problem("mail-address-malformed", text=text[:60])
    return address


def words(books: Ledger, debtor: Debtor, language: Language, url: str) -> tuple[str, str]:
    """A reminder's subject and text: everything in one message."""
    today = books.today()
    first = debtor.debts[0]
    subject = say(
        "reminder-subject",
        language,
        count=len(debtor.debts),
        day=date_words(first.due, today, language=language),
    )
    lines = [
        say("reminder-hello", language, name=debtor.name),
        "",
        *(_line(books, one, language) for one in debtor.debts),
        "",
        say("reminder-how", language),
        *([url] if url else []),
        "",
        say("reminder-why", language),
    ]
    return subject, "\n".join(lines) + "\n"


def message(settings: Settings, debtor: Debtor, said: tuple[str, str], now: int) -> EmailMessage:
    """The message to that person."""
    mail = EmailMessage()
    mail["Subject"], text = said
    mail["From"], mail["To"] = settings.smtp_from, debtor.address
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, CHINA))
    mail["Message-ID"] = make_msgid(domain=settings.smtp_from.rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the server of the settings; blocks, so it belongs in a thread.

    Raises OSError, `smtplib.SMTPException`.
    """
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=MAIL_SECONDS_MAX) as smtp:
        if settings.smtp_starttls:
            smtp.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            smtp.login(settings.smtp_user, settings.smtp_password)
        yield smtp


def _line(books: Ledger, debt: Debt, language: Language) -> str:
    """One form: for how many places, what is missing, until when, how long it takes."""
    today = books.today()
    names = [
        books.tree.name(one.place, today) or books.tree.code(one.place, today)
        for one in debt.units[:_NAMED_MAX]
    ]
    if len(debt.units) > _NAMED_MAX:
        names.append(say("reminder-more", language, count=len(debt.units) - _NAMED_MAX))
    return say(
        "reminder-line-late" if debt.due < today else "reminder-line",
        language,
        form=debt.form.name.say(language),
        period=period_words(debt.period.text, language=language),
        places=say("screen-comma", language).join(names),
        day=date_words(debt.due, today, language=language),
        missing=sum(one.missing for one in debt.units),
        minutes=debt.minutes,
    )
