"""Outcomes and predictions of services that name no units."""

from __future__ import annotations

import pyarrow as pa

from aright.core.observe.join import attach_predictions

OUTCOMES = pa.table({"prediction_id": ["b", "zz", None], "kind": ["click"] * 3})
PREDICTIONS = pa.table({"id": ["a", "b"], "version": ["1", "2"]})


def test_without_units_anywhere_outcomes_get_the_version_alone():
    attached = attach_predictions(OUTCOMES, PREDICTIONS)

    assert attached.column_names == ["prediction_id", "kind", "version"]
    assert attached["version"].to_pylist() == ["2", None, None]


def test_outcomes_without_a_column_of_units_get_the_predictions():
    attached = attach_predictions(OUTCOMES, PREDICTIONS.append_column("unit", pa.array(["u", "v"])))

    assert attached["unit"].to_pylist() == ["v", None, None]


def test_units_of_outcomes_stay_where_predictions_have_none():
    attached = attach_predictions(OUTCOMES.append_column("unit", pa.array(["x", "y", None])), PREDICTIONS)

    assert attached["unit"].to_pylist() == ["x", "y", None]
