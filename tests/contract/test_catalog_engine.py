"""Settings of the engine and the accepted false alarms, as catalog files say them."""

from __future__ import annotations

import msgspec
import pytest

from aright.adapters.catalog import YamlCatalog
from aright.bootstrap import Options, build
from aright.core.model.settable import SETTABLE
from aright.core.model.times import DAY, SECOND
from aright.engine.settings import Settings


@pytest.fixture
def read(tmp_path):
    def reading(text):
        file = tmp_path / "aright.yaml"
        file.write_text(text)
        return YamlCatalog().read([file])

    return reading


def test_every_setting_can_be_set_and_its_default_is_within_bounds():
    defaults = msgspec.structs.asdict(Settings())
    assert defaults.keys() <= SETTABLE.keys()
    for name, value in defaults.items():
        assert SETTABLE[name].low <= value <= SETTABLE[name].high, name


def test_a_team_says_in_plain_words_how_many_false_alarms_it_accepts(read):
    catalog = read(
        "services:\n"
        "  - name: shop\n"
        "    false_pages: 1 per quarter\n"
        "    false_notices: 2 per week\n"
        "    signals: {process:rss_bytes: {page: true}, latency: {page: true}}\n"
        "engine:\n"
        "  width: 60s\n"
        "  false_pages: 0.5 per month\n"
        "  keep: 90d\n"
        "  flush_rows: 1000\n"
    )
    assert not catalog.findings
    (shop,) = catalog.services
    assert shop.false_pages == pytest.approx(1 / 3)
    assert shop.false_notices == pytest.approx(2 / 7)
    assert shop.page_signals == ("process:rss_bytes", "latency")
    assert catalog.engine == {
        "width": 60 * SECOND,
        "false_pages": 0.5,
        "keep": 90 * DAY,
        "flush_rows": 1000,
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("  false_pages: none", "2: false_pages is 'none'"),
        ("  false_pages: 0 per month", "cannot be none"),
        ("  width: 3 minutes", "width is '3 minutes'"),
        ("  width: 3d", "a span from 1s to 1h"),
        ("  flush_rows: many", "flush_rows is many"),
        ("  widht: 30s", "widht"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(read, line, told):
    catalog = read(f"engine:\n{line}\n")
    assert told in "\n".join(str(each) for each in catalog.findings)
    assert not catalog.usable
    assert not catalog.engine


def test_a_setting_that_two_files_set_is_told(tmp_path):
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file in files:
        file.write_text("services: [{name: shop}]\nengine: {width: 60s}\n".replace("shop", file.stem))
    assert "set twice" in str(YamlCatalog().read(files).findings[0])


def test_the_engine_starts_with_what_the_catalog_sets(tmp_path, read):
    catalog = read("services: [{name: shop}]\nengine: {width: 45s, false_pages: 1 per year}\n")
    aright = build(Options(store=tmp_path / "store", clock="driven", token="secret", catalog=catalog))
    try:
        settings = aright._runtime.world.settings
        assert settings.width == 45 * SECOND
        assert settings.false_pages == pytest.approx(30 / 365)
    finally:
        aright.stop()


def test_an_objective_over_a_service_metric_is_told(read):
    sli = "{signal: process:rss_bytes, good: low}"
    catalog = read(
        f"services:\n  - name: shop\n    slos:\n      - {{name: memory, sli: {sli}, objective: 99%}}\n"
    )
    assert "process:rss_bytes is no signal" in "\n".join(str(each) for each in catalog.findings)
