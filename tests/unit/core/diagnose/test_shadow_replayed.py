"""From stored answers to a verdict in words, with the truth and without it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aright.core.diagnose.shadow.answers import apart, is_answer, loss_of, scale_of, unsureness
from aright.core.diagnose.shadow.replayed import Rows, replayed
from aright.core.diagnose.shadow.telling import _said
from aright.core.model.evidence import Paired
from aright.core.model.replay import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.shadow.answers import Truth
    from aright.core.diagnose.shadow.pool import Ints
    from aright.core.model.evidence import Replayed

NONE = Output()
FAILED = Output(label="cat", error="no image")


@pytest.mark.parametrize(
    ("answer", "truth", "loss"),
    [
        (Output(label="cat"), "cat", 0.0),
        (Output(label="1"), 1.0, 0.0),
        (Output(label="1.5"), 1.5, 0.0),
        (Output(score=0.9), "yes", 0.01),
        (Output(score=0.9), 0.0, 0.81),
        (Output(score=0.9), 0.5, math.nan),
        (Output(score=0.9), "cat", math.nan),
        (Output(number=12.0), 10.0, 0.5),
        (Output(number=12.0), "11", 0.25),
        (Output(number=99.0), 10.0, 1.0),
        (Output(number=1.0), "cat", math.nan),
        (Output(items=("a", "b", "c")), "c", 2 / 3),
        (Output(items=("a",)), "c", 1.0),
        (Output(text="the cat sat"), "the cat", 0.2),
        (Output(text=""), "the cat", 1.0),
        (Output(text=""), "", 0.0),
        (NONE, "cat", math.nan),
        (FAILED, "cat", math.nan),
    ],
)
def test_losses(answer: Output, truth: Truth, loss: float) -> None:
    assert loss_of(answer, truth, 4.0) == pytest.approx(loss, nan_ok=True)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        (Output(label="cat"), Output(label="cat"), 0.0),
        (Output(label="cat"), Output(label="dog"), 1.0),
        (Output(label="cat"), Output(text="cat"), 1.0),
        (Output(score=0.5), Output(score=0.75), 0.25),
        (Output(number=1.0), Output(number=2.0), 0.25),
        (Output(items=()), Output(items=()), 0.0),
        (Output(items=("a",)), Output(items=("b",)), 1.0),
        (Output(text="a b"), Output(text="b a"), 0.0),
        (Output(text="a b"), Output(score=0.5), 1.0),
        (NONE, NONE, math.nan),
        (FAILED, Output(label="cat"), math.nan),
    ],
)
def test_distances(one: Output, other: Output, distance: float) -> None:
    assert apart(one, other, 4.0) == pytest.approx(distance, nan_ok=True)
    assert apart(other, one, 4.0) == pytest.approx(distance, nan_ok=True)


def test_doubts_and_scales() -> None:
    assert unsureness(Output(label="a", confidence=0.9)) == pytest.approx(0.1)
    assert unsureness(Output(score=0.5)) == 1.0
    assert math.isnan(unsureness(Output(label="a")))
    assert math.isnan(unsureness(Output(label="a", confidence=0.9, error="e")))
    assert is_answer(Output(items=()))
    assert not is_answer(NONE)
    numbers = [Output(number=1.0), Output(number=3.0)]
    assert scale_of(numbers, [None, 2.0]) == 10.0
    assert scale_of(numbers, [None, None]) == 10.0
    assert scale_of(numbers, ["x", "x"]) == 1.0
    assert scale_of([Output(label="a")], ["a"]) == 1.0


@dataclass
class Versions:
    """Two versions of a classifier of three labels, and inputs that may be spoilt.

    Attributes:
        wrong: how often the old and the new version are wrong.
        spoilt: how much oftener both are on inputs of now.
        sure: confidence where they are right, and where they are wrong.
        noise: how often a version answers at random.
        truth_of: which sides' truth is known.
    """

    wrong: tuple[float, float] = (0.1, 0.1)
    spoilt: float = 0.0
    sure: tuple[float, float] | None = (0.95, 0.6)
    noise: float = 0.0
    truth_of: tuple[bool, bool] = (True, True)
    rows: int = 3_000
    names: tuple[str, str] = ("6", "7")

    def replayed(self) -> Replayed:
        rng = np.random.default_rng(1)
        self.rng = np.random.default_rng(2)
        self.truth = rng.integers(3, size=(2, self.rows))
        self.luck = rng.random((2, self.rows))
        sides = [
            Rows(
                np.arange(self.rows) + side * self.rows,
                self.answers(np.arange(self.rows), side, new=bool(side)),
                [str(each) if self.truth_of[side] else None for each in self.truth[side]],
            )
            for side in (0, 1)
        ]
        return replayed(sides[0], sides[1], self.ask, versions=self.names, rng=np.random.default_rng(3))

    def ask(self, rows: Ints, *, current: bool) -> tuple[Sequence[Output], Sequence[Output]]:
        return self.answers(rows, int(current), new=False), self.answers(rows, int(current), new=True)

    def answers(self, rows: Ints, side: int, *, new: bool) -> list[Output]:
        share = self.wrong[new] + self.spoilt * side
        found = []
        for luck, truth in zip(self.luck[side][rows], self.truth[side][rows], strict=True):
            if self.rng.random() < self.noise:
                found.append(Output(label=str(self.rng.integers(3)), confidence=0.5))
                continue
            right = bool(luck >= share)
            sure = None if self.sure is None else self.sure[not right]
            found.append(Output(label=str(truth if right else (truth + 1) % 3), confidence=sure))
        return found


def test_with_the_truth_it_is_said_in_one_sentence_and_two_numbers() -> None:
    found = Versions(spoilt=0.3).replayed()

    assert (found.verdict, found.previous, found.version) == ("data", "6", "7")
    assert [each.name for each in found.effects] == ["model", "inputs"]
    model, inputs = found.effects
    assert inputs.low < 0.3 < inputs.high
    assert model.low <= 0.0 <= model.high
    assert "say data, not model" in found.text
    assert "Version 7 costs" in found.text


def test_each_fault_has_its_words() -> None:
    assert "say model, not data" in Versions(wrong=(0.1, 0.4)).replayed().text
    assert "say both model and data" in Versions(wrong=(0.1, 0.4), spoilt=0.3).replayed().text
    assert "say neither model nor data" in Versions().replayed().text


def test_few_inputs_are_told_as_few() -> None:
    found = Versions(wrong=(0.1, 0.2), rows=40).replayed()

    assert found.verdict == "unclear"
    assert "do not tell data from model: the inputs replayed are too few" in found.text
    assert len(found.effects) == 2


def test_without_truth_versions_that_answer_alike_are_acquitted() -> None:
    found = Versions(spoilt=0.3, truth_of=(False, False)).replayed()

    assert found.verdict == "data"
    assert "Both versions answer alike, so version 7 is not the cause" in found.text
    assert "answers that are sure and wrong do not show" in found.text
    assert [each.name for each in found.effects] == ["disagreement"]


def test_without_truth_a_version_that_is_less_sure_is_suspect() -> None:
    found = Versions(wrong=(0.1, 0.4), truth_of=(False, False)).replayed()

    assert found.verdict == "model"
    assert "which of them is right is not known" in found.text


def test_without_any_doubt_told_nothing_is_concluded_from_a_difference() -> None:
    found = Versions(wrong=(0.1, 0.4), sure=None, truth_of=(False, False)).replayed()

    assert found.verdict == "unclear"
    assert found.effects[0].low > 0.2


def test_the_truth_of_the_reference_alone_judges_the_model() -> None:
    guilty = Versions(wrong=(0.1, 0.4), sure=None, truth_of=(True, False)).replayed()
    innocent = Versions(spoilt=0.3, truth_of=(True, False)).replayed()

    assert guilty.verdict == "model"
    assert "whose truth is known, version 7 costs 29" in guilty.text
    assert "point to the model" in guilty.text
    assert innocent.verdict == "data"


def test_a_versions_own_noise_is_no_difference() -> None:
    found = Versions(noise=0.2, truth_of=(False, False)).replayed()
    disagreement = next(each for each in found.effects if each.name == "disagreement")

    assert found.verdict == "unclear"
    assert abs(disagreement.effect) < 0.04
    assert disagreement.low <= 0.0


def test_nothing_answered_is_nothing_seen() -> None:
    class Silent(Versions):
        def ask(self, rows: Ints, *, current: bool) -> tuple[Sequence[Output], Sequence[Output]]:
            return [], []

    found = Silent(truth_of=(False, False), rows=100, names=("a\nb", "7")).replayed()

    assert (found.verdict, found.effects) == ("unclear", ())
    assert "a?b" in found.text


def test_a_version_that_fails_on_the_inputs_of_now_alone_can_be_gone_back_from() -> None:
    class Corner(Versions):
        def answers(self, rows: Ints, side: int, *, new: bool) -> list[Output]:
            self.wrong = (0.05, 0.45 if side else 0.05)
            return super().answers(rows, side, new=new)

    found = Corner().replayed()

    assert found.verdict == "data"
    assert "going back to it helps" in found.text


def test_a_version_worse_on_old_inputs_alone_is_told_as_such() -> None:
    class Odd(Versions):
        def answers(self, rows: Ints, side: int, *, new: bool) -> list[Output]:
            self.wrong = (0.3, 0.3) if side else (0.05, 0.3)
            return super().answers(rows, side, new=new)

    assert "On inputs of before version 7 costs more" in Odd().replayed().text


def test_too_few_stored_inputs_say_so() -> None:
    from aright.core.diagnose.shadow.telling import told  # noqa: PLC0415
    from aright.core.diagnose.shadow.weighing import Weighed  # noqa: PLC0415

    found = told(Weighed("unclear", lacking="only 3 inputs of now are stored with their truth"), "6", "7")

    assert found.text == (
        "Stored inputs say neither data nor model yet: only 3 inputs of now are stored with their truth."
    )


@pytest.mark.parametrize(
    ("high", "data", "model"),
    [
        (0.03, "say data, not model", "say model, not data"),
        (
            0.11,
            "say data; the model may still add up to 11 points",
            "say model; the data may still add up to 11 points",
        ),
    ],
)
def test_an_interval_that_is_wide_is_said_with_the_verdict(high: float, data: str, model: str) -> None:
    small = Paired(name="small", effect=0.002, low=-0.03, high=high, pairs=96)
    large = Paired(name="large", effect=0.16, low=0.08, high=0.27, pairs=96)
    assert _said("data", small, large) == data
    assert _said("model", large, small) == model
    assert _said("both", small, large) == "say both model and data"
