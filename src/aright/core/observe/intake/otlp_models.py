"""Predictions out of spans: calls to language models, as three conventions write them.

OpenTelemetry's GenAI conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai), with the names that
they had before; OpenLLMetry's, which came first; and OpenInference's
(https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.observe.intake.otlp_model_text import JSON, first_choice, json_of, output_of
from aright.core.observe.intake.otlp_resource import text_of
from aright.core.observe.intake.wire import Output, PredictionRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.times import Micros
    from aright.core.observe.intake.otlp_body import Event, Value
    from aright.core.observe.intake.otlp_resource import Source

MODEL_CALLS: Final = frozenset({"chat", "text_completion", "generate_content", "embeddings"})
"""``gen_ai.operation.name`` of calls to a model."""

OTHER_WORK: Final = frozenset(
    {"create_agent", "invoke_agent", "invoke_workflow", "execute_tool", "retrieval", "plan"}
)
"""The like of what surrounds such calls: an agent's span holds those of its calls to models."""

_OPENINFERENCE: Final = frozenset({"LLM", "EMBEDDING"})
_OPENLLMETRY: Final = frozenset({"chat", "completion", "embedding"})
_CALLER_KINDS: Final = frozenset({0, 1, 3})  # unspecified, internal, client

_REQUESTED: Final = ("gen_ai.request.model", "llm.request.model", "llm.model_name")
_SERVED: Final = ("gen_ai.response.model", "llm.response.model", "llm.model_name")
_PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor")
_FINISH: Final = (
    "gen_ai.response.finish_reasons",
    "gen_ai.response.finish_reason",
    "gen_ai.completion.0.finish_reason",
    "llm.response.finish_reason",
    "llm.completions.0.finish_reason",
    "llm.finish_reason",
)
_UNIT: Final = ("user.id", "enduser.id", "session.id", "gen_ai.conversation.id")
_ID: Final = ("gen_ai.response.id", "llm.response.id")

_NUMBERS: Final[dict[str, tuple[str, ...]]] = {
    "gen_ai.input_tokens": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.usage.prompt_tokens",
        "llm.token_count.prompt",
    ),
    "gen_ai.output_tokens": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.usage.completion_tokens",
        "llm.token_count.completion",
    ),
    "gen_ai.cached_tokens": (
        "gen_ai.usage.cache_read.input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ),
    "gen_ai.max_tokens": (
        "gen_ai.request.max_tokens",
        "llm.request.max_tokens",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
    ),
    "gen_ai.temperature": ("gen_ai.request.temperature", "llm.request.temperature", "temperature"),
    "gen_ai.top_p": ("gen_ai.request.top_p", "llm.request.top_p", "top_p"),
}
"""Features that are numbers, by the attributes that hold them, the first that is there."""

_PLAIN: Final = (str, int, float)
_SEGMENTS: Final = ("gen_ai.operation.name", "server.address", "language", "tenant.id", "tenant")


class Call(NamedTuple):
    """A span that may be a call to a model.

    Attributes:
        trace_id: hex.
        span_id: hex.
        kind: OTLP's number.
        end: when it ended (µs, UTC).
        latency_ms: how long it took.
        failed: whether its status is an error.
        source: its resource.
        attributes: all of them.
        events: its events.
    """

    trace_id: str
    span_id: str
    kind: int
    end: Micros
    latency_ms: float
    failed: bool
    source: Source
    attributes: Mapping[str, Value]
    events: Sequence[Event]


