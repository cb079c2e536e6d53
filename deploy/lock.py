"""Renews requirements.lock, and with it the versions that pyproject.toml holds uv to.

uv's own lock file names the index it was made from, so the repository keeps a list that names none:
each package with its exact version and hashes. As a bare `uv run` doesn't read that list, the same
versions stand in pyproject.toml as constraints.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = re.compile(r"(?<=# <constraints>\n).*?(?=# </constraints>\n)", re.DOTALL)
PINNED = re.compile(r"^[a-z0-9].*?==.*?(?= \\$)", re.MULTILINE)
EXPORT = ["--format", "requirements-txt", "--frozen", "--all-groups", "--no-emit-project"]
HEAD = "# Exact versions for every system, with hashes. `make lock` renews it.\n"


def main() -> None:
    """Resolve in a folder of its own, so that a failure leaves the checkout as it was."""
    uv = sys.argv[1]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(with_constraints(project, []), "utf-8")
        (Path(folder) / "README.md").touch()
        subprocess.run([uv, "lock", "--quiet"], cwd=folder, check=True)
        listed = subprocess.run(
            [uv, "export", "--quiet", "--no-header", "--no-annotate", *EXPORT],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
        ).stdout
    versions = PINNED.findall(listed)
    (ROOT / "requirements.lock").write_text(HEAD + listed, "utf-8", newline="\n")
    new = with_constraints(project, versions)
    (ROOT / "pyproject.toml").write_text(new, "utf-8", newline="\n")


def with_constraints(project: str, versions: list[str]) -> str:
    """The text of pyproject.toml with these versions in the place of the ones it had."""
    lines = "".join(f'    "{version}",\n' for version in versions)
    text = f"constraint-dependencies = [\n{lines}]\n"
    assert CONSTRAINTS.search(project)
    return CONSTRAINTS.sub(lambda _: text, project)


if __name__ == "__main__":
    main()
