"""The command line's frame: every ending is one sentence and a code that means something."""

from __future__ import annotations

import asyncio
import errno
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from sync.cli import async_command, data_option, json_option, not_so, print_json, print_table, tell
from sync.cli import root as cli_root
from sync.problems import Problem
from tests.conftest import Outcome

Run = Callable[..., Outcome]


class Group:
    """Stands where an entry point stands: has a name and can be loaded."""

    def __init__(self, command: Callable[[], click.Command]) -> None:
        self.load = command


@pytest.fixture
def ending(tianji: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a group `try` whose command `it` ends by raising what is given."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))

    def run(error: BaseException) -> Outcome:
        @click.command()
        @async_command
        async def it() -> None:
            async with asyncio.TaskGroup():
                raise error

        use(monkeypatch, it)
        return tianji("try", "it")

    return run


def use(monkeypatch: pytest.MonkeyPatch, command: click.Command) -> None:
    """Make `tianji try` a group with this one command."""
    group = click.Group("try", commands=[command])
    monkeypatch.setattr(cli_root, "_entry_points", lambda: {"try": Group(lambda: group)})


def one_sentence(outcome: Outcome) -> str:
    """The sentence on standard error, once it is sure that there is one and nothing else."""
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    return outcome.err.strip()


@pytest.mark.parametrize(
    "arguments,expected",
    [
        (["nonsense"], "There is no command 'nonsense'"),
        (["--nonsense"], "There is no option '--nonsense'"),
        (["try", "it"], "--data is missing"),
        (["try", "it", "--data"], "The command is not used right"),
        (["try", "it", "--data", ".", "--count", "many"], "The value of --count is wrong"),
        (["try", "it", "--data", ".", "--kind", "c"], "The value of --kind is not a choice"),
        (["try", "it", "--data", ".", "more"], "The command is not used right"),
    ],
)
def test_wrong_usage_is_one_sentence(
    arguments: list[str], expected: str, tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with a command line is said like any other problem, with code 2."""

    @click.command()
    @data_option
    @click.option("--count", type=int)
    @click.option("--kind", type=click.Choice(["a", "b"]))
    def it(**_: object) -> None:
        raise AssertionError

    monkeypatch.delenv("TIANJI_DATA", raising=False)
    use(monkeypatch, it)

    assert expected in one_sentence(tianji(*arguments))


def test_a_problem_is_said_in_the_language_asked_for(ending: Run, tianji: Run) -> None:
    """Its sentence goes to standard error, also out of a group of tasks."""
    problem = Problem("reason-unknown", text="x", known="a, b")

    assert one_sentence(ending(problem)) == problem.say("en")
    assert one_sentence(tianji("--language", "zh-TW", "try", "it")) == problem.say("zh-Hant")


@pytest.mark.parametrize(
    "number,expected",
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EROFS, "'x.db' may not be read or written"),
        (errno.ENOENT, "There is no 'x.db'"),
        (errno.EADDRINUSE, "The port is in use"),
        (errno.EIO, "'x.db' cannot be used"),
    ],
)
def test_trouble_with_the_machine_is_one_sentence(number: int, expected: str, ending: Run) -> None:
    """A full or read-only disk, a missing file, a taken port: said, and no traceback."""
    assert expected in one_sentence(ending(OSError(number, "reason", "x.db")))


def test_a_fault_of_the_software_is_kept_in_a_file(ending: Run, tmp_path: Path) -> None:
    """The person is told where the detail lies, and it lies there."""
    sentence = one_sentence(ending(ZeroDivisionError("why")))
    (file,) = tmp_path.rglob("*.log")

    assert str(file) in sentence
    assert "ZeroDivisionError: why" in file.read_text("utf-8")


def test_a_traceback_is_shown_only_if_asked_for(
    ending: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TIANJI_DEBUG=1 is for whoever mends the software."""
    monkeypatch.setenv("TIANJI_DEBUG", "1")

    assert "Traceback" in ending(ZeroDivisionError()).err


def test_ctrl_c_ends_without_a_traceback(ending: Run) -> None:
    """Stopping is no fault; its code is the usual one."""
    assert ending(KeyboardInterrupt()) == Outcome(130, "", "Stopped.\n")


def test_no_is_an_answer_with_a_code_of_its_own(
    tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`not_so` ends with 1 and says nothing by itself."""
    use(monkeypatch, click.Command("it", callback=not_so))

    assert tianji("try", "it") == Outcome(1, "", "")


def test_a_group_that_cannot_be_loaded_leaves_the_others_alone(
    tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Help lists it, calling it is one sentence, and the other group runs."""

    def absent() -> click.Command:
        raise ModuleNotFoundError("No module named 'absent'")

    other = click.Group("demo", commands=[click.Command("it", callback=not_so)])
    groups = {"server": Group(absent), "demo": Group(lambda: other)}
    monkeypatch.setattr(cli_root, "_entry_points", lambda: groups)

    assert "server" in tianji("--help").out
    assert "The command 'server' cannot be loaded" in one_sentence(tianji("server"))
    assert tianji("demo", "it").code == 1


def test_a_table_that_is_piped_is_aligned_by_what_is_seen(
    tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Chinese character takes two columns, numbers stand to the right, no line is cut."""

    def it() -> None:
        print_table(["name", "value"], [("塘㙍镇", "1,200.5"), ("a", None), ("long" * 40, -3)])

    use(monkeypatch, click.Command("it", callback=it))
    lines = tianji("try", "it").out.splitlines()

    assert lines[1:3] == ["塘㙍镇" + " " * 156 + "1,200.5", "a"]
    assert lines[3] == "long" * 40 + "       -3"


@pytest.mark.parametrize("width", [20, 34, 60])
def test_a_table_on_a_narrow_terminal_loses_nothing(
    tianji: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Prose is wrapped, codes stay whole, and where even that is too wide it is printed plain."""
    monkeypatch.setenv("COLUMNS", str(width))
    name = "湛江市坡头区龙头镇塘㙍村民委员会"

    def it() -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        print_table(["code", "name"], [("440804103201", name)])

    use(monkeypatch, click.Command("it", callback=it))
    printed = tianji("try", "it").out

    assert "440804103201" in printed
    assert name in "".join(c for c in printed if c in name)


def test_json_is_one_document_of_plain_characters(
    tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese stays readable; words come in the person's language."""

    @click.command()
    @json_option
    def it(*, as_json: bool) -> None:
        if as_json:
            print_json({"name": "塘㙍镇"})
        else:
            tell("command-stopped")

    use(monkeypatch, it)
    printed = tianji("try", "it", "--json").out

    assert json.loads(printed) == {"name": "塘㙍镇"}
    assert "塘㙍镇" in printed
    assert tianji("try", "it").out == "Stopped.\n"
