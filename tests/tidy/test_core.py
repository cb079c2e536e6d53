"""The core is pure, bytes become structs in few places, and arrows point one way."""

from __future__ import annotations

import pytest

from tests.tidy.source import Module, calls, imported, modules

# Whatever has a clock, chance, an environment or input and output of its own.
IMPURE = frozenset(
    [
        "aiosqlite",
        "asyncio",
        "click",
        "concurrent",
        "ctypes",
        "glob",
        "http",
        "httpx",
        "io",
        "litestar",
        "locale",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "queue",
        "random",
        "rich",
        "sched",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
        "uvicorn",
        "zipfile",
    ]
)
IMPURE_CALLS = {"open", "print", "input", "date.today", "datetime.now", "datetime.utcnow"}
NOT_CORE = ("sync.entry", "sync.ledger", "sync.roads", "sync.screens", "sync.cli")

# Who makes encoders and decoders: past these modules, what came in is trusted.
CODECS = {
    "server/review/reasons.py": "why forms need eyes, in a table of the server's own",
    "server/exchange/forms/opening.py": "what the reader of workbooks found",
    "sync/adjusting.py": "adjustments",
    "sync/bundle.py": "bundle files",
    "sync/commit_bytes.py": "canonical bytes of a commit",
    "sync/definition.py": "definitions as stored text",
    "sync/invitation.py": "invitations by stick",
    "sync/packtable.py": "packs of definitions",
    "sync/receipt.py": "receipts",
    "sync/release.py": "what goes out with a form",
    "sync/review.py": "what reviewers file about forms",
    "sync/roads/bundle.py": "what a laptop learnt by stick",
    "sync/wire.py": "messages",
}
CODEC_FOLDERS = ("sync/ledger/",)  # its own columns, written and read in one module each


def core() -> list[Module]:
    """The modules that lie in `sync/` itself."""
    return [m for m in modules("sync") if m.path.parent.name == "sync"]


def test_the_core_has_no_world_of_its_own() -> None:
    """No module of the core imports IO, a clock, chance or the environment."""
    impure = [
        f"{module.name}: {name}"
        for module in core()
        for name in imported(module.tree)
        if name.split(".")[0] in IMPURE or name.startswith(NOT_CORE)
    ]

    assert impure == []


def test_the_core_reads_no_clock_and_opens_no_file() -> None:
    """Nor does it call for them through what it may import."""
    impure = [
        f"{module.name}: {name}"
        for module in core()
        for name, _ in calls(module.tree)
        if name in IMPURE_CALLS or name.endswith((".now", ".today", ".generate"))
    ]

    assert impure == []


@pytest.mark.parametrize("top", ["sync", "server", "field_client"])
def test_nothing_that_ships_imports_tests_or_demo(top: str) -> None:
    """What runs in earnest knows neither the tests nor the demo."""
    wrong = [
        f"{module.name}: {name}"
        for module in modules(top)
        for name in imported(module.tree)
        if name.split(".")[0] in {"tests", "deploy", "pytest", "hypothesis"}
    ]

    assert wrong == []


def test_bytes_become_structs_in_the_named_modules_only() -> None:
    """`msgspec.json`, `msgspec.msgpack` and their like appear nowhere else."""
    codecs = ("msgspec.json", "msgspec.msgpack", "msgspec.toml", "msgspec.yaml")
    wrong = sorted(
        {
            module.name
            for module in modules("sync", "server", "field_client")
            for name in [*imported(module.tree), *(name for name, _ in calls(module.tree))]
            if name.startswith(codecs)
            and module.name not in CODECS
            and not module.name.startswith(CODEC_FOLDERS)
        }
    )

    assert wrong == []
