"""Ranking: hypotheses to causes with probabilities, and how sure the diagnosis is.

Each hypothesis points at rows: those without the input, those of the version, those of the part hit. Its
evidence is the log-likelihood that just these rows lost (``gain``, nats). The probabilities are a softmax of
``log prior + TEMPER · (gain − best gain) + SEEN · explained − IDLE · (1 − explained)``, where

- ``TEMPER`` = ½ coarsens the likelihood (Miller & Dunson 2019), since rows are not as independent, nor faults
  as clean, as the model has them; no shortfall counts for more than ``FLOOR`` nats;
- ``SEEN`` = 3 nats are for a state change that was seen in the very rows that lost, in the share that it
  explains: it would take a coincidence of one in twenty for it to be innocent; ``IDLE`` = 2 nats are off for
  one that was seen and that the loss does not go with;
- priors are those of ``PRIORS``. "Outside" has no rows of its own: it explains the part hit and pays for
  naming it.

Confirmed: at least 10 nats, probability ≥ .9, explains ≥ .7 of the loss (≥ .4 at the lower end), and rows
that it does not touch are well at the same time. Likely: probability ≥ .6 and explains ≥ .4. Everything
else, and every "outside", is inconclusive.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING, Final

from aright.core.model.evidence import Cause, CauseKind, Evidence, Reach, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.hypothesis import Draft, Hypothesis
    from aright.core.diagnose.scope import Finding

PRIORS: Final = {
    CauseKind.FEATURE_SOURCE: log(0.35),
    CauseKind.INPUTS: log(0.30),
    CauseKind.PIPELINE: log(0.30),
    CauseKind.MODEL_VERSION: log(0.30),
    CauseKind.CONTRACT: log(0.30),
    CauseKind.DEPENDENCY: log(0.20),
    CauseKind.TRAFFIC_MIX: log(0.10),
    CauseKind.OTHER_CHANGE: log(0.10),
    CauseKind.OUTSIDE: log(0.15),
}
TEMPER: Final = 0.5
FLOOR: Final = 10.0
SEEN: Final = 3.0
IDLE: Final = 2.0
CLEAR: Final = 3.0
"""Nats below which there is nothing to explain, and a share explained means nothing. What was spent on
choosing the rows comes on top, and the logarithm of how many hypotheses the best was chosen from."""

MOST: Final = 8
"""Causes named, of which "outside" is always one."""


def rank(
    hypotheses: Sequence[Hypothesis], drafts: Sequence[Draft], finding: Finding, *, searched: float = 0.0
) -> tuple[tuple[Cause, ...], tuple[Evidence, ...], Verdict]:
    """Return the causes by probability, the ledger of evidence that cites them, and the verdict.

    There are no causes where nothing is clear: the odds of who is to blame for chance would be made up.

    Args:
        hypotheses: at least one.
        drafts: findings that cite them.
        finding: who is hit.
        searched: nats that were spent on choosing the rows, as the search for an onset does.
    """
    bar = CLEAR + searched + log(len(hypotheses))
    if max(each.gain for each in hypotheses) < bar:
        return (), uncited(drafts), Verdict.INCONCLUSIVE
    causes, evidence = ledger(hypotheses, drafts, bar=bar)
    top = _ranked(hypotheses, bar)[0][1]
    return causes, evidence, verdict_of(top, causes[0].probability, finding, bar=bar)


def uncited(drafts: Sequence[Draft]) -> tuple[Evidence, ...]:
    """Return the evidence where no cause is named."""
    return tuple(_evidence(number, each, {}) for number, each in enumerate(drafts, start=1))


def ledger(
    hypotheses: Sequence[Hypothesis], drafts: Sequence[Draft], *, bar: float = CLEAR
) -> tuple[tuple[Cause, ...], tuple[Evidence, ...]]:
    """Return the causes by probability, and the evidence that cites them.

    Args:
        hypotheses: at least one.
        drafts: findings that cite them.
        bar: nats from which on there is something to explain.
    """
    kept = _ranked(hypotheses, bar)
    total = sum(exp(score - kept[0][0]) for score, _ in kept)
    numbered = {each.token: f"H{number}" for number, (_, each) in enumerate(kept, start=1)}
    findings = tuple(_evidence(number, each, numbered) for number, each in enumerate(drafts, start=1))
    causes = tuple(
        _cause(each, numbered[each.token], exp(score - kept[0][0]) / total, findings) for score, each in kept
    )
    return causes, findings


def _ranked(hypotheses: Sequence[Hypothesis], bar: float) -> list[tuple[float, Hypothesis]]:
    """Return the hypotheses that are named, with their scores, the best first."""
    scored = sorted(
        zip(scores(hypotheses, bar), hypotheses, strict=True), key=lambda each: (-each[0], each[1].token)
    )
    kept = [each for each in scored if each[1].kind is not CauseKind.OUTSIDE][: MOST - 1]
    kept += [each for each in scored if each[1].kind is CauseKind.OUTSIDE]
    return sorted(kept, key=lambda each: (-each[0], each[1].token))


def scores(hypotheses: Sequence[Hypothesis], bar: float = CLEAR) -> list[float]:
    """Return the log odds of each hypothesis beside the others, up to a constant (nats)."""
    best = max(each.gain for each in hypotheses)
    return [
        PRIORS[each.kind]
        + each.prior
        + max(TEMPER * (each.gain - best), -FLOOR)
        + (_coincidence(each.explained, clear=best >= bar) if each.seen else 0.0)
        for each in hypotheses
    ]


def _coincidence(explained: float, *, clear: bool) -> float:
    """Return the nats for a state change that was seen; without a clear loss it explains nothing."""
    share = explained if clear else 0.0
    return SEEN * share - IDLE * (1.0 - share)


def verdict_of(top: Hypothesis, probability: float, finding: Finding, *, bar: float = CLEAR) -> Verdict:
    """Return how sure a diagnosis is whose likeliest cause is ``top``."""
    if top.kind is CauseKind.OUTSIDE or top.gain < bar or probability < 0.6 or top.explained < 0.4:
        return Verdict.INCONCLUSIVE
    proven = top.gain >= 10.0 and probability >= 0.9 and top.explained >= 0.7 and top.low >= 0.4
    if proven and top.contrasted and finding.reach is not Reach.UNCLEAR:
        return Verdict.CONFIRMED
    return Verdict.LIKELY


def verdict_alone(top: Cause, service: str) -> Verdict:
    """Return how sure a diagnosis is where no rows show a loss: what was seen is likely at best.

    That it began at the incident's own ``service`` is a place, and no cause yet.
    """
    own = top.kind is CauseKind.DEPENDENCY and top.service == service
    if top.kind is CauseKind.OUTSIDE or own or top.probability < 0.6:
        return Verdict.INCONCLUSIVE
    return Verdict.LIKELY


def _evidence(number: int, draft: Draft, numbered: dict[str, str]) -> Evidence:
    return Evidence(
        id=f"E{number}",
        step=draft.step,
        text=draft.text,
        supports=tuple(numbered[each] for each in draft.supports if each in numbered),
        opposes=tuple(numbered[each] for each in draft.opposes if each in numbered),
        weight=draft.weight,
        start=draft.start,
        end=draft.end,
        query=draft.query,
        before=draft.before,
        now=draft.now,
        rows=draft.rows,
        service=draft.service,
        curves=draft.curves,
    )


def _cause(hypothesis: Hypothesis, name: str, probability: float, ledger: Sequence[Evidence]) -> Cause:
    return Cause(
        id=name,
        kind=hypothesis.kind,
        subject=hypothesis.subject,
        title=hypothesis.title,
        probability=probability,
        explained=hypothesis.explained,
        remedy=hypothesis.remedy,
        mode=hypothesis.mode,
        onset=hypothesis.onset,
        features=hypothesis.features,
        previous=hypothesis.previous,
        service=hypothesis.service,
        evidence_for=tuple(each.id for each in ledger if name in each.supports),
        evidence_against=tuple(each.id for each in ledger if name in each.opposes),
    )
