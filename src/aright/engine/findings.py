"""An investigation in words: the finding in a few sentences, and what to look at next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.evidence import CauseKind, Reach

if TYPE_CHECKING:
    from aright.core.model.investigation import Investigation, Quality


def summary(report: Investigation) -> str:
    """Return the finding in a few sentences."""
    sentences = [_moved(report), _quality(report)]
    if report.scope is not None:
        sentences.append(report.scope.sentence)
    return " ".join(sentence for sentence in sentences if sentence)


def next_steps(report: Investigation) -> tuple[str, ...]:
    """Return what to look at next, the most useful first."""
    steps: list[str] = []
    fallen = [one for one in report.quality if worse(one) and one.p_value <= report.alpha]
    blamed = [
        cause for cause in report.causes if cause.kind is CauseKind.FEATURE_SOURCE and cause.probability > 0.2
    ]
    steps += [
        f"Look at {cause.subject}: {cause.title[0].lower()}{cause.title[1:]} "
        f"({cause.explained:.0%} of the loss goes with it)."
        for cause in blamed[:2]
    ]
    if report.scope is not None and report.scope.reach is Reach.SEGMENT:
        steps.append(f"Look at the rows where {report.scope.filter}.")
    if fallen and not blamed:
        steps.append(
            "No column that moved goes with the loss: the concept may have changed. Look at the labels."
        )
    if any(one.estimated for one in report.quality):
        steps.append("Quality is estimated from the scores: give --labels as soon as there are some.")
    if not report.quality:
        steps.append(
            "Quality is not known: name --prediction and --label, or give --labels, to see what is lost."
        )
    kind = next((one for one in report.moved if one.test == "kind"), None)
    if kind is not None:
        steps.append(f"{kind.column} is of another type now: look at how it is written.")
    empty = next((one for one in report.moved if one.test == "nulls" and one.size != "negligible"), None)
    if empty is not None:
        steps.append(
            f"{empty.column} is missing more or less often ({empty.before} → {empty.now}): ask its source."
        )
    large = [one.column for one in report.moved if one.size in {"medium", "large"} and one.role == "feature"]
    if large and not blamed:
        steps.append(f"Ask where {', '.join(large[:3])} come from: they moved most.")
    if not steps:
        steps.append("Nothing needs looking at." if not report.found else "Watch the columns that moved.")
    return tuple(steps)


def worse(quality: Quality) -> bool:
    """Return whether a measure is on its bad side of where it was."""
    return quality.now < quality.before if quality.better == "up" else quality.now > quality.before


def _moved(report: Investigation) -> str:
    looked = len(report.looked_at)
    real = [one for one in report.moved if one.size != "negligible"]
    slight = len(report.moved) - len(real)
    also = f"; {slight} more moved by a negligible amount" if slight else ""
    if not real:
        return f"Nothing of {looked} columns moved{' noticeably' if slight else ''}{also}."
    named = ", ".join(f"{one.column} ({one.size})" for one in real[:4])
    more = f" and {len(real) - 4} more" if len(real) > 4 else ""
    return f"{len(real)} of {looked} columns moved: {named}{more}{also}."


def _quality(report: Investigation) -> str:
    if not report.quality:
        return ""
    first = report.quality[0]
    kind = "Estimated" if first.estimated else "Measured"
    numbers = (
        f"{first.before:.4g} → {first.now:.4g} (95 % interval {first.now_low:.4g} to {first.now_high:.4g})"
    )
    if first.p_value > report.alpha:
        return f"{kind} {first.metric} did not change surely: {numbers}."
    verb = "got worse" if worse(first) else "got better"
    return f"{kind} {first.metric} {verb}: {numbers}."
