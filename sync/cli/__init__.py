"""What every command of Tianji shares: one root, one way to say what went wrong, one way to print.

In which order to read: `root.py` finds the command groups and runs one; `faults.py` turns whatever
went wrong into one sentence and an exit code; `help.py` makes the help pages, `layout.py` their
lines; `options.py` holds the options that many commands take; `output.py` prints tables and JSON;
`within.py` carries a command out in a process that is at work already.

A group is a click group that an entry point `tianji.commands` names. Its commands return nothing:
they print, call `not_so()` for 'the thing asked for isn't so' (exit code 1), or raise a Problem
(one sentence, exit code 2). None of them catches what it cannot mend.
"""

from __future__ import annotations

from sync.cli.options import async_command, data_option, json_option, language
from sync.cli.output import not_so, print_json, print_table, tell
from sync.cli.root import main

__all__ = [
    "async_command",
    "data_option",
    "json_option",
    "language",
    "main",
    "not_so",
    "print_json",
    "print_table",
    "tell",
]
