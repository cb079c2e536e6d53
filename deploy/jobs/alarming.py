"""Telling somebody that a job keeps failing: by a webhook, by e-mail, or both.

An alarm that can't be told is no reason to stop: it is said on standard error, and the history has
the runs.
"""

from __future__ import annotations

import asyncio
import os
import smtplib
import sys
from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import httpx

from deploy.jobs.config import Alarm, Job
from sync.texts import Language, say

__all__ = ["teller"]

_SECONDS_MAX = 20.0
_PASSWORD = "TIANJI_MAIL_PASSWORD"  # noqa: S105 - a variable's name


def teller(alarm: Alarm, language: Language) -> Callable[[Job, int, str], Awaitable[None]]:
    """Who tells, and how, as the file says."""

    async def tell(job: Job, failed: int, words: str) -> None:
        text = say("jobs-alarm", language, job=job.name, count=failed, words=words or "-")
        sys.stderr.write(f"{text}\n")
        try:
            if alarm.webhook:
                await _post(alarm.webhook, job, failed, text)
            if alarm.mail_to:
                await asyncio.to_thread(_mail, alarm, job, text)
        except (httpx.HTTPError, OSError, smtplib.SMTPException) as error:
            why = type(error).__name__
            sys.stderr.write(say("jobs-alarm-untold", language, job=job.name, why=why) + "\n")

    return tell


async def _post(address: str, job: Job, failed: int, text: str) -> None:
    async with httpx.AsyncClient(timeout=_SECONDS_MAX) as client:
        document = {"job": job.name, "failed": failed, "text": text}
        (await client.post(address, json=document)).raise_for_status()


def _mail(alarm: Alarm, job: Job, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = alarm.mail_from, alarm.mail_to
    message["Subject"] = f"Tianji: {job.name}"
    message.set_content(text)
    with smtplib.SMTP(alarm.smtp_host, alarm.smtp_port, timeout=_SECONDS_MAX) as server:
        password = os.environ.get(_PASSWORD)
        if password:
            server.starttls()
            server.login(alarm.mail_from, password)
        server.send_message(message)
