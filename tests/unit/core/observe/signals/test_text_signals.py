"""Signals that read texts: what they tell from healthy answers, and that no text at all upsets them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.observe.signals import (
    answer_length,
    copied_share,
    empty_share,
    refusal_share,
    repetition,
    unclosed_share,
    unended_share,
)

READERS = (unclosed_share.values, unended_share.values, refusal_share.values, repetition.values)


def one(values, text):
    return float(values(pa.array([text]))[0])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_every_text_has_a_value_from_zero_to_one_or_none(texts):
    for values in READERS:
        found = values(pa.array(texts, pa.string()))
        assert found.shape == (len(texts),)
        assert ((found >= 0) & (found <= 1) | np.isnan(found)).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=60), min_size=2, max_size=6))
def test_a_text_is_read_the_same_beside_others(texts):
    for values in READERS:
        together = values(pa.array(texts, pa.string()))
        alone = [one(values, text) for text in texts]
        np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(
    ("text", "left_open"),
    [
        ('{"total": 12, "lines": [{"sku": "a"}', 1.0),
        ('{"total": 12}', 0.0),
        ("```python\nprint(1)", 1.0),
        ("```python\nprint(1)\n```", 0.0),
        ("Done :) and b) too", 0.0),
        ("（未完", 1.0),
        ("", 0.0),
    ],
)
def test_what_is_opened_must_be_closed(text, left_open):
    assert one(unclosed_share.values, text) == left_open


@pytest.mark.parametrize(
    "text",
    [
        "The parcel is on its way to you.",
        'She said: "the parcel is on its way!"',
        "Das Paket ist unterwegs (heute noch)…",
        "आपका पार्सल रास्ते में है और कल आएगा।",
        "طردك في الطريق وسيصل غدا صباحا؟",
        "The steps are as follows:\n```sh\nrun it now\n```",
        '{"answer": "yes it is", "sure": true}',
        "See https://example.org/a/b?c=1 or else https://example.org/help",
        "**The parcel is on its way to you.**",
        "Thank you for your patience with us 🎉",
    ],
)
def test_healthy_texts_end(text):
    assert one(unended_share.values, text) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The parcel is on its way to",
        "Das Paket ist unterwegs und wird vorauss",
        "包裹正在路上而且明天就会送到您手上但是在那之前请您",
    ],
)
def test_texts_that_break_off_do_not_end(text):
    assert one(unended_share.values, text) == 1.0


def test_scripts_without_marks_and_short_texts_are_left_out():
    assert np.isnan(one(unended_share.values, "พัสดุของคุณกำลังเดินทางมาถึงในวันพรุ่งนี้"))
    assert np.isnan(one(unended_share.values, "blue"))


@pytest.mark.parametrize("phrases", refusal_share.PHRASES.values(), ids=list(refusal_share.PHRASES))
def test_refusals_are_told_in_every_language(phrases):
    texts = pa.array([f"{phrase} …" for phrase in phrases])
    assert refusal_share.values(texts).tolist() == [1.0] * len(phrases)


def test_a_refusal_stands_at_the_beginning_and_with_any_apostrophe():
    assert one(refusal_share.values, "I’m sorry, but I can’t help with that.") == 1.0
    assert one(refusal_share.values, "Well. " * 60 + "I cannot help with that") == 0.0
    assert one(refusal_share.values, "Sorry for the delay: your parcel is here.") == 0.0


def test_a_team_adds_its_own_phrases_which_are_no_pattern():
    own = ("(nope.*)", " ", "x" * 900)
    found = refusal_share.values(pa.array(["(NOPE.*) not today", "nope, no", "x" * 900]), own)
    assert found.tolist() == [1.0, 0.0, 1.0]


def test_loops_repeat_in_scripts_with_and_without_spaces():
    assert one(repetition.values, "and so it goes on and so it goes on " * 20) > 0.8
    assert one(repetition.values, "我不知道该怎么办才好呢" * 20) > 0.8
    assert one(repetition.values, "Each word of this sentence stands in it only once, as it should.") == 0.0
    assert np.isnan(one(repetition.values, "too short"))


def test_blank_answers_are_empty_unless_a_tool_is_called():
    rows = pa.table(
        {
            "text": ["", " \n\t", "ok", "", None],
            "feat.finish_reason": ["stop", "stop", "stop", "tool_calls", "stop"],
        }
    )
    found = empty_share.values(rows, None)
    assert found is not None
    np.testing.assert_array_equal(found, [1.0, 1.0, 0.0, 0.0, np.nan])


def test_without_a_text_no_token_is_an_empty_answer():
    rows = pa.table({"text": ["hello", None, None], "feat.gen_ai.output_tokens": [0.0, 0.0, None]})
    np.testing.assert_array_equal(empty_share.values(rows, None), [0.0, 1.0, np.nan])
    assert empty_share.values(pa.table({"status": [200]}), None) is None


def test_lengths_are_characters_where_no_tokens_are_told():
    rows = pa.table({"text": ["ä" * length for length in range(1, 101)]})
    assert list(answer_length.learn(rows)) == ["answer_chars"]
    assert answer_length.learn(pa.table({"text": ["a"] * 3})) == {}
    assert answer_length.values(rows, None) == {}


def test_copies_are_told_by_the_sender_or_taken_from_the_source():
    assert copied_share.told(pa.table({"status": [200]})) is None
    assert copied_share.taken(pa.table({"text": ["a"]})) is None
    rows = pa.table(
        {
            "text": ["Der Zug fährt heute nicht.", "The train does not run today", None],
            "feat.source_text": ["The train does not run today."] * 3,
        }
    )
    found = copied_share.taken(rows)
    assert found is not None
    assert found[0] < 0.1
    assert found[1] > 0.9
    assert np.isnan(found[2])


@settings(deadline=None, max_examples=80)
@given(st.lists(st.text(min_size=1, max_size=20), max_size=4))
def test_any_phrase_of_a_team_is_found_as_it_stands(own):
    phrases = [phrase for phrase in own if phrase.strip()]
    texts = pa.array([f"{phrase.strip()} …" for phrase in phrases], pa.string())
    assert (refusal_share.values(texts, own) == 1).all()
