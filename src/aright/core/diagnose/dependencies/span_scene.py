"""The scene: spans and lines of a telemetry as requests, what was seen in each, what each is compared to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.log_lines import (
    lines_seen,
    places_of,
    spans_of_lines,
    with_traces,
    writers_of,
)
from aright.core.diagnose.dependencies.span_contexts import Contexts, asked_for, contexts_of
from aright.core.diagnose.dependencies.span_facts import Facts, Seen, Thing, facts_of
from aright.core.diagnose.dependencies.span_requests import NONE, Requests, requests_of
from aright.core.diagnose.dependencies.span_slow import slow_seen
from aright.core.diagnose.dependencies.span_windows import SPAN_COLUMNS, looked_at

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.times import Micros

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

FEWEST: Final = 20
"""Requests below which a reference is none: then what was before the alarm has to do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Requests and what was seen in them.

    Attributes:
        requests: all of them.
        facts: what was seen in them.
        contexts: what each is compared with.
        operations_alone: the same, when only the operation counts.
        judged: per request, whether it is judged.
        trace: per request, a code of its trace.
        place: per request, a code of its service and machine.
        places: of each code, service and machine.
        operation: per request, a code of its service and operation.
        operations: names of these, without the service.
        linked: whether it is known who called whom.
    """

    requests: Requests
    facts: Facts
    contexts: Contexts
    operations_alone: Contexts
    judged: Bools
    trace: Ints
    place: Ints
    places: tuple[tuple[str, str], ...]
    operation: Ints
    operations: tuple[str, ...]
    linked: bool


def scene_of(telemetry: Telemetry) -> Scene | None:
    """Return the requests of a telemetry; ``None`` where there are none to judge or to compare with."""
    spans, lines = looked_at(telemetry)
    logs, loose = with_traces(lines)
    linked = spans.num_rows > 0
    spans = pa.concat_tables(
        [spans, spans_of_lines(logs.filter(loose) if linked else logs).select(SPAN_COLUMNS)],
        promote_options="permissive",
    )
    if not spans.num_rows:
        return None
    place, places = _coded(places_of(spans))
    requests = requests_of(spans, place)
    judged = _judged(requests.start, telemetry)
    if judged.all() or not judged.any():
        return None
    of_span, names = _coded(
        pc.binary_join_element_wise(
            spans["service"].cast(pa.string()).combine_chunks(),
            spans["name"].cast(pa.string()).combine_chunks(),
            "\x1e",
        )
    )
    operation = of_span[requests.first]
    asked = asked_for(operation, requests.parent, requests.start, judged)
    contexts = contexts_of(operation, requests.parent, judged, asked)
    trace, _ = _coded(spans["trace_id"].cast(pa.string()).combine_chunks())
    writer, _ = _coded(places_of(logs))
    texts = spans["trace_id"].cast(pa.string()).combine_chunks().take(pa.array(requests.first))
    where = places_of(spans).take(pa.array(requests.first))
    seen = [
        *_spans_seen(spans, requests, of_span, names),
        *lines_seen(logs, writer, writers_of(logs, requests, texts, where)),
        *(slow_seen(requests, contexts, judged) if linked else ()),
    ]
    return Scene(
        requests=requests,
        facts=facts_of(seen),
        contexts=contexts,
        operations_alone=contexts_of(operation, np.full(len(operation), NONE), judged),
        judged=judged,
        trace=trace[requests.first],
        place=place[requests.first],
        places=tuple((each.partition("\x1e")[0], each.partition("\x1e")[2]) for each in places),
        operation=operation,
        operations=tuple(each.partition("\x1e")[2] for each in names),
        linked=linked,
    )


def _judged(start: Ints, telemetry: Telemetry) -> Bools:
    """Return which requests are judged: those of now; where none is known before, those since the alarm."""
    split: Micros = telemetry.current[0]
    if int((start < split).sum()) < FEWEST:
        split = telemetry.at
    judged: Bools = start >= split
    return judged


def _coded(texts: pa.Array) -> tuple[Ints, list[str]]:
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, [str(each) for each in encoded.dictionary.to_pylist()]


def _spans_seen(spans: pa.Table, requests: Requests, code: Ints, names: list[str]) -> list[Seen]:
    """Return spans inside of requests, calls of other operations, and errors as things seen."""
    time = spans["time"].cast(pa.int64()).to_numpy()
    inside = requests.of != NONE
    inside[requests.first] = False
    row = np.flatnonzero(inside)
    called = np.flatnonzero(requests.parent != NONE)
    failed = pc.fill_null(pc.equal(spans["status"].cast(pa.string()), "error"), fill_value=False)
    wrong = np.flatnonzero(np.asarray(failed) & (requests.of != NONE))
    bare = [each.partition("\x1e")[2] for each in names]
    return [
        Seen(
            request=requests.of[row],
            thing=code[row],
            time=time[row],
            things=[Thing(source="spans", what="span", name=each) for each in bare],
        ),
        Seen(
            request=requests.parent[called],
            thing=code[requests.first[called]],
            time=requests.end[called],
            things=[Thing(source="spans", what="call", name=each.replace("\x1e", " ")) for each in names],
        ),
        Seen(
            request=requests.of[wrong],
            thing=np.zeros(len(wrong), np.int64),
            time=time[wrong],
            things=[Thing(source="spans", what="error", severe=True)],
        ),
    ]
