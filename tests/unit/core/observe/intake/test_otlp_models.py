"""Predictions out of spans that call models."""

from __future__ import annotations

import json

import pytest

from aright.core.model.frame import Format, Kind
from aright.core.observe.intake.otlp_model_text import first_choice, json_of, output_of
from tests.unit.core.observe.intake.otlp_bodies import NOW, SHOP, TRACE, model_call, read_otlp, traces

FORMATS = pytest.mark.parametrize("form", [Format.OTLP_PROTO, Format.OTLP_JSON])


def predictions(*spans, form=Format.OTLP_PROTO, resource=SHOP):
    found = read_otlp(traces(*spans, resource=resource), form).others.get(Kind.PREDICTIONS)
    return [] if found is None else found.to_pylist()


def of(attributes, **span):
    return predictions({"kind": 3, "attributes": attributes, **span})


@FORMATS
def test_current_conventions(form):
    span = model_call(
        gen_ai__provider__name="openai",
        gen_ai__request__model="gpt-4o",
        gen_ai__response__model="gpt-4o-2024-08-06",
        gen_ai__response__finish_reasons=["stop"],
        gen_ai__usage__input_tokens=12,
        gen_ai__usage__output_tokens=7,
        gen_ai__request__max_tokens=100,
        gen_ai__request__temperature=0.5,
        session__id="s-1",
        tenant__id="acme",
        language="fr",
    )
    (row,) = predictions(span, form=form)
    assert row["id"] == f"{TRACE.hex()}-{'0' * 15}1"
    assert row["time"].timestamp() * 1e6 == NOW + 5_000
    assert (row["model"], row["version"], row["service"], row["host"]) == (
        "gpt-4o",
        "gpt-4o-2024-08-06",
        "shop",
        "node-7",
    )
    assert (row["latency_ms"], row["status"], row["trace_id"]) == (5.0, 200, TRACE.hex())
    assert row["feat.gen_ai.provider"] == "openai"
    assert row["feat.gen_ai.requested_model"] == "gpt-4o"
    assert row["feat.gen_ai.served_model"] == "gpt-4o-2024-08-06"
    assert row["feat.gen_ai.finish_reason"] == "stop"
    assert [row[f"feat.gen_ai.{name}"] for name in ("input_tokens", "output_tokens", "max_tokens")] == [
        12,
        7,
        100,
    ]
    assert (row["attr.tenant.id"], row["attr.language"]) == ("acme", "fr")
    assert row["unit"] not in {"s-1", TRACE.hex()}
    assert len(row["unit"]) == 32


def test_legacy_conventions():
    (row,) = of(
        {
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude",
            "gen_ai.usage.prompt_tokens": 3,
            "gen_ai.usage.completion_tokens": 4,
            "gen_ai.completion.0.content": "Bonjour",
            "gen_ai.completion.0.finish_reason": "max_tokens",
        }
    )
    assert (row["text"], row["feat.gen_ai.finish_reason"]) == ("Bonjour", "max_tokens")
    assert (row["feat.gen_ai.input_tokens"], row["feat.gen_ai.output_tokens"]) == (3, 4)
    assert (row["model"], row.get("version"), row["feat.gen_ai.provider"]) == ("claude", None, "anthropic")
    assert row["unit"] == TRACE.hex()


def test_openinference():
    (row,) = of(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o-2024",
            "llm.provider": "openai",
            "llm.invocation_parameters": '{"model": "gpt-4o", "temperature": 0, "max_tokens": 50}',
            "llm.token_count.prompt": 10,
            "llm.token_count.completion": 50,
            "llm.output_messages.0.message.content": "Half an ans",
            "output.value": '{"choices": [{"finish_reason": "length", "message": {"content": "other"}}]}',
            "user.id": "ann",
        },
        kind=1,
    )
    assert (row["model"], row["version"]) == ("gpt-4o", "gpt-4o-2024")
    assert (row["text"], row["feat.gen_ai.finish_reason"]) == ("Half an ans", "length")
    assert [row[f"feat.gen_ai.{name}"] for name in ("temperature", "max_tokens", "output_tokens")] == [
        0,
        50,
        50,
    ]


