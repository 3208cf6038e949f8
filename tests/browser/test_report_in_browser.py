"""An investigation's page in a browser: readable at every width, in light and in dark."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.engine.investigation import Question, investigate
from aright.web.report import report_page

pytestmark = pytest.mark.browser

_SIZES = """() => [...document.querySelectorAll('.shares th, .shares td.num')]
  .map((cell) => parseFloat(getComputedStyle(cell).fontSize))"""
_CUT_OFF = """() => [...document.querySelectorAll('.scroll, main, html')]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className || each.tagName)"""


def table(seed, *, missing=0.0, wrong=0.1):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, 3_000)
    wealth = np.where(random.random(3_000) < missing, np.nan, random.normal(40, 9, 3_000))
    return pa.table(
        {
            "a_long_name_without_any_place_to_break_it_at": pa.array(wealth, from_pandas=True),
            "year": random.integers(2018, 2020, 3_000),
            "score": random.random(3_000),
            "prediction": np.where(random.random(3_000) < wrong, 1 - truth, truth),
            "label": truth,
        }
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    found = investigate(table(1), table(2, missing=0.335, wrong=0.2), Question(by="year"))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(found, current="now.parquet", reference="was.parquet"), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_nothing_is_cut_off_and_texts_keep_their_size(chromium, report, width, scheme):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(report)

    assert page.evaluate(_CUT_OFF) == []
    assert set(page.evaluate(_SIZES)) == {13}
    bar = page.locator("tr", has_text="missing").locator(".fill").first.bounding_box()
    assert bar is not None
    assert 60 < bar["width"] < 400
    context.close()