def prediction_of(call: Call) -> PredictionRow | None:
    """Return the prediction that a span tells of, ``None`` where it calls no model.

    It is the caller's: the span of a gateway or server that was called is none. Its time is the span's end,
    because spans are sent then. ``version`` is the model that answered, ``model`` the one asked for.

    >>> from aright.core.observe.intake.otlp_resource import source_of
    >>> said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-2"}
    >>> row = prediction_of(Call("aa", "bb", 3, 7, 1.5, False, source_of({}), said, ()))
    >>> row.id, row.model, row.version, row.status
    ('aa-bb', 'm', 'm-2', 200)
    """
    if call.kind not in _CALLER_KINDS or not is_model_call(call.attributes):
        return None
    said = dict(call.attributes)
    for key in JSON:
        if key in said:
            said[key] = json_of(said[key])  # once, for it may be long
    invocation = said.get("llm.invocation_parameters")
    if isinstance(invocation, dict):
        asked = text_of(invocation.pop("model", None))
        if asked:
            said.setdefault("llm.request.model", asked)
        said = {**invocation, **said}
    served, requested = _first(said, _SERVED), _first(said, _REQUESTED)
    text = output_of(said, call.events)
    unit = _first(said, _UNIT)
    return PredictionRow(
        id=_first(said, _ID) or f"{call.trace_id}-{call.span_id}",
        time=call.end,
        service=call.source.service,
        model=requested or served,
        version=served,
        unit=sha256(unit.encode("utf-8", "replace")).hexdigest()[:32] if unit else call.trace_id,
        attributes=_segments(said, call.source) or None,
        features=_features(said, call.events, requested, served) or None,
        output=Output(text=text) if text is not None else None,
        latency_ms=call.latency_ms,
        status=500 if call.failed else 200,
        host=call.source.host,
        trace_id=call.trace_id,
    )


def is_model_call(said: Mapping[str, Value]) -> bool:
    """Return whether a span's attributes say that it is a call to a model.

    >>> is_model_call({"gen_ai.operation.name": "execute_tool"}), is_model_call({"llm.request.type": "chat"})
    (False, True)
    """
    operation = text_of(said.get("gen_ai.operation.name"))
    if operation in MODEL_CALLS or operation in OTHER_WORK:
        return operation in MODEL_CALLS
    if kind := text_of(said.get("openinference.span.kind")):
        return kind.upper() in _OPENINFERENCE
    if kind := text_of(said.get("llm.request.type")):
        return kind in _OPENLLMETRY
    return _first(said, _REQUESTED) is not None or _first(said, _SERVED) is not None


def _features(
    said: Mapping[str, Value], events: Sequence[Event], requested: str | None, served: str | None
) -> dict[str, float | str | bool | None]:
    found: dict[str, float | str | bool | None] = {}
    for name, keys in _NUMBERS.items():
        for key in keys:
            if key in said and (number := _number(said[key])) is not None:
                found[name] = number
                break
    texts = {
        "gen_ai.finish_reason": _finish(said, events),
        "gen_ai.requested_model": requested,
        "gen_ai.served_model": served,
        "gen_ai.provider": _first(said, _PROVIDER),
        "gen_ai.error_type": _first(said, ("error.type",)),
    }
    found.update({name: text for name, text in texts.items() if text})
    return found


def _finish(said: Mapping[str, Value], events: Sequence[Event]) -> str | None:
    for key in _FINISH:
        if key not in said:
            continue
        value = said[key]
        reasons = value if isinstance(value, list) else [json_of(value)]
        reasons = reasons[0] if len(reasons) == 1 and isinstance(reasons[0], list) else reasons
        if told := next((text_of(reason) for reason in reasons if text_of(reason)), ""):
            return told[:200]
    return first_choice(said, events, "finish_reason")


def _segments(said: Mapping[str, Value], source: Source) -> dict[str, str | int | float | bool | None]:
    found: dict[str, str | int | float | bool | None] = dict(source.fixed)
    for name in (*_SEGMENTS, *source.segments):
        if name in said and (told := text_of(said[name])):
            found[name] = told[:200]
    return found


def _first(said: Mapping[str, Value], keys: Sequence[str]) -> str | None:
    for key in keys:
        if key in said and (told := text_of(said[key])):
            return told[:200]
    return None


def _number(value: Value) -> float | None:
    if isinstance(value, bool) or not isinstance(value, _PLAIN):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
