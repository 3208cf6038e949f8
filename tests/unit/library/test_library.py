"""The library face takes the frames that people have, and says what is wrong with them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

import aright
from aright.core.model.evidence import CauseKind, Reach, Step
from aright.library import BadFrameError
from aright.library.frames import as_table, fitted, instant
from aright.library.rows import Named, answers_of
from aright.library.telemetry import METRICS, telemetry_of

SECOND = 1_000_000


class Streamed:
    """A frame of another library: it has nothing but the Arrow C stream."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def answers(seed: int, *, broken: bool, start: int = 0, rows: int = 3_000) -> dict[str, object]:
    """Return answers whose feature goes missing in the north, if broken, which costs them."""
    random = np.random.default_rng(seed)
    region = random.choice(["north", "south", "east"], rows)
    hit = (region == "north") & broken
    return {
        "when": pa.array((start + np.arange(rows)) * SECOND).cast(pa.timestamp("us")),
        "right": random.random(rows) < np.where(hit, 0.4, 0.8),
        "region": region,
        "who": [f"u{each}" for each in random.integers(0, rows // 3, rows)],
        "profile.age": pa.array(np.where(hit, np.nan, random.normal(40, 9, rows)), from_pandas=True),
    }


def test_answers_alone_are_diagnosed_with_their_own_times() -> None:
    before, now = answers(1, broken=False), answers(2, broken=True, start=3_000)
    found = aright.diagnose(before, now, quality="right", time="when", unit="who")
    assert (found.scope.reach, found.scope.segment.value) == (Reach.SEGMENT, "north")
    assert (found.causes[0].kind, found.causes[0].subject) == (CauseKind.FEATURE_SOURCE, "profile")
    assert found.reference == (0, 2_999 * SECOND + 1)
    assert {each.step for each in found.steps} >= {Step.SCOPE, Step.INPUTS}


def test_any_arrow_stream_and_a_loss_do_as_well() -> None:
    frames = [Streamed(pa.table(answers(seed, broken=seed == 2))) for seed in (1, 2)]
    tables = [as_table(frame, "rows") for frame in frames]
    lost = [
        Streamed(each.set_column(1, "wrong", pa.compute.invert(each["right"])).drop_columns(["when"]))
        for each in tables
    ]
    found = aright.diagnose(lost[0], lost[1], loss="wrong", unit="who", segments=["region"])
    assert found.scope.segment.value == "north"
    assert found.scope.inside_now > found.scope.inside_before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quality": ""}, "name one of `quality` and `loss`"),
        ({"quality": "right", "loss": "right"}, "name one of `quality` and `loss`"),
        ({"quality": "rigth"}, "reference has no column 'rigth': it has when, right, region"),
        ({"segments": ["country"]}, "reference has no column 'country'"),
        ({"quality": "region"}, "the column 'region' is"),
        ({"time": "region"}, "reference: the column 'region' has"),
        ({"since": "yesterday"}, "since has 'yesterday', which is no time: give timestamps, µs since 1970"),
        ({"since": 1.5}, "since is double, which is no time"),
        ({"quality": "profile.age"}, "reference: the column 'profile.age' goes from"),
        ({"current": None}, "give current, too"),
        ({"reference": None}, "give reference, too"),
        ({"reference": {"right": []}}, "reference has no rows"),
        ({"reference": 7}, "reference is a int: give an Arrow, pandas or Polars frame"),
        ({"reference": {"right": [1], "region": ["a", "b"]}}, "reference cannot be read as a table"),
        ({"current": answers(1, broken=False, start=-9_000)}, "current ends before reference does"),
    ],
)
def test_frames_that_do_not_fit_are_told_why(change: dict[str, object], said: str) -> None:
    given = {
        "reference": answers(1, broken=False),
        "current": answers(2, broken=True, start=3_000),
        "quality": "right",
        "time": "when",
    } | change
    with pytest.raises(BadFrameError, match=".*".join(said.split("`")) if "`" not in said else None) as wrong:
        aright.diagnose(**given)  # type: ignore[arg-type]  # what is wrong is the point
    assert said in str(wrong.value)


