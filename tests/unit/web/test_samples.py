"""Samples on the incident's page: before beside now, escaped, pictures by number alone."""

from __future__ import annotations

from io import BytesIO

from msgspec import structs
from PIL import Image

from aright.core.model.samples import BEFORE, NOW, PAYLOAD, PICTURE, Sample, Samples, Shown
from aright.web.samples import MOST_FIRST, picture_of, samples_view
from tests.unit.web import example
from tests.unit.web.fake import FakeOperations


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    return file.getvalue()


def a_picture(data: bytes) -> Shown:
    return Shown(
        kind=PICTURE, title="cam POST /shot: image", text="png of 9 bytes", media="image/png", data=data
    )


def samples(key: str, *, data: bytes = b"", before: bool = True) -> Samples:
    evil = "<script>alert(1)</script>"
    was = Sample(
        side=BEFORE,
        at=1_800_000_000_000_000,
        loss=0.0,
        unit="cam-7",
        values=(("build", "1"), ("light", "0.5")),
        shown=(a_picture(data), Shown(kind=PAYLOAD, title=evil, text=evil)),
    )
    now = structs.replace(was, side=NOW, loss=1.0, values=(("build", evil), ("light", "0.5")))
    other = structs.replace(now, unit="cam-8", loss=None, shown=())
    return Samples(
        key=key,
        service="eye",
        at=1_800_000_000_000_000,
        where="where build = 2",
        pairs=((was if before else None, now), (None, other), (was, now)),
        telling=1,
        of_now=1_234,
        of_before=5_678,
    )


def operations(kept: Samples | None) -> tuple[FakeOperations, str]:
    incident = example.INCIDENT
    made = FakeOperations(incidents=[incident])
    if kept is not None:
        made.sampled[incident.key] = structs.replace(kept, key=incident.key)
    return made, incident.key


def test_before_stands_beside_now_and_what_differs_is_marked() -> None:
    made, key = operations(samples("x", data=png()))
    view = samples_view(made, key)
    assert view is not None
    first, second = view.pairs
    assert len(view.more) == 1
    assert (first.before.lost, first.now.lost, second.now.lost) == ("well", "lost", "")  # type: ignore[union-attr]
    assert (first.same_unit, second.same_unit) == (True, False)
    assert [value.differs for value in (*first.telling, *first.others)] == [True, False]
    assert not any(value.differs for value in second.telling)
    assert [picture.number for picture in first.now.pictures] == [1]  # type: ignore[union-attr]


def test_pictures_are_given_out_by_number_and_as_what_they_are() -> None:
    made, key = operations(samples("x", data=png()))
    assert picture_of(made, key, 0) == ("image/png", png())
    assert picture_of(made, key, 3) == ("image/png", png())
    assert picture_of(made, key, 4) is None
    assert picture_of(made, key, -1) is None
    hostile, key = operations(samples("x", data=b"<svg onload=alert(1)>"))
    assert picture_of(hostile, key, 0) is None
    large, key = operations(samples("x", data=png() + bytes(9_000)))
    assert picture_of(large, key, 0) is None
    assert picture_of(operations(None)[0], key, 0) is None


def test_a_page_without_samples_shows_none() -> None:
    made, key = operations(None)
    assert samples_view(made, key) is None
    made.sampled[key] = structs.replace(samples(key), pairs=())
    assert samples_view(made, key) is None


def test_where_nothing_is_known_to_have_moved_the_first_values_stand_open() -> None:
    many = samples("x")
    values = tuple((f"v{number}", "1") for number in range(MOST_FIRST + 3))
    pairs = tuple((before, structs.replace(now, values=values)) for before, now in many.pairs if now)
    made, key = operations(structs.replace(many, pairs=pairs, telling=0))
    view = samples_view(made, key)
    assert view is not None
    assert len(view.pairs[0].telling) == MOST_FIRST
    assert len(view.pairs[0].others) == 3
