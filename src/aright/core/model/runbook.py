"""Runbooks that aright reads itself: what to do, step by step, in Markdown."""

from __future__ import annotations

import msgspec


class RunbookStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step.

    Attributes:
        id: short name within the runbook, made of its title or given.
        title: what to do, in a line.
        text: how, in Markdown; empty where the line says it all.
        section: the heading that it stands under.
        role: whose step it is, one of ``ROLES``; empty for anybody.
        action: an offered action's remedy or id that carries it out; empty for none.
        command: a shell command that carries it out on the machine of whoever runs it; empty for none. The
            server never runs it.
        guards: what must hold before it is done, in the words that ``core.communicate`` can judge.
        line: where it stands in the file, from 1.
    """

    id: str
    title: str
    text: str = ""
    section: str = ""
    role: str = ""
    action: str = ""
    command: str = ""
    guards: tuple[str, ...] = ()
    line: int = 0


class Runbook(msgspec.Struct, frozen=True, kw_only=True):
    """A runbook, as its file says it.

    Attributes:
        id: short name, unique.
        title: what it is for.
        digest: SHA-256 of its text (hex).
        severities: for incidents of these levels; empty for all.
        types: for services of these types; empty for all.
        services: for these services; empty for all.
        signals: for incidents whose alerts are of these signals, also with ``*``; empty for all.
        steps: in their order.
        source: the file's name; empty for one that ships with aright.
    """

    id: str
    title: str
    digest: str
    severities: tuple[int, ...] = ()
    types: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    steps: tuple[RunbookStep, ...] = ()
    source: str = ""
