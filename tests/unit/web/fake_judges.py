"""A judge that says what it was told to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.release import Call, Judged, Look
from aright.engine.operations import RefusedError

if TYPE_CHECKING:
    from aright.engine.judge_operations import Question

WORSE = Judged(
    metric="error_share", units=(900, 100), failed=(9.0, 12.0), harm=5.0, fit=-2.0, margin=1.5, low=1.1
)


class FakeJudges:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.call = Call.HOLD

    def judge(self, question: Question) -> Look:
        self.asked.append(question)
        if question.service == "none":
            raise RefusedError("no release of none is under way", "Begin one.")
        hold = "inconclusive" if self.call is Call.HOLD else ""
        return Look(
            at=1,
            stage="canary",
            share=0.05,
            call=self.call,
            reason="It is so.",
            hold=hold,
            judged=(WORSE,),
        )
