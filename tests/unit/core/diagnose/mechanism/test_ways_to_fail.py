"""Ways to fail, frames and names in messages."""

from __future__ import annotations

import pytest

from aright.core.diagnose.mechanism.compatible import COMPATIBLE
from aright.core.diagnose.mechanism.frames import frames, same_file
from aright.core.diagnose.mechanism.modes import Mode, modes
from aright.core.diagnose.mechanism.names import numbers, together, worth
from aright.core.diagnose.mechanism.traits import Trait
from tests.unit.core.diagnose.mechanism.faults import sign

SAID = (
    (Mode.NULL, "java.lang.NullPointerException"),
    (Mode.MISSING, "NOT_FOUND - no queue 'a'"),
    (Mode.TYPE, "SerializationException: could not deserialize"),
    (Mode.ARGUMENTS, "got an unexpected keyword argument 'a'"),
    (Mode.BOUNDS, "IndexError: list index out of range"),
    (Mode.ARITHMETIC, "ZeroDivisionError"),
    (Mode.REJECTED, "ValidationError: too long"),
    (Mode.MEMORY, "OOMKilled"),
    (Mode.EXHAUSTED, "RejectedExecutionException"),
    (Mode.SLOW, "context deadline exceeded"),
    (Mode.RESOLVE, "lookup a.b: no such host"),
    (Mode.CONNECT, "ECONNREFUSED"),
    (Mode.ACCESS, "401 Unauthorized"),
    (Mode.QUOTA, "429 Too Many Requests"),
    (Mode.CONFLICT, "deadlock detected"),
    (Mode.RECURSION, "maximum recursion depth"),
    (Mode.CRASH, "panic: boom"),
    (Mode.PASSED_ON, "upstream returned 500"),
)


@pytest.mark.parametrize(("mode", "text"), SAID)
def test_a_way_to_fail_is_told_by_its_words(mode, text):
    assert mode in modes(text)


def test_every_trait_has_ways_to_fail():
    assert set(COMPATIBLE) == set(Trait)


def test_python_frames_begin_with_the_innermost():
    text = 'File "/srv/a.py", line 3, in outer\n  File "/srv/b.py", line 9, in inner\nKeyError'

    assert [(each.path, each.function) for each in frames(text)] == [
        ("/srv/b.py", "inner"),
        ("/srv/a.py", "outer"),
    ]


def test_javascript_frames_have_their_function_before():
    (frame,) = frames("    at load (/usr/src/app/src/cart.js:17:28)")

    assert (frame.path, frame.function) == ("/usr/src/app/src/cart.js", "load")


def test_a_place_may_have_no_function():
    assert frames("see cart.go:12")[0].function == ""
    assert frames("no place at 12:30") == ()


def test_paths_may_begin_at_different_roots():
    assert same_file("C:\\app\\cart.py", "app/cart.py")
    assert not same_file("x/cart.py", "y/cart.py")


def test_rare_names_are_worth_more_than_plain_or_usual_words():
    said = sign('column "old_price" of orders is broken, see price_list and 100000')
    nats = worth(said, {"oldprice": 1, "orders": 1, "broken": 3, "#100000": 1}, 9, frozenset({"orders"}))

    assert nats["oldprice"] > 3.0 > nats["broken"]
    assert nats["orders"] < 0.3
    assert "pricelist" not in nats
    assert nats["#100000"] > 0.9


def test_words_of_every_log_are_worth_nothing_unless_quoted():
    assert worth(sign("value is none"), {"value": 1}, 3, frozenset()) == {}
    assert "value" in worth(sign("no [value]"), {"value": 1}, 3, frozenset())


def test_many_names_are_not_worth_their_sum():
    assert together(dict.fromkeys("abcdef", 3.0)) == 4.5
    assert together(dict.fromkeys("abcdef", 0.9)) == 2.0


def test_numbers_of_shapes_and_thousands_are_read():
    assert numbers("32x256 and 1,000,000 of 65535, not 10.0.0.255 or :8080") == {
        "#256",
        "#1000000",
        "#65535",
    }
