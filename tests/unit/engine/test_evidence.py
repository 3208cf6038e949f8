"""A finding opened down to its rows: the same rows, the same numbers, and no other filter than its own."""

from __future__ import annotations

import threading

import msgspec
import pyarrow as pa
import pytest

from aright.adapters.duckdb_query import DuckDbQuery
from aright.adapters.memory_query import MemoryQuery
from aright.core.model.change import Change
from aright.core.model.columns import TIME
from aright.core.model.evidence import Diagnosis, Evidence, Reach, Scope, Step, Verdict
from aright.core.model.frame import Kind
from aright.core.model.incident import Incident, State
from aright.core.model.redaction import Redaction
from aright.core.model.run import DatasetUse, Run
from aright.core.model.service import Service
from aright.core.model.times import HOUR, SECOND
from aright.engine import evidence_desk
from aright.engine.evidence_desk import EvidenceDesk
from aright.engine.evidence_operations import RowsWanted
from aright.engine.evidence_rows import has_rows
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.process import figure
from aright.ports.query import SlowQueryError
from tests.unit.engine.failing_shop import BREAKS, SERVICE, Plant, quick

replace = msgspec.structs.replace
BEFORE = RowsWanted(side="before", limit=3)


@pytest.fixture(scope="module")
def explained() -> Plant:
    """Return a plant whose incident is open and explained."""
    made = Plant(settings=quick())
    made.desk.register(SERVICE)
    for number in range(BREAKS + 12):
        made.step(number)
    return made


def finding(plant: Plant, words: str) -> Evidence:
    diagnosis = plant.desk.incident("INC-1").diagnosis
    assert diagnosis is not None
    return next(each for each in diagnosis.evidence if words in each.text)


def test_a_diagnosis_is_told_whole(explained: Plant) -> None:
    view = explained.desk.evidence.diagnosis("INC-1")
    assert (view.schema, view.incident, view.service, view.state, view.open) == (
        1,
        "INC-1",
        "shop",
        "triaged",
        True,
    )
    assert view.diagnosis == explained.desk.incident("INC-1").diagnosis
    with pytest.raises(UnknownError, match="INC-9"):
        explained.desk.evidence.diagnosis("INC-9")


def test_the_rows_give_the_number(explained: Plant) -> None:
    harm = finding(explained, "mean click")
    opened = explained.desk.evidence.opened("INC-1", harm.id, now=RowsWanted(limit=1_000), before=BEFORE)
    clicks = opened.now.rows["outcome.click"].to_pylist()
    known = [click for click in clicks if click is not None]
    assert harm.now == pytest.approx(1 - sum(known) / len(known), abs=1e-6)
    assert opened.columns[0].profile.name == "outcome.click"
    assert opened.columns[0].gives == "1 − mean"
    assert set(opened.now.rows["attr.region"].to_pylist()) == {"north"}
    assert opened.now.total == opened.now.rows.num_rows > 100
    assert (opened.before.rows.num_rows, opened.before.total > 500) == (3, True)
    reference = explained.desk.evidence.diagnosis("INC-1").diagnosis
    assert reference is not None
    assert (opened.before.start, opened.before.end) == reference.reference


def test_shares_of_missing_values_and_medians_are_found_too(explained: Plant) -> None:
    given = {
        words: explained.desk.evidence.opened(
            "INC-1", finding(explained, words).id, now=RowsWanted(), before=BEFORE
        ).columns[0]
        for words in ("is empty", "Median latency", "error status")
    }
    assert [(view.profile.name, view.gives) for view in given.values()][:2] == [
        ("feat.profiles.norm", "missing"),
        ("latency_ms", "median"),
    ]
    assert given["error status"].gives == "", "many a column gives 0 and 0"


def test_rows_are_paged_by_time(explained: Plant) -> None:
    key = finding(explained, "mean click").id
    first = explained.desk.evidence.rows("INC-1", key, RowsWanted(limit=5))
    second = explained.desk.evidence.rows("INC-1", key, RowsWanted(offset=3, limit=2))
    assert second.rows["id"].to_pylist() == first.rows["id"].to_pylist()[3:]
    times = first.rows["time"].to_pylist()
    assert times == sorted(times)
    wide = explained.desk.evidence.rows("INC-1", key, RowsWanted(offset=-5, limit=10**9))
    assert (wide.offset, wide.rows.num_rows) == (0, min(wide.total, 1_000))
    assert explained.desk.evidence.rows("INC-1", key, RowsWanted(offset=10**9)).rows.num_rows == 0
    none = explained.desk.evidence.rows("INC-1", key, RowsWanted(limit=-1))
    assert none.rows.num_rows == 1


