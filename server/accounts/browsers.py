"""What a browser calls itself, as a person would say it: its name and the system it runs on."""

from __future__ import annotations

import re

__all__ = ["browser_words"]

# The first that fits counts: most say that they are several others too.
_NAMES = (
    ("360", re.compile(r"QIHU|360(SE|EE)")),
    ("QQ", re.compile(r"M?QQBrowser/(\d+)")),
    ("Edge", re.compile(r"Edge?/(\d+)")),
    ("Firefox", re.compile(r"Firefox/(\d+)")),
    ("Chrome", re.compile(r"(?:Headless)?Chrome/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+).*Safari")),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)
_CHARS_MAX = 60


def browser_words(agent: str) -> str:
    """`Chrome 156 · Windows`; the beginning of what it says where nothing of it is known."""
    found = ((name, way.search(agent)) for name, way in _NAMES)
    name, match = next(((one, m) for one, m in found if m), ("", None))
    if match is None:
        return agent[:_CHARS_MAX] or "?"
    version = match.group(1) if match.re.groups and (match.group(1) or "").isdigit() else ""
    system = next((one for one, mark in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (f"{name} {version}".strip(), system) if part)
