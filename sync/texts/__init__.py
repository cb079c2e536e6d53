"""Sentences in three languages, read once from the TOML files beside this one.

A text is a table with `zh-Hans`, `zh-Hant` and `en`; `{name}` marks where a value goes.
Simplified Chinese is the first language: it is shown where none was asked for.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, get_args

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Text = dict[str, str]


def load(folder: str) -> dict[str, Text]:
    """All texts of the folder's TOML files, by key; a key that two files hold is an error."""
    texts: dict[str, Text] = {}
    for entry in sorted((files(__name__) / folder).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            for key, text in tomllib.loads(entry.read_text("utf-8")).items():
                assert key not in texts, key
                texts[key] = text
    return texts


def sentence(text: Text, language: Language, values: Mapping[str, object]) -> str:
    """The text in that language with its values filled in."""
    return text[language].format(**values)


def negotiate(wanted: str | None) -> Language:
    """The language that a tag such as `zh_TW.UTF-8` or `en-GB` asks for; Simplified if unclear."""
    tag = (wanted or "").split(".")[0].replace("_", "-").lower()
    if tag.startswith("zh"):
        traditional = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
        return "zh-Hant" if tag.startswith(traditional) else "zh-Hans"
    return "en" if tag.startswith("en") else "zh-Hans"


def say(key: str, language: Language, /, **values: object) -> str:
    """The word or sentence under that key of `words/*.toml`."""
    return sentence(_words()[key], language, values)


def say_raw(key: str, language: Language) -> str:
    """The same with its `{name}` left in, for templates that fill in values themselves."""
    return _words()[key][language]


def known(key: str) -> bool:
    """Whether there is a word or sentence under that key."""
    return key in _words()


@functools.cache
def _words() -> dict[str, Text]:
    return load("words")
