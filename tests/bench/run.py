"""The benchmark: intake over HTTP by a real server process, against bare SQLite in the same run."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from sync import wire
from sync.roads.http import SYNC_PATH
from sync.wire import SyncReply
from tests.bench import baseline
from tests.bench.laptops import prepare

VALUES = 100
CONCURRENT = 64


def main() -> None:
    """Measures, prints a table, and writes the figures as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laptops", type=int, default=2_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        figures = asyncio.run(_measure(Path(name), chosen.laptops))
    for key, figure in figures.items():
        sys.stdout.write(f"{key:32} {figure}\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


async def _measure(folder: Path, laptops: int) -> dict[str, object]:
    _, bodies = await prepare(folder / "server", laptops)
    bare = baseline.seconds(folder / "bare.db", laptops)
    process, url = _start(folder / "server")
    try:
        taken, waits, down = await _send(url, bodies)
        peak = _peak_kib(process.pid)
    finally:
        process.terminate()
        process.wait()
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "laptops": laptops,
        "values": laptops * VALUES,
        "bare values/s": round(laptops * VALUES / bare),
        "intake values/s": round(laptops * VALUES / taken),
        "intake / bare": round(bare / taken, 3),
        "p50 ms": round(waits[len(waits) // 2] * 1000),
        "p95 ms": round(waits[len(waits) * 95 // 100] * 1000),
        "bytes up / value": round(sum(map(len, bodies)) / len(bodies) / VALUES, 2),
        "bytes down / sync": round(down / len(bodies)),
        "server peak MiB": round(peak / 1024),
    }


def _start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-c", "from sync.cli import main; main()", "server", "run"]
    process = subprocess.Popen(
        [*command, "--data", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://[\w.:]*\d", line):
            return process, found.group()
    raise SystemExit("the server did not start")


async def _send(url: str, bodies: list[bytes]) -> tuple[float, list[float], int]:
    waits: list[float] = []
    down = 0
    queue = iter(bodies)

    async def laptop(client: httpx.AsyncClient) -> None:
        nonlocal down
        for body in queue:
            began = time.perf_counter()
            headers = {"content-type": wire.MEDIA_TYPE}
            response = await client.post(SYNC_PATH, content=body, headers=headers)
            waits.append(time.perf_counter() - began)
            down += len(response.content)
            reply = wire.decode_reply(wire.unpack(response.content))
            if not isinstance(reply, SyncReply) or len(reply.receipts) != 1:
                raise SystemExit(f"not accepted: {reply}")

    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        began = time.perf_counter()
        await asyncio.gather(*(laptop(client) for _ in range(CONCURRENT)))
        taken = time.perf_counter() - began
    return taken, sorted(waits), down


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
