"""Pictures in payloads: by their first bytes, without metadata, and nothing that is none."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aright.core.contract.pictures import MOST_BYTES, bare, decoded, media_of, pictures_in


def picture(form: str, *, size: int = 24, secret: bool = True) -> bytes:
    made = Image.linear_gradient("L").resize((size, size)).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "SECRET MAKER", {1: "N", 2: (52.0, 30.0, 0.0)}
    file = BytesIO()
    made.save(file, form, **({"exif": exif} if secret else {}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_picture_loses_what_is_told_of_it_and_keeps_its_pixels(form: str, media: str) -> None:
    data = picture(form)
    assert b"SECRET" in data
    kept = bare(data)
    assert media_of(kept) == media
    assert b"SECRET" not in kept
    one, two = (Image.open(BytesIO(each)).convert("RGB") for each in (data, kept))
    assert one.tobytes() == two.tobytes()
    assert not Image.open(BytesIO(kept)).getexif()
    assert bare(kept) == kept


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(40),
        b"<!doctype html><script>alert(1)</script>",
        b"\xff\xd8\xff\xe0\x00",
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(20),
        b"\xff\xd8\xff\xda\x00\x02" + bytes(20),
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xff" + b"IDAT" + bytes(8),
        b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x00" + b"IDAT" + bytes(4),
        b"RIFF\x00\x00\x00\x00WEBP" + b"VP8 \xff\xff\x00\x00" + bytes(9),
        b"RIFF\x00\x00\x00\x00WEBP" + b"EXIF\x02\x00\x00\x00" + bytes(2),
        picture("PNG") + bytes(MOST_BYTES),
    ],
)
def test_what_is_no_picture_or_damaged_is_not_kept(data: bytes) -> None:
    assert bare(data) == b""


def test_pictures_are_found_in_documents_however_they_are_written() -> None:
    data = picture("PNG")
    plain, safe = b64encode(data).decode(), urlsafe_b64encode(data).decode().rstrip("=")
    document = {
        "a": {"shot": plain},
        "list": [safe, "x"],
        "uri": f"data:image/png;base64,{plain}",
        "text": "no picture at all, but a text that is long enough to be looked at as one",
        "n": 5,
    }
    found = dict(pictures_in(document))
    assert set(found) == {"a.shot", "list[]", "uri"}
    assert all(each == data for each in found.values())
    assert list(pictures_in(plain)) == [("", data)]
    deep: object = plain
    for _ in range(9):
        deep = {"d": deep}
    assert list(pictures_in(deep)) == []
    assert decoded("iVBORw0KGgo" + "\u00e9" * 80) == b""
    assert decoded(plain[:-3] + "!") != data


@settings(deadline=None, max_examples=80)
@given(st.sampled_from([picture("JPEG"), picture("PNG"), picture("WEBP")]), st.data())
def test_damaged_pictures_never_raise(data: bytes, chance: st.DataObject) -> None:
    at = chance.draw(st.integers(0, len(data) - 1))
    cut = data[:at] + chance.draw(st.binary(max_size=6)) + data[at + chance.draw(st.integers(0, 6)) :]
    assert isinstance(bare(cut), bytes)
