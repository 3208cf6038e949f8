"""Carrying out an action: what is committed before and after, and what a process that ended leaves behind."""

from __future__ import annotations

import pytest

from aright.core.incident.chain import verify_chain
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach, Scope, Verdict
from aright.core.model.incident import Incident, Mitigation, State
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.resuming import resume
from tests.unit.engine.failing_shop import SERVICE, START, STEP, Plant, hurt
from tests.unit.engine.releasing_cards import Cards


class CrashError(BaseException):
    """The process is gone."""


MODEL = Cause(
    id="H1",
    kind=CauseKind.MODEL_VERSION,
    subject="9",
    previous="8",
    title="9 is worse than 8",
    probability=0.97,
    remedy="roll_back_model",
)


def crash() -> None:
    raise CrashError


def plant() -> Plant:
    made = Plant()
    made.desk.register(SERVICE)
    hurt(made)
    return made


def mitigate(made: Plant, *, dry_run: bool = False, confirm: str = "shop") -> Mitigation:
    return made.desk.mitigate("INC-1", by="ada", action="", dry_run=dry_run, confirm=confirm)


def undo(made: Plant, mitigation: str = "M1") -> Mitigation:
    return made.desk.undo("INC-1", by="ada", mitigation=mitigation, confirm="shop")


def attempts(made: Plant) -> list[tuple[str, str]]:
    return [(attempt.id, attempt.status) for attempt in made.desk.incident("INC-1").mitigations]


def last_line(made: Plant, kind: str = "mitigation") -> str:
    return [event.text for event in made.desk.timeline("INC-1") if event.kind == kind][-1]


def test_the_plan_is_committed_before_the_service_is_asked() -> None:
    made = plant()
    seen: list[list[tuple[str, str]]] = []
    made.hands.before_answer = lambda: seen.append(attempts(made))
    done = mitigate(made)
    assert seen == [[("M1", "planned")]]
    assert (done.status, done.answer) == ("sent", "done")
    assert done.parameters == {
        "source": "profiles",
        "segment_attribute": "region",
        "segment_value": "north",
    }
    assert made.desk.incident("INC-1").state is State.MONITORING


def test_a_dry_run_needs_no_name_and_changes_nothing() -> None:
    made = plant()
    assert mitigate(made, dry_run=True, confirm="").status == "sent"
    assert made.hands.orders[0][1]
    assert made.desk.incident("INC-1").state is State.DECLARED
    with pytest.raises(RefusedError, match="nothing to take back"):
        undo(made)


def test_without_the_services_name_nothing_is_done() -> None:
    made = plant()
    with pytest.raises(RefusedError, match="type its name: shop"):
        mitigate(made, confirm="shopp")
    with pytest.raises(RefusedError, match="does not offer 'reboot'"):
        made.desk.mitigate("INC-1", by="ada", action="reboot", dry_run=False, confirm="shop")
    with pytest.raises(UnknownError, match="no incident 'INC-9'"):
        made.desk.mitigate("INC-9", by="ada", action="", dry_run=False, confirm="shop")
    assert made.hands.orders == []
    assert attempts(made) == []


def test_what_the_service_refuses_is_told_and_may_be_tried_again_or_taken_back() -> None:
    made = plant()
    made.hands.broken = "shop.example gave no answer: it may have been carried out"
    assert mitigate(made).status == "failed"
    assert "may have been carried out" in last_line(made)
    made.hands.broken = ""
    assert undo(made).status == "undone"
    assert mitigate(made).id == "M2"
    assert attempts(made) == [("M1", "undone"), ("M2", "sent")]
    assert len({key for key, _ in made.hands.orders}) == 3


def test_two_at_once_get_names_of_their_own() -> None:
    made = plant()

    def once_more() -> None:
        made.hands.before_answer = lambda: None
        mitigate(made)

    made.hands.before_answer = once_more
    mitigate(made)
    assert attempts(made) == [("M1", "sent"), ("M2", "sent")]
    assert len({key for key, _ in made.hands.orders}) == 2


def test_what_cannot_be_taken_back_says_why() -> None:
    made = plant()
    with pytest.raises(UnknownError, match="no mitigation 'M1'"):
        undo(made)
    mitigate(made)
    with pytest.raises(RefusedError, match="type its name"):
        made.desk.undo("INC-1", by="ada", mitigation="M1", confirm="")
    made.hands.broken = "shop.example answered 500"
    with pytest.raises(RefusedError, match="answered 500"):
        undo(made)
    made.desk.register(type(SERVICE)(key="shop"))
    with pytest.raises(RefusedError, match="no longer offers 'restore'"):
        undo(made)
    assert attempts(made) == [("M1", "sent")]


# A process that ends between the plan and the answer


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_attempt_whose_answer_is_lost_is_settled_at_the_next_start(dry_run: bool) -> None:
    made = plant()
    made.hands.before_answer = crash
    with pytest.raises(CrashError):
        mitigate(made, dry_run=dry_run)
    assert attempts(made) == [("M1", "planned")]

    made.start()
    assert attempts(made) == [("M1", "failed")]
    told = last_line(made)
    if dry_run:
        assert told.endswith("aright ended before the service answered the dry run: try it out again")
    else:
        assert "it may have been carried out or not" in told
        assert told.endswith("Look at the service; then take M1 back, or mitigate INC-1 again")
    assert made.desk.incident("INC-1").state is not State.MITIGATING, "nothing is under way any more"
    lines = made.desk.timeline("INC-1")
    assert verify_chain(lines)
    made.start()
    assert made.desk.timeline("INC-1") == lines, "settled once"

    made.hands.before_answer = lambda: None
    assert mitigate(made).id == "M2"


