"""Columns named as what they cannot be: a report or one sentence, and nothing else."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from aright.cli.investigate import as_text
from aright.core.observe.roles import Role, UnknownColumnError
from aright.engine.investigation import NothingToCompareError, Question, investigate
from aright.web.report import report_page
from tests.unit.engine.odd_columns import ODD, ROWS

REFUSED = (UnknownColumnError, NothingToCompareError)


def table(**columns):
    random = np.random.default_rng(1)
    return pa.table(
        {
            "prediction": random.integers(0, 2, ROWS),
            "label": random.integers(0, 2, ROWS),
            "score": random.random(ROWS),
            "age": random.random(ROWS),
            **columns,
        }
    )


def asked(reference, current, *, labels=None, **question):
    """Ask; whatever comes back is a report in every form, or one sentence."""
    try:
        report = investigate(reference, current, Question(**question), labels=labels)
    except REFUSED as refused:
        said = str(refused)
    else:
        said = msgspec.json.decode(msgspec.json.encode(report))["summary"]
        assert as_text(report)
        assert report_page(report, current="a", reference="b")
    assert 10 < len(said) < 900
    assert "\n" not in said


@pytest.mark.parametrize("kind", ODD)
def test_any_column_may_be_named_as_anything(kind):
    both = table(odd=ODD[kind])

    for role in set(Role) - {Role.IGNORED}:
        asked(both, both, told={role: ("odd",)})
        asked(both, both, told={role: ("prediction",)})
    asked(both, both, told={Role.PREDICTION: ("odd",), Role.LABEL: ("age",)})
    asked(both, both, told={Role.PREDICTION: ("age",), Role.LABEL: ("odd",)})
    asked(both, both, by="odd")


@pytest.mark.parametrize("kind", ODD)
def test_labels_are_joined_by_a_key_of_any_type_or_not_at_all(kind):
    keyed = table(key=ODD[kind])
    late = keyed.select(["key", "label"])

    for current in (keyed, table(key=np.arange(ROWS)), table(key=[str(at) for at in range(ROWS)])):
        asked(table(), current.drop_columns(["label"]), labels=late)


@pytest.mark.parametrize("name", ["prediction", "label", "score", "age"])
@pytest.mark.parametrize("kind", ODD)
def test_a_column_may_become_another_type(kind, name):
    odd = table(**{name: ODD[kind]})

    asked(table(), odd)
    asked(odd, table())
    asked(odd, odd)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"told": {Role.SCORE: ("region",)}}, "'region' cannot be the score; it is of type string"),
        ({"told": {Role.SCORE: ("age",), Role.LABEL: ("age",)}}, "both the score and the label"),
        ({"told": {Role.LABEL: ("nope",)}}, "there is no column 'nope'"),
        ({"by": "nope"}, "no column 'nope' to look at them by"),
        ({"by": "box"}, "cannot be looked at by 'box': it is of type list"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(question, said):
    both = table(region=["north", "south"] * (ROWS // 2), box=[[1]] * ROWS)

    with pytest.raises(REFUSED, match=said):
        investigate(both, both, Question(**question))
