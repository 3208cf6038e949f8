"""Which two versions a replay compares, and answers in the words that a service uses."""

from __future__ import annotations

import pyarrow as pa
import pytest

from aright.core.diagnose.shadow.answers import as_served
from aright.core.diagnose.shadow.versions import Versions, versions_of
from aright.core.model.change import Change
from aright.core.model.replay import Output
from aright.core.model.service import Service


def counted(**versions: int) -> pa.Table:
    return pa.table({"version": [name[1:] for name, rows in versions.items() for _ in range(rows)]})


def test_versions_are_found_in_rows_then_in_changes_then_in_the_catalog() -> None:
    service = Service(key="s")
    told = [
        Change(key=key, at=at, service=who, kind="model_version", before=before, after=after)
        for key, at, who, before, after in (
            ("1", 1, "s", "4", "6"),
            ("2", 2, "s", "5", "6"),
            ("3", 3, "other", "9", "6"),
            ("4", 4, "s", "6", "7"),
        )
    ]

    assert versions_of(counted(v6=100), counted(v7=100), told, service) == Versions("6", "7", changed=True)
    assert versions_of(counted(v6=90, v7=10), counted(v6=60, v7=80), (), service) == Versions(
        "6", "7", changed=True
    )
    assert versions_of(counted(v6=900, v7=100), counted(v6=850, v7=150), told, service) == Versions(
        "5", "6", changed=False
    )
    assert versions_of(counted(v6=100), counted(v6=100), (), service, fallback="3") == Versions(
        "3", "6", changed=False
    )
    assert versions_of(counted(v6=100), counted(v6=100), (), service) is None
    assert versions_of(counted(v6=10), counted(v7=100), (), service) is None
    assert versions_of(counted(), counted(v7=100), (), service) is None
    assert versions_of(pa.table({"id": ["a"]}), pa.table({"id": ["a"]}), (), service) is None


def test_what_a_shadow_answered_served_nobody() -> None:
    rows = pa.table({"version": ["6"] * 40 + ["7"] * 90, "arm": ["stable"] * 40 + ["shadow"] * 90})

    assert versions_of(rows, counted(v8=50), (), Service(key="s")) == Versions("6", "8", changed=True)


@pytest.mark.parametrize(
    ("answer", "like", "taken"),
    [
        (Output(number=0.25), "score", Output(score=0.25)),
        (Output(score=0.25), "number", Output(number=0.25)),
        (Output(number=2.0), "label", Output(label="2")),
        (Output(text="cat"), "label", Output(label="cat")),
        (Output(label="a b"), "text", Output(text="a b")),
        (Output(label="a"), "label", Output(label="a")),
        (Output(label="a"), "items", Output(label="a")),
        (Output(error="no"), "label", Output(error="no")),
    ],
)
def test_answers_are_taken_for_what_the_service_gives(answer: Output, like: str, taken: Output) -> None:
    assert as_served(answer, like) == taken
