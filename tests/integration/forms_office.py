"""Workbooks of forms for tests: taken away, changed as by another program, brought back."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types

from tests.integration.desk_office import VILLAGE, DeskOffice

PERIOD, FORM = "2024Q3", "C201"
FIRST, SECOND = "B001", "B002"
Change = Callable[[Any], None]


async def download(county: DeskOffice, place: bytes = VILLAGE, layout: str = "") -> bytes:
    """The form's workbook, as the town's staff take it away."""
    query = f"place={place.hex()}&period={PERIOD}&form={FORM}&layout={layout}"
    answer = await county.browsers["staff"].get(f"/exchange/forms/file?{query}")
    assert answer.status_code == 200, answer.text
    return answer.content


def changed(content: bytes, change: Change) -> bytes:
    """The workbook with what somebody did to it in another program."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


async def look(county: DeskOffice, content: bytes, who: str = "staff") -> tuple[str, str]:
    """What the page says of an uploaded file, and the name it is kept under."""
    browser = county.browsers[who]
    answer = await browser.post("/exchange/import", files={"file": ("表.xlsx", content)})
    if answer.status_code != 303:
        return words(answer.text), ""
    page = await browser.get(answer.headers["location"])
    assert page.status_code == 200, page.text
    return words(page.text), answer.headers["location"].partition("=")[2]


async def taken(county: DeskOffice, content: bytes) -> str:
    """What the page says once what passes was taken."""
    _, file = await look(county, content)
    browser = county.browsers["staff"]
    answer = await browser.post("/exchange/import/take", data={"file": file})
    assert answer.status_code == 303, answer.text
    return words((await browser.get(answer.headers["location"])).text)


def words(page: str) -> str:
    """A page's text."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def typed(cell: str, value: object) -> Change:
    """Typing one value into the first sheet."""

    def change(book: Any) -> None:
        book.worksheets[0][cell] = value

    return change
