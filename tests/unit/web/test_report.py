"""An investigation as a page: pictures that show what is missing, and figures of one format."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from aright.engine.investigation import Question, investigate
from aright.web.pictures.shares import legend, share_rows
from aright.web.report import report_page


def made(seed, *, missing=0.0, wrong=0.1):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, 2_000)
    age = np.where(random.random(2_000) < missing, np.nan, random.normal(40, 9, 2_000))
    return pa.table(
        {
            "age": pa.array(age, from_pandas=True),
            "year": random.integers(2018, 2020, 2_000),
            "prediction": np.where(random.random(2_000) < wrong, 1 - truth, truth),
            "label": truth,
        }
    )


@pytest.fixture(scope="module")
def page():
    report = investigate(made(1), made(2, missing=0.335, wrong=0.2), Question(by="year"))
    return report_page(report, current="now.pq", reference="was.pq")


def test_what_went_missing_has_a_bar(page):
    figure = page[page.index("<figure>") : page.index("</figure>")]
    bars = re.findall(r'<th scope="row">([^<]*)</th>.*?<td class="num">([^<]*)</td>', figure)

    assert len(bars) == 11
    name, numbers = bars[-1]
    assert name == "missing"
    before, now = re.findall(r"(\d+)\u202f%", numbers)
    assert int(before) == 0
    assert int(now) == pytest.approx(33.5, abs=4)


def test_the_colours_have_a_legend(page):
    assert str(legend()) in page
    for word in ("before", "changed by more than 2.0 points", "changed by less"):
        assert word in page


def test_bars_take_the_room_and_texts_do_not_grow(page):
    picture = share_rows({"≤ 3": (0.1, 0.2), "<evil>": (0.9, 0.8)})

    assert "viewBox" not in picture
    assert "font-size" not in picture
    assert "&lt;evil&gt;" in picture
    shares = [float(share) for share in re.findall(r'width="([\d.]+)%"', picture)]
    assert max(shares) <= 100
    assert share_rows({}) == '<table class="shares"><tbody/></table>'


def test_parts_say_how_sure_they_are(page):
    parts = page[page.index('id="parts"') : page.index('id="moved"')]

    assert parts.count('class="sure worse"') == 2
    assert len(re.findall(r"0\.\d{4} to 0\.\d{4}", parts)) == 4  # accuracy and F1 of two years


def test_figures_have_one_format_each(page):
    text = re.sub(r"<[^>]+>", " ", page[page.index("<body") :])

    assert not re.findall(r"\d ?%", text), "a narrow no-break space stands before each percent sign"
    assert "nan" not in text.lower().split()
