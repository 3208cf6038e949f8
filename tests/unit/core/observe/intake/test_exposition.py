"""What a scraped body says."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.exposition import Head, head_line
from tests.unit.core.observe.intake.intake_bodies import NOW, attempt, noted, read_body

HEAD = Head(service="shop", instance="10.0.0.1:80", job="api", seconds=0.25)


def read(text: str, head: Head = HEAD) -> Any:
    return read_body(head_line(head) + text.encode(), kind=Kind.PROCESS, form=Format.EXPOSITION)


def levels(found: Any) -> dict[str, float]:
    return dict(zip(found.rows["name"].to_pylist(), found.rows["value"].to_pylist(), strict=True))


def counters(found: Any) -> list[tuple[str, str, float]]:
    rows = found.others[Kind.COUNTERS].to_pylist()
    return [(row["name"], row["role"], row["value"]) for row in rows]


def test_the_text_format():
    found = read(
        """# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1767225600000
http_requests_total{method="post",code="400"}    3

# TYPE wait histogram
wait_bucket{le="0.05"} 24054
wait_bucket{le="+Inf"} 144320
wait_sum 53423
wait_count 144320
# TYPE rpc summary
rpc{quantile="0.5"} 4773
rpc_sum 1.7560473e+07
rpc_count 2693
# a comment
something_weird{problem="division by zero"} +Inf -3982045
temperature 21.5
disk_total 7
# TYPE disk_total gauge
"""
    )
    assert levels(found) == {
        "scrape_lines_left_out": 1,  # the one of 1969
        "rpc_p50": 4773,
        "temperature": 21.5,
        "up": 1,
        "scrape_duration_seconds": 0.25,
    }
    assert counters(found) == [
        ("http_requests", "total", 1027),
        ("http_requests", "total", 3),
        ("wait", "bucket", 24054),
        ("wait", "bucket", 144320),
        ("wait", "sum", 53423),
        ("wait", "count", 144320),
        ("rpc", "sum", 1.7560473e07),
        ("rpc", "count", 2693),
        ("disk", "total", 7),
    ]
    assert set(found.rows["service"].to_pylist()) == {"shop"}
    assert set(found.rows["host"].to_pylist()) == {"10.0.0.1:80"}


def test_openmetrics():
    head = Head(service="shop", instance="a", openmetrics=True)
    found = read(
        """# TYPE foo counter
# UNIT foo seconds
foo_total{a="}"} 17.0 1767225599.5 # {trace_id="KOO5S4vxi0o"} 0.67
foo_created 1520872607.123
# TYPE errors_count counter
errors_count 4
# TYPE bar unknown
bar 2
# EOF
""",
        head,
    )
    assert counters(found) == [("foo", "total", 17), ("errors_count", "total", 4)]
    assert found.others[Kind.COUNTERS]["time"].cast("int64").to_pylist() == [NOW - 500_000, NOW]
    assert levels(found) == {"bar": 2, "up": 1, "scrape_duration_seconds": 0}


def test_a_target_that_could_not_be_read_is_down():
    found = read("nothing of this is read", Head(service="shop", instance="a", up=False))
    assert levels(found)["up"] == 0
    assert found.bad_count == 0


def test_a_page_that_shows_something_else_is_down():
    found = read("<html>\n<h1>It works!</h1>\n")
    assert levels(found)["up"] == 0
    assert levels(found)["scrape_lines_left_out"] == 2
    assert noted(found) == [("lines", "2 lines left out; line 1: this is no sample: <html>")]


def test_lines_that_are_no_samples_are_counted_and_the_first_is_noted():
    found = read("good 1\nbad\nworse{ 2\nworst{x=1} 3\nnumber x\ntime 1 e\n\n \n")
    assert (levels(found)["good"], levels(found)["scrape_lines_left_out"]) == (1, 5)
    assert noted(found) == [("lines", "5 lines left out; line 2: this is no sample: bad")]
    assert found.bad_count == 0, "they come again with every scrape"


def test_only_what_is_wanted_is_kept():
    head = Head(service="shop", instance="a", metrics=("http_*", "rss"))
    found = read("http_a 1\nhttp_b 2\nrss 3\ncpu 4\n", head)
    assert set(levels(found)) == {"http_a", "http_b", "rss", "up", "scrape_duration_seconds"}


def test_labels_of_the_target_come_before_those_it_shows():
    found = read('orders_total{service="other",instance="b",x="1"} 1\norders_total{x="1"} 1\n')
    rows = found.others[Kind.COUNTERS]
    assert rows["service"].to_pylist() == ["shop", "shop"]
    assert len(set(rows["series"].to_pylist())) == 2


@pytest.mark.parametrize("body", [b"up 1\n", b"# aright {}\nup 1\n", b"# aright nonsense\n", b"\xff"])
def test_a_body_of_nobody_is_refused(body):
    assert attempt(body, kind=Kind.PROCESS, form=Format.EXPOSITION) is None


def test_text_that_is_no_utf8_is_refused():
    with pytest.raises(UnreadableError):
        read_body(head_line(HEAD) + b"\xff 1\n", kind=Kind.PROCESS, form=Format.EXPOSITION)


@pytest.mark.parametrize(
    "line", ["a{" + "b" * 50_000, 'a{x="' + "\\\\" * 50_000, "a " * 50_000, "a{" + 'x="1",' * 20_000]
)
def test_long_lines_that_are_no_samples_are_told_at_once(line: str) -> None:
    assert levels(read(line))["scrape_lines_left_out"] == 1


def written(name: str, labels: dict[str, str], value: float) -> str:
    def escaped(text: str) -> str:
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    told = ",".join(f'{label}="{escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value!r}" if labels else f"{name} {value!r}"


NAMES = st.from_regex(r"[a-z_:][a-z0-9_:]{0,8}", fullmatch=True).map(lambda name: f"m{name}_total")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)
LABELS = st.dictionaries(st.sampled_from(["a", "b", "le"]), TEXTS, max_size=3)


@given(st.lists(st.tuples(NAMES, LABELS, st.floats(0, 1e9)), max_size=6))
@settings(deadline=None, max_examples=60)
def test_all_that_is_written_is_read(told):
    found = read("\n".join(written(*each) for each in told))
    got = counters(found) if told else []
    assert got == [(name.removesuffix("_total"), "total", value) for name, _, value in told]
    series = found.others[Kind.COUNTERS]["series"].to_pylist() if told else []
    assert len(set(series)) == len({(name, *sorted(labels.items())) for name, labels, _ in told})


@given(st.text(max_size=60) | st.text(alphabet='a{}="\\, 1#\n', max_size=60))
@settings(deadline=None, max_examples=100)
def test_nothing_breaks_it(text):
    found = read(text)
    assert math.isfinite(levels(found)["up"])
