"""Packs: reading, writing, and one problem for each way in which a pack can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalogue import shipped, shipped_files
from sync import pack
from sync.problems import Problem
from sync.texts import LANGUAGES

PACK = 'code = "tiny"\nedition = "1"\nname = { zh-Hans = "小", zh-Hant = "小", en = "Tiny" }\n'
WORDS = '{ zh-Hans = "甲", zh-Hant = "甲", en = "A" }'
A1 = f'[A1]\nname = {WORDS}\nlevel = "village"\nperiod = "year"\nspace = "sum"\ntime = "end"\n'
CHECK = f'[R1]\nseverity = "hard"\nscope = "within"\nrule = "A1 >= 0"\nmessage = {WORDS}\n'


def files(indicators: str = A1, /, **more: str) -> dict[str, bytes]:
    """A tiny pack with these indicators and these further files, named without their ending."""
    texts = {"pack": PACK, "indicators": indicators} | more
    return {f"{name}.toml": text.encode() for name, text in texts.items()}


def derived(formula: str, code: str = "A2") -> str:
    """A table of a derived indicator."""
    table = A1.replace("[A1]", f"[{code}]").replace('"sum"', '"ratio"')
    return f'{table}formula = "{formula}"\n'


def test_a_tiny_pack_reads() -> None:
    """What the files say is in the catalogue, under its code."""
    catalogue = pack.read(files(A1 + derived("A1 / 2"), checks=CHECK))

    assert list(catalogue.indicators) == ["A1", "A2"]
    assert catalogue.indicators["A1"].name.en == "A"
    assert catalogue.packs["tiny"].edition == "1"
    assert list(catalogue.checks) == ["R1"]


def test_written_files_read_back_as_the_same_catalogue() -> None:
    """Writing is the inverse of reading, to the version."""
    catalogue = shipped()

    again = pack.read(pack.write(catalogue))

    assert again.definitions() == catalogue.definitions()
    assert again.version == catalogue.version


def test_a_pack_may_be_split_and_lie_in_a_folder() -> None:
    """One file or many, bare names or paths of a zip: the same catalogue."""
    whole = pack.read(files(A1 + derived("A1 / 2")))
    split = files(A1) | {"indicators-b.toml": derived("A1 / 2").encode(), "README.md": b"\xff"}

    assert pack.read({f"tiny/{name}": data for name, data in split.items()}).version == (
        whole.version
    )


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    """Editors on Windows write both."""
    marked = b"\xef\xbb\xbf" + A1.replace("\n", "\r\n").encode()

    assert list(pack.read(files() | {"indicators.toml": marked}).indicators) == ["A1"]


HOSTILE = {
    "bad TOML": (files("[A1\n"), "pack-file-not-toml"),
    "bad UTF-8": (files() | {"forms.toml": b"\n\n\xff"}, "pack-file-not-utf8"),
    "no pack file": ({"indicators.toml": A1.encode()}, "pack-file-missing"),
    "unknown file": (files(indicater=A1), "pack-file-unknown"),
    "one file twice": (files() | {"x/indicators.toml": b""}, "pack-file-twice"),
    "a code twice in a file": (files(A1 + A1), "pack-file-not-toml"),
    "a code in two files": (files() | {"indicators-b.toml": A1.encode()}, "definition-twice"),
    "cycle": (files(derived("A3") + derived("A2 + 1", "A3")), "definition-cycle"),
    "own cycle": (files(derived("PY(A2) + 1")), "definition-cycle"),
    "unknown name": (files(derived("A9 + 1")), "definition-name-unknown"),
    "unknown function": (files(derived("FOO(A2)")), "definition-formula-wrong"),
    "formula syntax": (files(derived("1 +")), "definition-formula-wrong"),
    "VAL without each": (files(derived("VAL + 1")), "definition-name-unknown"),
    "unknown parameter": (files(A1 + derived("A1 * P_X")), "definition-name-unknown"),
    "missing language": (files(A1.replace(', en = "A"', "")), "definition-language-missing"),
    "empty language": (files(A1.replace('"A"', '" "')), "definition-language-missing"),
    "unknown language": (files(A1.replace("en =", "fr =")), "definition-language-missing"),
    "name is text": (files(A1.replace(WORDS, '"A"')), "definition-field-wrong"),
    "unknown key": (files(A1 + "colour = 1\n"), "definition-field-unknown"),
    "missing key": (files(A1.replace('level = "village"\n', "")), "definition-field-missing"),
    "wrong type": (files(A1 + 'decimals = "2"\n'), "definition-field-wrong"),
    "out of range": (files(A1 + "decimals = 5\n"), "definition-field-wrong"),
    "unknown period": (files(A1.replace('"year"', '"week"')), "definition-field-wrong"),
    "malformed code": (files(A1.replace("A1", "'A-1'")), "definition-field-wrong"),
    "reserved code": (files(A1.replace("A1", "VAL")), "definition-code-reserved"),
    "not a table": (files("A1 = 3\n"), "definition-field-wrong"),
    "weight unknown": (
        files(A1.replace('"sum"', '"weighted_mean"') + 'weight = "B1"\n'),
        "definition-name-unknown",
    ),
    "choice without choices": (files(A1 + 'type = "choice"\n'), "definition-field-wrong"),
    "parameter no number": (
        files(parameters=f'[P_X]\nvalue = "much"\nname = {WORDS}\n'),
        "definition-formula-wrong",
    ),
    "form item of another level": (
        files(
            forms=f'[C1]\nname = {WORDS}\nlevel = "town"\nperiod = "year"\nitems = ["A1"]\n'
            "due_days = 1\nminutes = 1\n"
        ),
        "definition-item-misplaced",
    ),
    "placeholder into the code": (
        files(checks=CHECK.replace('"A"', '"{A1.__class__}"')),
        "definition-field-unknown",
    ),
    "broken placeholder": (files(checks=CHECK.replace('"A"', '"{"')), "definition-field-wrong"),
    "deep TOML": (files("x = " + "[" * 5000), "pack-file-not-toml"),
}


@pytest.mark.parametrize("wrong, code", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pack_gives_one_problem(wrong: dict[str, bytes], code: str) -> None:
    """Its code is stable, and it can be said in every language."""
    with pytest.raises(Problem) as caught:
        pack.read(wrong)

    assert caught.value.code == code
    assert all(caught.value.say(language) for language in LANGUAGES)


def test_a_problem_names_file_and_code() -> None:
    """The person sees where to look."""
    with pytest.raises(Problem) as caught:
        pack.read(files() | {"indicators-b.toml": derived("A1 + A9", "B7").encode()})

    assert "indicators-b.toml B7" in caught.value.say("en")
    assert "A9" in caught.value.say("en")


def test_a_loop_is_named_whole() -> None:
    """From the first code round to it again."""
    loop = derived("A3", "A2") + derived("A4", "A3") + derived("A2", "A4")

    with pytest.raises(Problem) as caught:
        pack.read(files(loop))

    assert caught.value.values["loop"] == "A2 → A3 → A4 → A2"


@given(st.data())
def test_damage_to_a_pack_never_makes_a_traceback(data: st.DataObject) -> None:
    """Any change of bytes still reads, or is a problem."""
    whole = shipped_files()
    name = data.draw(st.sampled_from(sorted(whole)))
    at = data.draw(st.integers(0, len(whole[name])))
    middle = data.draw(st.binary(max_size=6))
    skipped = data.draw(st.integers(0, 12))

    try:
        pack.read(whole | {name: whole[name][:at] + middle + whole[name][at + skipped :]})
    except Problem as problem:
        assert problem.say("en")
