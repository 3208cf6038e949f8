"""Redaction: private by name, private by look, and how much of the rest is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.redacting import DEEPEST, MASK, MOST_PARTS, Redactor, _is_token
from aright.core.model.redaction import Redaction

PLAIN = Redactor(Redaction())


@pytest.mark.parametrize(
    "name",
    ["password", "X-Api-Key", "user.firstName", "Set_Cookie", "order.card number", "LAT", "customerEmail"],
)
def test_what_has_a_private_name_is_masked_whatever_it_is(name: str) -> None:
    for value in ("x", 4, 1.5, ["a"], {"b": 1}):
        assert PLAIN.named(name, value) == MASK
    assert PLAIN.named(name, None) is None
    assert PLAIN.named(name, True) is True


def test_a_service_names_what_else_is_private() -> None:
    mine = Redactor(Redaction(fields=("diagnosis", "*_note")))
    assert mine.value({"Diagnosis": "x", "a": {"internal_note": 1, "kept": 1}}) == {
        "Diagnosis": MASK,
        "a": {"internal_note": MASK, "kept": 1},
    }
    assert PLAIN.value({"diagnosis": "x"}) == {"diagnosis": "x"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail ann.o+x@shop.example.org now", "mail ‹e-mail› now"),
        ("4111 1111 1111 1111", "‹card›"),
        ("order 4111111111111112", "order 4111111111111112"),
        ("0000000000000000", "0000000000000000"),
        ("pay DE89 3704 0044 0532 0130 00", "pay ‹account›"),
        ("DE88370400440532013000", "DE88370400440532013000"),
        ("call +49 (30) 123 456-78", "call ‹phone›"),
        ("2026-11-23 18:00:00", "2026-11-23 18:00:00"),
        ("features/people.daily.of.the.shop", "features/people.daily.of.the.shop"),
    ],
)
def test_what_looks_private_is_masked_and_what_does_not_is_kept(text: str, shown: str) -> None:
    assert PLAIN.text(text) == shown


def test_tokens_and_long_texts_are_told_apart_by_a_salted_hash() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
    assert PLAIN.text(token).startswith("‹token #")
    assert PLAIN.text(token) == PLAIN.text(token)
    assert Redactor(Redaction(), salt="b").text(token) != PLAIN.text(token)
    long = "word " * 60
    assert PLAIN.text(long).startswith("word word")
    assert "(300 characters, #" in PLAIN.text(long)
    assert Redactor(Redaction(text=0)).text("short").startswith("… (5 characters")
    assert len(PLAIN.text("a b" * 40_000)) < 120


def test_trees_are_bounded_and_numbers_of_cards_are_none() -> None:
    assert PLAIN.value([4111111111111111, 12, None, True, 0.5]) == ["‹card›", 12, None, True, 0.5]
    assert str(PLAIN.value(list(range(MOST_PARTS + 2)))).endswith("'… 2 more']")
    assert "'…': '3 more'" in str(PLAIN.value({str(each): each for each in range(MOST_PARTS + 3)}))
    deep: object = 1
    for _ in range(DEEPEST + 3):
        deep = [deep]
    assert "…" in str(PLAIN.value(deep))
    assert PLAIN.value(b"x" * 3) == "b'xxx'"


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=80),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_document_comes_out_and_an_address_never_does(document: object) -> None:
    shown = str(PLAIN.value([document, {"who": "ann@shop.example"}]))
    assert "ann@shop" not in shown
    assert PLAIN.value(document) == PLAIN.value(document)


@given(st.text(st.sampled_from("aB3é٣-/. x"), max_size=200) | st.text(max_size=90))
@settings(deadline=None, max_examples=150)
def test_a_token_is_told_by_all_of_its_characters(text: str) -> None:
    letters = sum(each.isalpha() for each in text)
    digits = sum(each.isdigit() for each in text)
    assert _is_token(text) == (len(set(text)) >= 10 and letters >= 4 and digits >= 4)
