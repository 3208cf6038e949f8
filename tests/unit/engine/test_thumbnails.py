"""Thumbnails: large pictures become small ones, and what cannot be stays as it is."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from aright.core.contract.pictures import LARGEST, bare, media_of
from aright.engine import thumbnails
from aright.engine.thumbnails import SIDE, smaller


def noisy(form: str, side: int = 400) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_becomes_one_that_may_be_kept(form: str) -> None:
    data = smaller(noisy(form))
    assert len(data) <= LARGEST
    assert media_of(bare(data)) == "image/jpeg"
    assert max(Image.open(BytesIO(data)).size) <= SIDE


def test_small_damaged_and_foreign_files_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    small = noisy("PNG", 20)
    torn = noisy("JPEG")[:9_000]
    for data in (small, b"\x89PNG\r\n\x1a\n" + bytes(9_000), b"GIF89a" + bytes(9_000)):
        assert smaller(data) == data
    assert isinstance(smaller(torn), bytes)
    monkeypatch.setattr(thumbnails, "MOST_PIXELS", 100)
    assert smaller(noisy("PNG")) == noisy("PNG")


def test_a_picture_that_stays_large_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "LARGEST", 100)
    data = noisy("JPEG")
    assert smaller(data) == data