def test_the_sql_that_is_shown_gives_these_rows(explained: Plant) -> None:
    duckdb = pytest.importorskip("duckdb")
    harm = finding(explained, "is empty")
    for side in ("now", "before"):
        told = explained.desk.evidence.rows("INC-1", harm.id, RowsWanted(side=side, limit=1))
        predictions = explained.world.rows.scan(Kind.PREDICTIONS, "shop", 0, 2**60)
        with duckdb.connect() as database:
            database.register("predictions", predictions)
            counted = database.execute(f"SELECT count(*) FROM ({told.sql})").fetchall()  # noqa: S608 - ours
            assert counted == [(told.total,)]
            assert told.total > 0


def test_what_rests_on_no_rows_says_so(explained: Plant) -> None:
    with pytest.raises(RefusedError, match="rests on no stored rows"):
        explained.desk.evidence.rows("INC-1", finding(explained, "by the mix of").id, RowsWanted())
    with pytest.raises(UnknownError, match="INC-1 has no evidence 'E99'"):
        explained.desk.evidence.rows("INC-1", "E99", RowsWanted())


def test_another_diagnosis_is_made_at_once(explained: Plant) -> None:
    asked = explained.desk.evidence.again("INC-1")
    made = explained.desk.evidence.diagnosis("INC-1").diagnosis
    assert made is not None
    assert made.at == asked.at == explained.clock.now()


def test_the_engine_that_serves_opens_the_same_rows(explained: Plant) -> None:
    real = EvidenceDesk(explained.runtime, DuckDbQuery(), explained.desk.incident)
    diagnosis = explained.desk.incident("INC-1").diagnosis
    assert diagnosis is not None
    opened = [each.id for each in diagnosis.evidence if has_rows(each)]
    assert len(opened) >= 5
    for name in opened:
        for side in ("now", "before"):
            wanted = RowsWanted(side=side, limit=1_000)
            one, other = (desk.rows("INC-1", name, wanted) for desk in (real, explained.desk.evidence))
            assert one.total == other.total
            assert one.rows.equals(other.rows)


# Rows of other kinds, and what may go wrong

T0 = 1_000 * HOUR


def desk_over(
    *evidence: Evidence, rows: pa.Table, query: object = None, state: State = State.TRIAGED
) -> EvidenceDesk:
    plant = Plant()
    plant.world.rows.add(Kind.LOGS, "till", rows)
    diagnosis = Diagnosis(
        key="INC-1",
        at=T0 + HOUR,
        reference=(T0 - HOUR, T0),
        current=(T0, T0 + HOUR),
        scope=Scope(reach=Reach.UNCLEAR, sentence=""),
        verdict=Verdict.LIKELY,
        causes=(),
        evidence=evidence,
        summary="",
    )
    incident = Incident(
        key="INC-1", service="shop", state=state, title="", opened_at=T0, began_at=T0, diagnosis=diagnosis
    )
    old = Incident(
        key="INC-0",
        service="shop",
        state=State.CLOSED,
        title="",
        opened_at=T0 - HOUR,
        began_at=T0 - HOUR,
        resolved_at=T0 - HOUR // 2,
    )
    with plant.state.transaction() as tx:
        tx.put(incident)
        tx.put(old)
    return EvidenceDesk(plant.runtime, query or MemoryQuery(), plant.desk.incident)  # type: ignore[arg-type]  # fakes


def said(**changes: object) -> Evidence:
    made = Evidence(
        id="E1",
        step=Step.DEPENDENCIES,
        text="",
        rows="logs",
        service="till",
        query='"severity" >= 17',
        start=T0,
        end=T0 + HOUR,
    )
    return replace(made, **changes)


def logs(*minutes: int, body: str = "a password: hunter2") -> pa.Table:
    return pa.table(
        {
            "time": pa.array([T0 + minute * 60 * SECOND for minute in minutes], TIME),
            "service": ["till"] * len(minutes),
            "severity": pa.array([17] * len(minutes), pa.int32()),
            "body": [body] * len(minutes),
            "host": ["h" * 600] * len(minutes),
        }
    )


