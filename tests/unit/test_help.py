"""Every help page comes in the language of whoever reads it, whole, and in that language alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import click
import pytest

from sync.cli.help import command_key, parameter_key
from sync.cli.layout import definitions, wrapped
from sync.texts import LANGUAGES, Language, load
from tests.conftest import Outcome
from tests.tidy.pages import commands, parameters
from tests.tidy.test_texts import SIMPLIFIED_ONLY

Run = Callable[..., Outcome]
COMMANDS = commands()
WORDS = load("words")
# Words of a command line that are the same in every language: what an English word may be part of.
SAME = re.compile(r"--?[\w-]+|\[[\w\[\]|.]+\]|[\w./-]*[_/|.@,][\w./|,\[\]-]+|\b[A-Z][A-Z0-9_.,]*\b")
ENGLISH = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")

every_command = pytest.mark.parametrize(
    "path,command", COMMANDS, ids=[" ".join(path) or "tianji" for path, _ in COMMANDS]
)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def page(tianji: Run, language: Language, path: tuple[str, ...]) -> str:
    """The help page, once it is sure that printing it went well."""
    outcome = tianji("--language", language, *path, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


def prose(text: str, path: tuple[str, ...], command: click.Command) -> str:
    """A page without what is the same in every language: names, codes, metavars, examples."""
    lines = [line for line in text.splitlines() if not line.startswith("  tianji ")]
    text = "\n".join(lines).replace(" ".join(("tianji", *path)), "")
    for one in parameters(command):
        if isinstance(one.default, str) and one.default:
            text = text.replace(one.default, "")
    return SAME.sub("", text)


@every_command
def test_every_command_and_parameter_has_a_text(
    path: tuple[str, ...], command: click.Command
) -> None:
    """Each finds its key; that the key has three languages, the tidy tests see to."""
    lacking = [one.name for one in parameters(command) if parameter_key(path, one) is None]

    assert command_key(path) is not None
    assert lacking == []


@every_language
@every_command
def test_a_page_says_what_the_command_and_each_option_is_for(
    path: tuple[str, ...], command: click.Command, language: Language, tianji: Run
) -> None:
    """Every text stands on the page, whatever its lines."""
    shown = "".join(page(tianji, language, path).split())
    keys = [command_key(path), *(parameter_key(path, one) for one in parameters(command))]
    unsaid = [key for key in keys if "".join(WORDS[str(key)][language].split()) not in shown]

    assert unsaid == []


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
@every_command
def test_a_chinese_page_holds_no_english_sentence(
    path: tuple[str, ...], command: click.Command, language: Language, tianji: Run
) -> None:
    """No two English words follow one another, but in names, metavars and examples."""
    text = prose(page(tianji, language, path), path, command)

    assert ENGLISH.findall(text) == []


@every_command
def test_an_english_page_holds_no_chinese(
    path: tuple[str, ...], command: click.Command, tianji: Run
) -> None:
    """Only the name of the software and what stands in examples is Chinese."""
    text = prose(page(tianji, "en", path), path, command).replace("田记", "")

    assert re.findall(r"[\u3000-\u9fff\uff00-\uffef]", text) == []


@every_command
def test_a_traditional_page_holds_no_simplified_character(
    path: tuple[str, ...], command: click.Command, tianji: Run
) -> None:
    """Among those that are most common."""
    text = prose(page(tianji, "zh-Hant", path), path, command)

    assert SIMPLIFIED_ONLY & set(text) == set()


@pytest.mark.parametrize(
    "variables,expected",
    [
        ({"TIANJI_LANG": "zh-TW", "LANG": "en_GB.UTF-8"}, "選項："),
        ({"LANG": "en_GB.UTF-8"}, "Options:"),
        ({"LANG": "C.UTF-8"}, "选项："),
        ({}, "选项："),
    ],
)
def test_the_environment_decides_where_no_language_is_asked_for(
    variables: dict[str, str], expected: str, tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TIANJI_LANG, else LANG; Simplified Chinese if neither says one that there is."""
    for name in ("TIANJI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert expected in tianji("server", "init", "--help").out


def test_a_group_called_without_a_command_shows_its_page(tianji: Run) -> None:
    """On standard error and with code 2, in the language asked for."""
    outcome = tianji("--language", "zh-Hant", "server", "device")

    assert (outcome.code, outcome.out) == (2, "")
    assert "  invite  產生一次性登記碼，供一台電腦登記到一個單位\n" in outcome.err


@pytest.mark.parametrize(
    "arguments,expected",
    [
        ("server nonsense", "没有“nonsense”这个命令"),
        ("server init --nonsense", "没有“--nonsense”这个选项"),
        ("server init", "缺少 --data"),
        ("server init --data", "选项 --data 后面缺少值"),
        ("server init --json=1", "选项 --json 后面缺少值，或写了它不带的值"),
        ("server init --data . a b", "“tianji server init”后面多了“a b”"),
        ("server init --data FILE", "test_help.py”是一个文件"),
        ("server values import absent.csv --data .", "FILE 的值不对：没有“absent.csv”这个文件"),
        ("server backup -o . --data .", "--output 的值不对：“.”是文件夹"),
        ("server run --data . --port x", "--port 的值不对：请填整数"),
        ("demo --villages 501", "--villages 的值不对：请填 1 到 500 之间的整数"),
        ("demo --seed -1", "--seed 的值不对：请填不小于 0 的整数"),
        ("server totals --tree oak", "--tree 的值不在可选之列"),
        ("", "“tianji”后面缺少命令"),
    ],
)
def test_wrong_usage_is_said_in_chinese(
    arguments: str, expected: str, tianji: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence that holds none of the words of the library that reads the command line."""
    monkeypatch.delenv("TIANJI_DATA", raising=False)
    given = [__file__ if one == "FILE" else one for one in arguments.split()]
    outcome = tianji("--language", "zh-Hans", *given)

    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert expected in outcome.err
    assert ENGLISH.findall(re.sub(r"“[^”]*”", "", outcome.err)) == []


def test_lines_are_as_wide_as_they_look() -> None:
    """Ten columns hold five Chinese characters, and no line begins with a closing mark."""
    assert wrapped("报送一张表，请用 tianji 同步。", 10) == [
        "报送一张",
        "表，请用",
        "tianji 同",
        "步。",
    ]


def test_a_wide_term_has_its_line_to_itself() -> None:
    """What it means begins on the next, under the others."""
    rows = [("--role [" + "a" * 30 + "]", "角色"), ("-h", "帮助")]
    wide, *rest = definitions(rows, 60)

    assert wide == "  " + rows[0][0]
    assert rest == [" " * 34 + "角色", "  -h" + " " * 30 + "帮助"]
