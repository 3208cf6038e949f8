"""What images and texts are told by: right, bounded, and never to the host's harm."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from aright.sdk import image_features, text_features
from aright.sdk.image_header import header_of, without_exif
from aright.sdk.images import MOST_PIXELS
from aright.sdk.pixels import measured

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def noise(width: int = 160, height: int = 120, seed: int = 1) -> Image.Image:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (height // 8, width // 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    paper = BytesIO()
    picture.save(paper, kind, **options)
    return paper.getvalue()


def with_exif(**texts: str) -> bytes:
    picture = noise()
    exif = picture.getexif()
    for name, tag in (("make", 0x010F), ("model", 0x0110), ("software", 0x0131)):
        if name in texts:
            exif[tag] = texts[name]
    return written(picture, "JPEG", exif=exif)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_first_bytes_tell_format_and_size(kind: str) -> None:
    header = header_of(written(noise(), kind)[:4_096])
    assert (header.format, header.width, header.height) == (kind.lower(), 160, 120)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}])
def test_webp_of_every_kind(options: dict[str, object]) -> None:
    header = header_of(written(noise(), "WEBP", **options))
    assert header[:3] == ("webp", 160, 120)


def test_exif_tells_camera_and_firmware() -> None:
    told = image_features(with_exif(make="Acme", model="Eye 2", software="fw 3.1\n"))
    assert (told["image.make"], told["image.model"], told["image.software"]) == ("Acme", "Eye 2", "fw 3.1")
    picture = Image.open(BytesIO(with_exif(make="Acme", software="9")))
    again = image_features(picture)
    assert (again["image.make"], again["image.software"], again["image.format"]) == ("Acme", "9", "jpeg")
    assert header_of(written(noise(), "TIFF", tiffinfo={271: "Acme"})).exif == {"make": "Acme"}
    png = noise()
    exif = png.getexif()
    exif[0x010F] = "Acme"
    assert header_of(written(png, "PNG", exif=exif)).exif == {"make": "Acme"}


@pytest.mark.parametrize("kind", FORMATS)
def test_bytes_pictures_and_arrays_look_alike(kind: str) -> None:
    picture = noise(1_100, 800)
    data = written(picture, kind, **({"quality": 95} if kind == "JPEG" else {}))
    found = [image_features(data), image_features(picture), image_features(np.asarray(picture))]
    for told in found:
        assert told["image.width"] == 1_100
        assert told["image.aspect"] == 1.375
        assert told["image.brightness"] == pytest.approx(found[1]["image.brightness"], abs=0.02)
        assert told["image.contrast"] == pytest.approx(found[1]["image.contrast"], abs=0.02)
    assert found[0]["image.bytes"] == len(data)


def test_arrays_of_every_layout_and_scale_look_alike() -> None:
    pixels = np.asarray(noise())
    expected = image_features(pixels)
    for other in (
        np.moveaxis(pixels, 2, 0),
        pixels / 255.0,
        pixels.astype(np.float32),
        pixels.astype(np.uint16) * 257,
        pixels.astype(np.int64),
        np.dstack([pixels, np.full((120, 160, 1), 255, np.uint8)]),
    ):
        told = image_features(other)
        for name in ("image.width", "image.height", "image.brightness", "image.contrast"):
            assert told[name] == pytest.approx(expected[name], abs=1e-3), (other.shape, other.dtype, name)


def test_dark_blank_and_blurred_images_show() -> None:
    coarse = np.random.default_rng(2).integers(0, 256, (15, 20, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((160, 120), Image.Resampling.NEAREST)
    blurred = picture.filter(ImageFilter.GaussianBlur(4))
    sharp, soft = (image_features(each)["image.blur"] for each in (picture, blurred))
    assert isinstance(sharp, float)
    assert isinstance(soft, float)
    assert soft < sharp / 4
    black = image_features(np.zeros((60, 80), np.uint8))
    assert (black["image.brightness"], black["image.contrast"], black["image.blur"]) == (0, 0, 0)
    assert image_features(np.ones((8, 8), np.bool_))["image.brightness"] == 1
    assert image_features(Image.new("I;16", (8, 8), 65_535))["image.brightness"] == 1
    assert image_features(Image.new("F", (8, 8), 0.5))["image.brightness"] == 0.5


def test_a_bomb_is_not_decoded() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    told = image_features(png)
    assert told["image.width"] == 60_000
    assert MOST_PIXELS < 60_000 * 60_000
    assert "image.brightness" not in told


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_file_is_told_by_its_header(kind: str) -> None:
    data = written(noise(), kind)
    told = image_features(data[: len(data) // 2])
    assert (told["image.format"], told["image.width"]) == (kind.lower(), 160)


@pytest.mark.parametrize(
    "strange",
    [None, "text", 7, object(), [], {}, np.zeros(0), np.zeros((2, 2, 2, 2)), np.zeros((4, 4), complex), b"",
     np.zeros((5, 5, 5)), np.array([["a"]])],
)  # fmt: skip
def test_what_is_no_image_is_told_by_nothing(strange: object) -> None:
    assert set(image_features(strange)) <= {"image.bytes"}


def test_an_array_that_is_not_finite_has_its_size_alone() -> None:
    assert set(image_features(np.full((4, 4), np.nan))) == {
        "image.width",
        "image.height",
        "image.aspect",
        "image.channels",
    }


class Hostile:
    @property
    def getexif(self) -> object:
        raise RuntimeError("no")


def test_a_host_is_never_raised_into() -> None:
    assert image_features(Hostile()) == {}


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(
        [written(noise(48, 32), kind) for kind in FORMATS] + [with_exif(make="A", software="B" * 40)]
    ),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12),
    st.integers(0, 3_000),
)
def test_damaged_files_never_raise(data: bytes, changes: list[tuple[int, int]], length: int) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        if at < len(damaged):
            damaged[at] = value
    told = image_features(bytes(damaged[:length]))
    assert all(isinstance(value, (str, int, float)) for value in told.values())


@settings(deadline=None, max_examples=60)
@given(st.none() | st.text() | st.integers(), st.none() | st.text() | st.binary())
def test_texts_of_any_kind_are_told_within_bounds(source: object, output: object) -> None:
    told = text_features(source, output)
    assert 0 <= float(told.get("copy_share") or 0) <= 1


def test_the_sdk_needs_neither_pillow_nor_numpy_until_it_is_asked() -> None:
    script = (
        "import sys, aright.sdk as sdk; assert not {'PIL', 'numpy'} & set(sys.modules);"
        "sys.modules['PIL'] = None; print(sorted(sdk.image_features(sys.stdin.buffer.read())))"
    )
    data = written(noise(), "PNG")
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert b"'image.width'" in done.stdout
    assert b"brightness" not in done.stdout


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_picture_without_its_exif_is_the_same_picture(mode: str) -> None:
    """Colours too: what tells how they are kept is not Exif."""
    picture = noise().convert(mode)
    exif = Image.Exif()
    exif[0x010F] = "Acme" * 500
    data = written(picture, "JPEG", exif=exif, quality=90)
    bare = without_exif(data)
    assert len(bare) < len(data) - 2_000
    assert header_of(bare)[:3] == header_of(data)[:3]
    assert header_of(bare).exif == {}
    assert np.array_equal(np.asarray(Image.open(BytesIO(bare))), np.asarray(Image.open(BytesIO(data))))
    assert without_exif(bare) == bare


@given(rest=st.binary(max_size=60))
@settings(deadline=None, max_examples=60)
def test_whatever_follows_a_jpegs_first_bytes_keeps_its_end(rest: bytes) -> None:
    data = b"\xff\xd8\xff" + rest
    bare = without_exif(data)
    assert bare.startswith(b"\xff\xd8")
    assert len(bare) <= len(data)
    assert set(image_features(data)) >= {"image.bytes"}


def test_moments_are_those_of_the_pixels() -> None:
    luma = np.random.default_rng(5).random((31, 47), dtype=np.float32)
    told = measured(luma)
    inner = luma[1:-1, 1:-1].astype(np.float64)
    edges = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * inner
    assert told["brightness"] == pytest.approx(luma.astype(np.float64).mean(), abs=1e-5)
    assert told["contrast"] == pytest.approx(luma.astype(np.float64).std(), abs=1e-5)
    assert told["blur"] == pytest.approx(edges.var(), abs=1e-6)
