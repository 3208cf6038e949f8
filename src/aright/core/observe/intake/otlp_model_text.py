"""What a model answered, where a span holds it: in an attribute, in many, or in an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.core.observe.intake.otlp_body import Event, Value

_MESSAGES: Final = ("gen_ai.output.messages", "gen_ai.completion", "gen_ai.output_messages")
"""JSON of messages, or the text itself."""

_FLAT: Final = (
    "gen_ai.completion.0.content",
    "llm.completions.0.content",
    "llm.output_messages.0.message.content",
    "llm.output_messages.0.message.contents.0.message_content.text",
)
_ANSWERING: Final = frozenset(
    {
        "gen_ai.choice",
        "gen_ai.content.completion",
        "gen_ai.client.inference.operation.details",
        "gen_ai.output.messages",
    }
)
"""Events that hold what was answered."""

_RAW: Final = "output.value"
_CHOICES: Final = ("choices", "candidates", "content", "output", "messages", "generations", "message", "text")
_TEXTS: Final = tuple(dict.fromkeys(("content", "text", "parts", "message", "output_text", *_CHOICES)))
_MOST: Final = 64
_DEPTH: Final = 8


JSON: Final = (*_MESSAGES, _RAW, "llm.invocation_parameters")
"""Attributes that may hold JSON as text."""


def output_of(said: Mapping[str, Value], events: Sequence[Event]) -> str | None:
    """Return the text that a model answered, ``None`` where it was not captured.

    >>> output_of({"gen_ai.output.messages": '[{"role": "assistant", "parts": [{"content": "Hi"}]}]'}, ())
    'Hi'
    >>> output_of({"output.value": "Hello", "output.mime_type": "text/plain"}, ())
    'Hello'
    """
    for attributes in (said, *(event.attributes for event in events if event.name in _ANSWERING)):
        for key in (*_MESSAGES, *_FLAT, "message", "content"):
            bare = key in {"message", "content"}
            if key in attributes and not (bare and attributes is said):
                found = _text(json_of(attributes[key]), _DEPTH)
                if found is not None:
                    return found
    raw = said.get(_RAW)
    return _text(json_of(raw), _DEPTH) if raw is not None else None


def first_choice(said: Mapping[str, Value], events: Sequence[Event], name: str) -> str | None:
    """Return a text that stands beside the first answer, such as why it ended.

    >>> first_choice({"gen_ai.output.messages": '[{"finish_reason": "stop"}]'}, (), "finish_reason")
    'stop'
    """
    answers = [event.attributes for event in events if event.name in _ANSWERING]
    for attributes in (said, *answers):
        direct = attributes.get(name) if attributes is not said else None
        for value in (direct, *(json_of(attributes.get(key)) for key in (*_MESSAGES, _RAW))):
            told = value if value is direct else _named(value, name, _DEPTH)
            if isinstance(told, str) and told:
                return told[:200]
    return None


def json_of(value: Value) -> Value:
    """Return what a text spells where it is a JSON object or array, and any other value as it is.

    >>> json_of('{"a": 1}'), json_of("plain"), json_of("[1, "), json_of(3)
    ({'a': 1}, 'plain', '[1, ', 3)
    """
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return msgspec.json.decode(value, type=dict[str, object] | list[object])  # type: ignore[return-value]  # JSON
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return value


def _text(value: Value, depth: int) -> str | None:
    """Return the text of a message, of the first of several answers, or of all parts of one."""
    if isinstance(value, str) or depth == 0:
        return value if isinstance(value, str) else None
    if isinstance(value, list):
        said = [found for each in _answers(value) if (found := _text(each, depth - 1)) is not None]
        return "\n".join(said) if said else None
    if isinstance(value, dict):
        if value.get("type") in {"tool_call", "tool_use", "reasoning", "thinking", "function_call"}:
            return None
        for key in _TEXTS:
            if value.get(key) is not None and (found := _text(value[key], depth - 1)) is not None:
                return found
    return None


def _answers(values: Sequence[Value]) -> Sequence[Value]:
    """Return the parts of one message, or the first of several messages or choices."""
    if values and isinstance(values[0], dict) and ("role" in values[0] or "index" in values[0]):
        return values[:1]
    return values[:_MOST]


def _named(value: Value, name: str, depth: int) -> Value:
    return next(_all_named(value, name, depth), None)


def _all_named(value: Value, name: str, depth: int) -> Iterator[Value]:
    if depth and isinstance(value, dict):
        if isinstance(value.get(name), str):
            yield value[name]
        for key in _CHOICES:
            yield from _all_named(value.get(key), name, depth - 1)
    elif depth and isinstance(value, list):
        for each in value[:1]:
            yield from _all_named(each, name, depth - 1)
