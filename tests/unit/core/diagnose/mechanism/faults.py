"""Faults, signs and changes for the tests of what changes did."""

from __future__ import annotations

from aright.core.diagnose.mechanism.fault import Fault, Sign
from aright.core.diagnose.mechanism.modes import modes
from aright.core.model.change import Change
from aright.core.model.times import HOUR, MINUTE

ONSET = 10 * HOUR


def sign(text, service="shop", at=ONSET, count=9, fixed=""):
    return Sign(service=service, text=text, at=at, count=count, modes=modes(text), fixed=fixed)


def fault(*signs, **told):
    return Fault(**{"at": ONSET, "first": {"shop": 1.0}, "signs": signs, **told})


def change(key="c", before=3.0, detail="", **told):
    """Return a change that came some minutes before the onset."""
    at = ONSET - int(before * MINUTE)
    return Change(**{"key": key, "at": at, "service": "shop", "kind": "deploy", "detail": detail, **told})
