"""Findings on dependencies, as sentences with numbers that lead back to the rows they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.sql import all_of, equals
from aright.core.diagnose.wording import number, shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.dependencies.accounting import Account
    from aright.core.diagnose.dependencies.symptom import Node, Symptom
    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.evidence import Suspect

MAX_TOLD: Final = 5
"""Symptoms of one suspect that are told, and suspects that are told of."""
ROWS: Final = {"metrics": "process", "spans": "spans", "logs": "logs"}
"""Kind of rows by a symptom's source."""


def token_of(node: Node) -> str:
    """Return how findings cite a node as a cause.

    >>> token_of(("pay", "")), token_of(("pay", "a1"))
    ('dependency:pay', 'dependency:pay on a1')
    """
    return f"{CauseKind.DEPENDENCY.value}:{subject_of(node)}"


def subject_of(node: Node) -> str:
    """Return a node's name for people."""
    return f"{node[0]} on {node[1]}" if node[1] else node[0]


def sentence(node: Node, account: Account | None, symptoms: Sequence[Symptom]) -> str:
    """Return what is wrong with a node in one sentence: its share of the harm, or its strongest symptom."""
    if account is not None and account.charge is not None and (rows := account.rows_of(node)):
        charge, ledger = account.charge, account.ledger
        seen, own = float(charge.seen[rows].sum()), float(charge.own[rows].sum())
        if own > 0.0 and seen > 0.0:
            return (
                f"{shown(ledger.signal)} of {shown(subject_of(node))} explains {_percent(own)} of the harm "
                f"by itself ({_percent(seen)} with those it calls), since {clock_text(account.onset)} UTC."
            )
    strongest = max(symptoms, key=lambda each: each.score, default=None)
    return "" if strongest is None else strongest.text


def _percent(share: float) -> str:
    return f"{100.0 * float(np.clip(share, 0.0, 1.0)):.0f} %"


def drafts_of(
    telemetry: Telemetry,
    account: Account | None,
    suspects: Sequence[Suspect],
    symptoms: Sequence[Symptom],
    nobody: float,
) -> tuple[Draft, ...]:
    """Return findings: the harm, then per suspect its share and its strongest symptoms."""
    found = [] if account is None else [_harm(telemetry, account, nobody)]
    for suspect in suspects[:MAX_TOLD]:
        node = (suspect.service, suspect.host)
        found.append(_share(telemetry, suspect, token_of(node)))
        own = [each for each in symptoms if each.node[0] == node[0] and node[1] in {"", each.node[1]}]
        own.sort(key=lambda each: (not each.internal, -each.score))
        found += [_moved(telemetry, each, token_of(node)) for each in own[:MAX_TOLD]]
    return tuple(found)


def _harm(telemetry: Telemetry, account: Account, nobody: float) -> Draft:
    ledger = account.ledger
    row = account.target[0]
    name, service = shown(ledger.signal), shown(ledger.keys[row][0])
    if account.charge is None:
        told, now = f"{name} of {service} is not worse than usual.", None
    else:
        values = ledger.values[row, account.charge.first : account.charge.last]
        now = float(np.nanmedian(values)) if np.isfinite(values).any() else None
        told = (
            f"{name} of {service} is {number(account.charge.harm)} deviations worse than usual since "
            f"{clock_text(account.onset)} UTC; that nobody of those measured began it has probability "
            f"{number(nobody)}."
        )
    return Draft(
        step=Step.DEPENDENCIES,
        text=told,
        start=telemetry.current[0],
        end=telemetry.current[1],
        query=all_of([equals("service", ledger.keys[row][0]), equals("name", ledger.signal)]),
        before=float(ledger.level[row]),
        now=now,
        rows="process",
        service=ledger.keys[row][0],
    )


def _share(telemetry: Telemetry, suspect: Suspect, token: str) -> Draft:
    host = [equals("host", suspect.host)] if suspect.host else []
    return Draft(
        step=Step.DEPENDENCIES,
        text=suspect.text,
        supports=(token,),
        weight=float(np.log(max(suspect.probability, 1e-3) / max(1.0 - suspect.probability, 1e-3))),
        start=telemetry.current[0],
        end=telemetry.current[1],
        query=all_of([equals("service", suspect.service), *host]),
        rows="process",
        service=suspect.service,
    )


def _moved(telemetry: Telemetry, symptom: Symptom, token: str) -> Draft:
    host = [equals("host", symptom.node[1])] if symptom.node[1] else []
    name = [equals("name", symptom.signal)] if symptom.source == "metrics" else []
    return Draft(
        step=Step.DEPENDENCIES,
        text=symptom.text,
        supports=(token,),
        start=symptom.onset or telemetry.current[0],
        end=telemetry.current[1],
        query=all_of([equals("service", symptom.node[0]), *host, *name]),
        before=symptom.before,
        now=symptom.now,
        rows=ROWS.get(symptom.source, "process"),
        service=symptom.node[0],
    )