def test_columns_become_segments_and_features_by_what_they_hold() -> None:
    rows = answers(1, broken=False) | {"note": [f"text {each}" for each in range(3_000)]}
    found = answers_of(rows, rows, Named(quality="right", unit="who"), "shop")
    names = found.reference.column_names
    assert [name for name in names if name.startswith("attr.")] == ["attr.region"]
    features = {name for name in names if name.startswith("feat.")}
    assert features == {"feat.when", "feat.profile.age", "feat.note"}
    end = 2_999 * SECOND + 1
    assert (found.before, found.now[0]) == ((0, end), end)


def test_telemetry_says_which_time_is_judged() -> None:
    rows = {
        "time": [at * SECOND for at in range(100)],
        "service": ["web"] * 100,
        "name": ["latency"] * 100,
        "value": [1] * 100,
    }
    empty = {"spans": None, "logs": None, "calls": (), "changes": (), "target": ("web", "", "latency")}
    found = telemetry_of(metrics=rows, since=None, at=None, **empty)  # type: ignore[arg-type]  # as a caller has it
    assert found is not None
    assert found.reference[1] == found.current[0] == 99 * SECOND * 4 // 5
    assert found.at == found.current[1] == 99 * SECOND + 1
    assert found.metrics.column_names == list(METRICS)
    assert found.metrics["host"].null_count == 100
    unknown = empty | {"target": ("wbe", "", "")}
    with pytest.raises(BadFrameError, match="the target 'wbe' is none of the services there are: web"):
        telemetry_of(metrics=rows, since=None, at=None, **unknown)  # type: ignore[arg-type]  # as above
    with pytest.raises(BadFrameError, match="on one side of `since`"):
        telemetry_of(metrics=rows, since=500 * SECOND, at=None, **empty)  # type: ignore[arg-type]  # as above


def test_a_frame_without_a_needed_column_is_refused_by_name() -> None:
    with pytest.raises(BadFrameError, match="metrics has no column 'value': it needs time, service"):
        aright.diagnose(metrics={"time": [1], "service": ["a"], "name": ["b"]})
    with pytest.raises(BadFrameError, match="nothing to diagnose"):
        aright.diagnose()


def test_columns_are_cast_and_missing_ones_are_null() -> None:
    fields = {
        "time": pa.timestamp("us", tz="UTC"),
        "name": pa.dictionary(pa.int32(), pa.string()),
        "n": pa.int32(),
    }
    table = fitted({"time": ["2026-01-01T00:00:00Z"], "name": ["a"]}, "logs", fields, ("time",))
    assert table.schema == pa.schema(list(fields.items()))
    assert instant("2026-01-01T00:00:00Z", "at") == table["time"].cast(pa.int64())[0].as_py()
    with pytest.raises(BadFrameError, match="logs: the column 'time' has 'noon', which is no time"):
        fitted({"time": ["noon"]}, "logs", fields, ("time",))


def test_a_table_of_leaves_is_cut_up_and_mistakes_are_told() -> None:
    leaves = {
        "shop": [f"s{at % 20}" for at in range(400)],
        "kind": [f"k{at // 20}" for at in range(400)],
        "sold": [50.0 + at % 3 if at % 20 == 7 else 100.0 + at % 3 for at in range(400)],
        "forecast": [101.0] * 400,
    }
    found = aright.scope(leaves, value="sold", expected="forecast")
    assert (found.reach, [root.where for root in found.roots]) == (Reach.SEGMENT, ["\"shop\" = 's7'"])
    with pytest.raises(BadFrameError, match="no column 'prophecy'"):
        aright.scope(leaves, value="sold", expected="prophecy")
    with pytest.raises(BadFrameError, match="without predictions"):
        aright.scope(leaves, value="sold")


