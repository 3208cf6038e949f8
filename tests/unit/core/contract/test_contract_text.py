import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.dates import epoch_unit, moment_of
from aright.core.contract.text import traits_of

AT = 1_795_442_520.0


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("", "empty"),
        ("EUR", "upper"),
        ("eur", "lower"),
        ("x ", "edge_space"),
        ("Köln", "non_ascii"),
        ("KÃ¶ln", "misread_encoding"),
        ("bad \ufffd", "misread_encoding"),
        ("N/A", "word_for_null"),
        ("True", "boolean"),
        ("-12.5e3", "number"),
        ("a &amp; b", "html_entity"),
        ("<b>x", "html_tag"),
        ("a%20b", "percent_code"),
        ("caf\\u00e9", "backslash_code"),
        ('{"a": 1}', "json"),
        ("and so on…", "ellipsis"),
        ("2026-11-23", "iso"),
        ("2026-11-23T10:00:00+01:00", "zone"),
        ("2026-11-23 10:00", "clock"),
        ("2026-23-11", "misdated"),
        ("23.11.2026", "day_month"),
        ("11/23/2026", "month_day"),
    ],
)
def test_marks(text, mark):
    assert mark in traits_of(text).marks


@pytest.mark.parametrize("text", ["{broken", "12,5", "1.2.3", "Tom & Ann", "5 < 6", "100 %", "31.13.2026"])
def test_what_only_looks_like_it(text):
    marks = traits_of(text).marks

    assert not {"json", "number", "html_entity", "html_tag", "percent_code", "day_month", "month_day"} & set(
        marks
    )


def test_shapes_are_of_runs():
    assert traits_of("AB12-1234").shape == "A9-9"
    assert traits_of("Łódź").shape == "Ññañ"
    assert traits_of("x" * 60).shape == "long"
    assert len(traits_of("a1" * 20).shape) <= 24


def test_decimals_of_text_count_zeros():
    assert (traits_of("12.50").decimals, traits_of("12").decimals) == (2, 0)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=256))
def test_no_text_is_too_much(text):
    traits = traits_of(text)

    assert len(traits.shape) <= 24
    assert len(traits.alphabet) <= 24


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-23T14:02:00Z", AT),
        ("2026-11-23T14:02:00.5+00:00", AT + 0.5),
        ("2026-11-23 15:02+01:00", AT),
        ("23/11/2026", AT - 50_520),
        ("11/23/2026", AT - 50_520),
    ],
)
def test_moments(text, seconds):
    moment = moment_of(text)

    assert moment is not None
    assert moment.seconds == seconds


def test_moments_out_of_range_and_other_texts():
    assert moment_of("0001-01-01T00:00:00+14:00") is not None
    assert moment_of("hello world") is None


@pytest.mark.parametrize(("scale", "unit"), [(1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")])
def test_times_as_numbers(scale, unit):
    found = epoch_unit(AT * scale, AT)

    assert found is not None
    assert found[0] == unit
    assert found[1] == pytest.approx(AT)


def test_ordinary_numbers_are_no_times():
    assert epoch_unit(12.5, AT) is None
    assert epoch_unit(5e10, AT) is None
    assert epoch_unit(AT, float("nan")) is None
