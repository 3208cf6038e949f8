from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract.pipelines import difference
from aright.core.model.run import Dataset, DatasetUse, Run
from aright.core.model.service import Service
from aright.core.observe.runs import failure, look, merge, owner_of, schema_changes


def run(state: str = "running", seen: int = 5, **more) -> Run:
    return Run(key="w/daily/1", job="w/daily", run_id="1", state=state, seen=seen, **more)


def use(**more) -> DatasetUse:
    return DatasetUse(name="db/orders", **more)


def test_what_is_known_of_a_data_set_is_gathered() -> None:
    one = run(inputs=(use(rows=3, fields={"a": "int"}),), kind="BATCH", parent="p")
    two = run("complete", 9, ended=9, inputs=(use(bytes=7, version="2"),), outputs=(use(),), error="")
    both = merge(one, two)
    assert both.inputs == (use(rows=3, bytes=7, fields={"a": "int"}, version="2"),)
    assert (both.outputs, both.kind, both.parent) == ((use(),), "BATCH", "p")
    assert merge(None, one) is one


EVENTS = st.builds(
    run,
    st.sampled_from(["running", "complete", "failed", "aborted"]),
    st.integers(0, 9),
    inputs=st.lists(st.builds(use, rows=st.none() | st.integers(0, 3)), max_size=1).map(tuple),
    judged=st.booleans(),
).map(
    lambda each: run(
        each.state,
        each.seen,
        started=each.seen if each.state == "running" else None,
        ended=None if each.state == "running" else each.seen,
        inputs=each.inputs,
        judged=each.judged,
    )
)


@given(st.lists(EVENTS, min_size=1, max_size=6))
@settings(deadline=None, max_examples=100)
def test_an_end_once_told_stays_and_repeats_change_nothing(events: list[Run]) -> None:
    whole = None
    for each in events:
        whole = merge(whole, each)
        assert merge(whole, each) == merge(merge(whole, each), each)
    assert whole is not None
    ends = [each for each in events if each.state != "running"]
    assert (whole.state == "running") is not bool(ends)
    assert whole.started == min((each.seen for each in events if each.state == "running"), default=None)
    assert (whole.ended is None) is not bool(ends)
    assert whole.judged == any(each.judged for each in events)


def test_jobs_find_their_service() -> None:
    services = [
        Service(key="a"),
        Service(key="b", pipelines=("w/x[1]", "w/daily*")),
        Service(key="c", pipelines=("*",)),
    ]
    assert [owner_of(job, services) for job in ("w/daily.two", "w/x[1]", "other")] == ["b", "b", "c"]


def test_columns_that_change_are_changes_of_every_service_that_uses_them() -> None:
    known = Dataset(key="db/orders", fields={"id": "int", "price": "int"}, seen=3, services=("shop", "desk"))
    told = run("complete", 9, service="desk")
    new = look(known, use(fields={"id": "int", "price": "decimal"}), told)
    assert new is not None
    changes = schema_changes(known, new, told)
    assert [(change.service, change.kind, change.at) for change in changes] == [
        ("shop", "schema", 9),
        ("desk", "schema", 9),
    ]
    assert changes[0].title == "db/orders: price was int and is decimal"
    assert (changes[0].before, changes[0].after) == ("id int, price int", "id int, price decimal")
    assert len({change.key for change in changes}) == 2


def test_what_says_nothing_new_changes_nothing() -> None:
    known = Dataset(key="db/orders", fields={"id": "int"}, seen=3)
    assert look(known, use(), run()) is None
    assert look(known, use(fields={"id": "text"}), run(seen=2)) is None
    same = look(known, use(fields={"id": "int"}), run())
    assert same is not None
    assert schema_changes(known, same, run()) == []
    assert schema_changes(None, same, run()) == []
    untold = look(known, use(fields={"id": ""}), run())
    assert untold is not None
    assert schema_changes(known, untold, run()) == []


def test_many_columns_are_told_in_few_words() -> None:
    before = {f"c{number}": "int" for number in range(9)}
    assert difference(before, {}) == "c0, c1, c2, c3, c4 and 4 more went"
    turned = difference(before, dict.fromkeys(before, "text"))
    assert turned.endswith("c4 was int and is text, 4 more changed type")
    wide = {f"column-{number}": "x" * 50 for number in range(100)}
    known = Dataset(key="d", fields=wide, seen=1, services=("s",))
    (change,) = schema_changes(known, Dataset(key="d", fields={}, seen=2, services=("s",)), run())
    assert len(change.before) == 1_000


def test_a_run_that_fails_is_a_change_of_its_service() -> None:
    change = failure(run("failed", 9, ended=8, service="shop", error="no disk"))
    assert change is not None
    assert (change.kind, change.at, change.title) == ("data", 8, "w/daily failed: no disk")
    aborted = failure(run("aborted", 9, service="shop"))
    assert aborted is not None
    assert (aborted.at, aborted.title) == (9, "w/daily was aborted")
    assert failure(run("failed", 9)) is None
    assert failure(run("complete", 9, service="shop")) is None
