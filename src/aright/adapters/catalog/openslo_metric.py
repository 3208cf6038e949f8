"""The metric of an OpenSLO SLI: which of aright's series it names, and what of it is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from msgspec import structs

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.signals import check_signal
from aright.adapters.catalog.slos import indicator_of, slower
from aright.adapters.catalog.tree import Fields, Scalar
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, MINUTE

if TYPE_CHECKING:
    from aright.adapters.catalog.tree import Node
    from aright.core.model.slo import Indicator
    from aright.core.model.times import Micros

TYPE: Final = "aright"
LATENCY: Final = "latency_ms"
_METRIC: Final = ("metricSource",)
_SOURCE: Final = ("metricSourceRef", "type", "spec")
_SPEC: Final = ("signal", "segment")
_RATIO: Final = ("counter", "good", "bad", "total", "rawType", "raw")
_GRAIN: Final = 30_000_000
_SLICE: Final = 5 * MINUTE


class Source(Protocol):
    """An object that is referred to."""

    @property
    def spec(self) -> Reader:
        """Its spec."""
        ...


class Sources(Protocol):
    """Finds data sources by name."""

    def refer(self, kind: str, reader: Reader, name: str) -> Source | None:
        """Return what a field refers to."""
        ...


def read_metric(sli: Reader, objective: Reader, sources: Sources, method: str) -> Indicator | None:
    """Return what an SLI counts, ``None`` where it is not counted here."""
    ratio, threshold = sli.node("ratioMetric"), sli.node("thresholdMetric")
    if (ratio is None) == (threshold is None):
        if sli.ok:
            sli.said.tell(
                sli.line,
                "the SLI has not one metric",
                "one is counted",
                "Give ratioMetric or thresholdMetric",
            )
        return None
    if ratio is not None:
        return _in_slices(
            _ratio(Reader(ratio, sli.said, "a ratioMetric", _RATIO), sources), objective, method
        )
    found = _series(threshold or ratio, sli, sources, "a thresholdMetric")
    return _threshold(found, objective, method) if found else None


def _ratio(reader: Reader, sources: Sources) -> Indicator | None:
    given = [name for name in ("good", "bad", "raw") if reader.has(name)]
    if len(given) != 1:
        reader.said.tell(
            reader.line, "the ratio is not clear", "one side is counted", "Give one of good, bad and raw"
        )
        return None
    (name,) = given
    found = _series(reader.node(name), reader, sources, name)
    if found is None:
        return None
    counts = name
    if name == "raw":
        counts = "bad" if reader.one_of("rawType", ("success", "failure"), "success") == "failure" else "good"
    signal, segment = found
    return indicator_of(signal, counts=counts, segment=segment)


def _threshold(found: tuple[str, Segment], objective: Reader, method: str) -> Indicator | None:
    signal, segment = found
    op = objective.one_of("op", ("lte", "lt", "gte", "gt"), "lte")
    value = objective.number("value", low=0, high=1e9, open_ends=True)
    if value is None:
        if not objective.has("value"):
            objective.missing("value")
        return None
    if signal == LATENCY:
        if op.startswith("l"):
            return _in_slices(indicator_of(slower(value), segment=segment), objective, method)
        objective.tell("op", f"latency_ms has op {op}", "slow answers are the bad ones", "Write op: lte")
        return None
    if value >= 1:
        objective.tell("value", f"value is {value:g}", "signals lie between 0 and 1", "Give a share")
        return None
    if method == "Occurrences":
        objective.said.warn(
            objective.line,
            f"the mean of {shown(signal)} is held against {value:g} in slices of time",
            "a series of means has no single occurrences",
            "Write budgetingMethod: Timeslices",
        )
    length = _slice(objective)
    limits = {"at_most" if op.startswith("l") else "at_least": value}
    return indicator_of(signal, segment=segment, length=length, **limits)  # type: ignore[arg-type]  # a limit


def _in_slices(found: Indicator | None, objective: Reader, method: str) -> Indicator | None:
    """Return the indicator, in slices of time where the method has them: good with enough good in each."""
    if found is None or method == "Occurrences":
        return found
    if method == "RatioTimeslices":
        objective.said.warn(
            objective.line,
            "the mean of ratios of slices is asked for",
            "a slice with one user would weigh as much as one with a thousand",
            "Write budgetingMethod: Occurrences; users are counted",
        )
        return found
    target = objective.number("timeSliceTarget", low=0, high=1, open_ends=True)
    if target is None:
        if not objective.has("timeSliceTarget"):
            objective.missing("timeSliceTarget")
        return None
    limits = {"at_least": target} if found.counts_good else {"at_most": 1 - target}
    return structs.replace(found, slice=_slice(objective) or _SLICE, **limits)


def _slice(objective: Reader) -> Micros:
    """Return how long a slice is; a bare number is minutes."""
    if objective.text("timeSliceWindow").isdecimal():
        minutes = objective.number("timeSliceWindow", low=1, high=24 * 60)
        return int(minutes or 0) * MINUTE
    return objective.span("timeSliceWindow", 0, low=_GRAIN, high=DAY) // _GRAIN * _GRAIN


def _series(node: Node | None, parent: Reader, sources: Sources, where: str) -> tuple[str, Segment] | None:
    """Return the series that a metric names, ``None`` with a warning where another system has it."""
    if node is None:
        return None
    metric = Reader(node, parent.said, where, _METRIC)
    source = metric.node("metricSource")
    if source is None:
        if metric.ok:
            metric.missing("metricSource")
        return None
    each = Reader(source, parent.said, "a metricSource", _SOURCE)
    kind = each.text("type")
    if each.has("metricSourceRef"):
        known = sources.refer("DataSource", each, "metricSourceRef")
        kind = kind or (known.spec.text("type", needed=True) if known else "")
        if not known:
            return None
    if kind.lower() != TYPE:
        parent.said.warn(
            each.line,
            f"the metric comes from {shown(kind) or 'nowhere'}",
            "aright computes SLIs from what it has observed itself, so this SLO is left to that system",
            "Write type: aright and spec: {signal: NAME} to have it watched here",
        )
        return None
    return _named(each)


def _named(source: Reader) -> tuple[str, Segment] | None:
    spec = source.node("spec")
    if spec is None:
        source.missing("spec")
        return None
    each = Reader(spec, source.said, "the spec of a metricSource", _SPEC)
    signal = each.text("signal", needed=True)
    if not signal or (signal != LATENCY and not check_signal(signal, each.at("signal"), source.said)):
        return None
    return signal, _segment(each)


def _segment(reader: Reader) -> Segment:
    node = reader.node("segment")
    if node is None:
        return ALL
    if isinstance(node, Fields) and len(node.keys) == 1:
        value = node.values[node.keys[0].text]
        if isinstance(value, Scalar) and not value.null:
            return Segment(node.keys[0].text, value.text)
    reader.tell("segment", "segment is not one attribute", "one is watched", "Write segment: {region: north}")
    return ALL
