"""Reads a workbook in a process of its own and prints its cells: run with a path, never imported.

A workbook is a program's input from anywhere: what unpacks to more than it says, or makes a reader
fail, ends this process and not the server. It imports nothing of the project.
"""

from __future__ import annotations

import datetime as dt
import json
import sys


def main(path: str, memory_bytes: int, seconds: int, sheets_max: int, cells_max: int) -> None:
    """Prints a JSON document: sheets with their names, cells and merged ranges; or `fault`."""
    _bound(memory_bytes, seconds)
    import python_calamine

    try:
        book = python_calamine.load_workbook(path)
        names = book.sheet_names
        if len(names) > sheets_max:
            _say({"fault": "import-sheets"})
            return
        sheets, left = [], cells_max
        for name in names:
            sheet = book.get_sheet_by_name(name)
            left -= max(sheet.total_height, 0) * max(sheet.total_width, 0)
            if left < 0:
                _say({"fault": "import-cells"})
                return
            rows = [
                [_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)
            ]
            merged = [[list(corner) for corner in area] for area in sheet.merged_cell_ranges or ()]
            sheets.append({"name": name, "rows": rows, "merged": merged})
    except Exception:  # noqa: BLE001 - whatever a broken file makes the library say
        _say({"fault": "import-broken"})
        return
    _say({"sheets": sheets})


def _bound(memory_bytes: int, seconds: int) -> None:
    """Where the system has such bounds."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _plain(cell: object) -> list[str] | str:
    """A cell's text; what isn't text or a number as a pair with its kind before it."""
    match cell:
        case bool():
            return ["flag", "true" if cell else "false"]
        case float() | int():
            return ["number", f"{cell:.15g}" if isinstance(cell, float) else str(cell)]
        case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
            return ["date", str(cell)]
        case None:
            return ""
    return str(cell)


def _say(document: object) -> None:
    json.dump(document, sys.stdout, ensure_ascii=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:6]))
