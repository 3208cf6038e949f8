"""What a look at a shadow comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from aright.core.incident.words import signal_in_words
from aright.core.mitigate.shadow.differing import DISAGREEMENT
from aright.core.model.probability import percent
from aright.core.model.release import Call, Judged, Look
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE
from aright.core.stats.log_rank import log_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.mitigate.canary.parts import Parts
    from aright.core.mitigate.shadow.differing import Differing
    from aright.core.mitigate.shadow.track import FloatArray, Track
    from aright.core.model.release import Policy
    from aright.core.model.times import Micros

_MOST_RATIO: Final = 1e6
_STRANGE: Final = 0.01
"""Share of the copies that another version may have answered, such as one that is being put away."""


@dataclass
class Seen:
    """What came, all together and since the last look.

    Attributes:
        pairs: pairs that were compared.
        new_pairs: since the last look.
        shown: answers that were shown, since then.
        copies: answers to copies, since then.
        strange: of these, by a version that is not on trial.
    """

    pairs: int = 0
    new_pairs: int = 0
    shown: int = 0
    copies: int = 0
    strange: int = 0

    def end(self) -> None:
        """Begin to count for the next look."""
        self.new_pairs = self.shown = self.copies = self.strange = 0


class When(NamedTuple):
    """When a look is, and of what.

    Attributes:
        at: now (µs, UTC).
        since: when the shadow began (µs, UTC).
        share: what the candidate serves.
    """

    at: Micros
    since: Micros
    share: float


def decide(
    policy: Policy, seen: Seen, parts: Parts, tracks: Sequence[Track], differing: Differing, *, when: When
) -> Look:
    """Return the look: harm comes before everything, and a hold before going on."""
    judged = _judged(policy, parts, tracks, differing)
    bound = -np.log(policy.alpha)
    harm = _family(parts, _harms(policy, tracks, differing, "roll_back"))
    shifted = _family(parts, _harms(policy, tracks, differing, "hold"))
    told = _differ(differing)

    def look(call: Call, reason: str, hold: str = "") -> Look:
        at, _, share = when
        return Look(at=at, stage="shadow", share=share, call=call, reason=reason, hold=hold, judged=judged)

    if harm >= bound:
        return look(Call.ROLL_BACK, _worst(policy, judged, "roll_back", harm))
    if seen.strange > _STRANGE * max(seen.copies, 1):
        return look(
            Call.HOLD,
            f"{seen.strange:,} of {seen.copies:,} copies were answered by a version that is not on trial.",
            "wrong_version",
        )
    if not seen.pairs:
        return look(Call.HOLD, _nothing(seen, when), "no_data")
    if shifted >= bound:
        return look(Call.HOLD, _worst(policy, judged, "hold", shifted), "shifted")
    if seen.pairs < policy.shadow_pairs:
        return look(
            Call.HOLD,
            f"{seen.pairs:,} of {policy.shadow_pairs:,} pairs were compared; no harm is seen so far.{told}",
            "inconclusive",
        )
    return look(Call.GO, f"{seen.pairs:,} pairs were compared, and none of it says that it is worse.{told}")


def _nothing(seen: Seen, when: When) -> str:
    if not seen.copies:
        minutes = (when.at - when.since) // MINUTE
        return f"No answer to a copy came in {minutes:,} min: it is given none, or does not report it."
    return (
        f"{seen.copies:,} answers to copies came, and for none the answer that was shown: "
        "give them its id as pair."
    )


def _differ(differing: Differing) -> str:
    if not differing.compared:
        return ""
    return f" The versions' answers differ by {percent(differing.share)}."


def _acts(policy: Policy, name: str) -> str:
    return next((metric.on_harm for metric in policy.metrics if metric.name == name), "")


def _harms(policy: Policy, tracks: Sequence[Track], differing: Differing, acts: str) -> list[FloatArray]:
    """Return log e of the bets that there is harm, of each way in which such a metric may be worse."""
    found = [bets.harm() for track in tracks if track.metric.on_harm == acts for bets in track.bets]
    if _acts(policy, DISAGREEMENT) == acts:
        found.append(differing.bets.harm())
    return found


def _family(parts: Parts, harms: Sequence[FloatArray]) -> float:
    """Return log e against "none of them is worse in any part": a weighted mean, under any dependence."""
    if not harms:
        return 0.0
    weights = np.tile(parts.weights() / len(harms), len(harms))
    return float(log_mean(np.concatenate(harms)[:, None], weights[:, None])[0])


def _worst(policy: Policy, judged: Sequence[Judged], acts: str, harm: float) -> str:
    found = next(each for each in judged if _acts(policy, each.metric) == acts)
    part = "" if found.segment == ALL else f" where {found.segment}"
    stable, candidate = (percent(lost / n) for lost, n in zip(found.failed, found.units, strict=True))
    return (
        f"{signal_in_words(found.metric)}{part}: the candidate lost {candidate}, the stable version "
        f"{stable} on the same {found.units[0]:,} requests; odds of {_odds(harm)} to 1 against chance."
    )


def _odds(log_e: float) -> str:
    return f"{np.exp(min(log_e, 20.0)):,.0f}"


def _judged(
    policy: Policy, parts: Parts, tracks: Sequence[Track], differing: Differing
) -> tuple[Judged, ...]:
    segments = parts.segments()
    found: list[Judged] = []
    each = [(track.metric.name, track.margin, bets) for track in tracks for bets in track.bets]
    each.append((DISAGREEMENT, 0.0, differing.bets))
    for name, margin, bets in each:
        harm = bets.harm()
        fit = bets.fit(margin) if margin > 0 else np.zeros(len(harm))
        low, high = bets.interval(alpha=policy.alpha, beta=policy.beta)
        found += [
            Judged(
                metric=name,
                segment=segments[at],
                units=(int(bets.pairs[at]),) * 2,
                failed=(float(bets.lost[0, at]), float(bets.lost[1, at])),
                harm=float(harm[at]),
                fit=float(fit[at]),
                margin=margin,
                low=float(low[at]),
                high=float(min(high[at], _MOST_RATIO)),
            )
            for at in range(len(harm))
            if bets.pairs[at]
        ]
    return tuple(sorted(found, key=lambda judgement: -judgement.harm))
