"""What a sheet's page asks of the laptop, and what it answers, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from field_client.people import people
from sync.entry import drafts, typed
from sync.period import parse
from sync.review import Decided
from tests.browser.sheets import GOOD, hand_in
from tests.integration.sheet_api import Api, api_of, row
from tests.unit.field_office import Office, office_in
from tests.unit.reviewing import PERIOD, Reviewer

# Other pages of the same application say what they take in a way that the next Litestar won't have.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(deprecated inferred style|deprecated default style|Litestar 3.0)"
)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A server with one village."""
    async with office_in(tmp_path) as made:
        yield made


@pytest.fixture
async def api(office: Office) -> AsyncIterator[Api]:
    """The sheet of a laptop of that village, blank."""
    async with office.desk("张三") as desk, api_of(desk) as opened:
        yield opened


async def test_a_keystroke_is_kept_and_read_back(api: Api) -> None:
    """What can't be read yet is kept all the same, with the reason it can't."""
    kept = await api.done("/draft", {"code": "B001", "text": "3.5万", "unit": "元"})
    assert kept == {"reads": "3.5 万元", "why": "", "warns": []}
    kept = await api.done("/draft", {"code": "B001", "text": "3.5.", "unit": "元"})
    assert "3.5." in kept["why"]

    assert row(await api.look(), "B001")["draft"] == "3.5."
    await api.enter("B001", "35000", "元")
    shown = row(await api.look(), "B001")
    assert (shown["draft"], shown["text"], shown["texts"]["元"]) == (None, "3.5", "35000")


async def test_words_are_kept_while_they_are_typed(api: Api) -> None:
    """A note or an explanation that was not finished is there again, until it is recorded."""
    await api.done("/words", {"name": "note B001", "text": "按合"})
    assert (await api.look())["words"] == {"note B001": "按合"}

    sheet = (await api.done("/note", {"code": "B001", "text": "按合同"}))["sheet"]
    assert (row(sheet, "B001")["note"], sheet["words"]) == ("按合同", {})


async def test_an_answer_carries_findings_and_calculated_figures(api: Api) -> None:
    """The same answer that says 'saved' says what the value broke and what it makes."""
    for code, text in GOOD.items():
        answer = await api.enter(code, text)
    assert [one for one in answer["sheet"]["findings"] if one["weight"] == "block"] == []

    sheet = (await api.enter("B001", "180"))["sheet"]
    found = [one for one in sheet["findings"] if one["weight"] == "block"]
    assert [one["cells"][0] for one in found] == ["B001"]
    assert "2" in found[0]["sentence"]
    assert any(one["now"] == "130 万元" for one in sheet["derived"])


async def test_what_is_typed_is_judged_before_it_is_recorded(api: Api) -> None:
    """A draft's answer says what the checks would say, in the same words as once it is saved (F70)."""
    for code, text in GOOD.items():
        await api.enter(code, text)
    kept = await api.done("/draft", {"code": "B001", "text": "180"})
    sheet = (await api.enter("B001", "180"))["sheet"]

    assert kept["warns"] == [one["sentence"] for one in sheet["findings"]]
    assert len(kept["warns"]) == 1


async def test_a_value_nobody_saw_is_never_covered(api: Api, office: Office) -> None:
    """A page that shows nothing yet types beside what arrived meanwhile, and the row says so."""
    before = row(await api.look(), "B001")["shown"]
    async with office.desk("李四") as other:
        await typed.enter(other, other.place, parse(PERIOD), "B001", "99")
        await office.sync(other)
    await office.sync(api.desk)
    cell = {"code": "B001", "text": "178", "shown": before}

    answer = await api.done("/enter", {"cells": [cell]})

    rivals = {one["value"]: one["by"] for one in row(answer["sheet"], "B001")["rivals"]}
    assert rivals == {"178 万元": "张三", "99 万元": "李四"}


