"""What a browser loads besides pages: read once, served under an address that changes with them.

The address carries a hash of all files, so a browser may keep them for ever, and modules find each
other by relative paths. Several packages may bring files; a name that two of them have is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from sync.problems import Problem

__all__ = ["Assets"]

# Windows may have spoiled its own table of types, so none is asked.
_TYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
    "txt": "text/plain",
    "png": "image/png",
}
_KEPT = "public, max-age=31536000, immutable"


class Assets:
    """The static files of some packages, in memory."""

    def __init__(self, *packages: str) -> None:
        self._files: dict[str, bytes] = {}
        for package in packages:
            for name, entry in _walk(files(package) / "static", ""):
                assert name not in self._files, name
                self._files[name] = entry.read_bytes()
        digest = hashlib.sha256()
        for name, content in sorted(self._files.items()):
            digest.update(b"%d %d " % (len(name.encode()), len(content)) + name.encode() + content)
        self.build = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Where a browser finds that file; an unknown name is the template's mistake."""
        assert name in self._files, name
        return f"/static/{self.build}/{name}"

    def route(self, **options: Any) -> HTTPRouteHandler:
        """The route that serves them."""

        @get("/static/{build:str}/{name:path}", include_in_schema=False, **options)
        async def static(build: FromPath[str], name: FromPath[str]) -> Response[bytes]:
            content = self._files.get(name.lstrip("/"))
            if content is None:
                raise Problem("page-unknown", path=f"/static/{name[:80]}")
            keep = _KEPT if build == self.build else "no-store"
            kind = _TYPES[name.rpartition(".")[2]]
            return Response(content, media_type=kind, headers={"cache-control": keep})

        return static


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = above + entry.name
        if entry.is_dir():
            yield from _walk(entry, f"{name}/")
        elif entry.name.rpartition(".")[2] in _TYPES:
            yield name, entry
