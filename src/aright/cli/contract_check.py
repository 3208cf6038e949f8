"""Judging files of documents by a contract, without a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from aright.cli.failure import FailedError
from aright.core.contract import (
    Break,
    Contract,
    Sample,
    Structure,
    TooLittleHistoryError,
    UnreadableSchemaError,
    check,
    from_json_schema,
    learn,
)
from aright.core.model.times import MINUTE, from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aright.core.contract import Summary
    from aright.core.model.times import Micros

_WINDOWS: Final = (8, 40)
_FULL: Final = 200
_STEP: Final = 5 * MINUTE
_FEWEST: Final = 100
"""Documents of an endpoint that its contract is learnt from: fewer would find hardly any break."""

_MOST: Final = 20_000
"""Documents of one file that are judged, spread over it."""


class _Row(msgspec.Struct):
    """A payload row, as ``POST /v1/payloads`` takes it."""

    dependency: str
    endpoint: str
    body: object
    direction: str = "response"
    time: datetime | int | None = None


@dataclass
class Documents:
    """The documents of one endpoint in one file, in their order.

    Attributes:
        values: decoded.
        times: when each came (µs, UTC); empty where that is not said.
    """

    values: list[object] = field(default_factory=list)
    times: list[Micros] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """What became of one endpoint.

    Attributes:
        name: of the endpoint; empty where lines are documents alone.
        documents: judged.
        breaks: the worst first.
        misfits: documents that do not fit the structure.
    """

    name: str
    documents: int
    breaks: tuple[Break, ...]
    misfits: int


def read_documents(path: Path) -> dict[str, Documents]:
    """Return the documents of an NDJSON file by endpoint; raises ``FailedError`` naming the line.

    A line is a document, or a row of a payload with ``dependency``, ``endpoint`` and ``body``.
    """
    found: dict[str, Documents] = {}
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    _add(found, line, f"{path}:{number}")
    except OSError as error:
        raise FailedError(f"{path} cannot be read: {error.strerror}", code=2) from error
    if not found:
        raise FailedError(f"{path} has no documents: write one JSON document a line", code=2)
    return found


def _add(found: dict[str, Documents], line: bytes, place: str) -> None:
    try:
        row = msgspec.json.decode(line, type=_Row)
        name = f"{row.dependency} {row.endpoint}" + (
            "" if row.direction == "response" else f" {row.direction}"
        )
        value = msgspec.json.decode(row.body) if isinstance(row.body, str) else row.body
        time = row.time if isinstance(row.time, int) or row.time is None else from_datetime(row.time)
    except msgspec.ValidationError:
        name, time = "", None
        value = msgspec.json.decode(line)
    except (ValueError, RecursionError) as error:
        raise FailedError(f"{place}: no JSON ({error}): write one JSON document a line", code=2) from error
    documents = found.setdefault(name, Documents())
    documents.values.append(value)
    if time is not None:
        documents.times.append(time)


def contracts_of(reference: dict[str, Documents]) -> dict[str, Contract]:
    """Return what documents are like, by endpoint, where they are many; raises ``FailedError`` for none."""
    learnt = {}
    most = max((len(documents.values) for documents in reference.values()), default=0)
    if most < _FEWEST:
        counted = "1 document is" if most == 1 else f"{most} documents are"
        raise FailedError(f"{counted} too few to learn from: give {_FEWEST} at least", code=2)
    for name, documents in reference.items():
        if len(documents.values) < _FEWEST:
            continue
        try:
            learnt[name] = learn(list(_windows(documents)))
        except TooLittleHistoryError as error:
            told = f" of {name}" if name else ""
            raise FailedError(
                f"{len(documents.values)} documents{told} are too few to learn from: {error}", code=2
            ) from error
    return learnt


def contract_of_schema(path: Path) -> Contract:
    """Return what a JSON Schema declares; raises ``FailedError``."""
    try:
        schema = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
        Structure(schema)
        return from_json_schema(schema)
    except OSError as error:
        raise FailedError(f"{path} cannot be read: {error.strerror}", code=2) from error
    except (msgspec.DecodeError, UnreadableSchemaError) as error:
        raise FailedError(f"{path} is no JSON Schema: {error}", code=2) from error


def judge_documents(contract: Contract, name: str, documents: Documents, structure: Structure) -> Verdict:
    """Return how documents break a contract, as one window."""
    summary = _summary(documents, 0, len(documents.values), _end(contract))
    misfits = sum(not structure.accepts(value) for value in documents.values)
    return Verdict(name, len(documents.values), check(contract, summary), misfits)


def _end(contract: Contract) -> Micros:
    """Return a time at which a window without one of its own may be held against history."""
    return contract.clock.start + contract.clock.span


def _windows(documents: Documents) -> Iterator[Summary]:
    """Cut a file into windows of its order; where it does not say when, they are five minutes each."""
    total = len(documents.values)
    low, high = _WINDOWS
    count = min(max(total // _FULL, low), high)
    edges: Sequence[int] = [total * number // count for number in range(count + 1)]
    for number in range(count):
        yield _summary(documents, edges[number], edges[number + 1], number * _STEP)


def _summary(documents: Documents, first: int, last: int, start: Micros) -> Summary:
    timed = len(documents.times) == len(documents.values)
    step = max(1, -(-(last - first) // _MOST))
    sample = Sample(start=documents.times[first] if timed and last > first else start)
    for place in range(first, last, step):
        sample.add(documents.values[place], documents.times[place] if timed else None)
    return sample.summary()
