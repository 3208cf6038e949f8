"""What an endpoint's documents have been like: learnt from windows, kept as JSON."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from aright.core.contract.baselines import LevelBaseline, RateBaseline
from aright.core.contract.lens import Lens
from aright.core.contract.plan import LevelPlan, RatePlan
from aright.core.contract.season import Clock
from aright.core.contract.summary import JOINED

VERSION: Final = 1


class Declared(msgspec.Struct, frozen=True):
    """What a schema says of one path.

    Attributes:
        types: JSON Schema types allowed, ``null`` among them.
        required: whether an object that could have the field must have it.
        values: the values allowed, as text; empty where all are.
    """

    types: tuple[str, ...] = ()
    required: bool = False
    values: tuple[str, ...] = ()


class KnownPath(msgspec.Struct, frozen=True):
    """What the reference says of one path.

    Attributes:
        bases: class → how many were looked at in all windows.
        types: JSON types seen, with their counts.
        present: in how many of ``bases["parent"]`` objects.
        decimals: digits after the point → numbers.
        busiest: family → the largest share that a cell not followed by itself had in any window.
        forms: marks that held of nearly all texts, such as ``iso`` or ``number``.
    """

    bases: dict[str, int] = {}
    types: dict[str, int] = {}
    present: int = 0
    decimals: dict[str, int] = {}
    busiest: dict[str, float] = {}
    forms: tuple[str, ...] = ()


class Contract(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What documents of one endpoint have been like, or what a schema says that they are.

    Attributes:
        windows: how many it was learnt from; 0 where a schema said it.
        documents: in them.
        clock: the times that they cover.
        covered: hours of the day (UTC) within two hours of a window.
        paths: path → what it was like.
        lens: what is looked at in each window.
        rates: figure (its parts joined) → what the share usually is.
        levels: figure → what the level usually is.
        declared: path → what a schema says of it.
        version: of this form.
    """

    windows: int = 0
    documents: int = 0
    clock: Clock = Clock(0, 0, 0)
    covered: tuple[int, ...] = ()
    paths: dict[str, KnownPath] = {}
    lens: Lens = Lens()
    rates: dict[str, RateBaseline] = {}
    levels: dict[str, LevelBaseline] = {}
    declared: dict[str, Declared] = {}
    version: int = VERSION

    @cached_property
    def rate_plan(self) -> RatePlan:
        """Return ``rates`` as arrays, made when a window is first checked."""
        return RatePlan(self.rates, self.lens)

    @cached_property
    def level_plan(self) -> LevelPlan:
        """Return ``levels`` as arrays, made when a window is first checked."""
        return LevelPlan(self.levels)


def encode(contract: Contract) -> bytes:
    """Return a contract as JSON.

    >>> decode(encode(Contract(windows=3))).windows
    3
    """
    return msgspec.json.encode(contract)


def decode(body: bytes) -> Contract:
    """Read what ``encode`` wrote; raises ``ValueError`` where it is none, or one of a later version."""
    try:
        contract = msgspec.json.decode(body, type=Contract)
    except msgspec.ValidationError as error:
        raise ValueError(f"this is no contract: {error}; learn it anew from its windows") from error
    if contract.version > VERSION:
        raise ValueError(
            f"this contract is of version {contract.version}, and this program reads up to {VERSION}: "
            "update aright, or learn the contract anew"
        )
    return contract


__all__ = ["JOINED", "VERSION", "Contract", "Declared", "KnownPath", "decode", "encode"]
