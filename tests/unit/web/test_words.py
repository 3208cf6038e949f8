from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.times import DAY, SECOND
from aright.web.words import clean, clock, day, moment, number, percent, quantity, short, span


@given(st.text())
@settings(deadline=None, max_examples=100)
def test_nothing_that_steers_a_terminal_or_turns_text_around_survives(text):
    made = clean(text)

    assert len(made) == len(text)
    for sign in made:
        assert sign in "\n\t\u200d" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs"}
    assert clean(made) == made


@given(st.floats())
@settings(deadline=None, max_examples=100)
def test_any_number_can_be_shown(x):
    units = ("share", "ms", "bytes", "percent", "")
    for text in (number(x), percent(x), *(quantity(x, unit) for unit in units)):
        assert text
        assert len(text) < 40
        assert "nan" not in text
        assert "inf" not in text


@given(st.integers(-(10**19), 10**19))
@settings(deadline=None, max_examples=50)
def test_any_instant_can_be_shown(at):
    assert str(clock(at)).startswith(("<time", "<span"))
    assert day(at)
    assert moment(at)
    assert span(at)


def test_small_numbers_keep_their_digits():
    assert number(0.000123) == "0.000123"
    assert percent(0.00004) == "<\u202f0.01\u202f%"
    assert percent(-0.05) == "−5.0\u202f%"
    assert quantity(0.0, "bytes") == "0\u202fB"
    assert quantity(1536, "bytes") == "1.50\u202fKiB"
    assert span(DAY + 61 * SECOND) == "1\u202fd"


def test_times_are_utc_and_carry_the_instant():
    assert str(moment(1_795_428_150_000_000)) == (
        '<time datetime="2026-11-23T10:02:30.000Z">2026-11-23 10:02</time>'
    )


def test_long_text_is_cut_where_it_is_too_long():
    assert short("x" * 10, 10) == "x" * 10
    assert short("x" * 11, 10) == "x" * 9 + "…"
