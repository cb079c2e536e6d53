"""The pytest plugin that runs tests against changed functions, in a forked process for each change.

All modules and tests are loaded once. A change inside a function is put into the function object
that is already there, so whoever imported it runs the changed code.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.making import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
# Of processor time: a change that takes twice what the tests take unchanged is noticed.
SECONDS_MIN = 3
SECONDS_OF_TESTS_MAX = 5.0
WALL_SECONDS_MAX = 300.0
EXAMPLES = 50


class Verdict(NamedTuple):
    """What became of a change: `killed`, `survived`, `timeout` or `unreached`."""

    mutant: Mutant
    outcome: str
    seconds: float


class Session:
    """A plugin whose test loop is the mutation run; `verdicts` are its result."""

    def __init__(self, files: list[str], only: set[str], told: Callable[[Verdict], None]) -> None:
        """Of the changes those in `only`, if there are any."""
        self._files = files
        self._only = only
        self._told = told
        self._reached: dict[tuple[str, str], set[str]] = {}
        self._seconds: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """A change that is noticed needs no smallest example."""
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "mutants",
            database=None,
            deadline=None,
            max_examples=EXAMPLES,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Runs all tests once to see what they reach, then those that reach each change."""
        items = {item.nodeid: item for item in session.items}
        seen = _in_child(lambda: self._look(session.items), None)
        assert isinstance(seen, tuple), seen
        self._reached, self._seconds, failing = seen
        if failing:
            raise pytest.UsageError(f"these fail without any change: {failing}")
        for file in self._files:
            for mutant in mutants(file, (ROOT / file).read_text("utf-8")):
                if not self._only or mutant.name in self._only:
                    self._told(self._try(mutant, items))
        return True

    def _look(self, items: list[pytest.Item]) -> object:
        """Which functions of the files each test reaches, and how long it takes."""
        wanted = {str(ROOT / file): file for file in self._files}
        reached: dict[tuple[str, str], set[str]] = {}
        seconds: dict[str, float] = {}
        failing: list[str] = []
        now: list[str] = [""]

        def called(frame: FrameType, event: str, _argument: object) -> None:
            file = wanted.get(frame.f_code.co_filename) if event == "call" else None
            if file is not None:
                name = frame.f_code.co_qualname.split(".<locals>")[0]
                reached.setdefault((file, name), set()).add(now[0])

        for at, item in enumerate(items):
            now[0] = item.nodeid
            begun = time.process_time()
            threading.setprofile(called)
            sys.setprofile(called)
            passed = _passes(item, items[at + 1] if at + 1 < len(items) else None)
            sys.setprofile(None)
            seconds[item.nodeid] = time.process_time() - begun
            if not passed:
                failing.append(item.nodeid)
        return reached, seconds, failing

    def _try(self, mutant: Mutant, items: dict[str, pytest.Item]) -> Verdict:
        if mutant.function and not mutant.function.endswith("()"):
            return Verdict(mutant, "outside", 0.0)
        reaching = sorted(self._reaching(mutant), key=self._seconds.__getitem__)
        if not reaching:
            return Verdict(mutant, "unreached", 0.0)
        expected, chosen = 0.0, []
        for nodeid in reaching:
            expected += self._seconds[nodeid]
            if expected > SECONDS_OF_TESTS_MAX:
                break
            chosen.append(items[nodeid])
        begun = time.perf_counter()
        outcome = _in_child(lambda: _attempt(mutant, chosen), round(SECONDS_MIN + 2 * expected))
        return Verdict(mutant, str(outcome), time.perf_counter() - begun)

    def _reaching(self, mutant: Mutant) -> set[str]:
        """The tests that run the function; for what is in none, all beside some that run the file."""
        if mutant.function:
            return self._reached.get((mutant.file, mutant.function.removesuffix("()")), set())
        running = [some for (file, _), some in self._reached.items() if file == mutant.file]
        beside = {one.partition("::")[0] for some in running for one in some}
        return {one for one in self._seconds if one.partition("::")[0] in beside}


def _attempt(mutant: Mutant, items: list[pytest.Item]) -> object:
    try:
        put_in(mutant)
    except (SyntaxError, ValueError):
        return "outside"
    for at, item in enumerate(items):
        if not _passes(item, items[at + 1] if at + 1 < len(items) else None):
            return "killed"
    return "survived"


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    reports = runtestprotocol(item, nextitem=following, log=False)
    return all(not report.failed for report in reports)


def put_in(mutant: Mutant) -> None:
    """Changes the function object that everybody has, and forgets what was remembered of it."""
    module = importlib.import_module(mutant.file.removesuffix(".py").replace("/", "."))
    if mutant.function:
        name = mutant.function.removesuffix("()")
        code = compile(mutant.tree, str(ROOT / mutant.file), "exec", dont_inherit=True)
        function_of(module, name).__code__ = _code_in(code, name)
    else:
        _set_anew(module, mutant)
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper):
            one.cache_clear()


def _set_anew(module: Any, mutant: Mutant) -> None:
    """Runs the changed assignment of the module, and puts what it sets wherever the old was taken."""
    (statement,) = [
        one
        for one in mutant.tree.body
        if isinstance(one, ast.Assign | ast.AnnAssign)
        and one.lineno <= mutant.line <= (one.end_lineno or one.lineno)
    ]
    (target,) = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    name = ast.unparse(target)
    before = vars(module).get(name)
    exec(compile(ast.Module([statement], []), mutant.file, "exec"), vars(module))
    for other in [
        one for key, one in sys.modules.items() if key.startswith(("sync", "server", "tests"))
    ]:
        if vars(other).get(name) is before and other is not module:
            setattr(other, name, vars(module)[name])


def function_of(module: Any, name: str) -> FunctionType:
    """The plain function under that name, below whatever decorates it."""
    found = module
    for part in name.split("."):
        found = vars(found)[part] if isinstance(found, type) else getattr(found, part)
    for inner in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, inner, found)
    assert isinstance(found, FunctionType), name
    return found


def _code_in(code: CodeType, name: str) -> CodeType:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_qualname == name:
                return one
            if name.startswith(f"{one.co_qualname}."):
                return _code_in(one, name)
    raise ValueError(name)


def _in_child(work: Callable[[], object], seconds_max: int | None) -> object:
    """What the work comes to in a process of its own; `timeout`, or `killed` where it dies."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            if seconds_max is not None:
                spent = int(time.process_time())
                resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds_max, -1))
                signal.alarm(int(WALL_SECONDS_MAX))
            with os.fdopen(write, "wb") as stream:
                pickle.dump(work(), stream)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(child, 0)
    if content:
        return pickle.loads(content)
    stopped = {signal.SIGXCPU, signal.SIGALRM}
    return "timeout" if os.WIFSIGNALED(status) and os.WTERMSIG(status) in stopped else "killed"
