"""The pytest plugin: memory canaries and golden values in a team's own tests.

``pytest --aright`` repeats tests that are marked ``memory_canary`` until it is certain whether their memory
grows with every call; without it they run once, as any test does. ``golden`` holds a value against the one
kept in a file. Nothing of aright is loaded before a test asks for it.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.prevent.memory import LibrarySet
    from aright.engine.memory_canary import Watched
    from aright.ports.workbench import Bench

MARKER: Final = (
    "memory_canary(baseline=None, candidate=None, seconds=20, floor=4): with --aright, repeat this test in a "
    "process of its own and fail where its memory grows with every call, by more than `floor` bytes and more "
    "than with the libraries of `baseline`"
)
SECONDS: Final = 20.0
FLOOR: Final = 4.0
LOADED: Final = 300.0
"""Seconds within which a child must be ready, libraries installed and fixtures set up."""

_ODD: Final = re.compile(r"[^\w.\-]+")
_LONGEST: Final = 100
_SETTINGS: Final = frozenset({"baseline", "candidate", "seconds", "floor"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what turns it on."""
    group = parser.getgroup("aright")
    group.addoption("--aright", action="store_true", help="run memory canaries, which take seconds each")
    group.addoption("--aright-update", action="store_true", help="write golden values anew")
    for name in ("--aright-ask", "--aright-tell"):  # descriptors of a bench, for its child alone
        group.addoption(name, type=int, default=-1, help="used by --aright itself")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Repeat a marked test in place of calling it once."""
    marker = pyfuncitem.get_closest_marker("memory_canary")
    if marker is None:
        return None
    if pyfuncitem.config.getoption("aright_ask") >= 0:
        _serve(pyfuncitem)
        return True
    if not pyfuncitem.config.getoption("aright"):
        return None
    unknown = set(marker.kwargs) - _SETTINGS
    if unknown or marker.args:
        pytest.fail(f"memory_canary knows {', '.join(sorted(_SETTINGS))}, by name", pytrace=False)
    found = _settled(lambda: _watch_test(pyfuncitem, **marker.kwargs))
    pyfuncitem.user_properties.append(("aright_memory", found.text))
    return True


@pytest.fixture
def memory_canary(request: pytest.FixtureRequest) -> Callable[..., Watched]:
    """Return what repeats a workload, and fails the test where its memory grows with every call.

    ``memory_canary(workload, baseline=…, candidate=…, seconds=…, floor=…)``: the workload is
    ``FILE.py:NAME``, ``MODULE:NAME`` or a function without arguments. A function that is made within another
    one is repeated in this process and has no baseline. Needs ``--aright``; the test is skipped without.
    """
    if not request.config.getoption("aright"):
        pytest.skip("memory canaries run with --aright")
    root = request.config.rootpath

    def watch(workload: str | Callable[[], object], **settings: Any) -> Watched:
        return _settled(lambda: _watch_workload(workload, root, **settings))

    return watch


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return what holds a value against the one kept for this test; ``--aright-update`` keeps it anew.

    ``golden(value, name="", absolute=0.0, relative=1e-9)``: the value is what JSON can hold, or has a
    ``tolist``; numbers may differ by the larger of the two tolerances. Kept in ``golden/MODULE/TEST.json``
    beside the test.
    """

    def hold(value: object, name: str = "", *, absolute: float = 0.0, relative: float = 1e-9) -> None:
        file = _golden_file(request, name)
        got = json.loads(json.dumps(value, default=_plain))
        if request.config.getoption("aright_update"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(got, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            return
        if not file.exists():
            pytest.fail(
                f"there is no {file} yet: look at the value, then run pytest --aright-update", pytrace=False
            )
        from aright.core.prevent.gate import difference  # noqa: PLC0415  loaded only where it is used

        kept = json.loads(file.read_text(encoding="utf-8"))
        differs = difference(kept, got, absolute=absolute, relative=relative)
        if differs:
            pytest.fail(f"not as in {file}: {differs}. Is that meant? pytest --aright-update", pytrace=False)

    return hold


def _plain(value: Any) -> object:
    """Return an array or a number of numpy's as JSON has it."""
    if hasattr(value, "tolist"):
        made: object = value.tolist()
        return made
    raise TypeError(
        f"a {type(value).__name__} is nothing that JSON can hold: give lists, objects, text, numbers"
    )


def _golden_file(request: pytest.FixtureRequest, name: str) -> Path:
    test = f"{request.node.name}-{name}" if name else str(request.node.name)
    plain = _ODD.sub("_", test)[:_LONGEST]
    if plain != test:  # two names must not come to the same file
        plain += "-" + hashlib.sha256(test.encode()).hexdigest()[:8]
    return Path(request.path).parent / "golden" / Path(request.path).stem / f"{plain}.json"


def _settled(watch: Callable[[], Watched]) -> Watched:
    """Return what was found where memory is steady; fail the test where it is not, or is not known."""
    from aright.core.prevent.memory import Call  # noqa: PLC0415  loaded only where it is used
    from aright.ports.workbench import WorkbenchError  # noqa: PLC0415  the same

    problem = ""
    try:
        found = watch()
    except WorkbenchError as error:
        problem = f"the memory canary could not be run: {error}"
    else:
        if found.verdict.call in {Call.STEADY, Call.SETTLING}:
            return found
        problem = found.text
    pytest.fail(problem, pytrace=False)


def _watch(
    opened: Callable[[LibrarySet], Bench],
    root: Path,
    *,
    baseline: str | Sequence[str] | None = None,
    candidate: str | Sequence[str] | None = None,
    seconds: float = SECONDS,
    floor: float = FLOOR,
) -> Watched:
    from aright.core.prevent.memory import Limits  # noqa: PLC0415  loaded only where it is used
    from aright.engine.memory_canary import watch_memory  # noqa: PLC0415  the same

    held = None if baseline is None else _set_of(baseline, root)
    return watch_memory(
        lambda: opened(_set_of(candidate or (), root)),
        None if held is None else lambda: opened(held),
        seconds=seconds,
        limits=Limits(floor=floor),
    )


def _set_of(told: str | Sequence[str], root: Path) -> LibrarySet:
    """Return the libraries that are meant: folders, an interpreter, or requirements."""
    from aright.core.prevent.memory import LibrarySet  # noqa: PLC0415  loaded only where it is used

    each = [told] if isinstance(told, str) else list(told)
    paths = [one for one in each if (root / one).is_dir()]
    pythons = [one for one in each if (root / one).is_file() and os.access(root / one, os.X_OK)]
    others = tuple(one for one in each if one not in paths and one not in pythons)
    return LibrarySet(
        python=str(root / pythons[0]) if pythons else "", paths=tuple(paths), requirements=others
    )


def _watch_workload(workload: str | Callable[[], object], root: Path, **settings: Any) -> Watched:
    from aright.adapters.memory_process import (  # noqa: PLC0415  loaded only where it is used
        CalledHere,
        ProcessWorkbench,
        WorkbenchConfig,
    )

    target = workload if isinstance(workload, str) else _target(workload)
    if not target and not isinstance(workload, str):
        if settings.get("baseline") or settings.get("candidate"):
            pytest.fail(
                "a function within a function has no libraries of its own: move it out", pytrace=False
            )
        return _watch(lambda _: CalledHere(workload), root, **settings)
    bench = ProcessWorkbench(WorkbenchConfig(folder=str(root)))
    return _watch(lambda libraries: bench.open(target, libraries, seconds=LOADED), root, **settings)


def _target(workload: Callable[[], object]) -> str:
    """Return where another process finds a function; empty where it cannot."""
    name = getattr(workload, "__qualname__", "<")
    if "<" in name:
        return ""
    try:
        return f"{Path(inspect.getfile(workload)).resolve()}:{name}"
    except TypeError:
        return ""


def _watch_test(item: pytest.Function, **settings: Any) -> Watched:
    """Repeat a test in children, which set its fixtures up once."""
    from aright.adapters.memory_process import (  # noqa: PLC0415  loaded only where it is used
        ProcessBench,
        WorkbenchConfig,
        folders,
        interpreter,
    )

    root = item.config.rootpath
    cache = WorkbenchConfig().cache

    def opened(libraries: LibrarySet) -> Bench:
        paths = folders(libraries, root, cache, seconds=LOADED)
        inherited = os.environ.get("PYTHONPATH", "")
        return ProcessBench(
            [interpreter(libraries, root), "-m", "pytest", *_child_options(item)],
            folder=str(item.config.invocation_params.dir),
            environment={
                "PYTHONPATH": os.pathsep.join([*paths, *([inherited] if inherited else [])]),
                "PYTEST_ADDOPTS": "",
            },
            seconds=LOADED,
        )

    return _watch(opened, root, **settings)


def _child_options(item: pytest.Function) -> list[str]:
    """Return what lets a child collect the same test, and no more."""
    config = item.config
    file, _, rest = item.nodeid.partition("::")
    own = config.pluginmanager.get_name(sys.modules[__name__]) or __name__
    plugins = [name for name in (*config.getoption("plugins"), own, "no:cacheprovider") if name]
    return [
        f"{config.rootpath / file}::{rest}",
        *("--aright-ask", "{ask}", "--aright-tell", "{tell}"),
        *("-q", "-s", "-rfEs", "--tb=line", f"--rootdir={config.rootpath}"),
        *(["-c", str(config.inipath)] if config.inipath else []),
        *("-o", "addopts=", f"--import-mode={config.getoption('importmode')}"),
        *(part for name in dict.fromkeys(plugins) for part in ("-p", name)),
    ]


def _serve(item: pytest.Function) -> None:
    """Call a test whenever its bench asks, until that is done."""
    from aright.adapters.memory_process import child  # noqa: PLC0415  loaded only where it is used

    names = item._fixtureinfo.argnames  # noqa: SLF001 - as pytest's own hook does
    arguments = {name: item.funcargs[name] for name in names}
    with (
        os.fdopen(item.config.getoption("aright_ask"), encoding="utf-8") as lines,
        os.fdopen(item.config.getoption("aright_tell"), "w", encoding="utf-8") as told,
    ):
        child.serve(lambda: item.obj(**arguments), lines, told)
