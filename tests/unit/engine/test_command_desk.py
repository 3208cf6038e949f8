"""Leading an incident through the desk: roles, tracks and their reminders, runbooks, the status page."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.communicate.runbook import read_runbook
from aright.core.model.command import RunbookRun
from aright.core.model.times import MINUTE
from aright.engine.operations import RefusedError, UnknownError
from tests.unit.engine.failing_shop import START
from tests.unit.engine.leading_shop import BOOK, after, led


def test_roles_are_taken_passed_on_and_left():
    plant, _ = led()
    command = plant.desk.command
    command.take_role("INC-1", role="commander", person="ann", by="ann")
    command.take_role("INC-1", role="commander", person="bob", by="ann")
    assert [held.person for held in plant.desk.incident("INC-1").roles] == ["bob"]
    assert command.leave_role("INC-1", role="commander", person="bob", by="bob").roles == ()
    with pytest.raises(RefusedError, match="bob is not commander"):
        command.leave_role("INC-1", role="commander", person="bob", by="bob")
    with pytest.raises(UnknownError, match="no incident"):
        command.take_role("INC-9", role="commander", person="bob", by="bob")


def test_a_late_check_reminds_its_owner_and_then_the_commander():
    plant, room = led()
    command = plant.desk.command
    plant.desk.acknowledge("INC-1", by="ann")
    command.open_track(
        "INC-1",
        hypothesis="the cache",
        by="ann",
        owner="bob",
        next_check="hit rate",
        due_at=START + 4 * MINUTE,
    )
    after(plant, 4)
    (reminder,) = room.of("remind")
    assert (reminder.to, reminder.because) == ("bob", "you follow T1 of INC-1")
    assert "was due at 00:04:00 UTC: hit rate" in reminder.text
    incident = after(plant, 19)
    assert [body.to for body in room.of("remind") if "T1" in body.text] == ["bob", "ann"]
    assert incident.tracks[0].reminders == 2
    after(plant, 200)
    assert len([body for body in room.of("remind") if "T1" in body.text]) == 2
    command.move_track("INC-1", track="T1", by="bob", due_at=START + 210 * MINUTE)
    after(plant, 210)
    assert len([body for body in room.of("remind") if "T1" in body.text]) == 3


def test_a_track_without_an_owner_goes_to_the_commander_and_one_that_moved_rests():
    plant, room = led()
    command = plant.desk.command
    plant.desk.acknowledge("INC-1", by="ann")
    command.open_track("INC-1", hypothesis="x", by="ann", due_at=START + 2 * MINUTE)
    command.open_track("INC-1", hypothesis="y", by="ann", owner="bob", due_at=START + 3 * MINUTE)
    command.end_track("INC-1", track="T2", by="bob", status="refuted", finding="no")
    after(plant, 5)
    assert [body.to for body in room.of("remind")] == ["ann"]


def test_tracks_are_suggested_by_the_diagnosis_and_opened_by_people_alone():
    plant, _ = led(diagnosed=False)
    assert plant.desk.command.suggestions("INC-1") == ()
    assert plant.desk.incident("INC-1").tracks == ()


def test_runbooks_that_fit_are_gone_through_and_their_ticks_told():
    plant, _ = led()
    command = plant.desk.command
    assert [book.id for book in command.library()] == ["shop"]
    ((book, run),) = command.runbooks("INC-1")
    assert (book.id, run) == ("shop", None)
    made = command.tick("INC-1", runbook="shop", step="look", by="ann", text="all of it")
    assert [(step.step, step.status) for step in made.steps] == [("look", "done")]
    assert command.runbooks("INC-1")[0][1] == made
    lines = [line for line in plant.desk.timeline("INC-1") if line.kind == "runbook"]
    assert [(line.text, line.by) for line in lines] == [("shop: done “Look”: all of it", "ann")]
    with pytest.raises(RefusedError, match="cannot be 'won'"):
        command.tick("INC-1", runbook="shop", step="look", by="ann", status="won")
    with pytest.raises(UnknownError, match="no step 'jump'"):
        command.tick("INC-1", runbook="shop", step="jump", by="ann")
    with pytest.raises(UnknownError, match="no runbook 'x'"):
        command.tick("INC-1", runbook="x", step="look", by="ann")


def test_a_file_that_is_changed_meanwhile_is_told():
    plant, _ = led()
    command = plant.desk.command
    command.tick("INC-1", runbook="shop", step="look", by="ann")
    changed, _ = read_runbook(BOOK + "- [ ] One more\n", "shop.md")
    assert changed is not None
    other = msgspec.structs.replace(changed, types=("llm",))
    object.__setattr__(plant.world, "runbooks", (other,))
    assert [book.id for book, _ in command.runbooks("INC-1")] == ["shop"], "it was begun"
    command.tick("INC-1", runbook="shop", step="one-more", by="ann")
    told = [line.text for line in plant.desk.timeline("INC-1") if line.kind == "note"]
    assert told == ["the runbook shop was changed since it was begun: look through its steps again"]
    with plant.state.transaction() as tx:
        run = tx.get(RunbookRun, "INC-1/shop")
    assert run is not None
    assert run.digest == changed.digest


def test_a_steps_action_goes_the_way_of_every_mitigation():
    plant, _ = led()
    command = plant.desk.command
    assert [(each.step, each.holds) for each in command.checks("INC-1", runbook="shop")] == [
        ("look", True),
        ("restore", False),
        ("clean", True),
    ]
    with pytest.raises(RefusedError, match="a guard keeps step restore back: done"):
        command.carry_out("INC-1", runbook="shop", step="restore", by="ann", dry_run=False, confirm="shop")
    tried = command.carry_out("INC-1", runbook="shop", step="restore", by="ann", dry_run=True)
    assert (tried.dry_run, tried.status) == (True, "sent")
    command.tick("INC-1", runbook="shop", step="look", by="ann")
    with pytest.raises(RefusedError, match="type its name: shop"):
        command.carry_out("INC-1", runbook="shop", step="restore", by="ann", dry_run=False)
    done = command.carry_out("INC-1", runbook="shop", step="restore", by="ann", dry_run=False, confirm="shop")
    assert (done.action, done.status) == ("restore", "sent")
    ((_, run),) = command.runbooks("INC-1")
    assert run is not None
    assert [(step.step, step.status, step.text) for step in run.steps][-1] == ("restore", "done", "M2")


def test_a_guard_is_passed_over_for_a_reason_alone():
    plant, _ = led()
    command = plant.desk.command
    done = command.carry_out(
        "INC-1", runbook="shop", step="restore", by="ann", dry_run=False, confirm="shop", force="no time"
    )
    assert done.status == "sent"
    ((_, run),) = command.runbooks("INC-1")
    assert run is not None
    assert "does not hold: step look is not done: no time)" in run.steps[0].text
    with pytest.raises(RefusedError, match="names no action") as refused:
        command.carry_out("INC-1", runbook="shop", step="look", by="ann", dry_run=True)
    assert "aright runbook tick" in refused.value.fix
    with pytest.raises(RefusedError) as refused:
        command.carry_out("INC-1", runbook="shop", step="clean", by="ann", dry_run=True)
    assert "on your machine" in refused.value.fix


def test_what_cannot_be_published_or_drafted_is_refused():
    plant, _ = led()
    with pytest.raises(RefusedError, match="has no update 'U9'"):
        plant.desk.command.publish("INC-1", update="U9", by="ann")
    with pytest.raises(RefusedError, match="no audience 'press'"):
        plant.desk.command.draft("INC-1", audience="press", by="ann")


def test_the_status_page_says_what_was_published():
    plant, _ = led()
    command = plant.desk.command
    assert command.status_page().current == ()
    draft = command.draft("INC-1", audience="public", by="ann")
    command.publish("INC-1", update=draft.id, by="ann")
    (trouble,) = command.status_page().current
    assert (trouble.title, [update.text for update in trouble.updates]) == (
        "Trouble with For you",
        [draft.text],
    )


def test_people_rule_over_severity_and_sight_and_the_record_holds():
    plant, _ = led()
    command = plant.desk.command
    ruled = command.overrule("INC-1", level=3, by="ann", reason="a test")
    assert ruled.severity is not None
    assert ruled.severity.level == 3
    assert command.restrict("INC-1", to=("ann",), by="ann").restricted_to == ("ann",)
    assert list(command.verify("INC-1")) == []
