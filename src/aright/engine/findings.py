"""An investigation in words: the finding in a few sentences, and what to look at next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.detect.columns import MISSING
from aright.core.model.evidence import CauseKind, Reach
from aright.core.model.probability import NARROW, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.investigation import Investigation, Moved, Quality


def summary(report: Investigation) -> str:
    """Return the finding in a few sentences."""
    sentences = [_moved(report), _quality(report)]
    if report.scope is not None:
        sentences.append(report.scope.sentence)
    return " ".join(sentence for sentence in sentences if sentence)


def next_steps(report: Investigation) -> tuple[str, ...]:
    """Return what to look at next, the most useful first."""
    blamed = [
        cause for cause in report.causes if cause.kind is CauseKind.FEATURE_SOURCE and cause.probability > 0.2
    ]
    steps = [
        f"Look at {cause.subject}: {cause.title[0].lower()}{cause.title[1:]} "
        f"({percent(cause.explained)} of the loss goes with it)."
        for cause in blamed[:2]
    ]
    if report.scope is not None and report.scope.reach is Reach.SEGMENT:
        steps.append(f"Look at the rows where {report.scope.filter}.")
    steps += _of_quality(report, blamed=bool(blamed))
    steps += _of_columns(report, blamed=bool(blamed))
    if not steps:
        steps.append("Watch the columns that moved." if report.found else "Nothing needs looking at.")
    return tuple(steps)


def _of_quality(report: Investigation, *, blamed: bool) -> Iterator[str]:
    measured = [one for one in report.quality if not one.estimated]
    if any(one.verdict(report.alpha) == "worse" for one in measured) and not blamed:
        yield "No column that moved goes with the loss: the concept may have changed. Look at the labels."
    if len(measured) < len(report.quality):
        yield "Quality is estimated from scores and features: give --labels as soon as there are some."
    if not report.quality:
        yield "Name --prediction and --label, or give --labels, to see how much quality is lost."


def _of_columns(report: Investigation, *, blamed: bool) -> Iterator[str]:
    kind = next((one for one in report.moved if one.test == "kind"), None)
    if kind is not None:
        yield f"{kind.column} is of another type now: look at how it is written."
    absent = next((one for one in report.moved if one.test == "nulls" and one.size != "negligible"), None)
    if absent is not None:
        yield _absent(absent)
    large = [one.column for one in report.moved if one.size in {"medium", "large"} and one.role == "feature"]
    if large and not blamed:
        come, they = ("comes", "it") if len(large) == 1 else ("come", "they")
        yield f"Ask where {_joined(large[:3])} {come} from: {they} moved most."


def _absent(one: Moved) -> str:
    before, now = one.shares.get(MISSING, (0.0, 0.0))
    how = "more" if now > before else "less"
    shares = f"{percent(before)} → {percent(now)}"
    return f"{one.column} is missing {how} often: {shares} of its rows. Ask its source."


def _joined(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _moved(report: Investigation) -> str:
    looked = len(report.looked_at)
    real = [one for one in report.moved if one.size != "negligible"]
    slight = len(report.moved) - len(real)
    if not real:
        none = (
            "The only column looked at did not move"
            if looked == 1
            else f"None of the {looked:,} columns moved"
        )
        return f"{none} noticeably; {slight:,} moved by a negligible amount." if slight else f"{none}."
    named = ", ".join(f"{one.column} ({one.size})" for one in real[:4])
    more = f" and {len(real) - 4:,} more" if len(real) > 4 else ""
    also = f"; {slight:,} more moved by a negligible amount" if slight else ""
    what = "The only column looked at" if looked == 1 else f"{len(real):,} of {looked:,} columns"
    return f"{what} moved: {named}{more}{also}."


def _quality(report: Investigation) -> str:
    if not report.quality:
        return f"Quality is not known: {report.unknown}." if report.unknown else ""
    first, *others = report.quality
    told = [first, *(one for one in others if one.verdict(report.alpha) in {"worse", "better"})]
    return " ".join(_measure(one, report.alpha) for one in told)


def _measure(one: Quality, alpha: float) -> str:
    kind = "Estimated" if one.estimated else "Measured"
    numbers = f"{one.figure(one.before)} → {one.figure(one.now)} (95{NARROW}% interval {one.interval()})"
    verdict = one.verdict(alpha)
    if verdict == "not tested":
        return f"{kind} {one.metric}: {numbers}, of too few answers to be tested."
    if verdict == "no sure change":
        return f"{kind} {one.metric}: no sure change, {numbers}."
    return f"{kind} {one.metric} got {verdict}: {numbers}."
