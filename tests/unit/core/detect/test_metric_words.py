"""Verdicts of metrics in words: units, limits, days."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from aright.core.detect.metric_words import in_words, quantity
from aright.core.detect.series_settings import Kind, Verdict
from aright.core.model.times import DAY, HOUR

AT = 20_000 * DAY + 15 * HOUR
LEAK = Verdict(
    kind=Kind.LEAK,
    at=AT,
    since=AT - 2 * HOUR,
    before=1e9,
    now=1.2e9,
    effect=0.2,
    log_e=9.0,
    threshold=8.0,
    rule="",
)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (None, "since 13:00: a leak"),
        (1e9, "the 954 MiB limit is reached"),
        (1.25e9, "limit is reached in 30 min"),
        (1e12, "since 13:00: a leak"),
        (2e9, "limit is reached in 8 h"),
    ],
)
def test_a_leak_says_when_its_limit_is_reached(limit, told):
    assert in_words("rss_bytes", LEAK, limit=limit).endswith(told)


def test_what_cannot_leak_grows_steadily_and_older_days_are_named():
    slow = replace(LEAK, since=AT - 3 * DAY, before=40.0, now=60.0)
    text = in_words("cpu_percent", slow, limit=None)
    assert text == "cpu_percent grows by 0.278 % per hour since 15:00 on 2024-10-01, steadily"


def test_levels_and_saturation():
    level = replace(LEAK, kind=Kind.LEVEL, before=80.0, now=60.0)
    assert in_words("threads", level, limit=None) == "threads fell from 80 to 60 and stays there since 13:00"
    full = replace(LEAK, kind=Kind.SATURATION, before=0.0, now=1.0)
    assert in_words("pool", full, limit=None) == "pool has been at its limit for 2 h"
    spike = replace(LEAK, kind=Kind.SPIKE, since=math.inf, before=3.0, now=1.0)
    assert in_words("hits", spike, limit=None, rate=True).startswith("hits dropped to 1/s at the start")


def test_quantities():
    assert quantity(512.0, "bytes") == "512 bytes"
    assert quantity(2.5, "s") == "2.5 s"
    assert quantity(1.5e300, "") == "1.5e+300"
    assert quantity(123.4, "ms") == "123 ms"