def test_rows_of_other_services_and_kinds_are_opened_and_earlier_incidents_left_out() -> None:
    desk = desk_over(said(), rows=logs(-50, -20, 5, 6))
    opened = desk.opened("INC-1", "E1", now=RowsWanted(), before=BEFORE)
    assert (opened.now.total, opened.before.total) == (2, 1)
    assert (opened.now.kind, opened.now.service) == ("logs", "till")
    assert '"time" < TIMESTAMPTZ' in opened.before.sql
    assert " OR " in opened.before.sql
    assert " OR " not in opened.now.sql
    assert {host[:61] for host in opened.now.rows["host"].to_pylist()} == {"h" * 60 + "…"}


def test_a_side_without_rows_is_no_error() -> None:
    desk = desk_over(said(), rows=logs(5))
    opened = desk.opened("INC-1", "E1", now=RowsWanted(), before=BEFORE)
    assert (opened.now.total, opened.before.total) == (1, 0)
    assert [view.profile.reference for view in opened.columns] == [None] * len(opened.columns)
    nothing = desk_over(said(), rows=logs(-500))
    assert nothing.opened("INC-1", "E1", now=RowsWanted(), before=BEFORE).columns == ()


def test_large_rows_are_cut_to_what_an_answer_can_hold() -> None:
    rows = logs(*([5] * 900)).append_column("attr.x", pa.array(["y" * 600] * 900))
    rows = rows.append_column("items", pa.array([["z" * 400] * 60] * 900))
    told = desk_over(said(), rows=rows).rows("INC-1", "E1", RowsWanted(limit=1_000))
    assert told.cut
    assert 1 <= told.rows.num_rows < told.total == 900
    assert told.rows.nbytes <= 4 * 1024 * 1024


@pytest.mark.parametrize(
    "query",
    [
        "1 = 1; DROP TABLE rows",
        "severity > (SELECT 1)",
        "read_csv('/etc/passwd')",
        "severity >= 17 --",
        "\"severity\" = 'many'",
    ],
)
@pytest.mark.parametrize("engine", [MemoryQuery(), DuckDbQuery()], ids=["memory", "duckdb"])
def test_a_filter_that_is_none_is_not_run(query: str, engine: object) -> None:
    desk = desk_over(said(query=query), rows=logs(5), query=engine)
    with pytest.raises(RefusedError, match="cannot be looked up here") as told:
        desk.rows("INC-1", "E1", RowsWanted())
    assert "Copy its SQL" in told.value.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": ""},
        {"rows": "alerts"},
        {"rows": "../x"},
        {"query": ""},
        {"query": "TRUE"},
        {"start": T0 + HOUR},
    ],
)
def test_findings_of_no_rows_are_not_opened(changes: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match="rests on no stored rows"):
        desk_over(said(**changes), rows=logs(5)).rows("INC-1", "E1", RowsWanted())


def test_what_takes_too_long_and_what_is_too_much_at_once_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def matching(self, rows: pa.Table, where: object) -> pa.Table:
            del rows, where
            raise SlowQueryError("looking for the rows took more than 20 s")

    desk = desk_over(said(), rows=logs(5), query=Slow())
    for _ in range(5):  # a look that failed frees its place
        with pytest.raises(RefusedError, match="took more than 20 s"):
            desk.rows("INC-1", "E1", RowsWanted())
    monkeypatch.setattr(evidence_desk, "_PATIENCE", 0.01)
    desk._free = threading.BoundedSemaphore(1)
    desk._free.acquire()
    with pytest.raises(RefusedError, match="others are looking"):
        desk.rows("INC-1", "E1", RowsWanted())


def test_only_an_open_incident_is_diagnosed_again() -> None:
    desk = desk_over(said(), rows=logs(5), state=State.CLOSED)
    with pytest.raises(RefusedError, match="only an open incident"):
        desk.again("INC-1")


