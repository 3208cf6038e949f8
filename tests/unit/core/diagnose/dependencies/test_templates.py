"""Log templates: what differs is masked, what says something is kept, and hostile lines cost no more."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.dependencies.templates import (
    MAX_CHARACTERS,
    MAX_CHILDREN,
    MAX_TEXTS,
    MAX_WORDS,
    OTHER,
    templates_of,
)


def names(*lines: str | None) -> tuple[str, ...]:
    found = templates_of(pa.array(lines, pa.string()), np.zeros(len(lines), np.int64))
    return tuple(found.names[code] for code in found.codes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 12 ms", "took 3400.5 ms"),
        (
            "order 7f3c1a2b-11aa-22bb-33cc-1234567890ab done",
            "order 00000000-aaaa-bbbb-cccc-abcdefabcdef done",
        ),
        ('no route to "a"', 'no route to "somewhere else"'),
        ("at 2023-01-29 10:11:12.345 ok", "at 2024-11-02T01:02:03Z ok"),
        ("key 0xdeadbeef01 set", "key deadbeefcafe set"),
        ("token eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxMjM0NTY3ODkwIn0 given", "token " + "Q" * 50 + " given"),
        ("trip Trip(id=a, seats=[1, 2]) found", "trip Trip(id=b, seats=[]) found"),
        ("legs [Leg(a=1), Leg(a=2)] planned", "legs [Leg(a=3)] planned"),
        ("names: ann, bob, eve seen", "names: zoe, kim seen"),
        ("state=up", "state=down"),
    ],
)
def test_lines_that_differ_in_values_are_one_template(one: str, other: str) -> None:
    first, second = names(one, other)
    assert first == second


@pytest.mark.parametrize(
    ("one", "other"),
    [("payment accepted", "payment refused"), ("verify result: true", "verify result: false"), ("", "x")],
)
def test_lines_that_say_another_thing_are_not(one: str, other: str) -> None:
    first, second = names(one, other)
    assert first != second


def test_missing_line_is_empty_and_no_lines_give_no_templates() -> None:
    assert names(None, "") == ("", "")
    nothing = templates_of(pa.chunked_array([], pa.string()), np.zeros(0, np.int64))
    assert nothing.names == ()
    assert nothing.codes.shape == (0,)


def test_open_sets_of_words_are_merged_but_a_rare_error_stays() -> None:
    customers = [f"hello {'x' * (1 + n % 7)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(400)]
    found = names(*customers * 2, "cannot open the ledger")
    assert found[-1] == "cannot open the ledger"
    assert len(set(found)) <= MAX_CHILDREN + 2
    assert f"hello {OTHER}" in found


def test_writers_do_not_crowd_one_another_out() -> None:
    lines = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)} starts" for n in range(200)]
    together = templates_of(pa.array(lines), np.zeros(200, np.int64))
    apart = templates_of(pa.array(lines), np.arange(200))
    assert len(together.names) <= MAX_CHILDREN + 1
    assert len(apart.names) == 200


def test_same_words_of_two_writers_are_one_template() -> None:
    found = templates_of(pa.array(["up", "up"]), np.array([0, 1]))
    assert found.names == ("up",)


def test_lines_words_and_texts_are_bounded() -> None:
    long = "a" + " b" * MAX_CHARACTERS
    assert len(names(long)[0].split()) == MAX_WORDS
    letters = "abcdefghijklmnopqrstuvwxyz"
    many = [
        f"{letters[n % 26]}{letters[n // 26 % 26]}g{letters[n // 676 % 26]}y{letters[n // 17576 % 26]}"
        for n in range(MAX_TEXTS + 5)
    ]
    assert len(set(names(*many))) <= MAX_CHILDREN + 1


@pytest.mark.parametrize(
    "line", ["[" * 5_000, "a=" * 5_000, "#, " * 5_000, '"' * 5_000, "1:" * 5_000, "(=" * 5_000]
)
def test_hostile_lines_cost_no_more(line: str) -> None:
    began = time.process_time()
    names(*[line] * 300)
    assert time.process_time() - began < 2.0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_lines_give_one_template_each(lines: list[str]) -> None:
    found = templates_of(pa.array(lines, pa.string()), np.zeros(len(lines), np.int64))
    assert len(found.codes) == len(lines)
    assert all(0 <= code < len(found.names) for code in found.codes.tolist())
    again = templates_of(pa.array(lines, pa.string()), np.zeros(len(lines), np.int64))
    assert again.names == found.names