def test_openllmetry():
    (row,) = of({"llm.request.type": "chat", "llm.request.model": "m", "llm.usage.prompt_tokens": "5"})
    assert (row["model"], row["feat.gen_ai.input_tokens"]) == ("m", 5)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"gen_ai.operation.name": "execute_tool", "gen_ai.request.model": "m"}, 1),
        ({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}, 3),
        ({"openinference.span.kind": "CHAIN", "llm.model_name": "m"}, 1),
        ({"openinference.span.kind": "RETRIEVER"}, 1),
        ({"llm.request.type": "rerank", "gen_ai.request.model": "m"}, 3),
        ({"gen_ai.agent.name": "helper"}, 1),
        ({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, 2),  # a gateway's
        ({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, 5),
        ({"http.route": "/chat"}, 3),
    ],
)
def test_other_spans_are_no_predictions(attributes, kind):
    assert of(attributes, kind=kind) == []


def test_a_failure_is_a_prediction_with_an_error():
    (row,) = predictions(
        {**model_call(gen_ai__request__model="m", error__type="429"), "status": (2, "slow down")}
    )
    assert (row["status"], row["feat.gen_ai.error_type"], row.get("text")) == (500, "429", None)


def test_one_answer_told_twice_is_one_prediction():
    inner = model_call(gen_ai__response__id="r1", gen_ai__request__model="inner")
    rows = predictions(inner, model_call(gen_ai__response__id="r1", gen_ai__request__model="outer"))
    assert [(row["id"], row["model"]) for row in rows] == [("r1", "inner")]


def test_a_resource_names_segments():
    resource = {**SHOP, "aright.segments": "plan, region;plan", "deployment.environment.name": "prod"}
    span = model_call(gen_ai__request__model="m", plan="pro", region=7, other="x")
    (row,) = predictions(span, resource=resource)
    segments = {name.removeprefix("attr."): value for name, value in row.items() if name.startswith("attr.")}
    assert segments == {
        "gen_ai.operation.name": "chat",
        "deployment.environment.name": "prod",
        "plan": "pro",
        "region": "7",
    }
    (row,) = predictions(span, resource={**SHOP, "aright.segments": ["plan", 3]})
    assert row["attr.plan"] == "pro"


def test_what_a_prediction_lacks_does_not_cost_its_span():
    span = {**model_call(gen_ai__response__id="r" * 2_000), "name": "kept"}
    found = read_otlp(traces(span, model_call()))
    assert (found.good, found.bad_count) == (2, 0)
    far = {**model_call(), "end_time_unix_nano": (NOW + 3_600_000_000) * 1_000}
    found = read_otlp(traces(far))
    assert found.good == 1
    assert "of a prediction" in found.notes[0].problem
    assert Kind.PREDICTIONS not in found.others


CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            {"gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Hi"}]}]},
            "Hi",
        ),
        (
            {
                "gen_ai.output.messages": json.dumps(
                    [{"role": "assistant", "parts": [{"content": "a"}, {"content": "b"}]}]
                )
            },
            "a\nb",
        ),
        ({"gen_ai.completion": "plain"}, "plain"),
        ({"gen_ai.completion": json.dumps([{"role": "assistant", "content": "Hi"}])}, "Hi"),
        ({"output.value": json.dumps({"choices": [CHOICE, CHOICE]})}, "Hi"),
        (
            {
                "output.value": json.dumps(
                    {"content": [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "Hi"}]}
                )
            },
            "Hi",
        ),
        ({"output.value": "[not JSON"}, "[not JSON"),
        ({"output.value": json.dumps({"usage": {"tokens": 3}})}, None),
        ({"gen_ai.output.messages": json.dumps([{"parts": [{"type": "tool_call", "content": "x"}]}])}, None),
        ({"message": "no answer"}, None),
        ({}, None),
    ],
)
def test_the_answer_is_found(said, text):
    assert output_of(said, ()) == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gen_ai.choice", {"message": json.dumps({"content": "Hi"}), "finish_reason": "stop"}),
        ("gen_ai.content.completion", {"gen_ai.completion": json.dumps([CHOICE])}),
        (
            "gen_ai.client.inference.operation.details",
            {"gen_ai.output.messages": json.dumps([{"parts": [{"content": "Hi"}], "finish_reason": "stop"}])},
        ),
    ],
)
def test_the_answer_is_found_in_events(name, said):
    (row,) = predictions({**model_call(), "events": [("other", {"content": "no"}), (name, said)]})
    assert (row["text"], row["feat.gen_ai.finish_reason"]) == ("Hi", "stop")


def test_json_that_nests_deeply_is_text():
    assert json_of("[" * 100_000) == "[" * 100_000
    nested = '{"content": ' * 30 + '"x"' + "}" * 30
    assert output_of({"output.value": nested}, ()) is None
    assert first_choice({"output.value": nested}, (), "finish_reason") is None
