"""The post-mortem: what happened, why, and what keeps it from happening again."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five whys.

    Attributes:
        question: "Why did …?"
        answer: one sentence.
        evidence: ids cited; empty exactly when ``assumed``.
        assumed: said without evidence, and marked so.
    """

    question: str
    answer: str
    evidence: tuple[str, ...] = ()
    assumed: bool = False


class Bone(msgspec.Struct, frozen=True, kw_only=True):
    """One entry on the fishbone.

    Attributes:
        category: Data | Model | Code | Dependencies | Infrastructure | Process | Monitoring.
        text: a few words.
        status: ``cause`` | ``contributed`` | ``ruled out`` | ``not looked at``.
        evidence: ids cited.
    """

    category: str
    text: str
    status: str
    evidence: tuple[str, ...] = ()


class ActionItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do, by whom and until when.

    Attributes:
        text: what.
        owner: who.
        due: until when (µs, UTC).
        guard: key of the guard that carries it out; empty when people must.
    """

    text: str
    owner: str
    due: Micros
    guard: str = ""


class PostMortem(msgspec.Struct, frozen=True, kw_only=True):
    """A post-mortem draft; every line cites what it rests on.

    Attributes:
        key: the incident's id.
        at: when it was written (µs, UTC).
        title: the incident's title.
        summary: what happened, in a few sentences.
        impact: users and quality lost, with the arithmetic.
        star: situation, task, action, result.
        whys: the chain, five at least.
        bones: the fishbone.
        timeline: numbers of the timeline's events that are told.
        actions: what is to be done.
        went_well: sentences.
        went_badly: sentences.
    """

    key: str
    at: Micros
    title: str
    summary: str
    impact: str
    star: dict[str, str]
    whys: tuple[Why, ...]
    bones: tuple[Bone, ...]
    timeline: tuple[int, ...]
    actions: tuple[ActionItem, ...]
    went_well: tuple[str, ...] = ()
    went_badly: tuple[str, ...] = ()
