"""The pytest plugin, tried on suites as teams write them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

TESTS = """
import ctypes
import pytest

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p

@pytest.fixture
def size():
    return 4000

@pytest.mark.memory_canary(seconds=20)
def test_leaks(size):
    libc.malloc(ctypes.c_size_t(size))

@pytest.mark.memory_canary(baseline=(), seconds=20)
@pytest.mark.parametrize("n", [100])
def test_is_steady(n, tmp_path):
    sum(range(n))
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers -q -p aright.pytest_plugin\n"
    )

    def running(tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_of_a_team=tests)
        return pytester.runpytest_subprocess("-rA", *options)

    return running


def test_a_marked_test_is_repeated_until_it_is_certain(run: Callable[..., pytest.RunResult]):
    done = run(TESTS, "--aright")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["memory grows with every call: +4,016 B a call*"])
    done.stdout.fnmatch_lines(["*the rest is native code's"])
    done.stdout.no_fnmatch_line("*During handling*")


def test_without_the_option_it_is_a_test_like_others(run: Callable[..., pytest.RunResult]):
    run(TESTS).assert_outcomes(passed=2)


def test_what_cannot_be_repeated_fails_and_says_why(run: Callable[..., pytest.RunResult]):
    done = run(
        """
        import pytest

        @pytest.mark.memory_canary(seconds=5)
        def test_raises():
            assert 1 == 2

        @pytest.mark.memory_canary(second=5)
        def test_is_misspelt():
            pass

        @pytest.mark.memory_canary(baseline="./gone/", candidate="-x", seconds=5)
        def test_has_no_such_libraries():
            pass

        @pytest.mark.memory_canary(seconds=0.001)
        def test_has_no_time():
            pass

        @pytest.fixture
        def ends():
            import os
            os.write(2, b"out of fuel\\n")
            os._exit(3) if "--aright-ask" in __import__("sys").argv else None

        @pytest.mark.memory_canary(seconds=5)
        def test_has_a_fixture_that_ends_it(ends):
            pass
        """,
        "--aright",
    )
    done.assert_outcomes(failed=5)
    done.stdout.fnmatch_lines(
        [
            "the memory canary could not be run: *the workload: it failed: AssertionError*",
            "memory_canary knows baseline, candidate, floor, seconds, by name",
            "the memory canary could not be run: candidate: '-x' is no requirement*",
            "too few calls to say anything of memory*",
            "the memory canary could not be run: candidate: the workload ended: *out of fuel*",
        ]
    )


def test_a_workload_is_repeated_by_the_fixture(run: Callable[..., pytest.RunResult]):
    tests = """
        import pytest
        from aright.core.prevent.memory import Call

        def work():
            sum(range(50))

        def test_function(memory_canary):
            assert memory_canary(work, seconds=20).verdict.call is Call.STEADY

        def test_inner(memory_canary):
            with pytest.raises(pytest.fail.Exception, match="too few calls"):
                memory_canary(lambda: None, seconds=0.001)
            with pytest.raises(pytest.fail.Exception, match="move it out"):
                memory_canary(lambda: None, baseline="x==1")

        class Odd:
            def __call__(self):
                pass

        def test_file(memory_canary):
            with pytest.raises(pytest.fail.Exception, match="cannot be loaded"):
                memory_canary("test_of_a_team.py:gone", seconds=1)
            with pytest.raises(pytest.fail.Exception, match="too few calls"):
                memory_canary(Odd(), seconds=0.001)
        """
    run(tests, "--aright").assert_outcomes(passed=3)
    without = run(tests)
    without.assert_outcomes(skipped=3)
    without.stdout.fnmatch_lines(["*memory canaries run with --aright"])


def test_libraries_are_folders_interpreters_or_requirements(
    pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]
):
    for name, keeps in (("old", "pass"), ("new", "kept.append(bytearray(5000))")):
        pytester.mkdir(name).joinpath("library_of_a_team.py").write_text(
            f"kept = []\ndef work():\n    {keeps}\n"
        )
    python = pytester.path / "python_of_a_team"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    done = run(
        """
        import pytest

        @pytest.mark.memory_canary(candidate="new", baseline="old", seconds=20)
        def test_new():
            import library_of_a_team
            library_of_a_team.work()

        @pytest.mark.memory_canary(candidate=["old", "python_of_a_team"], seconds=0.001)
        def test_python():
            import library_of_a_team
        """,
        "--aright",
    )
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["*candidate +*Allocated by Python at */new/library_of_a_team.py:3*"])
    done.stdout.fnmatch_lines(["too few calls to say anything of memory*"])


GOLDEN = """
import pytest

class Array:
    def tolist(self):
        return [VALUE, 2.0]

@pytest.mark.parametrize("case", ["a", "b/../c"])
def test_scores(golden, case):
    golden({"scores": Array(), "label": case})
    golden([1, 2], name="more")

def test_of_nothing(golden):
    with pytest.raises(TypeError, match="nothing that JSON can hold"):
        golden(object())
"""


def test_golden_values(pytester: pytest.Pytester, run: Callable[..., pytest.RunResult]):
    missing = run(GOLDEN.replace("VALUE", "1.0"))
    missing.assert_outcomes(passed=1, failed=2)
    run(GOLDEN.replace("VALUE", "1.0"), "--aright-update").assert_outcomes(passed=3)
    kept = sorted(each.name for each in (pytester.path / "golden" / "test_of_a_team").iterdir())
    assert len(kept) == 4
    assert all(name.startswith("test_scores_") for name in kept)
    run(GOLDEN.replace("VALUE", "1.0 + 1e-12")).assert_outcomes(passed=3)
    moved = run(GOLDEN.replace("VALUE", "1.5"))
    moved.assert_outcomes(passed=1, failed=2)
    moved.stdout.fnmatch_lines(["not as in *: scores[[]0[]]: 1.0 → 1.5. Is that meant*"])


def test_nothing_heavy_is_loaded_before_it_is_asked_for(run: Callable[..., pytest.RunResult]):
    done = run(
        """
        import sys

        def test_modules():
            heavy = {"numpy", "pyarrow", "msgspec", "duckdb", "aright.core.prevent"}
            assert not heavy & set(sys.modules)
        """,
        "--aright",
    )
    done.assert_outcomes(passed=1)
