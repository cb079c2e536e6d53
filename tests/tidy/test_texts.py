"""Whatever can be said is said in three languages, and nothing is kept that is never said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from sync.cli.help import command_key, parameter_key
from sync.problems import Blame
from sync.texts import LANGUAGES, Text, load
from tests.tidy.pages import commands, parameters
from tests.tidy.source import calls, modules, texts

PROBLEMS = load("problems")
WORDS = load("words")
SAYERS = {
    **dict.fromkeys(("say", "texts.say", "_say", "tell", "cli.tell"), WORDS),
    **dict.fromkeys(("Problem", "problems.Problem"), PROBLEMS),
}
SHIPPED = ("sync", "server", "field_client", "deploy")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;?!][\u4e00-\u9fff]")
PREFIX_CHARS_MIN = 4
# The characters of our texts, the most frequent first, that Traditional Chinese writes otherwise.
SIMPLIFIED_ONLY = set(
    "请个数没这记务对写码录据报时为级单内导电脑机权标备夹处动选项号换账复无读变编层过区划员从别"
    "结汇总设应则给现还开错说软与会并运间审义称误头样网试盘问发来环种显钥两镇几签见状检补计联络属"
    "统访执随认关么连须响参离线张经语钟档"
)

both = pytest.mark.parametrize("folder", [PROBLEMS, WORDS], ids=["problems", "words"])


PAGES = {
    name: text
    for name, text in texts().items()
    if name.endswith((".html", ".js")) and not name.endswith(".min.js")
}
IN_PAGE = re.compile(
    r"""(?<![\w.])(?:_|say|ngettext)\(['"]([\w-]+)['"](?:, ['"]([\w-]+)['"])?[,)]"""
)
BEGUN = re.compile(r"""['"]([a-z]+-[\w-]*-)['"] ~""")


def names(sentence: str) -> set[str]:
    """The placeholders of a sentence."""
    return {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}


def said() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call that says a text by its literal key: the sayer, the key, the call."""
    for module in modules(*SHIPPED):
        for name, call in calls(module.tree):
            if name in SAYERS and call.args and isinstance(call.args[0], ast.Constant):
                yield name, str(call.args[0].value), call


def mentioned() -> tuple[set[str], set[str]]:
    """All strings of the code, and the beginnings of those that are put together."""
    whole, begun = set(), set()
    for module in modules(*SHIPPED):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    return whole, {text for text in begun if len(text) >= PREFIX_CHARS_MIN and "-" in text}


def helped() -> set[str]:
    """The keys that the help pages of all commands ask for."""
    found = set()
    for path, command in commands():
        found |= {command_key(path), *(parameter_key(path, one) for one in parameters(command))}
    return {key for key in found if key is not None}


@both
def test_every_text_is_there_in_three_languages(folder: dict[str, Text]) -> None:
    """None lacks a language or leaves one empty."""
    lacking = [key for key, text in folder.items() if not all(map(text.get, LANGUAGES))]

    assert lacking == []


@both
def test_a_text_names_the_same_values_in_each_language(folder: dict[str, Text]) -> None:
    """A placeholder of one language is in the others."""
    unequal = [
        key
        for key, text in folder.items()
        if len({frozenset(names(text[language])) for language in LANGUAGES}) != 1
    ]

    assert unequal == []


@both
def test_chinese_has_full_width_punctuation(folder: dict[str, Text]) -> None:
    """No ASCII comma, colon or mark touches a Chinese character."""
    half = [
        key
        for key, text in folder.items()
        if HALF_WIDTH.search(text["zh-Hans"]) or HALF_WIDTH.search(text["zh-Hant"])
    ]

    assert half == []


@both
def test_traditional_chinese_holds_no_simplified_character(folder: dict[str, Text]) -> None:
    """What was taken over from the Simplified text is found by the characters that are frequent."""
    wrong = {key: SIMPLIFIED_ONLY & set(text["zh-Hant"]) for key, text in folder.items()}

    assert {key: found for key, found in wrong.items() if found} == {}


def test_every_problem_says_whose_it_is_and_whether_to_try_again() -> None:
    """`blame` and `retry` are filled in from their short lists, and nothing else is there."""
    fields = {"blame", "retry", *LANGUAGES}
    wrong = [
        code
        for code, text in PROBLEMS.items()
        if set(text) != fields or text["blame"] not in set(Blame) or text["retry"] not in _RETRY
    ]

    assert wrong == []


def test_whatever_is_said_is_in_the_texts_with_all_its_values() -> None:
    """A literal key exists, and the call hands over each value that its sentence names."""
    wrong = []
    for sayer, key, call in said():
        text = SAYERS[sayer].get(key)
        given = {keyword.arg for keyword in call.keywords}
        if text is None:
            wrong.append(f"{key}: no such text")
        elif None not in given and not names(text["en"]) <= given:
            wrong.append(f"{key}: lacks {sorted(names(text['en']) - given)}")

    assert wrong == []


def test_whatever_a_page_says_is_in_the_texts() -> None:
    """A key that a template or a module of the browser names exists."""
    wrong = [
        f"{name}: {key}"
        for name, text in PAGES.items()
        for keys in IN_PAGE.findall(text)
        for key in keys
        if key and key not in WORDS
    ]

    assert wrong == []


@both
def test_every_text_is_said_somewhere(folder: dict[str, Text]) -> None:
    """A key stands in the code or a page, whole or by its beginning, or a help page asks for it."""
    whole, begun = mentioned()
    whole |= helped()
    pages = " ".join(PAGES.values())
    begun |= set(BEGUN.findall(pages))
    unsaid = [
        key
        for key in folder
        if key not in whole and not key.startswith(tuple(begun)) and key not in pages
    ]

    assert unsaid == []


_RETRY = ("yes", "no")
