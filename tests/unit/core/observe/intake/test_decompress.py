import contextlib
import zlib

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Encoding
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.decompress import decompress


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=5_000))
def test_a_snappy_block_comes_back_as_it_was(plain: bytes):
    assert decompress(bytes(cramjam.snappy.compress_raw(plain)), Encoding.SNAPPY, 5_000) == plain


def test_a_snappy_block_that_would_be_too_large_is_not_even_begun():
    bomb = bytes(cramjam.snappy.compress_raw(b"a" * 1_000_000))
    with pytest.raises(UnreadableError, match="larger than 1,000 bytes"):
        decompress(bomb, Encoding.SNAPPY, 1_000)


@pytest.mark.parametrize(
    "body", [b"\xff\xff\xff", b"\x80" * 6, b"\x05abc", bytes(cramjam.snappy.compress(b"x"))]
)
def test_what_is_no_snappy_block_is_refused_with_what_to_do(body: bytes):
    with pytest.raises(UnreadableError, match="Snappy") as refused:
        decompress(body, Encoding.SNAPPY, 1_000)
    assert "not the framed format" in refused.value.fix


@settings(deadline=None, max_examples=100)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_a_block_or_refused(body: bytes):
    with contextlib.suppress(UnreadableError):
        assert len(decompress(body, Encoding.SNAPPY, 10_000)) <= 10_000


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=5_000))
def test_a_zlib_stream_comes_back_as_it_was(plain: bytes):
    assert decompress(zlib.compress(plain), Encoding.DEFLATE, 5_000) == plain


def test_a_zlib_stream_is_bounded_and_whole():
    with pytest.raises(UnreadableError, match="larger than 1,000 bytes"):
        decompress(zlib.compress(b"a" * 1_000_000), Encoding.DEFLATE, 1_000)
    with pytest.raises(UnreadableError, match="cut off"):
        decompress(zlib.compress(b"abc" * 100)[:-5], Encoding.DEFLATE, 1_000)
    with pytest.raises(UnreadableError, match="no zlib"):
        decompress(b"plain", Encoding.DEFLATE, 1_000)
    with pytest.raises(UnreadableError, match="empty"):
        decompress(zlib.compress(b""), Encoding.DEFLATE, 1_000)