async def test_one_cell_that_cannot_be_read_keeps_no_other_back(api: Api) -> None:
    """Of a paste, each cell stands for itself; the answer names what was refused, and why."""
    cells = [{"code": "B001", "text": "178"}, {"code": "B002", "text": "五十"}]
    answer = await api.done("/enter", {"cells": cells})

    assert [one["code"] for one in answer["done"]] == ["B001"]
    assert "五十" in answer["refused"]["B002"]


async def test_undo_brings_back_and_its_answer_redoes(api: Api) -> None:
    """Each act's word undoes it, several cells at a time."""
    done = (await api.enter("B001", "100"))["done"] + (await api.enter("B002", "40"))["done"]
    shown = {one["code"]: one["shown"] for one in (await api.look())["rows"]}
    back = [{"code": d["code"], "before": d["before"], "shown": shown[d["code"]]} for d in done]

    undone = await api.done("/undo", {"cells": back})
    assert {row(undone["sheet"], one)["text"] for one in ("B001", "B002")} == {""}
    again = [{"code": one["code"], "before": one["before"]} for one in undone["done"]]
    redone = await api.done("/undo", {"cells": again})
    assert [row(redone["sheet"], one)["text"] for one in ("B001", "B002")] == ["100", "40"]


async def test_what_one_person_typed_is_never_recorded_as_anothers(api: Api) -> None:
    """A page that was made for somebody else is told so, and nothing is kept of what it sends."""
    api.person = "00" * 16

    answer = await api.ask("/draft", {"code": "B001", "text": "1"})

    assert answer.json()["code"] == "sheet-other-person"
    assert people(api.desk)
    assert await drafts.of(api.desk, api.desk.place, PERIOD) == {}


NONSENSE: list[tuple[str, object]] = [
    ("/draft", {"code": "B999", "text": "1"}),
    ("/draft", {"code": "B001", "text": "1" * 100_000}),
    ("/confirm", {"codes": ["B001"], "shown": {"B001": ["zz"]}}),
    ("/confirm", {"codes": ["B001"], "shown": {"B001": []}}),
    ("/undo", {"cells": "all"}),
    ("/reason", {"code": "B001", "text": "because"}),
    ("/explain", {"name": "R31:B001", "period": "never", "text": "x"}),
    ("/words", {"name": "B001", "text": "x"}),
    ("/note", {"code": "B999", "text": "x"}),
    ("/paste", {"code": "B001", "text": "1\n" * 2000}),
    ("/withdraw", {}),
    ("/ask-back", {"text": "x"}),
    ("/enter", {"cells": [{"code": "B001"}]}),
]


async def test_what_makes_no_sense_is_one_sentence(api: Api) -> None:
    """No request of a page makes a fault, and none of these records anything."""
    for path, body in NONSENSE:
        answer = await api.ask(path, body)

        assert answer.status_code == 422, (path, body, answer.text)
        assert answer.json()["sentence"]
    assert all(one["text"] == "" for one in (await api.look())["rows"])


async def test_a_form_goes_its_way(api: Api, office: Office) -> None:
    """Blank, it says what is missing; handed in, it is locked; in review it can be asked back."""
    found = await api.done("/obstacles")
    assert sorted(found["missing"]) == sorted(GOOD)
    assert (await api.done("/submit"))["sheet"]["standing"]["stage"] == "draft"
    await hand_in(api.desk)
    assert "还没发到服务器" in (await api.look())["standing"]["sentence"]
    await office.sync(api.desk)
    sheet = await api.look()
    assert "服务器已收到" in sheet["standing"]["sentence"]
    assert {one["lock"] for one in sheet["rows"]} == {"submitted"}

    reviewer = await Reviewer.at(office)
    await reviewer.decide(Decided.BEGUN)
    await office.sync(api.desk)
    answer = await api.done("/ask-back", {"text": "漏了一笔"})

    standing = answer["sheet"]["standing"]
    assert (standing["can_withdraw"], standing["can_ask_back"]) == (False, True)
    assert standing["asked"] == "漏了一笔"