def test_requests_in_traces_stand_for_predictions_where_there_are_none() -> None:
    spans = pa.table(
        {
            "time": pa.array([T0 + SECOND, T0 + 2 * SECOND], TIME),
            "service": ["till"] * 2,
            "trace_id": ["a", "b"],
            "id": ["1", "2"],
            "kind": ["server", "server"],
            "duration_ms": [5.0, 7.0],
            "http_status": pa.array([200, 503], pa.int32()),
            "status": ["unset", "error"],
            "route": ["/x", "/y"],
        }
    )
    found = said(rows="predictions", query='"status" >= 500')
    desk = desk_over(found, rows=logs(5))
    desk._world.rows.add(Kind.SPANS, "till", spans)
    told = desk.rows("INC-1", "E1", RowsWanted())
    assert (told.kind, told.made_of, told.total) == ("predictions", "spans", 1)
    assert told.rows["attr.route"].to_pylist() == ["/y"]


def test_what_is_private_is_masked_by_name_and_by_look() -> None:
    rows = logs(-20, 5, body="mail ann@example.org").append_column("attr.email", pa.array(["a", "b"]))
    rows = rows.append_column("attributes", pa.array([b'{"pin": 4711, "n": 3}', b"no json, bob@example.org"]))
    rows = rows.append_column("attr.who", pa.array(["x@example.org", "x@example.org"]))
    rows = rows.append_column("feat.sales_note", pa.array([1.5, None]))
    rows = rows.append_column("trace_id", pa.array(["4bf92f3577b34da6a3ce929d0e0e4736"] * 2))
    desk = desk_over(said(), rows=rows)
    with desk._world.state.transaction() as tx:
        tx.put(Service(key="till", redact=Redaction(fields=("*_note",))))
    opened = desk.opened("INC-1", "E1", now=RowsWanted(), before=BEFORE)
    (now,), (before,) = opened.now.rows.to_pylist(), opened.before.rows.to_pylist()
    assert now["body"] == "mail ‹e-mail›"
    assert (before["attr.email"], before["feat.sales_note"], now["feat.sales_note"]) == ("•••", "•••", None)
    assert before["attributes"] == '{"pin":"•••","n":3}'
    assert now["attributes"] == "no json, ‹e-mail›"
    assert now["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736", "what one goes on with"
    columns = {view.profile.name: view.profile for view in opened.columns}
    assert not {"attr.email", "feat.sales_note", "body"} & set(columns)
    assert columns["attr.who"].now is not None
    assert [top.value for top in columns["attr.who"].now.top] == ["‹e-mail›"]


def test_changes_and_runs_open_like_rows() -> None:
    found = said(rows="changes", query="", start=T0 + SECOND, end=T0 + SECOND)
    ran = said(id="E2", rows="runs", query="\"job\" = 'etl/people'")
    desk = desk_over(found, ran, rows=logs(5))
    with desk._world.state.transaction() as tx:
        for at, key in ((T0 + SECOND, "c1"), (T0 + 2 * SECOND, "c2"), (T0 - HOUR // 4, "c3")):
            tx.put(
                Change(key=key, at=at, service="till", kind="deploy", after=key, detail="by ann@example.org")
            )
        for number, job in enumerate(("etl/people", "etl/shops")):
            use = DatasetUse(name="people", rows=900 + number)
            tx.put(
                Run(
                    key=f"{job}/{number}",
                    job=job,
                    run_id=str(number),
                    service="till",
                    state="failed",
                    seen=T0 + 60 * SECOND,
                    ended=T0 + 60 * SECOND,
                    outputs=(use, DatasetUse(name="nobody said")),
                )
            )
    opened = desk.opened("INC-1", "E1", now=RowsWanted(), before=BEFORE)
    assert opened.now.rows["after"].to_pylist() == ["c1"]
    assert opened.now.rows["detail"].to_pylist() == ["by ‹e-mail›"]
    assert opened.before.rows["after"].to_pylist() == ["c3"]
    (run,) = desk.rows("INC-1", "E2", RowsWanted()).rows.to_pylist()
    assert (run["job"], run["state"], run["rows"], run["started"]) == ("etl/people", "failed", 900, None)


def test_metrics_worked_out_of_counters_open_as_samples_do() -> None:
    desk = desk_over(said(rows="process", query="\"name\" = 'calls.failed'"), rows=logs(5))
    start = T0 + 60 * SECOND
    with desk._world.state.transaction() as tx:
        tx.add_points(figure("till", "calls.failed", start=start, width=30 * SECOND, n=2, total=6.0, top=4.0))
    (row,) = desk.rows("INC-1", "E1", RowsWanted()).rows.to_pylist()
    assert (row["name"], row["value"]) == ("calls.failed", 3.0)
