"""Who is told and when, asked of a store: overrides, swaps, calendars, weaknesses."""

from __future__ import annotations

import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.incident import Incident
from aright.core.model.incident import State as Standing
from aright.core.model.on_call import Override, Person, Schedule
from aright.core.model.outlet import ExternalRef
from aright.core.model.paging import Paging
from aright.core.model.times import DAY, HOUR, to_datetime
from aright.engine.on_call_desk import OnCallDesk
from aright.engine.operations import RefusedError, UnknownError
from tests.unit.core.page.calendars import calendar
from tests.unit.engine.failing_shop import Pager
from tests.unit.engine.small_world import small_world
from tests.unit.web.fake_on_call import NIGHT, PEOPLE, POLICY, Hand

NOON = 1_767_178_800_000_000  # 2025-12-31T11:00Z, noon in Zurich: Ada's day


class Night:
    """A desk, its store, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOON
        self.state = MemoryState()
        with self.state.transaction() as tx:
            tx.put_all([*PEOPLE, NIGHT, POLICY])
        self.desk = OnCallDesk(small_world(self.state, {"slack": Pager(name="slack")}, Hand(lambda: self.at)))

    def put(self, *values) -> None:
        with self.state.transaction() as tx:
            tx.put_all(values)


@pytest.fixture
def night() -> Night:
    return Night()


def whose(night: Night, days: int = 3) -> list[str]:
    return [shift.person for shift in night.desk.shifts("night", start=night.at, end=night.at + days * DAY)]


def test_who_has_each_schedule_and_who_is_next(night):
    night.put(Schedule(key="broken", zone="Mars/Base"))

    broken, duty = night.desk.duties()

    assert (duty.schedule, duty.now.person, duty.next.person) == ("night", "ada", "bob")
    assert duty.now.end == duty.next.start
    assert broken.now.person == ""
    assert "no time zone" in broken.now.because


def test_people_schedules_and_policies_are_by_name(night):
    assert [person.key for person in night.desk.people()] == ["ada", "bob"]
    assert night.desk.schedules() == [NIGHT]
    assert night.desk.policies() == [POLICY]


def test_a_span_is_given_to_somebody_and_taken_back(night):
    made = night.desk.override("night", person="Robert", start=NOON, end=NOON + HOUR, by=" ada ", why="lunch")

    assert (made.key, made.person, made.by, made.why, made.created_at) == (
        "OVR-1",
        "bob",
        "ada",
        "lunch",
        NOON,
    )
    assert whose(night, 1) == ["bob", "ada", "bob"]
    assert night.desk.overrides("night") == [made]
    ended = night.desk.end_override("OVR-1", by="bob")
    assert ended.ended_by == "bob"
    assert night.desk.end_override("OVR-1", by="eve") == ended
    assert night.desk.overrides("night") == []
    assert whose(night, 1) == ["ada", "bob"]


def test_two_shifts_are_swapped_and_one_is_taken(night):
    first, second = night.desk.swap("night", one=NOON, other=NOON + DAY, by="ada")

    assert (first.person, first.start, second.person, second.why) == ("bob", NOON, "ada", "swap")
    assert whose(night, 2) == ["bob", "ada", "ada"]  # their own next day is another reason
    taken = night.desk.take("night", person="ada", part=(NOON, NOON + HOUR), by="ada")
    assert (taken.start, taken.end, taken.key) == (NOON, NOON + HOUR, "OVR-3")
    assert whose(night, 1)[:2] == ["ada", "bob"]


def test_what_cannot_be_done_says_why(night):
    desk = night.desk
    span = {"person": "bob", "start": NOON, "end": NOON + HOUR, "by": "ada"}
    for changes, said in (
        ({"end": NOON}, "ends before it starts"),
        ({"start": NOON - 2 * HOUR, "end": NOON - HOUR}, "in the past"),
        ({"end": NOON + 4_000 * DAY}, "another time"),
    ):
        with pytest.raises(RefusedError, match=said):
            desk.override("night", **(span | changes))
    for unknown in (
        lambda: desk.override("day", **span),
        lambda: desk.override("night", **(span | {"person": "eve"})),
        lambda: desk.end_override("OVR-9", by="ada"),
        lambda: desk.shifts("day", start=0, end=1),
        lambda: desk.paging("INC-9"),
        lambda: desk.references("INC-9"),
    ):
        with pytest.raises(UnknownError):
            unknown()
    with pytest.raises(RefusedError, match="has both"):
        desk.swap("night", one=NOON, other=NOON + HOUR, by="ada")
    with pytest.raises(RefusedError, match="already"):
        desk.take("night", person="ada", part=NOON, by="ada")
    with pytest.raises(RefusedError, match="longer than 400 days"):
        desk.shifts("night", start=0, end=401 * DAY)
    with pytest.raises(RefusedError, match="is empty"):
        desk.shifts("night", start=NOON, end=NOON)


def test_overrides_that_are_long_past_are_let_go(night):
    night.desk.override("night", person="bob", start=NOON, end=NOON + HOUR, by="ada")
    night.at += 100 * DAY

    night.desk.override("night", person="bob", start=night.at, end=night.at + HOUR, by="ada")

    with night.state.transaction() as tx:
        assert [each.key for each in tx.list(Override)] == ["OVR-2"]


def test_a_schedule_has_so_many_overrides_and_no_more(night):
    many = [
        Override(
            key=f"OVR-x{number}",
            schedule="night",
            person="bob",
            start=NOON,
            end=NOON + 1,
            by="a",
            created_at=1,
        )
        for number in range(10_000)
    ]
    night.put(*many)

    with pytest.raises(RefusedError, match="10,000 overrides"):
        night.desk.override("night", person="bob", start=NOON, end=NOON + HOUR, by="ada")


def test_a_calendar_brings_overrides_instead_of_those_it_brought_before(night):
    begins = f"{to_datetime(NOON):%Y%m%dT%H%M%SZ}"
    made = night.desk.override("night", person="bob", start=NOON + HOUR, end=NOON + 2 * HOUR, by="ada")
    night.put(
        Schedule(key="night:2"),
        Override(
            key="ical:night:2:00001",
            schedule="night:2",
            person="bob",
            start=NOON,
            end=NOON + DAY,
            by="a",
            created_at=1,
        ),
    )

    for person in ("ada", "bob"):
        event = f"DTSTART:{begins}\nDURATION:PT1H\nSUMMARY:{person}"
        night.desk.take_calendar("night", calendar(event), by="eve")

    brought, other = night.desk.overrides("night")
    assert (brought.key, brought.person, brought.by) == ("ical:night:00001", "bob", "eve")
    assert other == made
    assert len(night.desk.overrides("night:2")) == 1
    with pytest.raises(RefusedError, match="line 3: an event names nobody"):
        night.desk.take_calendar("night", calendar(f"DTSTART:{begins}\nDURATION:PT1H"), by="eve")
    assert len(night.desk.overrides("night")) == 2


def test_what_people_changed_stays_over_a_calendar_that_is_taken_again(night):
    body = calendar(f"DTSTART:{to_datetime(NOON):%Y%m%dT%H%M%SZ}\nDURATION:PT9H\nSUMMARY:bob")
    night.desk.take_calendar("night", body, by="eve")
    night.at += HOUR
    night.desk.override("night", person="ada", start=night.at, end=night.at + HOUR, by="ada")
    night.at += 1

    (again,) = night.desk.take_calendar("night", body, by="eve")

    assert again.created_at == NOON
    assert whose(night, 1)[:2] == ["ada", "bob"]


def test_shifts_as_a_calendar_keep_their_names_while_time_goes_on(night):
    def uids() -> set[bytes]:
        return {line for line in night.desk.calendar("night").splitlines() if line.startswith(b"UID")}

    before = uids()
    night.at += DAY

    assert len(before & uids()) == len(before) - 1
    assert b"SUMMARY:Ada Lovelace" in night.desk.calendar("night")
    night.put(Person(key="ada2", name="ADA lovelace"))
    assert b"SUMMARY:ada\r\n" in night.desk.calendar("night")
    night.put(Schedule(key="broken", zone="Mars/Base"))
    with pytest.raises(RefusedError, match="no time zone"):
        night.desk.calendar("broken")


def test_weaknesses_know_the_channels(night):
    assert night.desk.weaknesses() == ()
    night.put(Person(key="ada", ways=("pigeon",)))
    assert any("pigeon" in each.what for each in night.desk.weaknesses())


def test_an_incident_has_its_escalation_and_its_references(night):
    ref = ExternalRef(key="servicenow/INC-1", channel="servicenow", incident="INC-1", id="x")
    paging = Paging(key="INC-1", service="shop", policy=POLICY, owner="aright", started_at=NOON)
    incident = Incident(
        key="INC-1", service="shop", state=Standing.DECLARED, title="", opened_at=NOON, began_at=NOON
    )
    night.put(incident)

    assert night.desk.paging("INC-1") is None
    night.put(paging, ref)
    assert night.desk.paging("INC-1") == paging
    assert night.desk.references("INC-1") == [ref]
