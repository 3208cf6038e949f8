"""Status updates as they fall due: told once, reminded, missed, silent where they must be."""

from __future__ import annotations

import msgspec

from aright.adapters.clocks.driven import DrivenClock
from aright.core.incident import AlertsSilenced, RoleTaken, SeverityJudged
from aright.core.incident.dues import update_key
from aright.core.incident.ruling_events import Restricted
from aright.core.model.command import Updating
from aright.core.model.incident import Incident, Severity
from aright.core.model.message import Due
from aright.core.model.on_call import Person, Policy, Schedule
from aright.core.model.times import HOUR, MINUTE
from aright.engine.happening import happen
from aright.engine.reminding import person_of
from aright.engine.tasks import run_due
from tests.unit.engine.failing_shop import START
from tests.unit.engine.leading_shop import after, led


def said(plant, kind):
    return [line.text for line in plant.desk.timeline("INC-1") if line.kind == kind]


def of(incident, audience):
    return [update for update in incident.updates if update.audience == audience]


def take(plant, event):
    with plant.state.transaction() as tx:
        return happen(plant.world, tx, tx.get(Incident, "INC-1"), event)


def test_internal_updates_go_out_by_themselves_and_through_their_channels():
    plant, room = led()
    incident = after(plant, 0)
    (first,) = of(incident, "internal")
    assert (first.id, first.status, first.by, first.next_due) == (
        "U1",
        "published",
        "aright",
        START + 30 * MINUTE,
    )
    (told,) = room.of("update")
    assert (told.audience, told.text, told.link) == (
        "internal",
        first.text,
        "http://aright.example/incidents/INC-1",
    )
    assert len(of(after(plant, 29), "internal")) == 1
    assert len(of(after(plant, 30), "internal")) == 2
    assert len(of(after(plant, 60), "internal")) == 3
    assert not any("mail" in text for text in said(plant, "paged")), "an update is no page"


def test_a_public_draft_waits_for_whoever_has_communications():
    plant, room = led()
    after(plant, 1)
    take(plant, RoleTaken(at=START + MINUTE, role="communications", person="bob", by="ann"))
    incident = after(plant, 10)
    (draft,) = of(incident, "public")
    assert (draft.status, draft.due_at) == ("draft", START + 20 * MINUTE)
    assert draft.text.startswith("For you: some users")
    (reminder,) = room.of("remind")
    assert (reminder.to, reminder.address, reminder.because) == (
        "bob",
        "bob@x",
        "you have communications of INC-1",
    )
    assert draft.text in reminder.text
    told = plant.desk.command.publish("INC-1", update=draft.id, by="bob")
    assert (told.status, told.next_due) == ("published", START + 30 * MINUTE)
    public = [body for body in room.of("update") if body.audience == "public"][-1]
    assert (public.text, public.title, public.service) == (draft.text, "Trouble with For you", "For you")
    assert (public.link, public.by, public.severity) == ("", "", 0), "nothing of the inside"
    again = of(after(plant, 20), "public")
    assert [update.status for update in again] == ["published", "draft"]
    assert again[1].due_at == START + 30 * MINUTE


def test_what_nobody_publishes_is_missed_once_and_the_commander_is_told():
    plant, room = led()
    plant.desk.acknowledge("INC-1", by="ann")
    incident = after(plant, 25)
    (first,) = of(incident, "public")
    assert (first.status, first.next_due) == ("missed", START + 40 * MINUTE)
    assert room.of("remind")[0].because == "you lead INC-1"
    late = room.of("remind")[1]
    assert (late.to, "nobody published it" in late.text) == ("ann", True)
    assert said(plant, "missed") == [
        f"{first.id} to the public was due at 00:20:00 UTC and was not published: ann was told"
    ]
    _, second = of(after(plant, 31), "public")
    assert second.due_at == START + 40 * MINUTE
    plant.desk.command.publish("INC-1", update=second.id, by="ann", text="we know")
    assert of(plant.desk.incident("INC-1"), "public")[-1].text == "we know"


