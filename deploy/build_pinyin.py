"""Builds the table of how characters are read, which finds a place by the letters one types.

Run from the checkout: `python deploy/build_pinyin.py`. The package pypinyin comes into an
environment that is thrown away; the output depends on it and on the shipped hierarchies alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unicodedata
import venv
from collections import defaultdict
from pathlib import Path

from deploy.build_font import BESIDES, beyond_gbk

PACKAGE = "pypinyin==0.55.0"
TARGET = Path(__file__).resolve().parent.parent / "sync" / "screens" / "pinyin.txt"
SCRIPT = """
from pypinyin.pinyin_dict import pinyin_dict
for code, readings in sorted(pinyin_dict.items()):
    print(code, readings)
"""
HEAD = "# Built by deploy/build_pinyin.py from pypinyin 0.55.0 (MIT, see pinyin.LICENSE.txt).\n"


def main() -> int:
    """Writes one line a reading: the letters without tones, and the characters read so."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(Path(folder).glob("[bS][ic][nr]*/python*"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True)
        done = subprocess.run(
            [python, "-X", "utf8", "-c", SCRIPT], check=True, capture_output=True, encoding="utf-8"
        )
        licence = next(Path(folder).rglob("pypinyin-*.dist-info/**/LICENSE*"))
        TARGET.with_name("pinyin.LICENSE.txt").write_bytes(licence.read_bytes())
    wanted = _wanted()
    by_reading: dict[str, set[str]] = defaultdict(set)
    for line in done.stdout.splitlines():
        code, readings = line.split()
        if chr(int(code)) in wanted:
            for reading in readings.split(","):
                by_reading[plain(reading)].add(chr(int(code)))
    lines = [f"{reading} {''.join(sorted(held))}\n" for reading, held in sorted(by_reading.items())]
    TARGET.write_bytes((HEAD + "".join(lines)).encode())
    print(f"{TARGET.name}: {len(by_reading)} readings")
    return 0


def plain(reading: str) -> str:
    """The letters as they are typed: no tones, and v for ü."""
    apart = unicodedata.normalize("NFD", reading.replace("ɡ", "g"))
    typed = apart.replace("u\N{COMBINING DIAERESIS}", "v")
    return "".join(one for one in typed if "a" <= one <= "z")


def _wanted() -> set[str]:
    """What GBK holds, and what the hierarchies hold beyond it."""
    rows = range(0x81, 0xFF)
    pairs = (bytes((row, cell)) for row in rows for cell in range(0x40, 0xFF))
    return {pair.decode("gbk", "ignore") for pair in pairs} | beyond_gbk() | set(BESIDES)


if __name__ == "__main__":
    sys.exit(main())
