"""A replay speaks for the model or for its inputs, and against the other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.replays import SAYS, heard, replay_draft
from aright.core.model.evidence import CauseKind, Paired, Replayed


def hypothesis(kind: CauseKind, subject: str = "v2") -> Hypothesis:
    return Hypothesis(kind=kind, subject=subject, title="", gain=9.0, prior=0.0, seen=True, explained=0.8)


KNOWN = [
    hypothesis(CauseKind.MODEL_VERSION),
    hypothesis(CauseKind.FEATURE_SOURCE, "profiles"),
    hypothesis(CauseKind.OTHER_CHANGE, "deploy"),
]


def said(verdict: str) -> Replayed:
    return Replayed(verdict=verdict, previous="v1", version="v2", effects=(), text=f"it was {verdict}")


@pytest.mark.parametrize(
    ("verdict", "model", "data"),
    [("model", 1, -1), ("data", -1, 1), ("both", 1, 1), ("neither", -1, -1), ("unclear", 0, 0)],
)
def test_a_verdict_moves_the_hypotheses_that_it_is_about(verdict: str, model: int, data: int) -> None:
    version, source, deploy = heard(KNOWN, said(verdict))
    assert (version.prior, source.prior, deploy.prior) == (SAYS * model, SAYS * data, 0.0)
    assert (version.contrasted, source.contrasted) == (model > 0, data > 0)
    assert deploy == KNOWN[2]
    draft = replay_draft(said(verdict), KNOWN, start=1, end=2)
    assert ("model_version:v2" in draft.supports, "model_version:v2" in draft.opposes) == (
        model > 0,
        model < 0,
    )
    assert (draft.text, draft.weight) == (f"it was {verdict}", SAYS if 1 in {model, data} else 0.0)


def test_what_is_spoken_against_explains_less() -> None:
    version, source, _ = heard(KNOWN, said("data"))
    assert (version.explained, source.explained) == (0.4, 0.8)


def test_of_two_causes_each_explains_its_share_of_the_effects_at_least() -> None:
    effects = tuple(
        Paired(name=name, effect=effect, low=0.0, high=1.0, pairs=9)
        for name, effect in (("model", 0.3), ("inputs", 0.2))
    )
    hidden = replace(hypothesis(CauseKind.INPUTS, "firmware = 2"), explained=0.1, low=0.05)
    harmless = replace(hypothesis(CauseKind.INPUTS, "firmware = 3"), explained=0.0, low=0.0)
    weak = replace(KNOWN[0], explained=0.5)
    replayed = replace(said("both"), effects=effects)
    version, firmware, other = heard([weak, hidden, harmless], replayed)
    assert version.explained == pytest.approx(0.6)
    assert firmware.explained == pytest.approx(0.4)
    assert other.explained == 0.0
    alone = heard([weak, hidden], replace(said("data"), effects=effects))
    assert alone[1].explained == 0.1
    assert heard([hidden], said("both"))[0].explained == 0.1


def test_another_version_than_the_one_replayed_is_not_spoken_of() -> None:
    other = hypothesis(CauseKind.MODEL_VERSION, "v3")
    assert heard([other], said("model")) == [other]
    assert heard(KNOWN, None) == KNOWN


def test_the_datas_share_goes_to_the_data_hypothesis_that_comes_first_of_all() -> None:
    effects = tuple(
        Paired(name=name, effect=effect, low=0.0, high=1.0, pairs=9)
        for name, effect in (("model", 0.3), ("inputs", 0.2))
    )
    version = hypothesis(CauseKind.MODEL_VERSION)
    firmware = replace(hypothesis(CauseKind.INPUTS, "f = 2"), gain=90.0, explained=0.3)
    everywhere = replace(hypothesis(CauseKind.CONTRACT, "p"), gain=40.0, explained=1.0)
    found = heard([version, everywhere, firmware], replace(said("both"), effects=effects))
    assert [each.explained for each in found] == [0.8, 1.0, pytest.approx(0.4)]
