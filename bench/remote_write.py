"""Remote-write: samples per second and core, from the message to rows, beside bare protobuf loops.

``python -m bench.remote_write``. Bodies are what Prometheus sends: 2,000 samples of 2,000 series with eight
labels or nine, one sample each. Bare is protobuf's own decoder (upb) with a loop over the samples alone; a
receiver that keeps labels walks these too, at least. Text exposition of the same samples stands beside, and
what it costs to difference counters as a window closes. Processor time, the best of interleaved rounds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import cramjam

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.counters import Counters
from aright.core.observe.intake import read
from aright.core.observe.intake.exposition import Head, head_line
from aright.core.observe.intake.remote_write import decode_first, decode_second
from bench.remote_write_bodies import START, bare_classes, exposition, first, labels_of, second

if TYPE_CHECKING:
    from collections.abc import Callable

_SERIES: Final = 2_000
_BODIES: Final = 20
_ROUNDS: Final = 9
_FORMATS: Final = {"1.0": Format.REMOTE_WRITE_1, "2.0": Format.REMOTE_WRITE_2, "text": Format.EXPOSITION}
_BARE: Final = "bare: parse, walk the samples"


def main() -> None:
    """Print the table."""
    bodies = _bodies()
    sizes = ", ".join(f"{len(each[0]) / _SERIES:.0f} ({name})" for name, each in bodies.items())
    print(f"{_SERIES:,} samples a body; bytes a sample: {sizes}\n")
    print("| format | what | samples/s per core | of the bare loop |\n|---|---|---|---|")
    for version, plain in bodies.items():
        speeds = _speeds(_acts(version, plain))
        for name, speed in speeds.items():
            print(f"| {version} | {name} | {speed:,.0f} | {speed / speeds[_BARE]:.2f} |")
    print(f"\nCounters differenced as windows close: {_windows(_frames('1.0', bodies['1.0'])):,.0f}/s")


def _bodies() -> dict[str, list[bytes]]:
    series = [labels_of(number) for number in range(_SERIES)]
    found: dict[str, list[bytes]] = {name: [] for name in _FORMATS}
    for turn in range(_BODIES):
        values = [float(turn * number % 97) for number in range(_SERIES)]
        at = START + 15_000 * turn
        found["1.0"].append(first(series, at, values))
        found["2.0"].append(second(series, at, values, [0] * _SERIES))
        found["text"].append(exposition(series, values))
    return found


def _acts(version: str, plain: list[bytes]) -> dict[str, list[Callable[[], object]]]:
    """Return what is measured, by name: one call for each body."""
    frames = _frames(version, plain)
    acts: dict[str, list[Callable[[], object]]] = {}
    if version == "text":
        acts[_BARE] = [lambda body=body: _lines(body) for body in plain]  # type: ignore[misc]  # bound at once
    else:
        decode = decode_first if version == "1.0" else decode_second
        acts[_BARE] = [lambda body=body: _walk(version, body) for body in plain]  # type: ignore[misc]
        acts["bare: parse, walk labels and samples"] = [
            lambda body=body: _walk(version, body, labels=True)  # type: ignore[misc]  # likewise
            for body in plain
        ]
        acts["aright: decoded, labels understood"] = [
            lambda body=body: decode(body)  # type: ignore[misc]  # likewise
            for body in plain
        ]
    acts["aright: what is sent to Arrow rows"] = [
        lambda frame=frame: _rows(frame)  # type: ignore[misc]  # likewise
        for frame in frames
    ]
    return acts


def _frames(version: str, plain: list[bytes]) -> list[Frame]:
    head = head_line(Head(service="shop", instance="10.0.0.1:80"))
    sent = [head + body for body in plain] if version == "text" else list(map(_squeezed, plain))
    return [
        Frame(
            kind=Kind.PROCESS,
            format=_FORMATS[version],
            encoding=Encoding.IDENTITY if version == "text" else Encoding.SNAPPY,
            received_at=(START + 15_000 * turn) * 1_000,
            body=body,
        )
        for turn, body in enumerate(sent)
    ]


def _squeezed(body: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(body))


def _walk(version: str, body: bytes, *, labels: bool = False) -> None:
    message = bare_classes()[version].FromString(body)
    symbols = list(message.symbols) if version == "2.0" else []
    for one in message.timeseries:
        if labels and version == "1.0":
            _ = {label.name: label.value for label in one.labels}
        elif labels:
            _ = [symbols[ref] for ref in one.labels_refs]
        for sample in one.samples:
            _ = (sample.timestamp, sample.value)


def _lines(body: bytes) -> None:
    for line in body.decode().split("\n"):
        if line and not line.startswith("#"):
            _ = float(line.rpartition(" ")[2])


def _rows(frame: Frame) -> None:
    assert read(frame, limit_bytes=1 << 26).good >= _SERIES  # noqa: S101 - what is measured must be right


def _windows(frames: list[Frame]) -> float:
    """Return how many counters a second are differenced, a window for each body."""
    tables = [read(frame, limit_bytes=1 << 26).others[Kind.COUNTERS] for frame in frames]
    best = float("inf")
    for _ in range(_ROUNDS):
        counters = Counters()
        began = time.process_time()
        for turn, rows in enumerate(tables):
            counters.add(rows)
            counters.close((START + 15_000 * turn) * 1_000 + 1)
        best = min(best, time.process_time() - began)
    return float(sum(rows.num_rows for rows in tables)) / best


def _speeds(acts: dict[str, list[Callable[[], object]]]) -> dict[str, float]:
    best = dict.fromkeys(acts, float("inf"))
    for _ in range(_ROUNDS):
        for name, calls in acts.items():
            began = time.process_time()
            for call in calls:
                call()
            best[name] = min(best[name], time.process_time() - began)
    return {name: _BODIES * _SERIES / seconds for name, seconds in best.items()}


if __name__ == "__main__":
    main()
