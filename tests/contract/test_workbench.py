"""Benches: the same workload repeated in this process and in one of its own, with libraries of its own."""

from __future__ import annotations

import ast
import sys
from contextlib import closing
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aright.adapters.memory_process import CalledHere, ProcessWorkbench, WorkbenchConfig, child
from aright.adapters.memory_process.libraries import installed
from aright.core.prevent.memory import LibrarySet, Limits
from aright.engine.memory_canary import watch_memory
from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.ports.workbench import Bench

CODE = """
import ctypes
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
kept = []

def clean():
    return sum(range(200))

def keep():
    kept.append(bytearray(1000))

def leak():
    libc.malloc(ctypes.c_size_t(64))

class Loaded:
    def __init__(self):
        self.calls = 0
    def __call__(self):
        self.calls += 1

def broken():
    raise ValueError("no \\x1b[31mmodel here")

def hang():
    import time
    time.sleep(60)

def crash():
    import os, sys
    print("out of fuel", file=sys.stderr, flush=True)
    os._exit(3)

def chatty():
    print("whatever a team prints")

def odd():
    import helper_of_set
    helper_of_set.work()

number = 3
"""
HELPER = "kept = []\ndef work():\n    {}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "workload_here.py"
    place.write_text(CODE)
    return place


@pytest.fixture(params=["process", "here"])
def bench(request: pytest.FixtureRequest, file: Path) -> Iterator[Callable[[str], Bench]]:
    opened: list[Bench] = []

    def opening(name: str) -> Bench:
        if request.param == "process":
            opened.append(ProcessWorkbench().open(f"{file}:{name}", LibrarySet(), seconds=20))
        else:
            opened.append(CalledHere(child.workload_of(f"{file}:{name}")))
        return opened[-1]

    path, modules = list(sys.path), set(sys.modules)
    yield opening
    for each in opened:
        each.close()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name == "workload_here":
            del sys.modules[name]


def test_what_calls_keep_is_seen(bench: Callable[[str], Bench]):
    running = bench("keep")
    first = running.run(200, seconds=20)
    second = running.run(200, seconds=20)
    assert first.seconds >= 0
    assert set(first.memory) == set(second.memory)
    assert second.memory["rss"] > 0
    if "heap" in first.memory:
        assert 190_000 < second.memory["heap"] - first.memory["heap"] < 260_000


def test_what_native_code_keeps_is_seen_to_the_byte(bench: Callable[[str], Bench]):
    running = bench("leak")
    running.run(100, seconds=20)
    first, second = running.run(1, seconds=20), running.run(10_000, seconds=20)
    if "heap" not in first.memory:
        pytest.skip("this system's malloc does not say what is in use (glibc 2.33 does)")
    assert abs(second.memory["heap"] - first.memory["heap"] - 800_000) < 20_000
    assert running.trace(100, seconds=20).size < 3_200


def test_python_says_where_it_allocated(bench: Callable[[str], Bench]):
    found = bench("keep").trace(100, seconds=20)
    assert found.calls == 100
    assert 100_000 < found.size < 200_000
    assert "workload_here.py" in found.lines[0][0]


def test_an_instance_of_a_class_is_called(bench: Callable[[str], Bench]):
    assert bench("Loaded").run(10, seconds=20).seconds < 5


def test_a_workload_that_raises_is_an_error(bench: Callable[[str], Bench]):
    running = bench("broken")
    with pytest.raises(WorkbenchError, match="ValueError"):
        running.run(1, seconds=20)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("missing", "no attribute"), ("number", "cannot be called"), ("Path/../x", "AttributeError")],
)
def test_what_is_no_workload_is_said(file: Path, name: str, problem: str):
    with pytest.raises(WorkbenchError, match=problem):
        ProcessWorkbench().open(f"{file}:{name}", LibrarySet(), seconds=20)


