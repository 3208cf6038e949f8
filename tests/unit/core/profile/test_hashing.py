"""Hashes of many texts at once against zlib's sum of each."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aright.core.profile.hashing import hash_texts, stir


def one_by_one(texts):
    return stir(np.array([crc32((text or "").encode()) for text in texts], np.uint64)).tolist()


@pytest.fixture(params=[0, 512], ids=["as_many", "as_few"])
def few(request, monkeypatch):
    """How many texts are few: of few and of many the hashes are the same."""
    monkeypatch.setattr("aright.core.profile.hashing._FEW", request.param)


@pytest.mark.usefixtures("few")
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.text(max_size=90), max_size=30), st.integers(0, 5))
def test_hashes_are_those_of_each_text(texts, first):
    array = pa.array(texts, pa.string())
    assert hash_texts(array).tolist() == one_by_one(texts)
    assert hash_texts(array[first:]).tolist() == one_by_one(texts[first:])
    assert hash_texts(pa.chunked_array([array[:first], array[first:]])).tolist() == one_by_one(texts)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 1_000])
def test_long_and_short_texts_stand_side_by_side(length):
    texts = ["u" * length, "u1", "", "ü" * length]
    assert hash_texts(pa.array(texts).dictionary_encode()).tolist() == one_by_one(texts)
