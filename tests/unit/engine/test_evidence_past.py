"""What stands beside the rows of a finding where a value came up that no row of the reference has."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from aright.adapters.duckdb_query import DuckDbQuery
from aright.adapters.memory_query import MemoryQuery
from aright.core.model.columns import TIME
from aright.core.model.evidence import Diagnosis, Evidence, Reach, Scope, Step, Verdict
from aright.core.model.frame import Kind
from aright.core.model.incident import Incident, State
from aright.core.model.times import HOUR, SECOND
from aright.engine.evidence_desk import EvidenceDesk
from aright.engine.evidence_operations import OpenedRows, RowsWanted
from tests.unit.engine.failing_shop import Plant

T0 = 1_000 * HOUR
QUERY = "\"service\" = 'dials' AND \"attr.make\" = 'A' AND \"attr.build\" = '2' AND \"attr.build\" = '2'"


def answers(start: int, count: int, build: str, *, units: str = "d", make: str = "A") -> pa.Table:
    return pa.table(
        {
            "id": [f"{start}-{units}-{make}-{number}" for number in range(count)],
            "time": pa.array([start + number * SECOND for number in range(count)], TIME),
            "service": ["dials"] * count,
            "unit": pa.array([f"{units}{number % 8}" for number in range(count)]).dictionary_encode(),
            "attr.make": [make] * count,
            "attr.build": [build] * count,
        }
    )


def desk(*tables: pa.Table, query: str = QUERY, engine: object = None) -> EvidenceDesk:
    plant = Plant()
    for table in tables:
        plant.world.rows.add(Kind.PREDICTIONS, "dials", table)
    found = Evidence(id="E1", step=Step.INPUTS, text="", query=query, start=T0, end=T0 + HOUR)
    diagnosis = Diagnosis(
        key="INC-1",
        at=T0 + HOUR,
        reference=(T0 - HOUR, T0),
        current=(T0, T0 + HOUR),
        scope=Scope(reach=Reach.UNCLEAR, sentence=""),
        verdict=Verdict.LIKELY,
        causes=(),
        evidence=(found,),
        summary="",
    )
    made = Incident(
        key="INC-1",
        service="dials",
        state=State.TRIAGED,
        title="",
        opened_at=T0,
        began_at=T0,
        diagnosis=diagnosis,
    )
    with plant.state.transaction() as tx:
        tx.put(made)
    return EvidenceDesk(plant.runtime, engine or MemoryQuery(), plant.desk.incident)  # type: ignore[arg-type]  # ports


def before(*tables: pa.Table, **how: object) -> OpenedRows:
    return desk(*tables, **how).rows("INC-1", "E1", RowsWanted(side="before", limit=500))  # type: ignore[arg-type]  # as given


NOW = answers(T0, 60, "2")
OTHERS = answers(T0 - HOUR, 50, "1", units="e", make="B")


@pytest.mark.parametrize("engine", [MemoryQuery(), DuckDbQuery()], ids=["memory", "duckdb"])
def test_a_build_that_came_up_is_set_beside_its_own_devices_before(engine: object) -> None:
    theirs, strangers = answers(T0 - HOUR, 40, "1"), answers(T0 - HOUR, 50, "1", units="e")
    told = before(NOW, theirs, strangers, OTHERS, engine=engine)
    assert (told.chosen, told.total) == ("units", 40)
    assert set(told.rows["unit"].to_pylist()) == {f"d{number}" for number in range(8)}
    assert told.because == (
        "No row of the reference, or hardly one, has build = 2: "
        "these are what 8 of the 8 units that have it now were given before."
    )
    with duckdb.connect() as database:
        database.register(
            "predictions", pa.concat_tables([NOW, theirs, strangers, OTHERS], promote_options="permissive")
        )
        assert database.execute(f"SELECT count(*) FROM ({told.sql})").fetchall() == [(40,)]  # noqa: S608 - ours


def test_new_devices_are_set_beside_the_rest_of_their_part() -> None:
    told = before(NOW, answers(T0 - HOUR, 50, "1", units="e"), OTHERS)
    assert (told.chosen, told.total) == ("part", 50)
    assert set(told.rows["attr.make"].to_pylist()) == {"A"}
    assert "its units were not seen before: this is the part where make = A before." in told.because
    assert "attr.build" not in told.sql


def test_a_part_that_is_all_new_is_set_beside_all_of_the_service() -> None:
    told = before(NOW, OTHERS, query="\"attr.build\" = '2'")
    assert (told.chosen, told.total) == ("part", 50)
    assert told.because.endswith("this is all of the service before.")


def test_rows_without_units_are_set_beside_the_rest_of_their_part() -> None:
    bare = [table.drop_columns(["unit"]) for table in (NOW, answers(T0 - HOUR, 50, "1"))]
    assert (before(*bare).chosen, before(*bare).total) == ("part", 50)


def test_what_was_there_before_keeps_its_own_filter() -> None:
    told = before(NOW, answers(T0 - HOUR, 40, "1"), answers(T0 - HOUR // 2, 3, "2"))
    assert (told.chosen, told.total, told.because) == ("filter", 3, "")
    everything = before(NOW, OTHERS, query="\"service\" = 'dials'")
    assert (everything.chosen, everything.total) == ("filter", 50)


def test_where_nothing_can_stand_beside_it_that_is_said() -> None:
    told = before(NOW)
    assert (told.chosen, told.total) == ("filter", 0)
    assert told.because.endswith("and its units were not seen before.")
    never_together = before(
        NOW, answers(T0 - HOUR, 50, "1", units="e"), answers(T0 - HOUR, 50, "2", units="f", make="B")
    )
    assert (never_together.chosen, never_together.total) == ("filter", 0)
    assert "has make = A and build = 2" in never_together.because


def test_units_are_found_where_only_the_conditions_together_are_new() -> None:
    told = before(NOW, answers(T0 - HOUR, 50, "1"), answers(T0 - HOUR, 50, "2", units="f", make="B"))
    assert (told.chosen, told.total) == ("units", 50)


def test_the_columns_are_held_against_the_same_rows() -> None:
    made = desk(NOW, answers(T0 - HOUR, 40, "1"))
    opened = made.opened("INC-1", "E1", now=RowsWanted(), before=RowsWanted(side="before"))
    build = next(view.profile for view in opened.columns if view.profile.name == "attr.build")
    assert build.reference is not None
    assert [top.value for top in build.reference.top] == ["1"]


def test_conditions_that_are_no_plain_ones_are_told_as_sql() -> None:
    told = before(NOW, OTHERS, query="\"attr.build\" LIKE '2%'")
    assert "\"attr.build\" LIKE '2%'" in told.because