def test_where_nobody_has_a_role_the_policys_first_step_is_reminded():
    plant, room = led()
    after(plant, 10)
    (reminder,) = room.of("remind")
    assert (reminder.to, reminder.because) == ("cy", "you have the shift of primary")
    assert "cy was reminded" in said(plant, "reminded")[0]


def test_where_nobody_can_be_reached_the_timeline_says_so():
    plant, room = led()
    with plant.state.transaction() as tx:
        for person in ("ann", "bob", "cy"):
            tx.delete(Person, person)
        tx.delete(Schedule, "primary")
    after(plant, 10)
    assert room.of("remind") == []
    assert "nobody could be reminded" in said(plant, "reminded")[0]
    with plant.state.transaction() as tx:
        tx.delete(Policy, "default")
    plant.desk.acknowledge("INC-1", by="a stranger")
    after(plant, 30)
    assert room.of("remind") == []
    assert all("nobody" in text for text in said(plant, "reminded"))


def test_a_long_sleep_is_told_once():
    plant, _ = led()
    after(plant, 1)
    assert isinstance(plant.clock, DrivenClock)
    plant.clock.set(START + 3 * HOUR)
    run_due(plant.world, plant.clock.now())
    incident = plant.desk.incident("INC-1")
    assert [update.status for update in of(incident, "internal")] == ["published"] * 2
    (missed,) = of(incident, "public")
    assert missed.status == "missed"
    assert (missed.due_at, missed.next_due) == (START + 20 * MINUTE, START + 3 * HOUR + 20 * MINUTE)
    assert [update.status for update in of(incident, "stakeholders")] == ["missed"]
    run_due(plant.world, plant.clock.now())
    assert plant.desk.incident("INC-1").updates == incident.updates


def test_a_row_that_is_done_twice_tells_nothing_twice():
    plant, room = led()
    after(plant, 10)
    before, told = plant.desk.incident("INC-1"), len(room.told)
    with plant.state.transaction() as tx:
        for key in ("update:INC-1:public", "update:INC-1:internal", "update:INC-9"):
            subject = key.split(":")[1]
            tx.schedule(Due(key=key, task="update", subject=subject, due_at=plant.clock.now()))
    run_due(plant.world, plant.clock.now())
    assert plant.desk.incident("INC-1") == before
    assert len(room.told) == told


def test_a_look_that_breaks_is_told_and_tried_again(monkeypatch):
    plant, _ = led()
    after(plant, 1)

    def broken(*_any: object, **_more: object) -> None:
        raise ArithmeticError("odd")

    with monkeypatch.context() as breaking:
        breaking.setattr("aright.engine.telling.look", broken)
        after(plant, 12)
    assert said(plant, "note") == ["the task update broke (ArithmeticError: odd); it is tried again in 5 min"]
    incident = after(plant, 15)
    assert [update.status for update in of(incident, "public")] == ["draft"]


def test_a_store_from_before_there_were_audiences_goes_on():
    plant, _ = led()
    with plant.state.transaction() as tx:
        for due in tx.take_due(10**18):
            tx.done(due.key)
        key = update_key("INC-1")
        tx.schedule(Due(key=key, task="update", subject="INC-1", due_at=START + 5 * MINUTE))
    incident = after(plant, 10)
    assert [update.status for update in of(incident, "internal")] == ["published"]
    assert [update.status for update in of(incident, "public")] == ["draft"]


def test_a_severity_that_changes_moves_the_cadence():
    plant, _ = led(level=3)
    assert of(after(plant, 60), "public") == []
    at = START + 60 * MINUTE
    take(plant, SeverityJudged(at=at, severity=Severity(level=1, score=1, arithmetic="worse")))
    incident = after(plant, 60)
    (draft,) = of(incident, "public")
    assert (draft.status, draft.due_at) == ("draft", at + 10 * MINUTE)
    assert [update.due_at for update in of(incident, "stakeholders")] == [at + 10 * MINUTE]
    milder = SeverityJudged(at=at + MINUTE, severity=Severity(level=3, score=1, arithmetic="milder"))
    take(plant, milder)
    assert [update.status for update in of(after(plant, 90), "public")] == ["draft"], (
        "never due, never missed"
    )