def test_two_frames_that_do_alike_are_told_to_do_alike() -> None:
    before, now = answers(1, broken=False), answers(2, broken=False, start=3_000)
    found = aright.diagnose(before, now, quality="right", time="when", unit="who", segments="region")
    assert found.scope.reach is Reach.NONE
    assert found.summary.startswith("Nothing does worse beyond chance: the mean quality is 79")
    assert "the difference lies between −2" in found.summary
    assert not found.causes
    assert [each.step for each in found.evidence] == [Step.SCOPE, Step.INPUTS]
    assert "The one feature did not move" in found.evidence[1].text


def test_quality_that_is_hardly_known_is_told_by_its_column() -> None:
    unknown = {"right": pa.nulls(3_000, pa.float32())}
    found = aright.diagnose(
        answers(1, broken=False) | unknown, answers(2, broken=True) | unknown, quality="right"
    )
    assert found.scope.reach is Reach.UNCLEAR
    assert found.summary.startswith(
        "Not enough data: the column 'right' has fewer than 30 values in reference"
    )
    assert "outcomes" not in found.summary
    few = dict(before := answers(1, broken=False))
    few["right"] = pa.array([True] * 20 + [None] * 2_980)
    assert "values in current" in aright.diagnose(before, few, quality="right").summary


def test_what_is_worse_by_a_little_is_not_called_nothing() -> None:
    rows = {side: {"right": [value] * 40 + [1.0 - value] * 10} for side, value in (("a", 1.0), ("b", 0.6))}
    found = aright.diagnose(rows["a"], rows["b"], quality="right")
    if found.scope.reach is Reach.UNCLEAR:
        assert found.summary.startswith("Worse, but whether everywhere or in a part cannot be told")
    assert found.scope.reach is not Reach.NONE


def test_a_feature_that_is_gone_is_an_empty_one_and_told_of() -> None:
    before, now = answers(1, broken=False), answers(2, broken=False, start=3_000)
    now["right"] = np.random.default_rng(3).random(3_000) < 0.4
    del now["profile.age"]
    now |= {"new.one": [1.0] * 3_000, "new.two": [2.0] * 3_000}
    found = aright.diagnose(before, now, quality="right", time="when", unit="who")
    assert found.causes[0].subject == "profile"
    texts = [each.text for each in found.evidence]
    assert "current lacks 'profile.age', which reference has: it counts as empty there." in texts
    assert texts[-1].startswith(
        "Only current has 'new.one', 'new.two': there is nothing to hold them against"
    )
    ids = [each.id for each in found.evidence]
    assert len(ids) == len(set(ids))
    named = aright.diagnose(before, now, quality="right", features="profile.age", segments="region")
    assert not any("Only current has" in each.text for each in named.evidence)
    many = answers_of(
        before | {f"f{at}": [0.0] * 3_000 for at in range(20)}, now, Named(quality="right"), "shop"
    )
    assert len(many.gone) == 21


def test_times_that_are_missing_or_all_on_one_side_are_told_as_times() -> None:
    before, now = answers(1, broken=False), answers(2, broken=True, start=3_000)
    now["when"] = pa.array([None, *range(2_999)], pa.timestamp("us"))
    with pytest.raises(BadFrameError, match="'when' has no time in 1 of 3,000 rows: leave these rows out"):
        aright.diagnose(before, now, quality="right", time="when")
    rows = {"when": before["when"], "lost": [0.0] * 3_000, "shop": ["a", "b"] * 1_500}
    with pytest.raises(
        BadFrameError, match=r"one side of since, 2030-01-01T.*: the column 'when' goes from 1970"
    ):
        aright.scope(rows, value="lost", time="when", since="2030-01-01", attributes="shop")
    assert instant("2026-01-01T00:00:00", "at") == instant("2026-01-01T01:00:00+01:00", "at")


def test_importing_aright_loads_nothing() -> None:
    code = "import aright, sys; print([m for m in ('pyarrow', 'numpy', 'msgspec') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'diagnoze'"):
        aright.diagnoze  # noqa: B018  what is asked for is the point
    assert sorted(aright.__all__) == aright.__all__
