"""What was taken back did not put it right."""

from __future__ import annotations

from aright.core.incident import Acknowledged, Diagnosed, Recurred, Resolved, apply
from aright.core.incident.dues import update_key
from aright.core.incident.effects import Record, Schedule
from aright.core.learn import write_post_mortem
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from tests.unit.core.incident.making import START, attempt, cause, declared, diagnosis, in_place


def test_a_verified_mitigation_that_was_taken_back_put_nothing_right():
    stood = in_place(mitigations=(attempt("verified"),), mitigated_at=START + MINUTE)
    back = in_place(
        mitigations=(attempt("verified"), attempt("undone", key="M2")),
        mitigated_at=0,
        resolved_at=START + 9 * MINUTE,
    )
    for incident, worked in ((stood, True), (back, False)):
        draft = write_post_mortem(incident, (), (), Service(key="shop"), START + 10 * MINUTE)
        assert ("put it right" in draft.summary) is worked
        assert any("was verified" in each for each in draft.went_well) is worked


def test_resolving_after_it_was_taken_back_says_that_nothing_is_verified():
    back = in_place(mitigations=(attempt("verified"), attempt("undone", key="M2")), mitigated_at=0)
    (line, *_) = apply(back, Resolved(at=START + MINUTE, by="ann", text="")).effects
    assert isinstance(line, Record)
    assert line.text == "resolved without a mitigation that was verified"


def test_taking_it_on_is_told_at_once():
    step = apply(declared(), Acknowledged(at=START + 5, by="ann"))
    (told,) = [effect.due for effect in step.effects if isinstance(effect, Schedule)]
    assert (told.key, told.due_at) == (update_key("INC-1"), START + 5)


def test_what_came_back_says_so_in_its_title():
    step = apply(declared(), Recurred(at=START + 5, guard="G-INC-0-1", earlier="INC-0", text="it fired"))
    assert step.incident.title.endswith(" – as in INC-0")
    found = diagnosis(cause())
    told = apply(step.incident, Diagnosed(at=START + 9, diagnosis=found, again_at=0)).incident
    assert told.title.endswith(" – as in INC-0")
    assert cause().title in told.title