def test_a_process_is_bounded_and_its_words_are_plain(file: Path):
    bench = ProcessWorkbench(WorkbenchConfig(folder=str(file.parent)))
    with closing(bench.open("workload_here.py:hang", LibrarySet(), seconds=20)) as running:
        with pytest.raises(WorkbenchError, match="in time"):
            running.run(1, seconds=0.2)
        running.close()
        with pytest.raises(WorkbenchError, match="closed"):
            running.run(1, seconds=1)
    for name, words in (("crash", "out of fuel"), ("broken", r"no  \[31mmodel")):
        running = bench.open(f"workload_here:{name}", LibrarySet(), seconds=20)
        with closing(running), pytest.raises(WorkbenchError, match=words):
            running.run(1, seconds=20)
    with closing(bench.open("workload_here:chatty", LibrarySet(), seconds=20)) as running:
        assert running.run(1, seconds=20).memory


def test_what_cannot_be_started_is_said(file: Path):
    with pytest.raises(WorkbenchError, match="cannot be started"):
        ProcessWorkbench().open(f"{file}:clean", LibrarySet(python="/no/such/python"), seconds=20)
    with pytest.raises(WorkbenchError, match="no folder"):
        ProcessWorkbench().open(f"{file}:clean", LibrarySet(paths=("/no/such/folder",)), seconds=20)


def test_a_process_that_says_something_else_is_told(file: Path, tmp_path: Path):
    for number, said in enumerate(
        ["print('what?', file=told, flush=True)", "told.write('x' * (2 << 20)); told.flush()"]
    ):
        python = tmp_path / f"python{number}"
        python.write_text(
            f"#!{sys.executable}\nimport os, sys\ntold = os.fdopen(int(sys.argv[4]), 'w')\n{said}\n"
        )
        python.chmod(0o755)
        with pytest.raises(WorkbenchError, match=r"no answer|tells more"):
            ProcessWorkbench().open(f"{file}:clean", LibrarySet(python=str(python)), seconds=20)


def test_the_first_library_of_a_set_is_used_and_its_leak_is_found(file: Path, tmp_path: Path):
    for name, work in (("old", "pass"), ("new", "kept.append(bytearray(500))")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_set.py").write_text(HELPER.format(work))
    bench = ProcessWorkbench(WorkbenchConfig(folder=str(tmp_path)))
    found = watch_memory(
        lambda: bench.open(f"{file}:odd", LibrarySet(paths=("new",)), seconds=20),
        lambda: bench.open(f"{file}:odd", LibrarySet(paths=("old",)), seconds=20),
        seconds=30,
        limits=Limits(leak_after=0.5),
    )
    assert found.leaks, found.text
    assert "helper_of_set.py:3" in found.text


def test_requirements_are_installed_once_into_a_folder_that_is_kept(tmp_path: Path):
    project = tmp_path / "tiny"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny"\nversion = "1"\n'
    )
    (project / "back.py").write_text(
        "import zipfile\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        "    name = 'tiny-1-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(folder + '/' + name, 'w') as whole:\n"
        "        whole.writestr('tiny.py', 'VALUE = 7')\n"
        "        whole.writestr('tiny-1.dist-info/METADATA', 'Metadata-Version: 2.1\\n"
        "Name: tiny\\nVersion: 1\\n')\n"
        "        whole.writestr('tiny-1.dist-info/WHEEL', "
        "'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "        whole.writestr('tiny-1.dist-info/RECORD', '')\n"
        "    return name\n"
    )
    assert util.find_spec("pip") is not None
    cache = tmp_path / "cache"
    place = installed([str(project)], "", cache, seconds=60)
    assert (place / "tiny.py").read_text() == "VALUE = 7"
    (project / "back.py").unlink()
    assert installed([str(project)], "", cache, seconds=60) == place
    with pytest.raises(WorkbenchError, match="could not be installed"):
        installed([str(project), "./none"], "", cache, seconds=60)
    with pytest.raises(WorkbenchError, match="no requirement"):
        installed(["--index-url=x"], "", cache, seconds=60)
    assert [each for each in cache.iterdir() if each != place] == []


def test_the_child_needs_nothing_but_python():
    place = child.__file__
    assert place is not None
    tree = ast.parse(Path(place).read_text())
    named = [each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]
    named += [name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names]
    assert {name.partition(".")[0] for name in named} <= set(sys.stdlib_module_names)


def test_requirements_are_no_options_and_a_cache_must_be_a_folder(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match="no folder for libraries"):
        installed(["x==1"], "", tmp_path / "file", seconds=5)