def test_the_end_is_told_to_whoever_heard():
    plant, room = led()
    plant.desk.acknowledge("INC-1", by="ann")
    (draft,) = of(after(plant, 11), "public")
    plant.desk.command.publish("INC-1", update=draft.id, by="ann")
    plant.desk.resolve("INC-1", by="ann", confirm="shop")
    incident = plant.desk.incident("INC-1")
    assert of(incident, "internal")[-1].text.startswith("Resolved: ")
    last = of(incident, "public")[-1]
    assert (last.status, last.due_at) == ("draft", START + 21 * MINUTE)
    assert last.text.startswith("Resolved: For you works as usual again.")
    assert of(incident, "stakeholders") == []
    plant.desk.command.publish("INC-1", update=last.id, by="ann")
    assert room.of("update")[-1].text == last.text
    with plant.state.transaction() as tx:
        assert [due for due in tx.take_due(10**18) if due.task == "update"] == []


def test_of_a_restricted_incident_nothing_goes_outside():
    plant, room = led()
    take(plant, Restricted(at=START, to=("ann",), by="ann"))
    with plant.state.transaction() as tx:
        kept = tx.get(Incident, "INC-1")
    assert kept is not None
    assert kept.restricted_to == ("ann",)
    plant.desk.advance(START + 2 * HOUR)
    with plant.state.transaction() as tx:
        kept = tx.get(Incident, "INC-1")
    assert kept is not None
    assert {update.audience for update in kept.updates} == {"internal"}
    for body in room.of("update"):
        assert body.text.startswith("INC-1 is a restricted incident (SEV1")
        assert (body.service, body.title) == ("", body.text)
    assert room.of("remind") == []


def test_of_a_restricted_incident_its_own_people_alone_are_reminded():
    updating = Updating(automatic=(), channels={})
    plant, room = led(updating=updating)
    take(plant, Restricted(at=START, to=("Cy",), by="Cy"))
    plant.desk.advance(START + 25 * MINUTE)
    assert {body.to for body in room.of("remind")} == {"cy"}, "known by all their names"
    plant, room = led(updating=updating)
    take(plant, Restricted(at=START, to=("ann",), by="ann"))
    plant.desk.advance(START + 25 * MINUTE)
    assert room.of("remind") == [], "cy has the shift, and may not see it"


def test_channels_that_take_no_updates_are_passed_over_and_lost_ones_wait():
    channels: dict[str, tuple[str, ...]] = {"internal": ("pagerduty", "gone", "mail", "mail")}
    plant, room = led(updating=Updating(channels=channels))
    after(plant, 0)
    assert len(room.of("update")) == 1
    with plant.state.transaction() as tx:
        names = [message.channel for message in tx.messages("INC-1") if message.id.endswith("-update")]
    assert sorted(names) == ["gone", "mail"]


def test_people_are_known_by_all_their_names():
    plant, _ = led()
    with plant.state.transaction() as tx:
        tx.put(Person(key="dora", name="Dora D", aliases=("dora@example.com",)))
        assert [person_of(tx, name) is not None for name in ("dora", "dora d", "DORA@example.com", "x")] == [
            True,
            True,
            True,
            False,
        ]


def test_a_draft_by_hand_is_read_before_it_is_due():
    plant, _ = led()
    after(plant, 2)
    made = plant.desk.command.draft("INC-1", audience="stakeholders", by="ann")
    assert (made.status, made.due_at) == ("draft", START + HOUR)
    assert "asked for U2, a draft to read" in [line.text for line in plant.desk.timeline("INC-1")]
    found = plant.desk.command.next_updates("INC-1")
    assert [(each.audience, each.automatic, each.due_at - START) for each in found] == [
        ("internal", True, 30 * MINUTE),
        ("stakeholders", False, HOUR),
        ("public", False, 20 * MINUTE),
    ]
    assert msgspec.json.encode(found)


def test_news_while_it_is_silenced_change_nothing():
    plant, _ = led()
    before = of(after(plant, 1), "internal")
    take(plant, AlertsSilenced(at=START, alerts=plant.desk.incident("INC-1").alerts, text="by a silence"))
    assert of(after(plant, 2), "internal") == before
