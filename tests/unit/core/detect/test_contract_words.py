"""What a contract says of each path."""

from __future__ import annotations

import random

from aright.core.contract import Contract, Sample, from_json_schema, learn
from aright.core.contract.contract import Declared
from aright.core.detect.contract_words import describe
from aright.core.model.times import HOUR


def words_of(contract: Contract) -> dict[str, str]:
    return dict(describe(contract))


def learnt() -> Contract:
    chance = random.Random(1)

    def document(place: int) -> dict[str, object]:
        found: dict[str, object] = {
            "id": f"{place:08}-x",
            "code": chance.choice(["A", "B"]),
            "day": f"2026-11-{1 + place % 28:02}",
            "mixed": "1" if place % 10 == 0 else 1,
            "rate": round(chance.random(), 1),
            "note": None if place % 4 == 0 else "ok",
            "rates": {f"{1000 + place % 50}": 1.5},
        }
        if place % 2:
            found["half"] = True
        return found

    def window(start: int) -> Sample:
        sample = Sample(start=start * HOUR)
        for place in range(60):
            sample.add(document(start * 60 + place))
        return sample

    return learn([window(start).summary() for start in range(8)])


def test_what_is_learnt_is_told_of_each_path() -> None:
    words = words_of(learnt())
    assert words["$"] == "always there; object"
    assert words["code"] == "always there; text, in capitals; one of `A`, `B`"
    assert "ISO dates" in words["day"]
    assert words["half"].startswith("there in 50")
    assert "null in 25" in words["note"]
    assert "integer (90" in words["mixed"]
    assert "text (10" in words["mixed"]
    assert "number" in words["rate"]
    assert "with 1 decimal;" in words["rate"]
    assert "one of" not in words["id"]
    assert "object whose keys are data" in words["rates"]


def test_what_a_schema_declares_is_told_beside_it() -> None:
    schema = {"required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": ["string", "null"]}}}
    words = words_of(from_json_schema(schema))
    assert words == {
        "$": "by schema: anything",
        "a": "by schema: required, one of `x`, `y`",
        "b": "by schema: string or null",
    }
    both = Contract(paths=learnt().paths, declared={"code": Declared(("string",))})
    assert words_of(both)["code"].endswith("; by schema: string")
