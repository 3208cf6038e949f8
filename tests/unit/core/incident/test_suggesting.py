"""Tracks that a diagnosis suggests."""

from __future__ import annotations

import pytest

from aright.core.incident import TrackOpened, apply
from aright.core.incident.suggesting import suggest
from aright.core.model.evidence import CauseKind, Verdict
from tests.unit.core.incident.making import START, cause, declared, diagnosis, in_place


def test_the_likeliest_causes_are_offered_until_somebody_follows_them():
    causes = (
        cause(title="the source went empty", probability=0.6),
        cause(CauseKind.MODEL_VERSION, title="version 7 is worse", subject="7", probability=0.3),
        cause(CauseKind.OUTSIDE, title="outside", probability=0.01),
    )
    found = in_place(diagnosis=diagnosis(*causes, verdict=Verdict.LIKELY))
    first, second = suggest(found)
    assert (first.hypothesis, first.cause) == ("the source went empty", "H1")
    assert first.next_check == "look at the job and the store that fill profiles, from the onset on"
    assert second.because == "the diagnosis holds it to be 30\u202f% likely"
    followed = apply(found, TrackOpened(at=START, hypothesis=first.hypothesis, by="ann")).incident
    assert suggest(followed) == (second,)


def test_nothing_is_offered_before_a_diagnosis_or_after_proof():
    assert suggest(declared()) == ()
    assert suggest(in_place(diagnosis=diagnosis())) == ()


@pytest.mark.parametrize("kind", CauseKind)
def test_every_kind_of_cause_has_a_first_check(kind):
    (only,) = suggest(in_place(diagnosis=diagnosis(cause(kind), verdict=Verdict.INCONCLUSIVE)))
    assert only.next_check
    assert "{" not in only.next_check