def test_an_answer_that_comes_after_the_end_is_still_told() -> None:
    made = plant()

    def resolve() -> None:
        made.desk.resolve("INC-1", by="ada", confirm="shop")

    made.hands.before_answer = resolve
    assert mitigate(made).status == "sent"
    assert last_line(made) == "M1 “Serve the last good snapshot” was carried out: done"
    assert made.desk.incident("INC-1").state is State.RESOLVED


def test_an_attempt_left_in_a_filed_incident_is_left_there() -> None:
    made = plant()
    made.hands.before_answer = crash
    with pytest.raises(CrashError):
        mitigate(made)
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    made.desk.review("INC-1", by="ada")
    made.desk.close_incident("INC-1", by="ada")
    made.start()
    assert attempts(made) == [("M1", "planned")]


# Pages that could not leave


def test_a_pager_that_is_set_up_later_is_used_for_what_is_open_and_nobodys() -> None:
    made = Plant(channels={})
    made.desk.register(SERVICE)
    hurt(made)
    assert made.desk.messages("INC-1") == []
    assert last_line(made, "page_failed").startswith("Nobody is paged: no pager is set up")
    made.start()
    made.runtime.advance(made.clock.now() + STEP)
    assert [event.kind for event in made.desk.timeline("INC-1")].count("page_failed") == 1

    made.channels = None
    made.start()
    made.runtime.advance(made.clock.now() + STEP)
    assert [action for _, action in made.pager.seen] == ["trigger"]
    made.start()
    made.runtime.advance(made.clock.now() + STEP)
    assert len(made.pager.seen) == 1
    assert last_line(made, "paged") == "The people on call were paged through pagerduty"


def test_what_somebody_has_taken_on_or_is_over_is_not_paged_late() -> None:
    made = Plant(channels={})
    made.desk.register(SERVICE)
    hurt(made, "INC-1")
    made.desk.acknowledge("INC-1", by="ada")
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    hurt(made, "INC-2")
    made.desk.acknowledge("INC-2", by="ada")
    made.channels = None
    made.start()
    resume(made.world)
    assert made.desk.messages("INC-1") == made.desk.messages("INC-2") == []


def test_who_was_paged_is_told_the_end_once_the_pager_is_back() -> None:
    made = plant()
    made.runtime.send()
    made.channels = {}
    made.start()
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    assert [action for _, action in made.pager.seen] == ["trigger"]
    made.channels = None
    made.start()
    made.runtime.advance(made.clock.now() + STEP)
    assert [action for _, action in made.pager.seen] == ["trigger", "resolve"]


def cards_with_a_bad_version() -> Cards:
    made = Cards()
    made.names.aliases["champion"] = "9"
    scope = Scope(reach=Reach.GLOBAL, sentence="all are hit")
    found = Diagnosis(
        key="INC-1", at=START, verdict=Verdict.CONFIRMED, summary="", scope=scope, causes=(MODEL,),
        reference=(START, START), current=(START, START), evidence=(),
    )  # fmt: skip
    opened = Incident(
        key="INC-1",
        service="cards",
        state=State.TRIAGED,
        title="",
        opened_at=START,
        began_at=START,
        diagnosis=found,
    )
    with made.state.transaction() as tx:
        tx.put(opened)
    return made


def test_a_service_with_a_registry_goes_back_by_its_alias() -> None:
    made = cards_with_a_bad_version()
    tried = made.desk.mitigate("INC-1", by="ada", action="", dry_run=True, confirm="")
    assert tried.answer == "champion of cards would move from 9 to 8"
    assert made.names.moves == []
    done = made.desk.mitigate("INC-1", by="ada", action="", dry_run=False, confirm="cards")
    assert (done.status, made.names.aliases["champion"]) == ("sent", "8")
    made.names.aliases["champion"] = "10"
    with pytest.raises(RefusedError, match="was moved on since and stands for 10"):
        made.desk.undo("INC-1", by="ada", mitigation=done.id, confirm="cards")
    made.names.aliases["champion"] = "8"
    taken = made.desk.undo("INC-1", by="ada", mitigation=done.id, confirm="cards")
    assert (taken.status, made.names.aliases["champion"]) == ("undone", "9")
    made.names.broken = "the registry does not answer"
    failed = made.desk.mitigate("INC-1", by="ada", action="", dry_run=False, confirm="cards")
    assert (failed.status, failed.answer) == ("failed", "the registry does not answer")


def test_without_its_registry_an_alias_cannot_be_moved() -> None:
    made = cards_with_a_bad_version()
    object.__setattr__(made.world, "aliases", None)
    failed = made.desk.mitigate("INC-1", by="ada", action="alias", dry_run=False, confirm="cards")
    assert "names no registry" in failed.answer
