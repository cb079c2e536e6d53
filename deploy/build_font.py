"""Builds the fonts for what the shipped hierarchies hold and common Windows fonts lack.

Run from the checkout: `python deploy/build_font.py NotoSansCJK-Regular.ttc HanaMinB.ttf`, with the
files of Debian's packages fonts-noto-cjk and fonts-hanazono. fontTools comes into an environment
that is thrown away; the output depends on nothing but the fonts and the hierarchies.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ROOT / "server" / "places" / "data"
STATIC = ROOT / "sync" / "screens" / "static"
TOOLS = ("fonttools==4.68.0", "brotli==1.2.1")
SIMPLIFIED_FACE = "2"  # of the collection
# Place names of other provinces that are written with characters beyond GBK.
BESIDES = "㘎㘙㙘㙦㳇㴔䏡䓖䢺䣘𠅤𡎚𡐓𣗋𣲗𣲘𣸣𠮷"
FILES = ("rare.woff2", "rare-old.woff2")
FACE = """\
@font-face {{
  /* sha256 {digest} */
  font-family: "Tianji Rare";
  src: url("{name}") format("woff2");
  font-display: swap;
  unicode-range: {codes};
}}
"""


def main(first: str, second: str) -> int:
    """Writes both fonts and their rules; 1 and a sentence if neither source has a character."""
    wanted = sorted(beyond_gbk() | set(BESIDES))
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(Path(folder).glob("[bS][ic][nr]*/python*"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", *TOOLS], check=True)
        left = "".join(wanted)
        rules = ["/* Written by deploy/build_font.py: which characters lie in which file. */\n"]
        for source, name in zip((first, second), FILES, strict=True):
            known = _held(python, source)
            here, left = (
                "".join(one for one in left if one in known),
                "".join(one for one in left if one not in known),
            )
            _subset(python, source, here, STATIC / name)
            rules.append(_rule(name, here))
            print(f"{name}: {here}")
    (STATIC / "rare.css").write_bytes("".join(rules).encode())
    if left:
        print(f"no font given here holds {left}", file=sys.stderr)
    return int(bool(left))


def beyond_gbk() -> set[str]:
    """The characters of all shipped hierarchies that GBK, and a font made for it, lacks."""
    found = set()
    for file in PLACES.glob("divisions_*.csv.gz"):
        text = gzip.decompress(file.read_bytes()).decode()
        for row in csv.DictReader(io.StringIO(text)):
            found |= {one for one in row["name"] if not one.encode("gbk", "ignore")}
    return found


def _held(python: Path, source: str) -> set[str]:
    script = (
        "import sys; from fontTools.ttLib import TTFont;"
        f"print(*TTFont(sys.argv[1], fontNumber={SIMPLIFIED_FACE}).getBestCmap())"
    )
    done = subprocess.run([python, "-c", script, source], check=True, capture_output=True)
    return {chr(int(number)) for number in done.stdout.split()}


def _subset(python: Path, source: str, characters: str, target: Path) -> None:
    """Only these glyphs, without the names that a changed font may not bear."""
    options = (
        *(f"--text={characters}", f"--output-file={target}", "--flavor=woff2"),
        *("--name-IDs=0,13,14", "--layout-features=", "--no-hinting", "--desubroutinize"),
    )
    number = (f"--font-number={SIMPLIFIED_FACE}",) if source.endswith(".ttc") else ()
    subprocess.run([python, "-m", "fontTools.subset", source, *options, *number], check=True)


def _rule(name: str, characters: str) -> str:
    codes = ", ".join(f"U+{ord(one):X}" for one in characters)
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return FACE.format(name=name, codes=codes, digest=digest)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
